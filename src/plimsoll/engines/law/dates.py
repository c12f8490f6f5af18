"""From when a rule applies, for this system, on a given day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from plimsoll.engines.law.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    Not,
    Truth,
    World,
    decide,
    deciding_variables,
)

__all__ = ["Applicability", "StartDate", "applicability"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDate:
    """One date from which a rule applies, to the systems that its condition picks."""

    day: date | None
    """First day; None if the law names none for these systems."""
    when: Condition
    """Which systems."""
    note: str = ""
    """For whom, in words; empty for everybody."""
    only_if: str = ""
    """A further condition that is not asked about; the date is then never certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicability:
    """Whether a rule applies on a day, and from which day."""

    applies: Truth
    """True, False for "not yet applicable", None if an unknown decides it."""
    starts: tuple[StartDate, ...]
    """The dates that are possible for this system, in the order of the rule."""
    turns_on: tuple[str, ...]
    """The unknown variables that decide between the dates."""

    @property
    def day(self) -> date | None:
        """The earliest day that is possible; None if the law names none."""
        return min((start.day for start in self.starts if start.day), default=None)


def applicability(
    starts: Iterable[StartDate], world: World, as_of: date, *, given: Condition = ALWAYS
) -> Applicability:
    """Whether one of the dates has come on `as_of`: in every world, in none, or in some.

    Only worlds in which `given` (the rule's own condition) holds are looked at. A date with `only_if` can
    leave the answer open, never make it certain. With no possible date it has not come on any day that is
    known today.
    """
    possible = tuple(s for s in starts if decide(AllOf((given, s.when)), world) is not False)
    come = [start for start in possible if start.day is not None and start.day <= as_of]
    sure = _some([start for start in come if not start.only_if])
    applies: Truth = True if decide(AnyOf((Not(given), sure)), world) else None
    if decide(AllOf((given, _some(come))), world) is False:
        applies = False
    turning = (v for start in possible for v in deciding_variables(start.when, world))
    return Applicability(
        applies=applies,
        starts=possible,
        turns_on=tuple(dict.fromkeys(turning)) if applies is None else (),
    )


def _some(starts: Iterable[StartDate]) -> Condition:
    return AnyOf(tuple(start.when for start in starts) or (Not(ALWAYS),))
