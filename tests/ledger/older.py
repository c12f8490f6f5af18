"""Entries as releases before the vault wrote them: one commitment to the payload as a whole."""

from __future__ import annotations

import secrets
from typing import Any

from plimsoll.engines.tlog.commitment import SALT_SIZE, commit
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.ledger.models import Entry, Payload
from plimsoll.ledger.sequencing import sequence


def older_entry(
    *, kind: str, actor: str, subject: str, payload: dict[str, Any], program_id: int | None = None
) -> Entry:
    """The entry with its position."""
    body, salt, now = canonical_bytes(payload), secrets.token_bytes(SALT_SIZE), clock.now()
    leaf = Leaf(kind=kind, at=timestamp(now), actor=actor, subject=subject, commit=commit(body, salt))
    entry = Entry.objects.create(
        kind=kind,
        at=now,
        actor=actor,
        subject=subject,
        program_id=program_id,
        commit=leaf.commit,
        leaf_hash=leaf_hash(leaf.entry).hex(),
    )
    Payload.objects.create(entry=entry, salt=salt.hex(), body=body.decode())
    sequence()
    entry.refresh_from_db()
    return entry
