"""plimsoll law: the documents, the exit codes, and one sentence for whatever cannot be read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from plimsoll.cli.main import app
from plimsoll.kernel import clock
from tests.engines.law.samples import filled, vectors

CASES: list[dict[str, Any]] = vectors("classification_cases.yaml")["cases"]
EXIT = {"met": 0, "not_met": 1, "unknown": 3}


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["law", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def said(folder: Path, content: object, *arguments: str, command: str = "classify") -> Result:
    path = folder / "answers.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return run(command, str(path), *arguments)


def refusal(result: Result) -> str:
    """The one sentence of a refusal, after checking that there is nothing else."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("plimsoll: ")
    return line.removeprefix("plimsoll: ")


# ---------------------------------------------------------------- classify
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case_comes_out_with_its_exit_code(tmp_path: Path, case: dict[str, Any]) -> None:
    content = {"answers": filled(case["answers"], case.get("unknown")), "as_of": case["as_of"]}
    result = said(tmp_path, content, "--json")
    document = json.loads(result.stdout)
    assert document["form"] == "plimsoll/law-classification/1"
    assert document["as_of"] == case["as_of"].isoformat()
    assert document["tiers"] == case["tiers"]
    assert {item["tier"]: item["questions"] for item in document["open"]} == case.get("open", {})
    assert [item["tier"] for item in document["not_yet_applicable"]] == case.get("not_yet", [])
    assert [item["id"] for item in document["other_readings"]] == case.get("readings", [])
    for reason in document["reasons"]:
        assert reason["law_version"] == "Reg. (EU) 2024/1689 as amended by Reg. (EU) 2026/1744"
        assert date.fromisoformat(reason["applies_from"])
        assert reason["article"]
    if "binds_us" in case:
        bound = {role for reason in document["reasons"] for role in reason["binds_us"]}
        assert bound == set(case["binds_us"])
    assert set(document["questions"]) == {q for item in document["open"] for q in item["questions"]}
    assert result.exit_code == EXIT[case["verdict"]]
    text = said(tmp_path, content)
    assert text.exit_code == result.exit_code
    assert [line.strip() for line in text.stdout.splitlines() if line.strip() in case["tiers"]] == case[
        "tiers"
    ]


def test_the_text_shows_both_readings_notes_open_questions_and_warnings(tmp_path: Path) -> None:
    content = {"answers": filled({"Q30": "yes", "Q03": "downstream_modifier"}, ["Q31", "Q40"])}
    text = said(tmp_path, {**content, "as_of": "2027-03-01"}).stdout
    assert "    here: They need a high-risk system" in text
    assert "    other: They apply since 2026-08-02" in text
    assert "  transparency_art_50  (Q40)" in text
    assert "    Q40  Does it interact directly with people?" in text
    assert "note: Whoever rebrands" in text
    assert "warning: The rules were last checked" in text
    assert "not yet applicable: applies from 2027-12-02" in text


def test_a_date_that_an_unknown_decides_is_shown_as_a_range(tmp_path: Path) -> None:
    text = said(tmp_path, {"answers": filled({"Q41": "yes"}, ["Q60"]), "as_of": "2026-11-23"}).stdout
    assert "applies from 2026-08-02 or 2026-12-02: Q60, placed_on_market decides" in text


def test_nothing_answered_says_that_nothing_is_certain(tmp_path: Path) -> None:
    result = said(tmp_path, "answers: {}")
    assert result.exit_code == 3
    assert "none is certain" in result.stdout


def test_without_a_day_it_is_today(tmp_path: Path) -> None:
    document = json.loads(said(tmp_path, "answers: {Q01: no}", "--json").stdout)
    assert document["as_of"] == clock.now().date().isoformat()


def test_true_and_false_lists_numbers_and_other_words_are_understood(tmp_path: Path) -> None:
    spelled = (
        "answers: {Q01: yes, Q03: [provider, deployer], Q21: section_a, Q30: yes}",
        "answers: {Q01: true, Q03: 'Deployer, provider', Q21: A, Q30: 4}",
        "answers: {Q01: Yes, Q03: [deployer, Provider], Q21: Section A, Q30: [4, 5], Q31: unknown, Q32: }",
    )
    documents = [json.loads(said(tmp_path, text, "--json").stdout) for text in spelled]
    assert documents[0] == documents[1] == documents[2]


