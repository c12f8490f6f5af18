"""Unpacks the members of an archive as they are read, counted byte by byte against the budget.

The sizes that an archive claims are never believed: what counts is what comes out. Packed bytes that
cannot be unpacked end the output there and leave `broken` set. Sources: RFC 1951 (DEFLATE); PKWARE
APPNOTE 6.3.10, sections 4.4.5 and 5.8 (bzip2 and LZMA in zip). Used only inside the limited process.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from typing import Protocol

from plimsoll.adapters.model_files.bytes import Budget, Slab, SlabFeed
from plimsoll.adapters.model_files.window import CHUNK, Window

__all__ = ["PACKINGS", "Unpacked", "UnpackingFeed"]

PACKINGS = {8: "DEFLATE", 12: "bzip2", 14: "LZMA"}
"""The zip methods that are unpacked, by number."""
_LARGEST_DICTIONARY = 2**28


class _Decompressor(Protocol):
    """What bz2 and lzma offer."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflater:
    """DEFLATE, in the form of the other two."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._pending = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inflater.decompress(self._pending + data, max_length)
        self._pending = self._inflater.unconsumed_tail
        # a full piece may leave more output inside, even when all input was taken
        self.needs_input = not self._pending and len(out) < max_length
        return out


class UnpackingFeed:
    """What a packed stretch holds, in order."""

    def __init__(self, packed: Slab, budget: Budget, *, method: int) -> None:
        self._input = SlabFeed(packed)
        self._budget = budget
        self.broken = False
        self._decompressor = self._start(method)

    def _start(self, method: int) -> _Decompressor:
        if method == 12:
            return bz2.BZ2Decompressor()
        if method == 14:
            return self._start_lzma()
        return _Inflater()

    def _start_lzma(self) -> _Decompressor:
        """A decoder for the properties that stand before the packed bytes."""
        lead = self._input.take(9)
        size, first, dictionary = struct.unpack("<2xHBL", lead) if len(lead) == 9 else (0, 255, 0)
        lc, rest = first % 9, first // 9
        self.broken = size != 5 or first >= 9 * 5 * 5 or dictionary > _LARGEST_DICTIONARY
        known = {"dict_size": max(dictionary, 4096), "lc": lc, "lp": rest % 5, "pb": rest // 5}
        try:
            return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, **known}])
        except (lzma.LZMAError, ValueError):  # no coder has such properties
            self.broken = True
            return _Inflater()

    @property
    def ended(self) -> bool:
        """Whether the packed stream came to its own end, with all packed bytes used."""
        whole = self._decompressor.eof and not self.broken
        return whole and not self._decompressor.unused_data and not self._input.skip(1)

    def take(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty at the end, and where the packed bytes are broken."""
        while not self.broken and not self._decompressor.eof:
            packed = self._input.take(CHUNK) if self._decompressor.needs_input else b""
            if self._decompressor.needs_input and not packed:
                break
            try:
                taken = self._decompressor.decompress(packed, min(count, CHUNK))
            except (zlib.error, lzma.LZMAError, OSError, ValueError):  # bz2 raises the last two
                self.broken = True
                break
            if taken:
                self._budget.spend_inflated(len(taken))
                return taken
            self._budget.check_time()
        return b""

    def skip(self, count: int) -> int:
        """Unpack and drop at most `count` bytes; how many there were."""
        dropped = 0
        while dropped < count:
            taken = self.take(min(CHUNK, count - dropped))
            if not taken:
                break
            dropped += len(taken)
        return dropped


class Unpacked:
    """What a packed stretch holds, too long to keep: every reading unpacks it anew, at a cost."""

    __slots__ = ("_budget", "_method", "_packed", "size")

    def __init__(self, packed: Slab, budget: Budget, *, method: int, size: int) -> None:
        self._packed = packed
        self._budget = budget
        self._method = method
        self.size = size

    def open(self, start: int = 0) -> Window:
        """A window that reads on from `start`."""
        feed = UnpackingFeed(self._packed, self._budget, method=self._method)
        feed.skip(start)
        return Window(feed, start=start)

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; fewer at the end."""
        feed = UnpackingFeed(self._packed, self._budget, method=self._method)
        feed.skip(offset)
        pieces: list[bytes] = []
        while length > 0:
            piece = feed.take(length)
            if not piece:
                break
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)
