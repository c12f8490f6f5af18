from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.scoping.assumption import (
    Assumed,
    AssumptionState,
    WorkingScope,
    due_date,
    policy_in_force,
    state_at,
    working_scope,
)
from plimsoll.engines.scoping.chasing import rank_unknowns
from plimsoll.engines.scoping.evaluation import evaluate
from plimsoll.engines.scoping.predicate import AllOf, AnyOf
from plimsoll.engines.scoping.question_set import Policy
from tests.engines.scoping.samples import QUESTIONS, answers_given, is_, rule, rule_lists

DAY = date(2026, 1, 12)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)

RULES = [
    rule("tools", is_("A1", "read", "write")),
    rule("confirmation", AllOf((is_("A1", "write"), is_("S2", "yes")))),
    rule("pen-test", is_("S1", "public")),
    rule("limits", is_("S1", "partners", "public")),
    rule("staff-only", is_("S1", "internal")),
    rule("special-data", is_("D1", "special")),
]


def assumed(question: str, policy: Policy, value: str | None = None, due_on: date = TOMORROW) -> Assumed:
    return Assumed(question=question, value=value, policy=policy, due_on=due_on)


def work(*assumptions: Assumed, answers: dict[str, str] | None = None, today: date = DAY) -> WorkingScope:
    return working_scope(QUESTIONS, iter(RULES), answers or {}, iter(assumptions), today=today)


def brought(working: WorkingScope) -> dict[str, str]:
    return {name: question for name, (_, question) in working.assumed.items()}


def test_without_assumptions_every_open_item_waits() -> None:
    working = work()
    assert working.assumed == {}
    assert list(working.blocked) == [r.id for r in RULES]


def test_worst_case_takes_the_answer_that_adds_most() -> None:
    assert brought(work(assumed("S1", Policy.WORST_CASE))) == {"pen-test": "S1", "limits": "S1"}


def test_a_neutral_assumption_takes_its_working_value() -> None:
    neutral = assumed("S1", Policy.NEUTRAL_WITH_DEADLINE, "partners")
    assert brought(work(neutral)) == {"limits": "S1"}
    assert brought(work(assumed("S1", Policy.NEUTRAL_WITH_DEADLINE))) == {}


def test_include_all_takes_everything_that_turns_on_the_question() -> None:
    assert brought(work(assumed("S1", Policy.INCLUDE_ALL, "internal"))) == {
        "pen-test": "S1",
        "limits": "S1",
        "staff-only": "S1",
    }


def test_include_all_leaves_out_what_no_longer_turns_on_the_question() -> None:
    rules = [rule("r", AnyOf((AllOf((is_("K1", "vision"), is_("A1", "write"))), is_("S2", "yes"))))]
    everything = [assumed("A1", Policy.INCLUDE_ALL)]
    working = working_scope(QUESTIONS, rules, {"K1": "language"}, everything, today=DAY)
    assert working.assumed == {}
    assert list(working.blocked) == ["r"]


def test_block_at_gate_makes_no_work_whatever_value_it_carries() -> None:
    assert brought(work(assumed("S1", Policy.BLOCK_AT_GATE, "public"))) == {}


def test_assumptions_act_together() -> None:
    both = work(
        assumed("A1", Policy.NEUTRAL_WITH_DEADLINE, "write"),
        assumed("S2", Policy.NEUTRAL_WITH_DEADLINE, "yes"),
    )
    assert set(both.assumed) == {"tools", "confirmation"}
    alone = work(assumed("A1", Policy.NEUTRAL_WITH_DEADLINE, "write"))
    assert set(alone.assumed) == {"tools"}
    with_an_answer = work(assumed("A1", Policy.NEUTRAL_WITH_DEADLINE, "write"), answers={"S2": "yes"})
    assert set(with_an_answer.assumed) == {"tools", "confirmation"}


def test_the_assumption_that_brings_an_item_in_is_named_and_not_one_that_merely_exists() -> None:
    rules = [rule("r", AnyOf((is_("S1", "public"), is_("A1", "write"))))]
    working = working_scope(
        QUESTIONS,
        rules,
        {},
        [assumed("S1", Policy.BLOCK_AT_GATE), assumed("A1", Policy.WORST_CASE)],
        today=DAY,
    )
    assert brought(working) == {"r": "A1"}


