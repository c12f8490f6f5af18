"""A log on disk: one writer, group commit, one flush per batch, and publication in a safe order.

    with Log.open(path, origin="example.com/log", sign=sign) as log:
        places = log.append([b"first", b"second"])  # durable when it returns
        log.publish()                               # signed, and exposed below path/public

Below the path: `lock`, `segments/` (the entries), `checkpoints` (every one that was signed), `staging/`,
and `public/`, which any web server may hand out. Only this module and those it is split into (folder,
frame, journal, history, publication, published, fsck) touch files.

No clock is read and no time is stored: a clock that goes backwards changes nothing here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.commit import Queue, Shared
from plimsoll.engines.tlog.folder import Folder, StorageFault, shut, told
from plimsoll.engines.tlog.history import History
from plimsoll.engines.tlog.journal import Journal, cut
from plimsoll.engines.tlog.merkle import HASH_SIZE, leaf_hash
from plimsoll.engines.tlog.promise import Cosign, Promises, Sign
from plimsoll.engines.tlog.publication import Publication
from plimsoll.engines.tlog.tiles import (
    ENTRY_LIMIT,
    WIDTH,
    Tile,
    bundle_leaves,
    bundle_tile,
    leaf_hashes,
    parse_bundle,
    parse_tile,
)
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import BadInput, Conflict, NotFound, Untrusted

__all__ = ["BATCH_BYTES", "BATCH_LIMIT", "Log"]

BATCH_LIMIT = 4_096
"""Entries that one flush makes durable, at most."""
BATCH_BYTES = 4 << 20
"""Bytes of entries that one flush makes durable, about."""


class Log:
    """The one writer of a log. Build it with `Log.open`; any thread may call any method.

    After a step that the disk refused the log takes nothing more: what is on disk is then only known to
    the next process, which reads it again. An entry whose append failed may be in the log or not.
    """

    def __init__(self, folder: Folder, lock: int, origin: str, sign: Sign | None) -> None:
        self._folder = folder
        self._lock = lock
        self._process = os.getpid()
        self._tree = Tree()
        self._journal = Journal(folder.below("segments", create=True), origin)
        self._history = History(folder, origin)
        self._publication = Publication(
            folder.below("public", create=True), folder.below("staging", create=True), self._tree, self.bundle
        )
        self._promises = Promises(
            origin=origin,
            sign=sign,
            tree=self._tree,
            bundle=self.bundle,
            history=self._history,
            publication=self._publication,
        )
        self._writing = threading.Lock()
        self._publishing = threading.Lock()
        self._queue = Queue(self._commit, limit=BATCH_LIMIT)
        self._shared = Shared(self._append_batches, self._writing, limit=BATCH_LIMIT)
        self._size = 0
        self._stopped = ""
        self.origin = origin

    # ------------------------------------------------------------ opening and closing

    @classmethod
    def open(cls, path: Path | str, *, origin: str, sign: Sign | None = None) -> Log:
        """The log at the path, made if nothing is there, recovered if a process died in it.

        `sign` makes signed notes from checkpoints; without it nothing can be published. Conflict if
        another process has it open; BadInput for an origin that no checkpoint could carry; Untrusted if
        entries or checkpoints were changed, lost or replaced; StorageFault if the disk refuses.
        """
        Checkpoint(origin=origin, size=0, root=bytes(HASH_SIZE))
        if len(origin.encode()) > 255:
            raise BadInput("The origin of a log is at most 255 bytes long.")
        folder = Folder.at(Path(path), create=True)
        lock = -1
        try:
            lock = folder.open_file("lock", create=True)
            with told(f"{folder.name}/lock"):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Conflict(
                        f"Another process writes to the log {folder.name}.",
                        hint="A log has one writer: stop the other, or send entries to it.",
                    ) from None
            log = cls(folder, lock, origin, sign)
        except BaseException:
            if lock >= 0:
                shut(lock)
            folder.close()
            raise
        try:
            log._recover()
        except BaseException:
            log.close()
            raise
        return log

    def _recover(self) -> None:
        base = self._journal.oldest()
        for number in range(-(-(base or 0) // WIDTH)):
            tile = Tile(level=0, number=number)
            content = self._publication.tile(tile)
            if content is None:
                raise Untrusted(
                    f"The published file {tile.path} is missing, and its entries are nowhere else."
                )
            self._tree.extend(parse_tile(content)[: ((base or 0) - number * WIDTH) * HASH_SIZE])
        self._journal.recover(self._tree)
        self._size = self._tree.size
        self._promises.recover()

    def close(self) -> None:
        """Makes durable what waits, ends the work in the background, and lets the next writer in."""
        if self._lock < 0:
            return
        self._queue.close()
        with self._publishing, self._writing:
            self._stop("it was closed")
            self._journal.close()
            self._history.close()
            self._publication.close()
            self._folder.close()
            shut(self._lock)
            self._lock = -1

    def __enter__(self) -> Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------ writing

    def append(self, entries: Sequence[bytes]) -> range:
        """Appends the entries in order and returns their places; all are durable when it returns.

        One flush per 4,096 entries or 4 MiB. BadInput, and nothing written, if one is no bytes or is
        longer than 65,535 of them; StorageFault if the disk refuses or the log has stopped.
        """
        _check(entries)
        with self._writing:
            return range(self._append_batches(entries), self._size)

    def append_one(self, entry: bytes) -> int:
        """Appends one entry and returns its place; threads that call at the same time share a flush.

        For many threads that each wait for their own entry. Raises like `append`.
        """
        _check((entry,))
        return self._shared.write(entry)

    def submit(self, entry: bytes) -> Future[int]:
        """Hands one entry over; the future is its place, once it is durable.

        Entries of many threads share a flush: the next begins as soon as the last has ended. Raises like
        `append`; what the disk refuses comes out of the future.
        """
        _check((entry,))
        self._usable()
        return self._queue.put(entry)

    def _append_batches(self, entries: Sequence[bytes]) -> int:
        """Writes the entries, durably; the caller holds the turn. Returns the place of the first."""
        self._usable()
        first, at = self._size, 0
        while at < len(entries):
            batch = _batch(entries, at)
            self._write(batch)
            at += len(batch)
        return first

    def _commit(self, entries: Sequence[bytes]) -> int:
        return self.append(entries).start

    def _write(self, entries: Sequence[bytes]) -> None:
        leaves = leaf_hashes(entries)
        try:
            self._journal.write(self._size, entries, leaves)
            self._journal.flush()
            self._tree.extend(leaves)
            self._size += len(entries)
        except BaseException as error:
            # Also an interrupt: whether the batch is on disk is then not known here.
            self._stop(error.message if isinstance(error, StorageFault) else "a batch was interrupted")
            raise

    def _stop(self, why: str) -> None:
        self._stopped = self._stopped or why.rstrip(".")

    def _usable(self) -> None:
        if self._stopped:
            raise StorageFault(
                f"The log {self._folder.name} takes nothing more: {self._stopped}.",
                hint="Restart the process: it reads the log again and knows what is in it.",
            )
        if os.getpid() != self._process:
            raise Conflict(
                f"The log {self._folder.name} belongs to the process that opened it.",
                hint="Open it in the process that writes, not before a fork.",
            )

    # ------------------------------------------------------------ reading

    @property
    def size(self) -> int:
        """Durable entries."""
        return self._size

    @property
    def root(self) -> bytes:
        """The root over them, 32 bytes."""
        return self._tree.root(self._size)

    def entry(self, index: int) -> bytes:
        """The entry at that place; NotFound if there is none, Untrusted if its bytes were changed on disk."""
        if not 0 <= index < self._size:
            raise NotFound(f"The log has {self._size} entries; there is no entry {index}.")
        number, place = divmod(index, WIDTH)
        entry = parse_bundle(self.bundle(number, place + 1), place + 1)[place]
        if leaf_hash(entry) != self._tree.node(0, index):
            raise Untrusted(f"Entry {index} was changed on disk after it was written.")
        return entry

    def bundle(self, number: int, width: int) -> bytes:
        """The first `width` entries of bundle `number` as they stand on disk, each behind its length."""
        self._usable()
        if number * WIDTH >= self._journal.base:
            return self._journal.bundle(number, width)
        content = self._publication.tile(bundle_tile(number))
        if content is None:
            raise NotFound(f"The published file {bundle_tile(number).path} is missing.")
        return cut(content, width)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that entry `index` is in the log of that size (default: now), leaf sibling first.

        BadInput if there is no such entry or the log never had that size.
        """
        return self._tree.inclusion(index, self._durable(size))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The proof that the log of size `new` continues that of size `old`; BadInput if there is none."""
        return self._tree.consistency(old, self._durable(new))

    def _durable(self, size: int | None) -> int:
        if size is not None and size > self._size:
            raise BadInput(f"The log never had {size} entries; it has {self._size}.")
        return self._size if size is None else size

    # ------------------------------------------------------------ publishing

    def checkpoint(self) -> bytes:
        """The signed checkpoint of everything that is durable, kept on disk before it is returned.

        Proofs can be handed out with it at once; readers of the public folder see it after `publish`.
        BadInput if the log has no signer; Untrusted if disk and tree disagree (then nothing is signed);
        StorageFault if the disk refuses. After the last two the log has stopped.
        """
        with self._promising():
            self._journal.forget_cache()
            return self._promises.sign(self._size)

    def publish(self, cosign: Cosign | None = None) -> bytes:
        """Signs like `checkpoint`, then exposes tiles, asks the witnesses, and exposes the checkpoint.

        Returns the note that readers see. `cosign` gets the signed note and returns it with cosignatures;
        what it raises comes out, and the old checkpoint stays exposed.
        """
        with self._promising():
            self._journal.forget_cache()
            self._promises.sign(self._size)
            return self._promises.show(cosign)

    def retire(self) -> int:
        """Drops the segments whose entries all stand in full published bundles; returns how many.

        Each bundle is read back and hashed before its segment goes. The public folder then is the only
        place of those entries: keep a copy of it. Raises like `checkpoint`.
        """
        with self._promising():
            dropped = 0
            whole = self._promises.shown // WIDTH * WIDTH
            for name, low, high in self._journal.droppable(whole):
                for number in range(low // WIDTH, -(-high // WIDTH)):
                    self._compare_published(number)
                self._journal.drop(name)
                dropped += 1
            return dropped

    def _compare_published(self, number: int) -> None:
        expected = self._tree.hashes(0, number * WIDTH, (number + 1) * WIDTH)
        bundle = self._publication.tile(bundle_tile(number))
        tile = self._publication.tile(Tile(level=0, number=number))
        if bundle is None or tile != expected or bundle_leaves(bundle) != expected:
            raise Untrusted(f"The published files of bundle {number} are not what the log wrote.")

    @contextlib.contextmanager
    def _promising(self) -> Iterator[None]:
        with self._publishing:
            self._usable()
            try:
                yield
            except (StorageFault, Untrusted) as error:
                self._stop(error.message)
                raise


def _check(entries: Sequence[bytes]) -> None:
    if not set(map(type, entries)) <= {bytes}:
        raise BadInput("An entry of a log is bytes.")
    if entries and max(map(len, entries)) > ENTRY_LIMIT:
        raise BadInput(
            f"An entry has {max(map(len, entries)):,} bytes; at most {ENTRY_LIMIT:,} go into the log.",
            hint="Log a digest of the content and keep the content elsewhere.",
        )


def _batch(entries: Sequence[bytes], at: int) -> Sequence[bytes]:
    """The entries from there on that one flush takes."""
    batch = entries[at : at + BATCH_LIMIT]
    while len(batch) > 1 and sum(map(len, batch)) > BATCH_BYTES:
        batch = batch[: len(batch) // 2]
    return batch
