from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import merkle
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.receipt import LIMIT, parse_receipt, verify_receipt, write_receipt
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, Verdict
from tests.engines.tlog.small_log import (
    ALPHA,
    ENTRIES,
    LOG,
    LOG_MLDSA,
    ORIGIN,
    OTHER_LOG,
    checkpoint,
    ed25519,
    leaves,
)

PINNED = json.loads((Path(__file__).parents[2] / "vectors/tlog/receipt.json").read_text())


def receipt(index: int, size: int = 7) -> bytes:
    return write_receipt(
        checkpoint=checkpoint(size),
        index=index,
        path=merkle.inclusion_proof(leaves(size), index),
        signer=LOG,
    )


FIFTH = receipt(4)
HEADER: dict[Any, Any] = cbor2.loads(cbor2.loads(FIFTH).value[0])
PATH = list(merkle.inclusion_proof(leaves(), 4))


def judged(content: bytes, entry: bytes | None = ENTRIES[4], log: Signer | None = LOG) -> Judgement:
    return verify_receipt(parse_receipt(content), entry=entry, keys=[log.verifier] if log else [])


def signed(header: Any, proof: Any = None, *, root: bytes | None = None) -> bytes:
    """A receipt with this header and proof, signed by the log over the true root."""
    protected = header if isinstance(header, bytes) else cbor2.dumps(header, canonical=True)
    to_sign = cbor2.dumps(["Signature1", protected, b"", root or checkpoint().root])
    shown = cbor2.dumps([7, 4, PATH] if proof is None else proof)
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {396: {-1: [shown]}}, None, LOG.sign(to_sign)]))


# ---------------------------------------------------------------- writing and reading
def test_the_example_is_written_byte_by_byte_as_it_was_pinned() -> None:
    assert FIFTH.hex() == PINNED["receipt"]
    assert ENTRIES[4].hex() == PINNED["entry"]
    assert str(LOG.verifier) == PINNED["key"]


def test_a_receipt_has_the_labels_of_the_standard() -> None:
    message = cbor2.loads(FIFTH)
    assert message.tag == 18
    protected, unprotected, payload, signature = message.value
    assert cbor2.loads(protected) == {
        1: -8,
        4: LOG.verifier.key_id,
        15: {1: ORIGIN, "tree-size": 7},
        395: 1,
    }
    assert cbor2.loads(unprotected[396][-1][0]) == [7, 4, PATH]
    assert (payload, len(signature)) == (None, 64)


@pytest.mark.parametrize("size", range(2, 8))
def test_every_entry_of_every_size_has_a_receipt(size: int) -> None:
    for index in range(size):
        content = receipt(index, size)
        assert parse_receipt(content).serialised == content
        for number, entry in enumerate(ENTRIES):
            assert judged(content, entry).verdict is (Verdict.MET if number == index else Verdict.NOT_MET)


def test_a_log_of_one_entry_has_no_receipt() -> None:
    with pytest.raises(BadInput, match="at least one hash"):
        receipt(0, 1)
    with pytest.raises(BadInput, match="not size, index and a path"):
        parse_receipt(signed(HEADER, [1, 0, []]))


@pytest.mark.parametrize("signer", [ALPHA, LOG_MLDSA, ed25519("log.example/two", b"1")])
def test_only_the_log_signs_receipts(signer: Signer) -> None:
    with pytest.raises(BadInput, match="the log's own key"):
        write_receipt(checkpoint=checkpoint(), index=4, path=PATH, signer=signer)


# ---------------------------------------------------------------- what it shows
def test_a_receipt_says_where_the_entry_is_and_who_signed() -> None:
    assert judged(FIFTH).verdict is Verdict.MET
    assert judged(FIFTH).reasons[0].text == (
        "the entry is at index 4 of 7 under a root that log.example/one signed"
    )


def test_without_entry_or_key_it_is_unknown() -> None:
    assert judged(FIFTH, entry=None).verdict is Verdict.UNKNOWN
    assert judged(FIFTH, log=None).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("log", [OTHER_LOG, ed25519("log.example/two", b"1")])
def test_another_key_did_not_sign(log: Signer) -> None:
    assert judged(FIFTH, log=log).verdict is Verdict.NOT_MET


@pytest.mark.parametrize("log", [ALPHA, LOG_MLDSA])
def test_a_key_that_signs_no_receipts_says_nothing(log: Signer) -> None:
    assert judged(FIFTH, log=log).verdict is Verdict.UNKNOWN
    both = verify_receipt(parse_receipt(FIFTH), entry=ENTRIES[4], keys=[log.verifier, LOG.verifier])
    assert both.verdict is Verdict.MET


