"""A payload or signature changed behind the application's back is found and named."""

from __future__ import annotations

import json

import pytest

from plimsoll.engines.tlog.export import verify_export
from plimsoll.engines.tlog.merkle import Frontier
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.append import writing
from plimsoll.ledger.content import seal
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Box, Checkpoint, Entry
from plimsoll.ledger.records import record_state, rows_of
from plimsoll.people import services
from tests.ledger.administrator import SIGNER, Log, faults, named, signed_log, sql
from tests.ledger.older import older_entry
from tests.voyages import Voyage


@pytest.fixture
def log(sloop: Voyage) -> Log:
    return signed_log(sloop)


# ------------------------------------------------------------ payloads


def box_of(index: int) -> Box:
    return Box.objects.get(entry__index=index, subject__startswith="program:")


def lost(index: int) -> str:
    """What is said of an entry whose box does not open."""
    return f"{named(index)}: its content is missing, and no entry says that it was erased."


def both(log: Log) -> list[str]:
    """The faults of the whole log, which are in the export of the program, too."""
    own = verify_export(export_lines(SIGNER, program_id=log.voyage.program_id), key=SIGNER.verifier)
    found = faults()
    assert set(own.faults) >= {fault for fault in found if fault.startswith("Entry")}
    return found


@pytest.mark.parametrize("change", [b"", b"short", b"\0" * 300])
def test_a_box_overwritten_with_something_else_is_named(log: Log, change: bytes) -> None:
    index = log.size - 2
    sql("UPDATE ledger_box SET box = %s WHERE id = %s", change, box_of(index).pk)
    assert lost(index) in both(log)


