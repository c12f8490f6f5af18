"""An entry changed, moved or deleted behind the application's back is found and named."""

from __future__ import annotations

import pytest

from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Entry
from plimsoll.people import services
from tests.ledger.administrator import SIGNER, Log, faults, lose_entry, named, signed_log, sql
from tests.voyages import Voyage


@pytest.fixture
def log(sloop: Voyage) -> Log:
    return signed_log(sloop)


@pytest.mark.parametrize("from_end", [2, 5, 9])
def test_an_entry_deleted_in_the_middle_is_named(log: Log, from_end: int) -> None:
    index = log.size - from_end
    lose_entry(index)
    assert any(f"entry {index} is missing; the line holds entry {index + 1}" in fault for fault in faults())


def test_the_last_entry_deleted_after_it_was_signed_is_named_and_nothing_is_exported(log: Log) -> None:
    lose_entry(log.size - 1)
    report = reconcile(SIGNER)
    assert report.judgement.verdict is Verdict.NOT_MET
    assert report.faults == [
        f"The log holds {log.size - 1} entries, but {log.size} were signed. "
        "Nothing is signed over that. Restore the database from its backup."
    ]
    with pytest.raises(Conflict, match="entries, but"):
        list(export_lines(SIGNER))


def test_a_new_entry_deleted_in_the_middle_is_named_and_nothing_is_exported(log: Log) -> None:
    crew = log.voyage.crew
    for text in ("One", "Two"):
        services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text=text)
    lose_entry(log.size)
    report = reconcile(SIGNER)
    assert report.faults[0].startswith(f"Entry {log.size} of the log is missing; the next is {log.size + 1}.")
    with pytest.raises(Conflict, match="is missing"):
        list(export_lines(SIGNER))


def test_the_last_entry_deleted_before_it_was_signed_is_named_by_its_record(log: Log) -> None:
    crew = log.voyage.crew
    comment = services.write_comment(
        actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="Two"
    )
    lose_entry(log.size)
    assert faults() == [f"Record people.Comment:{comment.pk} has no entry in the log."]


def test_a_signed_entry_replaced_by_a_later_one_is_named(log: Log) -> None:
    """The place of a deleted last entry is taken by the next write; the signature still tells."""
    crew = log.voyage.crew
    lose_entry(log.size - 1)
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="Two")
    found = faults()
    assert (
        f"An entry from {log.mark} to {log.size - 1} is not the one that the checkpoint was signed over."
        in found
    )
    assert any("has no entry in the log" in fault for fault in found)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "person:999"),
        ("subject", "halyard/RSK-77"),
        ("kind", "plan:risk:changed"),
        ("at", "2026-01-01 00:00:00+00:00"),
        ("leaf_hash", "0" * 64),
        ("leaf_hash", "not hexadecimal"),
    ],
)
def test_an_edited_entry_is_named(log: Log, column: str, value: str) -> None:
    index = log.size - 2
    sql(f'UPDATE ledger_entry SET {column} = %s WHERE "index" = %s', value, index)
    assert faults()[0] == f"{named(index)} was edited."


def test_an_entry_edited_in_its_commitment_is_named_twice(log: Log) -> None:
    index = log.size - 2
    sql('UPDATE ledger_entry SET "commit" = %s WHERE "index" = %s', "0" * 64, index)
    found = faults()
    assert f"{named(index)} was edited." in found
    assert f"{named(index)}: its content is not what was logged." in found


def rewrite(index: int, *, actor: str) -> None:
    """Edits an entry and its leaf hash, so that the row agrees with itself."""
    row = Entry.objects.get(index=index)
    leaf = Leaf(
        kind=row.kind,
        at=timestamp(row.at),
        actor=actor,
        subject=row.subject,
        commit=Digest(row.commit),
        version=2,
    )
    sql(
        'UPDATE ledger_entry SET actor = %s, leaf_hash = %s WHERE "index" = %s',
        actor,
        leaf_hash(leaf.entry).hex(),
        index,
    )


def test_an_early_entry_edited_with_its_leaf_hash_is_narrowed_down_by_the_marks(log: Log) -> None:
    rewrite(2, actor="person:999")
    assert f"An entry from 0 to {log.mark - 1} is not the one that was signed at size {log.mark}." in faults()


def test_a_late_entry_edited_with_its_leaf_hash_is_narrowed_down_by_the_checkpoint(log: Log) -> None:
    rewrite(log.size - 2, actor="person:999")
    assert faults() == [
        f"An entry from {log.mark} to {log.size - 1} is not the one that the checkpoint was signed over."
    ]


def test_an_entry_edited_with_its_leaf_hash_is_found_after_more_was_written_and_signed(log: Log) -> None:
    rewrite(log.size - 2, actor="person:999")
    crew = log.voyage.crew
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="On")
    make_checkpoint(SIGNER)
    found = faults()
    assert (
        f"An entry from {log.mark} to {log.size - 1} is not the one that was signed at size {log.size}."
        in found
    )


def test_two_entries_that_changed_places_are_named(log: Log) -> None:
    first, second = log.size - 2, log.size - 1
    for now, then in ((first, 10_000), (second, first), (10_000, second)):
        move(now, then)
    assert (
        f"An entry from {log.mark} to {log.size - 1} is not the one that the checkpoint was signed over."
        in faults()
    )


def move(now: int, then: int) -> None:
    """Gives an entry and its payload another position."""
    row = Entry.objects.get(index=now)
    boxes = [(box.subject, bytes(box.digests), bytes(box.box or b"")) for box in row.boxes.all()]
    lose_entry(now)
    sql(
        'INSERT INTO ledger_entry (id, "index", kind, at, actor, subject, program_id, "commit", '
        "leaf_hash, version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 2)",
        row.pk,
        then,
        row.kind,
        row.at.isoformat(" "),
        row.actor,
        row.subject,
        row.program_id,
        row.commit,
        row.leaf_hash,
    )
    for box in boxes:
        sql("INSERT INTO ledger_box (entry_id, subject, digests, box) VALUES (%s, %s, %s, %s)", row.pk, *box)