def test_a_receipt_of_somebody_else_is_read_and_its_index_is_said_to_be_unsigned() -> None:
    for alg in (-8, -19):
        read = judged(signed({1: alg, 395: 1, "note": "theirs"}))
        assert read.verdict is Verdict.MET
        assert read.reasons[0].text.endswith("; its signature covers neither index nor size")
    # So a size that was not signed may be another one with the same path.
    shorter = merkle.inclusion_proof(leaves(3), 2)
    root = checkpoint(3).root
    ambiguous = signed({1: -8, 395: 1}, [2, 1, list(shorter)], root=root)
    assert judged(ambiguous, ENTRIES[2]).verdict is Verdict.MET
    assert judged(signed({**HEADER, 15: {1: ORIGIN, "tree-size": 3}}, [2, 1, list(shorter)], root=root),
                  ENTRIES[2]).verdict is Verdict.NOT_MET  # fmt: skip


@pytest.mark.parametrize(
    "proof",
    [[7, 5, PATH], [7, 7, PATH], [7, -1, PATH], [7, 4, PATH[:-1]], [7, 4, [*PATH, PATH[0]]], [4, 4, PATH],
     [2, 1, PATH]],
)  # fmt: skip
def test_a_proof_that_does_not_fit_is_not_met(proof: list[Any]) -> None:
    assert judged(signed(HEADER, proof)).verdict is Verdict.NOT_MET
    assert judged(signed({1: -8, 395: 1}, proof)).verdict is Verdict.NOT_MET


# ---------------------------------------------------------------- refusals
def message(*parts: Any, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, list(parts)))


GOOD = cbor2.loads(FIFTH).value
PROOF = GOOD[1][396][-1][0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not CBOR"),
        (b"\xff", "not CBOR"),
        (b"\xd2" * 5000, "not CBOR"),
        (bytes(LIMIT + 1), "longer than"),
        (FIFTH + b"\x00", "canonical form|not CBOR"),
        (FIFTH[:-1], "not CBOR"),
        (b"\xd8\x12" + FIFTH[1:], "canonical form"),
        (message(*GOOD, tag=98), "not a COSE_Sign1"),
        (cbor2.dumps(GOOD), "not a COSE_Sign1"),
        (message(*GOOD[:3]), "not a receipt"),
        (message(GOOD[0], GOOD[1], checkpoint().root, GOOD[3]), "not a receipt"),
        (message(GOOD[0], {}, None, GOOD[3]), "not a receipt"),
        (message(GOOD[0], {396: {-2: [PROOF]}}, None, GOOD[3]), "not a receipt"),
        (message(GOOD[0], {396: {-1: [PROOF, PROOF]}}, None, GOOD[3]), "not a receipt"),
        (message(GOOD[0], {4: b"k", 396: {-1: [PROOF]}}, None, GOOD[3]), "more than a receipt"),
        (signed(b"\xa0"), "not about a tree"),
        (signed(b""), "not CBOR"),
        (signed([]), "not about a tree"),
        (signed({1: -8, 395: 2}), "not about a tree"),
        (signed({1: -8, 395: True}), "not about a tree"),
        (signed({1: -7, 395: 1}), "not signed with Ed25519"),
        (signed({1: -8, 2: [395], 395: 1}), "critical headers"),
        (signed({1: -8, 15: 1, 395: 1}), "claims are not a map"),
        (signed({1: -8, 15: {1: 5}, 395: 1}), "do not name log and size"),
        (signed({1: -8, 15: {"tree-size": "7"}, 395: 1}), "do not name log and size"),
        (signed({1: -8, 15: {"tree-size": True}, 395: 1}), "do not name log and size"),
        (signed(HEADER, [7, 4]), "not size, index"),
        (signed(HEADER, [7, 4, [b"short"]]), "not size, index"),
        (signed(HEADER, [True, 0, PATH]), "not size, index"),
        (signed(HEADER, ["7", 4, PATH]), "not size, index"),
        (signed(b"\xa3\x19\x01\x8b\x01\x01\x27"), "not CBOR"),
        (signed(b"\xa2\x19\x01\x8b\x01\x01\x27"), "not in canonical form"),
    ],
)
def test_what_is_no_receipt_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        parse_receipt(content)


def test_no_changed_bit_is_accepted() -> None:
    accepted = []
    for at in range(len(FIFTH) * 8):
        changed = bytearray(FIFTH)
        changed[at // 8] ^= 1 << at % 8
        try:
            if judged(bytes(changed)).verdict is Verdict.MET:
                accepted.append(at)
        except BadInput:
            continue
    assert accepted == []


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(content: bytes) -> None:
    for made in (content, b"\xd2\x84" + content, FIFTH[: len(content)] + content):
        try:
            assert judged(made).verdict is not Verdict.MET
        except BadInput:
            continue
