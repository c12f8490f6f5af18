"""Group commit: entries of many threads that wait for one flush together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from plimsoll.kernel.errors import Conflict

__all__ = ["Queue", "Shared"]

_ROOM = 4  # batches that may wait before who brings more has to


class Queue:
    """Entries that wait for the flush that is under way to end; one thread of its own writes them.

    No timer: an idle log flushes an entry at once, a busy one collects while it flushes.
    """

    def __init__(self, commit: Callable[[Sequence[bytes]], int], *, limit: int) -> None:
        self._commit = commit
        self._limit = limit
        self._waiting: list[tuple[bytes, Future[int]]] = []
        self._changed = threading.Condition(threading.Lock())
        self._idle = True
        self._closing = False
        self._thread: threading.Thread | None = None

    def put(self, entry: bytes) -> Future[int]:
        """The future of the entry's place; waits while too many entries wait. Conflict once it is closed."""
        future: Future[int] = Future()
        future.set_running_or_notify_cancel()  # what is handed over cannot be taken back
        with self._changed:
            while len(self._waiting) >= _ROOM * self._limit and not self._closing:
                self._changed.wait()
            if self._closing:
                raise Conflict("The log was closed.", hint="Open it again.")
            self._waiting.append((entry, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="plimsoll-log-commit", daemon=True)
                self._thread.start()
            elif self._idle:
                self._changed.notify_all()
        return future

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._idle = True
                while not self._waiting and not self._closing:
                    self._changed.wait()
                self._idle = False
                if not self._waiting:
                    return
                full = len(self._waiting) >= _ROOM * self._limit
                batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
                if full:
                    self._changed.notify_all()
            try:
                first = self._commit([entry for entry, _ in batch])
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
                for _, future in batch:
                    future.set_exception(error)
            else:
                for place, (_, future) in enumerate(batch, first):
                    future.set_result(place)

    def close(self) -> None:
        """Writes what waits and ends the thread; nothing is taken any more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()


class _Batch:
    """Entries that go into one flush; `done` is held until it has ended."""

    __slots__ = ("done", "entries", "error", "first")

    def __init__(self) -> None:
        self.done = threading.Lock()
        self.done.acquire()
        self.entries: list[bytes] = []
        self.error: BaseException | None = None
        self.first = 0


class Shared:
    """Group commit without a thread of its own: who comes first in a batch writes it for all who joined.

    While it waits for the flush before, others join. Cheaper than a future per entry.
    """

    def __init__(self, commit: Callable[[Sequence[bytes]], int], turn: threading.Lock, *, limit: int) -> None:
        self._commit = commit
        self._turn = turn
        self._limit = limit
        self._joining = threading.Lock()
        self._open: _Batch | None = None

    def write(self, entry: bytes) -> int:
        """The entry's place, once it is durable; raises what writing its batch raised."""
        with self._joining:
            batch = self._open
            if batch is None or len(batch.entries) >= self._limit:
                batch = self._open = _Batch()
            index = len(batch.entries)
            batch.entries.append(entry)
        if index == 0:
            self._lead(batch)
        else:
            with batch.done:
                pass
        if batch.error is not None:
            raise batch.error
        return batch.first + index

    def _lead(self, batch: _Batch) -> None:
        try:
            with self._turn:
                self._gather(batch)
                with self._joining:
                    if self._open is batch:
                        self._open = None
                batch.first = self._commit(batch.entries)
        except BaseException as error:  # noqa: BLE001 - raised by `write`, in this thread and in all that joined
            batch.error = error
        finally:
            batch.done.release()
        os.sched_yield()  # who joined comes first, and brings its next entry to the same flush as this thread

    def _gather(self, batch: _Batch) -> None:
        """Lets threads that are ready to run join, as long as some do; no timer, nobody waits for nobody.

        The threads of the flush before have just been told. Without this the next flush would begin with
        the few that came first: twice the flushes, and half as much processor time again.
        """
        joined = 0
        while joined < len(batch.entries) < self._limit:
            joined = len(batch.entries)
            os.sched_yield()
