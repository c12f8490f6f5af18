"""plimsoll plan: lists out and back from the command line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.cli.main import app
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import services
from plimsoll.loop.plan.models import Task
from tests.voyages import Voyage


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    services.plan_tasks(
        actor=sloop.crew.actor("dev"),
        program_id=sloop.program_id,
        tasks=[services.TaskPlan(title=title, due_on=date(2027, 2, 1)) for title in ("Look", "Tell")],
    )
    return sloop


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_list_goes_out_is_edited_and_comes_back(sloop: Voyage, tmp_path: Path) -> None:
    out = tmp_path / "tasks.csv"
    assert run("export", "tasks", out, "--program", "halyard").stdout == f"wrote {out}: 2 tasks\n"
    out.write_bytes(out.read_bytes().replace(b"Look", b"Look closely"))
    dry = run("import", out, "--program", "halyard")
    assert dry.exit_code == 0
    assert "TSK-1  Task: 'Look' → 'Look closely'" in dry.stdout
    assert "Nothing was written: repeat with --apply --by EMAIL." in dry.stdout
    assert Task.objects.get(number=1).title == "Look"
    nobody = run("import", out, "--program", "halyard", "--apply")
    assert (nobody.exit_code, "Nobody is said to bring" in nobody.stderr) == (2, True)
    done = run("import", out, "--program", "halyard", "--apply", "--by", "dev@halyard.example")
    assert done.stdout.endswith("Written.\n")
    assert Task.objects.get(number=1).title == "Look closely"
    newest = Entry.objects.order_by("-index")[0]
    assert newest.actor == f"operator/person:{sloop.crew.id('dev')}"


def test_a_new_row_belongs_to_who_brings_it(sloop: Voyage, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Ref,Task,Due,Waits for\n,Write,2027-03-01,TSK-1\n")
    done = run(
        "import", file, "--program", "halyard", "--apply", "--by", "eve@halyard.example", "--sheet", "tasks"
    )
    assert "line 2  new  Write" in done.stdout
    assert Task.objects.get(number=3).owner.handle == "eve"


def test_a_wrong_file_ends_with_2_and_a_doubtful_day_with_3(sloop: Voyage, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Ref,Task,Due\nTSK-1,Look,soon\n")
    wrong = run("import", file, "--program", "halyard", "--apply", "--by", "dev@halyard.example", "--json")
    document = json.loads(wrong.stdout)
    assert (wrong.exit_code, document["written"]) == (2, False)
    assert document["faults"] == [
        {"line": 2, "column": "Due", "message": "“soon” is not a day.", "hint": "Write it like 2027-03-26."}
    ]
    assert "mended first" in run("import", file, "--program", "halyard").stdout
    file.write_text("Ref,Task,Due\nTSK-1,Look,03/04/2027\n")
    doubtful = run("import", file, "--program", "halyard", "--json")
    document = json.loads(doubtful.stdout)
    assert doubtful.exit_code == 3
    assert document["questions"][0]["readings"] == {"day_first": "2027-04-03", "month_first": "2027-03-04"}
    assert "say the order with --days" in run("import", file, "--program", "halyard").stdout
    told = run("import", file, "--program", "halyard", "--days", "month_first", "--json")
    assert json.loads(told.stdout)["changed"][0]["cells"] == [
        {"column": "Due", "before": "2027-02-01", "after": "2027-03-04"}
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "FILE", "--program", "halyard"), "cannot be told"),
        (("import", "FILE", "--program", "halyard", "--sheet", "gates"), "no worksheet of gates"),
        (("import", "FILE", "--program", "halyard", "--sheet", "tasks", "--days", "x"), "no order of days"),
        (("import", "FILE", "--program", "nowhere", "--sheet", "tasks"), "no program “nowhere”"),
        (("import", "FILE", "--program", "halyard", "--by", "x@y"), "nobody with the address"),
        (("import", "GONE", "--program", "halyard"), "There is no file"),
        (("export", "tasks", "x.xlsx", "--program", "halyard"), "cannot be written as “x.xlsx”"),
        (("export", "gates", "x.csv", "--program", "halyard"), "no worksheet of gates"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    sloop: Voyage, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Ref,Owner\n,eve\n")
    refused = run(
        *(str(file) if a == "FILE" else str(tmp_path / "gone") if a == "GONE" else a for a in arguments)
    )
    assert refused.exit_code == 2
    assert words in refused.stderr


def test_a_list_is_written_as_markdown(sloop: Voyage, tmp_path: Path) -> None:
    out = tmp_path / "tasks.md"
    run("export", "tasks", out, "--program", "halyard")
    assert "| TSK-1 | Look |" in out.read_text()


def test_who_may_not_does_not_by_the_operator_either(sloop: Voyage, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Ref,Task\nTSK-1,x\n")
    refused = run("import", file, "--program", "halyard", "--apply", "--by", "odile@halyard.example")
    assert (refused.exit_code, "do not let you change a task" in refused.stderr) == (2, True)


def test_tasks_are_written_as_issues(sloop: Voyage, tmp_path: Path) -> None:
    out = tmp_path / "issues.json"
    done = run("issues", "tasks", "github", out, "--program", "halyard", "--address", "https://p.example/")
    assert done.stdout == f"wrote {out}: 2 issues\n"
    first = json.loads(out.read_text())[0]
    assert first["title"] == "[TSK-1] Look"
    assert "[TSK-1](<https://p.example/halyard/tasks/TSK-1/>)" in first["body"]
    for arguments, words in (
        (("tasks", "trac"), "no tracker “trac”"),
        (("risks", "jira"), "no issues of risks"),
    ):
        refused = run("issues", *arguments, out, "--program", "halyard")
        assert (refused.exit_code, words in refused.stderr) == (2, True)
