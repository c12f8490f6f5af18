from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.policy import parse_policy
from plimsoll.engines.tlog.proof import LIMIT, MAX_EXTRA, Proof, parse_proof, verify_proof
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict
from tests import shared
from tests.engines.tlog.small_log import (
    ALPHA,
    BETA,
    ENTRIES,
    LOG,
    OTHER_LOG,
    SEEN,
    cosigned,
    policy,
    proof,
)

BOTH = parse_policy(policy())
FIFTH = proof(4, ALPHA, BETA)


def verdict(made: Proof, entry: bytes | None = ENTRIES[4]) -> Verdict:
    return verify_proof(made, entry=entry, policy=BOTH).judgement.verdict


def why(made: Proof, entry: bytes | None = ENTRIES[4]) -> str:
    return "; ".join(r.text for r in verify_proof(made, entry=entry, policy=BOTH).judgement.deciding)


# ---------------------------------------------------------------- the file
def test_a_proof_file_has_the_lines_that_the_standard_asks_for() -> None:
    made = proof(4, ALPHA, extra=b"scope.System:1")
    lines = made.serialised.split(b"\n")
    assert lines[:3] == [b"c2sp.org/tlog-proof@v1", b"extra c2NvcGUuU3lzdGVtOjE=", b"index 4"]
    assert [len(line) for line in lines[3:6]] == [44, 44, 44]
    assert lines[6] == b""
    assert b"\n".join(lines[7:]) == made.note == cosigned(ALPHA)


