"""Signals, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.loop.watch.models import Signal
from plimsoll.people.actors import Actor

__all__ = ["SignalRow", "signal_by_ref", "signals_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    evidence: str
    check: str
    reasons: tuple[str, ...]
    raised_at: datetime
    settled_at: datetime | None
    settled_by: str
    settled_because: str


def signals_of(actor: Actor, program_id: int) -> list[SignalRow]:
    """All signals of a program; one query."""
    must_see(actor, program_id)
    return _rows(Signal.objects.filter(program_id=program_id))


def signal_by_ref(actor: Actor, program_id: int, ref: str) -> SignalRow:
    """One signal; NotFound if there is none."""
    must_see(actor, program_id)
    rows = _rows(Signal.objects.filter(program_id=program_id, number=number_of(ref, "SIG")))
    if not rows:
        raise NotFound(f"There is no signal {ref[:20]} in this program.")
    return rows[0]


def _rows(found: QuerySet[Signal]) -> list[SignalRow]:
    return [
        SignalRow(
            id=row.pk,
            system_id=row.system_id,
            system=row.system.name,
            system_ref=f"SYS-{row.system.number}",
            ref=f"SIG-{row.number}",
            evidence=row.evidence,
            check=row.check_id,
            reasons=tuple(row.reasons),
            raised_at=row.raised_at,
            settled_at=row.settled_at,
            settled_by=row.settled_by.name if row.settled_by else "",
            settled_because=row.settled_because,
        )
        for row in found.select_related("system", "settled_by").order_by("-number")
    ]
