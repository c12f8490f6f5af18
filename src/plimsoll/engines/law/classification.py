"""Which tiers of the EU AI Act a system has: a set, exact under unknown answers, never a score.

A tier follows from one or more grounds, each one provision with its condition, dates and sources. The
result does not say that the answers are true, and it is no legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from plimsoll.engines.law.act_rules import ActRules, Ground, LawVersion, Note, Reading
from plimsoll.engines.law.condition import AllOf, Truth, World, decide, deciding_variables, explain
from plimsoll.engines.law.dates import Applicability, StartDate, applicability
from plimsoll.engines.law.fact_sheet import Answers
from plimsoll.kernel.verdict import Verdict

__all__ = ["PROHIBITED", "Classification", "Reason", "TierFound", "classify"]

PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a system has a tier, and from when that counts."""

    tier: str
    """The tier."""
    article: str
    """Provision that decides; several, joined by "or", where an unknown decides which of them."""
    because: str
    """What it says."""
    facts: tuple[str, ...]
    """The answers that decide."""
    applicability: Applicability
    """From when, and whether on the day asked for."""
    roles: Mapping[str, str]
    """Role → the articles that bind it."""
    confidence: str
    """How sure the reading is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierFound:
    """Where one tier stands."""

    tier: str
    """The tier."""
    truth: Truth
    """True: the system has it. False: it has not. None: an unknown decides."""
    facts: tuple[str, ...]
    """The answers that decide, or the unknowns that keep it open."""
    questions: tuple[str, ...]
    """For an open tier: the questions that decide it, in the order they are asked."""
    applies: Truth
    """Whether it applies on the day asked for, if the system has it; False is "not yet applicable"."""
    day: date | None
    """First day on which it may apply; None if the law names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The tiers of a system for one set of answers on one day."""

    as_of: date
    """The day asked for."""
    law: LawVersion
    """The text of the law."""
    answers: Answers
    """What was known."""
    found: tuple[TierFound, ...]
    """Every tier, in the order of the screen."""
    reasons: tuple[Reason, ...]
    """For each tier that the system has, every provision that puts it there."""
    readings: tuple[tuple[Reading, bool], ...]
    """Disputed points that matter here; the second value says whether that is certain."""
    notes: tuple[Note, ...]
    """Further consequences that are certain."""

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers that the system has in every world the unknowns allow."""
        return tuple(item.tier for item in self.found if item.truth is True)

    @property
    def open(self) -> tuple[TierFound, ...]:
        """The tiers that it has in some worlds."""
        return tuple(item for item in self.found if item.truth is None)

    @property
    def out(self) -> tuple[TierFound, ...]:
        """The tiers that it has in no world."""
        return tuple(item for item in self.found if item.truth is False)

    @property
    def verdict(self) -> Verdict:
        """NOT_MET if a prohibition applies on the day; UNKNOWN while a tier is open; MET otherwise.

        MET says that the class is settled and that no prohibition of these rules applies on that day. It
        says nothing about whether duties of the class are fulfilled.
        """
        banned = next(item for item in self.found if item.tier == PROHIBITED)
        if banned.truth is True and banned.applies is True:
            return Verdict.NOT_MET
        return Verdict.UNKNOWN if self.open else Verdict.MET


def classify(rules: ActRules, answers: Answers, as_of: date) -> Classification:
    """The tiers of a system with these answers on the day `as_of`.

    A tier that the law already has and that does not apply yet is in the set, marked "not yet applicable"
    with its date. Unknown answers leave tiers open; each is decided exactly over all worlds, questions
    taken to be independent.
    """
    found = tuple(_found(rules, tier, answers.world, as_of) for tier in rules.tiers)
    return Classification(
        as_of=as_of,
        law=rules.law,
        answers=answers,
        found=found,
        reasons=tuple(
            reason
            for item in found
            if item.truth is True
            for reason in _reasons(rules, item.tier, answers.world, as_of)
        ),
        readings=tuple(
            (reading, truth is True)
            for reading in rules.readings
            if (truth := decide(reading.when, answers.world)) is not False
        ),
        notes=tuple(note for note in rules.notes if decide(note.when, answers.world) is True),
    )


def _found(rules: ActRules, tier: str, world: World, as_of: date) -> TierFound:
    condition = rules.condition(tier)
    grounds = [ground for ground in rules.grounds if ground.tier == tier]
    when = applicability(_starts(grounds), world, as_of, given=condition)
    turning = deciding_variables(condition, world)
    return TierFound(
        tier=tier,
        truth=decide(condition, world),
        facts=explain(condition, world, turning),
        questions=rules.sheet.facts_of(turning),
        applies=when.applies,
        day=when.day,
    )


def _starts(grounds: Iterable[Ground]) -> tuple[StartDate, ...]:
    """The dates of several grounds, each for the systems that its ground picks."""
    return tuple(
        replace(start, when=AllOf((ground.when, start.when))) for ground in grounds for start in ground.starts
    )


def _reasons(rules: ActRules, tier: str, world: World, as_of: date) -> tuple[Reason, ...]:
    grounds = [ground for ground in rules.grounds if ground.tier == tier]
    sure = [ground for ground in grounds if decide(ground.when, world) is True]
    if not sure:
        # No provision is certain by itself, but each way the unknowns can turn out leads to one of these.
        return (_joined(rules, [g for g in grounds if decide(g.when, world) is None], world, as_of),)
    return tuple(
        Reason(
            tier=tier,
            article=ground.article,
            because=ground.because,
            facts=explain(ground.when, world),
            applicability=applicability(ground.starts, world, as_of, given=ground.when),
            roles=ground.roles,
            confidence=ground.confidence,
        )
        for ground in sure
    )


def _joined(rules: ActRules, grounds: list[Ground], world: World, as_of: date) -> Reason:
    condition = rules.condition(grounds[0].tier)
    return Reason(
        tier=grounds[0].tier,
        article=" or ".join(dict.fromkeys(ground.article for ground in grounds)),
        because="one of these holds, whichever way the unknowns turn out",
        facts=explain(condition, world),
        applicability=applicability(_starts(grounds), world, as_of, given=condition),
        roles=_joined_roles(grounds),
        confidence=min((ground.confidence for ground in grounds), key=("low", "medium", "high").index),
    )


def _joined_roles(grounds: list[Ground]) -> dict[str, str]:
    texts: dict[str, dict[str, None]] = {}
    for ground in grounds:
        for role, text in ground.roles.items():
            texts.setdefault(role, {})[text] = None
    return {role: " or ".join(found) for role, found in texts.items()}
