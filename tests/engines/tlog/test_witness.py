"""What a witness answers, case by case in the order of tlog-witness v1.0.0, and what it never forgets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import witness
from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from plimsoll.engines.tlog.cosignature import cosign, cosignature_time
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import EMPTY_ROOT
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note, parse_signature_lines
from plimsoll.engines.tlog.witness import AddCheckpoint, Answer, Cosigned, Doubt, parse_add_checkpoint
from plimsoll.kernel.errors import BadInput, Untrusted
from tests import shared
from tests.logbook import ORIGIN, Logbook, signer, witness_signers

NOW = 1_800_000_000
NAME = "example.com/witness"


@dataclass
class Keeper:
    """A witness without a disk."""

    logs: dict[str, tuple[Verifier, ...]]
    signers: tuple[Signer, ...] = field(default_factory=lambda: witness_signers(NAME))
    cosigned: dict[str, Cosigned] = field(default_factory=dict)

    def ask(self, body: bytes, *, now: int = NOW) -> Answer:
        answer = witness.add_checkpoint(
            body, logs=self.logs, cosigned=self.cosigned, signers=self.signers, now=now
        )
        assert (answer.state is not None) == (answer.status == 200)
        if answer.state is not None:
            self.cosigned[answer.state.checkpoint.origin] = answer.state
        return answer


@pytest.fixture
def log() -> Logbook:
    return Logbook.of(12)


@pytest.fixture
def keeper(log: Logbook) -> Keeper:
    return Keeper({ORIGIN: log.verifiers})


# ---------------------------------------------------------------- outside vectors


def sigsum_key(public: str, origin: str) -> Verifier:
    return Verifier(name=origin, type=KeyType.ED25519, public=bytes.fromhex(public))


def test_the_cases_of_sunlight_are_answered_in_their_order() -> None:
    told = shared.json("vectors/filosottile-sunlight/witness_http_cases.json")
    origin = told["log_origin"]
    keeper = Keeper({origin: (sigsum_key(told["log_pubkey_hex"], origin),)})
    for case in told["cases"]:
        words = re.sub(r"([a-z])([A-Z])", r"\1_\2", case["want_status"].removeprefix("Status")).upper()
        answer = keeper.ask(case["request_body"].encode())
        assert answer.status == HTTPStatus[words], case["name"]
        assert case["want_body_contains"].replace("\\n", "\n") in answer.body.decode(), case["name"]


def test_the_cases_of_torchwood_are_answered_but_for_the_older_status_of_an_unknown_log() -> None:
    told = shared.json("vectors/filosottile-torchwood/add_checkpoint_cases.json")
    origin = told["cases"][0]["request_body"].split("\n")[2]
    keeper = Keeper({origin: (sigsum_key(told["log_pubkey_hex"], origin),)})
    for case in told["cases"]:
        (assertion,) = case["asserts"]
        kind, wanted = re.fullmatch(r'body (contains|==) "(.*)"', assertion, re.DOTALL).groups()  # type: ignore[union-attr]
        answer = keeper.ask(case["request_body"].encode())
        # Since v1.0.0 an unknown log is 404; this is of 2025, when it was 403.
        assert answer.status == (404 if wanted == "unknown log" else case["want_status"])
        said, wanted = answer.body.decode(), wanted.replace("\\n", "\n")
        assert said == wanted if kind == "==" else wanted in said


# ---------------------------------------------------------------- what is cosigned


def test_a_log_that_grows_is_cosigned_with_both_keys(log: Logbook, keeper: Keeper) -> None:
    for old, new in ((0, 5), (5, 5), (5, 12)):
        answer = keeper.ask(log.request(old, new), now=NOW + new)
        assert answer.status == 200
        lines = parse_signature_lines(answer.body)
        times = [
            cosignature_time(log.checkpoint(new), line, own.verifier)
            for line, own in zip(lines, keeper.signers, strict=True)
        ]
        assert times == [NOW + new, NOW + new]
        assert keeper.cosigned[ORIGIN].at == NOW + new
    assert keeper.cosigned[ORIGIN].checkpoint == log.checkpoint(12)


def test_what_is_kept_has_the_verified_lines_and_nothing_else(log: Logbook, keeper: Keeper) -> None:
    checkpoint = log.checkpoint()
    own = keeper.signers[0].verifier
    stranger = cosign(checkpoint, signer("other.example", KeyType.MLDSA44, seed=9), NOW)
    # ANT-2026-SAPGR4D6: a line under the witness's own name and key id, with a signature that is none.
    forged = SignatureLine(name=own.name, key_id=own.key_id, blob=bytes(72))
    note = parse_note(log.note())
    sent = Note(body=note.body, signatures=(forged, stranger, *note.signatures, note.signatures[0]))
    answer = keeper.ask(AddCheckpoint(old_size=0, proof=(), note=sent.serialised).serialised)
    assert answer.status == 200
    assert answer.state is not None
    kept = parse_note(answer.state.note)
    assert kept.signatures == (*note.signatures, *parse_signature_lines(answer.body))
    assert witness.read_cosigned(answer.state.note, keys=[s.verifier for s in keeper.signers]) == answer.state


def test_one_valid_signature_of_the_log_is_enough(log: Logbook, keeper: Keeper) -> None:
    for each in log.signers:
        note = log.note(3, by=[each])
        assert (
            Keeper(keeper.logs).ask(AddCheckpoint(old_size=0, proof=(), note=note).serialised).status == 200
        )


def test_the_empty_log_is_cosigned_under_its_only_root(log: Logbook, keeper: Keeper) -> None:
    assert log.checkpoint(0).root == EMPTY_ROOT
    assert keeper.ask(log.request(0, 0)).status == 200
    assert keeper.ask(log.request(0, 12)).status == 200
    odd = sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=bytes(32)), *log.signers)
    answer = Keeper(keeper.logs).ask(AddCheckpoint(old_size=0, proof=(), note=odd.encode()).serialised)
    assert (answer.status, answer.doubt) == (422, None)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"old 0\n",
        b"old 00\n\n",
        b"old +1\n\n",
        b"old 1_0\n\n",
        b"old  1\n\n",
        b"old 1 \n\n",
        b"old 1\r\n\n",
        b"Old 1\n\n",
        b"old -1\n\n",
        "old ١\n\n".encode(),
        b"old 9223372036854775808\n\n",
        b"old 99999999999999999999\n\n",
        b"old 1\n" + b"A" * 43 + b"\n\n",
        b"old 1\n" + b"A" * 42 + b"B=\n\n",  # spare bits that are not zero
        b"old 1\n" + b"A" * 44 + b"\n\n",  # 33 bytes
        b"old 1\n " + b"A" * 43 + b"=\n\n",
        b"old 1\n" + b"A" * 42 + b"-=\n\n",
        b"old 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n",
        b"x" * (witness.MAX_REQUEST + 1),
    ],
)
def test_what_is_no_request_is_refused_as_a_whole(body: bytes, keeper: Keeper) -> None:
    with pytest.raises(BadInput):
        parse_add_checkpoint(body)
    assert keeper.ask(body).status == 400


def test_sixty_three_hashes_and_the_largest_size_can_be_said(log: Logbook) -> None:
    request = AddCheckpoint(
        old_size=2**63 - 1, proof=tuple(bytes([n]) * 32 for n in range(63)), note=log.note()
    )
    assert parse_add_checkpoint(request.serialised) == request


@pytest.mark.parametrize("ending", [b"", b"extension\n"])
def test_a_checkpoint_that_is_none_is_malformed(log: Logbook, keeper: Keeper, ending: bytes) -> None:
    note = parse_note(log.note())
    body = note.body + ending if ending else note.body.replace(b"\n12\n", b"\n012\n")
    own = SignatureLine(name=ORIGIN, key_id=log.verifiers[0].key_id, blob=log.signers[0].sign(body))
    sent = Note(body=body, signatures=(own,)).serialised
    answer = keeper.ask(AddCheckpoint(old_size=0, proof=(), note=sent).serialised)
    assert (answer.status, answer.body[:18]) == (400, b"invalid checkpoint")


def test_a_log_that_nobody_told_of_is_not_found(log: Logbook) -> None:
    for logs in ({}, {"other.example/log": log.verifiers}, {ORIGIN: ()}):
        assert Keeper(logs).ask(log.request(0)).status == 404


def test_a_checkpoint_that_no_trusted_key_signed_is_forbidden(log: Logbook, keeper: Keeper) -> None:
    thief = Logbook(entries=log.entries, signers=(signer(ORIGIN, seed=2),))
    assert keeper.ask(thief.request(0)).status == 403


def test_one_forged_line_under_a_trusted_key_spoils_the_note(log: Logbook, keeper: Keeper) -> None:
    note = parse_note(log.note())
    for place in range(2):
        lines = list(note.signatures)
        lines[place] = SignatureLine(
            name=ORIGIN, key_id=lines[place].key_id, blob=bytes(len(lines[place].blob))
        )
        sent = Note(body=note.body, signatures=tuple(lines)).serialised
        answer = keeper.ask(AddCheckpoint(old_size=0, proof=(), note=sent).serialised)
        assert (answer.status, answer.body[:17]) == (403, b"invalid signature")


def test_a_misspelt_line_is_an_invalid_signature_only_under_a_trusted_key(
    log: Logbook, keeper: Keeper
) -> None:
    one = Logbook(entries=log.entries, signers=ONE_KEY)
    body = one.request(0)
    assert body.endswith(b"=\n")
    spare = body[:-3] + bytes([body[-3] + 1]) + body[-2:]  # the last letter has bits that say nothing
    assert keeper.ask(spare).status == 403
    assert Keeper({}).ask(spare).status == 400
    assert keeper.ask(body[:-3] + b"!=\n").status == 400
    assert keeper.ask(spare.replace(b"\n12\n", b"\n012\n")).status == 400


def test_an_old_size_above_the_new_one_is_malformed(log: Logbook, keeper: Keeper) -> None:
    request = AddCheckpoint(old_size=6, proof=(), note=log.note(5))
    assert keeper.ask(request.serialised).status == 400


def test_another_old_size_than_the_last_is_answered_with_the_last(log: Logbook, keeper: Keeper) -> None:
    keeper.ask(log.request(0, 7))
    for old in (0, 5, 8):
        answer = keeper.ask(log.request(old))
        assert (answer.status, answer.body, answer.content_type) == (409, b"7\n", "text/x.tlog.size")
    first = Keeper(keeper.logs).ask(log.request(5))
    assert (first.status, first.body) == (409, b"0\n")


def test_from_nothing_no_proof_is_taken(log: Logbook, keeper: Keeper) -> None:
    request = AddCheckpoint(old_size=0, proof=(bytes(32),), note=log.note())
    assert keeper.ask(request.serialised).status == 422


def test_another_root_at_the_cosigned_size_is_kept_as_a_fork(log: Logbook, keeper: Keeper) -> None:
    keeper.ask(log.request(0))
    log.entries[3] = b"rewritten"
    answer = keeper.ask(log.request(12))
    assert (answer.status, answer.doubt) == (422, Doubt.FORK)
    shown = parse_note(answer.doubtful)
    assert parse_checkpoint(shown.body) == log.checkpoint()
    assert len(shown.signatures) == 2
    assert keeper.cosigned[ORIGIN].checkpoint.root != log.checkpoint().root


def test_a_history_that_does_not_continue_the_cosigned_one_is_refused(log: Logbook, keeper: Keeper) -> None:
    keeper.ask(log.request(0, 7))
    log.entries[3] = b"rewritten"
    answer = keeper.ask(log.request(7))
    assert (answer.status, answer.doubt) == (422, Doubt.UNPROVEN)
    assert b"from the cosigned size 7 to size 12" in answer.body


def test_a_wrong_missing_or_spare_hash_in_the_proof_is_refused(log: Logbook, keeper: Keeper) -> None:
    keeper.ask(log.request(0, 7))
    good = log.proof(7)
    spoilt = [(), good[1:], good[:-1], (*good, bytes(32)), (bytes(32), *good[1:]), good[::-1]]
    for proof in spoilt:
        request = AddCheckpoint(old_size=7, proof=proof, note=log.note())
        assert keeper.ask(request.serialised).status == 422
    assert keeper.ask(log.request(7)).status == 200


@pytest.mark.parametrize("now", [NOW - 1, 0, -5])
def test_a_clock_that_ran_back_cosigns_nothing(log: Logbook, keeper: Keeper, now: int) -> None:
    keeper.ask(log.request(0, 7))
    answer = keeper.ask(log.request(7), now=now)
    assert (answer.status, answer.state) == (503, None)
    assert Keeper(keeper.logs).ask(log.request(0), now=0).status == 503


# ---------------------------------------------------------------- what is remembered


def test_a_memory_that_does_not_hold_is_refused(log: Logbook, keeper: Keeper) -> None:
    state = keeper.ask(log.request(0)).state
    assert state is not None
    keys = [each.verifier for each in keeper.signers]
    note = parse_note(state.note)
    without = Note(body=note.body, signatures=note.signatures[:-1]).serialised
    with pytest.raises(Untrusted, match="is not cosigned by"):
        witness.read_cosigned(without, keys=keys)
    with pytest.raises(Untrusted, match="does not hold"):
        witness.read_cosigned(state.note.replace(b"\n12\n", b"\n13\n"), keys=keys)
    with pytest.raises(BadInput):
        witness.read_cosigned(state.note[:-1], keys=keys)


def test_a_line_by_another_key_is_none_by_this_one(log: Logbook) -> None:
    note = parse_note(log.note())
    assert witness.holds(log.checkpoint(), note.signatures[0], log.verifiers[0])
    assert witness.holds(log.checkpoint(), note.signatures[1], log.verifiers[1])
    assert not witness.holds(log.checkpoint(), note.signatures[0], log.verifiers[1])
    assert not witness.holds(log.checkpoint(11), note.signatures[0], log.verifiers[0])
    assert not witness.holds(log.checkpoint(11), note.signatures[1], log.verifiers[1])


# ---------------------------------------------------------------- properties

ONE_KEY = (signer(ORIGIN),)
BRANCHES = (
    Logbook(entries=[b"a%d" % n for n in range(20)], signers=ONE_KEY),
    Logbook(entries=[b"a%d" % n if n < 9 else b"b%d" % n for n in range(20)], signers=ONE_KEY),
)


@given(
    st.lists(st.tuples(st.sampled_from(BRANCHES), st.integers(0, 20), st.integers(0, 20)), max_size=12),
)
def test_whatever_is_asked_all_that_was_cosigned_is_one_history(
    asked: list[tuple[Logbook, int, int]],
) -> None:
    one_key = witness_signers(NAME)[:1]
    keeper = Keeper({ORIGIN: BRANCHES[0].verifiers}, signers=one_key)
    cosigned: list[Checkpoint] = []
    for branch, old, new in asked:
        if old <= new and keeper.ask(branch.request(old, new)).status == 200:
            cosigned.append(branch.checkpoint(new))
    sizes = [each.size for each in cosigned]
    assert sizes == sorted(sizes)
    assert any(all(each == branch.checkpoint(each.size) for each in cosigned) for branch in BRANCHES)


@given(st.binary(max_size=200))
def test_bytes_that_are_a_request_write_themselves_back(body: bytes) -> None:
    try:
        request = parse_add_checkpoint(b"old " + body)
    except BadInput:
        return
    assert request.serialised == b"old " + body


def test_no_change_of_one_byte_is_cosigned_as_something_else(log: Logbook, keeper: Keeper) -> None:
    one = Logbook(entries=log.entries, signers=ONE_KEY)
    keeper.ask(one.request(0, 7))
    body = one.request(7)
    for place in range(len(body)):
        spoilt = bytearray(body)
        spoilt[place] ^= 1
        answer = Keeper(keeper.logs, cosigned=dict(keeper.cosigned)).ask(bytes(spoilt))
        assert answer.status in (400, 403, 404, 409, 422), place
