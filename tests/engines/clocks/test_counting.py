"""Counting: days, months, hours, working days and the statutes' readings, case by case and by property."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.clocks.duty import Unit
from plimsoll.engines.clocks.periods import Point, day_of, ends_at, plain_end, plus_months, shifted_day
from plimsoll.engines.clocks.rules import Hours, Rule
from plimsoll.engines.clocks.statutory import statutory_end
from plimsoll.engines.clocks.working_days import WEEKENDS_ONLY, WorkingDays

BRUSSELS = ZoneInfo("Europe/Brussels")
ZONES = [
    BRUSSELS,
    ZoneInfo("America/New_York"),
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("Australia/Lord_Howe"),  # moves by half an hour
    ZoneInfo("Pacific/Apia"),  # left out a day in 2011
    ZoneInfo("Africa/Casablanca"),
    ZoneInfo("America/St_Johns"),
    UTC,
]
EU = Rule(
    id="eu-1182-71", basis="Art. 3", says="As it says.", sources=("S-1182-71",), confidence="medium",
    hours=Hours.NEXT_FULL_HOUR, days=True, moves_end=True, minimum_working_days=2, calendar="",
)  # fmt: skip
SEC = Rule(
    id="us-sec", basis="B.1", says="Business days.", sources=(), confidence="medium",
    hours=Hours.NONE, days=True, moves_end=False, minimum_working_days=0, calendar="",
)  # fmt: skip
PLAIN = Rule(
    id="elapsed", basis="none", says="No way of counting.", sources=(), confidence="high",
    hours=Hours.NONE, days=False, moves_end=False, minimum_working_days=0, calendar="",
)  # fmt: skip

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)
lengths = st.integers(0, 400)
day_units = st.sampled_from([u for u in Unit if u is not Unit.HOURS])
holidays = st.frozensets(days, max_size=60).map(lambda found: WorkingDays(name="given", holidays=found))


def eu(start: Point, value: int, unit: Unit, working: WorkingDays = WEEKENDS_ONLY) -> Point | None:
    return statutory_end(EU, start, value, unit, zone=BRUSSELS, working=working)


# ---------------------------------------------------------------- working days


def test_days_that_are_no_working_days_never_count() -> None:
    working = WorkingDays(name="x", holidays=frozenset({date(2026, 11, 26)}))
    assert working.shift(date(2026, 11, 25), 4) == date(2026, 12, 2)
    assert working.shift(date(2026, 11, 28), 1) == date(2026, 11, 30)
    assert working.shift(date(2026, 11, 30), -2) == date(2026, 11, 25)
    assert working.shift(date(2026, 11, 28), 0) == date(2026, 11, 28)
    assert working.on_or_after(date(2026, 11, 26)) == date(2026, 11, 27)
    assert working.after(date(2026, 11, 27)) == date(2026, 11, 30)
    assert working.count(date(2026, 11, 23), date(2026, 11, 29)) == 4
    assert working.count(date(2026, 11, 29), date(2026, 11, 23)) == 0


def test_a_list_covers_the_years_in_which_it_names_a_holiday() -> None:
    working = WorkingDays(name="x", holidays=frozenset({date(2026, 12, 25), date(2028, 12, 25)}))
    assert working.covers(date(2026, 1, 1), date(2026, 12, 31))
    assert not working.covers(date(2026, 12, 30), date(2027, 1, 2))
    assert not WEEKENDS_ONLY.covers(date(2026, 1, 1), date(2026, 1, 1))


@given(days, st.integers(1, 60), holidays)
def test_shifting_there_and_counting_agree(day: date, value: int, working: WorkingDays) -> None:
    end = working.shift(day, value)
    assert working.is_working(end)
    assert working.count(day + timedelta(days=1), end) == value
    back = working.shift(end, -value)
    assert back <= day
    assert working.count(back, end - timedelta(days=1)) == value


@given(days, st.integers(-60, 60).filter(bool), holidays)
def test_working_days_are_those_that_numpy_counts(day: date, value: int, working: WorkingDays) -> None:
    # of a day that does not count, numpy first rolls to one that does, away from the direction of counting
    roll: Literal["backward", "forward"] = "backward" if value > 0 else "forward"
    theirs = numpy.busday_offset(
        numpy.datetime64(day), value, roll=roll, holidays=[numpy.datetime64(d) for d in working.holidays]
    )
    assert working.shift(day, value) == theirs.astype(object)


# ---------------------------------------------------------------- plain periods


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        ("2027-01-30", 1, "2027-02-28"),
        ("2028-01-30", 1, "2028-02-29"),
        ("2028-01-31", 3, "2028-04-30"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2028-02-29", 120, "2038-02-28"),
        ("2028-03-31", -1, "2028-02-29"),
        ("2028-01-15", -1, "2027-12-15"),
        ("2027-08-31", 0, "2027-08-31"),
    ],
)
def test_a_month_ends_on_the_same_date_or_the_last_of_the_month(day: str, months: int, end: str) -> None:
    assert plus_months(date.fromisoformat(day), months) == date.fromisoformat(end)


@given(days, st.integers(0, 240))
def test_months_never_skip_one_and_keep_the_date_where_it_exists(day: date, months: int) -> None:
    end = plus_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end + timedelta(days=1)).day == 1
    assert end.day <= day.day


def test_years_are_twelve_months_and_weeks_seven_days() -> None:
    assert shifted_day(date(2028, 2, 29), 1, Unit.CALENDAR_YEARS, WEEKENDS_ONLY) == date(2029, 2, 28)
    assert shifted_day(date(2028, 2, 29), 2, Unit.WEEKS, WEEKENDS_ONLY) == date(2028, 3, 14)
    assert shifted_day(date(2028, 2, 29), 1, Unit.CALENDAR_DAYS, WEEKENDS_ONLY) == date(2028, 3, 1)
    assert shifted_day(date(2028, 2, 25), 1, Unit.BUSINESS_DAYS, WEEKENDS_ONLY) == date(2028, 2, 28)


@given(instants, st.integers(0, 2000), zones)
def test_hours_are_elapsed_hours_whatever_the_clocks_do(at: datetime, value: int, zone: ZoneInfo) -> None:
    end = plain_end(at, value, Unit.HOURS, zone=zone, working=WEEKENDS_ONLY)
    assert isinstance(end, datetime)
    assert end.astimezone(UTC) - at == timedelta(hours=value)
    assert end.tzinfo is zone


@given(instants, lengths, day_units, zones, holidays)
def test_days_keep_the_wall_clock_unless_it_does_not_exist(
    at: datetime, value: int, unit: Unit, zone: ZoneInfo, working: WorkingDays
) -> None:
    end = plain_end(at, value, unit, zone=zone, working=working)
    assert isinstance(end, datetime)
    local = at.astimezone(zone)
    wanted = datetime.combine(shifted_day(local.date(), value, unit, working), local.time())
    # a gap is at most a day long (Apia left one out)
    assert abs(end.replace(tzinfo=None) - wanted) <= timedelta(days=1)
    exists = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted
    assert not exists or end.replace(tzinfo=None, fold=0) == wanted


@given(days, lengths, day_units, zones, holidays)
def test_a_day_stays_a_day(day: date, value: int, unit: Unit, zone: ZoneInfo, working: WorkingDays) -> None:
    end = plain_end(day, value, unit, zone=zone, working=working)
    assert not isinstance(end, datetime)
    assert end == shifted_day(day, value, unit, working)
    assert end >= day


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (datetime(2027, 10, 30, 2, 30, tzinfo=BRUSSELS), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (datetime(2027, 3, 27, 2, 30, tzinfo=BRUSSELS), datetime(2027, 3, 28, 0, 30, tzinfo=UTC)),
    ],
)
def test_of_two_readings_of_a_wall_clock_time_the_earlier_counts(before: datetime, end: datetime) -> None:
    found = plain_end(before, 1, Unit.CALENDAR_DAYS, zone=BRUSSELS, working=WEEKENDS_ONLY)
    assert ends_at(found, BRUSSELS) == end


def test_a_day_as_a_deadline_ends_at_midnight_of_the_place() -> None:
    assert ends_at(date(2027, 3, 28), BRUSSELS) == datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
    assert ends_at(date(2027, 12, 31), BRUSSELS) == datetime(2027, 12, 31, 23, 0, tzinfo=UTC)
    at = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
    assert ends_at(at, BRUSSELS) == at
    assert day_of(datetime(2027, 1, 1, 23, 30, tzinfo=UTC), BRUSSELS) == date(2027, 1, 2)


# ---------------------------------------------------------------- the statutory readings


@pytest.mark.parametrize(
    ("start", "value", "unit", "end"),
    [
        ("2027-12-10", 2, Unit.CALENDAR_DAYS, "2027-12-14"),  # Friday: two working days
        ("2027-12-09", 2, Unit.CALENDAR_DAYS, "2027-12-13"),  # Thursday: Saturday moves, Friday and Monday
        ("2027-12-10", 1, Unit.CALENDAR_DAYS, "2027-12-13"),  # one day needs no two working days
        ("2027-12-06", 1, Unit.CALENDAR_DAYS, "2027-12-07"),
        ("2028-01-05", 10, Unit.CALENDAR_DAYS, "2028-01-17"),
        ("2027-01-30", 1, Unit.CALENDAR_MONTHS, "2027-03-01"),
        ("2027-02-15", 2, Unit.WEEKS, "2027-03-01"),
        ("2027-02-13", 2, Unit.WEEKS, "2027-03-01"),  # a Saturday two weeks on is a Saturday
        ("2027-01-31", 1, Unit.CALENDAR_YEARS, "2028-01-31"),
    ],
)
def test_the_regulation_moves_an_end_and_asks_for_two_working_days(
    start: str, value: int, unit: Unit, end: str
) -> None:
    assert eu(date.fromisoformat(start), value, unit) == date.fromisoformat(end)


def test_holidays_move_the_end_and_do_not_count_as_working_days() -> None:
    working = WorkingDays(name="x", holidays=frozenset({date(2027, 12, 13), date(2027, 12, 14)}))
    assert eu(date(2027, 12, 10), 2, Unit.CALENDAR_DAYS, working) == date(2027, 12, 16)
    assert eu(date(2027, 12, 3), 10, Unit.CALENDAR_DAYS, working) == date(2027, 12, 15)


@given(instants, st.integers(0, 500), zones)
def test_hours_count_from_the_next_full_hour(at: datetime, value: int, zone: ZoneInfo) -> None:
    end = statutory_end(EU, at, value, Unit.HOURS, zone=zone, working=WEEKENDS_ONLY)
    plain = plain_end(at, value, Unit.HOURS, zone=zone, working=WEEKENDS_ONLY)
    assert isinstance(end, datetime)
    assert isinstance(plain, datetime)
    assert timedelta(0) < end.astimezone(UTC) - plain.astimezone(UTC) <= timedelta(hours=1)


@given(days, st.integers(0, 100), day_units, holidays)
def test_the_regulation_ends_on_a_working_day_not_before_the_plain_end(
    day: date, value: int, unit: Unit, working: WorkingDays
) -> None:
    end = eu(day, value, unit, working)
    plain = shifted_day(day, value, unit, working)
    assert isinstance(end, date)
    assert working.is_working(end)
    assert end >= plain
    if (plain - day).days >= 2:
        assert working.count(day + timedelta(days=1), end) >= 2
        enough = working.count(day + timedelta(days=1), plain) >= 2
        assert end == plain or not (working.is_working(plain) and enough)


@given(days, st.integers(0, 100), day_units, st.frozensets(days, max_size=30), days)
def test_one_more_holiday_never_brings_the_end_forward(
    day: date, value: int, unit: Unit, some: frozenset[date], more: date
) -> None:
    fewer, all_of_them = (WorkingDays(name="x", holidays=h) for h in (some, some | {more}))
    ends = [eu(day, value, unit, working) for working in (fewer, all_of_them)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0] <= ends[1]


@given(days, st.integers(0, 100), day_units)
def test_a_later_event_never_ends_earlier(day: date, value: int, unit: Unit) -> None:
    here, there = eu(day, value, unit), eu(day + timedelta(days=1), value, unit)
    assert here is not None
    assert there is not None
    assert here <= there


@given(days, st.integers(0, 30), holidays)
def test_business_days_read_as_they_are_counted(day: date, value: int, working: WorkingDays) -> None:
    plain = shifted_day(day, value, Unit.BUSINESS_DAYS, working)
    assert statutory_end(SEC, day, value, Unit.BUSINESS_DAYS, zone=UTC, working=working) == plain


def test_a_trigger_on_a_weekend_counts_the_next_business_day_as_the_first() -> None:
    for day in (date(2026, 12, 4), date(2026, 12, 5), date(2026, 12, 6)):
        end = statutory_end(SEC, day, 4, Unit.BUSINESS_DAYS, zone=UTC, working=WEEKENDS_ONLY)
        assert end == date(2026, 12, 10)


def test_no_reading_where_the_rule_has_none() -> None:
    at = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
    for rule, start, unit in (
        (SEC, at, Unit.HOURS),
        (PLAIN, at, Unit.CALENDAR_DAYS),
        (EU, at.date(), Unit.HOURS),
    ):
        assert statutory_end(rule, start, 4, unit, zone=UTC, working=WEEKENDS_ONLY) is None


def test_an_instant_is_read_by_its_day_in_the_zone_of_the_authority() -> None:
    late = datetime(2027, 1, 11, 23, 30, tzinfo=UTC)
    assert eu(late, 10, Unit.CALENDAR_DAYS) == date(2027, 1, 22)
    assert statutory_end(EU, late, 10, Unit.CALENDAR_DAYS, zone=UTC, working=WEEKENDS_ONLY) == date(
        2027, 1, 21
    )
