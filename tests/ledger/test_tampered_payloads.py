"""A payload or signature changed behind the application's back is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from plimsoll.engines.tlog.export import verify_export
from plimsoll.engines.tlog.merkle import Frontier
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Checkpoint, Entry, Payload
from plimsoll.people import services
from tests.ledger.administrator import SIGNER, Log, faults, named, row_id, signed_log, sql
from tests.voyages import Voyage


@pytest.fixture
def log(sloop: Voyage) -> Log:
    return signed_log(sloop)


# ------------------------------------------------------------ payloads


def edited_payload(index: int, change: Callable[[dict[str, object]], None]) -> None:
    row = Entry.objects.select_related("payload").get(index=index)
    body = json.loads(row.payload.body)
    change(body)
    sql(
        "UPDATE ledger_payload SET body = %s WHERE entry_id = %s",
        json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        row.pk,
    )


def test_an_edited_payload_is_named(log: Log) -> None:
    index = log.size - 2
    edited_payload(index, lambda body: body.update(count=2))
    found = faults()
    assert f"{named(index)}: its content is not what was logged." in found


@pytest.mark.parametrize(
    "body", ["", "not JSON", "[]", "null", '{"far": NaN}', '{"a": 1, "a": 2}', "1" * 400]
)
def test_a_payload_overwritten_with_something_else_is_named(log: Log, body: str) -> None:
    index = log.size - 2
    sql("UPDATE ledger_payload SET body = %s WHERE entry_id = %s", body, row_id(index))
    assert f"{named(index)}: its content is not what was logged." in faults()
    own = verify_export(export_lines(SIGNER, program_id=log.voyage.program_id), key=SIGNER.verifier)
    assert f"{named(index)}: its content is not what was logged." in own.faults


def test_a_payload_that_names_records_that_cannot_be_is_named(log: Log) -> None:
    index = log.size - 2
    edited_payload(index, lambda body: body.update(records={"plan.Risk:all": {}, "no.Model:1": {}, "": None}))
    own = verify_export(export_lines(SIGNER, program_id=log.voyage.program_id), key=SIGNER.verifier)
    assert f"{named(index)}: its content is not what was logged." in own.faults


def test_a_record_edited_together_with_its_payload_is_named(log: Log) -> None:
    index = log.size - 2

    def close(body: dict[str, object]) -> None:
        records = body["records"]
        assert isinstance(records, dict)
        records[f"plan.Risk:{log.risk}"]["state"] = "closed"

    sql("UPDATE plan_risk SET state = 'closed' WHERE id = %s", log.risk)
    edited_payload(index, close)
    assert f"{named(index)}: its content is not what was logged." in faults()


def test_swapped_payloads_are_named_at_both_entries(log: Log) -> None:
    first, second = log.size - 2, log.size - 1
    rows = {row.entry.index: row for row in Payload.objects.filter(entry__index__in=(first, second))}
    for index, other in ((first, second), (second, first)):
        sql(
            "UPDATE ledger_payload SET salt = %s, body = %s WHERE entry_id = %s",
            rows[other].salt,
            rows[other].body,
            rows[index].pk,
        )
    found = faults()
    for index in (first, second):
        assert f"{named(index)}: its content is not what was logged." in found


def test_an_edited_salt_is_named(log: Log) -> None:
    index = log.size - 1
    for salt in ("00" * 32, "00", "not hexadecimal"):
        sql("UPDATE ledger_payload SET salt = %s WHERE entry_id = %s", salt, row_id(index))
        assert f"{named(index)}: its content is not what was logged." in faults()


def test_a_deleted_payload_is_counted_and_named_with_its_record(log: Log) -> None:
    """Erasing is foreseen for personal data; a record whose only word it was does not pass for logged."""
    sql("DELETE FROM ledger_payload WHERE entry_id = %s", row_id(log.size - 2))
    assert reconcile(SIGNER).erased == 1
    assert faults() == [
        f"Record plan.Risk:{log.risk} has no entry in the log.",
        f"{named(log.size - 2)}: its content is missing, and no entry says that it was erased.",
    ]


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
