from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.gates.status import (
    Colour,
    RuleResult,
    Status,
    StatusFacts,
    Update,
    compute_status,
)
from plimsoll.kernel.stages import Stage
from tests.engines.gates.samples import TODAY

GREEN, WHITE, AMBER, RED = Colour.GREEN, Colour.WHITE, Colour.AMBER, Colour.RED
NOT_YET = {"forecast", "load", "error-budget", "dependencies"}


def update(author: str = "Noor", days_ago: int = 0, worse: Colour | None = None, **changes: Any) -> Update:
    values = {
        "author_id": int.from_bytes(author.encode()),
        "by_owner": author == "Dana",
        "sentence": "Said so.",
        **changes,
    }
    return Update(author=author, on=TODAY - timedelta(days=days_ago), worse=worse, **values)


OWNER_SPOKE = update("Dana")


def status_facts(**changes: Any) -> StatusFacts:
    values: dict[str, Any] = {
        "today": TODAY,
        "stage": Stage.PILOT,
        "expired_assumptions": 0,
        "expired_worst_case": 0,
        "expired_waivers": 0,
        "required": 20,
        "stale": 0,
        "oldest_review_days": None,
        "scope_confidence": 1.0,
        "updates": (OWNER_SPOKE,),
    }
    return StatusFacts(**{**values, **changes})


def rule(name: str, **changes: Any) -> RuleResult:
    (found,) = [r for r in compute_status(status_facts(**changes)).rules if r.rule == name]
    return found


def colour(name: str, **changes: Any) -> Colour:
    return rule(name, **changes).colour


def test_colours_are_ordered_and_never_stand_without_a_word() -> None:
    assert sorted(Colour, key=lambda c: c.rank) == [GREEN, WHITE, AMBER, RED]
    assert [c.word for c in (GREEN, WHITE, AMBER, RED)] == [
        "within",
        "not enough data",
        "close",
        "over the line",
    ]


def test_what_is_not_measured_yet_is_white_and_named_so_nothing_is_green_for_want_of_data() -> None:
    found = compute_status(status_facts())
    assert found.colour is WHITE
    assert {r.rule for r in found.rules if r.colour is WHITE} == NOT_YET
    assert all("not yet measured" in r.text for r in found.rules if r.rule in NOT_YET)
    assert found.because.rule == "forecast"


@pytest.mark.parametrize(
    ("expired", "worst_case", "expected", "text"),
    [
        (0, 0, GREEN, "none past due"),
        (1, 0, AMBER, "1 past due"),
        (2, 0, RED, "2 past due"),
        (1, 1, RED, "1 past due, 1 of them worst case"),
        (3, 2, RED, "3 past due, 2 of them worst case"),
    ],
)
def test_assumptions_past_due(expired, worst_case, expected, text) -> None:
    found = rule("assumptions", expired_assumptions=expired, expired_worst_case=worst_case)
    assert (found.colour, found.text) == (expected, text)


@pytest.mark.parametrize(("count", "expected"), [(0, GREEN), (1, RED), (5, RED)])
def test_an_expired_waiver_is_red(count: int, expected: Colour) -> None:
    assert colour("waivers", expired_waivers=count) is expected


@pytest.mark.parametrize(
    ("stale", "required", "expected"),
    [
        (0, 20, GREEN),
        (2, 20, GREEN),
        (3, 20, AMBER),
        (5, 20, AMBER),
        (6, 20, RED),
        (1, 1, RED),
        (0, 0, WHITE),
    ],
)
def test_stale_evidence_of_required_controls(stale: int, required: int, expected: Colour) -> None:
    assert colour("evidence", stale=stale, required=required) is expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [(None, GREEN), (0, GREEN), (7, GREEN), (8, AMBER), (14, AMBER), (15, RED)],
)
def test_age_of_the_review_queue(days: int | None, expected: Colour) -> None:
    assert colour("reviews", oldest_review_days=days) is expected


def test_the_review_queue_says_how_long_it_waits() -> None:
    assert rule("reviews", oldest_review_days=1).text == "oldest waits 1 day; target 7"
    assert rule("reviews", oldest_review_days=9).text == "oldest waits 9 days; target 7"
    assert rule("reviews").text == "nothing waits"


@pytest.mark.parametrize(
    ("updates", "expected", "text"),
    [
        ((), WHITE, "none yet"),
        ((update("Noor"),), WHITE, "none yet"),
        ((update("Dana"),), GREEN, "today"),
        ((update("Dana", 1),), GREEN, "1 day ago"),
        ((update("Dana", 10),), GREEN, "10 days ago"),
        ((update("Dana", 11),), WHITE, "11 days ago"),
        ((update("Noor"), update("Dana", 3), update("Dana", 40)), GREEN, "3 days ago"),
        # An update that lies in the future has not been said yet.
        ((update("Dana", -1),), WHITE, "none yet"),
        ((update("Dana", -400), update("Dana", 11)), WHITE, "11 days ago"),
    ],
)
def test_a_silent_owner_makes_it_white(updates, expected: Colour, text: str) -> None:
    found = rule("update", updates=updates)
    assert (found.colour, found.text) == (expected, text)


