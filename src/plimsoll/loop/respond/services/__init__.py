"""What respond writes."""

from plimsoll.loop.respond.services.announcing import announce_clocks
from plimsoll.loop.respond.services.clocks import close_clock, close_waiting_clocks, submit_stage
from plimsoll.loop.respond.services.incidents import change_incident, declare_incident, read_kind
from plimsoll.loop.respond.services.locker import deposit_item, withdraw_item
from plimsoll.loop.respond.services.reviews import (
    NewLesson,
    close_incident,
    decide_lesson,
    propose_lesson,
    write_review,
)
from plimsoll.loop.respond.services.tasks import add_playbook, change_task, tick_task
from plimsoll.loop.respond.services.times import record_moments, record_trigger, write_note

__all__ = [
    "NewLesson",
    "add_playbook",
    "announce_clocks",
    "change_incident",
    "change_task",
    "close_clock",
    "close_incident",
    "close_waiting_clocks",
    "decide_lesson",
    "declare_incident",
    "deposit_item",
    "propose_lesson",
    "read_kind",
    "record_moments",
    "record_trigger",
    "submit_stage",
    "tick_task",
    "withdraw_item",
    "write_note",
    "write_review",
]
