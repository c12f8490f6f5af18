"""Tiers of the EU AI Act: worked cases, and agreement with brute force over every world."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.law.condition import decide
from plimsoll.kernel.verdict import Verdict
from tests.engines.law.samples import RULES, TODAY, YES_OR_NO, classified, filled, two_valued, vectors

CASES: list[dict[str, Any]] = vectors("classification_cases.yaml")["cases"]
each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
EXCLUSIONS = ("no", "military", "research", "personal_use", "open_source")


# ---- worked cases


def test_there_are_enough_worked_cases_and_each_has_its_story() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 25
    assert all(case["story"].endswith(".") for case in CASES)


@each_case
def test_a_worked_case_has_its_tiers_and_the_article_that_decides(case: dict[str, Any]) -> None:
    found = classified(filled(case["answers"], case.get("unknown")), case["as_of"])
    assert list(found.tiers) == case["tiers"]
    assert {item.tier: list(item.questions) for item in found.open} == case.get("open", {})
    assert {reason.tier for reason in found.reasons} == set(case["tiers"])
    for tier, article in case.get("decides", {}).items():
        assert article in [reason.article for reason in found.reasons if reason.tier == tier]
    not_yet = [item.tier for item in found.found if item.truth is True and item.applies is False]
    assert not_yet == case.get("not_yet", [])
    assert [reading.id for reading, _ in found.readings] == case.get("readings", [])
    assert set(case.get("notes", [])) <= {note.article for note in found.notes}
    assert found.verdict.value == case["verdict"]
    for role in case.get("binds_us", []):
        assert any(role in reason.roles for reason in found.reasons)


@each_case
def test_every_reason_names_article_facts_and_date(case: dict[str, Any]) -> None:
    found = classified(filled(case["answers"], case.get("unknown")), case["as_of"])
    for reason in found.reasons:
        assert reason.article.startswith("Art. ")
        assert reason.facts
        assert reason.applicability.day is not None


def test_the_tiers_stand_in_the_order_of_the_screen() -> None:
    assert RULES.tiers[0] == "prohibited"
    assert [item.tier for item in classified({}).found] == list(RULES.tiers)


def test_every_prohibited_practice_is_categorical() -> None:
    every = dict.fromkeys((code for code in YES_OR_NO if code != "Q01"), "yes")
    for code in (f"Q{number}" for number in range(10, 20)):
        for rest in (filled({code: "yes"}), {**every, "Q01": "yes", "Q02": "no"}):
            assert classified(rest, date(2027, 1, 1)).verdict is Verdict.NOT_MET


# ---- unknown answers


def test_unknown_everywhere_leaves_every_tier_open_but_those_that_no_answer_reaches() -> None:
    found = classified({})
    assert found.tiers == ()
    assert {item.tier for item in found.open} == set(RULES.tiers)
    assert found.verdict is Verdict.UNKNOWN


def completions(known: dict[str, str], unknown: list[str]) -> list[dict[str, str]]:
    values = [EXCLUSIONS if code == "Q02" else ("no", "yes") for code in unknown]
    return [{**known, **dict(zip(unknown, chosen, strict=True))} for chosen in itertools.product(*values)]


COMPLETE = st.fixed_dictionaries(
    {**{code: st.sampled_from(["no", "yes"]) for code in YES_OR_NO}, "Q02": st.sampled_from(EXCLUSIONS)}
)
LEANING_NO = st.fixed_dictionaries(
    {
        **{code: st.sampled_from(["no", "no", "no", "yes"]) for code in YES_OR_NO if code != "Q01"},
        "Q01": st.sampled_from(["yes", "yes", "yes", "no"]),
        "Q02": st.sampled_from(["no", "no", *EXCLUSIONS]),
    }
)
PARTLY = st.tuples(LEANING_NO, st.sets(st.sampled_from([*YES_OR_NO, "Q02"]), max_size=6))


@settings(max_examples=80)
@given(COMPLETE | LEANING_NO)
def test_complete_answers_have_the_tiers_that_a_plain_program_finds(answers: dict[str, str]) -> None:
    found = classified(answers)
    assert set(found.tiers) == two_valued(answers)
    assert found.open == ()


@settings(max_examples=60)
@given(PARTLY)
def test_certain_and_open_are_exactly_what_every_completion_says(
    partly: tuple[dict[str, str], set[str]],
) -> None:
    answers, unknown = partly
    known = {code: value for code, value in answers.items() if code not in unknown}
    reached = [two_valued(world) for world in completions(known, sorted(unknown))]
    found = classified(known)
    assert set(found.tiers) == set.intersection(*reached)
    assert {*found.tiers, *(item.tier for item in found.open)} == set.union(*reached)


@settings(max_examples=30)
@given(PARTLY)
def test_the_questions_of_an_open_tier_are_those_on_which_it_turns(
    partly: tuple[dict[str, str], set[str]],
) -> None:
    answers, unknown = partly
    known = {code: value for code, value in answers.items() if code not in unknown}
    worlds = completions(known, sorted(unknown))
    has = {tuple(sorted(world.items())): two_valued(world) for world in worlds}
    for item in classified(known).found:
        turning = {
            code
            for world in worlds
            for code in unknown
            for other in (EXCLUSIONS if code == "Q02" else ("no", "yes"))
            if (item.tier in two_valued(world))
            != (item.tier in has[tuple(sorted({**world, code: other}.items()))])
        }
        assert set(item.questions) == turning


@settings(max_examples=15)
@given(LEANING_NO, st.lists(st.sampled_from([*YES_OR_NO, "Q02"]), unique=True))
def test_an_answer_never_widens_what_is_possible(answers: dict[str, str], order: list[str]) -> None:
    known: dict[str, str] = {}
    before = classified(known)
    for code in order:
        known[code] = answers[code]
        now = classified(known)
        assert set(before.tiers) <= set(now.tiers)
        assert {t.tier for t in before.out} <= {t.tier for t in now.out}
        before = now


@settings(max_examples=20)
@given(PARTLY, st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(
    partly: tuple[dict[str, str], set[str]], random: Any
) -> None:
    known = {code: value for code, value in partly[0].items() if code not in partly[1]}
    shuffled = list(known.items())
    random.shuffle(shuffled)
    assert classified(dict(shuffled)) == classified(known)


@settings(max_examples=25)
@given(LEANING_NO, st.dates(date(2024, 1, 1), date(2032, 1, 1)), st.dates(date(2024, 1, 1), date(2032, 1, 1)))
def test_what_applies_on_a_day_applies_on_every_later_day(
    answers: dict[str, str], one: date, other: date
) -> None:
    earlier, later = sorted((one, other))
    then = {item.tier: item.applies for item in classified(answers, later).found}
    for item in classified(answers, earlier).found:
        if item.applies is True:
            assert then[item.tier] is True


# ---- dates


@pytest.mark.parametrize(
    ("day", "applies"),
    [("2026-08-01", False), ("2026-08-02", None), ("2026-12-01", None), ("2026-12-02", True)],
)
def test_marking_starts_on_one_of_two_days_until_the_day_of_placing_is_known(
    day: str, applies: bool | None
) -> None:
    found = classified(filled({"Q41": "yes"}, ["Q60"]), date.fromisoformat(day))
    (reason,) = found.reasons
    assert reason.applicability.applies is applies
    assert bool(reason.applicability.turns_on) == (applies is None)


def test_a_legacy_system_for_public_authorities_may_come_under_the_rules_in_2030() -> None:
    answers = filled({"Q30": "yes", "Q60": "yes"})
    assert classified(answers, date(2030, 8, 1)).reasons[0].applicability.applies is False
    late = classified(answers, date(2030, 8, 2)).reasons[0].applicability
    assert late.applies is None
    assert late.starts[0].only_if == "it is used by a public authority"


def test_an_earlier_text_and_an_old_look_are_warned_of() -> None:
    assert classified({}, TODAY).law.warnings(TODAY) == ()
    (earlier,) = classified({}).law.warnings(date(2026, 7, 26))
    assert "an earlier text was in force" in earlier
    (stale,) = classified({}).law.warnings(date(2027, 2, 21))
    assert "look for amendments" in stale
    assert classified({}).law.warnings(date(2027, 2, 20)) == ()


def test_dates_of_one_ground_leave_no_system_without_one() -> None:
    for ground in RULES.grounds:
        world = classified({}).answers.world
        assert any(decide(start.when, world) is not False for start in ground.starts)
