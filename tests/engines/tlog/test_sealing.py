import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, keys, merkle
from plimsoll.engines.tlog.commitment import commit, commit_digests, commit_field
from plimsoll.engines.tlog.disclosure import Disclosure, disclose
from plimsoll.engines.tlog.event_proof import (
    EventProof,
    SegmentRow,
    read_event_proof,
    verify_event_proof,
    verify_segment,
)
from plimsoll.engines.tlog.fields import Field
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.proof import Proof
from plimsoll.engines.tlog.sealing import SEALED, Seal, commit_event, event_leaf, event_path
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Verdict

LOG = keys.Signer(name="log.example", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
EVENTS = [{"at": f"2026-03-26T09:00:0{n}.000000Z", "user": f"u-{n}", "score": n / 4} for n in range(7)]
BODIES = [canonical_bytes(event) for event in EVENTS]
SALTS = [bytes([n + 1]) * 32 for n in range(7)]
COMMITS = [commit_event(body, salt) for body, salt in zip(BODIES, SALTS, strict=True)]
LEAVES = [event_leaf(commit) for commit in COMMITS]
SEAL = Seal(
    root=Digest(merkle.root(LEAVES).hex()),
    events=7,
    first=str(EVENTS[0]["at"]),
    last=str(EVENTS[6]["at"]),
    parquet=Digest("ab" * 32),
)
ROWS = [SegmentRow(position=n, commit=COMMITS[n], salt=SALTS[n], event=BODIES[n]) for n in range(len(EVENTS))]


def sealing_entry(value: Any, *, kind: str = SEALED, proven: bool = True) -> Disclosure:
    """The entry that carries the seal, at index 3 of a log of 5 entries, with its proof."""
    fields = (
        Field(name="/seal", value=value, salt=b"s" * 32),
        Field(name="/note", value="hidden", salt=b"n" * 32),
    )
    leaf = Leaf(
        kind=kind,
        at="2026-03-26T10:00:00.000000Z",
        actor="rule:seal",
        subject="p/MON-1",
        commit=commit_digests(field.digest for field in fields),
        version=2,
    )
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(5)]
    leaves[3] = merkle.leaf_hash(leaf.entry)
    state = checkpoint.Checkpoint(origin=LOG.name, size=5, root=merkle.root(leaves))
    note = checkpoint.sign_checkpoint(state, LOG).encode()
    proof = Proof(index=3, path=merkle.inclusion_proof(leaves, 3), note=note).serialised.decode()
    return disclose(index=3, leaf=leaf, fields=fields, show=["/seal"], proof=proof if proven else "")


ENTRY = sealing_entry(SEAL.to_json())


def proof_of(place: int, entry: Disclosure | None = ENTRY, **changed: Any) -> EventProof:
    values: dict[str, Any] = {
        "event": EVENTS[place],
        "salt": SALTS[place],
        "position": place,
        "path": event_path(iter(LEAVES), position=place, events=7),
        "seal": SEAL,
        "entry": entry,
    }
    return EventProof(**{**values, **changed})


# ------------------------------------------------------------ commitments and paths


def test_an_event_is_hashed_as_its_description_says() -> None:
    body = BODIES[0]
    expected = hashlib.sha256(b"plimsoll/event/v1\n" + SALTS[0] + len(body).to_bytes(8, "big") + body)
    assert COMMITS[0] == expected.hexdigest()
    assert len({COMMITS[0], commit(body, SALTS[0]), commit_field("/a", EVENTS[0], SALTS[0])}) == 3


def test_a_salt_has_32_bytes() -> None:
    with pytest.raises(BadInput, match="32 bytes, not 5"):
        commit_event(b"{}", b"short")


@given(st.integers(1, 70), st.data())
def test_a_path_in_one_pass_is_the_path_of_the_tree(events: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, events - 1))
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(events)]
    path = event_path(iter(leaves), position=position, events=events)
    assert path == merkle.inclusion_proof(leaves, position)


@pytest.mark.parametrize(("position", "events"), [(-1, 7), (7, 7), (0, 0)])
def test_there_is_no_event_beyond_the_segment(position: int, events: int) -> None:
    with pytest.raises(BadInput, match="there is none at position"):
        event_path(LEAVES, position=position, events=events)


@pytest.mark.parametrize("events", [6, 8, 9])
def test_a_segment_of_another_length_gives_no_path(events: int) -> None:
    with pytest.raises(BadInput, match=f"does not hold the {events} events"):
        event_path(iter(LEAVES), position=2, events=events)


# ------------------------------------------------------------ seals


def test_a_seal_is_read_as_it_was_written() -> None:
    assert Seal.from_json(SEAL.to_json()) == SEAL


@pytest.mark.parametrize(
    "change",
    [
        {"form": "plimsoll/seal/2"},
        {"more": 1},
        {"events": 0},
        {"events": True},
        {"events": "7"},
        {"events": 2**41},
        {"first": "2027"},
        {"first": None},
        {"root": "ab"},
        {"root": "sha256:" + "ab" * 32},
        {"parquet": "AB" * 32},
    ],
)
def test_a_seal_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Seal.from_json({**SEAL.to_json(), **change})


def test_what_is_no_object_is_no_seal() -> None:
    with pytest.raises(BadInput, match="no seal"):
        Seal.from_json(None)


# ------------------------------------------------------------ one event


