"""Which duties apply to a system, by rules over facts; each with the fact that decides it.

A duty is certain, out or open; apart from that it is in force on a day, still to come, voluntary, in a
period of grace, or only proposed. Proposed law is a watch item, never a duty. The result does not say that
the facts are true, and it is no legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plimsoll.engines.law.condition import Condition, Truth, World, decide, deciding_variables, explain
from plimsoll.engines.law.dates import Applicability, StartDate, applicability
from plimsoll.engines.law.edition import RulesEdition
from plimsoll.engines.law.fact_sheet import Answers, FactSheet
from plimsoll.engines.law.schema import ObligationEntry
from plimsoll.kernel.verdict import Verdict

__all__ = ["Duties", "DutyFound", "DutyRule", "DutyRules", "Standing", "find_duties"]


class Standing(StrEnum):
    """How a duty that concerns the system stands on a day."""

    APPLIES = "applies"
    GRACE = "grace"
    NOT_YET = "not_yet_applicable"
    OPEN = "open"
    VOLUNTARY = "voluntary"
    WATCH = "watch"
    OUT = "out"

    @property
    def word(self) -> str:
        """As people read it."""
        return _WORDS[self]


_WORDS = {
    Standing.APPLIES: "applies",
    Standing.GRACE: "applies, in a period of grace",
    Standing.NOT_YET: "not yet applicable",
    Standing.OPEN: "open",
    Standing.VOLUNTARY: "voluntary",
    Standing.WATCH: "watch: only proposed",
    Standing.OUT: "does not apply",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule:
    """One duty with the condition under which it applies and the dates from which it does."""

    duty: ObligationEntry
    """The catalog's entry: provision, holder, trigger, status, sources."""
    when: Condition
    """Condition over the facts."""
    starts: tuple[StartDate, ...]
    """From when, for which systems; empty for proposed law."""
    shown: Mapping[str, str]
    """Further dates of the entry that decide nothing here: what they are for → the date or its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRules:
    """The rules for every duty of the catalog."""

    edition: RulesEdition
    """Which edition of the rules, and how fresh they are."""
    sheet: FactSheet
    """What may be asked: the questions of the AI Act and the facts of the other laws."""
    rules: tuple[DutyRule, ...]
    """One per duty, in the order of the catalog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFound:
    """Where one duty stands."""

    rule: DutyRule
    """The duty and its rule."""
    truth: Truth
    """Whether its condition holds: True, False, or None if an unknown decides."""
    standing: Standing
    """How it stands on the day. What is only proposed is WATCH, whatever else; unknown is OPEN."""
    facts: tuple[str, ...]
    """The facts that decide, or the unknowns that keep it open."""
    questions: tuple[str, ...]
    """For an open duty, or an open date: the facts to find out, in the order they are asked."""
    when: Applicability
    """From when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """Every duty of the catalog for one set of facts on one day."""

    as_of: date
    """The day asked for."""
    edition: RulesEdition
    """Which rules."""
    answers: Answers
    """What was known."""
    found: tuple[DutyFound, ...]
    """Every duty once, in the order of the catalog."""

    def standing(self, *standings: Standing) -> tuple[DutyFound, ...]:
        """Those that stand in one of these ways."""
        return tuple(item for item in self.found if item.standing in standings)

    @property
    def watched(self) -> tuple[DutyFound, ...]:
        """Proposed law that would, or may, concern the system."""
        return tuple(item for item in self.standing(Standing.WATCH) if item.truth is not False)

    @property
    def verdict(self) -> Verdict:
        """UNKNOWN while any duty is open, else MET: the list is settled. Nothing about fulfilment."""
        return Verdict.UNKNOWN if self.standing(Standing.OPEN) else Verdict.MET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What a condition says in one world; most duties share theirs with others."""

    truth: Truth
    turning: tuple[str, ...]
    facts: tuple[str, ...]


def find_duties(rules: DutyRules, answers: Answers, as_of: date) -> Duties:
    """Where every duty stands for these facts on the day `as_of`; exact, facts taken to be independent."""
    world = answers.world
    decided: dict[Condition, _Decided] = {}
    for rule in rules.rules:
        if rule.when not in decided:
            turning = deciding_variables(rule.when, world)
            decided[rule.when] = _Decided(
                truth=decide(rule.when, world), turning=turning, facts=explain(rule.when, world, turning)
            )
    return Duties(
        as_of=as_of,
        edition=rules.edition,
        answers=answers,
        found=tuple(_found(rules.sheet, r, decided[r.when], world, as_of) for r in rules.rules),
    )


def _found(sheet: FactSheet, rule: DutyRule, said: _Decided, world: World, as_of: date) -> DutyFound:
    when = applicability(rule.starts, world, as_of, given=rule.when)
    return DutyFound(
        rule=rule,
        truth=said.truth,
        standing=_standing(rule, said.truth, when),
        facts=said.facts,
        questions=sheet.facts_of(when.turns_on if said.truth is True else said.turning),
        when=when,
    )


def _standing(rule: DutyRule, truth: Truth, when: Applicability) -> Standing:
    if rule.duty.status == "proposed":
        return Standing.WATCH
    if truth is False:
        return Standing.OUT
    if truth is None:
        return Standing.OPEN
    if when.applies is False:
        return Standing.NOT_YET
    if rule.duty.status == "voluntary":
        return Standing.VOLUNTARY
    if when.applies is None:
        return Standing.OPEN
    return Standing.GRACE if rule.duty.status == "grace" else Standing.APPLIES
