"""The whole tree of a log in memory: every complete node, and proofs at any size that was ever reached.

The hashing is RFC 6962 section 2.1 (= RFC 9162 section 2.1). Level k holds one hash per 2**k leaves that
are all there; the ragged right edge is folded when it is asked for. Levels 1 and 2, three quarters of all
nodes above the leaves, are hashed again from the leaves when they are asked for: four hashes per proof.
What is kept are forty bytes per leaf.

A node is named by (level, index): it covers the leaves [index << level, (index + 1) << level). Every
proof is a list of such nodes plus at most one fold of the right edge, so the same walk serves hashes
held in memory and hashes read from tiles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from plimsoll.engines.tlog.merkle import EMPTY_ROOT, HASH_SIZE, parents
from plimsoll.kernel.errors import BadInput

__all__ = ["Node", "Tree", "climb", "consistency_path", "fold", "inclusion_path"]

Node = Callable[[int, int], bytes]
"""Gives the hash of the complete node (level, index)."""

_PAIR = 2 * HASH_SIZE
_DERIVED = 2
"""The levels from 1 to this one are not kept."""
_RUN = 256
"""Nodes that are kept in one piece; it never changes once it is full."""
_RUN_BYTES = _RUN * HASH_SIZE
_FOLDS = 1_024
"""Folds of the right edge that are kept; each belongs to a size."""


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


def climb(level: int, index: int, size: int, node: Node, edge: Node | None = None) -> list[bytes]:
    """The siblings of the node (level, index) on its way to the root of the tree of `size` leaves.

    Lowest first. A node without right sibling climbs without a step (a lone node is never doubled).
    `edge` gives the hash of the leaves from its first number to its second; default: `fold`.
    """
    path: list[bytes] = []
    add = path.append
    last = (size - 1) >> level
    while last:
        sibling = index ^ 1
        if sibling < last:
            add(node(level, sibling))
        elif sibling == last:
            low = sibling << level
            add(edge(low, size) if edge else fold(low, size, node))
        index >>= 1
        level += 1
        last >>= 1
    return path


def inclusion_path(index: int, size: int, node: Node, edge: Node | None = None) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf sibling first (RFC 6962 2.1.1).

    `edge` is that of `climb`. BadInput if that tree has no such leaf.
    """
    if not 0 <= index < size:
        raise BadInput(f"A log of {size} entries has no entry {index}.", hint="Entries are counted from 0.")
    return tuple(climb(0, index, size, node, edge))


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

    __slots__ = ("_folds", "_lone", "_runs", "_size")

    def __init__(self) -> None:
        self._size = 0
        # Of each level: its nodes in pieces of 256 (none of a derived level), and the node without partner.
        self._runs: list[list[bytes]] = [[]]
        self._lone: list[bytes] = [b""]
        self._folds: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._size

    def extend(self, leaves: bytes) -> None:
        """Appends leaf hashes, given one behind the other; BadInput if the length is no multiple of 32."""
        if len(leaves) % HASH_SIZE:
            raise BadInput("Leaf hashes are 32 bytes each.")
        self._add(0, leaves)
        self._size += len(leaves) // HASH_SIZE

    def graft(self, tree: Tree) -> None:
        """Appends the leaves of a tree that another process built, with the nodes above them.

        BadInput unless its size is a power of two that divides the size of this one.
        """
        top = tree.size.bit_length() - 1
        if tree.size != 1 << max(0, top) or self._size % tree.size:
            raise BadInput(f"A tree of {tree.size} leaves cannot stand behind {self._size} leaves.")
        self._reach(top)
        for level in range(top):
            for run in tree._runs[level]:
                _keep(self._runs[level], run)
        self._add(top, tree.root())
        self._size += tree.size

    def _reach(self, level: int) -> None:
        while len(self._runs) <= level:
            self._runs.append([])
            self._lone.append(b"")

    def _add(self, level: int, nodes: bytes) -> None:
        """Puts nodes behind those of the level, and what they complete above."""
        while nodes:
            self._reach(level)
            if not 0 < level <= _DERIVED:
                _keep(self._runs[level], nodes)
            nodes = self._lone[level] + nodes
            whole = len(nodes) // _PAIR * _PAIR
            self._lone[level] = nodes[whole:]
            nodes = parents(nodes[:whole])
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete node (level, index); the caller knows that it is complete."""
        if 0 < level <= _DERIVED:
            low = index << level
            at = low % _RUN * HASH_SIZE
            below = self._runs[0][low // _RUN][at : at + (HASH_SIZE << level)]
            while len(below) > HASH_SIZE:
                below = parents(below)
            return below
        at = index % _RUN * HASH_SIZE
        return self._runs[level][index // _RUN][at : at + HASH_SIZE]

    def hashes(self, level: int, low: int, high: int) -> bytes:
        """The hashes of the complete nodes [low, high) of a level, one behind the other."""
        if level >= len(self._runs):
            return b""
        if 0 < level <= _DERIVED:
            high = min(high, self._size >> level)
            return b"".join([self.node(level, index) for index in range(low, high)])
        runs, first = self._runs[level], low // _RUN
        at = (low - first * _RUN) * HASH_SIZE
        return b"".join(runs[first : -(-high // _RUN)])[at : at + (high - low) * HASH_SIZE]

    def root(self, size: int | None = None) -> bytes:
        """The root at that size (now, if none is given), 32 bytes; BadInput if it was never reached."""
        return self._fold(0, self._reached(size))

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The audit path of a leaf at that size; BadInput if there is no such leaf or size."""
        return inclusion_path(index, self._reached(size), self.node, self._fold)

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The consistency proof between two sizes; BadInput if there is none."""
        return consistency_path(old, self._reached(new), self.node)

    def _fold(self, low: int, high: int) -> bytes:
        """`fold`, kept: all proofs at one size end in the same few."""
        found = self._folds.get((low, high))
        if found is None:
            if len(self._folds) >= _FOLDS:
                self._folds.clear()
            found = self._folds[low, high] = fold(low, high, self.node)
        return found

    def _reached(self, size: int | None) -> int:
        now = self.size
        if size is None:
            return now
        if not 0 <= size <= now:
            raise BadInput(f"The log never had {size} entries; it has {now}.")
        return size


def _keep(runs: list[bytes], nodes: bytes) -> None:
    """Puts the nodes behind those of the runs; a reader sees the last run as it was or as it is then."""
    at = 0
    if runs and len(runs[-1]) < _RUN_BYTES:
        at = _RUN_BYTES - len(runs[-1])
        runs[-1] += nodes[:at]
    for start in range(at, len(nodes), _RUN_BYTES):
        runs.append(nodes[start : start + _RUN_BYTES])
