"""Gives committed entries their positions in the log.

An entry is written in the transaction of its change, without a position (`append`). Right after the
commit whichever process is there takes every entry that waits, in the order in which they were
written, lets the log keep their leaves, and notes the positions. One process at a time does this.

A crash in between leaves leaves in the log whose positions nobody noted. They are found again by
their hashes, which no two entries share, because each commits under a salt of its own. Whatever else
log and database disagree about stops the sequencing: nothing gets a position over it, so nothing is
signed over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Max, Min, QuerySet

from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel.errors import Conflict, ErrorCode, PlimsollError
from plimsoll.kernel.ids import Digest
from plimsoll.ledger import log_file
from plimsoll.ledger.log_file import Busy, LeafLog
from plimsoll.ledger.models import Entry
from plimsoll.ledger.turns import let_others_finish, must_have_written_nothing, one_by_one

__all__ = [
    "PENDING_LIMIT",
    "Pending",
    "entry_count",
    "leaf_bytes",
    "leaf_of",
    "must_have_room",
    "note_found",
    "pending",
    "place_of",
    "sequence",
    "turn",
]

PENDING_LIMIT = 10_000
"""Entries that may wait for their positions; beyond that nothing more is written."""
BATCH = 1000
"""Entries that get their positions in one transaction."""
COMPANY = 0.05
"""Seconds that a sequencer waits at most for other threads that are about to commit."""
_TURN = 0x504C5351  # "PLSQ": whoever holds it gives positions; PostgreSQL only, SQLite has one writer anyway
_LOOKS = 5  # looks at whether another process gave the position, before the log is asked for
_asked: dict[int, int | None] = {}
"""Entries whose positions threads of this process wait for: id → position, once it is committed."""
_STOPPED = "Nothing gets a position over that. Was one of them put back from a copy? plimsoll log restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What waits for its position."""

    count: int
    """Entries that wait."""
    oldest_at: datetime | None
    """When the one that waits longest was written; None if none waits."""


def pending() -> Pending:
    """How many entries wait for their positions, and since when; one query."""
    found = Entry.objects.filter(index=None).aggregate(count=Count("id"), oldest=Min("at"))
    return Pending(count=found["count"], oldest_at=found["oldest"])


def entry_count() -> int:
    """Entries that have a position; equals the next position."""
    last: int | None = Entry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def must_have_room() -> None:
    """Refuses if as many entries wait as may; one query, which reads nothing while none waits.

    The log must not fall behind unnoticed: what has no position is neither proven nor witnessed.
    """
    if _waiting()[PENDING_LIMIT - 1 : PENDING_LIMIT].exists():
        raise PlimsollError(
            f"The log has fallen behind: {PENDING_LIMIT:,} entries wait for their places.",
            hint="Nothing more is written until they have them. The reason: plimsoll log status",
            code=ErrorCode.UNAVAILABLE,
        )


@contextmanager
def turn() -> Iterator[None]:
    """A transaction in which nobody else gives positions or signs.

    SQLite has one writer at a time; on PostgreSQL a lock is held until the commit. Who needs the log
    too takes the log first.
    """
    with one_by_one(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        yield


def sequence() -> int:
    """Gives every entry that waits its position; returns how many got one.

    Conflict if the log and the database disagree, or if an entry that waits was edited: then none
    gets a position from there on. Harmless to repeat, and for several processes at once. RuntimeError
    in a transaction that has written entries itself.
    """
    must_have_written_nothing()
    if not _waiting().exists():
        return 0
    placed = 0
    with log_file.opened() as log:
        let_others_finish(COMPANY)
        while _waiting().exists():
            placed += _sequence_batch(log)
    return placed


def _waiting() -> QuerySet[Entry]:
    return Entry.objects.filter(index=None).order_by("id")


def place_of(pk: int) -> int:
    """The position of an entry that is committed; gives it one if nobody did. Errors as `sequence`.

    While another process has the log it is given a moment: it takes this entry along with its own.
    """
    _asked[pk] = None
    try:
        for _ in range(_LOOKS):
            with suppress(Busy), log_file.opened(patience=log_file.LOOK_EVERY):
                if _asked[pk] is None:  # nobody gave it while this thread waited for the log
                    sequence()
            index = _index(pk) if _asked[pk] is None else _asked[pk]
            if index is not None:
                return index
        sequence()
        index = _index(pk)
    finally:
        del _asked[pk]
    if index is None:
        raise Conflict(f"The entry that was written as number {pk} is gone.", hint=_STOPPED)
    return index


def _index(pk: int) -> int | None:
    return Entry.objects.filter(pk=pk).values_list("index", flat=True).first()


def _sequence_batch(log: LeafLog) -> int:
    rows = _placed_batch(log)
    for row in rows:
        if row.pk in _asked:
            _asked[row.pk] = row.index
    return len(rows)


def _placed_batch(log: LeafLog) -> Sequence[Entry]:
    with turn():
        noted = entry_count()
        if noted > log.size:
            raise Conflict(
                f"The log holds {log.size} entries, but the database has positions for {noted}.",
                hint=_STOPPED,
            )
        found = _found_again(log, noted)
        if found:
            note_found(found, noted)
            return found
        rows = list(_waiting()[:BATCH])
        given = log.append([leaf_bytes(row) for row in rows])
        note_found(rows, given.start)
        return rows


def _found_again(log: LeafLog, noted: int) -> list[Entry]:
    """The waiting entries whose leaves the log has kept already, in its order: a crash came between."""
    if log.size == noted:
        return []
    waiting = {row.leaf_hash: row for row in _waiting()}
    rows = []
    for index in range(noted, log.size):
        row = waiting.pop(leaf_hash(log.entry(index)).hex(), None)
        if row is None:
            raise Conflict(f"The log holds an entry {index} that the database does not know.", hint=_STOPPED)
        rows.append(row)
    return rows


def note_found(rows: Sequence[Entry], start: int) -> None:
    """Notes the positions of rows that wait, from `start` on; Conflict if one is gone."""
    for index, row in enumerate(rows, start=start):
        row.index = index
    with connection.cursor() as cursor:
        cursor.executemany(
            'UPDATE ledger_entry SET "index" = %s WHERE id = %s AND "index" IS NULL',
            [(row.index, row.pk) for row in rows],
        )
        if cursor.rowcount != len(rows):
            raise Conflict("An entry that waited for its position is gone.", hint=_STOPPED)


def leaf_of(row: Entry) -> Leaf:
    """The leaf that the row stands for. ValueError if its instant cannot be read."""
    return Leaf(
        kind=row.kind,
        at=timestamp(row.at),
        actor=row.actor,
        subject=row.subject,
        commit=Digest(row.commit),
        version=row.version,
    )


def leaf_bytes(row: Entry) -> bytes:
    """The bytes that the tree hashes; Conflict if the row is not as it was written."""
    leaf = leaf_of(row).entry
    if leaf_hash(leaf).hex() != row.leaf_hash:
        raise Conflict(
            f"The entry that was written as number {row.pk} ({row.kind}, {row.subject}) was edited.",
            hint=_STOPPED,
        )
    return leaf
