"""The whole tree of a log in memory: every complete node, and proofs at any size that was ever reached.

The hashing is RFC 6962 section 2.1 (= RFC 9162 section 2.1). Level k holds one hash per 2**k leaves that
are all there; the ragged right edge is folded when it is asked for. Sixty-four bytes per leaf.

A node is named by (level, index): it covers the leaves [index << level, (index + 1) << level). Every
proof is a list of such nodes plus at most one fold of the right edge, so the same walk serves hashes
held in memory and hashes read from tiles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from struct import Struct

from plimsoll.engines.tlog.merkle import EMPTY_ROOT, HASH_SIZE
from plimsoll.kernel.errors import BadInput

__all__ = ["Node", "Tree", "climb", "consistency_path", "fold", "inclusion_path"]

Node = Callable[[int, int], bytes]
"""Gives the hash of the complete node (level, index)."""

_PAIR = 2 * HASH_SIZE
_PAIRS = Struct(f"{_PAIR}s").iter_unpack


def fold(low: int, high: int, node: Node) -> bytes:
    """The hash of the leaves [low, high), where `low` is a multiple of the span of that subtree.

    With `low` 0 it is the root of the tree of `high` leaves; EMPTY_ROOT if there are none. O(log n).
    """
    rest, at, combined = high - low, high, b""
    while rest:
        span = rest & -rest
        rest -= span
        at -= span
        level = span.bit_length() - 1
        left = node(level, at >> level)
        combined = hashlib.sha256(b"\x01" + left + combined).digest() if combined else left
    return combined or EMPTY_ROOT


def climb(level: int, index: int, size: int, node: Node) -> list[bytes]:
    """The siblings of the node (level, index) on its way to the root of the tree of `size` leaves.

    Lowest first. A node without right sibling climbs without a step (a lone node is never doubled).
    """
    path: list[bytes] = []
    while last := (size - 1) >> level:
        sibling = index ^ 1
        if sibling < last or (sibling == last and (last + 1) << level == size):
            path.append(node(level, sibling))
        elif sibling == last:
            path.append(fold(sibling << level, size, node))
        index >>= 1
        level += 1
    return path


def inclusion_path(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf sibling first (RFC 6962 2.1.1).

    BadInput if that tree has no such leaf.
    """
    if not 0 <= index < size:
        raise BadInput(f"A log of {size} entries has no entry {index}.", hint="Entries are counted from 0.")
    return tuple(climb(0, index, size, node))


def consistency_path(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """The proof that the tree of `new` leaves continues that of `old` leaves (RFC 6962 2.1.2).

    Empty for equal sizes. BadInput unless 0 < old <= new: nothing has to be shown about the empty tree,
    so there is no proof of it (a witness accepts the empty proof for it by a rule of its own).
    """
    if not 0 < old <= new:
        raise BadInput(
            f"There is no consistency proof from size {old} to size {new}.",
            hint="The older size is at least 1 and at most the newer one.",
        )
    if old == new:
        return ()
    # The largest complete node that ends where the old tree ends; a verifier knows it if it is the root.
    level = (old & -old).bit_length() - 1
    index = (old >> level) - 1
    start = [node(level, index)] if index else []
    return tuple(start + climb(level, index, new, node))


class Tree:
    """Every complete node over the leaves so far; grows at its right end only.

    Reading at a size that was reached stays valid while another thread extends the tree. Two threads
    must not extend it at once.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]

    @property
    def size(self) -> int:
        """Leaves so far."""
        return len(self._levels[0]) // HASH_SIZE

    def extend(self, leaves: bytes) -> None:
        """Appends leaf hashes, given one behind the other; BadInput if the length is no multiple of 32."""
        if len(leaves) % HASH_SIZE:
            raise BadInput("Leaf hashes are 32 bytes each.")
        levels, sha256 = self._levels, hashlib.sha256
        levels[0] += leaves
        level = 0
        while True:
            below = levels[level]
            if level + 1 == len(levels):
                if len(below) < _PAIR:
                    return
                levels.append(bytearray())
            above = levels[level + 1]
            done, ready = len(above) * 2, len(below) // _PAIR * _PAIR
            if done == ready:
                return
            pairs = bytes(below[done:ready])
            above += b"".join([sha256(b"\x01" + pair).digest() for (pair,) in _PAIRS(pairs)])
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete node (level, index); the caller knows that it is complete."""
        at = index * HASH_SIZE
        return bytes(self._levels[level][at : at + HASH_SIZE])

    def hashes(self, level: int, low: int, high: int) -> bytes:
        """The hashes of the complete nodes [low, high) of a level, one behind the other."""
        if level >= len(self._levels):
            return b""
        return bytes(self._levels[level][low * HASH_SIZE : high * HASH_SIZE])

    def root(self, size: int | None = None) -> bytes:
        """The root at that size (now, if none is given), 32 bytes; BadInput if it was never reached."""
        return fold(0, self._reached(size), self.node)

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of a leaf at that size; BadInput if there is no such leaf or size."""
        return inclusion_path(index, self._reached(size), self.node)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The consistency proof between two sizes; BadInput if there is none."""
        return consistency_path(old, self._reached(new), self.node)

    def _reached(self, size: int | None) -> int:
        now = self.size
        if size is None:
            return now
        if not 0 <= size <= now:
            raise BadInput(f"The log never had {size} entries; it has {now}.")
        return size
