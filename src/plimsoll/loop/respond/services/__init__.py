"""What respond writes."""

from plimsoll.loop.respond.services.clocks import close_clock, submit_stage
from plimsoll.loop.respond.services.incidents import change_incident, declare_incident, read_kind
from plimsoll.loop.respond.services.tasks import add_playbook, change_task, tick_task
from plimsoll.loop.respond.services.times import record_moments, record_trigger, write_note

__all__ = [
    "add_playbook",
    "change_incident",
    "change_task",
    "close_clock",
    "declare_incident",
    "read_kind",
    "record_moments",
    "record_trigger",
    "submit_stage",
    "tick_task",
    "write_note",
]
