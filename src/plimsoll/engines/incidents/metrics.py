"""How long each step of an incident took; medians and worst over several.

A step that has not ended counts with the time so far, and the figure then says “at least”: leaving it
out would make slow responses look fast. A step whose beginning nobody knows is unknown, not zero.
Hazards and incidents are summed apart by whoever calls.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from plimsoll.engines.incidents.timeline import Milestone, Timeline

__all__ = ["Measure", "Span", "Summary", "spans", "summarise"]


class Measure(Enum):
    """A step that is measured: from one moment to another."""

    TIME_TO_DETECT = (Milestone.OCCURRED, Milestone.DETECTED)
    TIME_TO_DECLARE = (Milestone.DETECTED, Milestone.DECLARED)
    TIME_TO_ACKNOWLEDGE = (Milestone.DETECTED, Milestone.FIRST_ACTION)
    TIME_TO_CONTAIN = (Milestone.DETECTED, Milestone.CONTAINED)
    TIME_TO_ERADICATE = (Milestone.DETECTED, Milestone.ERADICATED)
    TIME_TO_RESOLVE = (Milestone.DETECTED, Milestone.RESTORED)
    TIME_TO_TELL_USERS = (Milestone.DETECTED, Milestone.USERS_TOLD)

    @property
    def words(self) -> str:
        """As people read it: "time to contain"."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long one step of one incident took."""

    measure: Measure
    """Which step."""
    length: timedelta | None
    """From its beginning to its end, or to now while it lasts; None if nobody knows the beginning."""
    ended: bool
    """Whether it is over; if not, the length is what it has been so far."""
    why: str
    """Between which moments, or what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One step over several incidents."""

    measure: Measure
    """Which step."""
    ended: int
    """Incidents in which it is over."""
    lasting: int
    """Incidents in which it still lasts; they count with the time so far."""
    unknown: int
    """Incidents in which nobody knows when it began."""
    median: timedelta | None
    """Median length; a lower bound while any lasts; None if none is known."""
    worst: timedelta | None
    """Greatest length; None if none is known."""
    worst_lasts: bool
    """Whether the worst is one that still lasts."""

    @property
    def at_least(self) -> bool:
        """Whether the median is a lower bound."""
        return self.lasting > 0


_UNKNOWN = {
    Milestone.OCCURRED: "nobody knows when it occurred",
    Milestone.DETECTED: "nobody knows when it was detected",
}


def spans(timeline: Timeline, *, now: datetime) -> tuple[Span, ...]:
    """Every step of one incident, in the order of `Measure`. What lies after `now` has not come."""
    return tuple(_span(measure, timeline, now) for measure in Measure)


def _span(measure: Measure, timeline: Timeline, now: datetime) -> Span:
    first, last = measure.value
    begin, end = timeline.at(first), timeline.at(last)
    if begin is None or begin > now:
        return Span(measure=measure, length=None, ended=False, why=_UNKNOWN[first])
    if end is None or end > now:
        return Span(measure=measure, length=now - begin, ended=False, why=f"not yet {last.words}")
    return Span(measure=measure, length=end - begin, ended=True, why=f"{first.words} to {last.words}")


def summarise(found: Iterable[Span]) -> tuple[Summary, ...]:
    """Medians and worst per step, in the order of `Measure`; steps of which there is no span too.

    The median of an even number is the mean of the two in the middle.
    """
    by_measure: dict[Measure, list[Span]] = {measure: [] for measure in Measure}
    for span in found:
        by_measure[span.measure].append(span)
    return tuple(_summary(measure, items) for measure, items in by_measure.items())


def _summary(measure: Measure, items: list[Span]) -> Summary:
    known = [(span.length, not span.ended) for span in items if span.length is not None]
    # of two equal lengths the one that lasts is the worse
    worst, lasts = max(known, default=(None, False))
    return Summary(
        measure=measure,
        ended=sum(not lasting for _, lasting in known),
        lasting=sum(lasting for _, lasting in known),
        unknown=len(items) - len(known),
        median=_median([length for length, _ in known]),
        worst=worst,
        worst_lasts=lasts,
    )


def _median(lengths: list[timedelta]) -> timedelta | None:
    if not lengths:
        return None
    return timedelta(seconds=statistics.median(length.total_seconds() for length in lengths))
