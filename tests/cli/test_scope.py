"""plimsoll scope: the worked systems to the last reason, and one sentence for whatever cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from plimsoll.cli.main import app

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "scoping" / "worked_systems.json"
SYSTEMS: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["systems"]
each = pytest.mark.parametrize("system", SYSTEMS, ids=[system["name"] for system in SYSTEMS])


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["scope", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def evaluated(folder: Path, content: str | bytes, *arguments: str, name: str = "answers.yaml") -> Result:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("evaluate", str(path), *arguments)


def refusal(result: Result) -> str:
    """The one sentence of a refusal, after checking that there is nothing else."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("plimsoll: ")
    assert "Traceback" not in line
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- what it says
@each
@pytest.mark.parametrize("form", ["yaml", "json", "yes and no as YAML has them", "standard input"])
def test_a_worked_system_comes_out_exactly(tmp_path: Path, system: dict[str, Any], form: str) -> None:
    answers = system["answers"]
    if form == "json":
        result = evaluated(tmp_path, json.dumps({"answers": answers}), "--json", name="answers.json")
    elif form == "yaml":
        result = evaluated(tmp_path, yaml.safe_dump({"system": "Bosun", "answers": answers}), "--json")
    elif form == "standard input":
        result = run("evaluate", "-", "--json", given=yaml.safe_dump({"answers": answers}))
    else:
        lines = "".join(f"  {code}: {value}\n" for code, value in answers.items())
        result = evaluated(tmp_path, f"answers:\n{lines}", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["form"] == "plimsoll/scope/1"
    for name in ("certain", "open", "out"):
        assert [item["title"] for item in document[name]] == system[name]
        assert all(set(item) == {"id", "title", "reasons"} for item in document[name])
    assert [(u["question"], u["settles_worst"], u["settles_best"]) for u in document["unknowns"]] == [
        (u["question"], u["settles_worst"], u["settles_best"]) for u in system["unknowns"]
    ]
    assert document["method"] == "exact"


@each
def test_the_text_says_the_same_numbers(tmp_path: Path, system: dict[str, Any]) -> None:
    text = evaluated(tmp_path, yaml.safe_dump({"answers": system["answers"]})).stdout
    counts = [len(system[name]) for name in ("certain", "open", "out")]
    assert text.startswith("{} certain, {} open, {} out; ".format(*counts))
    for title in (*system["certain"], *system["open"], *system["out"]):
        assert f"  {title}  (" in text
    order = [line.split()[0] for line in text.partition("UNKNOWN, in the order to chase")[2].splitlines()[1:]]
    assert order == [unknown["question"] for unknown in system["unknowns"]]


def test_true_and_false_mean_yes_and_no(tmp_path: Path) -> None:
    said = [
        evaluated(tmp_path, f"answers: {{D2: {word}}}", "--json").stdout for word in ("yes", "true", "Yes")
    ]
    assert said[0] == said[1] == said[2]
    assert evaluated(tmp_path, "answers: {D2: no}", "--json").stdout != said[0]


@pytest.mark.parametrize(
    "content", ["answers: {}", "answers:\n", "answers: {K1: unknown}", "answers: {K1: }"]
)
def test_nothing_answered_is_everything_open_but_what_always_holds(tmp_path: Path, content: str) -> None:
    document = json.loads(evaluated(tmp_path, content, "--json").stdout)
    assert len(document["unknowns"]) == 25
    assert document["open"]
    assert not document["out"]


def test_a_file_with_a_mark_of_its_encoding_is_read(tmp_path: Path) -> None:
    assert evaluated(tmp_path, b"\xef\xbb\xbfanswers: {K1: language}").exit_code == 0


def test_the_questions_are_listed_with_their_answers() -> None:
    text = run("questions").stdout
    asked = json.loads(run("questions", "--json").stdout)
    assert len(asked) == 25
    assert all(f"{q['id']}  {q['ask']}" in text for q in asked)
    assert {"language", "tabular"} <= set(next(q for q in asked if q["id"] == "K1")["answers"])


# ---------------------------------------------------------------- what it refuses
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("answers: {Z9: yes}", "Z9"),
        ("answers: {K1: poetry}", "K1 (What kind of model does the work?) cannot be “poetry”"),
        ("answers: {K1: 7}", "K1"),
        ("answers: {K1: [language]}", "K1"),
        ("answers: {K1: {not_applicable: because}}", "K1"),
        ("answers: {K1: 2027-01-01}", "K1"),
        ("answers: [K1, language]", "The “answers” of answers.yaml are not a mapping."),
        ("answers: language", "The “answers” of answers.yaml are not a mapping."),
        ("K1: language", "answers.yaml has no “answers”."),
        ("", "answers.yaml has no “answers”."),
        ("- answers", "answers.yaml has no “answers”."),
        ("answers: {}\nowner: dev", "answers.yaml has the unknown key “owner”."),
        ("answers: {K1: language", "answers.yaml is not valid YAML in line 1"),
        ("answers:\n\tK1: language", "answers.yaml is not valid YAML in line 2"),
        ("answers:\n  K1: language\n  K1: tabular", "the key “K1” appears twice"),
        ("answers: {}\nanswers: {}", "the key “answers” appears twice"),
        ("answers: &a {K1: language}\nsystem: *a", "an anchor (&name) is not accepted"),
        ("answers: !!python/object/apply:os.system ['true']", "a tag (!name) is not accepted"),
        ("answers: {}\n---\nanswers: {}", "answers.yaml is not valid YAML"),
        (b"answers: {K1: \xff\xfe}", "answers.yaml is not UTF-8 text in line 1 (byte 14)."),
        (b"answers: {K1: \x00}", "answers.yaml is not valid YAML"),
        ('answers: {K1: "\\ud800"}', "K1"),
        ('answers: {"\\ud800": yes}', ""),
        ("answers: {K1: " + "9" * 5000 + "}", ""),
        ("answers: {? [a, b] : yes}", "a key must be plain text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_json", [False, True])
def test_a_wrong_file_gets_one_sentence(
    tmp_path: Path, content: str | bytes, sentence: str, as_json: bool
) -> None:
    if not as_json:
        assert sentence in refusal(evaluated(tmp_path, content))
        return
    result = evaluated(tmp_path, content, "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert sentence in error["message"]
    assert error["code"] == "bad_input"


def test_what_would_be_right_is_named(tmp_path: Path) -> None:
    sentence = refusal(evaluated(tmp_path, "answers: {K1: poetry}"))
    assert all(word in sentence for word in ("language", "tabular", "vision"))


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(60))
    assert "an anchor (&name) is not accepted" in refusal(evaluated(tmp_path, bomb + "answers: {}"))


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in refusal(evaluated(tmp_path, "answers: " + "[" * 2000))


@pytest.mark.parametrize("size", [2**20 + 1, 2 * 2**20])
def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, size: int) -> None:
    sentence = refusal(evaluated(tmp_path, b"#" * size))
    assert "is longer than 1,048,576 bytes. Give a smaller file." in sentence
    assert "is longer than" in refusal(run("evaluate", "-", given=b"#" * size))


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert "There is no file" in refusal(run("evaluate", str(tmp_path / "nothing.yaml")))
    assert "is not a file." in refusal(run("evaluate", str(tmp_path)))


@pytest.mark.parametrize(
    "arguments", [["evaluate"], ["evaluate", "a", "b"], ["evaluate", "--nonsense"], ["judge"]]
)
def test_a_wrong_command_is_a_matter_of_usage(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


@settings(max_examples=60)
@given(st.text(max_size=40) | st.binary(max_size=30))
def test_no_file_makes_it_fail(tmp_path: Path, content: str | bytes) -> None:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    for body in (raw, b"answers: {K1: " + raw + b"}"):
        result = evaluated(tmp_path, body)
        assert result.exit_code in (0, 2)
        if result.exit_code == 2:
            assert result.stderr.startswith("plimsoll: ")
