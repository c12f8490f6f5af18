"""Commands of the operator: they speak of the database in sentences, whatever state it is in."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.cli.main import app
from plimsoll.engines.tlog.keys import KeyType, parse_verifier
from plimsoll.kernel.errors import Conflict
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.loop.respond.models import Incident
from plimsoll.loop.scope.models import System
from plimsoll.people import services as people
from tests import personas
from tests.lading import NOW
from tests.voyages import Voyage


def run(*arguments: str) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def refusal(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- gates
def test_a_gate_is_shown_with_its_verdict_and_reasons(bosun: Voyage) -> None:
    result = run("gate", "show", "halyard", "GTE-1")
    assert result.exit_code in (1, 3)
    assert result.stdout.startswith("GTE-1  Bosun → pilot  on 11 Jan 2027\n")
    assert "threat model: " in result.stdout
    document = json.loads(run("gate", "show", "halyard", "GTE-1", "--json").stdout)
    assert document["form"] == "plimsoll/gate/1"
    assert document["verdict"] == {1: "not_met", 3: "unknown"}[result.exit_code]


def test_a_gate_is_shown_as_it_will_stand_on_another_day(bosun: Voyage) -> None:
    day = (NOW + timedelta(days=60)).date().isoformat()
    document = json.loads(run("gate", "show", "halyard", "GTE-1", "--at", day, "--json").stdout)
    assert document["on"] == day


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "GTE-1"), "There is no program “nowhere”."),
        (("halyard", "GTE-9"), "There is no gate GTE-9"),
        (("halyard", "RSK-1"), "There is no RSK-1"),
        (("halyard", "x" * 200), "There is no x"),
        (("halyard", "GTE-1", "--at", "tomorrow"), "“tomorrow” is not a day. Write it like 2027-03-26."),
        (("halyard", "GTE-1", "--at", "2027-02-30"), "“2027-02-30” is not a day."),
    ],
)
def test_what_is_not_there_is_named(bosun: Voyage, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refusal(run("gate", "show", *arguments), 2)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_gate_can_be_asked_about_for_any_day(bosun: Voyage, day: str) -> None:
    assert run("gate", "show", "halyard", "GTE-1", "--at", day).exit_code in (1, 3)


# ---------------------------------------------------------------- the log
def test_what_is_exported_verifies_with_the_key_that_is_printed(bosun: Voyage, tmp_path: Path) -> None:
    target, key = tmp_path / "log.jsonl", tmp_path / "log.key"
    result = run("log", "export", str(target))
    assert result.stdout == f"wrote {target} ({target.stat().st_size:,} bytes)\n"
    key.write_text(run("log", "key").stdout)
    assert run("verify", str(target), "--key", str(key)).exit_code == 0
    assert Checkpoint.objects.latest("size").size == Entry.objects.count()


def test_the_log_has_two_keys_and_each_line_verifies_by_itself(bosun: Voyage, tmp_path: Path) -> None:
    target, key = tmp_path / "log.jsonl", tmp_path / "log.key"
    run("log", "export", str(target))
    printed = run("log", "key").stdout.splitlines()
    assert [parse_verifier(line).type for line in printed] == [KeyType.ED25519, KeyType.MLDSA44]
    for line in printed:
        key.write_text(line)
        assert run("verify", str(target), "--key", str(key)).exit_code == 0


@pytest.mark.parametrize("target", [".", "missing/log.jsonl", "/dev/null/log.jsonl", "x" * 300])
def test_a_place_that_cannot_be_written_to_is_named(
    bosun: Voyage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "The export cannot be written to" in refusal(run("log", "export", target), 2)
    assert not list(tmp_path.iterdir())


def test_reconcile_finds_nothing_until_a_record_is_edited_behind_its_back(bosun: Voyage) -> None:
    assert run("log", "reconcile").exit_code == 0
    System.objects.filter(pk=bosun.system.pk).update(name="Boatswain")
    result = run("log", "reconcile")
    assert result.exit_code == 1
    assert f"scope.System:{bosun.system.pk}" in result.stdout
    document = json.loads(run("log", "reconcile", "--json").stdout)
    assert document["verdict"] == "not_met"
    assert document["faults"]


def test_status_says_what_waits_and_why(bosun: Voyage, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = Entry.objects.count()
    assert run("log", "status").stdout.startswith(f"{entries} entries, signed up to 0\n0 wait")
    with monkeypatch.context() as patch:
        patch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)
        people.write_comment(
            actor=bosun.crew.actor("tess"), program_id=bosun.program_id, ref="SYS-1", text="Waits"
        )

        def refuse() -> int:
            raise Conflict("The two disagree.")

        patch.setattr("plimsoll.ledger.sequencing.sequence", refuse)
        result = run("log", "status", "--json")
        assert (result.exit_code, json.loads(result.stdout)["waiting"]) == (1, 1)
        assert json.loads(result.stdout)["trouble"] == "The two disagree."
        assert "since" in run("log", "status").stdout
    assert run("log", "status").exit_code == 0


def test_what_is_proven_verifies_with_the_key_that_is_printed(
    log_on_disk: Path, crew: personas.Crew, tmp_path: Path
) -> None:
    public, key, proof = tmp_path / "public", tmp_path / "log.key", tmp_path / "joined.tlog-proof"
    assert run("log", "restore").exit_code == 0
    assert f"published {Entry.objects.count()} entries" in run("log", "publish", str(public)).stdout
    assert (public / "checkpoint").exists()
    key.write_text(run("log", "key").stdout)
    assert run("log", "prove", "0", "--out", str(proof)).exit_code == 0
    entry = proof.with_suffix(".entry")
    assert run("verify", str(proof), "--entry", str(entry), "--key", str(key)).exit_code == 0
    entry.write_bytes(b"{}")
    assert run("verify", str(proof), "--entry", str(entry), "--key", str(key)).exit_code == 1
    assert "The log has no entry nowhere" in refusal(run("log", "prove", "nowhere"), 2)


# ---------------------------------------------------------------- the worker
def test_a_tick_says_what_it_did(bosun: Voyage) -> None:
    done = json.loads(run("tick", "--json").stdout)
    assert done["log entries signed"] == Entry.objects.count()
    assert {"assumptions expired", "evidence expired", "waivers expired", "gates turned"} < set(done)
    assert "log entries signed: " in run("tick").stdout


@pytest.mark.parametrize("every", ["-1", "nan", "inf", "1e9"])
def test_a_tick_is_repeated_only_after_a_time_that_can_pass(every: str) -> None:
    assert "It cannot repeat after" in refusal(run("tick", "--every", every), 2)


# ---------------------------------------------------------------- ports
def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("up", "demo"):
            sentence = refusal(run(command, "--port", str(port)), 1)
            assert sentence.startswith(f"Port {port} of 127.0.0.1 cannot be used: Address already in use.")
            assert sentence.endswith("Choose another with --port.")


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "-1"], ["--port", "x"], ["--workers", "0"]]
)
def test_an_impossible_port_is_a_matter_of_usage(arguments: list[str]) -> None:
    assert run("up", *arguments).exit_code == 2


def test_a_host_that_is_not_this_machine_is_named() -> None:
    assert "of 203.0.113.7 cannot be used" in refusal(run("up", "--host", "203.0.113.7"), 1)


# ---------------------------------------------------------------- a database in any state
def plimsoll(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with its own home and its own database."""
    given = {
        "PATH": os.environ["PATH"], "PLIMSOLL_HOME": str(home),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "COVERAGE_PROCESS_START": os.environ.get("COVERAGE_PROCESS_START", ""), **environment,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "plimsoll.cli.main", *arguments], capture_output=True, text=True, timeout=120,
        env=given, check=False,
    )  # fmt: skip


