"""The three sets: what is certain, what is open, what is out, each with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plimsoll.engines.scoping.predicate import (
    AllOf,
    Always,
    AnyOf,
    Budget,
    Is,
    Predicate,
    Truth,
    World,
    decide,
    kleene,
)
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, Answers, QuestionSet, Rule
from plimsoll.kernel.units import Share

__all__ = ["EXACT", "KLEENE", "Item", "Scope", "decide_rule", "evaluate"]

EXACT = "exact"
KLEENE = "kleene"
NODE_BUDGET = 50_000
"""Worlds looked at per rule before its answer stays Kleene's; the built-in rules need under 40."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A rule with its place in the scope and the facts that put it there."""

    rule: Rule
    """What it is about."""
    truth: Truth
    """True certain, False out, None open."""
    reasons: tuple[str, ...]
    """Facts that decide, or unknowns that keep it open, in the order of the condition."""
    depends_on: tuple[str, ...] = ()
    """For an open item: the unknown questions it may still turn on, in the order they are asked."""
    exact: bool = True
    """Whether every world was considered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The three sets for one set of answers; order follows the rules."""

    items: tuple[Item, ...]
    """Every rule exactly once."""

    @property
    def certain(self) -> tuple[Item, ...]:
        """True in every world the unknowns allow."""
        return tuple(item for item in self.items if item.truth is True)

    @property
    def open(self) -> tuple[Item, ...]:
        """True in some worlds and false in others, or not settled by the method."""
        return tuple(item for item in self.items if item.truth is None)

    @property
    def out(self) -> tuple[Item, ...]:
        """False in every world."""
        return tuple(item for item in self.items if item.truth is False)

    @property
    def confidence(self) -> Share | None:
        """Certain ÷ (certain + open); None when both are empty."""
        certain, open_ = len(self.certain), len(self.open)
        return Share(certain / (certain + open_)) if certain + open_ else None

    @property
    def method(self) -> str:
        """The word "exact" if every item was decided over all worlds, "kleene" if some item was not."""
        return EXACT if all(item.exact for item in self.items) else KLEENE


def evaluate(
    question_set: QuestionSet,
    rules: Iterable[Rule],
    answers: Answers,
    *,
    node_budget: int = NODE_BUDGET,
) -> Scope:
    """The scope of a system with these answers.

    Facts are taken to be independent: no rule forbids a combination of answers. Each rule is decided
    exactly while `node_budget` splits suffice, and by Kleene's rule beyond; a tautology may then be
    shown as open, never the other way round.
    """
    world = question_set.world(answers)
    return Scope(items=tuple(_item(question_set, rule, world, node_budget) for rule in rules))


def decide_rule(rule: Rule, world: World, *, node_budget: int = NODE_BUDGET) -> Truth:
    """Where one rule stands in the world; None also when the budget did not suffice."""
    return decide(rule.when, world, Budget(node_budget))[0]


def _item(question_set: QuestionSet, rule: Rule, world: World, node_budget: int) -> Item:
    truth, exact = decide(rule.when, world, Budget(node_budget))
    undecided = {atom.question for atom in _undecided(rule.when, world)} if truth is None else set()
    return Item(
        rule=rule,
        truth=truth,
        reasons=tuple(dict.fromkeys(_reasons(question_set, rule.when, world, truth))),
        depends_on=tuple(q.id for q in question_set.questions if q.id in undecided),
        exact=exact,
    )


def _reasons(question_set: QuestionSet, predicate: Predicate, world: World, truth: Truth) -> list[str]:
    if isinstance(predicate, Always):
        return ["always required"]
    if isinstance(predicate, Is):
        return [_sentence(question_set, predicate, world)]
    if truth is None:
        return [_sentence(question_set, atom, world) for atom in _undecided(predicate, world)]
    agreeing = [part for part in predicate.parts if kleene(part, world) is truth]
    one_suffices = isinstance(predicate, AnyOf) == truth
    if one_suffices and not agreeing:
        return _by_cases(question_set, predicate, world, truth)
    parts = agreeing if one_suffices else predicate.parts
    return [reason for part in parts for reason in _reasons(question_set, part, world, truth)]


def _by_cases(question_set: QuestionSet, predicate: Predicate, world: World, truth: Truth) -> list[str]:
    # No part decides alone, but each way the unknowns can turn out leads to the same result. It needs
    # the known facts that speak for it in the parts that are still undecided.
    known = [
        reason
        for part in _live(predicate, world)
        if kleene(part, world) is truth
        for reason in _reasons(question_set, part, world, truth)
    ]
    unknown = dict.fromkeys(atom.question for atom in _undecided(predicate, world))
    return [*known, f"whatever {' and '.join(unknown)} turns out to be"]


def _live(predicate: Predicate, world: World) -> Iterator[Predicate]:
    """The decided parts and the atoms in undecided ones, from left to right."""
    if isinstance(predicate, AllOf | AnyOf) and kleene(predicate, world) is None:
        for part in predicate.parts:
            yield from _live(part, world)
    else:
        yield predicate


def _undecided(predicate: Predicate, world: World) -> list[Is]:
    return [part for part in _live(predicate, world) if isinstance(part, Is) and kleene(part, world) is None]


def _sentence(question_set: QuestionSet, atom: Is, world: World) -> str:
    possible = world[atom.question]
    wanted = " or ".join(o.value for o in question_set[atom.question].options if o.value in atom.values)
    if possible <= atom.values:
        known = " or ".join(o for o in sorted(possible))
        return f"{atom.question} is {known}"
    if possible & atom.values:
        return f"{atom.question} is unknown and counts if it is {wanted}"
    if possible == {NOT_APPLICABLE}:
        return f"{atom.question} does not apply"
    known = " or ".join(o for o in sorted(possible))
    return f"{atom.question} is {known}, not {wanted}"
