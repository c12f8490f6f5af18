"""The shipped duties and clock rules: read strictly, joined, and held against what is published."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest

from plimsoll.adapters import clocks as adapter
from plimsoll.adapters.clocks import load_clock_law, zone_named
from plimsoll.adapters.holidays import read_holidays
from plimsoll.adapters.incident_duties import incident_duties
from plimsoll.engines.catalog.read import read_yaml
from plimsoll.engines.clocks import schema
from plimsoll.engines.clocks.records import Applies
from plimsoll.engines.clocks.running import INCIDENT_CATEGORIES
from plimsoll.kernel.errors import BadInput

LAW = load_clock_law()
FILES = {
    "duties": ("catalog", "obligations.yaml"),
    "computation": ("clocks", "computation.yaml"),
    "events": ("clocks", "start_events.yaml"),
    "sources": ("catalog", "sources.yaml"),
    "rules": ("catalog", "clock_rules.yaml"),
}
PLAIN: dict[str, Any] = {
    name: read_yaml((resources.files(f"plimsoll.engines.{package}") / "facts" / file).read_bytes(), what=file)
    for name, (package, file) in FILES.items()
}


def test_the_law_is_read_once_and_whole() -> None:
    assert load_clock_law() is LAW
    assert len(LAW.duties) == 76
    assert sum(len(duty.stages) for duty in LAW.duties.values()) == 84
    assert LAW.duty(" obl-eu-gdpr-33 ").id == "OBL-EU-GDPR-33"


def test_every_published_start_event_has_a_question_and_no_other() -> None:
    assert set(LAW.book.events) == set(PLAIN["rules"]["start_events"])
    used = {event for duty in LAW.duties.values() for event in duty.events}
    assert used == set(LAW.book.events)
    assert all(event.ask.endswith("?") for event in LAW.book.events.values())


def test_every_published_rule_is_made_executable() -> None:
    published = {rule["id"]: rule for rule in PLAIN["rules"]["rules"]}
    assert set(published) == set(LAW.book.rules) - {"elapsed-time"}
    for rule_id, rule in published.items():
        ours = LAW.book.rules[rule_id]
        assert (ours.basis, list(ours.sources), ours.confidence) == (
            rule["basis"],
            rule["source"],
            rule["confidence"],
        )


def test_no_published_rule_of_a_stage_is_replaced() -> None:
    for entry in PLAIN["duties"]["obligations"]:
        for clock in entry.get("clocks", []):
            if "computation_rule" in clock:
                assert LAW.duties[entry["id"]].stage(clock["stage"]).rule == clock["computation_rule"]


def test_submissions_that_start_a_stage_are_stages() -> None:
    for event in LAW.book.events.values():
        for duty in LAW.duties.values():
            if event.submitted_by and event.id in duty.events:
                for owner in event.of or (duty.id,):
                    stages = {stage.id for stage in LAW.duties[owner].stages}
                    assert stages & set(event.submitted_by), f"{event.id} of {owner}"


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The nth such weekday of the month, or the last for n = -1."""
    found = [date(year, month, 1) + timedelta(days=k) for k in range(31)]
    same = [day for day in found if day.month == month and day.weekday() == weekday]
    return same[n - 1 if n > 0 else -1]


def test_the_federal_holidays_are_those_of_the_statute() -> None:
    # 5 U.S.C. 6103(a) and (b): a Saturday is kept on Friday; by E.O. 11582 a Sunday on Monday
    expected: set[date] = set()
    for year in range(2026, 2033):
        fixed = [date(year, *when) for when in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))]
        moved = [day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed]
        monday, thursday = 0, 3
        floating = [
            nth(year, 1, monday, 3), nth(year, 2, monday, 3), nth(year, 5, monday, -1),
            nth(year, 9, monday, 1), nth(year, 10, monday, 2), nth(year, 11, thursday, 4),
        ]  # fmt: skip
        expected |= {*moved, *floating}
    assert LAW.book.calendars["us-federal"].holidays == {day for day in expected if 2026 <= day.year <= 2031}


