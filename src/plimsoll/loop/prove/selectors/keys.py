"""Which public keys are trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plimsoll.loop.prove.models import TrustedKey
from plimsoll.loop.scope.selectors import must_see
from plimsoll.people.actors import Actor

__all__ = ["KeyRow", "keys_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    id: int
    name: str
    key_id: str
    public_key: str
    added_by: str
    added_at: datetime
    revoked_at: datetime | None


def keys_of(actor: Actor, program_id: int) -> list[KeyRow]:
    must_see(actor, program_id)
    rows = TrustedKey.objects.filter(program_id=program_id).select_related("added_by")
    return [
        KeyRow(
            id=row.pk,
            name=row.name,
            key_id=row.key_id,
            public_key=row.public_key,
            added_by=row.added_by.name,
            added_at=row.added_at,
            revoked_at=row.revoked_at,
        )
        for row in rows.order_by("name")
    ]
