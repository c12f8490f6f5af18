"""The log on disk: what threads and processes share, and what a crash leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.folder import StorageFault
from plimsoll.engines.tlog.storage import Log
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import log_file, sequencing, triggers
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import make_checkpoint, prove
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.log_file import Busy, SharedLog
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import place_of, sequence
from tests.ledger.administrator import SIGNER

HOLDER = """
import sys, time
from plimsoll.engines.tlog.storage import Log
log = Log.open(sys.argv[1], origin="log.test")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _named(settings: object) -> None:
    settings.PLIMSOLL_LOG_NAME = "log.test"  # type: ignore[attr-defined]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[SharedLog, SharedLog]]:
    """The log as two processes see it."""
    logs = SharedLog(tmp_path / "log", "log.test"), SharedLog(tmp_path / "log", "log.test")
    yield logs
    for log in logs:
        log.close()


def enter(count: int) -> list[int]:
    ids = []
    for number in range(count):
        with writing():
            ids.append(
                append(kind=EventKind.PERSON_JOINED, actor="person:1", subject=f"person:{number}", payload={})
            )
    return ids


# ------------------------------------------------------------ one at a time


def test_who_has_the_log_hands_it_over_when_another_wants_it(pair: tuple[SharedLog, SharedLog]) -> None:
    first, second = pair
    for turn in range(3):
        for log in (first, second):
            with log.held() as held:
                assert held.append([b"%d" % turn]).start == held.size - 1
    with first.held() as held:
        assert held.size == 6
        assert held.entry(4) == b"2"


def test_who_uses_the_log_is_not_disturbed_and_the_other_gives_up_in_time(
    pair: tuple[SharedLog, SharedLog],
) -> None:
    first, second = pair
    with first.held() as log:
        with pytest.raises(Busy, match="Another process has the log"), second.held(patience=0.1):
            raise AssertionError("never reached")
        assert log.append([b"still mine"]) == range(1)


