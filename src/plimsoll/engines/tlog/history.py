"""Every checkpoint that a log ever signed, kept for ever in one append-only file.

The newest one is what the log has promised. A new one is taken only if the file still ends with the one
that the writer knows (compare and swap), and is on disk before anybody sees it.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right

from plimsoll.engines.tlog import frame
from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.folder import Folder, read_at, shut, told, write_at
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["History", "check_note"]

_FILE = "checkpoints"
_SIGNED = b"\n\xe2\x80\x94 "


def check_note(note: bytes, checkpoint: Checkpoint) -> None:
    """BadInput unless the note is that checkpoint with at least one signature line; verifies no signature."""
    if parse_note(note).body != checkpoint.body:
        raise BadInput(
            f"What was signed is not the checkpoint of {checkpoint.origin} at size {checkpoint.size}.",
            hint="The signer gets a checkpoint and returns it as a signed note, byte for byte.",
        )


class History:
    """The signed checkpoints, oldest first."""

    def __init__(self, folder: Folder, origin: str) -> None:
        self._name = f"{folder.name}/{_FILE}"
        self._folder = folder
        self._origin = origin
        self._sizes: list[int] = []
        self._starts: list[int] = []
        self._end = 0
        self._file = -1
        self.last: bytes | None = None
        """The newest note; None before the first."""

    @property
    def size(self) -> int:
        """Size of the newest checkpoint; 0 before the first."""
        return self._sizes[-1] if self._sizes else 0

    def recover(self, tree: Tree) -> None:
        """Reads the file, compares each checkpoint with the tree, and makes durable what holds.

        Untrusted if the file was changed, or if a checkpoint covers entries that are missing or has
        another root than the entries: then entries were lost or replaced after they were promised.
        """
        content = self._folder.read(_FILE) or b""
        while found := self._frame_at(content, self._end):
            self._compare(found, tree)
            self._sizes.append(found.first)
            self._starts.append(found.start)
            self._end, self.last = found.end, found.body
        self._file = self._folder.open_file(_FILE, create=True)
        with told(self._name):
            # As with entries: the newest one may have been written by a process that could not flush it.
            again = self._starts[-1] if self._starts else 0
            write_at(self._file, content[again : self._end], again)
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        self._folder.flush()

    def _frame_at(self, content: bytes, start: int) -> frame.Frame | None:
        try:
            return frame.frame_at(content, start, frame.CHECKPOINT)
        except Untrusted as fault:
            raise Untrusted(f"{self._name}: {fault.message}", hint=fault.hint) from fault

    def _compare(self, found: frame.Frame, tree: Tree) -> None:
        size = found.first
        if size > tree.size:
            raise Untrusted(
                f"A signed checkpoint covers {size} entries, and the log has only {tree.size}.",
                hint="Entries were lost after they were promised: put the newest copy of the log back.",
            )
        expected = Checkpoint(origin=self._origin, size=size, root=tree.root(size))
        if size < self.size or not found.body.startswith(expected.body + _SIGNED):
            raise Untrusted(
                f"The signed checkpoint of size {size} in {self._name} does not follow from the entries.",
                hint="What was promised was replaced: put the newest copy of the log back.",
            )

    def append(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Takes the note as the newest, durably.

        Untrusted if the file does not end with the note that was the newest; StorageFault if the disk
        refuses. After either the log must stop.
        """
        if self._newest() != self.last:
            raise Untrusted(
                f"{self._name} was changed by somebody else while the log was open.",
                hint="One writer at a time; restart it, and find out who wrote there.",
            )
        content = frame.frame_of(frame.CHECKPOINT, first=checkpoint.size, count=1, body=note, covered=note)
        with told(self._name):
            write_at(self._file, content, self._end)
            os.fsync(self._file)
        self._sizes.append(checkpoint.size)
        self._starts.append(self._end)
        self._end += len(content)
        self.last = note

    def _newest(self) -> bytes | None:
        with told(self._name):
            if os.fstat(self._file).st_size != self._end:
                return b""  # no note: somebody made the file longer or shorter
            content = read_at(self._file, self._starts[-1], self._end) if self._starts else b""
        found = self._frame_at(content, 0)
        return found.body if found else None

    def sizes(self, low: int, high: int) -> list[int]:
        """The sizes of the checkpoints with low < size <= high, each once, in order."""
        return sorted(set(self._sizes[bisect_right(self._sizes, low) : bisect_right(self._sizes, high)]))

    def notes(self, size: int) -> list[bytes]:
        """The notes of that size, oldest first; the later ones carry more cosignatures."""
        low, high = bisect_left(self._sizes, size), bisect_right(self._sizes, size)
        ends = [*self._starts, self._end]
        with told(self._name):
            return [
                read_at(self._file, ends[place] + frame.HEADER, ends[place + 1]) for place in range(low, high)
            ]

    def close(self) -> None:
        """Gives the descriptor back."""
        if self._file >= 0:
            shut(self._file)
            self._file = -1
