"""Appends entries within the caller's transaction. Only services import this."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction

from plimsoll.engines.tlog.commitment import SALT_SIZE, commit
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.ledger import subscriptions
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.models import Entry, Payload
from plimsoll.ledger.records import record_key, record_state

__all__ = ["append", "writing"]

_LOCK = 0x504C494D  # "PLIM": one advisory lock serialises the writers of a PostgreSQL database


class _Depth(threading.local):
    """How many `writing()` blocks the thread is in; connections belong to threads, too."""

    blocks = 0


_depth = _Depth()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that may append. Writers take turns, so positions have neither gap nor race.

    SQLite's IMMEDIATE transactions do this by themselves; on PostgreSQL an advisory lock is taken
    first and held until commit, before any row lock, so that two writers cannot wait for each other.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _depth.blocks += 1
        try:
            yield
        finally:
            _depth.blocks -= 1


def append(
    *,
    kind: EventKind,
    actor: str,
    subject: str,
    payload: Mapping[str, Any],
    program_id: int | None = None,
    records: Iterable[models.Model] = (),
    removed: Iterable[str] = (),
) -> int:
    """Appends one entry and returns its index (from 0, without gaps).

    `actor` is a pseudonym, `subject` a ref; neither may hold personal data, the payload may.
    `records` are the rows that this step wrote: their states go into the payload. `removed` are the
    keys of rows that it deleted. Subscribers are told after the commit. RuntimeError outside
    `writing()`: an entry that is not part of its transaction would be a lie, and one written out of
    turn could take another's position.
    """
    if not _depth.blocks:
        raise RuntimeError("append belongs inside `with writing():`")
    states: dict[str, Any] = {record_key(row): record_state(row) for row in records}
    states.update(dict.fromkeys(removed))
    body = canonical_bytes({**payload, "records": states})
    salt = secrets.token_bytes(SALT_SIZE)
    now = clock.now()
    leaf = Leaf(
        kind=kind.value,
        at=timestamp(now),
        actor=actor,
        subject=subject,
        commit=commit(body, salt),
    )
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    entry = Entry(
        index=0 if last is None else last + 1,
        kind=leaf.kind,
        at=now,
        actor=actor,
        subject=subject,
        program_id=program_id,
        commit=leaf.commit,
        leaf_hash=leaf_hash(leaf.entry).hex(),
    )
    entry.save(force_insert=True)
    Payload(entry=entry, salt=salt.hex(), body=body.decode()).save(force_insert=True)
    event = Event(
        kind=kind,
        index=entry.index,
        subject=subject,
        program_id=program_id,
        details=dict(payload),
    )
    transaction.on_commit(lambda: subscriptions.publish(event))
    return entry.index
