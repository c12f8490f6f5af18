from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.export import Report, verify_export
from plimsoll.engines.tlog.keys import Signer, parse_verifier
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.ledger.records import recorded
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import services as scope
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import Program
from tests.voyages import BOSUN, KEY, Voyage

SIGNER = Signer(name="log.test", key=KEY)
STRANGER = Signer(name="log.test", key=Ed25519PrivateKey.from_private_bytes(b"s" * 32))


@pytest.fixture
def voyage(sloop: Voyage) -> Voyage:
    """A log of two programs, signed three times while it grew."""
    tess, mallory = sloop.crew.actor("tess"), sloop.crew.actor("mallory")
    make_checkpoint(SIGNER)
    scope.answer_many(actor=tess, system_id=sloop.system.pk, answers={**BOSUN, "A1": "unknown"})
    other = services.open_program(actor=mallory, name="Other line", purpose="A secret purpose")
    mallory = sloop.crew.actor("mallory")
    services.write_comment(actor=mallory, program_id=other.pk, ref="SYS-1", text="A secret remark")
    make_checkpoint(SIGNER)
    plan.derive_requirements(actor=Actor.of_rule("test"), system_id=sloop.system.pk)
    plan.raise_risks(
        actor=tess,
        program_id=sloop.program_id,
        risks=[plan.NewRisk(title="A reply leaks another customer's order")],
    )
    scope.register_asset(actor=tess, system_id=sloop.system.pk, kind="model", name="Sorter", digest="a" * 64)
    return sloop


