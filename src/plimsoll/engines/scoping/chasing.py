"""Which unknown to chase first: how many open items each answer would settle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plimsoll.engines.scoping.evaluation import NODE_BUDGET, Scope, decide_rule, evaluate
from plimsoll.engines.scoping.predicate import support
from plimsoll.engines.scoping.question_set import Answers, QuestionSet, Rule

__all__ = ["Consequence", "Unknown", "rank_unknowns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What one possible answer would do to the open items."""

    value: str
    """The answer."""
    settles: int
    """Open items that would become certain or out."""
    adds: int
    """Of these, how many would become certain."""
    added: tuple[str, ...]
    """Ids of the items that would become certain."""
    removed: tuple[str, ...]
    """Ids of the items that would become out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An unanswered question with what answering it would settle."""

    question: str
    """Code of the question."""
    consequences: tuple[Consequence, ...]
    """One per possible answer, in the order of the options."""

    @property
    def settles_worst(self) -> int:
        """Open items settled by the least useful answer."""
        return min(c.settles for c in self.consequences)

    @property
    def settles_best(self) -> int:
        """Open items settled by the most useful answer."""
        return max(c.settles for c in self.consequences)

    @property
    def worst_case(self) -> Consequence:
        """The answer that would add the most, of several the one that removes the least, then the first.

        Removing matters where another unknown still holds an item back: an answer that would put the
        item out is the kinder one.
        """
        return max(self.consequences, key=lambda c: (c.adds, -len(c.removed)))


def rank_unknowns(
    question_set: QuestionSet,
    rules: Iterable[Rule],
    answers: Answers,
    *,
    scope: Scope | None = None,
    node_budget: int = NODE_BUDGET,
) -> tuple[Unknown, ...]:
    """The unknowns in chasing order: most settled in the worst case first, then in the best case.

    Ties keep the order of the question set; unknowns that settle nothing today come last. `scope`
    may be given to avoid evaluating again.
    """
    current = scope or evaluate(question_set, rules, answers, node_budget=node_budget)
    open_rules = [item.rule for item in current.open]
    world = question_set.world(answers)
    ranked = []
    for question in question_set.unknown(answers):
        touched = [rule for rule in open_rules if question.id in support(rule.when)]
        consequences = []
        for option in question.options:
            branch = {**world, question.id: frozenset((option.value,))}
            truths = {rule.id: decide_rule(rule, branch, node_budget=node_budget) for rule in touched}
            added = tuple(rule_id for rule_id, truth in truths.items() if truth is True)
            removed = tuple(rule_id for rule_id, truth in truths.items() if truth is False)
            consequences.append(
                Consequence(
                    value=option.value,
                    settles=len(added) + len(removed),
                    adds=len(added),
                    added=added,
                    removed=removed,
                )
            )
        ranked.append(Unknown(question=question.id, consequences=tuple(consequences)))
    return tuple(sorted(ranked, key=lambda u: (-u.settles_worst, -u.settles_best)))
