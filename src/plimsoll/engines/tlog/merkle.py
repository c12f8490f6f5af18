"""The Merkle tree of RFC 6962 section 2.1 (= RFC 9162 section 2.1), SHA-256.

leaf = H(0x00 || entry); node = H(0x01 || left || right); the empty tree is H(""). A tree of n > 1
leaves splits at the largest power of two below n; a lone right node is never duplicated.

A *subtree* is the tree over leaves start to end (exclusive), where start is a multiple of the smallest
power of two that is not below end - start (draft-ietf-plants-merkle-tree-certs section 4). A smaller
log is the subtree from 0, so one algorithm verifies both kinds of consistency.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

from plimsoll.kernel.errors import BadInput

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "parents",
    "root",
    "subtree_consistency_proof",
    "verify_consistency",
    "verify_inclusion",
    "verify_subtree_consistency",
    "verify_subtree_inclusion",
]

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


# Copying a hash that has read its prefix costs less than making one and joining the prefix to each input.
_NODE = hashlib.sha256(b"\x01")
_PAIRS = Struct(f"{2 * HASH_SIZE}s").iter_unpack


def parents(nodes: bytes) -> bytes:
    """The nodes above, one behind the other as those given are; each pair of 32 bytes makes one.

    The caller gives whole pairs: a lone node has no parent of its own.
    """
    above: list[bytes] = []
    add, fresh = above.append, _NODE.copy
    for (pair,) in _PAIRS(nodes):
        hashed = fresh()
        hashed.update(pair)
        add(hashed.digest())
    return b"".join(above)


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


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """The proof that the first `old_size` leaves are the log that the tree over `leaves` continues.

    RFC 6962 section 2.1.2; empty if the sizes are equal. O(n) hashes. BadInput if the old size is 0 or
    above the number of leaves: about the empty log there is nothing to prove.
    """
    return subtree_consistency_proof(leaves, start=0, end=old_size)


def subtree_consistency_proof(leaves: Sequence[bytes], *, start: int, end: int) -> tuple[bytes, ...]:
    """The proof that the subtree from `start` to `end` is part of the tree over `leaves`; O(n) hashes.

    BadInput if those leaves are no subtree of it.
    """
    if not _is_subtree(start, end) or end > len(leaves):
        raise BadInput(f"Leaves {start} to {end} are no subtree of a log of {len(leaves)} entries.")
    path: list[bytes] = []
    low, high, whole = 0, len(leaves), True
    while (low, high) != (start, end):
        split = low + (1 << ((high - low - 1).bit_length() - 1))
        if end <= split:
            path.append(root(leaves[split:high]))
            high = split
        else:
            path.append(root(leaves[low:split]))
            low = split
            # Across the split: the verifier cannot know the right part alone.
            whole, start = whole and start >= split, max(start, split)
    if not whole:
        path.append(root(leaves[low:high]))
    return tuple(reversed(path))


def _is_subtree(start: int, end: int) -> bool:
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether the proof shows `leaf` at `index` of the tree of `size` leaves with that root.

    The answers of RFC 9162 section 2.1.3.2. Anything malformed (index outside the tree, hashes of
    another length, missing or spare hashes) is False.
    """
    if not 0 <= index < size or len(leaf) != HASH_SIZE:
        return False
    # Below the level where the way to the root meets the right edge, each bit of the index says on which
    # side the sibling stands; from there on only the set bits have one, and it is the left one.
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + (index >> inner).bit_count() or not set(map(len, proof)) <= {HASH_SIZE}:
        return False
    position, combined, fresh = index | -1 << inner, leaf, _NODE.copy
    for sibling in proof:
        hashed = fresh()
        hashed.update(sibling + combined if position & 1 else combined + sibling)
        combined = hashed.digest()
        position >>= 1
    return combined == expected_root


def verify_subtree_inclusion(
    *, leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether the proof shows `leaf` at `index` of the log inside the subtree with that root.

    False for anything malformed, and if leaves `start` to `end` are no subtree.
    """
    return _is_subtree(start, end) and verify_inclusion(
        leaf=leaf, index=index - start, size=end - start, proof=proof, expected_root=expected_root
    )


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the tree with `new_root` continues the one with `old_root`.

    The answers of RFC 9162 section 2.1.4.2. Equal sizes need equal roots and an empty proof. False for
    anything malformed and for an old size of 0: whoever starts from nothing (a witness that sees a log
    for the first time) decides that on its own.
    """
    return old_size != 0 and verify_subtree_consistency(
        start=0, end=old_size, size=new_size, subtree_root=old_root, expected_root=new_root, proof=proof
    )


def verify_subtree_consistency(
    *, start: int, end: int, size: int, subtree_root: bytes, expected_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows the subtree from `start` to `end` inside the tree of `size` leaves.

    draft-ietf-plants-merkle-tree-certs section 4.4.3. The empty subtree (start = end) is part of every
    tree, under EMPTY_ROOT and with an empty proof. Anything malformed is False.
    """
    if start == end and 0 <= end <= size:
        return not proof and subtree_root == EMPTY_ROOT
    if not _is_subtree(start, end) or end > size:
        return False
    if (start, end) == (0, size):
        return not proof and subtree_root == expected_root  # nothing to hash
    if any(len(h) != HASH_SIZE for h in (subtree_root, expected_root, *proof)):
        return False
    first, last, edge, rest = start, end - 1, size - 1, iter(proof)
    # Up to the largest node that both trees hold, ending where the subtree ends.
    while first != last and (last == edge or last & 1):
        first, last, edge = first >> 1, last >> 1, edge >> 1
    node = subtree_root if first == last else next(rest, None)
    if node is None:
        return False
    part = whole = node
    for sibling in rest:
        if edge == 0:
            return False
        if last & 1 or last == edge:
            if first < last:
                part = _node(sibling, part)
            whole = _node(sibling, whole)
            while not last & 1:
                first, last, edge = first >> 1, last >> 1, edge >> 1
        else:
            whole = _node(whole, sibling)
        first, last, edge = first >> 1, last >> 1, edge >> 1
    return edge == 0 and part == subtree_root and whole == expected_root
