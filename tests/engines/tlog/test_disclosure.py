import dataclasses
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, keys, merkle
from plimsoll.engines.tlog.commitment import commit_digests
from plimsoll.engines.tlog.disclosure import disclose, read_disclosure, verify_disclosure
from plimsoll.engines.tlog.fields import Field
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.proof import Proof
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from plimsoll.kernel.verdict import Verdict

VALUES = {"/outcome": "go", "/reason": "the tests held", "/signer": "Ada", "/number": 7}
FIELDS = tuple(
    Field(name=name, value=value, salt=bytes([place + 1]) * 32)
    for place, (name, value) in enumerate(VALUES.items())
)


def leaf_of(fields: tuple[Field, ...]) -> Leaf:
    return Leaf(
        kind="decide:gate:decided",
        at="2026-03-26T09:00:00.000000Z",
        actor="person:1",
        subject="p/GTE-2",
        commit=commit_digests(field.digest for field in fields),
        version=2,
    )


LEAF = leaf_of(FIELDS)
SHOWN = disclose(index=5, leaf=LEAF, fields=FIELDS, show=["/outcome"])


def test_one_field_is_shown_and_checked_without_the_others() -> None:
    found = read_disclosure(SHOWN.document)
    assert [(field.name, field.value) for field in found.shown] == [("/outcome", "go")]
    judgement = verify_disclosure(found, logged=found.leaf_hash)
    assert judgement.verdict is Verdict.MET
    assert "3 other fields stay hidden" in judgement.reasons[0].text
    for hidden in ("tests held", "Ada", "reason", "signer"):
        assert hidden.encode() not in SHOWN.document


def test_without_the_log_the_place_stays_unknown() -> None:
    assert verify_disclosure(SHOWN, logged=None).verdict is Verdict.UNKNOWN


def test_another_entry_in_the_log_is_not_met() -> None:
    assert verify_disclosure(SHOWN, logged=bytes(32)).verdict is Verdict.NOT_MET


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6), st.data())
def test_every_choice_of_fields_verifies(values: list[str], data: st.DataObject) -> None:
    fields = tuple(
        Field(name=f"/{n}", value=value, salt=data.draw(st.binary(min_size=32, max_size=32)))
        for n, value in enumerate(values)
    )
    show = data.draw(st.sets(st.sampled_from([field.name for field in fields]), min_size=1))
    made = disclose(index=0, leaf=leaf_of(fields), fields=fields, show=show)
    assert read_disclosure(made.document) == made
    assert verify_disclosure(made, logged=made.leaf_hash).verdict is Verdict.MET
    assert {field.name for field in made.shown} == show


def test_no_single_changed_byte_is_accepted() -> None:
    document = dataclasses.replace(SHOWN, proof="").document
    for place in range(len(document)):
        for change in (1, 2, 0x20, 0x80):
            damaged = bytearray(document)
            damaged[place] ^= change
            try:
                found = read_disclosure(bytes(damaged))
            except PlimsollError:
                continue
            # Only the index stands outside the commitment; that is what the proof is for.
            assert found.index != SHOWN.index or (
                verify_disclosure(found, logged=SHOWN.leaf_hash).verdict is Verdict.NOT_MET
            )


def test_what_is_hidden_says_nothing_but_its_number() -> None:
    """The same salts with other hidden values of any length and name: only digests differ."""
    others = (FIELDS[0], *(Field(name=f"/x{n}", value="y" * 99, salt=FIELDS[n].salt) for n in (1, 2, 3)))
    made = disclose(index=5, leaf=leaf_of(others), fields=others, show=["/outcome"])
    assert len(made.document) == len(SHOWN.document)
    assert made.shown == SHOWN.shown
    assert len(made.hidden) == len(SHOWN.hidden)
    assert list(made.hidden) == sorted(made.hidden)


def test_the_same_hidden_value_looks_different_under_every_salt() -> None:
    again = tuple(
        dataclasses.replace(field, salt=bytes([place + 77]) * 32) for place, field in enumerate(FIELDS)
    )
    made = disclose(index=5, leaf=leaf_of(again), fields=again, show=["/outcome"])
    assert not set(made.hidden) & set(SHOWN.hidden)