@given(st.integers(0, 6), st.binary(max_size=50))
def test_a_proof_comes_back_from_its_own_file(index: int, extra: bytes) -> None:
    made = proof(index, extra=extra)
    assert parse_proof(made.serialised) == made
    assert made.checkpoint.size == 7


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"@v1\n", b"@v2\n", "lacks its first line"),
        (b"@v1\n", b"@v1 \n", "lacks its first line"),
        (b"c2sp", b"\nc2sp", "lacks its first line"),
        (b"\n\nlog.example", b"\nlog.example", "hash of 32 bytes"),
        (b"index 4\n", b"index 4\n\n", "consist of origin"),
        (b"index 4\n", b"", "Line 2 of the proof does not say the index"),
        (b"index 4\n", b"extra YQ==\n", "Line 3 of the proof does not say the index"),
        (b"index 4\n", b"extra \nindex 4\n", "Line 2 of the proof is not base64"),
        (b"index 4\n", b"extra YR==\nindex 4\n", "not in its canonical form"),
        (b"index 4\n", b"extra Y\nindex 4\n", "Line 2 of the proof is not base64"),
        (b"index 4\n", b"extra YQ==\nextra YQ==\nindex 4\n", "does not say the index"),
        (b"index 4\n", b"index 4\nextra YQ==\n", "Line 3 of the proof is not base64 of a hash"),
        (b"index 4", b"index 04", "not a decimal"),
        (b"index 4", b"index +4", "not a decimal"),
        (b"index 4", b"index  4", "not a decimal"),
        (b"index 4", b"index 4 ", "not a decimal"),
        (b"index 4", b"index 1_0", "not a decimal"),
        (b"index 4", "index \u0664".encode(), "not a decimal"),
        (b"index 4", b"index 18446744073709551615", "not a decimal"),
        (b"index 4", b"index 9223372036854775808", "not that of an entry"),
        (b"index 4\n", b"index 4\nAAAA\n", "Line 3 of the proof is not base64 of a hash"),
    ],
)
def test_a_file_that_is_no_proof_is_refused(old: bytes, new: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        parse_proof(FIFTH.serialised.replace(old, new, 1))


def test_a_proof_is_bounded() -> None:
    with pytest.raises(BadInput, match="longer than"):
        parse_proof(bytes(LIMIT + 1))
    with pytest.raises(BadInput, match="at most 63 hashes"):
        replace(FIFTH, path=(b"x" * 32,) * 64)
    with pytest.raises(BadInput, match="at most 63 hashes"):
        replace(FIFTH, path=(b"x" * 31,))
    with pytest.raises(BadInput, match="extra bytes"):
        replace(FIFTH, extra=bytes(MAX_EXTRA + 1))
    with pytest.raises(BadInput, match="not that of an entry"):
        replace(FIFTH, index=-1)
    with pytest.raises(BadInput):
        replace(FIFTH, note=b"no note")


# ---------------------------------------------------------------- what it shows
@pytest.mark.parametrize("size", range(1, 8))
def test_every_entry_of_every_size_is_proven(size: int) -> None:
    for index in range(size):
        made = parse_proof(proof(index, ALPHA, BETA, size=size).serialised)
        for number, entry in enumerate(ENTRIES):
            assert verdict(made, entry) is (Verdict.MET if number == index else Verdict.NOT_MET)


def test_a_proof_that_holds_says_where_the_entry_is_and_who_saw_it() -> None:
    said = why(FIFTH)
    assert "the entry is at index 4 of 7 entries" in said
    assert "alpha cosigned 2026-09-21" in said


def test_without_entry_or_key_it_is_unknown() -> None:
    assert verdict(FIFTH, None) is Verdict.UNKNOWN
    assert "no entry was given" in why(FIFTH, None)
    assert verify_proof(FIFTH, entry=ENTRIES[4]).judgement.verdict is Verdict.UNKNOWN
    assert verify_proof(FIFTH).judgement.verdict is Verdict.UNKNOWN
    assert verify_proof(FIFTH, entry=b"another").judgement.verdict is Verdict.NOT_MET


def test_the_key_of_the_log_alone_shows_who_signed() -> None:
    assert verify_proof(FIFTH, entry=ENTRIES[4], keys=(LOG.verifier,)).judgement.verdict is Verdict.MET
    assert (
        verify_proof(FIFTH, entry=ENTRIES[4], keys=(OTHER_LOG.verifier,)).judgement.verdict is Verdict.NOT_MET
    )


def test_without_a_policy_nobody_says_how_old_it_is() -> None:
    age = {"max_age": timedelta(hours=1), "now": datetime.fromtimestamp(SEEN, UTC)}
    assert verify_proof(FIFTH, entry=ENTRIES[4], policy=BOTH, **age).judgement.verdict is Verdict.MET
    judged = verify_proof(FIFTH, entry=ENTRIES[4], keys=(LOG.verifier,), **age).judgement
    assert judged.verdict is Verdict.UNKNOWN
    assert "without a policy no witness says when it was seen" in judged.deciding[0].text


def test_a_proof_with_too_few_cosignatures_is_not_met() -> None:
    assert verdict(proof(4, ALPHA)) is Verdict.NOT_MET


@pytest.mark.parametrize("index", [0, 3, 5, 6, 7, 2**63 - 1])
def test_another_index_is_refused(index: int) -> None:
    assert verdict(replace(FIFTH, index=index)) is Verdict.NOT_MET


@pytest.mark.parametrize(
    "path",
    [
        (),
        FIFTH.path[1:],
        FIFTH.path[:-1],
        FIFTH.path[::-1],
        (*FIFTH.path, b"x" * 32),
        (b"x" * 32, *FIFTH.path),
        (*FIFTH.path, FIFTH.checkpoint.root),
    ],
)
def test_another_path_is_refused(path: tuple[bytes, ...]) -> None:
    assert verdict(replace(FIFTH, path=path)) is Verdict.NOT_MET


def test_no_changed_byte_is_accepted() -> None:
    content = FIFTH.serialised
    accepted = []
    for at, byte in enumerate(content):
        for value in {byte ^ 1, byte ^ 32, 0x0A, 0x20, 0x00} - {byte}:
            changed = content[:at] + bytes([value]) + content[at + 1 :]
            try:
                if verdict(parse_proof(changed)) is Verdict.MET:
                    accepted.append((at, value))
            except BadInput:
                continue
    assert accepted == []


@given(st.integers(0, len(FIFTH.serialised)), st.binary(min_size=1, max_size=3))
def test_nothing_can_be_put_in_between(at: int, more: bytes) -> None:
    changed = FIFTH.serialised[:at] + more + FIFTH.serialised[at:]
    try:
        made = parse_proof(changed)
    except BadInput:
        return
    assert verdict(made) is not Verdict.MET


@given(st.integers(0, len(FIFTH.serialised) - 1))
def test_no_part_of_a_proof_is_a_proof(cut: int) -> None:
    try:
        made = parse_proof(FIFTH.serialised[:cut])
    except BadInput:
        return
    assert verdict(made) is not Verdict.MET  # whole signature lines may be missing: then so is the quorum


def test_extra_bytes_change_nothing() -> None:
    assert verdict(replace(FIFTH, extra=b"trust me")) is Verdict.MET


# ---------------------------------------------------------------- outside vectors
def test_the_bad_proofs_of_transparency_dev_are_refused() -> None:
    cases = shared.json("vectors/transparency-dev-formats/format_vectors.json")["tlog_proof_bad"]
    assert len(cases) == 6
    for case in cases:
        with pytest.raises(BadInput):
            parse_proof(case["text"].encode())
