import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import merkle
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import BadInput

LEAVES = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(70_000)]
WHOLE = Tree()
WHOLE.extend(b"".join(LEAVES))


def naive(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive(leaves[:split]) + naive(leaves[split:])).digest()


def naive_inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*naive_inclusion(index, leaves[:split]), naive(leaves[split:])]
    return [*naive_inclusion(index - split, leaves[split:]), naive(leaves[:split])]


def naive_consistency(old: int, leaves: list[bytes], *, known: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2, word for word."""
    if old == len(leaves):
        return [] if known else [naive(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return [*naive_consistency(old, leaves[:split], known=known), naive(leaves[split:])]
    return [*naive_consistency(old - split, leaves[split:], known=False), naive(leaves[:split])]


def test_the_root_of_every_size_to_300_is_the_recursive_definition() -> None:
    for size in range(301):
        assert WHOLE.root(size) == naive(LEAVES[:size])


def test_every_proof_of_every_tree_to_40_leaves_is_the_recursive_definition() -> None:
    for size in range(1, 41):
        leaves = LEAVES[:size]
        for place in range(size):
            assert list(WHOLE.inclusion(place, size)) == naive_inclusion(place, leaves)
            assert list(WHOLE.consistency(place + 1, size)) == naive_consistency(place + 1, leaves)


@given(st.integers(1, 300), st.data())
def test_a_proof_of_any_size_to_300_is_the_recursive_definition(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    assert list(WHOLE.inclusion(place, size)) == naive_inclusion(place, LEAVES[:size])
    assert list(WHOLE.consistency(place + 1, size)) == naive_consistency(place + 1, LEAVES[:size])


@given(st.integers(1, 70_000), st.data())
def test_a_proof_of_any_size_to_70_000_verifies(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    root = WHOLE.root(size)
    assert merkle.verify_inclusion(
        leaf=LEAVES[place],
        index=place,
        size=size,
        proof=WHOLE.inclusion(place, size),
        expected_root=root,
    )
    assert merkle.verify_consistency(
        old_size=place + 1,
        new_size=size,
        old_root=WHOLE.root(place + 1),
        new_root=root,
        proof=WHOLE.consistency(place + 1, size),
    )


def test_the_root_agrees_with_the_one_pass_root_at_large_sizes() -> None:
    for size in (255, 256, 257, 65_535, 65_536, 65_537, 70_000):
        assert WHOLE.root(size) == merkle.root(LEAVES[:size])


def test_it_does_not_matter_in_which_pieces_leaves_came() -> None:
    chance = random.Random(7)
    for _ in range(20):
        tree, at = Tree(), 0
        while at < 700:
            step = chance.choice((0, 1, 2, 3, 255, 256, 257))
            tree.extend(b"".join(LEAVES[at : at + step]))
            at += step
        assert tree.size == at
        assert tree.root() == WHOLE.root(at)
        assert tree.inclusion(at // 3) == WHOLE.inclusion(at // 3, at)


def test_hashes_of_a_level_that_nothing_reaches_are_none() -> None:
    assert WHOLE.hashes(60, 0, 1) == b""
    assert WHOLE.hashes(0, 3, 5) == LEAVES[3] + LEAVES[4]


def test_what_the_tree_never_had_is_refused() -> None:
    tree = Tree()
    tree.extend(b"".join(LEAVES[:5]))
    with pytest.raises(BadInput, match="32 bytes"):
        tree.extend(b"x")
    for size in (-1, 6):
        with pytest.raises(BadInput, match="never had"):
            tree.root(size)
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(BadInput, match="has no entry"):
            tree.inclusion(index, size)
    for old, new in ((0, 5), (4, 3), (-1, 2)):
        with pytest.raises(BadInput, match="no consistency proof"):
            tree.consistency(old, new)


def test_levels_that_are_not_kept_are_derived_from_the_leaves() -> None:
    for size in (1, 2, 3, 7, 8, 255, 256, 257, 1_000):
        tree = Tree()
        tree.extend(b"".join(LEAVES[:size]))
        level, nodes = 0, b"".join(LEAVES[:size])
        while nodes:
            count = len(nodes) // 32
            assert [tree.node(level, n) for n in range(count)] == [
                nodes[n * 32 : n * 32 + 32] for n in range(count)
            ]
            assert tree.hashes(level, 0, count + 5) == nodes
            assert tree.hashes(level, count // 2, count) == nodes[count // 2 * 32 :]
            nodes = merkle.parents(nodes[: count // 2 * 64])
            level += 1


def test_the_nodes_above_are_the_hashes_of_pairs() -> None:
    pairs = [LEAVES[n] + LEAVES[n + 1] for n in range(0, 8, 2)]
    assert merkle.parents(b"") == b""
    assert merkle.parents(b"".join(pairs)) == b"".join(
        hashlib.sha256(b"\x01" + pair).digest() for pair in pairs
    )


def test_roots_of_more_sizes_than_are_kept_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.engines.tlog.tree._FOLDS", 3)
    tree = Tree()
    tree.extend(b"".join(LEAVES[:50]))
    for size in (*range(51), *range(51)):
        assert tree.root(size) == WHOLE.root(size)


def test_a_tree_that_was_built_elsewhere_is_grafted_behind() -> None:
    for before, size in ((0, 1), (3, 1), (0, 256), (6, 2), (1_024, 512), (768, 256), (4_096, 4_096)):
        tree, other = Tree(), Tree()
        tree.extend(b"".join(LEAVES[:before]))
        other.extend(b"".join(LEAVES[before : before + size]))
        tree.graft(other)
        for more in (0, 1, 5, 300):
            at = tree.size
            tree.extend(b"".join(LEAVES[at : at + more]))
            assert tree.root() == WHOLE.root(at + more)
            assert tree.inclusion(before) == WHOLE.inclusion(before, at + more)
            assert tree.hashes(8, 0, at + more >> 8) == WHOLE.hashes(8, 0, at + more >> 8)


def test_a_tree_that_is_no_subtree_is_not_grafted() -> None:
    for before, size in ((0, 0), (0, 3), (2, 4), (1, 2)):
        tree, other = Tree(), Tree()
        tree.extend(b"".join(LEAVES[:before]))
        other.extend(b"".join(LEAVES[:size]))
        with pytest.raises(BadInput, match=f"of {size} leaves cannot stand behind {before}"):
            tree.graft(other)
