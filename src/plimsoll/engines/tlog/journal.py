"""The entries of a log on disk: preallocated segments of frames, one flush per batch.

A segment is a file named by the index of its first entry in twenty digits. It begins with a header (which
log, which first entry) and holds frames; the rest of it is zeros, written ahead, so that a batch overwrites
blocks that exist and its flush writes no file-system metadata. The next segment is made ready in the
background and gets its name when the current one is full.

The bodies of frames are exactly pieces of entry bundles: a bundle is copied out, never encoded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.engines.tlog import frame
from plimsoll.engines.tlog.folder import Folder, StorageFault, read_at, shut, told, write_at
from plimsoll.engines.tlog.tiles import WIDTH, bundle_parts
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import Untrusted

__all__ = ["SEGMENT_BYTES", "Journal", "cut"]

SEGMENT_BYTES = (1 << 20, 1 << 24)
"""Size of the first segment and the largest; each next one is twice as long."""
_SPARE = "spare"
_NAME = re.compile(r"[0-9]{20}")
_TAG = b"plimsoll segment 1\n"
_ZEROS = bytes(1 << 20)


def header_of(origin: str, first: int) -> bytes:
    """The header of a segment: tag, first index, length of the origin, origin, SHA-256 of all that."""
    name = origin.encode()
    fields = _TAG + first.to_bytes(8, "big") + len(name).to_bytes(2, "big") + name
    return fields + hashlib.sha256(fields).digest()


@dataclass(slots=True, kw_only=True)
class _Segment:
    name: str
    first: int
    """Index of the first entry."""
    start: int
    """Where its first frame begins."""
    end: int
    """Where its next frame goes."""
    capacity: int
    """Bytes of the file so far."""


class Journal:
    """The segments of a log; one thread writes at a time, any may read what is flushed."""

    def __init__(self, folder: Folder, origin: str) -> None:
        self._folder = folder
        self._origin = origin
        self._segments: list[_Segment] = []
        # Of each bundle that begins here: its segment's place, its frame, its first record.
        self._marks: list[tuple[int, int, int]] = []
        self._base = 0
        self._file = -1
        self._spare: threading.Thread | None = None
        self._spare_fault: StorageFault | None = None
        self._spare_bytes = 0
        self._shape = threading.Lock()  # held while segments are read or dropped

    @property
    def base(self) -> int:
        """Index of the first entry that is still here; earlier ones are in the published bundles only."""
        return self._base

    # ------------------------------------------------------------ opening

    def oldest(self) -> int | None:
        """Index of the first entry of the first segment; None in a folder without segments.

        Untrusted if something else lies there.
        """
        names = [name for name in self._folder.names() if name != _SPARE]
        for name in names:
            if not _NAME.fullmatch(name):
                raise Untrusted(f"{self._folder.name}/{name} is not a segment of a log.")
        return int(names[0]) if names else None

    def recover(self, tree: Tree) -> None:
        """Reads every segment into the tree, makes what holds durable, and clears what was broken off.

        The tree holds the leaves before the first segment already. Untrusted if a segment is missing,
        belongs to another log, or was changed; the sentence names the file and the place.
        """
        self._folder.remove(_SPARE)
        names = self._folder.names()
        self._base = tree.size
        for name in names:
            self._read_segment(tree, name, last=name == names[-1])
        if not names:
            self._begin(0, SEGMENT_BYTES[0])

    def _read_segment(self, tree: Tree, name: str, *, last: bool) -> None:
        path = f"{self._folder.name}/{name}"
        content = self._folder.read(name) or b""
        first = int(name)
        header = header_of(self._origin, first)
        if content[: len(header)] != header:
            raise Untrusted(
                f"{path} is not the segment of the log {self._origin} that begins with entry {first}.",
                hint="Open the log under the origin that it was made with, or put the file back from a copy.",
            )
        if first != tree.size:
            raise Untrusted(f"{path} begins with entry {first}, and entry {tree.size} comes before it.")
        segment = _Segment(name=name, first=first, start=len(header), end=len(header), capacity=len(content))
        self._segments.append(segment)
        last_frame = None
        while found := self._frame(content, segment, path):
            if found.first != tree.size:
                raise Untrusted(f"{path} has entry {found.first} where entry {tree.size} belongs.")
            self._mark(found.first, found.entries, segment.end)
            tree.extend(found.leaves)
            segment.end, last_frame = found.end, found
        if last:
            self._settle(segment, content, last_frame)

    def _frame(self, content: bytes, segment: _Segment, path: str) -> frame.Frame | None:
        try:
            return frame.frame_at(content, segment.end, frame.ENTRIES)
        except Untrusted as fault:
            raise Untrusted(f"{path}: {fault.message}", hint=fault.hint) from fault

    def _settle(self, segment: _Segment, content: bytes, last: frame.Frame | None) -> None:
        """Makes the last segment durable as it was read.

        Another process may have died between writing and flushing, or after a failed flush, which can
        leave pages that look clean and are not on disk: so the last frame is written once more.
        """
        self._file = self._folder.open_file(segment.name)
        with told(f"{self._folder.name}/{segment.name}"):
            again = last.start if last else 0
            write_at(self._file, content[again : segment.end], again)
            if not frame.blank(content, segment.end):
                write_at(self._file, bytes(len(content) - segment.end), segment.end)
            os.fsync(self._file)
        self._folder.flush()

    # ------------------------------------------------------------ writing

    def write(self, first: int, entries: Sequence[bytes], leaves: bytes) -> None:
        """Writes one frame behind the last; not durable before `flush`. StorageFault if it cannot."""
        parts = bundle_parts(entries)
        length = 2 * len(entries) + sum(map(len, entries))
        header = frame.header_of(
            frame.ENTRIES, first=first, count=len(entries), length=length, covered=leaves
        )
        content = b"".join([header, *parts])  # the one copy of the entries that is made
        segment = self._segments[-1]
        if segment.end + len(content) > segment.capacity and segment.end > segment.start:
            segment = self._rotate(first)
        with told(f"{self._folder.name}/{segment.name}"):
            write_at(self._file, content, segment.end)
        self._mark(first, entries, segment.end)
        segment.end += len(content)
        if segment.end * 2 > segment.capacity and self._spare is None:
            self._prepare(min(segment.capacity * 2, SEGMENT_BYTES[1]))

    def flush(self) -> None:
        """Makes what was written durable; StorageFault if the disk does not say so."""
        with told(f"{self._folder.name}/{self._segments[-1].name}"):
            os.fdatasync(self._file)

    def _prepare(self, size: int) -> threading.Thread:
        self._spare_bytes = size
        self._spare = threading.Thread(target=self._fill, name="plimsoll-log-segment", daemon=True)
        self._spare.start()
        return self._spare

    def _fill(self) -> None:
        try:
            file = self._folder.open_file(_SPARE, create=True)
            try:
                with told(f"{self._folder.name}/{_SPARE}"):
                    os.ftruncate(file, 0)
                    for at in range(0, self._spare_bytes, len(_ZEROS)):
                        write_at(file, _ZEROS[: self._spare_bytes - at], at)
                    os.fsync(file)
            finally:
                shut(file)
        except StorageFault as fault:
            self._spare_fault = fault  # raised by the batch that needs the segment

    def _rotate(self, first: int) -> _Segment:
        shut(self._file)
        self._file = -1
        return self._begin(first, min(self._segments[-1].capacity * 2, SEGMENT_BYTES[1]))

    def _begin(self, first: int, size: int) -> _Segment:
        """A new segment, durable with header and name before a frame goes into it."""
        (self._spare or self._prepare(size)).join()
        self._spare = None
        if self._spare_fault:
            raise self._spare_fault
        header, name = header_of(self._origin, first), f"{first:020}"
        self._file = self._folder.open_file(_SPARE)
        with told(f"{self._folder.name}/{name}"):
            write_at(self._file, header, 0)
            os.fsync(self._file)
        self._folder.move(_SPARE, self._folder, name)
        self._folder.flush()
        segment = _Segment(
            name=name, first=first, start=len(header), end=len(header), capacity=self._spare_bytes
        )
        self._segments.append(segment)
        return segment

    def _mark(self, first: int, entries: Sequence[bytes], start: int) -> None:
        """Remembers where each bundle that begins in this frame begins."""
        place, at, low = len(self._segments) - 1, start + frame.HEADER, 0
        for ahead in range(-first % WIDTH, len(entries), WIDTH):
            at += 2 * (ahead - low) + sum(map(len, entries[low:ahead]))
            self._marks.append((place, start, at))
            low = ahead

    # ------------------------------------------------------------ reading

    def bundle(self, number: int, width: int) -> bytes:
        """The bundle's first `width` entries, as they stand on disk now; they must have been flushed.

        It begins at or behind `base`. StorageFault if the disk refuses.
        """
        with self._shape:
            return cut(self._bundle(number), width)

    def _bundle(self, number: int) -> bytes:
        mark = number - -(-self._base // WIDTH)
        place, start, record = self._marks[mark]
        parts: list[bytes] = []
        for here in range(place, self._last_place(mark) + 1):
            segment = self._segments[here]
            if here > place:
                start, record = segment.start, segment.start + frame.HEADER
            file = self._folder.open_file(segment.name, write=False)
            try:
                with told(f"{self._folder.name}/{segment.name}"):
                    content = read_at(file, start, self._end_of(mark + 1, here))
            finally:
                shut(file)
            parts.append(_bodies(content, record - start))
        return b"".join(parts)

    def _last_place(self, mark: int) -> int:
        """The segment in which the bundle of this mark ends."""
        return self._marks[mark + 1][0] if mark + 1 < len(self._marks) else len(self._segments) - 1

    def _end_of(self, mark: int, place: int) -> int:
        if mark < len(self._marks) and self._marks[mark][0] == place:
            return self._marks[mark][2]
        return self._segments[place].end

    def forget_cache(self) -> None:
        """Asks that what is read next comes from the disk and not from memory; only advice."""
        with contextlib.suppress(OSError):
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_DONTNEED)

    # ------------------------------------------------------------ letting go

    def droppable(self, size: int) -> list[tuple[str, int, int]]:
        """Name, first and end of each segment but the current one whose entries all lie below `size`."""
        following = zip(self._segments, self._segments[1:], strict=False)
        return [(s.name, s.first, after.first) for s, after in following if after.first <= size]

    def drop(self, name: str) -> None:
        """Takes the first segment away; its entries must be durable elsewhere."""
        with self._shape:
            following = self._segments[1]
            self._folder.remove(name)
            self._folder.flush()
            kept = -(-following.first // WIDTH) - -(-self._base // WIDTH)
            self._base = following.first
            self._segments = self._segments[1:]
            self._marks = [(place - 1, start, record) for place, start, record in self._marks[kept:]]

    def close(self) -> None:
        """Ends the work in the background and gives the descriptors back."""
        if self._spare is not None:
            self._spare.join()
        if self._file >= 0:
            shut(self._file)
            self._file = -1
        self._folder.close()


def _bodies(content: bytes, record: int) -> bytes:
    """The bodies of the frames one behind the other, from the given record of the first one on."""
    parts: list[bytes] = []
    start = 0
    while start + frame.HEADER < len(content):
        end = start + frame.HEADER + frame.body_length(content, start)
        parts.append(content[max(record, start + frame.HEADER) : end])
        start = end
    return b"".join(parts)


def cut(bundle: bytes, width: int) -> bytes:
    """The first `width` entries of a bundle; Untrusted if it has fewer or ends within one."""
    at = 0
    for _ in range(width):
        at += 2 + int.from_bytes(bundle[at : at + 2], "big")
    if at > len(bundle):
        raise Untrusted(f"A bundle ends before its entry {width}.")
    return bundle[:at]
