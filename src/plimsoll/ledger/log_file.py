"""The log on disk, as the threads and processes of one installation share it.

A log has one writer. The process that needed it last keeps it open, because opening reads it whole; a
process that needs it says so by a lock on a second file, and gets it within a moment. A process that
ends, however it ends, gives both locks back.

Who takes the log and locks the database takes the log first: otherwise two could wait for each other.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.conf import settings

from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.published import Published
from plimsoll.engines.tlog.storage import Log
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode, NotFound, PlimsollError

__all__ = [
    "Busy",
    "LeafLog",
    "SharedLog",
    "close",
    "consistency",
    "inclusion",
    "opened",
    "public_folder",
    "published_checkpoint",
]

_log = logging.getLogger(__name__)
PATIENCE = 20.0
"""Seconds that one waits for the log before giving up; as long as SQLite waits for its writer."""
IDLE = 60.0
"""Seconds after which a log that nobody uses is closed."""
LOOK_EVERY = 0.03
"""Seconds between two looks whether another process wants the log, or whether it can be had."""


class Busy(PlimsollError):
    """Somebody else has the log and did not hand it over in time; nothing was written."""

    code = ErrorCode.UNAVAILABLE


class LeafLog(Protocol):
    """What the ledger asks of a log."""

    @property
    def size(self) -> int:
        """Durable entries."""

    @property
    def root(self) -> bytes:
        """The root over them, 32 bytes."""

    def append(self, entries: Sequence[bytes], /) -> range:
        """Keeps the entries and returns their positions; all are durable then."""

    def entry(self, index: int, /) -> bytes:
        """The bytes of one entry."""

    def publish(self, *signers: Signer, at: int) -> bytes:
        """Signs the log as it stands, exposes it, and returns the signed checkpoint.

        `at`, in POSIX seconds, is the time that cosigning keys state.
        """


class _OpenLog:
    """The log of this process while it is open."""

    def __init__(self, path: Path, origin: str) -> None:
        self._signers: tuple[Signer, ...] = ()
        self._at = 0
        self._log = Log.open(path, origin=origin, sign=self._sign)
        self.append = self._log.append
        self.entry = self._log.entry
        self.close = self._log.close

    @property
    def size(self) -> int:
        return self._log.size

    @property
    def root(self) -> bytes:
        return self._log.root

    def publish(self, *signers: Signer, at: int) -> bytes:
        self._signers, self._at = signers, at
        return self._log.publish()

    def _sign(self, checkpoint: Checkpoint) -> bytes:
        return sign_checkpoint(checkpoint, *self._signers, at=self._at).encode()


class SharedLog:
    """The log at one path: one thread of one process has it at a time. Close it when done."""

    def __init__(self, path: Path, origin: str) -> None:
        self._path = path
        self._wanted = path.with_name(path.name + ".wanted")
        self._origin = origin
        self._mutex = threading.RLock()
        self._log: _OpenLog | None = None
        self._process = 0
        self._used_at = 0.0

    @contextmanager
    def held(self, *, patience: float = PATIENCE) -> Iterator[LeafLog]:
        """The log for as long as the block lasts; the same one in inner blocks.

        Busy if another process does not hand it over within so many seconds, or a thread of this one
        within PATIENCE. What `Log.open` and its methods raise comes
        out; after that the log is read again from the disk before anything else is written.
        """
        if not self._mutex.acquire(timeout=PATIENCE):
            raise self._busy()
        try:
            log = self._opened(patience)
            try:
                yield log
            except PlimsollError as error:
                if error.code is not ErrorCode.CONFLICT:  # the disk refused, or was changed
                    self._drop()
                raise
            finally:
                self._used_at = time.monotonic()
        finally:
            self._mutex.release()

    def close(self) -> None:
        """Lets the next process have it."""
        with self._mutex:
            self._drop()

    def _opened(self, patience: float) -> _OpenLog:
        if self._log is not None and self._process == os.getpid():
            return self._log
        self._log = None  # what a fork brought along belongs to the parent
        with self._wanting() as wanted:
            until = time.monotonic() + patience
            while self._log is None:
                try:
                    self._log = _OpenLog(self._path, self._origin)
                except Conflict:
                    if time.monotonic() >= until:
                        raise self._busy() from None
                    fcntl.flock(wanted, fcntl.LOCK_SH)
                    time.sleep(LOOK_EVERY)
        self._process = os.getpid()
        threading.Thread(target=self._watch, args=[self._log], name="plimsoll-log", daemon=True).start()
        return self._log

    def _busy(self) -> Busy:
        return Busy(
            f"Another process has the log {self._path} and does not hand it over.",
            hint="See which one it is; it ends its hold when it is stopped.",
        )

    @contextmanager
    def _wanting(self) -> Iterator[int]:
        try:
            file = os.open(self._wanted, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadInput(
                f"The log cannot be kept in {self._path.parent}: {error.strerror}.",
                hint="Look at PLIMSOLL_HOME and the rights on it.",
            ) from error
        try:
            yield file
        finally:
            os.close(file)

    def _watch(self, log: _OpenLog) -> None:
        """Hands the log over when another process wants it, and closes it when nobody uses it."""
        while True:
            time.sleep(LOOK_EVERY)
            with self._mutex:
                if self._log is not log:
                    return
                if self._is_wanted() or time.monotonic() - self._used_at > IDLE:
                    self._let_go()
                    return

    def _is_wanted(self) -> bool:
        try:
            file = os.open(self._wanted, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # the folder is gone, and the log with it
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def _let_go(self) -> None:
        try:
            self._drop()
        except PlimsollError as error:  # nobody waits for this thread: what it finds is reported
            _log.error("closing the log: %s", error.sentence)

    def _drop(self) -> None:
        log, self._log = self._log, None
        if log is not None and self._process == os.getpid():
            log.close()


_shared: dict[tuple[Path, str], SharedLog] = {}
_opening = threading.Lock()


def _here() -> SharedLog:
    key = (Path(settings.PLIMSOLL_LOG), str(settings.PLIMSOLL_LOG_NAME))
    with _opening:
        return _shared.setdefault(key, SharedLog(*key))


@contextmanager
def opened(*, patience: float = PATIENCE) -> Iterator[LeafLog]:
    """The log of this installation, for as long as the block lasts; errors as `SharedLog.held`."""
    with _here().held(patience=patience) as log:
        yield log


def close() -> None:
    """Lets other processes have every log that this one has open."""
    with _opening:
        logs = list(_shared.values())
        _shared.clear()
    for log in logs:
        log.close()


def public_folder() -> Path:
    """What any web server may hand out: tiles, bundles and the checkpoint."""
    return Path(settings.PLIMSOLL_LOG) / "public"


def published_checkpoint() -> bytes:
    """The signed checkpoint that readers see, with its cosignatures; NotFound before the first."""
    if not public_folder().exists():
        raise NotFound("The log has published nothing yet.", hint="Run: plimsoll tick")
    with Published.open(public_folder()) as published:
        return published.checkpoint()


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    """The proof that entry `index` is in the log of a published size, read from the public folder.

    Nobody waits for it. NotFound if that size was never published.
    """
    with Published.open(public_folder()) as published:
        return published.nodes(size).inclusion(index)


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the log of published size `new` continues its first `old` entries.

    Errors as `inclusion`.
    """
    with Published.open(public_folder()) as published:
        return published.nodes(new).consistency(old)
