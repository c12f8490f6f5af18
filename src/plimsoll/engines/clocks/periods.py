"""Plain elapsed time: what a period gives before any statute's refinement.

A point in time is a day (`date`) or an instant with its zone (`datetime`). A day as a deadline means
the end of that day at the authority. Hours are elapsed hours, whatever the wall clock does. Days,
weeks, months and years keep the wall-clock time; where that time does not exist or exists twice, the
earlier instant is taken.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta, tzinfo

from plimsoll.engines.clocks.duty import Unit
from plimsoll.engines.clocks.working_days import WorkingDays

__all__ = ["Point", "day_of", "ends_at", "plain_end", "plus_months", "shifted_day"]

Point = date | datetime
"""A day, or an instant with zone."""


def day_of(point: Point, zone: tzinfo) -> date:
    """The calendar day on which the point falls in the zone."""
    return point.astimezone(zone).date() if isinstance(point, datetime) else point


def ends_at(point: Point, zone: tzinfo) -> datetime:
    """The instant, in UTC, at which a deadline on the point has passed: for a day, the next midnight.

    Compare points by this, never directly: Python compares two times of one zone by the wall clock, and
    calls a time that the clock shows twice unequal to itself in another zone.
    """
    if isinstance(point, datetime):
        return point.astimezone(UTC)
    midnight = datetime.combine(point + timedelta(days=1), datetime.min.time())
    return _earlier(midnight, zone).astimezone(UTC)


def plus_months(day: date, months: int) -> date:
    """The same date that many months later (earlier, if negative), or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shifted_day(day: date, value: int, unit: Unit, working: WorkingDays) -> date:
    """The day that lies `value` units after the day, or before it if negative; hours are no unit of days."""
    if unit is Unit.CALENDAR_DAYS:
        return day + timedelta(days=value)
    if unit is Unit.WEEKS:
        return day + timedelta(weeks=value)
    if unit is Unit.BUSINESS_DAYS:
        return working.shift(day, value)
    return plus_months(day, value * (12 if unit is Unit.CALENDAR_YEARS else 1))


def plain_end(start: Point, value: int, unit: Unit, *, zone: tzinfo, working: WorkingDays) -> Point:
    """The end of the period by elapsed time, as a day if the start is one, else as an instant in the zone.

    `value` may be negative for periods before an event. A period in hours needs an instant.
    """
    if not isinstance(start, datetime):
        return shifted_day(start, value, unit, working)
    if unit is Unit.HOURS:
        return (start.astimezone(UTC) + timedelta(hours=value)).astimezone(zone)
    local = start.astimezone(zone)
    end = shifted_day(local.date(), value, unit, working)
    return _earlier(datetime.combine(end, local.time()), zone)


def _earlier(wall: datetime, zone: tzinfo) -> datetime:
    readings = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(readings).astimezone(zone)
