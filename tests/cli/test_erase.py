"""plimsoll log erase, end to end: afterwards no file of the installation holds the person."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

NAME, EMAIL, WORDS = "Zebedee Quillfeather", "zebedee@quillfeather.example", "the quokka is mine"
CREW = f"""
from plimsoll.cli.server import start
start()
from django.contrib.sessions.backends.db import SessionStore
from allauth.account.models import EmailAddress
from plimsoll.people import selectors, services
from plimsoll.people.roles import Role
tess = services.join(email="tess@halyard.example", name="Tess Marsh", password=None)
gone = services.join(email="{EMAIL}", name="{NAME}", password="a long password")
EmailAddress.objects.create(user=gone, email="{EMAIL}", verified=True, primary=True)
program = services.open_program(actor=selectors.actor_of(tess), name="Halyard")
services.set_roles(
    actor=selectors.actor_of(tess), program_id=program.pk, email="{EMAIL}", roles=[Role.ENGINEER]
)
for number in range(60):
    services.write_comment(
        actor=selectors.actor_of(gone), program_id=program.pk, ref="RSK-1", text=f"{{number}} {WORDS} " * 20
    )
services.write_comment(
    actor=selectors.actor_of(tess), program_id=program.pk, ref="RSK-1", text="The albatross is mine."
)
session = SessionStore()
session["_auth_user_id"], session["note"] = str(gone.pk), "{EMAIL}"
session.save()
"""
"""A person with an account, sixty long comments and a session."""


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {
        "PATH": os.environ["PATH"],
        "PLIMSOLL_HOME": str(home),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "COVERAGE_PROCESS_START": os.environ.get("COVERAGE_PROCESS_START", ""),
    }
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, env=given, check=False
    )


def plimsoll(home: Path, *arguments: str) -> str:
    done = run(home, "-m", "plimsoll.cli.main", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def holding(place: Path, words: str) -> list[str]:
    """The files below the folder that hold the words, in whatever case."""
    wanted = words.lower().encode()
    files = [path for path in place.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if wanted in path.read_bytes().lower())


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation before anything was erased."""
    home = tmp_path_factory.mktemp("home")
    plimsoll(home, "migrate")
    made = run(home, "-c", CREW)
    assert (made.returncode, made.stderr) == (0, "")
    return home


@pytest.fixture
def home(sealed: Path, tmp_path: Path) -> Path:
    shutil.copytree(sealed, tmp_path / "home")
    return tmp_path / "home"


ERASE = ("log", "erase", EMAIL, "--basis", "gdpr-17-1-b", "--by", "tess@halyard.example")


def test_a_dry_run_says_what_would_go_and_changes_nothing(home: Path) -> None:
    said = plimsoll(home, *ERASE)
    assert said.splitlines() == [
        "would erase person:2: content of 61 entries, 60 comments",
        "  account, second factors, sessions, tokens, views; roles in halyard",
        "Nothing was changed: repeat with --apply.",
    ]
    assert holding(home, NAME)


def test_afterwards_no_file_holds_the_person_and_the_export_says_what_was_erased(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "keys").write_text(plimsoll(home, "log", "key"))
    keys = str(tmp_path / "keys")
    assert holding(home, WORDS)  # the search finds what is there
    assert "erased person:2: content of 61 entries" in plimsoll(home, *ERASE, "--apply")

    export = tmp_path / "log.export"
    plimsoll(home, "log", "export", str(export))
    said = plimsoll(home, "verify", str(export), "--key", keys)
    assert said.startswith("MET\n")
    assert "was erased on" in said
    assert "(gdpr-17-1-b, asked for by person:1)" in said

    proof, entry = str(tmp_path / "two.tlog-proof"), str(tmp_path / "two.entry")
    plimsoll(home, "log", "prove", "2", "--out", proof)
    plimsoll(home, "verify", proof, "--entry", entry, "--key", keys)
    assert "every record follows from the log" in plimsoll(home, "log", "reconcile")

    backup = tmp_path / "backup"
    shutil.copytree(home, backup)
    with sqlite3.connect(home / "plimsoll.db") as live, sqlite3.connect(backup / "copy.db") as copy:
        live.backup(copy)
    for words in (NAME, EMAIL, "quillfeather", "zebedee", WORDS):
        assert holding(tmp_path, words) == []
    assert holding(home, "albatross") == ["plimsoll.db"]  # what somebody else wrote is still there


def test_what_cannot_be_erased_is_refused_in_one_sentence(home: Path) -> None:
    tess, nobody = "tess@halyard.example", "nobody@halyard.example"
    for person, by, sentence in (
        (tess, tess, "The program halyard would be left without a TPM or admin."),
        (nobody, tess, f"There is nobody with the address {nobody} here."),
        (EMAIL, nobody, f"There is nobody with the address {nobody} here. Say who asks"),
    ):
        asked = ("log", "erase", person, "--basis", "contract", "--by", by, "--apply")
        done = run(home, "-m", "plimsoll.cli.main", *asked)
        assert done.returncode in (1, 2)
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"plimsoll: {sentence}")