@pytest.mark.parametrize("position", range(7))
def test_one_event_is_proven_without_the_others(position: int) -> None:
    document = proof_of(position).document
    report = verify_event_proof(document, keys=[LOG.verifier])
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    for other in set(range(7)) - {position}:
        assert f"u-{other}".encode() not in document


def test_without_the_entry_it_is_unknown_whether_the_seal_was_logged() -> None:
    report = verify_event_proof(proof_of(2, None).document, keys=[LOG.verifier])
    assert report.judgement.verdict is Verdict.UNKNOWN


def test_the_leaf_hash_of_an_export_does_instead_of_a_proof() -> None:
    entry = sealing_entry(SEAL.to_json(), proven=False)
    document = proof_of(2, entry).document
    assert verify_event_proof(document).judgement.verdict is Verdict.UNKNOWN
    assert verify_event_proof(document, logged=entry.leaf_hash).judgement.verdict is Verdict.MET
    assert verify_event_proof(document, logged=bytes(32)).judgement.verdict is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (proof_of(2, event=EVENTS[3]), "the event is not at position 2 of the 7 events"),
        (proof_of(2, salt=SALTS[3]), "the event is not at position 2"),
        (proof_of(2, position=3), "the event is not at position 3"),
        (proof_of(2, position=-1), "the event is not at position -1"),
        (proof_of(2, path=()), "the event is not at position 2"),
        (proof_of(2, sealing_entry({**SEAL.to_json(), "events": 8})), "entry 3 does not carry this seal"),
        (proof_of(2, sealing_entry(SEAL.to_json(), kind="a:b:c")), "entry 3 does not carry this seal"),
    ],
)
def test_what_does_not_belong_together_is_named(found: EventProof, fault: str) -> None:
    report = verify_event_proof(found.document, keys=[LOG.verifier])
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any(fault in sentence for sentence in report.faults), report.faults


def test_no_byte_of_the_document_is_free() -> None:
    document = proof_of(2).document
    for place in range(len(document)):
        damaged = bytearray(document)
        damaged[place] ^= 1
        report = verify_event_proof(bytes(damaged), keys=[LOG.verifier])
        assert report.judgement.verdict is not Verdict.MET, place


@pytest.mark.parametrize(
    "change",
    [
        {"form": "plimsoll/event-proof/2"},
        {"more": 1},
        {"event": []},
        {"position": "2"},
        {"path": None},
        {"path": ["AB" * 32]},
        {"path": [7]},
        {"salt": ""},
        {"seal": {}},
        {"entry": {}},
    ],
)
def test_a_proof_of_another_form_is_refused_and_never_raises(change: dict[str, Any]) -> None:
    content = canonical_bytes({**proof_of(2).to_json(), **change}) + b"\n"
    with pytest.raises(BadInput):
        read_event_proof(content)
    report = verify_event_proof(content, keys=[LOG.verifier])
    assert report.judgement.verdict is Verdict.NOT_MET
    assert len(report.faults) == 1


@pytest.mark.parametrize("content", [b"", b"[]\n", proof_of(2).document[:-1]])
def test_a_document_in_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_event_proof(content)


# ------------------------------------------------------------ the whole segment


def erased(position: int) -> SegmentRow:
    return SegmentRow(position=position, commit=COMMITS[position], salt=None, event=None)


def swapped(*rows: SegmentRow) -> list[SegmentRow]:
    made = list(ROWS)
    for row in rows:
        made[row.position] = row
    return made


def test_an_untouched_segment_is_met() -> None:
    report = verify_segment(iter(ROWS), SEAL)
    assert (report.judgement.verdict, report.entries, report.erased) == (Verdict.MET, 7, 0)


def test_erased_events_pass_and_the_others_can_still_be_proven() -> None:
    report = verify_segment(swapped(erased(1), erased(4)), SEAL, erased={1, 4})
    assert (report.judgement.verdict, report.erased) == (Verdict.MET, 2)
    assert "2 of them were erased" in report.judgement.reasons[0].text


@pytest.mark.parametrize(
    ("rows", "gone", "fault"),
    [
        (swapped(erased(1)), set(), "at position 1 is missing, and no entry says that it was erased."),
        (ROWS, {1}, "at position 1 was erased as an entry of the log says, but is still in the segment."),
        (
            swapped(SegmentRow(position=5, commit=COMMITS[5], salt=SALTS[5], event=b"{}")),
            set(),
            "at position 5 is not the one that was sealed.",
        ),
        (
            swapped(SegmentRow(position=5, commit=COMMITS[5], salt=b"", event=BODIES[5])),
            set(),
            "at position 5 is not the one that was sealed.",
        ),
        (ROWS[:6], set(), "The 6 events are not the 7 that were sealed."),
        ([*ROWS[:2], *ROWS[3:]], set(), "at position 2 is missing; the row holds 3."),
        (
            swapped(SegmentRow(position=0, commit=commit_event(b"{}", SALTS[0]), salt=SALTS[0], event=b"{}")),
            set(),
            "The 7 events are not the 7 that were sealed.",
        ),
        ([], set(), "The 0 events are not the 7"),
    ],
)
def test_a_changed_segment_names_the_event(rows: list[SegmentRow], gone: set[int], fault: str) -> None:
    report = verify_segment(rows, SEAL, erased=gone)
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any(fault in sentence for sentence in report.faults), report.faults
