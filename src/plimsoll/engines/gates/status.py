"""The computed status of a system: the worst rule wins and is named; a person can only worsen it.

Rules and limits: PRODUCT section 8. White means not enough data and is never better than green: a
rule that cannot be measured yet keeps the status from being green.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import percent

__all__ = ["Colour", "RuleResult", "Status", "StatusFacts", "Update", "compute_status"]

QUIET_DAYS = 10
REVIEW_TARGET_DAYS = 7
WORD_DAYS = 30
"""A member's word lapses after so many days unless it is repeated."""


class Colour(StrEnum):
    """Computed status, worst last in `rank`."""

    GREEN = "green"
    WHITE = "white"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 green, 1 white, 2 amber, 3 red."""
        return list(Colour).index(self)

    @property
    def word(self) -> str:
        """The word that always stands beside the colour."""
        return {
            Colour.RED: "over the line",
            Colour.AMBER: "close",
            Colour.GREEN: "within",
            Colour.WHITE: "not enough data",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A member's word on the system; `worse` darkens the status until the same member speaks again."""

    author_id: int
    """Who: only the same person takes a word back."""
    author: str
    """Their name."""
    by_owner: bool
    """Whether the author owns the system."""
    on: date
    """When."""
    sentence: str
    """What they said."""
    worse: Colour | None
    """The colour it should at least have; None if the sentence only informs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """What the rules look at."""

    today: date
    """The day for which the status holds."""
    stage: Stage
    """The system's stage by facts."""
    expired_assumptions: int
    """Open assumptions past their due date."""
    expired_worst_case: int
    """Of these, how many were chosen as worst_case."""
    expired_waivers: int
    """Approved waivers past their last day whose requirement is still not proven."""
    required: int
    """Requirements certain to apply."""
    stale: int
    """Of these, how many rest on expired evidence or evidence of a former version."""
    oldest_review_days: int | None
    """Age of the oldest evidence waiting for review; None if none waits."""
    scope_confidence: float | None
    """Certain ÷ (certain + open)."""
    updates: Sequence[Update]
    """Newest first. What is dated after `today` has not been said yet and does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule's word."""

    rule: str
    """Stable id."""
    title: str
    """What it looks at."""
    colour: Colour
    """Its colour."""
    text: str
    """What it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status with the rule that won and all others."""

    colour: Colour
    """Worst of all rules."""
    because: RuleResult
    """The rule that won; the first of the worst."""
    rules: tuple[RuleResult, ...]
    """Every rule, in the order of PRODUCT section 8."""


def compute_status(facts: StatusFacts) -> Status:
    """The status of one system. Deterministic; every rule is evaluated."""
    rules = (
        _not_measured("forecast", "Next gate on its committed date", "no schedule is simulated yet"),
        _not_measured("load", "Risk against the line", "no loss is simulated yet"),
        _assumptions(facts),
        _waivers(facts),
        _not_measured("error-budget", "Security error budget", "risk-days are not counted yet"),
        _stale_evidence(facts),
        _reviews(facts),
        _not_measured("dependencies", "Dependencies confirmed", "no dependencies are recorded yet"),
        _owner_update(facts),
        _confidence(facts),
        _worsened(facts),
    )
    worst = max(rules, key=lambda rule: rule.colour.rank)
    return Status(colour=worst.colour, because=worst, rules=rules)


def _not_measured(rule: str, title: str, why: str) -> RuleResult:
    return RuleResult(rule=rule, title=title, colour=Colour.WHITE, text=f"not yet measured: {why}")


def _limits(value: float, *, amber: float, red: float) -> Colour:
    if value > red:
        return Colour.RED
    return Colour.AMBER if value > amber else Colour.GREEN


def _assumptions(facts: StatusFacts) -> RuleResult:
    count = facts.expired_assumptions
    colour = _limits(count, amber=0, red=1)
    if facts.expired_worst_case:
        colour = Colour.RED
    text = f"{count} past due" if count else "none past due"
    if facts.expired_worst_case:
        text += f", {facts.expired_worst_case} of them worst case"
    return RuleResult(rule="assumptions", title="Assumptions", colour=colour, text=text)


def _waivers(facts: StatusFacts) -> RuleResult:
    count = facts.expired_waivers
    return RuleResult(
        rule="waivers",
        title="Waivers",
        colour=Colour.RED if count else Colour.GREEN,
        text=f"{count} expired" if count else "none expired",
    )


def _stale_evidence(facts: StatusFacts) -> RuleResult:
    title = "Evidence of required controls"
    if not facts.required:
        return RuleResult(
            rule="evidence", title=title, colour=Colour.WHITE, text="nothing is certain to be required"
        )
    part = facts.stale / facts.required
    return RuleResult(
        rule="evidence",
        title=title,
        colour=_limits(part, amber=0.10, red=0.25),
        text=f"{facts.stale} of {facts.required} stale",
    )


def _reviews(facts: StatusFacts) -> RuleResult:
    age = facts.oldest_review_days
    return RuleResult(
        rule="reviews",
        title="Review queue",
        colour=Colour.GREEN
        if age is None
        else _limits(age, amber=REVIEW_TARGET_DAYS, red=2 * REVIEW_TARGET_DAYS),
        text="nothing waits" if age is None else f"oldest waits {_days(age)}; target {REVIEW_TARGET_DAYS}",
    )


def _owner_update(facts: StatusFacts) -> RuleResult:
    title = "Owner's update"
    last = next((u for u in facts.updates if u.by_owner and u.on <= facts.today), None)
    if last is None:
        return RuleResult(rule="update", title=title, colour=Colour.WHITE, text="none yet")
    age = (facts.today - last.on).days
    return RuleResult(
        rule="update",
        title=title,
        colour=Colour.WHITE if age > QUIET_DAYS else Colour.GREEN,
        text=f"{_days(age)} ago" if age else "today",
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _confidence(facts: StatusFacts) -> RuleResult:
    title = "Scope confidence"
    value = facts.scope_confidence
    if value is None or math.isnan(value):
        return RuleResult(rule="scope", title=title, colour=Colour.WHITE, text="nothing is scoped")
    colour = Colour.GREEN if value >= 0.85 else Colour.AMBER
    if value < 0.60 and facts.stage.order >= Stage.PILOT.order:
        colour = Colour.RED
    # Rounded down: “85% certain” must never stand beside a colour that says less than 85 %.
    return RuleResult(rule="scope", title=title, colour=colour, text=f"{percent(value)} certain")


def _worsened(facts: StatusFacts) -> RuleResult:
    title = "Word of a member"
    latest: dict[int, Update] = {}
    for update in facts.updates:
        if update.on <= facts.today:
            latest.setdefault(update.author_id, update)
    darker = [u for u in latest.values() if u.worse and (facts.today - u.on).days <= WORD_DAYS]
    if not darker:
        return RuleResult(rule="word", title=title, colour=Colour.GREEN, text="nobody worsened it")
    worst = max(darker, key=lambda u: u.worse.rank if u.worse else 0)
    return RuleResult(
        rule="word",
        title=title,
        colour=worst.worse or Colour.GREEN,
        text=f"{worst.author}: {worst.sentence}",
    )
