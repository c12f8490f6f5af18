"""plimsoll clocks: every worked example in both readings, and one sentence for whatever cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from plimsoll.cli.main import app
from tests import shared

EXAMPLES = Path(__file__).resolve().parents[1] / "vectors" / "clocks" / "examples.yaml"
OURS: dict[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = OURS["vectors"]
each = pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
GDPR = ("--obligation", "OBL-EU-GDPR-33", "--stage", "notify")
SEC = ("--obligation", "OBL-US-SEC-8K", "--stage", "file_8k")


def run(*arguments: str) -> Result:
    """What the command does; a traceback would be an exception here."""
    result = CliRunner().invoke(app, ["clocks", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def computed(*arguments: str) -> dict[str, Any]:
    result = run("compute", *arguments, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["form"] == "plimsoll/clock/1"
    return document


def refusal(*arguments: str) -> str:
    result = run("compute", *arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("plimsoll: ")
    return line.removeprefix("plimsoll: ")


def starts(vector: dict[str, Any]) -> list[str]:
    start = vector["start"]
    if isinstance(start, str):
        return ["--start", start]
    return [word for event, time in start.items() for word in ("--start", f"{event}={time}")]


def holiday_file(folder: Path) -> str:
    path = folder / "holidays.yaml"
    path.write_text(yaml.safe_dump(OURS["holidays"]))
    return str(path)


# ---------------------------------------------------------------- the worked examples


def test_the_examples_are_those_of_the_domain_facts() -> None:
    theirs = yaml.safe_load(shared.path("facts/clock_examples.yaml").read_text(encoding="utf-8"))
    ours = {vector["id"]: vector for vector in VECTORS}
    assert len(ours) == 20
    assert theirs["holidays_used"] == OURS["holidays"]
    for vector in theirs["vectors"]:
        mine = ours[vector["id"]]
        for key in ("obligation", "stage", "plain_deadline", "statutory_reading"):
            assert mine[key] == vector[key]
        times = vector["start"] if isinstance(vector["start"], dict) else {"": vector["start"]}
        own = mine["start"] if isinstance(mine["start"], dict) else {"": mine["start"]}
        assert list(times.values()) == list(own.values())


@each
@pytest.mark.parametrize("with_holidays", [True, False])
def test_an_example_comes_out_in_both_readings(
    tmp_path: Path, vector: dict[str, Any], with_holidays: bool
) -> None:
    given_file = ["--holidays", holiday_file(tmp_path)] if with_holidays else []
    document = computed(
        "--obligation", vector["obligation"], "--stage", vector["stage"], *starts(vector), *given_file
    )
    assert document["plain_deadline"] == vector["plain_deadline"]
    assert document["statutory_reading"] == vector["statutory_reading"]
    assert document["rule"]
    assert document["source"]
    assert document["why"]
    assert (document["outcome"] == "watch_item") == (vector["plain_deadline"] is None)


@each
def test_the_text_says_the_same_days(vector: dict[str, Any]) -> None:
    arguments = ("--obligation", vector["obligation"], "--stage", vector["stage"], *starts(vector))
    text = run("compute", *arguments).stdout
    document = computed(*arguments)
    assert f"plain deadline: {vector['plain_deadline'] or 'none'}" in text
    assert f"statutory reading: {vector['statutory_reading'] or 'none'}\n" in text
    assert document["why"] in text
    assert all(f"note: {caveat}" in text for caveat in document["caveats"])


@pytest.mark.parametrize(
    "mapping",
    [
        "{aware: 2026-12-01T08:00:00+01:00, classified: 2026-12-01T14:00:00+01:00}",
        '{"aware_ict_incident": "2026-12-01T08:00:00+01:00", "classified": "2026-12-01T14:00:00+01:00"}',
    ],
)
def test_several_starts_may_be_given_as_one_mapping(mapping: str) -> None:
    document = computed(
        "--obligation", "OBL-EU-DORA-19", "--stage", "initial_notification", "--start", mapping
    )
    assert document["plain_deadline"] == "2026-12-01T18:00:00+01:00"
    assert set(document["starts"]) == {"aware_ict_incident", "classified_major"}


def test_a_disputed_date_shows_the_second_reading_and_no_hard_clock() -> None:
    document = computed(
        "--obligation", "OBL-EU-AIA-73-GEN", "--stage", "report_outer_limit", "--start", "2026-12-10"
    )
    (other,) = document["other_readings"]
    assert (document["plain_deadline"], document["outcome"]) == (None, "watch_item")
    assert (other["applies_from"], other["plain_deadline"]) == ("2026-08-02", "2026-12-25")
    text = run(
        "compute",
        "--obligation",
        "OBL-EU-AIA-73-GEN",
        "--stage",
        "report_outer_limit",
        "--start",
        "2026-12-10",
    ).stdout
    assert "other reading, from 2026-08-02: plain 2026-12-25, statutory 2026-12-25" in text


# ---------------------------------------------------------------- options


def test_the_zone_of_the_authority_may_be_given() -> None:
    start = ("--start", "2027-03-26T10:00:00+02:00")
    assert computed(*GDPR, *start)["plain_deadline"] == "2027-03-29T10:00:00+02:00"
    helsinki = computed(*GDPR, *start, "--zone", "Europe/Helsinki")
    assert helsinki["plain_deadline"] == "2027-03-29T11:00:00+03:00"
    assert (helsinki["zone"], helsinki["zone_assumed"]) == ("Europe/Helsinki", False)


def test_a_class_of_systems_may_be_chosen() -> None:
    duty = ("--obligation", "OBL-EU-AIA-73-GEN", "--stage", "report_outer_limit", "--start", "2027-12-20")
    assert computed(*duty)["plain_deadline"] == "2028-01-04"
    assert "annex i from 2028-08-02" in computed(*duty)["caveats"][0]
    assert computed(*duty, "--class", "annex_i")["plain_deadline"] is None
    assert "has no class “annex_x”" in refusal(*duty, "--class", "annex_x")


@pytest.mark.parametrize(
    "content",
    [
        "[2026-11-26]",
        '["2026-11-26"]',
        "2026-11-26",
        "2026-11-26\n2026-12-25\n",
        "holidays: [2026-11-26]",
        "holidays:\n- {date: 2026-11-26, name: Thanksgiving}",
        '{"us_federal": ["2026-11-26"], "de_2026": ["2026-12-01"]}',
        "us-federal: [2026-11-26]\nxx: [2026-12-01]",
        "holidays_used:\n  us_federal: ['2026-11-26']\n  de: ['2026-12-01']",
    ],
)
def test_holidays_may_be_given_in_several_forms(tmp_path: Path, content: str) -> None:
    path = tmp_path / "days.yaml"
    path.write_text(content)
    document = computed(*SEC, "--start", "2026-11-25", "--holidays", str(path))
    assert document["plain_deadline"] == "2026-12-02"
    assert document["holidays"].startswith("days.yaml")


def test_given_holidays_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "days.json"
    path.write_text('["2026-12-01"]')
    document = computed(*SEC, "--start", "2026-11-25", "--holidays", str(path))
    assert document["plain_deadline"] == "2026-12-02"
    path.write_text('["2026-11-26", "2026-12-01"]')
    document = computed(*SEC, "--start", "2026-11-25", "--holidays", str(path))
    assert document["plain_deadline"] == "2026-12-03"


def test_a_list_may_be_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "days.yaml"
    path.write_text("us_a: [2026-11-26]\nus_b: [2026-11-26, 2026-11-27]\n")
    chosen = ("--start", "2026-11-25", "--holidays", str(path))
    assert computed(*SEC, *chosen, "--calendar", "us_b")["plain_deadline"] == "2026-12-03"
    assert "several lists for US: us_a, us_b. Choose one with --calendar" in refusal(*SEC, *chosen)
    assert "has no list “us_c”" in refusal(*SEC, *chosen, "--calendar", "us_c")
    assert "Give --holidays FILE" in refusal(*SEC, "--start", "2026-11-25", "--calendar", "us_a")


def test_lists_of_other_places_leave_the_shipped_calendar(tmp_path: Path) -> None:
    path = tmp_path / "days.yaml"
    path.write_text("de: [2026-11-30]\n")
    document = computed(*SEC, "--start", "2026-11-25", "--holidays", str(path))
    assert (document["plain_deadline"], document["holidays"]) == ("2026-12-02", "US federal holidays")


def test_the_duties_are_listed_with_their_stages() -> None:
    text = run("list").stdout
    listed = json.loads(run("list", "--json").stdout)
    assert len(listed) == 45
    assert sum(len(entry["stages"]) for entry in listed) == 84
    assert "OBL-EU-GDPR-33  Breach notification to the authority" in text
    assert "    --stage notify  72 hours from aware_personal_data_breach" in text
    assert "    --stage candidate_notice  10 business days before before_use" in text
    assert "    --stage tell_people  without undue delay from aware_high_risk_breach" in text


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--obligation", "OBL-EU-GDPR-34a", "--stage", "notify"),
            "There is no obligation “OBL-EU-GDPR-34a”.",
        ),
        (("--obligation", "x", "--stage", "notify"), "plimsoll clocks list shows them."),
        (("--obligation", "OBL-EU-GDPR-33", "--stage", "tell"), "Its stages are notify."),
        (("--obligation", "OBL-EU-AIA-9", "--stage", "tell"), "It has no clock at all."),
    ],
)
def test_a_wrong_duty_or_stage_is_named(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in refusal(*arguments, "--start", "2027-01-11T09:00:00Z")


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("yesterday", "is not a day or time in ISO 8601"),
        ("", "is not a day or time in ISO 8601"),
        ("2027-02-30", "is not a day or time in ISO 8601"),
        ("2027-01-11T09:00:00", "has no offset"),
        ("2027-01-11", "counts hours, and 2027-01-11 is a day"),
        ("9999-12-31T23:59:59Z", "lies in the year 9999"),
        ("=2027-01-11", "names no event"),
        ("fire=2027-01-11", "“fire” names no event of OBL-EU-GDPR-33."),
        ("{fire", "--start is not valid YAML"),
        ("{aware: 5}", "is not a day or time"),
        ("{aware}", "is not a day or time"),
    ],
)
def test_a_wrong_start_is_named(start: str, sentence: str) -> None:
    assert sentence in refusal(*GDPR, "--start", start)


def test_one_event_has_one_time() -> None:
    twice = ("--start", "2027-01-11T09:00:00Z", "--start", "aware_personal_data_breach=2027-01-11T10:00:00Z")
    assert "was given two times" in refusal(*GDPR, *twice)


def test_an_event_whose_name_begins_like_another_must_be_written_out() -> None:
    duty = ("--obligation", "OBL-EU-CRA-14-INC", "--stage", "early_warning")
    assert computed(*duty, "--start", "aware=2027-01-11T09:00:00Z")["plain_deadline"]
    sec = ("--obligation", "OBL-EU-NIS2-23", "--stage", "early_warning", "--start", "a=2027-01-11T09:00:00Z")
    assert "“a” is ambiguous." in refusal(*sec)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "holds no list of holidays"),
        ("5", "holds no list of holidays"),
        ("{}", "holds no list of holidays"),
        ("name: Germany", "holds no list of holidays"),
        ("[christmas]", "“christmas” is not a day"),
        ("[2026-12-25T00:00:00Z]", "is not a day"),
        ("[0001-01-01]", "is out of range"),
        ("[2026-12-25", "is not valid YAML"),
        ("us: [2026-12-25, 25 December]", "days.yaml, us: “25 December” is not a day"),
    ],
)
def test_a_wrong_holiday_file_is_named(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "days.yaml"
    path.write_text(content)
    assert sentence in refusal(*SEC, "--start", "2026-11-25", "--holidays", str(path))


def test_a_missing_file_and_a_missing_zone_are_named(tmp_path: Path) -> None:
    assert "There is no file" in refusal(*SEC, "--start", "2026-11-25", "--holidays", str(tmp_path / "no"))
    for zone in ("Europe/Atlantis", "../etc/passwd", "Europe", "\x00"):
        assert "There is no time zone" in refusal(*SEC, "--start", "2026-11-25", "--zone", zone)


@settings(max_examples=25)
@given(st.text(max_size=40))
def test_no_start_makes_it_fail(text: str) -> None:
    for start in (text, f"2027-01-11{text}", f"aware={text}", f"{{{text}}}"):
        assert run("compute", *GDPR, f"--start={start}").exit_code in (0, 2)
