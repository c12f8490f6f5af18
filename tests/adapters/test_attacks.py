"""How a log is attacked, with real witnesses on this machine: who notices, with how many, and what they say.

The table in THREAT_MODEL.md, "With witnesses", is this file in words. What is *not* detected has its tests
too: a sentence about a limit should be as true as one about a strength.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from plimsoll.adapters.witness_folder import WitnessFolder, origin_hash
from plimsoll.adapters.witnesses import Collected, Standing, collect
from plimsoll.engines.tlog import fork
from plimsoll.engines.tlog.checkpoint import open_checkpoint, parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.merkle import root
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note
from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel.verdict import Verdict
from tests.logbook import AT, NOW, ORIGIN, Logbook, policy, witnessed

NUMBERS = [(1, 1), (1, 2), (2, 2), (2, 3)]
"""So many of so many witnesses are asked for."""


@pytest.fixture
def log() -> Logbook:
    return Logbook.of(12)


def publish(log: Logbook, asked: Policy, size: int | None = None) -> Collected:
    """What the holder of the log's keys gets from the witnesses for this history."""
    return collect(log.note(size), asked, consistency=lambda old, new: log.proof(old, new), now=NOW)


def believed(note: bytes, asked: Policy) -> bool:
    """Whether an auditor with the policy believes the checkpoint; unknown is not believed."""
    return asked.judge(note).verdict is Verdict.MET


def words(got: Collected) -> set[str]:
    return {each.words.split(" (")[0] for each in got.outcomes}


def standings(got: Collected) -> list[Standing]:
    return [each.standing for each in got.outcomes]


# ---------------------------------------------------------------- without witnesses


@pytest.mark.parametrize("attack", ["rewrite", "truncate"])
def test_the_signature_alone_misses_a_new_history_and_a_short_one(log: Logbook, attack: str) -> None:
    kept = log.note()
    if attack == "rewrite":
        log.entries[3] = b"rewritten"
    else:
        del log.entries[8:]
    assert open_checkpoint(log.note(), log.verifiers[0]) == log.checkpoint()
    assert believed(log.note(), policy(f"log {log.verifiers[0]}"))
    # Whoever kept one checkpoint needs no witness.
    assert fork.compare(kept, log.note(), keys=log.verifiers).verdict is Verdict.NOT_MET


# ---------------------------------------------------------------- the operator


@pytest.mark.parametrize(("quorum", "count"), NUMBERS)
def test_a_rewritten_history_is_cosigned_by_nobody(
    tmp_path: Path, log: Logbook, quorum: int, count: int
) -> None:
    with witnessed(tmp_path, log, count, quorum=quorum) as (folders, asked):
        kept = [publish(log, asked, size).note for size in (5, 9, 12)]
        assert all(believed(note, asked) for note in kept)
        mirror = log.leaves()
        log.entries[7] = b"the decision was another one"
        same = publish(log, asked)
        log.entries.append(b"and life goes on")
        longer = publish(log, asked)
    assert set(standings(same)) == set(standings(longer)) == {Standing.INCONSISTENT}
    assert not believed(same.note, asked)
    assert not believed(longer.note, asked)
    assert words(same) == {"cosigned another root at size 12: there are two histories"}
    assert words(longer) == {
        "cosigned 12 entries that this log of 13 does not continue: one of the first 12 was changed, removed "
        "or inserted, or the proof is wrong"
    }
    # Which entry: between two checkpoints that an auditor kept, or to the entry with a mirror.
    checkpoints = [parse_checkpoint(parse_note(note).body) for note in kept]
    found = fork.where_they_part(checkpoints, lambda size: root(log.leaves(size)))
    assert found is not None
    assert found.words.startswith("one of the entries 5 to 8 is not the one that was signed")
    assert fork.first_changed(mirror, log.leaves()) == 7
    # Every witness kept what the operator signed; with its own copy it is proof for anybody.
    for folder in folders:
        doubled, unproven = folder.doubts(ORIGIN)
        assert (doubled.kind, unproven.kind) == ("fork", "unproven")
        own = folder.checkpoint(origin_hash(ORIGIN))
        assert own is not None
        shown = fork.compare(own, doubled.path.read_bytes(), keys=log.verifiers)
        assert "signed two histories of 12 entries" in shown.reasons[0].text


