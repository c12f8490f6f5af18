"""Monitors with their last look, and which of them are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.loop.watch.models import Monitor, MonitorRun
from plimsoll.people.actors import Actor

__all__ = ["MonitorRow", "RunRow", "due_monitors", "monitor_by_ref", "monitors_of", "runs_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    name: str
    reference: str
    current: str
    model_ref: str
    model_location: str
    columns: tuple[str, ...]
    categories: tuple[str, ...]
    every_hours: int
    owner_id: int
    owner: str
    paused: bool
    asked_at: datetime
    last_run_at: datetime | None
    outcome: str
    answer: str
    evidence: str
    trouble: str

    def due_at(self) -> datetime | None:
        """When it looks next; None while it is paused."""
        if self.paused:
            return None
        if self.last_run_at is None or self.asked_at > self.last_run_at:
            return self.asked_at
        return self.last_run_at + timedelta(hours=self.every_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    ran_at: datetime
    outcome: str
    answer: str
    evidence: str
    trouble: str


def monitors_of(actor: Actor, program_id: int) -> list[MonitorRow]:
    """All monitors of a program, by number; one query."""
    must_see(actor, program_id)
    return _rows(Monitor.objects.filter(program_id=program_id))


def monitor_by_ref(actor: Actor, program_id: int, ref: str) -> MonitorRow:
    """One monitor; NotFound if there is none."""
    must_see(actor, program_id)
    rows = _rows(Monitor.objects.filter(program_id=program_id, number=number_of(ref, "MON")))
    if not rows:
        raise NotFound(f"There is no monitor {ref[:20]} in this program.")
    return rows[0]


def runs_of(actor: Actor, monitor: MonitorRow, *, most: int = 50) -> list[RunRow]:
    """The newest looks first."""
    must_see(actor, monitor.program_id)
    found = MonitorRun.objects.filter(monitor_id=monitor.id).order_by("-ran_at", "-pk")[:most]
    return [
        RunRow(
            ran_at=run.ran_at,
            outcome=run.outcome,
            answer=run.answer,
            evidence=run.evidence,
            trouble=run.trouble,
        )
        for run in found
    ]


def due_monitors(*, now: datetime) -> list[MonitorRow]:
    """Every monitor of any program that is to look now; for the worker."""
    rows = _rows(Monitor.objects.filter(paused=False))
    return [row for row in rows if (due := row.due_at()) is not None and due <= now]


def _rows(found: QuerySet[Monitor]) -> list[MonitorRow]:
    newest = MonitorRun.objects.filter(monitor_id=OuterRef("pk")).order_by("-ran_at", "-pk")
    rows = found.select_related("system", "owner", "model").annotate(
        last_ran_at=Subquery(newest.values("ran_at")[:1]),
        last_outcome=Subquery(newest.values("outcome")[:1]),
        last_answer=Subquery(newest.values("answer")[:1]),
        last_evidence=Subquery(newest.values("evidence")[:1]),
        last_trouble=Subquery(newest.values("trouble")[:1]),
    )
    return [
        MonitorRow(
            id=row.pk,
            program_id=row.program_id,
            system_id=row.system_id,
            system=row.system.name,
            system_ref=f"SYS-{row.system.number}",
            ref=f"MON-{row.number}",
            name=row.name,
            reference=row.reference,
            current=row.current,
            model_ref=f"AST-{row.model.number}" if row.model else "",
            model_location=row.model.location if row.model else "",
            columns=tuple(row.columns),
            categories=tuple(row.categories),
            every_hours=row.every_hours,
            owner_id=row.owner_id,
            owner=row.owner.name,
            paused=row.paused,
            asked_at=row.asked_at,
            last_run_at=row.last_ran_at,
            outcome=row.last_outcome or "",
            answer=row.last_answer or "",
            evidence=row.last_evidence or "",
            trouble=row.last_trouble or "",
        )
        for row in rows.order_by("number")
    ]