def test_the_questions_and_facts_are_listed_with_their_answers() -> None:
    text = run("questions").stdout
    asked = json.loads(run("questions", "--json").stdout)
    assert [fact["id"] for fact in asked][:3] == ["Q01", "Q02", "Q03"]
    assert {"places", "financial_entity"} <= {fact["id"] for fact in asked}
    assert all(f"{fact['id']}  {fact['ask']}" in text for fact in asked)


def test_standard_input_is_read() -> None:
    assert run("classify", "-", "--json", given="answers: {Q01: no}").exit_code == 0


# ---------------------------------------------------------------- obligations
def test_duties_come_with_the_fact_that_decides_each(tmp_path: Path) -> None:
    content = {
        "as_of": "2026-11-23",
        "facts": {"places": ["EU", "UK"], "financial_entity": True, "personal_data": "none"},
        "answers": {"Q01": "yes", "Q02": "no"},
    }
    result = said(tmp_path, content, "--json", command="obligations")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    applies = {duty["id"]: duty for duty in document["applies"]}
    assert applies["OBL-EU-DORA-19"]["facts"] == ["places includes EU", "financial_entity is yes"]
    out = {duty["id"]: duty["facts"] for duty in document["out"]}
    assert out["OBL-EU-NIS2-23"] == ["financial_entity is yes"]
    assert [duty["id"] for duty in document["watch"]] == ["OBL-UK-CSRB"]
    text = said(tmp_path, content, command="obligations").stdout
    assert text.startswith(f"Duties on 2026-11-23: {len(document['applies'])} applies, ")
    assert "OBL-EU-DORA-19  Major ICT incident report  (places includes EU; financial_entity is yes)" in text


def test_settled_duties_end_with_0(tmp_path: Path) -> None:
    content = "facts: {places: elsewhere, sec_registrant: no}\nas_of: 2027-06-01"
    result = said(tmp_path, content, command="obligations")
    assert result.exit_code == 0
    assert "warning: The rules were last checked" in result.stdout


def test_a_fact_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    content = "facts: {Q01: yes}\nanswers: {Q01: no}"
    assert "stands both in facts and in answers" in refusal(said(tmp_path, content, command="obligations"))


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("answers: {Q99: yes}", "There is no question Q99"),
        ("answers: {q10: yes}", "There is no question q10"),
        ("answers: {Q10: perhaps}", "cannot be “perhaps”. Answer no, yes or unknown."),
        ("answers: {Q10: [yes]}", "Q10"),
        ("answers: {Q10: 1}", "Q10"),
        ("answers: {Q10: 1.5}", "Q10"),
        ("answers: {Q03: shop}", "cannot be “shop”. List one or more of provider, deployer"),
        ("answers: {Q03: []}", "Q03"),
        ("answers: {Q03: {a: b}}", "Q03"),
        ("answers: {Q03: true}", "Q03"),
        ("answers: {Q30: 9}", "Q30"),
        ("answers: {Q30: [4, no]}", "Q30"),
        ("answers: {placed_on_market: soon}", "placed_on_market is “soon”, which is no date."),
        ("answers: {}\nas_of: tomorrow", "as_of is “tomorrow”, which is no date."),
        ("answers: {}\nas_of: '2026-13-01'", "as_of is “2026-13-01”, which is no date."),
        ("answers: {}\nas_of: 2026-02-30", "is not valid YAML"),
        ("answers: {}\nas_of: 2026-11-23T10:00:00Z", "which is no date."),
        ("answers: {}\nas_of: 20261123", "which is no date."),
        ("answers: [Q10]", "The “answers” of answers.yaml are not a mapping."),
        ("answers: {}\nowner: dev", "answers.yaml has the unknown key “owner”."),
        ("Q10: yes", "answers.yaml has no “answers”."),
        ("", "answers.yaml has no “answers”."),
        ("- a", "answers.yaml has no “answers”."),
        ("answers: {Q10: yes", "answers.yaml is not valid YAML in line 1"),
        ("answers: {Q10: yes, Q10: no}", "the key “Q10” appears twice"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_wrong_file_gets_one_sentence(tmp_path: Path, content: str, sentence: str, as_json: bool) -> None:
    if not as_json:
        assert sentence in refusal(said(tmp_path, content))
        return
    result = said(tmp_path, content, "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert sentence in f"{error['message']} {error['hint']}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "There is no file" in refusal(run("classify", str(tmp_path / "nothing.yaml")))
    assert "has no “facts”" in refusal(said(tmp_path, "system: x", command="obligations"))
