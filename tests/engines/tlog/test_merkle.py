import base64
import hashlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.tlog import merkle
from plimsoll.kernel.errors import BadInput
from tests import shared


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """The largest power of two below `size`, by counting."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


class Naive:
    """RFC 6962 section 2.1 word for word, over one row of leaves; remembers the trees it has met."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.met: dict[tuple[int, int], bytes] = {}

    def root(self, low: int, high: int) -> bytes:
        if high == low:
            return hashlib.sha256(b"").digest()
        if high - low == 1:
            return self.leaves[low]
        if (low, high) not in self.met:
            split = low + split_of(high - low)
            self.met[low, high] = node(self.root(low, split), self.root(split, high))
        return self.met[low, high]

    def path(self, index: int, low: int, high: int) -> list[bytes]:
        """Section 2.1.1."""
        if high - low == 1:
            return []
        split = low + split_of(high - low)
        if index < split:
            return [*self.path(index, low, split), self.root(split, high)]
        return [*self.path(index, split, high), self.root(low, split)]

    def consistency(self, old: int, low: int, high: int, whole: bool = True) -> list[bytes]:
        """Section 2.1.2; `old` counts from `low`."""
        if old == high - low:
            return [] if whole else [self.root(low, high)]
        split = split_of(high - low)
        if old <= split:
            return [*self.consistency(old, low, low + split, whole), self.root(low + split, high)]
        right = self.consistency(old - split, low + split, high, whole=False)
        return [*right, self.root(low, low + split)]


MANY = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(70_000)]
NAIVE = Naive(MANY)


def agrees(size: int, index: int, old: int) -> None:
    """Asserts that roots and both proofs are the naive ones, hold, and do not hold for neighbours."""
    leaves, root, before = MANY[:size], NAIVE.root(0, size), NAIVE.root(0, old)
    proof = merkle.inclusion_proof(leaves, index)
    assert list(proof) == NAIVE.path(index, 0, size)
    right = {"index": index, "size": size, "proof": proof, "expected_root": root}
    assert merkle.verify_inclusion(leaf=leaves[index], **right)
    assert not merkle.verify_inclusion(leaf=MANY[index + 1], **right)
    for wrong in ({"index": index ^ 1}, {"index": index + 1}, {"size": size * 2}, {"size": index}):
        if {**right, **wrong} != right:
            assert not merkle.verify_inclusion(leaf=leaves[index], **{**right, **wrong})
    continued = merkle.consistency_proof(leaves, old)
    assert list(continued) == NAIVE.consistency(old, 0, size)
    grown = {"old_size": old, "new_size": size, "old_root": before, "new_root": root, "proof": continued}
    assert merkle.verify_consistency(**grown)
    for wrong in (
        {"old_size": old - 1},
        {"old_size": old + 1},
        {"new_size": old - 1},
        {"proof": [*continued, root]},
    ):
        assert not merkle.verify_consistency(**{**grown, **wrong}), wrong
    if before != root:
        assert not merkle.verify_consistency(**{**grown, "old_root": root, "new_root": before})


def test_roots_and_proofs_are_the_naive_ones_for_every_size_to_300() -> None:
    for size in range(1, 301):
        assert merkle.root(MANY[:size]) == NAIVE.root(0, size)
        if size <= 24:
            for index in range(size):
                agrees(size, index, index + 1)
        else:
            for index in {0, size // 3, size - 1}:
                agrees(size, index, size - index)


@settings(max_examples=12)
@given(st.integers(301, 69_999), st.data())
def test_roots_and_proofs_are_the_naive_ones_for_sizes_to_70_000(size: int, data: st.DataObject) -> None:
    agrees(size, data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size)))


@pytest.mark.parametrize("size", [255, 256, 257, 65_535, 65_536, 65_537])
def test_proofs_hold_around_the_sizes_of_full_tiles(size: int) -> None:
    for index in (0, size - 1):
        agrees(size, index, max(1, size - 1))


def test_the_roots_of_our_own_leaves_never_change() -> None:
    roots = b"".join(merkle.root(MANY[:size]) for size in (0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 300))
    assert (
        hashlib.sha256(roots).hexdigest()
        == "fcca36beedbf74f7659daa08ea14ed82181fd87f18b9cf6151ab02b1a7377454"
    )


