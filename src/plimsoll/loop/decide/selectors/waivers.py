"""Waivers with what time and people have made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.decide.models import Waiver
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = ["WaiverRow", "waiver_by_ref", "waivers_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    rule: str
    reason: str
    compensating: str
    exit_plan: str
    at_expiry: str
    revocation_trigger: str
    expires_on: date
    requested_by_id: int
    requested_by: str
    requested_at: datetime
    recommendation: str
    recommended_by_id: int | None
    recommended_by: str
    recommended_at: datetime | None
    decision: str
    decided_by: str
    decided_at: datetime | None
    revoked_at: datetime | None

    def state(self, today: date) -> str:
        """requested, recommended, in force, expired, refused or revoked; derived, never stored."""
        if self.revoked_at:
            return "revoked"
        if self.decision == "refuse":
            return "refused"
        if self.decision == "accept":
            return "in force" if today <= self.expires_on else "expired"
        return "recommended" if self.recommendation else "requested"


def waivers_of(actor: Actor, program_id: int, *, system_ids: Iterable[int] | None = None) -> list[WaiverRow]:
    """All waivers of a program, or of some systems, newest first; one query."""
    must_see(actor, program_id)
    rows = Waiver.objects.filter(program_id=program_id)
    if system_ids is not None:
        rows = rows.filter(system_id__in=list(system_ids))
    return _rows(rows.order_by("-number"))


def waiver_by_ref(actor: Actor, program_id: int, ref: str) -> WaiverRow:
    must_see(actor, program_id)
    rows = _rows(Waiver.objects.filter(program_id=program_id, number=number_of(ref, "WVR")))
    if not rows:
        raise NotFound(f"There is no waiver {ref[:20]} in this program.")
    return rows[0]


def _rows(waivers: QuerySet[Waiver]) -> list[WaiverRow]:
    return [
        WaiverRow(
            id=row.pk,
            program_id=row.program_id,
            system_id=row.system_id,
            system=row.system.name,
            system_ref=f"SYS-{row.system.number}",
            ref=f"WVR-{row.number}",
            rule=row.rule,
            reason=row.reason,
            compensating=row.compensating,
            exit_plan=row.exit_plan,
            at_expiry=row.at_expiry,
            revocation_trigger=row.revocation_trigger,
            expires_on=row.expires_on,
            requested_by_id=row.requested_by_id,
            requested_by=row.requested_by.name,
            requested_at=row.requested_at,
            recommendation=row.recommendation,
            recommended_by_id=row.recommended_by_id,
            recommended_by=row.recommended_by.name if row.recommended_by else "",
            recommended_at=row.recommended_at,
            decision=row.decision,
            decided_by=row.decided_by.name if row.decided_by else "",
            decided_at=row.decided_at,
            revoked_at=row.revoked_at,
        )
        for row in waivers.select_related("system", "requested_by", "recommended_by", "decided_by")
    ]
