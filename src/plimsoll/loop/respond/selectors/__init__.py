"""What respond lets others read."""

from plimsoll.loop.respond.selectors.clocks import ClosingRow, SubmissionRow, closings_of, submissions_of
from plimsoll.loop.respond.selectors.incidents import (
    IncidentRow,
    NoteRow,
    TimeRow,
    incident_by_id,
    incident_by_ref,
    incidents_after,
    incidents_named,
    incidents_of,
    incidents_page,
    moments_of,
    notes_of,
    timeline,
    triggers_of,
)
from plimsoll.loop.respond.selectors.locker import CustodyRow, ItemRow, items_of
from plimsoll.loop.respond.selectors.reviews import (
    LessonRow,
    ReviewRow,
    accepted_lessons,
    lessons_of,
    reviews_of,
)
from plimsoll.loop.respond.selectors.tasks import TaskRow, tasks_due, tasks_of

__all__ = [
    "ClosingRow",
    "CustodyRow",
    "IncidentRow",
    "ItemRow",
    "LessonRow",
    "NoteRow",
    "ReviewRow",
    "SubmissionRow",
    "TaskRow",
    "TimeRow",
    "accepted_lessons",
    "closings_of",
    "incident_by_id",
    "incident_by_ref",
    "incidents_after",
    "incidents_named",
    "incidents_of",
    "incidents_page",
    "items_of",
    "lessons_of",
    "moments_of",
    "notes_of",
    "reviews_of",
    "submissions_of",
    "tasks_due",
    "tasks_of",
    "timeline",
    "triggers_of",
]
