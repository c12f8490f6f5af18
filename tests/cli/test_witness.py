"""plimsoll witness: made, told whom to trust, served by a process of its own, killed and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.adapters.witness_folder import WitnessFolder, origin_hash
from plimsoll.cli.main import app
from plimsoll.engines.tlog.keys import parse_verifiers
from plimsoll.engines.tlog.witness import read_cosigned
from tests.logbook import ORIGIN, Logbook, signer

NAME = "witness.example.org"


@pytest.fixture(autouse=True)
def _no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLIMSOLL_KEY_PASSPHRASE", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run("init", str(tmp_path / "w"), "--name", NAME).exit_code == 0
    return tmp_path / "w"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["witness", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_new_witness_prints_the_keys_to_hand_out(tmp_path: Path) -> None:
    result = run("init", str(tmp_path / "w"), "--name", NAME)
    assert result.stdout.encode() == (tmp_path / "w" / "verifiers").read_bytes()
    assert f"made the witness {NAME}" in result.stderr
    again = run("init", str(tmp_path / "w"), "--name", NAME)
    assert (again.exit_code, again.stdout) == (1, "")
    assert "holds a witness already" in again.stderr


def test_keys_of_logs_come_from_the_line_or_from_a_file(folder: Path, tmp_path: Path) -> None:
    ed25519, mldsa = Logbook().verifiers
    assert run("trust", str(folder), str(ed25519)).stdout.startswith(f"trusts {ORIGIN}+")
    (tmp_path / "log.keys").write_text(f"{ed25519}\n{mldsa}\n")
    assert [
        line.split()[0] for line in run("trust", str(folder), str(tmp_path / "log.keys")).stdout.splitlines()
    ] == [
        "trusted",
        "trusts",
    ]
    assert WitnessFolder.open(folder).logs == {ORIGIN: (ed25519, mldsa)}


@pytest.mark.parametrize("key", ["a+b+c", "nowhere.key", "", "x+00000000+AA=="])
def test_what_is_no_key_of_a_log_is_refused_in_one_sentence(folder: Path, key: str) -> None:
    result = run("trust", str(folder), key)
    assert result.exit_code == 2
    assert result.stderr.startswith("plimsoll: ")


def test_the_status_says_what_was_cosigned_and_what_did_not_fit(folder: Path) -> None:
    assert "trusts no log yet" in run("status", str(folder)).stdout
    log = Logbook.of(7)
    run("trust", str(folder), str(log.verifiers[0]))
    assert "nothing cosigned yet" in run("status", str(folder)).stdout
    opened = WitnessFolder.open(folder)
    assert opened.answer(log.request(0), now=1_800_000_000).status == 200
    root = log.checkpoint().root.hex()
    log.entries[2] = b"rewritten"
    assert opened.answer(log.request(7), now=1_800_000_000).status == 422
    said = run("status", str(folder)).stdout
    assert f"cosigned 7 entries at 2027-01-15T08:00:00+00:00, root {root}" in said
    assert "fork, signed by the log and not cosigned: " in said
    document = json.loads(run("status", str(folder), "--json").stdout)
    (shown,) = document["logs"]
    assert (document["form"], document["name"]) == ("plimsoll/witness/1", NAME)
    assert (shown["origin"], shown["size"], shown["root"]) == (ORIGIN, 7, root)
    assert shown["doubts"][0]["kind"] == "fork"


@pytest.mark.parametrize("command", ["status", "serve"])
def test_a_folder_without_a_witness_is_named(tmp_path: Path, command: str) -> None:
    result = run(command, str(tmp_path / "nothing"))
    assert result.exit_code == 2
    assert "There is no witness in" in result.stderr


def test_an_address_that_cannot_be_listened_on_is_named(folder: Path) -> None:
    result = run("serve", str(folder), "--host", "192.0.2.1", "--port", "0")
    assert result.exit_code == 2
    assert "cannot listen on 192.0.2.1, port 0" in result.stderr


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command in a process of its own, and the port that it says it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "plimsoll.cli.main", "witness", "serve", str(folder), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert line.startswith(f"plimsoll: {NAME} listens on http://127.0.0.1:"), line
        yield process, int(line.rsplit(":", 1)[1].split("/")[0])
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def ask(port: int, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/add-checkpoint", body)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


def test_a_witness_that_is_killed_has_forgotten_nothing_that_it_answered(folder: Path) -> None:
    log = Logbook.of(40)
    run("trust", str(folder), str(log.verifiers[0]))
    size = 0
    for last in (9, 20):
        with served(folder) as (process, port):
            while size < last:
                assert ask(port, log.request(size, size + 1))[0] == 200
                size += 1
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert WitnessFolder.open(folder).cosigned[ORIGIN].checkpoint.size == size
    with served(folder) as (process, port):
        assert ask(port, log.request(0)) == (409, b"20\n")
        second = run("serve", str(folder), "--port", "0")
        assert (second.exit_code, "Another process is serving" in second.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read().splitlines()[-1] == "plimsoll: stopped"


def test_the_printed_keys_verify_what_is_served(folder: Path) -> None:
    log = Logbook.of(3)
    run("trust", str(folder), str(log.verifiers[0]))
    opened = WitnessFolder.open(folder)
    opened.answer(log.request(0), now=5)
    note = opened.checkpoint(origin_hash(ORIGIN))
    assert note is not None
    assert read_cosigned(note, keys=parse_verifiers((folder / "verifiers").read_bytes())).at == 5


@pytest.mark.parametrize(
    ("attack", "code", "said"),
    [
        ("none", 0, "both show the same 7 entries"),
        ("rewrite", 1, "signed two histories of 7 entries"),
        ("cut", 1, "signed 7 entries and now shows 5: the last 2 were cut off"),
        ("grow", 3, "no proof shows that the 7 entries are the first of the 8"),
    ],
)
def test_two_checkpoints_are_compared(tmp_path: Path, attack: str, code: int, said: str) -> None:
    log = Logbook.of(7)
    (tmp_path / "log.key").write_text("".join(f"{key}\n" for key in log.verifiers))
    (tmp_path / "kept").write_bytes(log.note())
    if attack == "rewrite":
        log.entries[2] = b"rewritten"
    elif attack == "cut":
        del log.entries[5:]
    elif attack == "grow":
        log.entries.append(b"one more")
    (tmp_path / "shown").write_bytes(log.note())
    files = ["compare", str(tmp_path / "kept"), str(tmp_path / "shown"), "--key", str(tmp_path / "log.key")]
    result = run(*files)
    assert (result.exit_code, said in result.stdout) == (code, True)
    document = json.loads(run(*files, "--json").stdout)
    assert document["form"] == "plimsoll/comparison/1"
    assert said in document["reasons"][0]


def test_checkpoints_under_another_key_are_not_compared(tmp_path: Path) -> None:
    log = Logbook.of(7)
    (tmp_path / "other.key").write_text(f"{signer(ORIGIN, seed=9).verifier}\n")
    (tmp_path / "kept").write_bytes(log.note())
    result = run(
        "compare", str(tmp_path / "kept"), str(tmp_path / "kept"), "--key", str(tmp_path / "other.key")
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is not signed by" in result.stderr
