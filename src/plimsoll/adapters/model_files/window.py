"""Reading on through bytes in bounded memory, as `pickletools.genops` asks for it.

An argument longer than `LONG_ARGUMENT` is stepped over, and a stand-in of the same length is
returned: a model's numbers lie in such arguments, and no name does. Used only inside the limited
process.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["CHUNK", "LONG_ARGUMENT", "Feed", "LongArgument", "Window"]

CHUNK = 1 << 18
"""How many bytes are fetched at once."""
LONG_ARGUMENT = 1 << 20
"""Longest opcode argument that is looked at; no name of a module or class is as long."""


class Feed(Protocol):
    """Something that hands out bytes in order."""

    def take(self, count: int) -> bytes:
        """The next bytes, at most `count`; empty only at the end."""
        ...

    def skip(self, count: int) -> int:
        """Step over at most `count` bytes; how many there were."""
        ...


class LongArgument(bytes):
    """A stand-in for an argument that was stepped over: empty, with the length that was there."""

    there: int = 0

    def __len__(self) -> int:
        return self.there


class Window:
    """The reading end that `pickletools.genops` asks for: `read`, `readline` and `tell`, bounded.

    After an argument was replaced by a stand-in, `stepped_over` is true until the caller clears it.
    """

    __slots__ = ("_at", "_buffer", "_feed", "_start", "stepped_over")

    def __init__(self, feed: Feed, *, start: int = 0) -> None:
        self._feed = feed
        self._buffer = b""
        self._at = 0
        self._start = start
        self.stepped_over = False

    def tell(self) -> int:
        """How many bytes lie before the next one, from the start of the stretch."""
        return self._start + self._at

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes, fewer only at the end; a stand-in if `count` is very large."""
        end = self._at + count
        if end <= len(self._buffer):
            taken = self._buffer[self._at : end]
            self._at = end
            return taken
        if count > LONG_ARGUMENT:
            return self._step_over(count)
        self._fill(count)
        taken = self._buffer[self._at : self._at + count]
        self._at += len(taken)
        return taken

    def readline(self) -> bytes:
        """The bytes up to and with the next line feed; a stand-in in quotes if they are very many."""
        while True:
            found = self._buffer.find(b"\n", self._at)
            if found >= 0:
                taken = self._buffer[self._at : found + 1]
                self._at = found + 1
                return taken
            there = len(self._buffer) - self._at
            if there > LONG_ARGUMENT:
                return self._step_over_line()
            self._fill(there + CHUNK)
            if len(self._buffer) - self._at == there:
                taken = self._buffer[self._at :]
                self._at = len(self._buffer)
                return taken

    def _fill(self, count: int) -> None:
        pieces = [self._buffer[self._at :]]
        there = len(pieces[0])
        self._start += self._at
        self._at = 0
        while there < count:
            piece = self._feed.take(max(CHUNK, count - there))
            if not piece:
                break
            pieces.append(piece)
            there += len(piece)
        self._buffer = b"".join(pieces)

    def _drop_buffer(self) -> int:
        dropped = len(self._buffer) - self._at
        self._start += len(self._buffer)
        self._buffer, self._at = b"", 0
        return dropped

    def _step_over(self, count: int) -> bytes:
        there = self._drop_buffer()
        skipped = self._feed.skip(count - there)
        self._start += skipped
        self.stepped_over = True
        stand_in = LongArgument()
        stand_in.there = there + skipped
        return stand_in

    def _step_over_line(self) -> bytes:
        while True:
            self._drop_buffer()
            self._buffer = self._feed.take(CHUNK)
            if not self._buffer:
                return b""
            found = self._buffer.find(b"\n")
            if found >= 0:
                self._at = found + 1
                self.stepped_over = True
                return b"''\n"