@pytest.mark.parametrize(("size", "index", "old"), [(1, 0, 1), (13, 12, 8), (77, 40, 63), (300, 5, 299)])
def test_every_single_changed_byte_of_a_proof_is_refused(size: int, index: int, old: int) -> None:
    leaves, root, before = MANY[:size], NAIVE.root(0, size), NAIVE.root(0, old)
    parts = [leaves[index], root, *merkle.inclusion_proof(leaves, index)]
    for changed in with_a_changed_byte(parts):
        leaf, expected, *proof = changed
        assert not merkle.verify_inclusion(
            leaf=leaf, index=index, size=size, proof=proof, expected_root=expected
        )
    parts = [before, root, *merkle.consistency_proof(leaves, old)]
    for changed in with_a_changed_byte(parts):
        first, second, *proof = changed
        assert not merkle.verify_consistency(
            old_size=old, new_size=size, old_root=first, new_root=second, proof=proof
        )


def with_a_changed_byte(parts: list[bytes]) -> Iterator[list[bytes]]:
    """The hashes with one byte changed, one hash left out, doubled, shortened or lengthened."""
    for position, part in enumerate(parts):
        for at in range(len(part)):
            yield [
                *parts[:position],
                part[:at] + bytes([part[at] ^ 0x10]) + part[at + 1 :],
                *parts[position + 1 :],
            ]
        for other in (part[:-1], part + b"\0", b""):
            yield [*parts[:position], other, *parts[position + 1 :]]
    for position in range(2, len(parts)):
        yield [*parts[:position], *parts[position + 1 :]]
        yield [*parts[:position], parts[position], *parts[position:]]


def test_every_subtree_of_a_small_log_is_proven_and_its_neighbours_are_not() -> None:
    for size in range(1, 27):
        root = NAIVE.root(0, size)
        for start in range(size):
            for end in range(start + 1, size + 1):
                if start % (1 if end - start == 1 else 2 * split_of(end - start)):
                    with pytest.raises(BadInput, match="no subtree"):
                        merkle.subtree_consistency_proof(MANY[:size], start=start, end=end)
                    continue
                proof = merkle.subtree_consistency_proof(MANY[:size], start=start, end=end)
                inner = NAIVE.root(start, end)
                right = {"start": start, "end": end, "size": size, "proof": proof}
                assert merkle.verify_subtree_consistency(**right, subtree_root=inner, expected_root=root)
                if size > 1:
                    wrong = NAIVE.root(start + 1, end + 1)
                    assert not merkle.verify_subtree_consistency(
                        **right, subtree_root=wrong, expected_root=root
                    )
                path = NAIVE.path(start, start, end)
                inside = {"leaf": MANY[start], "start": start, "end": end, "proof": path}
                assert merkle.verify_subtree_inclusion(index=start, **inside, expected_root=inner)
                assert not merkle.verify_subtree_inclusion(index=start + 1, **inside, expected_root=inner)


def test_the_empty_log_is_continued_by_nothing_and_its_subtree_is_in_every_tree() -> None:
    roots = {"old_root": merkle.EMPTY_ROOT, "new_root": NAIVE.root(0, 3), "proof": []}
    for new_size in (0, 3):
        assert not merkle.verify_consistency(old_size=0, new_size=new_size, **roots)
    for old in (0, 4):
        with pytest.raises(BadInput, match="no subtree"):
            merkle.consistency_proof(MANY[:3], old)
    empty = {"start": 2, "end": 2, "size": 3, "expected_root": NAIVE.root(0, 3)}
    assert merkle.verify_subtree_consistency(**empty, subtree_root=merkle.EMPTY_ROOT, proof=[])
    assert not merkle.verify_subtree_consistency(**empty, subtree_root=MANY[0], proof=[])
    assert not merkle.verify_subtree_consistency(**empty, subtree_root=merkle.EMPTY_ROOT, proof=[MANY[0]])


def test_a_proof_that_ends_before_it_begins_is_refused() -> None:
    for old, new in ((3, 4), (5, 9)):
        assert not merkle.verify_consistency(
            old_size=old, new_size=new, old_root=NAIVE.root(0, old), new_root=NAIVE.root(0, new), proof=[]
        )


LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(70)]


