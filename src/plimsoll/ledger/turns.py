"""Whose turn it is to write. Services take theirs by `append.writing`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

__all__ = ["must_have_written_nothing", "note_entry", "writing"]

_LOCK = 0x504C494D  # "PLIM": the advisory locks by which the writers of a PostgreSQL database take turns


@dataclass(slots=True, kw_only=True)
class _Turn:
    """What the outermost `writing()` of the thread may write, and whether it has."""

    program_id: int | None
    wrote: bool = False


class _Held(threading.local):
    """The turn that the thread has; connections belong to threads, too."""

    turn: _Turn | None = None


_held = _Held()


@contextmanager
def writing(program_id: int | None = None) -> Iterator[None]:
    """A transaction that may append: within one program, or everywhere if none is named.

    Writers of one program take turns, and whoever writes everywhere waits for all: what a step reads
    before it writes is then still true when it writes, and entries about one record are committed in
    the order in which they were written. SQLite has one writer at a time by itself; on PostgreSQL
    advisory locks are taken first and held until the commit, before any row lock, so that two writers
    cannot wait for each other. An inner block belongs to the outer one. RuntimeError within the turn
    of another program, and within a transaction that is not for writing.
    """
    outer = _held.turn
    if outer is not None:
        if program_id is not None and outer.program_id not in (None, program_id):
            raise RuntimeError(f"the turn of program {outer.program_id} is not that of {program_id}")
        with transaction.atomic():
            yield
        return
    with transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            _wait_for_turn(program_id)
        _held.turn = _Turn(program_id=program_id)
        try:
            yield
        finally:
            _held.turn = None


def _wait_for_turn(program_id: int | None) -> None:
    with connection.cursor() as cursor:
        if program_id is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        else:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
            # locks of two numbers are others than those of one; a number has 31 bits there
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, program_id % 2**31])


def note_entry(program_id: int | None) -> None:
    """Notes that an entry of this program is being written; RuntimeError if it is not its turn."""
    turn = _held.turn
    if turn is None:
        raise RuntimeError("append belongs inside `with writing():`")
    if turn.program_id not in (None, program_id):
        raise RuntimeError(f"an entry of program {program_id} in the turn of program {turn.program_id}")
    turn.wrote = True


def must_have_written_nothing() -> None:
    """RuntimeError if this thread has written entries that are not committed yet.

    What such entries say may still be undone; the log, which forgets nothing, must not see them.
    """
    if _held.turn is not None and _held.turn.wrote:
        raise RuntimeError("positions are given after the commit, not within `with writing():`")
