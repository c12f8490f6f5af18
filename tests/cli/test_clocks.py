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
        '{"2026-11-26": "Thanksgiving"}',
        '{"us": {"2026-11-26": "Thanksgiving"}, "de": {"2026-12-01": "a day"}}',
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


# ---------------------------------------------------------------- the clocks of an incident

INCIDENT = """
incident: Refund assistant showed orders of others
answers: {R1: yes, R2: transparency, D1: ordinary, B2: no}
obligations: [OBL-EU-NIS2-23]
triggers:
  aware_personal_data_breach: 2027-01-11T09:00:00+01:00
  aware_significant_incident: [2027-01-11T12:00:00+01:00, "2027-01-11T10:00:00+01:00"]
submissions:
- {obligation: OBL-EU-NIS2-23, stage: early_warning, at: 2027-01-11T20:00:00+01:00}
closings:
- obligation: OBL-EU-GDPR-33-2
  stage: notify_controller
  at: 2027-01-11T11:00:00+01:00
  of_start: 2027-01-11T09:00:00+01:00
  holds_until: 2027-01-20T11:00:00+01:00
  reason: We are the controller ourselves.
  signer: Cal Moreau
"""


def shown(folder: Path, content: str, *arguments: str) -> Result:
    path = folder / "incident.yaml"
    path.write_text(content)
    return run("show", str(path), *arguments)


def clock_of(document: dict[str, Any], obligation: str, stage: str) -> dict[str, Any]:
    return next(
        clock
        for place in document["jurisdictions"]
        for clock in place["clocks"]
        if (clock["obligation"], clock["stage"]) == (obligation, stage)
    )


def test_an_incident_shows_its_clocks_by_jurisdiction(tmp_path: Path) -> None:
    result = shown(tmp_path, INCIDENT, "--at", "2027-01-13T10:00:00+01:00", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["form"]) == (3, "plimsoll/incident-clocks/1")
    assert (document["verdict"], document["at"]) == ("unknown", "2027-01-13T10:00:00+01:00")
    gdpr = clock_of(document, "OBL-EU-GDPR-33", "notify")
    assert (gdpr["state"], gdpr["applies"], gdpr["remaining_seconds"]) == ("running", "certain", 23 * 3600)
    assert (gdpr["plain_deadline"], gdpr["elapsed_seconds"]) == ("2027-01-14T09:00:00+01:00", 49 * 3600)
    warning = clock_of(document, "OBL-EU-NIS2-23", "early_warning")
    assert (warning["state"], warning["start"]) == ("met", "2027-01-11T10:00:00+01:00")
    assert warning["because"] == "the file names it"
    closed = clock_of(document, "OBL-EU-GDPR-33-2", "notify_controller")
    assert (closed["state"], closed["closed_by"]) == ("closed", "Cal Moreau")
    unknown = clock_of(document, "OBL-EU-DORA-19", "initial_notification")
    assert (unknown["state"], unknown["applies"]) == ("not_started", "not_asked")
    assert unknown["ask"] == "When was the incident classified as major?"
    assert {"EU", "EU/EEA", "UK", "US", "CN"} <= {
        place["jurisdiction"] for place in document["jurisdictions"]
    }
    later = json.loads(shown(tmp_path, INCIDENT, "--at", "2027-01-21T10:00:00+01:00", "--json").stdout)
    lapsed = clock_of(later, "OBL-EU-GDPR-33-2", "notify_controller")
    assert (lapsed["state"], lapsed["closing_lapsed"]) == ("elapsing", "2027-01-11T10:00:00+00:00")
    assert later["verdict"] == "not_met"


def test_the_text_of_an_incident_says_the_same(tmp_path: Path) -> None:
    result = shown(tmp_path, INCIDENT, "--at", "2027-01-14T10:00:00+01:00")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "Refund assistant showed orders of others: not met at 2027-01-14T10:00:00+01:00"
    overdue = (
        "  OVERDUE  OBL-EU-GDPR-33 notify, due 2027-01-14T09:00:00+01:00 "
        "(statutory reading 2027-01-14T10:00:00+01:00)"
    )
    assert overdue in lines
    assert any(
        line.startswith("  NOT STARTED  OBL-EU-DORA-19") and "[may apply: we do not know whether " in line
        for line in lines
    )
    assert "      When was the incident classified as major?" in lines


def test_without_a_moment_it_is_now_and_without_anything_nothing_is_known(tmp_path: Path) -> None:
    result = shown(tmp_path, "{}", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["verdict"]) == (3, "unknown")
    assert document["at"] == "2027-01-11T09:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "incident.yaml: the document"),
        ("colour: red", "incident.yaml: colour"),
        ("answers: {Z9: yes}", "There is no question Z9"),
        ("obligations: [OBL-X]", "There is no obligation “OBL-X”"),
        ("classes: {OBL-X: annex_i}", "There is no obligation “OBL-X”"),
        ("obligations: [OBL-EU-AIA-73-GEN]\nclasses: {OBL-EU-AIA-73-GEN: annex_x}", "has no class “annex_x”"),
        ("triggers: {fire: 2027-01-11T09:00:00Z}", "There is no trigger event “fire”"),
        ("triggers: {aware_incident: 2027-01-11}", "the time of aware_incident is the day 2027-01-11"),
        ("triggers: {aware_incident: soon}", "is not a day or time in ISO 8601"),
        ("triggers: {aware_incident: 2027-01-11 09:00:00}", "has no offset"),
        ("triggers: {aware_incident: 5}", "incident.yaml: triggers.aware_incident"),
        (
            "submissions: [{obligation: OBL-X, stage: notify, at: 2027-01-11T09:00:00Z}]",
            "has no stage “notify”",
        ),
        (INCIDENT.replace("We are the controller ourselves.", '""'), "A clock is closed with a reason"),
        (INCIDENT.replace("Cal Moreau", '" "'), "A clock is closed by somebody"),
        (INCIDENT.replace("  signer: Cal Moreau", ""), "closings.0.signer"),
    ],
)
def test_a_wrong_incident_file_is_named(tmp_path: Path, content: str, sentence: str) -> None:
    result = shown(tmp_path, content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_the_examples_of_the_how_to_come_out_as_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/how-to/compute-a-legal-deadline.md").read_text(
        "utf-8"
    )
    holidays, incident = (block.partition("```")[0] for block in page.split("```yaml\n")[1:])
    assert shown(tmp_path, incident, "--at", "2027-01-13T10:00:00+01:00").exit_code == 3
    path = tmp_path / "holidays.yaml"
    path.write_text(holidays)
    quoted = next(line for line in page.splitlines() if line.endswith("--holidays holidays.yaml"))
    assert run(*quoted.replace("holidays.yaml", str(path)).split()[2:]).exit_code == 0
    first = next(line for line in page.splitlines() if line.startswith("plimsoll clocks compute"))
    assert run(*first.split()[2:]).stdout.splitlines()[:4] == [
        line for line in page.splitlines() if line.startswith(("OBL-", "plain d", "statutory r", "rule: "))
    ]


def test_a_moment_is_a_time(tmp_path: Path) -> None:
    assert "--at is the day 2027-01-11" in shown(tmp_path, "{}", "--at", "2027-01-11").stderr


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
        ("name: Germany", "“name” is not a day"),
        ("de: [2026-12-25]\nyear: 2026", "holds no list of holidays"),
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
