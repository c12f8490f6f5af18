"""The tasks of incidents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from plimsoll.engines.incidents.kinds import Phase
from plimsoll.loop.respond.models import IncidentTask
from plimsoll.loop.scope.selectors import must_see
from plimsoll.people.actors import Actor

__all__ = ["TaskRow", "tasks_due", "tasks_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    id: int
    incident_ref: str
    incident: str
    playbook: str
    version: str
    task: str
    phase: Phase
    title: str
    role: str
    authority: str
    evidence_first: tuple[str, ...]
    after: tuple[str, ...]
    owner_id: int | None
    owner: str
    due_at: datetime
    done_at: datetime | None
    done_by: str


def tasks_of(incident_id: int) -> list[TaskRow]:
    """The tasks of one incident, by due time; one query. The caller has read the incident as somebody."""
    return _rows(IncidentTask.objects.filter(incident_id=incident_id))


def tasks_due(actor: Actor, program_id: int, *, owner_id: int, until: datetime) -> list[TaskRow]:
    """Tasks of open incidents that a person owns, has not done, and that are due by `until`; one query."""
    must_see(actor, program_id)
    rows = IncidentTask.objects.filter(
        incident__program_id=program_id,
        incident__closed_at=None,
        owner_id=owner_id,
        done_at=None,
        due_at__lte=until,
    )
    return _rows(rows)


def _rows(rows: QuerySet[IncidentTask]) -> list[TaskRow]:
    return [
        TaskRow(
            id=row.pk,
            incident_ref=f"INC-{row.incident.number}",
            incident=row.incident.title,
            playbook=row.playbook,
            version=row.version,
            task=row.task,
            phase=Phase(row.phase),
            title=row.title,
            role=row.role,
            authority=row.authority,
            evidence_first=tuple(row.evidence_first),
            after=tuple(row.after),
            owner_id=row.owner_id,
            owner=row.owner.name if row.owner else "",
            due_at=row.due_at,
            done_at=row.done_at,
            done_by=row.done_by.name if row.done_by else "",
        )
        for row in rows.select_related("incident", "owner", "done_by").order_by("due_at", "pk")
    ]
