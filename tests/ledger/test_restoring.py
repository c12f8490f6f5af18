"""Disasters: the database or the log was put back from a copy that is older than the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.db import connection

from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import log_file, triggers
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Box, Checkpoint, Entry
from plimsoll.ledger.restoring import Restored, restore
from plimsoll.ledger.sequencing import entry_count, leaf_bytes, sequence
from plimsoll.people import services
from tests import personas
from tests.ledger.administrator import SIGNER
from tests.opened import content
from tests.voyages import copied, pasted


@pytest.fixture
def crew(log_on_disk: Path, transactional_db: None, settings: object) -> personas.Crew:
    settings.PLIMSOLL_LOG_NAME = "log.test"  # type: ignore[attr-defined]
    return personas.board()


def remark(crew: personas.Crew, text: str) -> None:
    services.write_comment(actor=crew.actor("tess"), program_id=crew.program.pk, ref="RSK-1", text=text)


def copy_of(log: Path) -> Path:
    log_file.close()
    return Path(shutil.copytree(log, log.with_name("copy")))


def put_back(copy: Path, log: Path) -> None:
    log_file.close()
    shutil.rmtree(log)
    copy.rename(log)


def test_a_database_older_than_the_log_gets_its_entries_back_without_their_content(
    crew: personas.Crew, log_on_disk: Path
) -> None:
    remark(crew, "Kept")
    make_checkpoint(SIGNER)
    before, backup = entry_count(), copied()
    remark(crew, "Lost")
    remark(crew, "Lost, too")
    note = make_checkpoint(SIGNER).note
    pasted(backup)
    remark(crew, "After the disaster")
    with pytest.raises(Conflict, match=f"an entry {before} that the database does not know") as stopped:
        sequence()
    assert stopped.value.hint.endswith("plimsoll log restore")

    assert restore() == Restored(into_log=0, into_database=2)
    newest = Entry.objects.select_related("payload").get(index=entry_count() - 1)
    lost = Entry.objects.filter(index__in=(before, before + 1))
    assert {row.program_id for row in lost} == {crew.program.pk}
    assert not Box.objects.filter(entry__in=lost).exists()
    assert newest.kind == "watch:log:restored"
    assert content(newest)["erasure"]["entries"] == [[before, before + 1]]
    assert make_checkpoint(SIGNER).size == entry_count() == before + 4
    report = reconcile(SIGNER)
    assert (report.judgement.verdict, report.erased) == (Verdict.MET, 2)
    shown = log_file.inclusion(before, before + 2)
    assert shown
    assert note.startswith(f"log.test\n{before + 2}\n")
    assert restore() == Restored(into_log=0, into_database=0)


def test_a_log_older_than_the_database_gets_the_same_entries_again(
    crew: personas.Crew, log_on_disk: Path
) -> None:
    remark(crew, "Kept")
    make_checkpoint(SIGNER)
    before, copy = entry_count(), copy_of(log_on_disk)
    remark(crew, "Not in the copy")
    signed = make_checkpoint(SIGNER)
    put_back(copy, log_on_disk)
    remark(crew, "After the disaster")
    with pytest.raises(Conflict, match=f"holds {before} entries, but the database has positions for"):
        make_checkpoint(SIGNER)
    assert restore() == Restored(into_log=1, into_database=0)
    with log_file.opened() as log:
        assert log.entry(before) == leaf_bytes(Entry.objects.get(index=before))
    assert Checkpoint.objects.get(size=signed.size).root == signed.root
    assert make_checkpoint(SIGNER).size == before + 2
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


def test_a_log_that_is_gone_is_made_again_and_shows_the_same_root(
    crew: personas.Crew, log_on_disk: Path
) -> None:
    signed = make_checkpoint(SIGNER)
    log_file.close()
    shutil.rmtree(log_on_disk)
    assert restore() == Restored(into_log=signed.size, into_database=0)
    with log_file.opened() as log:
        assert (log.size, log.root.hex()) == (signed.size, signed.root)


def test_an_entry_that_waits_and_was_kept_already_gets_its_place(
    crew: personas.Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)
        remark(crew, "Waits")
    row = Entry.objects.get(index=None)
    with log_file.opened() as log:
        log.append([leaf_bytes(row)])
    assert restore() == Restored(into_log=0, into_database=0)
    assert Entry.objects.get(pk=row.pk).index == entry_count() - 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"leaf_hash": "0" * 64}, "Log and database contradict each other in their first"),
        ({"index": 1000}, "is missing"),
    ],
)
def test_what_contradicts_the_log_is_not_brought_together(
    crew: personas.Crew, change: dict[str, object], message: str
) -> None:
    triggers.drop(connection)
    Entry.objects.filter(index=2).update(**change)
    triggers.create(connection)
    with pytest.raises(Conflict, match=message):
        restore()


def test_a_database_that_contradicts_its_own_checkpoint_does_not_fill_a_log(
    crew: personas.Crew, log_on_disk: Path
) -> None:
    make_checkpoint(SIGNER)
    log_file.close()
    shutil.rmtree(log_on_disk)
    triggers.drop(connection)
    Entry.objects.filter(index=2).update(leaf_hash="0" * 64)
    triggers.create(connection)
    with pytest.raises(Conflict, match="contradicts its own checkpoint"):
        restore()
    with log_file.opened() as log:
        assert log.size == 0