@given(st.integers(1, 300), st.data())
def test_a_flipped_bit_anywhere_in_a_proof_is_refused(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(n.to_bytes(2, "big")) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(leaves, index))
    if not proof:
        return
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = int.from_bytes(proof[at], "big") ^ (1 << bit)
    proof[at] = flipped.to_bytes(32, "big")
    assert not merkle.verify_inclusion(
        leaf=leaves[index], index=index, size=size, proof=proof, expected_root=merkle.root(leaves)
    )


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_frontier_grows_to_the_same_root_in_any_steps(first: int, then: int) -> None:
    leaves = [merkle.leaf_hash(n.to_bytes(2, "big")) for n in range(first + then)]
    grown = merkle.Frontier().extended(leaves[:first]).extended(leaves[first:])
    assert grown.root == merkle.root(leaves)
    assert grown.size == first + then


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(BadInput):
        merkle.Frontier(size=3, edge=(b"x" * 32,))
    with pytest.raises(BadInput):
        merkle.Frontier(size=1, edge=(b"short",))


def test_an_entry_that_does_not_exist_has_no_proof() -> None:
    for index in (-1, 3):
        with pytest.raises(BadInput, match="there is no entry"):
            merkle.inclusion_proof(LEAVES[:3], index)


def test_hashes_of_the_wrong_length_are_refused() -> None:
    root = merkle.root(LEAVES[:2])
    assert not merkle.verify_inclusion(leaf=b"", index=0, size=2, proof=[LEAVES[1]], expected_root=root)
    assert not merkle.verify_inclusion(leaf=LEAVES[0], index=0, size=2, proof=[b"short"], expected_root=root)
    assert not merkle.verify_inclusion(leaf=LEAVES[0], index=2, size=2, proof=[LEAVES[1]], expected_root=root)


def test_the_known_answer_tree_of_another_project_comes_out() -> None:
    vectors = shared.json("vectors/transparency-dev-merkle/known_answer_tree.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaf_inputs_hex"]]
    assert [leaf.hex() for leaf in leaves] == vectors["node_hashes_hex_by_level"][0]
    for size, expected in enumerate(vectors["root_hash_hex_by_size"]):
        assert merkle.root(leaves[:size]).hex() == expected


def test_the_518_probes_of_another_project_are_accepted_and_refused_as_stated() -> None:
    folder = shared.path("vectors/transparency-dev-merkle/testdata")
    counted = {}
    for kind, check in PROBES.items():
        probes = [json.loads(file.read_text()) for file in sorted((folder / kind).rglob("*.json"))]
        for probe in probes:
            assert check(probe) is not probe["wantErr"], probe["desc"]
        counted[kind] = (len(probes), sum(probe["wantErr"] for probe in probes))
    assert counted == {
        "inclusion": (98, 92),
        "consistency": (98, 92),
        "subtreeinclusion": (204, 192),
        "subtreeconsistency": (118, 106),
    }


PROBES = {
    "inclusion": lambda p: merkle.verify_inclusion(
        leaf=_bytes(p["leafHash"]),
        index=p["leafIdx"],
        size=p["treeSize"],
        proof=_hashes(p),
        expected_root=_bytes(p["root"]),
    ),
    "consistency": lambda p: merkle.verify_consistency(
        old_size=p["size1"],
        new_size=p["size2"],
        old_root=_bytes(p["root1"]),
        new_root=_bytes(p["root2"]),
        proof=_hashes(p),
    ),
    "subtreeinclusion": lambda p: merkle.verify_subtree_inclusion(
        leaf=_bytes(p["leafHash"]),
        index=p["leafIdx"],
        start=p["start"],
        end=p["end"],
        proof=_hashes(p),
        expected_root=_bytes(p["root"]),
    ),
    "subtreeconsistency": lambda p: merkle.verify_subtree_consistency(
        start=p["start"],
        end=p["end"],
        size=p["size"],
        subtree_root=_bytes(p["root1"]),
        expected_root=_bytes(p["root2"]),
        proof=_hashes(p),
    ),
}


def _hashes(probe: dict) -> list[bytes]:
    return [_bytes(h) for h in probe["proof"] or []]


def _bytes(encoded: str | None) -> bytes:
    return base64.b64decode(encoded or "")
