"""Reviews of incidents, and the lessons that they propose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from plimsoll.adapters.lessons import read_criterion
from plimsoll.engines.incidents.lesson import Finding, NewCriterion
from plimsoll.loop.respond.models import IncidentReview, Lesson
from plimsoll.loop.scope.selectors import must_see
from plimsoll.people.actors import Actor

__all__ = ["LessonRow", "ReviewRow", "accepted_lessons", "lessons_of", "reviews_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    incident_id: int
    trigger: str
    root_causes: tuple[str, ...]
    decision: str
    """DEC-n by which the gate had been passed; empty if none had been decided."""
    snapshot: str
    criterion: str
    """Id of the criterion that should have caught it; empty if none asked for it."""
    criterion_title: str
    finding: Finding
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRow:
    id: int
    program_id: int
    incident_ref: str
    criterion: NewCriterion
    proposed_by: str
    proposed_at: datetime
    decision: str
    """accept, decline, or empty while nobody has decided."""
    decided_by: str
    decided_at: datetime | None


def reviews_of(incident_ids: Iterable[int]) -> dict[int, ReviewRow]:
    """Incident → its review; one query. The caller has read the incidents as somebody."""
    rows = IncidentReview.objects.filter(incident_id__in=list(incident_ids)).select_related("written_by")
    return {
        row.incident_id: ReviewRow(
            incident_id=row.incident_id,
            trigger=row.trigger,
            root_causes=tuple(row.root_causes),
            decision=row.decision,
            snapshot=row.snapshot,
            criterion=row.criterion,
            criterion_title=row.criterion_title,
            finding=Finding(row.finding),
            written_by=row.written_by.name,
            written_at=row.written_at,
        )
        for row in rows
    }


def lessons_of(incident_id: int) -> list[LessonRow]:
    """What the review of an incident proposes; one query. The caller has read the incident."""
    return _rows(Lesson.objects.filter(incident_id=incident_id))


def accepted_lessons(actor: Actor, program_id: int) -> list[LessonRow]:
    """Every accepted lesson of a program, in order; one query."""
    must_see(actor, program_id)
    return _rows(Lesson.objects.filter(program_id=program_id, decision="accept"))


def _rows(rows: QuerySet[Lesson]) -> list[LessonRow]:
    return [
        LessonRow(
            id=row.pk,
            program_id=row.program_id,
            incident_ref=f"INC-{row.incident.number}",
            criterion=read_criterion(row.criterion),
            proposed_by=row.proposed_by.name,
            proposed_at=row.proposed_at,
            decision=row.decision,
            decided_by=row.decided_by.name if row.decided_by else "",
            decided_at=row.decided_at,
        )
        for row in rows.select_related("incident", "proposed_by", "decided_by").order_by("pk")
    ]