def read(lines: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def entries(lines: list[bytes]) -> list[dict[str, Any]]:
    return [line for line in read(lines) if "entry" in line]


def records(lines: list[bytes]) -> dict[str, str]:
    return {line["record"]: line["state"] for line in read(lines) if "record" in line}


def verify(lines: list[bytes], signer: Signer | None = SIGNER) -> Report:
    return verify_export(lines, key=signer.verifier if signer else None)


# ------------------------------------------------------------ the whole log


@pytest.mark.usefixtures("voyage")
def test_a_whole_export_holds_every_entry_every_record_and_every_signature() -> None:
    lines = list(export_lines(SIGNER))
    report = verify(lines)
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert report.entries == Entry.objects.count()
    assert report.records == sum(model._default_manager.count() for model in recorded())
    assert (report.erased, report.withheld) == (0, 0)
    assert report.checkpoint is not None
    assert report.checkpoint.size == report.entries
    head, marks = read(lines)[0], [line["mark"] for line in read(lines) if "mark" in line]
    assert head == {
        "form": "plimsoll/export/2",
        "log": "log.test",
        "key": str(SIGNER.verifier),
        "entries": report.entries,
    }
    signed = Checkpoint.objects.order_by("size")
    assert [open_checkpoint(mark, SIGNER.verifier).size for mark in marks] == [
        checkpoint.size for checkpoint in signed[: len(marks)]
    ]
    assert len(marks) == 2


@pytest.mark.usefixtures("voyage")
def test_every_row_of_every_registered_model_is_in_the_register() -> None:
    found = records(list(export_lines(SIGNER)))
    expected = {
        f"{model._meta.label}:{pk}"
        for model in recorded()
        for pk in model._default_manager.values_list("pk", flat=True)
    }
    assert set(found) == expected
    shown = {key.partition(":")[0] for key in found}
    assert shown >= {"people.User", "people.Program", "scope.System", "plan.Risk", "plan.Requirement"}


@pytest.mark.usefixtures("voyage")
def test_an_export_signs_first_and_twice_gives_the_same_lines() -> None:
    first = list(export_lines(SIGNER))
    assert list(export_lines(SIGNER)) == first
    assert make_checkpoint(SIGNER).note == read(first)[-1]["checkpoint"]


@pytest.mark.django_db
def test_the_export_of_an_empty_log_verifies() -> None:
    report = verify(list(export_lines(SIGNER)))
    assert (report.judgement.verdict, report.entries, report.records) == (Verdict.MET, 0, 0)


@pytest.mark.usefixtures("voyage")
def test_reconciling_says_what_an_outsider_would_say_of_an_export() -> None:
    inside, outside = reconcile(SIGNER), verify(list(export_lines(SIGNER)))
    assert inside == outside
    assert inside.judgement.verdict is Verdict.MET


# ------------------------------------------------------------ whose key


@pytest.mark.usefixtures("voyage")
def test_without_a_key_who_signed_stays_unknown() -> None:
    report = verify(list(export_lines(SIGNER)), None)
    assert report.judgement.verdict is Verdict.UNKNOWN
    assert report.faults == []
    assert parse_verifier(report.key).key_id == SIGNER.verifier.key_id


@pytest.mark.usefixtures("voyage")
def test_the_export_of_another_key_is_not_taken_for_ours() -> None:
    report = verify(list(export_lines(SIGNER)), STRANGER)
    assert report.judgement.verdict is Verdict.NOT_MET
    assert any("is not signed by log.test+" in fault for fault in report.faults)


# ------------------------------------------------------------ one program


def test_the_export_of_a_program_withholds_the_others_and_still_verifies(voyage: Voyage) -> None:
    lines = list(export_lines(SIGNER, program_id=voyage.program_id))
    report = verify(lines)
    own = Entry.objects.filter(program_id=voyage.program_id).count()
    assert report.faults == []
    assert report.judgement.verdict is Verdict.MET
    assert verify(lines, None).judgement.verdict is Verdict.UNKNOWN
    assert (report.entries, report.withheld) == (Entry.objects.count(), Entry.objects.count() - own)
    assert report.withheld > 0
    text = b"".join(lines)
    for secret in (b"Other line", b"other-line", b"A secret", b"mallory@"):
        assert secret not in text
    for line in entries(lines):
        if line["entry"] is None:
            assert set(line) == {"index", "entry", "leaf"}
        else:
            assert line["entry"]["subject"].split("/")[0] == voyage.crew.program.slug


def test_the_register_of_a_program_holds_its_records_and_no_others(voyage: Voyage) -> None:
    found = set(records(list(export_lines(SIGNER, program_id=voyage.program_id))))
    whole = set(records(list(export_lines(SIGNER))))
    other = Program.objects.get(slug="other-line")
    assert f"people.Program:{voyage.program_id}" in found
    assert f"scope.System:{voyage.system.pk}" in found
    assert found < whole
    assert f"people.Program:{other.pk}" not in found
    strangers = {key for key in whole - found if not key.startswith("people.")}
    assert strangers == set()
    # people belong to the installation, the other program and its membership and comment to Mallory
    assert {key.partition(":")[0] for key in whole - found} == {
        "people.User",
        "people.Program",
        "people.Membership",
        "people.Comment",
    }


def test_a_record_edited_in_a_program_is_named_in_the_export_of_that_program_only(voyage: Voyage) -> None:
    Program.objects.filter(pk=voyage.program_id).update(purpose="Changed behind the log's back")
    other = Program.objects.get(slug="other-line")
    name = f"Record people.Program:{voyage.program_id} is not in the state that its last entry says."
    assert verify(list(export_lines(SIGNER, program_id=voyage.program_id))).faults == [name]
    assert verify(list(export_lines(SIGNER, program_id=other.pk))).faults == []


def test_a_program_that_is_gone_leaves_an_export_without_records(voyage: Voyage) -> None:
    Program.objects.filter(slug="other-line").update(sample=True)
    mallory = selectors.actor_of(voyage.crew.users["mallory"])
    (gone,) = mallory.grants
    # the flag was set behind the log's back; say so in the log before going on
    assert reconcile(SIGNER).faults == [
        f"Record people.Program:{gone} is not in the state that its last entry says."
    ]
    services.remove_program(actor=mallory, program_id=gone)
    report = verify(list(export_lines(SIGNER, program_id=gone)))
    assert report.judgement.verdict is Verdict.MET
    assert report.records == 0
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


# ------------------------------------------------------------ cut off


@pytest.mark.usefixtures("voyage")
def test_an_export_cut_anywhere_is_named_as_truncated() -> None:
    lines = list(export_lines(SIGNER))
    for kept in range(len(lines)):
        report = verify(lines[:kept])
        assert report.judgement.verdict is Verdict.NOT_MET
        assert any(
            fault.startswith(f"The export is truncated: it ends after {kept} lines")
            for fault in report.faults
        ), kept


@pytest.mark.usefixtures("voyage")
def test_an_export_cut_within_a_line_names_the_line() -> None:
    lines = list(export_lines(SIGNER))
    report = verify([*lines[:7], lines[7][:-20]])
    assert report.faults[0] == "Line 8: the export breaks off in the middle of the line"
    assert report.judgement.verdict is Verdict.NOT_MET
