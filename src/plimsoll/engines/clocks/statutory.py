"""The statute's own way of counting. A reading to be confirmed by counsel, never the working deadline.

Regulation (EEC, Euratom) No 1182/71, Art. 3: the hour or day of the event is not counted (1); periods
end with the last hour of their last day, months and years on the same date or the last of the month
(2); an end on a public holiday, Saturday or Sunday moves to the next working day, but not for hours
and not for periods counted backwards (4); two days or more hold at least two working days (5).
Form 8-K, General Instruction B.1: business days; a trigger on another day starts the count on, and
includes, the next business day. Counting business days after the trigger gives the same.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from plimsoll.engines.clocks.duty import Unit
from plimsoll.engines.clocks.periods import Point, day_of, shifted_day
from plimsoll.engines.clocks.rules import Hours, Rule
from plimsoll.engines.clocks.working_days import WorkingDays

__all__ = ["statutory_end"]

_DAY = timedelta(days=1)
_SEVERAL = 2


def statutory_end(
    rule: Rule, start: Point, value: int, unit: Unit, *, zone: tzinfo, working: WorkingDays
) -> Point | None:
    """The end of the period by the rule: an instant for hours, else the last day; None if it reads none.

    `value` is not negative; a period in hours needs an instant.
    """
    if unit is Unit.HOURS:
        if rule.hours is Hours.NONE or not isinstance(start, datetime):
            return None
        return _hours(start, value, zone)
    if not rule.days:
        return None
    first = day_of(start, zone)
    return _days(rule, first, shifted_day(first, value, unit, working), working)


def _hours(start: datetime, value: int, zone: tzinfo) -> datetime:
    local = start.astimezone(zone)
    into_the_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    counted_from = start.astimezone(UTC) - into_the_hour + timedelta(hours=1)
    return (counted_from + timedelta(hours=value)).astimezone(zone)


def _days(rule: Rule, event: date, nominal: date, working: WorkingDays) -> date:
    end = working.on_or_after(nominal) if rule.moves_end else nominal
    if (nominal - event).days >= _SEVERAL:
        while working.count(event + _DAY, end) < rule.minimum_working_days:
            end = working.after(end)
    return end