# ---------------------------------------------------------------- what is refused


def joined(change: Callable[[dict[str, Any]], None]) -> None:
    files = copy.deepcopy(PLAIN)
    change(files)
    adapter.joined(
        schema.DutyFile.model_validate(files["duties"]),
        schema.ComputationFile.model_validate(files["computation"]),
        schema.StartEventFile.model_validate(files["events"]),
        {entry["id"] for entry in files["sources"]["sources"]},
    )


def test_the_files_as_they_are_join() -> None:
    joined(lambda files: None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: f["computation"]["rules"][0].update(sources=["S-NO"]), "rule eu-1182-71 refers to S-NO"),
        (lambda f: f["computation"]["rules"][1].update(calendar="mars"), "refers to mars"),
        (lambda f: f["computation"]["rules"].pop(0), "refers to eu-1182-71"),
        (lambda f: f["computation"]["places"].pop(0), "refers to EU,"),
        (
            lambda f: f["computation"]["places"][0].update(zone="Europe/Atlantis"),
            "no time zone “Europe/Atlantis”",
        ),
        (lambda f: f["computation"]["stages"][0].update(obligation="OBL-NO"), "refers to OBL-NO"),
        (lambda f: f["computation"]["stages"][0].update(stage="no"), "refers to no,"),
        (lambda f: f["computation"]["stages"][0].update(same_act="no"), "report_outer_limit refers to no,"),
        (lambda f: f["computation"]["stages"][0].update(rule="no"), "report_outer_limit refers to no,"),
        (lambda f: f["events"]["events"].pop(0), "refers to aware_active_exploitation"),
        (lambda f: f["events"]["events"][0].update(of=["OBL-NO"]), "refers to OBL-NO"),
        (lambda f: f["duties"]["obligations"][0].update(source=["S-NO"]), "OBL-EU-AIA-73-GEN refers to S-NO"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(change: Callable[[dict[str, Any]], None], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        joined(change)


@pytest.mark.parametrize("name", ["Europe", "../x", "", "Europe/Atlantis", "\x00"])
def test_a_zone_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(BadInput, match="There is no time zone"):
        zone_named(name)


# ---------------------------------------------------------------- holidays and scope


def test_a_list_belongs_to_the_place_by_the_country_in_its_name() -> None:
    content = b"de-by: [2027-01-06]\nfr_2027: [2027-07-14]\nus: [2027-07-05]\n"
    place = LAW.book.places
    with pytest.raises(BadInput, match="several lists for EU: de-by, fr_2027"):
        read_holidays(content, what="h.yaml", place=place["EU"])
    found = read_holidays(content, what="h.yaml", place=place["US-CA"])
    assert found is not None
    assert (found.name, found.holidays) == ("h.yaml (us)", {date(2027, 7, 5)})
    assert read_holidays(content, what="h.yaml", place=place["CN"]) is None


def test_the_duties_of_an_incident_follow_the_scope_and_keep_what_nobody_knows() -> None:
    outside = {item.duty: item for item in incident_duties({"R1": "no", "D1": "none"})}
    inside = {item.duty: item for item in incident_duties({"R1": "yes", "R2": "high", "D1": "ordinary"})}
    unknown = {item.duty: item for item in incident_duties({})}
    high = "OBL-EU-AIA-73-GEN"
    assert high not in outside
    assert (inside[high].applies, unknown[high].applies) == (Applies.CERTAIN, Applies.OPEN)
    assert "R2 is unknown" in unknown[high].because
    assert inside["OBL-EU-DORA-19"].applies is Applies.NOT_ASKED
    assert "whether" in inside["OBL-EU-DORA-19"].because
    assert {LAW.duties[one].category for one in unknown} == INCIDENT_CATEGORIES
    assert len(unknown) == 26
    chosen = incident_duties({"R1": "yes"}, classes={high: "annex_i"})
    assert {item.system_class for item in chosen if item.duty == high} == {"annex_i"}
