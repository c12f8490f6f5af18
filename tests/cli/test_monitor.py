"""plimsoll monitor: compare says, run leaves signed evidence; both end with the verdict's exit code."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.adapters.evidence import rejudge
from plimsoll.adapters.keys import load_key
from plimsoll.adapters.limited import Ending, LimitedRun
from plimsoll.adapters.profiles import child
from plimsoll.adapters.profiles import observing as profiles
from plimsoll.cli.main import app
from plimsoll.engines.statements.envelope import key_id
from plimsoll.kernel.canonical import digest_bytes, read_json
from plimsoll.kernel.errors import PlimsollError
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence goes into the current folder, and keys into the user's; both are the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PLIMSOLL_SIGNING_KEY", "PLIMSOLL_TOKEN", "PLIMSOLL_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child runs in this process, which saves its imports; tests of `observing` run the real one."""

    def run(_: str, request: Any, **__: Any) -> LimitedRun:
        try:
            answer = child.observe(request)
        except PlimsollError as error:
            answer = {"refused": {"code": error.code.word, "message": error.message, "hint": error.hint}}
        line = read_json(json.dumps(answer).encode(), what="A line", limit=2**26)
        return LimitedRun(ending=Ending.FINISHED, lines=(line,))

    monkeypatch.setattr(profiles, "run_limited", run)


@pytest.fixture(autouse=True)
def _tables() -> None:
    table("ref.csv", 6000)
    table("same.csv", 5000, seed=2)
    table("moved.csv", 5000, seed=3, shift=1.0)
    table("few.csv", 50, seed=4)


def table(name: str, rows: int, *, seed: int = 1, shift: float = 0.0) -> None:
    draw = random.Random(seed)
    lines = (f"{draw.gauss(shift, 1):.5f},{draw.choice('xyz')}\n" for _ in range(rows))
    Path(name).write_text("n,c\n" + "".join(lines))


def monitor(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["monitor", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def refusal(result: Result) -> str:
    assert result.exit_code == 2, result.output
    line = result.stderr.splitlines()[-1]
    assert line.startswith("plimsoll: ")
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- compare


@pytest.mark.parametrize(
    ("current", "code", "word"),
    [("same.csv", 0, "met"), ("moved.csv", 1, "not_met"), ("few.csv", 3, "unknown")],
)
def test_the_exit_code_is_the_verdict(current: str, code: int, word: str) -> None:
    result = monitor("compare", "ref.csv", current, "--json")
    assert result.exit_code == code
    document = json.loads(result.stdout)
    assert document["form"] == "plimsoll/drift/1"
    assert document["verdict"] == word
    assert [column["column"] for column in document["columns"]] == ["n", "c"]
    assert list(Path().glob("*.json")) == []


def test_what_changed_stands_first_in_words() -> None:
    result = monitor("compare", "ref.csv", "moved.csv")
    lines = result.stdout.splitlines()
    assert lines[0] == "DRIFT  2 columns, 4 limits judged together"
    assert lines[1].startswith("  not met: n: the distribution changed by 0.3")
    table_at = next(i for i, line in enumerate(lines) if line.startswith("column"))
    assert lines[table_at + 1].startswith("n ")
    assert lines[table_at + 1].endswith("not met")
    assert lines[table_at + 2].split()[0] == "c"
    assert "–" in lines[table_at + 2]
    assert (
        lines[-1]
        == "read: Reference: CSV, comma, 6,000 rows; current: CSV, comma, 5,000 rows; 2 columns compared."
    )


def test_a_column_without_a_value_is_shown_without_figures() -> None:
    Path("empty.csv").write_text("n,c\n")
    result = monitor("compare", "ref.csv", "empty.csv")
    assert result.exit_code == 3
    assert result.stdout.startswith("TOO FEW TO TELL")
    Path("times.csv").write_text("at\n" + "2026-01-01\n" * 9)
    result = monitor("compare", "times.csv", "times.csv")
    assert result.exit_code == 3
    assert "there is no column to compare" in result.stdout


def test_columns_categories_and_limits_may_be_chosen() -> None:
    only = monitor("compare", "ref.csv", "moved.csv", "--columns", "c")
    assert only.exit_code == 0
    assert only.stdout.startswith("WITHIN LIMITS  1 columns")
    loose = monitor("compare", "ref.csv", "moved.csv", "--param", "max_number=0.9")
    assert loose.exit_code == 0
    as_names = monitor("compare", "ref.csv", "same.csv", "--categories", "n", "--json")
    assert json.loads(as_names.stdout)["columns"][0]["kind"] == "category"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("no.csv", "ref.csv"), "The reference “no.csv” does not exist."),
        (("ref.csv", "no.csv"), "The current table “no.csv” does not exist."),
        (("ref.csv", "same.csv", "--columns", "z"), "ref.csv has no column “z”."),
        (("ref.csv", "same.csv", "--param", "max_number=2"), "cannot be “2”"),
        (("ref.csv", "same.csv", "--param", "speed=2"), "drift has no parameter “speed”"),
        (("ref.csv", "same.csv", "--param", "speed"), "is not a parameter"),
        (("ref.csv", "same.csv", "--param", "columns=n", "--columns", "c"), "was given twice"),
        (("ref.csv", "same.csv", "--param", "reference=x.csv"), "was given twice"),
    ],
)
def test_wrong_input_is_refused_in_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(monitor("compare", *arguments))
    document = json.loads(monitor("compare", *arguments, "--json").stdout)
    assert said in document["error"]["message"]