@pytest.mark.parametrize(
    ("confidence", "stage", "expected", "text"),
    [
        (None, Stage.GA, WHITE, "nothing is scoped"),
        (1.0, Stage.GA, GREEN, "100 % certain"),
        (0.85, Stage.GA, GREEN, "85 % certain"),
        (0.849, Stage.GA, AMBER, "84 % certain"),
        (0.60, Stage.PILOT, AMBER, "60 % certain"),
        (0.599, Stage.PILOT, RED, "59 % certain"),
        (0.599, Stage.LIMITED, RED, "59 % certain"),
        (0.0, Stage.PROTOTYPE, AMBER, "0 % certain"),
        (0.29, Stage.PROTOTYPE, AMBER, "29 % certain"),
        (float("nan"), Stage.GA, WHITE, "nothing is scoped"),
    ],
)
def test_scope_confidence(confidence, stage: Stage, expected: Colour, text: str) -> None:
    found = rule("scope", scope_confidence=confidence, stage=stage)
    assert (found.colour, found.text) == (expected, text)


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ((), GREEN),
        ((update(),), GREEN),
        ((update(worse=AMBER),), AMBER),
        ((update(worse=RED),), RED),
        ((update(days_ago=30, worse=RED),), RED),
        ((update(days_ago=31, worse=RED),), GREEN),
        # The same author takes it back; another one cannot.
        ((update(), update(days_ago=1, worse=RED)), GREEN),
        ((update("Dana"), update("Noor", 1, RED)), RED),
        ((update("Noor", 0, AMBER), update("Noor", 1, RED)), AMBER),
        ((update("Noor", 0, AMBER), update("Ines", 1, RED)), RED),
        ((update("Noor", author_id=1), update("Noor", 1, RED, author_id=2)), RED),
        # A word lapses; it does not give way to an older one of the same author.
        ((update("Noor", 31), update("Noor", 32, RED)), GREEN),
        # What is dated in the future neither darkens nor takes back.
        ((update("Noor", -1), update("Noor", 1, RED)), RED),
        ((update("Noor", -1, RED),), GREEN),
        # A lighter word is no word.
        ((update(worse=GREEN), update("Ines", 1, AMBER)), AMBER),
        ((update(worse=WHITE),), WHITE),
    ],
)
def test_a_members_word_only_darkens_and_only_its_author_lifts_it(updates, expected: Colour) -> None:
    assert colour("word", updates=updates) is expected


def test_the_darkest_word_is_quoted_with_its_author() -> None:
    words = (update("Noor", 0, AMBER, sentence="Uneasy."), update("Ines", 2, RED, sentence="Stop."))
    assert rule("word", updates=words).text == "Ines: Stop."


@given(
    st.builds(
        status_facts,
        stage=st.sampled_from(Stage),
        expired_assumptions=st.integers(0, 3),
        expired_worst_case=st.integers(0, 1),
        expired_waivers=st.integers(0, 2),
        required=st.integers(0, 9),
        stale=st.integers(0, 3),
        oldest_review_days=st.none() | st.integers(0, 20),
        scope_confidence=st.none() | st.floats(0, 1),
        updates=st.lists(
            st.builds(update, st.sampled_from(["Dana", "Noor"]), st.integers(0, 40),
                      st.none() | st.sampled_from([AMBER, RED])),
            max_size=4,
        ).map(lambda u: sorted(u, key=lambda x: x.on, reverse=True)),
    ),
    st.sampled_from(["Dana", "Noor", "Priya"]),
    st.none() | st.sampled_from(Colour),
)  # fmt: skip
def test_the_worst_rule_wins_and_no_word_makes_it_better_than_computed(given_facts, author, worse) -> None:
    found: Status = compute_status(given_facts)
    assert found.colour.rank == max(r.colour.rank for r in found.rules)
    first_worst = next(r for r in found.rules if r.colour is found.colour)
    assert found.because == first_worst
    assert found.colour is not GREEN
    assert all(r.text and r.title for r in found.rules)

    computed = max(r.colour.rank for r in found.rules if r.rule not in ("word", "update"))
    spoken = (update(author, 0, worse), *given_facts.updates)
    after = compute_status(status_facts(**{
        name: getattr(given_facts, name) for name in StatusFacts.__slots__ if name != "updates"
    }, updates=spoken))  # fmt: skip
    assert after.colour.rank >= computed
    if worse is not None:
        assert after.colour.rank >= worse.rank
