"""Commands that a CI job runs need neither Django nor a server; the others name what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "django",
    "ninja",
    "allauth",
    "granian",
    "typst",
    "plimsoll.loop",
    "plimsoll.ledger",
    "plimsoll.people",
    "plimsoll.ui",
    "plimsoll.site",
)
ASK = f"""
import sys
from typer.testing import CliRunner
from plimsoll.cli.main import app
for line in sys.stdin.read().splitlines():
    result = CliRunner().invoke(app, line.split())
    assert isinstance(result.exception, SystemExit | None), result.exception
    print(result.exit_code, line)
heavy = [name for name in sys.modules if name.startswith({HEAVY!r})]
print("heavy:", heavy)
"""
WITHOUT = """
import sys
for name in {names!r}:
    sys.modules[name] = None
sys.argv = ["plimsoll", *{arguments!r}]
from plimsoll.cli.main import main
main()
"""


def python(code: str, *, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PLIMSOLL_HOME": str(folder / "home"),
        "COVERAGE_PROCESS_START": os.environ.get("COVERAGE_PROCESS_START", ""),
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        env=environment,
        check=False,
    )


def test_offline_commands_never_load_django(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("answers: {K1: language}")
    (tmp_path / "answers.law.yaml").write_text("answers: {Q01: yes}")
    (tmp_path / "m.safetensors").write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    (tmp_path / "rules.csv").write_text("id,title\nR-1,A rule\n")
    (tmp_path / "rows.csv").write_text("a\n" + "1\n" * 20)
    (tmp_path / "log.jsonl").write_text("{}\n")
    (tmp_path / "events.jsonl").write_text('{"at": "2026-03-26T09:00:00Z"}\n')
    (tmp_path / "incident.yaml").write_text("{}\n")
    lines = [
        "0 scope evaluate answers.yaml --json",
        "0 scope questions",
        "3 law classify answers.law.yaml --json",
        "3 law obligations answers.law.yaml",
        "0 law questions",
        "0 clocks list",
        "3 clocks show incident.yaml",
        "0 clocks compute --obligation OBL-EU-GDPR-33 --stage notify --start 2027-01-11T09:00:00Z --json",
        "3 monitor compare rows.csv rows.csv",
        "0 check list",
        "0 check run model-file m.safetensors --key key.pem",
        "0 framework read rules.csv --id rules --edition 1",
        "0 framework diff rules.csv rules.csv --id rules --old-edition 1 --new-edition 2",
        "0 framework stale",
        "0 key show --key key.pem",
        "1 verify log.jsonl",
        "0 witness init w --name witness.example.org",
        "0 witness status w --json",
        "0 log seal events.jsonl --out s.parquet",
        "0 log prove-event s.parquet 0 --out proof.json",
        "0 log check-segment s.parquet",
        "0 version",
        "0 --help",
    ]
    done = python(ASK, folder=tmp_path, given="\n".join(line.split(" ", 1)[1] for line in lines))
    assert done.stderr == ""
    assert done.stdout.splitlines() == [*lines, "heavy: []"]


@pytest.mark.parametrize(
    "arguments",
    [["migrate"], ["tick"], ["up", "--port", "0"], ["gate", "show", "halyard", "GTE-1"], ["log", "key"]],
)
def test_a_command_without_its_extra_names_the_command_that_adds_it(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = python(WITHOUT.format(names=["django"], arguments=arguments), folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "plimsoll: This command needs the server (django is not installed). "
        "Run: pip install 'plimsoll[server]'\n"
    )


def test_offline_commands_work_where_django_is_not_installed(tmp_path: Path) -> None:
    done = python(WITHOUT.format(names=["django", "ninja"], arguments=["check", "list"]), folder=tmp_path)
    assert done.returncode == 0
    assert "model-file" in done.stdout


def test_comparing_tables_names_its_extra_where_it_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    absent = "import sys\nclass Absent:\n    def find_spec(self, name, *_):\n"
    absent += "        if name == 'duckdb':\n            raise ModuleNotFoundError(name)\n"
    arguments = ["plimsoll", "monitor", "compare", "rows.csv", "rows.csv"]
    code = f"{absent}sys.meta_path.insert(0, Absent())\nsys.argv = {arguments!r}\n"
    done = python(code + "from plimsoll.cli.main import main\nmain()\n", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "plimsoll: Comparing tables needs the package duckdb, which is not installed. "
        "Run: pip install 'plimsoll[watch]'\n"
    )
