"""The Merkle tree of RFC 6962 section 2.1 (= RFC 9162 section 2.1), SHA-256.

leaf = H(0x00 || entry); node = H(0x01 || left || right); the empty tree is H(""). A tree of n > 1
leaves splits at the largest power of two below n; a lone right node is never duplicated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plimsoll.kernel.errors import BadInput

__all__ = ["EMPTY_ROOT", "Frontier", "inclusion_proof", "leaf_hash", "root", "verify_inclusion"]

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: enough to append leaves and to compute the root, O(log n) hashes."""

    size: int = 0
    """Leaves so far."""
    edge: tuple[bytes, ...] = ()
    """Roots of the perfect subtrees, largest first; one per set bit of `size`."""

    def __post_init__(self) -> None:
        if len(self.edge) != self.size.bit_count() or any(len(h) != HASH_SIZE for h in self.edge):
            raise BadInput("The frontier of the log does not fit its size.")

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after appending leaf hashes (32 bytes each), in order."""
        size, edge = self.size, list(self.edge)
        for leaf in leaves:
            carry, level = leaf, size
            while level & 1:
                carry = _node(edge.pop(), carry)
                level >>= 1
            edge.append(carry)
            size += 1
        return Frontier(size=size, edge=tuple(edge))

    @property
    def root(self) -> bytes:
        """The tree's root, 32 bytes."""
        if not self.edge:
            return EMPTY_ROOT
        combined = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            combined = _node(left, combined)
        return combined


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in order; EMPTY_ROOT for none. One pass, O(log n) memory."""
    return Frontier().extended(leaves).root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree over `leaves`, leaf sibling first (RFC 6962 2.1.1).

    O(n) hashes. BadInput if there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise BadInput(f"The log has {len(leaves)} entries; there is no entry {index}.")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        split = low + (1 << ((high - low - 1).bit_length() - 1))
        if index < split:
            path.append(root(leaves[split:high]))
            high = split
        else:
            path.append(root(leaves[low:split]))
            low = split
    return tuple(reversed(path))


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether the proof shows `leaf` at `index` of the tree of `size` leaves with that root.

    The algorithm of RFC 9162 section 2.1.3.2. Anything malformed (index outside the tree, hashes of
    another length, missing or spare hashes) is False.
    """
    if not 0 <= index < size or len(leaf) != HASH_SIZE:
        return False
    position, last, combined = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_SIZE:
            return False
        if position & 1 or position == last:
            combined = _node(sibling, combined)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            combined = _node(combined, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and combined == expected_root