@pytest.mark.parametrize("forged", ["a proof of the old history", "a proof of the new one", "none", "junk"])
def test_no_proof_helps_a_rewritten_history(tmp_path: Path, log: Logbook, forged: str) -> None:
    with witnessed(tmp_path, log, 1) as (_, asked):
        publish(log, asked, 9)
        new = Logbook(entries=[*log.entries])
        new.entries[2] = b"rewritten"
        proofs: dict[str, Sequence[bytes]] = {
            "a proof of the old history": log.proof(9),
            "a proof of the new one": new.proof(9),
            "none": (),
            "junk": [bytes(32)] * 63,
        }
        got = collect(new.note(), asked, consistency=lambda *_: proofs[forged], now=NOW)
    assert set(standings(got)) == {Standing.INCONSISTENT}


@pytest.mark.parametrize(("quorum", "count"), NUMBERS)
def test_a_log_whose_tail_was_cut_is_cosigned_by_nobody(
    tmp_path: Path, log: Logbook, quorum: int, count: int
) -> None:
    with witnessed(tmp_path, log, count, quorum=quorum) as (_, asked):
        last = publish(log, asked).note
        del log.entries[8:]
        short = publish(log, asked)
    assert set(standings(short)) == {Standing.AHEAD}
    assert not believed(short.note, asked)
    assert words(short) == {
        "says that it cosigned 12 entries of this log, but it is shown only 8: the log was truncated or "
        "rolled back, or somebody else signs with its key"
    }
    told = fork.compare(last, short.note, keys=log.verifiers).reasons[0].text
    assert "signed 12 entries and now shows 8: the last 4 were cut off" in told


def test_a_log_that_was_put_back_and_goes_on_differently_is_found_out(tmp_path: Path, log: Logbook) -> None:
    with witnessed(tmp_path, log, 2) as (_, asked):
        mirror = log.leaves()
        publish(log, asked)
        del log.entries[8:]  # an old backup
        seen = []
        for number in range(8, 14):
            log.entries.append(b"another entry %d" % number)
            seen.append(set(standings(publish(log, asked))))
    assert seen == [{Standing.AHEAD}] * 3 + [{Standing.INCONSISTENT}] * 3
    assert fork.first_changed(mirror, log.leaves()) == 8


def test_two_histories_do_not_both_find_most_of_the_witnesses(tmp_path: Path, log: Logbook) -> None:
    """Split view, with a quorum above half: every two quorums share a witness."""
    other = Logbook(entries=[*log.entries])
    other.entries[3] = b"for the auditor only"
    with witnessed(tmp_path, log, 3, quorum=2) as (folders, asked):
        for folder in folders[:2]:
            assert folder.answer(log.request(0), now=AT).status == 200
        one, two = publish(log, asked), publish(other, asked)
    # The third witness was free to cosign the first that came; only one of the two is ever believed.
    assert believed(one.note, asked)
    assert not believed(two.note, asked)
    shown = fork.compare(one.note, two.note, keys=log.verifiers)
    assert "signed two histories of 12 entries" in shown.reasons[0].text


def test_with_half_of_the_witnesses_two_histories_are_both_believed(tmp_path: Path, log: Logbook) -> None:
    """The limit: a quorum that is not above half does not prevent a split view."""
    other = Logbook(entries=[*log.entries])
    other.entries[3] = b"for the auditor only"
    with witnessed(tmp_path, log, 2, quorum=1) as (folders, asked):
        folders[0].answer(log.request(0), now=AT)
        folders[1].answer(other.request(0), now=AT)
        one, two = publish(log, asked), publish(other, asked)
    assert believed(one.note, asked)
    assert believed(two.note, asked)
    # Both are told so: the operator's own alarms, and anybody who compares the two.
    assert one.alarms
    assert two.alarms
    assert fork.compare(one.note, two.note, keys=log.verifiers).verdict is Verdict.NOT_MET


