"""Two views of one log: one history or two, and where they part."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.fork import Departure, compare, first_changed, where_they_part
from plimsoll.engines.tlog.merkle import root
from plimsoll.kernel.errors import BadInput, Untrusted
from plimsoll.kernel.verdict import Verdict
from tests.logbook import Logbook, signer

LOG = Logbook.of(30)
KEYS = LOG.verifiers


def rewritten(*positions: int, size: int = 30) -> Logbook:
    entries = LOG.entries[:size]
    for position in positions:
        entries[position] = b"rewritten"
    return Logbook(entries=entries)


def test_a_log_that_grew_is_one_history_with_its_proof_and_unknown_without() -> None:
    for old in range(31):
        proven = compare(LOG.note(old), LOG.note(), keys=KEYS, proof=LOG.proof(old))
        assert proven.verdict is Verdict.MET
        bare = compare(LOG.note(old), LOG.note(), keys=KEYS)
        assert bare.verdict is (Verdict.MET if old in (0, 30) else Verdict.UNKNOWN)


def test_two_roots_of_one_size_are_two_histories() -> None:
    found = compare(LOG.note(), rewritten(4).note(), keys=KEYS)
    assert found.verdict is Verdict.NOT_MET
    assert "signed two histories of 30 entries" in found.reasons[0].text
    assert LOG.checkpoint().root.hex() in found.reasons[0].text


def test_fewer_entries_than_were_signed_are_named() -> None:
    found = compare(LOG.note(30), LOG.note(23), keys=KEYS)
    assert found.verdict is Verdict.NOT_MET
    assert "signed 30 entries and now shows 23: the last 7 were cut off" in found.reasons[0].text


def test_a_proof_of_another_history_proves_nothing() -> None:
    other = rewritten(4)
    for proof in (other.proof(12), LOG.proof(12), ()):
        assert compare(LOG.note(12), other.note(), keys=KEYS, proof=proof).verdict is Verdict.NOT_MET


def test_a_note_that_the_key_did_not_sign_is_refused() -> None:
    with pytest.raises(Untrusted):
        compare(LOG.note(), LOG.note(), keys=[signer(LOG.origin, seed=7).verifier])
    with pytest.raises(BadInput):
        compare(b"", LOG.note(), keys=KEYS)
    with pytest.raises(BadInput, match="without a key"):
        compare(LOG.note(), LOG.note(), keys=())


@given(st.integers(0, 29), st.sets(st.integers(0, 30), max_size=6))
def test_the_changed_entry_lies_between_the_kept_checkpoints(position: int, sizes: set[int]) -> None:
    now = rewritten(position)
    found = where_they_part((LOG.checkpoint(size) for size in sizes), lambda size: root(now.leaves(size)))
    behind = [size for size in sizes if size > position]
    if not behind:
        assert found is None
        return
    before = max((size for size in sizes if size <= position), default=0)
    assert found == Departure(first=before, last=min(behind) - 1)
    assert found.first <= position <= found.last
    assert str(found.first) in found.words


def test_checkpoints_of_every_size_name_the_entry() -> None:
    now = rewritten(17)
    found = where_they_part((LOG.checkpoint(n) for n in range(31)), lambda size: root(now.leaves(size)))
    assert found is not None
    assert found.words == "entry 17 is not the one that was signed; entries before it are"


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_the_first_changed_leaf_is_found(kept: list[int], shown: list[int]) -> None:
    found = first_changed([bytes([n]) for n in kept], (bytes([n]) for n in shown))
    if found is None:
        assert shown[: len(kept)] == kept
    else:
        assert shown[:found] == kept[:found]
        assert found == len(shown) or shown[found] != kept[found]
