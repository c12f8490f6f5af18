"""Whose turn it is to write. Services take theirs by `append.writing`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

__all__ = ["let_others_finish", "must_have_written_nothing", "note_entry", "one_by_one", "writing"]

_LOCK = 0x504C494D  # "PLIM": the advisory locks by which the writers of a PostgreSQL database take turns

_here = threading.RLock()
_others = threading.Condition()
_writers: set[int] = set()
"""Threads of this process that write or wait for their turn to."""


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
    with ExitStack() as place:
        place.enter_context(_counted())
        place.enter_context(one_by_one())
        with transaction.atomic(durable=True):
            # What follows the commit runs inside this block: it must not keep other writers waiting.
            transaction.on_commit(place.close)
            if connection.vendor == "postgresql":
                _wait_for_turn(program_id)
            _held.turn = _Turn(program_id=program_id)
            try:
                yield
            finally:
                _held.turn = None


@contextmanager
def _counted() -> Iterator[None]:
    with _others:
        _writers.add(threading.get_ident())
    try:
        yield
    finally:
        with _others:
            _writers.discard(threading.get_ident())
            _others.notify_all()


def let_others_finish(seconds: float) -> None:
    """Waits, no longer than so many seconds, until no other thread of this process is writing.

    Their entries then share one flush of the log with this one's. Nobody who is alone waits.
    """
    with _others:
        _others.wait_for(lambda: not _writers - {threading.get_ident()}, timeout=seconds)


@contextmanager
def one_by_one() -> Iterator[None]:
    """On SQLite lets one thread of the process write at a time, by a lock instead of SQLite's polling.

    SQLite's writers sleep and look again, longer each time; many of them starve each other. Take it
    before the transaction, and after the log if that is needed too. Inner blocks belong to the outer.
    """
    if connection.vendor == "sqlite":
        with _here:
            yield
    else:
        yield


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
