"""The pages of respond."""

from plimsoll.loop.respond.pages.clocks import clock, close_clock, close_waiting, start_clock, submit
from plimsoll.loop.respond.pages.incidents import change, declare, incidents
from plimsoll.loop.respond.pages.locker import deposit, withdraw
from plimsoll.loop.respond.pages.measures import measures
from plimsoll.loop.respond.pages.reviews import close, decide_lesson, propose_lesson, review
from plimsoll.loop.respond.pages.room import add_note, incident
from plimsoll.loop.respond.pages.tasks import add_playbook, task, tick
from plimsoll.loop.respond.pages.times import times

__all__ = [
    "add_note",
    "add_playbook",
    "change",
    "clock",
    "close",
    "close_clock",
    "close_waiting",
    "decide_lesson",
    "declare",
    "deposit",
    "incident",
    "incidents",
    "measures",
    "propose_lesson",
    "review",
    "start_clock",
    "submit",
    "task",
    "tick",
    "times",
    "withdraw",
]
