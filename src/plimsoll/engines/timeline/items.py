"""What stands on a timeline, and which days the timeline shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from math import ceil
from typing import Final

import numpy as np

from plimsoll.kernel.errors import BadInput

__all__ = ["Item", "ItemKind", "Span", "span_of", "when_done"]

_BACK: Final = timedelta(days=180)
_AHEAD: Final = timedelta(days=1095)
_ROOM: Final = timedelta(days=3)


class ItemKind(StrEnum):
    """What it is, by the shape that it is drawn in."""

    GATE = "gate"
    MILESTONE = "milestone"
    TASK = "task"
    REQUIREMENTS = "requirements"

    def counted(self, number: int) -> str:
        """The word for so many of them."""
        if self is ItemKind.REQUIREMENTS:
            return "days of requirements" if number != 1 else "day of requirements"
        return self.value if number == 1 else f"{self.value}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the timeline."""

    kind: ItemKind
    """What it is."""
    section: str
    """Under which heading it stands, such as the name of a system."""
    label: str
    """What it is called; short names first."""
    on: date
    """The day on which it is due."""
    starts_on: date | None = None
    """The day on which it starts; None if it has no length or nobody said."""
    done_between: tuple[date, date] | None = None
    """Earliest and latest day on which it would be done, by its estimate; None without estimate."""
    ended: bool = False
    """Whether nothing is to be done any more."""

    def __post_init__(self) -> None:
        if self.starts_on and self.starts_on > self.on:
            raise BadInput(f"“{self.label[:40]}” starts after it is due.", hint="Give the days in order.")
        if self.done_between and self.done_between[0] > self.done_between[1]:
            raise BadInput(f"The estimate of “{self.label[:40]}” is not in order.")

    def late(self, today: date) -> bool:
        """Whether its day is past and it has not ended."""
        return self.on < today and not self.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days that are shown, both ends included."""

    first: date
    """The leftmost day."""
    last: date
    """The rightmost day; later than the first."""

    def share(self, day: date) -> float:
        """Where a day lies, 0 at the left end to 1 at the right; days outside lie on the nearer end."""
        whole = (self.last - self.first).days
        return min(max((day - self.first).days / whole, 0.0), 1.0)

    def holds(self, day: date) -> bool:
        """Whether the day is among those that are shown."""
        return self.first <= day <= self.last


def span_of(items: Sequence[Item], *, today: date) -> Span:
    """From the earliest to the latest day of the items and today, with a little room at both ends.

    At most half a year back and three years ahead: one item far away must not press all others
    together. What lies outside is drawn at the edge with its day.
    """
    days = [today, *_days(items)]
    first = max(min(days), today - _BACK) - _ROOM
    last = min(max(days), today + _AHEAD) + _ROOM
    return Span(first=first, last=last)


def _days(items: Iterable[Item]) -> Iterable[date]:
    for item in items:
        yield item.on
        if item.starts_on:
            yield item.starts_on
        if item.done_between:
            yield from item.done_between


def when_done(starts_on: date, days: Decimal) -> date:
    """The last of so many working days from the first working day at or after the start, that day included.

    Monday to Friday; part of a day takes the day. Holidays are not known here. By numpy.busday_offset.
    BadInput for less than a part of a day and for more than 5,000.
    """
    if not 0 < days <= 5000:
        raise BadInput(f"{days:f} working days cannot be counted.", hint="Give more than 0, at most 5,000.")
    found = np.busday_offset(np.datetime64(starts_on, "D"), ceil(days) - 1, roll="forward")
    done: date = found.astype(object)
    return done
