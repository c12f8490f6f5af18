"""Which days count: weekends by the week of the place, public holidays as given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

__all__ = ["WEEKENDS_ONLY", "WorkingDays"]

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """The working days of one place: Monday to Friday without its public holidays.

    It does not establish that the list of holidays is whole; `covers` says which years it speaks of.
    """

    name: str
    """Where the holidays come from, as shown to readers; empty if none were given."""
    holidays: frozenset[date] = field(default_factory=frozenset)
    """Public holidays; those on a weekend do no harm."""

    def is_working(self, day: date) -> bool:
        """Whether the day is neither Saturday, Sunday nor a listed holiday."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def on_or_after(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        while not self.is_working(day):
            day += _DAY
        return day

    def after(self, day: date) -> date:
        """The first working day after the day."""
        return self.on_or_after(day + _DAY)

    def count(self, first: date, last: date) -> int:
        """Working days from first to last, both included; 0 if last lies before first."""
        return sum(self.is_working(first + _DAY * n) for n in range((last - first).days + 1))

    def shift(self, day: date, days: int) -> date:
        """The working day that is `days` working days after the day (before it, if negative).

        The day itself never counts. Zero gives the day itself, working or not.
        """
        step = _DAY if days > 0 else -_DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def covers(self, first: date, last: date) -> bool:
        """Whether the list names a holiday in every year from first to last."""
        years = {day.year for day in self.holidays}
        return all(year in years for year in range(first.year, last.year + 1))


WEEKENDS_ONLY = WorkingDays(name="")
"""Monday to Friday, no holiday known."""
