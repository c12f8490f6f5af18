"""What is acted on while a question is unknown: policy, due date, and what time makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plimsoll.engines.scoping.chasing import Unknown, rank_unknowns
from plimsoll.engines.scoping.evaluation import Item, Scope, evaluate
from plimsoll.engines.scoping.question_set import Answers, Policy, QuestionSet, Rule

__all__ = [
    "Assumed",
    "AssumptionState",
    "WorkingScope",
    "due_date",
    "policy_in_force",
    "state_at",
    "working_scope",
]

DEFAULT_DAYS = 14
"""Days to find out when no gate has a date."""


class AssumptionState(StrEnum):
    """Where an assumption stands. Expired is never stored; `state_at` derives it."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    EXPIRED = "expired"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """One assumption as the engine needs it."""

    question: str
    """Code of the question."""
    value: str | None
    """Working value; None where the policy names none."""
    policy: Policy
    """What the person chose."""
    due_on: date
    """Last day on which it may be acted on."""


def due_date(today: date, next_gate: date | None) -> date:
    """Half the time to the next gate, at least one day ahead; two weeks if no gate has a date.

    A gate that is today or past leaves one day.
    """
    if next_gate is None:
        return today + timedelta(days=DEFAULT_DAYS)
    return today + timedelta(days=max(1, (next_gate - today).days // 2))


def state_at(stored: AssumptionState, due_on: date, today: date) -> AssumptionState:
    """The state on that day: an open assumption past its due date is expired."""
    if stored is AssumptionState.OPEN and today > due_on:
        return AssumptionState.EXPIRED
    return stored


def policy_in_force(assumed: Assumed, today: date) -> Policy:
    """The chosen policy until the due date, worst case afterwards."""
    return Policy.WORST_CASE if today > assumed.due_on else assumed.policy


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingScope:
    """What to work on today: everything certain, and what assumptions bring in."""

    assumed: Mapping[str, tuple[Item, str]]
    """Rule id → the open item and the question whose assumption brings it in, the first of several."""
    blocked: Mapping[str, Item]
    """Rule id → open items that wait for an answer; no work is made of them, gates stay unknown."""


def working_scope(
    question_set: QuestionSet,
    rules: Iterable[Rule],
    answers: Answers,
    assumptions: Iterable[Assumed],
    *,
    today: date,
    scope: Scope | None = None,
) -> WorkingScope:
    """The open items that are worked on meanwhile.

    worst_case takes the answer that adds most, neutral_with_deadline the working value, include_all
    every open item that turns on the question, block_at_gate none. Assumptions act together: the
    working values of all questions are put in at once.
    """
    listed = list(rules)
    current = scope or evaluate(question_set, listed, answers)
    unknowns = {u.question: u for u in rank_unknowns(question_set, listed, answers, scope=current)}
    working: dict[str, str] = dict(answers)
    everything: set[str] = set()
    valued: set[str] = set()
    for assumed in assumptions:
        if assumed.question not in unknowns:
            continue
        value = _working_value(assumed, unknowns[assumed.question], today)
        if policy_in_force(assumed, today) is Policy.INCLUDE_ALL:
            everything.add(assumed.question)
        elif value is not None:
            working[assumed.question] = value
            valued.add(assumed.question)
    certain_then = {i.rule.id for i in evaluate(question_set, listed, working).certain}
    brought: dict[str, tuple[Item, str]] = {}
    for item in current.open:
        because = next((q for q in item.depends_on if q in everything), None)
        if because is None and item.rule.id in certain_then:
            because = next((q for q in item.depends_on if q in valued), None)
        if because is not None:
            brought[item.rule.id] = (item, because)
    return WorkingScope(
        assumed=brought,
        blocked={i.rule.id: i for i in current.open if i.rule.id not in brought},
    )


def _working_value(assumed: Assumed, unknown: Unknown, today: date) -> str | None:
    policy = policy_in_force(assumed, today)
    if policy is Policy.WORST_CASE:
        return unknown.worst_case.value
    if policy is Policy.NEUTRAL_WITH_DEADLINE:
        return assumed.value
    return None
