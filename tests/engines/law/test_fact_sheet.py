"""Answers are read strictly; an inner place implies the outer one, an outer one leaves inner ones open."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.law.fact_sheet import read_date, read_facts
from plimsoll.kernel.errors import BadInput

SHEET = load_duty_rules().sheet
YES, NO, EITHER = frozenset(("yes",)), frozenset(("no",)), frozenset(("yes", "no"))


def world(fact: str, value: object) -> dict[str, frozenset[str]]:
    found = read_facts(SHEET, {fact: value}).world
    return {name.partition(".")[2]: found[name] for name in SHEET[fact].variables}


def test_nothing_known_leaves_everything_open() -> None:
    answers = read_facts(
        SHEET,
        {"Q10": None, "Q11": "", "Q12": "Unknown", "Q31": "n/a", "places": "~", "placed_on_market": None},
    )
    assert answers.given == {}
    assert all(len(values) > 1 for values in answers.world.values())


@pytest.mark.parametrize(
    ("given", "inside", "open_"),
    [
        (["EU"], {"EU"}, set()),
        ("EU, uk", {"EU", "UK"}, set()),
        (["US"], {"US"}, {"US-CA", "US-CO", "US-NY", "US-NYC", "US-TX"}),
        (["US-NYC"], {"US", "US-NY", "US-NYC"}, set()),
        (["US-NY"], {"US", "US-NY"}, {"US-NYC"}),
        (["US", "US-CA"], {"US", "US-CA"}, set()),
        (["US-NY", "US-CA"], {"US", "US-NY", "US-CA"}, {"US-NYC"}),
        (["EEA"], {"EU"}, set()),
        ("none", set(), set()),
        (["none"], set(), set()),
        ("no", set(), set()),
        (False, set(), set()),
    ],
)
def test_places_lie_within_places(given: object, inside: set[str], open_: set[str]) -> None:
    found = world("places", given)
    assert {place for place, values in found.items() if values == YES} == inside
    assert {place for place, values in found.items() if values == EITHER} == open_


def test_a_word_that_stands_for_several_answers_leaves_them_open() -> None:
    assert world("Q02", "yes") == {"": frozenset(("military", "research", "personal_use", "open_source"))}
    assert read_facts(SHEET, {"Q02": True}).given == {"Q02": "yes"}
    assert world("Q21", "no") == {"": frozenset(("section_a", "section_b"))}
    assert world("personal_data", "no") == {"": frozenset(("none",))}


def test_numbers_name_points_of_annex_iii() -> None:
    assert world("Q30", [4, 5]) == world("Q30", "7") == world("Q30", True) == {"": YES}
    assert world("annex_iii_points", 4)["4"] == YES
    assert world("annex_iii_points", ["5B", 1])["5b"] == YES


def test_a_date_decides_before_and_not_before() -> None:
    assert world("placed_on_market", date(2025, 8, 1)) == {"before 2025-08-02": YES, "before 2026-08-02": YES}
    assert world("placed_on_market", "2026-08-02") == {"before 2025-08-02": NO, "before 2026-08-02": NO}


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("Q10", "often"), ("Q10", 7), ("Q10", ["yes"]), ("Q10", {}), ("Q30", []), ("Q30", [4, "no"]),
        ("Q30", 12), ("places", []), ("places", ""), ("places", True), ("places", ["Mars"]),
        ("places", [True]), ("places", [None]), ("places", ","), ("size", "huge"), ("annex_iii_points", 9),
    ],
)  # fmt: skip
def test_a_strange_answer_names_the_fact_and_what_would_be_right(fact: str, value: object) -> None:
    if value == "":
        assert read_facts(SHEET, {fact: value}).given == {}
        return
    with pytest.raises(BadInput) as caught:
        read_facts(SHEET, {fact: value})
    assert caught.value.message.startswith(f"{fact} (")
    assert caught.value.hint
    assert caught.value.data["field"] == fact


def test_a_fact_that_does_not_exist_is_named() -> None:
    with pytest.raises(BadInput, match="There is no question Q98, Q99"):
        read_facts(SHEET, {"Q98": "yes", "Q99": "no"})
    with pytest.raises(KeyError):
        SHEET["Q99"]


MOMENT = datetime(2026, 1, 1)  # noqa: DTZ001 - what YAML gives


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "2026-1-1", 20261123, None, True, MOMENT])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(BadInput, match="which is no date"):
        read_date(value, what="as_of")


def test_iso_text_and_dates_are_days() -> None:
    assert read_date(" 2026-12-02 ", what="as_of") == read_date(date(2026, 12, 2), what="as_of")