# ---------------------------------------------------------------- run

DECLARED = (
    "name: ranker inputs\nreference: ref.csv\ncurrent: moved.csv\nlimits: {number: 0.1, missing: 0.05}\n"
)


def declared(text: str = DECLARED) -> str:
    Path("monitor.yaml").write_text(text)
    return "monitor.yaml"


def test_a_declared_monitor_leaves_evidence_that_anybody_can_judge_again() -> None:
    result = monitor("run", declared(), "--key", "key.pem", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["form"], document["check"], document["answer"]) == (
        "plimsoll/check-run/1",
        "drift",
        "drift",
    )
    envelope = Path("moved.csv.drift.dsse.json").read_bytes()
    public = load_key(Path("key.pem")).public_key()
    judged = rejudge(envelope, {key_id(public): public}, now=NOW)
    assert judged.result.answer == "drift"
    assert judged.parameters["monitor"] == "ranker inputs"
    assert (judged.parameters["max_number"], judged.parameters["max_missing"]) == (0.1, 0.05)
    assert judged.parameters["reference"] == "ref.csv"
    digests = [digest_bytes(Path(name).read_bytes()) for name in ("moved.csv", "ref.csv")]
    assert [digest for _, digest in judged.statement.subjects] == digests
    statement = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    assert set(statement["predicate"]["recording"]["tools"]) == {"duckdb", "python"}


def test_files_are_looked_for_beside_the_monitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declared("reference: ref.csv\ncurrent: same.csv\nmodel: few.csv\ncolumns: [n]\ncategories: [c]\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = monitor("run", "../monitor.yaml", "--key", "key.pem", "--out", "seen.json")
    assert result.exit_code == 0, result.output
    assert "evidence: seen.json" in result.stdout
    payload = json.loads(base64.b64decode(json.loads(Path("seen.json").read_bytes())["payload"]))
    assert [subject["name"] for subject in payload["subject"]] == ["same.csv", "ref.csv", "few.csv"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "is no monitor"),
        ("reference: ref.csv", "has no “current”"),
        ("current: ref.csv", "has no “reference”"),
        ("reference: 7\ncurrent: x", "has no “reference”"),
        (DECLARED + "speed: 1", "unknown key “speed”"),
        ("reference: ref.csv\ncurrent: same.csv\nlimits: 0.1", "are no mapping"),
        ("reference: ref.csv\ncurrent: same.csv\nlimits: {psi: 0.1}", "unknown key “psi”"),
        ("reference: ref.csv\ncurrent: same.csv\nlimits: {number: big}", "cannot be “big”"),
        ("reference: ref.csv\ncurrent: same.csv\ncolumns: [1]", "cannot be “[1]”"),
        ("reference: ref.csv\ncurrent: same.csv\nname: 7", "cannot be “7”"),
        ("reference: ref.csv\ncurrent: no.csv", "does not exist"),
        ("reference: [", "is not valid YAML"),
    ],
)
def test_a_wrong_monitor_is_refused_in_one_sentence_and_writes_nothing(text: str, said: str) -> None:
    assert said in refusal(monitor("run", declared(text), "--key", "key.pem"))
    assert list(Path().glob("*.dsse.json")) == []


def test_check_run_does_the_same_by_its_parameters() -> None:
    given = ("--param", "reference=ref.csv", "--key", "key.pem", "--json")
    result = CliRunner().invoke(app, ["check", "run", "drift", "same.csv", *given])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["answer"] == "within limits"
