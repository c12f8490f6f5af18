"""Pickle streams wherever they lie: one after another, in any part of a file, sure or only possible.

Any bytes can be handed to `pickle.load`, whatever they look like. So every part is tried as a
pickle: one that names itself (protocol 2 and later) must be read to its end; one that does not is a
pickle only if it reads as one or imports something before it breaks off. Used only inside the
limited process.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable

from plimsoll.adapters.model_files.bytes import Budget, Slab, Source
from plimsoll.adapters.model_files.machine import MOST_HIDDEN, Import
from plimsoll.adapters.model_files.memo import Memo
from plimsoll.adapters.model_files.opcodes import StreamReading, read_stream
from plimsoll.adapters.model_files.opinion import LEVELS, levels_of, second_opinion
from plimsoll.adapters.model_files.reading import Reading

__all__ = ["StreamReader"]

MOST_STREAMS = 1000
DEEPEST_HIDDEN = 3
LONGEST_FOR_PICKLESCAN = 64 * 2**20
MOST_OPCODES_FOR_PICKLESCAN = 1_000_000
_BEYOND_BREAK = 2**20  # picklescan keeps no stack and may read on where the unpickler would stop
_TORCH_MAGIC = 0x1950A86A20F9469CFC6C  # torch/serialization.py, MAGIC_NUMBER
_TORCH_STREAMS = 5  # magic number, protocol, system, object, keys of the storages
_PLAUSIBLE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class StreamReader:
    """Reads pickle streams into a `Reading`; `on_danger` is told of each dangerous name at once."""

    def __init__(self, reading: Reading, budget: Budget, on_danger: Callable[[Import, str], None]) -> None:
        self._reading = reading
        self._budget = budget
        self._on_danger = on_danger

    def read(self, source: Source, where: str, *, sure: bool, start: int = 0) -> bool:
        """Read every stream from `start` on; whether there was one.

        With `sure`, the part is known to be a pickle, and whatever cannot be read is a doubt. Without,
        bytes that neither read as a pickle nor import anything are left to others.
        """
        window = source.open(start)
        streams = [read_stream(window, self._budget)]
        if not sure and not _is_pickle(streams[0], source.size):
            return False
        rest = -1
        while streams[-1].whole and streams[-1].end < source.size:
            if len(streams) >= MOST_STREAMS or (_is_legacy_torch(streams) and len(streams) >= _TORCH_STREAMS):
                rest = streams[-1].end
                break
            stream = read_stream(window, self._budget)
            if not _is_pickle(stream, source.size) and source.read(stream.start, 1) != b"\x80":
                rest = stream.start
                break
            streams.append(stream)
        for stream in streams:
            self._record(source, stream, _place(where, stream.start - start))
        if len(streams) > 1:
            self._read_with_one_memo(source, where, start=start, count=len(streams))
        if rest >= 0:
            self._record_rest(source, where, streams, rest)
        return True

    # ---------------------------------------------------------------- one stream

    def _record(self, source: Source, stream: StreamReading, where: str) -> None:
        reading = self._reading
        reading.opcodes += stream.opcodes
        reading.streams += stream.whole
        self._name(levels_of(stream.imports), where)
        for text in _doubts(stream):
            reading.doubt(text, where)
        self._ask_picklescan(source, stream, where)
        self._read_hidden(stream, where, depth=1)

    def _name(self, levels: dict[Import, str], where: str) -> None:
        for found, level in levels.items():
            if self._reading.name(found, level, where):
                self._on_danger(found, where)

    def _ask_picklescan(self, source: Source, stream: StreamReading, where: str) -> None:
        end = stream.end if stream.whole else min(source.size, stream.end + _BEYOND_BREAK)
        if end - stream.start > LONGEST_FOR_PICKLESCAN or stream.opcodes > MOST_OPCODES_FOR_PICKLESCAN:
            self._reading.say("A stream too long for picklescan was judged by asking it about each name.")
            return
        self._budget.check_time()
        names, trouble = second_opinion(_without_frames(source, stream, end))
        self._name(names, where)
        if trouble and stream.whole:
            self._reading.doubt(f"picklescan {trouble} on a stream that was read to its end", where)

    def _read_hidden(self, stream: StreamReading, where: str, *, depth: int) -> None:
        """Write down values that are pickles themselves: they run when something unpickles them, too."""
        for value in stream.hidden:
            content = _decoded(value)
            inner = read_stream(Slab(content, size=len(content)).open(), self._budget)
            names = sorted(
                f"{n.module}.{n.name}" for n, level in levels_of(inner.imports).items() if level != LEVELS[2]
            )
            if names:
                listed = ", ".join(names[:5])
                self._reading.doubt(f"a value in a stream is itself a pickle that imports {listed}", where)
            if depth < DEEPEST_HIDDEN:
                self._read_hidden(inner, where, depth=depth + 1)

    # ---------------------------------------------------------------- several streams

    def _read_with_one_memo(self, source: Source, where: str, *, start: int, count: int) -> None:
        """Read all streams again as one Unpickler does that loads repeatedly and keeps its memo."""
        window = source.open(start)
        memo = Memo()
        for _ in range(count):
            stream = read_stream(window, self._budget, memo=memo)
            self._name(levels_of(stream.imports), _place(where, stream.start - start))
            if stream.computed_imports:
                self._reading.doubt(
                    "an import depends on whether streams share their memo",
                    _place(where, stream.start - start),
                )

    def _record_rest(self, source: Source, where: str, streams: list[StreamReading], rest: int) -> None:
        left = source.size - rest
        if not _is_legacy_torch(streams) or len(streams) > _TORCH_STREAMS:
            self._reading.doubt(f"{left:,} bytes after the last whole stream belong to no pickle", where)
            return
        tail = read_stream(source.open(rest), self._budget)
        count = struct.unpack("<q", source.read(rest, 8).ljust(8, b"\xff"))[0]
        if _is_pickle(tail, source.size):
            self._record(source, tail, _place(where, rest))
            self._reading.doubt("a further pickle stream follows the five of a torch file", where)
        elif not 0 <= count <= left:
            self._reading.doubt(
                f"{left:,} bytes after the five streams of a torch file are no tensors", where
            )
        else:
            self._reading.numeric += 1
            self._reading.say(
                f"{left:,} bytes after the five streams of a legacy torch file were taken for raw tensors."
            )


def _is_legacy_torch(streams: list[StreamReading]) -> bool:
    return streams[0].number == _TORCH_MAGIC


def _is_pickle(stream: StreamReading, size: int) -> bool:
    """Whether bytes that need not be a pickle are one: read whole, or importing before they break."""
    if stream.limited:
        return True  # nobody has seen what comes after the limit
    if any(_PLAUSIBLE.fullmatch(f"{found.module}.{found.name}") for found in stream.imports):
        return True
    return stream.whole and (stream.end == size or stream.protocol is not None)


def _decoded(value: bytes | str) -> bytes:
    """The bytes that a value spells; empty if it spells none."""
    if isinstance(value, bytes):
        return value
    try:
        if value[0] == "\x80":
            return value.encode("latin-1")
        return base64.b64decode(value) if value[0] == "g" else bytes.fromhex(value)
    except ValueError:  # also what binascii and the codec raise
        return b""


def _place(where: str, start: int) -> str:
    at = f"byte {start:,}"
    return f"{where}, {at}" if where else at


def _without_frames(source: Source, stream: StreamReading, end: int) -> bytes:
    """The stream without its FRAME opcodes, behind which picklescan loses a name's other half."""
    content = source.read(stream.start, end - stream.start)
    pieces: list[bytes] = []
    at = 0
    for frame in stream.frames:
        pieces.append(content[at : frame - stream.start])
        at = frame - stream.start + 9
    pieces.append(content[at:])
    return b"".join(pieces)


def _doubts(stream: StreamReading) -> list[str]:
    doubts: list[str] = []
    if not stream.whole:
        doubts.append(f"a pickle stream breaks off after {stream.opcodes:,} opcodes: {stream.trouble}")
    if stream.computed_imports:
        doubts.append(f"{stream.computed_imports:,} imports have names that are made while loading")
    if stream.extensions:
        doubts.append(f"{stream.extensions:,} imports go through the extension registry of the loader")
    if stream.changed_imports:
        doubts.append(f"{stream.changed_imports:,} opcodes change an imported thing itself")
    if stream.missing_memo:
        doubts.append(f"{stream.missing_memo:,} memo entries are read that this stream never wrote")
    if stream.huge_index:
        doubts.append(f"memo entry {stream.huge_index:,} would make the loader reserve a huge table")
    if len(stream.hidden) >= MOST_HIDDEN:
        doubts.append(f"{MOST_HIDDEN} values or more begin like pickles, and not all were looked into")
    if stream.expansion:
        doubts.append(f"a walk over its value would visit {stream.expansion:,} things or more")
    return doubts
