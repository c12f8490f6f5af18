from __future__ import annotations

import pytest
from django.db import connection

from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import EMPTY_ROOT, leaf_hash, root, verify_inclusion
from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict, NotFound
from plimsoll.kernel.ids import Digest
from plimsoll.ledger import triggers
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import latest_checkpoint, make_checkpoint, prove
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.models import Box, Checkpoint, Entry
from plimsoll.ledger.sequencing import entry_count
from tests.voyages import KEY

SIGNER = Signer(name="log.test", key=KEY)
pytestmark = pytest.mark.django_db


def enter(count: int) -> None:
    for number in range(count):
        with writing():
            append(
                kind=EventKind.PERSON_JOINED,
                actor="person:1",
                subject=f"person:{number}",
                payload={},
            )


def hashes() -> list[bytes]:
    return [bytes.fromhex(h) for h in Entry.objects.order_by("index").values_list("leaf_hash", flat=True)]


def lose(*indexes: int) -> None:
    """Deletes entries as a database administrator can."""
    triggers.drop(connection)
    Box.objects.filter(entry__index__in=indexes).delete()
    Entry.objects.filter(index__in=indexes).delete()
    triggers.create(connection)


# ------------------------------------------------------------ signing


def test_an_empty_log_has_no_checkpoint_and_no_entries() -> None:
    assert latest_checkpoint() is None
    assert entry_count() == 0


def test_the_checkpoint_of_an_empty_log_signs_that_it_is_empty() -> None:
    made = make_checkpoint(SIGNER)
    assert (made.size, made.root, made.frontier) == (0, EMPTY_ROOT.hex(), [])
    assert make_checkpoint(SIGNER) == made


def test_the_first_checkpoint_signs_size_and_root_of_all_entries() -> None:
    enter(5)
    made = make_checkpoint(SIGNER)
    signed = open_checkpoint(made.note, SIGNER.verifier)
    assert (signed.origin, signed.size, signed.root) == ("log.test", 5, root(hashes()))
    assert (made.size, made.root, made.at) == (5, root(hashes()).hex(), clock.now())
    assert str(made) == f"5 {made.root[:12]}"
    assert entry_count() == 5


@pytest.mark.parametrize("steps", [(1, 1, 1, 1), (3, 4, 1), (8, 8), (7, 9, 16), (0, 2)])
def test_checkpoints_extended_bit_by_bit_have_the_root_of_the_whole_tree(steps: tuple[int, ...]) -> None:
    for step in steps:
        enter(step)
        made = make_checkpoint(SIGNER)
        assert made.root == root(hashes()).hex()
    assert made.size == sum(steps)
    assert Checkpoint.objects.count() == len(steps)
    assert latest_checkpoint() == made


def test_without_new_entries_the_same_checkpoint_is_given_again() -> None:
    enter(3)
    made = make_checkpoint(SIGNER)
    assert make_checkpoint(SIGNER) == made
    assert Checkpoint.objects.count() == 1


def test_extending_reads_only_what_is_new() -> None:
    """The tree is never rebuilt; a log of any length is signed at the cost of its new entries."""
    enter(20)
    make_checkpoint(SIGNER)
    enter(2)
    read: list[str] = []

    def look(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        read.append(sql % params if params and "leaf_hash" in sql else "")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        make_checkpoint(SIGNER)
    assert {">= 20" in sql for sql in read if sql} == {True}


# ------------------------------------------------------------ a damaged log is not signed


@pytest.mark.parametrize("lost", [3, 4])
def test_a_log_with_a_hole_in_its_new_entries_is_not_signed(lost: int) -> None:
    enter(3)
    before = make_checkpoint(SIGNER)
    enter(3)
    lose(lost)
    with pytest.raises(Conflict) as refused:
        make_checkpoint(SIGNER)
    assert refused.value.message == f"Entry {lost} of the log is missing; the next is {lost + 1}."
    assert refused.value.hint == "Nothing is signed over that. Restore the database from its backup."
    assert list(Checkpoint.objects.all()) == [before]


@pytest.mark.parametrize(("lost", "left"), [((4,), 4), ((3, 4), 3), ((0, 1, 2, 3, 4), 0)])
def test_a_log_that_lost_signed_entries_at_its_end_is_not_signed(lost: tuple[int, ...], left: int) -> None:
    enter(5)
    before = make_checkpoint(SIGNER)
    lose(*lost)
    with pytest.raises(Conflict) as refused:
        make_checkpoint(SIGNER)
    assert refused.value.message == f"The log holds {left} entries, but 5 were signed."
    assert refused.value.hint == "Nothing is signed over that. Restore the database from its backup."
    assert list(Checkpoint.objects.all()) == [before]


def test_a_log_that_lost_signed_entries_and_grew_again_does_not_get_a_new_signature() -> None:
    enter(5)
    before = make_checkpoint(SIGNER)
    lose(4)
    enter(1)
    assert make_checkpoint(SIGNER) == before
    assert before.root != root(hashes()).hex()


# ------------------------------------------------------------ proofs


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 11])
def test_every_entry_is_proven_against_the_signed_root(size: int) -> None:
    enter(size)
    signed = open_checkpoint(make_checkpoint(SIGNER).note, SIGNER.verifier)
    for entry in Entry.objects.order_by("index"):
        leaf = Leaf(
            kind=entry.kind,
            at=timestamp(entry.at),
            actor=entry.actor,
            subject=entry.subject,
            commit=Digest(entry.commit),
            version=2,
        )
        proof = [bytes.fromhex(h) for h in prove(entry.index, size=size)]
        assert verify_inclusion(
            leaf=leaf_hash(leaf.entry),
            index=entry.index,
            size=signed.size,
            proof=proof,
            expected_root=signed.root,
        )


def test_an_entry_is_proven_against_an_earlier_checkpoint_too() -> None:
    enter(6)
    early = make_checkpoint(SIGNER)
    enter(5)
    make_checkpoint(SIGNER)
    proof = [bytes.fromhex(h) for h in prove(2, size=early.size)]
    assert verify_inclusion(
        leaf=hashes()[2], index=2, size=6, proof=proof, expected_root=bytes.fromhex(early.root)
    )


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0), (99, 3)])
def test_what_is_not_in_the_log_at_that_size_is_not_proven(index: int, size: int) -> None:
    enter(4)
    with pytest.raises(NotFound) as refused:
        prove(index, size=size)
    assert refused.value.message == f"The log has no entry {index} at size {size}."