BEFORE = """
import shutil
from plimsoll.cli.server import start
start()
from django.conf import settings
from django.core.management import call_command
from plimsoll.engines.tlog.commitment import commit
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel import clock
from plimsoll.ledger.models import Entry, Payload
from plimsoll.ledger.sequencing import sequence
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.loop.watch.services import log_signers
for number in range(3):
    about = {"kind": "people:person:joined", "actor": "person:1", "subject": f"person:{number}"}
    now = clock.now()
    leaf = Leaf(at=timestamp(now), commit=commit(b"{}", bytes([number]) * 32), **about)
    row = Entry.objects.create(at=now, commit=leaf.commit, leaf_hash=leaf_hash(leaf.entry).hex(), **about)
    Payload.objects.create(entry=row, salt=(bytes([number]) * 32).hex(), body="{}")
sequence()
make_checkpoint(*log_signers())
call_command("migrate", "ledger", "0002", verbosity=0)
from django.db import connection
from plimsoll.ledger import log_file, triggers
triggers.drop(connection)
with connection.cursor() as cursor:  # positions began at 0, numbers of rows begin at 1
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.execute('UPDATE ledger_entry SET "index" = "index" - 1')
    cursor.execute("UPDATE ledger_payload SET entry_id = entry_id - 1")
triggers.create(connection, release=triggers.INSERT_ONLY)
log_file.close()
shutil.rmtree(settings.PLIMSOLL_LOG)
"""
"""Leaves an installation as it was while the log was a table only; on SQLite."""


