"""The evidence locker: what is held, under which digest, and through whose hands it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plimsoll.loop.respond.models import CustodyStep, HeldItem

__all__ = ["CustodyRow", "ItemRow", "items_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyRow:
    action: str
    person: str
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    id: int
    name: str
    sentence: str
    digest: str
    size: int
    retained_until: date
    deposited_at: datetime
    custody: tuple[CustodyRow, ...]
    """In order; the first is the deposit."""


def items_of(incident_id: int) -> list[ItemRow]:
    """What the locker of an incident holds, in order; two queries. The caller has read the incident."""
    steps: dict[int, list[CustodyRow]] = {}
    rows = CustodyStep.objects.filter(item__incident_id=incident_id).select_related("person")
    for step in rows.order_by("at", "pk"):
        steps.setdefault(step.item_id, []).append(
            CustodyRow(action=step.action, person=step.person.name, purpose=step.purpose, at=step.at)
        )
    return [
        ItemRow(
            id=row.pk,
            name=row.name,
            sentence=row.sentence,
            digest=row.digest,
            size=row.size,
            retained_until=row.retained_until,
            deposited_at=row.deposited_at,
            custody=tuple(steps.get(row.pk, ())),
        )
        for row in HeldItem.objects.filter(incident_id=incident_id).order_by("pk")
    ]
