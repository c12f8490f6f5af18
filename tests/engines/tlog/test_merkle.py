import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import merkle
from plimsoll.kernel.errors import BadInput
from tests import shared


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(70)]


def test_the_root_equals_the_recursive_definition_for_every_size_to_70() -> None:
    for size in range(71):
        assert merkle.root(LEAVES[:size]) == naive_root(LEAVES[:size])


def test_every_leaf_of_every_small_tree_is_proven_and_no_other_leaf_is() -> None:
    for size in range(1, 34):
        leaves, root = LEAVES[:size], merkle.root(LEAVES[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(leaves, index)
            right = {"index": index, "size": size, "proof": proof, "expected_root": root}
            assert merkle.verify_inclusion(leaf=leaves[index], **right)
            assert not merkle.verify_inclusion(leaf=LEAVES[index + 1], **right)
            assert not merkle.verify_inclusion(leaf=leaves[index], **{**right, "proof": (*proof, root)})
            if proof:
                assert not merkle.verify_inclusion(leaf=leaves[index], **{**right, "proof": proof[1:]})


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