def test_an_erased_field_stays_hidden_and_the_others_verify() -> None:
    kept, gone = FIELDS[:3], FIELDS[3]
    made = disclose(index=5, leaf=LEAF, fields=kept, show=["/signer"], erased=[gone.digest])
    assert verify_disclosure(made, logged=made.leaf_hash).verdict is Verdict.MET
    assert len(made.hidden) == 3


def test_nothing_is_handed_out_that_its_reader_would_refuse() -> None:
    with pytest.raises(Untrusted, match="entry 5 is not what was logged"):
        disclose(index=5, leaf=LEAF, fields=FIELDS[:3], show=["/outcome"])
    with pytest.raises(Untrusted):
        disclose(index=5, leaf=LEAF, fields=FIELDS, show=["/outcome"], erased=[FIELDS[0].digest])


def test_a_field_that_is_not_there_cannot_be_shown() -> None:
    with pytest.raises(BadInput, match="no field “/nothing”") as caught:
        disclose(index=5, leaf=LEAF, fields=FIELDS, show=["/nothing"])
    assert "/outcome" in caught.value.hint


def test_an_entry_of_version_1_is_shown_only_as_a_whole() -> None:
    with pytest.raises(BadInput, match="version 1"):
        disclose(index=5, leaf=dataclasses.replace(LEAF, version=1), fields=FIELDS, show=["/outcome"])


@pytest.mark.parametrize(
    "change",
    [
        {"form": "plimsoll/disclosure/2"},
        {"more": 1},
        {"index": True},
        {"index": "5"},
        {"index": -1},
        {"shown": {}},
        {"shown": []},
        {"shown": [FIELDS[1].to_json(), FIELDS[0].to_json()]},
        {"hidden": ""},
        {"hidden": ["zz"]},
        {"hidden": list(reversed(SHOWN.hidden))},
        {"proof": None},
        {"entry": {}},
    ],
)
def test_a_disclosure_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_disclosure(canonical_bytes({**SHOWN.to_json(), **change}) + b"\n")


@pytest.mark.parametrize("content", [b"", b"[]\n", SHOWN.document[:-1], b" " + SHOWN.document])
def test_a_document_in_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_disclosure(content)


LOG = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))


def proof_at(index: int, entry: bytes = LEAF.entry) -> str:
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(8)]
    leaves[index] = merkle.leaf_hash(entry)
    state = checkpoint.Checkpoint(origin=LOG.name, size=8, root=merkle.root(leaves))
    path = merkle.inclusion_proof(leaves, index)
    return Proof(
        index=index, path=path, note=checkpoint.sign_checkpoint(state, LOG).encode()
    ).serialised.decode()


def test_a_proof_in_the_document_shows_the_place_in_the_log() -> None:
    made = dataclasses.replace(SHOWN, proof=proof_at(5))
    found = read_disclosure(made.document)
    assert verify_disclosure(found, keys=[LOG.verifier]).verdict is Verdict.MET
    assert verify_disclosure(found).verdict is Verdict.UNKNOWN
    assert verify_disclosure(found, keys=[LOG.verifier], logged=bytes(32)).verdict is Verdict.NOT_MET


def test_a_proof_of_another_entry_is_not_met() -> None:
    made = dataclasses.replace(SHOWN, proof=proof_at(5, b"another"))
    assert verify_disclosure(made, keys=[LOG.verifier]).verdict is Verdict.NOT_MET


def test_a_proof_at_another_place_or_no_proof_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match="not of entry 5"):
        dataclasses.replace(SHOWN, proof=proof_at(4))
    with pytest.raises(BadInput):
        dataclasses.replace(SHOWN, proof="a proof \ud800")


def test_with_its_proof_no_byte_of_the_document_is_free() -> None:
    document = dataclasses.replace(SHOWN, proof=proof_at(5)).document
    for place in range(len(document)):
        damaged = bytearray(document)
        damaged[place] ^= 1
        try:
            found = read_disclosure(bytes(damaged))
        except PlimsollError:
            continue
        assert verify_disclosure(found, keys=[LOG.verifier]).verdict is not Verdict.MET, place