def test_the_log_of_an_older_release_goes_to_the_disk_with_the_migration(tmp_path: Path) -> None:
    assert plimsoll(tmp_path, "migrate").returncode == 0
    made = subprocess.run(
        [sys.executable, "-c", BEFORE],
        capture_output=True, text=True, timeout=120, check=False,
        env={
            "PATH": os.environ["PATH"], "PLIMSOLL_HOME": str(tmp_path),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        },
    )  # fmt: skip
    assert (made.returncode, made.stderr) == (0, "")
    assert not (tmp_path / "log").exists()
    assert plimsoll(tmp_path, "migrate").returncode == 0
    assert plimsoll(tmp_path, "log", "status").stdout.startswith("3 entries, signed up to 3\n0 wait")
    assert plimsoll(tmp_path, "log", "reconcile").returncode == 0


def test_a_database_is_migrated_before_it_is_used(tmp_path: Path) -> None:
    early = plimsoll(tmp_path, "gate", "show", "halyard", "GTE-1")
    assert early.returncode == 3
    assert early.stderr == "plimsoll: The database is not at this release. Run: plimsoll migrate\n"
    migrated = plimsoll(tmp_path, "migrate")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert migrated.stdout == "The database is at this release.\n"
    assert (tmp_path / "static" / "staticfiles.json").exists()
    assert plimsoll(tmp_path, "tick").returncode == 0
    with serving(tmp_path) as (address, process):
        with urlopen(f"{address}/health/", timeout=10) as answer:
            assert json.loads(answer.read())["status"] == "ok"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)  # the worker went with it


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server and its worker, once it says where it listens; killed if it does not stop by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plimsoll.cli.main", "up"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True, env={"PATH": os.environ["PATH"], "PLIMSOLL_HOME": str(home)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = next(line for line in process.stdout if line.startswith("Serving at "))
        address = said.split()[2].rstrip("/")
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0:
                    break
            time.sleep(0.1)
        yield address, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize(
    ("environment", "sentence", "code"),
    [
        ({"DATABASE_URL": "nonsense"}, "The settings cannot be used: ", 2),
        ({"PLIMSOLL_HOME": "/dev/null/home"}, "The settings cannot be used: ", 2),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nowhere"}, "The database cannot be reached: ", 3),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    tmp_path: Path, environment: dict[str, str], sentence: str, code: int
) -> None:
    done = plimsoll(tmp_path, "tick", **environment)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(f"plimsoll: {sentence}")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "plimsoll.db").write_bytes(b"this is no database" * 100)
    for command, code in (("tick", 3), ("migrate", 1)):
        done = plimsoll(tmp_path, command)
        assert done.returncode == code
        assert "is not a database" in done.stderr
        assert "Traceback" not in done.stderr


# ---------------------------------------------------------------- incidents
DECLARE = ("incident", "declare", "--program", "halyard", "--system", "SYS-1", "--title", "It refunded twice")


def test_an_incident_is_declared_with_one_command(bosun: Voyage) -> None:
    result = run(*DECLARE, "--kind", "model/misuse", "--aware", "2027-01-11T08:30:00+00:00")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("INC-1  incident  Bosun: It refunded twice\nDev Rao commands; ")
    assert "room: /halyard/incidents/INC-1/" in result.stdout
    row = Incident.objects.get()
    assert row.declared_at == NOW
    assert row.moments.get().at == NOW - timedelta(minutes=30)


def test_a_hazard_is_declared_and_shown_as_a_document(bosun: Voyage) -> None:
    result = run(*DECLARE, "--hazard", "--commander", "cal", "--json")
    document = json.loads(result.stdout)
    assert document["form"] == "plimsoll/incident-clocks/1"
    assert (document["incident"]["sort"], document["incident"]["commander"]) == ("hazard", "Cal Weiss")
    assert {clock["applies"] for place in document["jurisdictions"] for clock in place["clocks"]} <= {
        "certain", "open",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--kind", "weather"), "“weather” is not a kind of incident."),
        (("--aware", "yesterday"), "“yesterday” is not a day or time"),
        (("--aware", "2027-01-10"), "is the day 2027-01-10"),
        (("--aware", "2028-01-10T08:00Z"), "which has not come"),
        (("--system", "SYS-404"), "There is no system SYS-404"),
        (("--program", "other"), "There is no program “other”"),
        (("--commander", "nobody"), "There is no member “nobody”"),
    ],
)
def test_a_wrong_declaration_is_one_sentence(bosun: Voyage, more: tuple[str, ...], words: str) -> None:
    result = run(*DECLARE, *more)
    assert words in refusal(result, 2)
    assert not Incident.objects.exists()