def test_a_box_with_one_changed_byte_is_named(log: Log) -> None:
    index = log.size - 2
    box = box_of(index)
    content = bytearray(box.box or b"")
    content[len(content) // 2] ^= 1
    sql("UPDATE ledger_box SET box = %s WHERE id = %s", bytes(content), box.pk)
    assert lost(index) in both(log)


def test_a_record_edited_together_with_its_box_is_named(log: Log) -> None:
    """Who has the key can seal other words; the entry still commits to the ones that were logged."""
    index = log.size - 2
    row = Entry.objects.get(index=index)
    sql("UPDATE plan_risk SET state = 'closed' WHERE id = %s", log.risk)
    (risk,) = rows_of([f"plan.Risk:{log.risk}"])
    with writing():
        _, (forged,) = seal(
            {"count": 1, "records": {f"plan.Risk:{log.risk}": record_state(risk)}},
            kind=row.kind,
            rows=[],
            program_id=row.program_id,
        )
    digests = bytes.fromhex("".join(forged.digests))
    box = box_of(index)
    sql("UPDATE ledger_box SET box = %s, digests = %s WHERE id = %s", forged.box, digests, box.pk)
    assert f"{named(index)}: its content is not what was logged." in both(log)


def test_swapped_boxes_are_named_at_both_entries(log: Log) -> None:
    first, second = (box_of(index) for index in (log.size - 2, log.size - 1))
    for box, other in ((first, second), (second, first)):
        sql(
            "UPDATE ledger_box SET digests = %s, box = %s WHERE id = %s",
            bytes(other.digests),
            bytes(other.box or b""),
            box.pk,
        )
    found = both(log)
    for index in (log.size - 2, log.size - 1):
        assert f"{named(index)}: its content is not what was logged." in found


@pytest.mark.parametrize("digests", [b"", b"\0" * 32, b"odd"])
def test_edited_digests_are_named(log: Log, digests: bytes) -> None:
    index = log.size - 2
    sql("UPDATE ledger_box SET digests = %s WHERE id = %s", digests, box_of(index).pk)
    assert any(fault.startswith(f"{named(index)}: ") for fault in both(log))


def test_a_key_that_was_overwritten_is_named_at_every_entry_that_it_sealed(log: Log) -> None:
    sql("UPDATE ledger_subjectkey SET wrapped = %s WHERE subject = 'installation:log'", b"\0" * 68)
    assert "is gone" in reconcile(SIGNER).faults[0]
    sql("DELETE FROM ledger_subjectkey WHERE subject = 'installation:log'")
    assert lost(0).replace("its content is", "a field of it is") in faults()


def test_a_deleted_box_is_named_with_its_record(log: Log) -> None:
    """Erasing is foreseen; a record whose only word it was does not pass for logged."""
    index = log.size - 2
    sql("DELETE FROM ledger_box WHERE id = %s", box_of(index).pk)
    assert sorted(faults()) == [
        f"{named(index)}: its content is missing, and no entry says that it was erased.",
        f"Record plan.Risk:{log.risk} has no entry in the log.",
    ]


def test_a_box_emptied_as_if_it_were_erased_is_named(log: Log) -> None:
    index = log.size - 2
    sql("UPDATE ledger_box SET box = NULL WHERE id = %s", box_of(index).pk)
    assert reconcile(SIGNER).erased == 1
    assert lost(index) in faults()


# ------------------------------------------------------------ payloads of the release before


@pytest.mark.parametrize(
    "body", ["", "not JSON", "[]", "null", '{"far": NaN}', '{"a": 1, "a": 2}', "1" * 400, '{"count":2}']
)
def test_a_payload_overwritten_with_something_else_is_named(log: Log, body: str) -> None:
    row = older_entry(
        kind="plan:risk:raised",
        actor="person:1",
        subject="halyard/RSK-1",
        payload={"count": 1},
        program_id=log.voyage.program_id,
    )
    assert faults() == []
    sql("UPDATE ledger_payload SET body = %s WHERE entry_id = %s", body, row.pk)
    assert both(log) == [f"{named(row.index or 0)}: its content is not what was logged."]


def test_a_deleted_payload_and_an_edited_salt_are_named(log: Log) -> None:
    rows = [
        older_entry(kind="plan:risk:raised", actor="person:1", subject="log", payload={"n": number})
        for number in range(2)
    ]
    for salt in ("00" * 32, "00", "not hexadecimal"):
        sql("UPDATE ledger_payload SET salt = %s WHERE entry_id = %s", salt, rows[0].pk)
        assert faults() == [f"{named(rows[0].index or 0)}: its content is not what was logged."]
    sql("DELETE FROM ledger_payload WHERE entry_id = %s", rows[1].pk)
    assert lost(rows[1].index or 0) in faults()


# ------------------------------------------------------------ checkpoints


def test_an_edited_signature_is_named(log: Log) -> None:
    note = Checkpoint.objects.get(size=log.size).note
    sql(
        "UPDATE ledger_checkpoint SET note = %s WHERE size = %s",
        note.replace("log.test\n", "log.best\n", 1),
        log.size,
    )
    assert faults() == ["The checkpoint was changed after it was signed."]


def test_a_signature_over_another_size_is_named(log: Log) -> None:
    note = Checkpoint.objects.get(size=log.mark).note
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = %s", note, log.size)
    assert faults() == [f"The checkpoint was signed over {log.mark} entries; the export holds {log.size}."]


def test_an_edited_earlier_signature_is_named(log: Log) -> None:
    sql("UPDATE ledger_checkpoint SET note = 'gone' WHERE size = %s", log.mark)
    (fault,) = faults()
    assert fault.startswith("The text is not a signed note: it lacks its signature lines.")


@pytest.mark.parametrize("frontier", ["[]", '["zz"]', '["00"]', '"text"', "{}", "[1]", "null"])
def test_a_log_whose_stored_frontier_was_edited_is_named_and_not_signed(log: Log, frontier: str) -> None:
    crew = log.voyage.crew
    sql("UPDATE ledger_checkpoint SET frontier = %s WHERE size = %s", frontier, log.size)
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="On")
    report = reconcile(SIGNER)
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any(
        f"the checkpoint at size {log.size}" in fault or "frontier of the log" in fault
        for fault in report.faults
    )
    assert Checkpoint.objects.count() == 2


def test_a_false_frontier_that_fits_the_size_is_named_and_nothing_is_signed_over_it(log: Log) -> None:
    crew = log.voyage.crew
    checkpoint = Checkpoint.objects.get(size=log.size)
    false = json.dumps(["00" * 32, *checkpoint.frontier[1:]])
    sql("UPDATE ledger_checkpoint SET frontier = %s WHERE size = %s", false, log.size)
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="On")
    assert reconcile(SIGNER).faults == [
        f"The frontier kept with the checkpoint at size {log.size} does not lead to its root. "
        "Nothing is signed over that. Restore the database from its backup."
    ]
    assert Checkpoint.objects.count() == 2


def test_entries_signed_from_a_false_frontier_and_root_are_named(log: Log) -> None:
    """Frontier and root were edited to fit each other, so they are signed over; the tree itself tells."""
    crew = log.voyage.crew
    checkpoint = Checkpoint.objects.get(size=log.size)
    edge = [bytes(32), *[bytes.fromhex(h) for h in checkpoint.frontier[1:]]]
    false = Frontier(size=log.size, edge=tuple(edge))
    sql(
        "UPDATE ledger_checkpoint SET frontier = %s, root = %s WHERE size = %s",
        json.dumps([h.hex() for h in edge]),
        false.root.hex(),
        log.size,
    )
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text="On")
    assert any("is not the one that the checkpoint was signed over" in fault for fault in faults())