@pytest.mark.parametrize(("quorum", "both"), [(2, True), (3, False)])
def test_a_witness_that_cosigns_everything_counts_for_both_sides(
    tmp_path: Path, log: Logbook, quorum: int, both: bool
) -> None:
    """One dishonest witness of three: two of three do not suffice any more, three of three do."""
    other = Logbook(entries=[*log.entries])
    other.entries[3] = b"for the auditor only"
    with witnessed(tmp_path, log, 3, quorum=quorum) as (folders, asked):
        folders[1].answer(log.request(0), now=AT)
        folders[2].answer(other.request(0), now=AT)
        one, two = publish(log, asked), publish(other, asked)
        notes = []
        for book, got in ((log, one), (other, two)):
            note = parse_note(got.note)
            bought = tuple(cosign(book.checkpoint(), signer, AT) for signer in folders[0].signers)
            own = {(line.name, line.key_id) for line in bought}
            rest = tuple(line for line in note.signatures if (line.name, line.key_id) not in own)
            notes.append(Note(body=note.body, signatures=(*rest, *bought)).serialised)
    assert [believed(note, asked) for note in notes] == [both, both]


# ---------------------------------------------------------------- a thief of the log's key


@pytest.mark.parametrize(("quorum", "count"), NUMBERS)
def test_a_fork_under_a_stolen_key_is_refused_and_kept_and_the_log_goes_on(
    tmp_path: Path, log: Logbook, quorum: int, count: int
) -> None:
    thief = Logbook(entries=[*log.entries[:6], b"planted", *log.entries[7:]], signers=log.signers)
    with witnessed(tmp_path, log, count, quorum=quorum) as (folders, asked):
        publish(log, asked)
        stolen = publish(thief, asked)
        log.entries.append(b"the next honest entry")
        honest = publish(log, asked)
    assert set(standings(stolen)) == {Standing.INCONSISTENT}
    assert not believed(stolen.note, asked)
    assert believed(honest.note, asked)
    assert all([each.kind for each in folder.doubts(ORIGIN)] == ["fork"] for folder in folders)


def test_a_thief_who_is_first_is_noticed_by_the_log_itself(tmp_path: Path, log: Logbook) -> None:
    with witnessed(tmp_path, log, 2) as (_, asked):
        publish(log, asked)
        thief = Logbook(entries=[*log.entries, b"planted", b"planted too"], signers=log.signers)
        assert believed(publish(thief, asked).note, asked)
        log.entries.append(b"the next honest entry")
        shorter = publish(log, asked)
        log.entries += [b"another", b"and another"]
        longer = publish(log, asked)
    assert set(standings(shorter)) == {Standing.AHEAD}
    assert all("somebody else signs with its key" in each.words for each in shorter.alarms)
    assert set(standings(longer)) == {Standing.INCONSISTENT}


# ---------------------------------------------------------------- lines and times that are lies


@pytest.mark.parametrize("forged", ["junk", "of another checkpoint", "by another key"])
def test_a_forged_cosignature_convinces_nobody(tmp_path: Path, log: Logbook, forged: str) -> None:
    with witnessed(tmp_path, log, 1) as (folders, asked):
        lines = []
        for signer in folders[0].signers:
            key = signer.verifier
            old = cosign(log.checkpoint(5), signer, AT)
            lines.append(
                {
                    "junk": SignatureLine(name=key.name, key_id=key.key_id, blob=bytes(len(old.blob))),
                    "of another checkpoint": old,
                    "by another key": SignatureLine(
                        name=key.name,
                        key_id=key.key_id,
                        blob=cosign(log.checkpoint(), Logbook().signers[1], AT).blob[: len(old.blob)],
                    ),
                }[forged]
            )
        note = parse_note(log.note())
        sent = Note(body=note.body, signatures=(*note.signatures, *lines)).serialised
        assert not believed(sent, asked)
        # The line does not stick to the witness either: what it keeps and serves holds.
        got = collect(sent, asked, consistency=log.proof, now=NOW)
        assert believed(got.note, asked)
        with urllib.request.urlopen(f"{asked.witnesses[0].url}/{origin_hash(ORIGIN)}/checkpoint") as answer:
            assert believed(answer.read(), asked)
        assert WitnessFolder.open(folders[0].folder).cosigned[ORIGIN].checkpoint == log.checkpoint()