def test_an_item_waits_while_a_blocking_question_may_still_take_it_out() -> None:
    working = work(assumed("A1", Policy.WORST_CASE), assumed("S2", Policy.BLOCK_AT_GATE))
    assert "confirmation" in working.blocked
    assert brought(working) == {"tools": "A1"}


def test_an_assumption_on_an_answered_question_does_nothing() -> None:
    working = work(assumed("S1", Policy.WORST_CASE), answers={"S1": "internal"})
    assert working.assumed == {}
    assert set(working.blocked) == {"tools", "confirmation", "special-data"}


@pytest.mark.parametrize("value", ["nowhere", "", "PUBLIC"])
def test_a_working_value_that_is_no_option_brings_nothing_in(value: str) -> None:
    assert brought(work(assumed("S1", Policy.NEUTRAL_WITH_DEADLINE, value))) == {}


@pytest.mark.parametrize("policy", list(Policy))
def test_on_the_day_after_its_due_date_every_policy_becomes_the_worst_case(policy: Policy) -> None:
    made = assumed("S1", policy, "internal", due_on=DAY)
    assert policy_in_force(made, DAY) is policy
    assert policy_in_force(made, TOMORROW) is Policy.WORST_CASE
    assert brought(work(made, today=TOMORROW)) == {"pen-test": "S1", "limits": "S1"}


def test_an_open_assumption_expires_on_the_day_after_its_due_date() -> None:
    assert state_at(AssumptionState.OPEN, DAY, DAY) is AssumptionState.OPEN
    assert state_at(AssumptionState.OPEN, DAY, TOMORROW) is AssumptionState.EXPIRED
    for settled in (AssumptionState.CONFIRMED, AssumptionState.REFUTED, AssumptionState.RETIRED):
        assert state_at(settled, DAY, DAY + timedelta(days=900)) is settled


@pytest.mark.parametrize(
    ("gate_in", "due_in"),
    [(None, 14), (-5, 1), (0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (28, 14), (57, 28)],
)
def test_an_assumption_is_due_half_way_to_the_gate_and_never_today(gate_in: int | None, due_in: int) -> None:
    gate = None if gate_in is None else DAY + timedelta(days=gate_in)
    assert due_date(DAY, gate) == DAY + timedelta(days=due_in)


@given(st.integers(2, 2000))
def test_a_due_date_leaves_at_least_as_much_time_after_it_as_before(days: int) -> None:
    gate = DAY + timedelta(days=days)
    due = due_date(DAY, gate)
    assert DAY < due < gate
    assert 0 <= (gate - due).days - (due - DAY).days <= 1


policies = st.builds(
    Assumed,
    question=st.sampled_from([q.id for q in QUESTIONS.questions]),
    value=st.none() | st.sampled_from(["yes", "no", "none", "public", "write", "special", "language"]),
    policy=st.sampled_from(Policy),
    due_on=st.sampled_from([YESTERDAY, DAY, TOMORROW]),
)


@given(rule_lists, answers_given, st.lists(policies, max_size=4, unique_by=lambda a: a.question))
def test_every_open_item_is_worked_on_or_waits_and_the_cause_is_an_assumption_it_turns_on(
    rules, answers, assumptions
) -> None:
    scope = evaluate(QUESTIONS, rules, answers)
    working = working_scope(QUESTIONS, rules, answers, assumptions, today=DAY, scope=scope)
    assert set(working.assumed).isdisjoint(working.blocked)
    assert {*working.assumed, *working.blocked} == {i.rule.id for i in scope.open}
    by_question = {a.question: a for a in assumptions}
    for item, question in working.assumed.values():
        assert question in item.depends_on
        assert policy_in_force(by_question[question], DAY) is not Policy.BLOCK_AT_GATE
    assert working == working_scope(QUESTIONS, rules, answers, reversed(assumptions), today=DAY)


@given(rule_lists, answers_given, st.sampled_from([q.id for q in QUESTIONS.questions]))
def test_alone_the_worst_case_brings_in_what_its_answer_would_add(rules, answers, question) -> None:
    found = {u.question: u for u in rank_unknowns(QUESTIONS, rules, answers)}
    working = working_scope(QUESTIONS, rules, answers, [assumed(question, Policy.WORST_CASE)], today=DAY)
    expected = set(found[question].worst_case.added) if question in found else set()
    assert set(working.assumed) == expected
