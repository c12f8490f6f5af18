"""Bytes of a model file, held by nobody: stretches to read at, and what reading may cost.

A `Slab` is a stretch of a file (or of bytes already in memory) that can be read at any place. A
`Budget` counts what one file may cost. Used only inside the limited process.
"""

from __future__ import annotations

import os
import time
from typing import Protocol

from plimsoll.adapters.model_files.window import Window

__all__ = ["Budget", "LimitReached", "Slab", "SlabFeed", "Source"]


class LimitReached(Exception):
    """Reading stopped because it would cost more than allowed; the text says which limit."""


class Budget:
    """What reading may cost: seconds, inflated bytes and opcodes, shared by all parts of one file."""

    def __init__(self, *, seconds: float, inflated: int, opcodes: int) -> None:
        self._ends = time.monotonic() + seconds
        self._seconds = seconds
        self._inflated_limit = inflated
        self.inflated = inflated
        self._opcode_limit = opcodes
        self.opcodes = opcodes

    def check_time(self) -> None:
        """Raise LimitReached if the time is used up."""
        if time.monotonic() > self._ends:
            raise LimitReached(f"reading took longer than {self._seconds:g} seconds")

    def spend_inflated(self, count: int) -> None:
        """Count decompressed bytes; LimitReached when the limit is passed."""
        self.inflated -= count
        self.check_time()
        if self.inflated < 0:
            raise LimitReached(f"the archive inflates to more than {self._inflated_limit / 2**20:,.0f} MiB")

    def spend_opcodes(self, count: int) -> None:
        """Count pickle opcodes; LimitReached when the limit is passed."""
        self.opcodes -= count
        self.check_time()
        if self.opcodes < 0:
            raise LimitReached(f"the file has more than {self._opcode_limit:,} pickle opcodes")


class Slab:
    """A stretch of bytes that can be read at any place: part of an open file, or bytes in memory."""

    __slots__ = ("_source", "_start", "size")

    def __init__(self, source: int | bytes, *, start: int = 0, size: int) -> None:
        self._source = source
        self._start = start
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; fewer at the end, none outside."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        if isinstance(self._source, bytes):
            begin = self._start + offset
            return self._source[begin : begin + length]
        return _read_at(self._source, self._start + offset, length)

    def open(self, start: int = 0) -> Window:
        """A window that reads on from `start`."""
        return Window(SlabFeed(self, start=start), start=start)

    def part(self, offset: int, size: int) -> Slab:
        """The stretch of at most `size` bytes at `offset`."""
        size = max(0, min(size, self.size - offset))
        return Slab(self._source, start=self._start + offset, size=size)


def _read_at(descriptor: int, offset: int, length: int) -> bytes:
    pieces: list[bytes] = []
    while length > 0:
        piece = os.pread(descriptor, length, offset)
        if not piece:
            break
        pieces.append(piece)
        offset += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class SlabFeed:
    """The bytes of a slab in order; stepping over them costs nothing."""

    def __init__(self, slab: Slab, *, start: int = 0) -> None:
        self._slab = slab
        self._at = start

    def take(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty only at the end."""
        taken = self._slab.read(self._at, count)
        self._at += len(taken)
        return taken

    def skip(self, count: int) -> int:
        """Step over at most `count` bytes; how many there were."""
        there = max(0, min(count, self._slab.size - self._at))
        self._at += there
        return there


class Source(Protocol):
    """Bytes that can be read at any place and read on from any place: a slab, or inflated bytes."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes at `offset`; fewer at the end."""
        ...

    def open(self, start: int = 0) -> Window:
        """A window that reads on from `start`."""
        ...
