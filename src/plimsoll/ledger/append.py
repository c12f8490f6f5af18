"""Writes entries within the caller's transaction. Only services import this.

An entry is written without a position; `sequencing` gives it one right after the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import models
from django.db.transaction import on_commit

from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel import clock
from plimsoll.kernel.errors import PlimsollError
from plimsoll.ledger import content, sequencing, subscriptions, turns
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.models import Entry
from plimsoll.ledger.records import record_key, record_state
from plimsoll.ledger.turns import writing

__all__ = ["append", "writing"]

_log = logging.getLogger(__name__)


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
    """Writes one entry and returns its id; its position is known after the commit (`place_of`).

    `actor` is a pseudonym, `subject` a ref; neither may hold personal data, the payload may.
    `records` are the rows that this step wrote: their states go into the payload, sealed by whom they
    are about (`content`). `removed` are the
    keys of rows that it deleted. Subscribers are told after the commit, once the entry has its position.
    RuntimeError outside `writing()` or outside the program that it is for: an entry that is not part
    of its transaction would be a lie, and one written out of turn could stand in the wrong order.
    PlimsollError (unavailable) if too many entries wait for their positions.
    """
    turns.note_entry(program_id)
    sequencing.must_have_room()
    rows = list(records)
    states: dict[str, Any] = {record_key(row): record_state(row) for row in rows}
    states.update(dict.fromkeys(removed))
    commit, boxes = content.seal(
        {**payload, "records": states}, kind=kind.value, rows=rows, program_id=program_id
    )
    now = clock.now()
    leaf = Leaf(
        kind=kind.value,
        at=timestamp(now),
        actor=actor,
        subject=subject,
        commit=commit,
        version=2,
    )
    entry = Entry(
        kind=leaf.kind,
        at=now,
        actor=actor,
        subject=subject,
        program_id=program_id,
        commit=leaf.commit,
        leaf_hash=leaf_hash(leaf.entry).hex(),
        version=leaf.version,
    )
    entry.save(force_insert=True)
    content.store(entry, boxes)
    on_commit(
        partial(
            _settle,
            entry.pk,
            kind=kind,
            subject=subject,
            program_id=program_id,
            details=dict(payload),
        )
    )
    return entry.pk


def _settle(pk: int, **event: Any) -> None:
    """After the commit: the entry gets its position, then subscribers hear of it.

    The change stands, whatever happens here: what fails is reported, the entry waits visibly, and the
    worker tries again. What subscribers would have done, the worker derives from the records.
    """
    try:
        index = sequencing.place_of(pk)
    except PlimsollError as error:
        _log.error("entry number %s waits for its place in the log: %s", pk, error.sentence)
    except Exception:  # noqa: BLE001 - the boundary between the change, which stands, and the log
        _log.exception("entry number %s waits for its place in the log", pk)
    else:
        subscriptions.publish(Event(index=index, **event))