@pytest.mark.parametrize(
    ("off", "said"), [(86_400, "86,400 seconds ahead"), (-86_400, "86,400 seconds back")]
)
def test_a_witness_that_lies_about_time_is_left_out(
    tmp_path: Path, log: Logbook, off: int, said: str
) -> None:
    with witnessed(tmp_path, log, 2, quorum=1, now=lambda: AT + off) as (_, asked):
        got = publish(log, asked)
    assert set(standings(got)) == {Standing.DISHONEST}
    assert all(said in each.words for each in got.alarms)
    assert not believed(got.note, asked)


# ---------------------------------------------------------------- what witnesses cannot do


def test_a_silent_witness_is_missing_and_with_one_to_spare_the_checkpoint_is_believed(
    tmp_path: Path, log: Logbook
) -> None:
    with witnessed(tmp_path, log, 3, quorum=2) as (folders, asked):
        (folders[0].folder / "logs").write_bytes(b"unreadable\n")
        one_missing = publish(log, asked)
        (folders[1].folder / "logs").write_bytes(b"unreadable\n")
        log.entries.append(b"one more")
        two_missing = publish(log, asked)
    assert standings(one_missing) == [Standing.UNREACHABLE] * 2 + [Standing.COSIGNED] * 4
    assert believed(one_missing.note, asked)
    assert standings(two_missing) == [Standing.UNREACHABLE] * 4 + [Standing.COSIGNED] * 2
    assert not believed(two_missing.note, asked)


def test_as_many_liars_as_the_policy_asks_for_are_believed(tmp_path: Path, log: Logbook) -> None:
    """The limit: who owns the quorum owns the history. Only what was kept outside tells."""
    with witnessed(tmp_path, log, 2, quorum=1) as (folders, asked):
        kept = publish(log, asked).note
        log.entries[3] = b"rewritten"
        note = parse_note(log.note())
        bought = tuple(cosign(log.checkpoint(), signer, AT) for signer in folders[0].signers)
        forged = Note(body=note.body, signatures=(*note.signatures, *bought)).serialised
    assert believed(forged, asked)
    assert fork.compare(kept, forged, keys=log.verifiers).verdict is Verdict.NOT_MET


def test_an_old_checkpoint_is_believed_for_as_long_as_the_reader_allows(tmp_path: Path, log: Logbook) -> None:
    with witnessed(tmp_path, log, 1) as (_, asked):
        note = publish(log, asked).note
    later = NOW + timedelta(days=8)
    assert believed(note, asked)
    assert asked.judge(note, max_age=timedelta(days=7), now=later).verdict is not Verdict.MET
    assert asked.judge(note, max_age=timedelta(days=9), now=later).verdict is Verdict.MET


def test_a_witness_that_was_put_back_can_be_led_to_a_second_history(tmp_path: Path, log: Logbook) -> None:
    """The limit, and why its folder is never restored: it counts as a liar from then on."""
    with witnessed(tmp_path, log, 1) as (folders, asked):
        publish(log, asked, 7)
        memory = folders[0].folder / "cosigned" / origin_hash(ORIGIN)
        backup = memory.read_bytes()
        kept = publish(log, asked).note
        other = Logbook(entries=[*log.entries[:9], b"rewritten", *log.entries[10:]])
        assert set(standings(publish(other, asked))) == {Standing.INCONSISTENT}
        memory.write_bytes(backup)
        restored = WitnessFolder.open(folders[0].folder)
        answer = restored.answer(other.request(7), now=AT)
    assert answer.status == 200
    assert answer.state is not None
    assert fork.compare(kept, answer.state.note, keys=log.verifiers).verdict is Verdict.NOT_MET
