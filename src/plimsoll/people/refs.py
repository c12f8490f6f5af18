"""Gives refs: short, stable, unique within a program, never reused."""

from __future__ import annotations

from django.db.models import F

from plimsoll.kernel.ids import Ref, RefKind
from plimsoll.people.models import RefCounter

__all__ = ["next_ref", "reserve_refs"]


def next_ref(program_id: int, kind: RefKind) -> Ref:
    """The next ref of this kind; call it inside the transaction that uses it. Two small statements."""
    return reserve_refs(program_id, kind, count=1)[0]


def reserve_refs(program_id: int, kind: RefKind, *, count: int) -> list[Ref]:
    """`count` consecutive refs, for writing in bulk."""
    rows = RefCounter.objects.filter(program_id=program_id, kind=kind.value)
    if not rows.update(last=F("last") + count):
        RefCounter.objects.get_or_create(program_id=program_id, kind=kind.value)
        rows.update(last=F("last") + count)
    last = rows.values_list("last", flat=True).get()
    return [Ref(kind, number) for number in range(last - count + 1, last + 1)]