def test_threads_of_one_process_take_turns(
    pair: tuple[SharedLog, SharedLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _ = pair
    monkeypatch.setattr(log_file, "PATIENCE", 0.05)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with log.held():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(10)
    with pytest.raises(Busy), log.held():
        raise AssertionError("never reached")
    leave.set()
    thread.join()
    with log.held() as held, log.held() as inner:
        assert inner is held


def test_the_log_of_a_process_that_was_killed_can_be_had(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "log"), "60"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    log = SharedLog(tmp_path / "log", "log.test")
    with pytest.raises(Busy), log.held(patience=0.1):
        raise AssertionError("never reached")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with log.held(patience=5) as held:
        assert held.size == 0
    log.close()


def test_a_log_that_nobody_uses_is_closed(
    pair: tuple[SharedLog, SharedLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "IDLE", 0.0)
    with pair[0].held() as log:
        log.append([b"one"])
    for _ in range(200):
        try:
            Log.open(tmp_path / "log", origin="log.test").close()
            return
        except Conflict:
            time.sleep(0.02)
    raise AssertionError("the log stayed open")


def test_after_a_fault_of_the_disk_the_log_is_read_again(pair: tuple[SharedLog, SharedLog]) -> None:
    log, _ = pair
    with log.held() as held:
        held.append([b"one"])
    with pytest.raises(StorageFault), log.held() as broken:
        raise StorageFault("The disk refused.")
    with log.held() as again:
        assert again is not broken
        assert again.entry(0) == b"one"
    with pytest.raises(Conflict), log.held() as same:
        raise Conflict("Only the two disagree.")
    with log.held() as kept:
        assert kept is same


def test_what_a_fork_brought_along_is_not_used(
    pair: tuple[SharedLog, SharedLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _ = pair
    with log.held():
        monkeypatch.setattr(os, "getpid", lambda: -1)
        log._drop()
    monkeypatch.undo()
    assert log._log is None


def test_a_log_whose_folder_is_gone_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    log = SharedLog(tmp_path / "home" / "log", "log.test")
    with log.held():
        shutil.rmtree(tmp_path / "home")
    for _ in range(200):
        if log._log is None:
            return
        time.sleep(0.02)
    raise AssertionError("the log stayed open")


def test_what_goes_wrong_while_closing_is_reported(
    pair: tuple[SharedLog, SharedLog], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise StorageFault("The disk refused.")

    log, _ = pair
    monkeypatch.setattr(log, "_drop", refuse)
    log._let_go()
    assert "closing the log: The disk refused." in caplog.text
    monkeypatch.undo()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = SharedLog(tmp_path / "file" / "log", "log.test")
    with pytest.raises(BadInput, match="The log cannot be kept in"), log.held():
        raise AssertionError("never reached")


# ------------------------------------------------------------ with the database


@pytest.mark.django_db(transaction=True)
def test_entries_are_on_disk_right_after_the_commit_and_are_signed_shown_and_proven(
    log_on_disk: Path,
) -> None:
    with pytest.raises(NotFound, match="The log has published nothing yet"):
        log_file.published_checkpoint()
    enter(3)
    with log_file.opened() as log:
        assert log.size == 3
        assert log.entry(1) == sequencing.leaf_bytes(Entry.objects.get(index=1))
    with pytest.raises(NotFound, match="has no checkpoint"):
        log_file.published_checkpoint()
    made = make_checkpoint(SIGNER)
    shown = open_checkpoint(log_file.published_checkpoint(), SIGNER.verifier)
    assert (shown.size, shown.root.hex()) == (made.size, made.root) == (3, made.root)
    assert len(prove(1, size=3)) == 2
    assert make_checkpoint(SIGNER) == made
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


@pytest.mark.django_db
def test_a_crash_between_log_and_database_is_made_up_for(
    log_on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)
    enter(3)
    with log_file.opened() as log:  # the log kept two of them, and the process died
        log.append([sequencing.leaf_bytes(row) for row in Entry.objects.order_by("-id")[:2]])
    enter(1)
    assert sequence() == 4
    assert list(Entry.objects.order_by("id").values_list("index", flat=True)) == [2, 1, 0, 3]
    assert make_checkpoint(SIGNER).size == 4
    assert reconcile(SIGNER).faults == []


@pytest.mark.django_db
def test_an_entry_that_the_database_does_not_know_stops_everything(
    log_on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(2)
    with log_file.opened() as log:
        log.append([b"from elsewhere"])
    monkeypatch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)
    enter(1)
    for step in (sequence, lambda: make_checkpoint(SIGNER)):
        with pytest.raises(Conflict, match="an entry 2 that the database does not know"):
            step()
    assert reconcile(SIGNER).judgement.verdict is Verdict.NOT_MET


@pytest.mark.django_db
def test_a_log_that_is_older_than_the_database_stops_everything(log_on_disk: Path) -> None:
    enter(2)
    log_file.close()
    log_on_disk.rename(log_on_disk.with_name("lost"))
    with pytest.raises(Conflict, match="The log holds 0 entries, but the database has positions for 2"):
        enter(1)


@pytest.mark.django_db
def test_a_row_edited_with_its_leaf_hash_is_not_signed_over(log_on_disk: Path) -> None:
    enter(3)
    triggers.drop(connection)
    Entry.objects.filter(index=1).update(leaf_hash="0" * 64)
    triggers.create(connection)
    with pytest.raises(Conflict, match="The log and the database are not the same at 3 entries"):
        make_checkpoint(SIGNER)


@pytest.mark.django_db(transaction=True)
def test_while_another_process_has_the_log_it_is_asked_for_and_then_had(
    log_on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SharedLog(log_on_disk, "log.test")
    leave, inside = threading.Event(), threading.Event()

    def hold() -> None:
        with other.held():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(10)
    threading.Timer(0.4, leave.set).start()
    (pk,) = enter(1)
    thread.join()
    assert place_of(pk) == 0
    other.close()
