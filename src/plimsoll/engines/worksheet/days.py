"""Reads days as spreadsheets of all countries write them, and never guesses between two.

A text is read in every order that its shape allows. One reading is a day; two different readings are a
question; none is a fault. Shapes and the orders that they allow:

==============================  ===================================================
2027-03-26, 2027/3/26           year, month, day
26.03.2027                      day, month, year (no locale of CLDR 46 writes months first with dots)
26/03/2027, 26-03-2027          day first or month first
26.03.27                        day first or year first (yy. M. d. in Korean)
26/03/27, 26-03-27              day first, month first or year first
26 Mar 2027, Mar 26, 2027       by the name of the month, in English
==============================  ===================================================

A year of two digits lies in 2000 to 2099; years before 1970 and after 2199 are taken for slips. A weekday
in front must be the day's own. A time after the day must be midnight. A bare number is no day: spreadsheets
count days from two different zeros.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Final

__all__ = ["DayOrder", "day_readings"]


class DayOrder(StrEnum):
    """In which order the parts of a day were written."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    YEAR_FIRST = "year_first"

    @property
    def words(self) -> str:
        """As a person says it, with an example."""
        return {
            DayOrder.DAY_FIRST: "day first (26/03/2027)",
            DayOrder.MONTH_FIRST: "month first (03/26/2027)",
            DayOrder.YEAR_FIRST: "year first (27/03/26)",
        }[self]


_TIME: Final = re.compile(
    r"[T ]\s*(?:0{1,2}:00(?::00(?:\.0+)?)?(?:\s*AM)?|12:00(?::00)?\s*AM)Z?$", re.IGNORECASE
)
_NUMBERS: Final = re.compile(r"([0-9]{1,4})\s*([./-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})\.?")
_NAMED_DAY_FIRST: Final = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]*([a-z]{3,9})\.?,?[ -]*([0-9]{4}|[0-9]{2})"
)
_NAMED_MONTH_FIRST: Final = re.compile(r"([a-z]{3,9})\.?[ -]*([0-9]{1,2})(?:st|nd|rd|th)?,?[ -]+([0-9]{4})")
_WEEKDAY: Final = re.compile(r"([a-z]{3,9})[.,]*\s+(?=[0-9a-z])")
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip


def day_readings(text: str) -> dict[DayOrder, date]:
    """Order → the day that the text is in that order; empty if it is no day in any.

    A text whose shape allows one order only has one reading. White space around it is ignored.
    """
    bare = _TIME.sub("", " ".join(text.split()))
    numbers = _NUMBERS.fullmatch(bare)
    if numbers:
        return dict(_by_numbers(numbers[1], numbers[2], numbers[3], numbers[4]))
    words = bare.lower()
    weekday = None
    first = _WEEKDAY.match(words)
    if first and (found := _place(first[1], _WEEKDAYS)) is not None:
        weekday, words = found, words[first.end() :]
    readings = dict(_by_name(words))
    return {order: day for order, day in readings.items() if weekday in (None, day.weekday())}


def _by_numbers(first: str, mark: str, second: str, third: str) -> Iterator[tuple[DayOrder, date]]:
    if len(first) == 4 and len(third) <= 2:
        orders: tuple[DayOrder, ...] = (DayOrder.YEAR_FIRST,)
    elif len(first) > 2:
        orders = ()
    elif len(third) == 4:
        orders = (DayOrder.DAY_FIRST,) if mark == "." else (DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST)
    elif len(third) == 2:
        orders = (DayOrder.DAY_FIRST, DayOrder.YEAR_FIRST) if mark == "." else tuple(DayOrder)
    else:
        orders = ()
    for order in orders:
        year, month, day = {
            DayOrder.DAY_FIRST: (third, second, first),
            DayOrder.MONTH_FIRST: (third, first, second),
            DayOrder.YEAR_FIRST: (first, second, third),
        }[order]
        found = _day(year, int(month), day)
        if found:
            yield order, found


def _by_name(words: str) -> Iterator[tuple[DayOrder, date]]:
    named = _NAMED_DAY_FIRST.fullmatch(words)
    if named and (month := _place(named[2], _MONTHS)) is not None:
        found = _day(named[3], month + 1, named[1])
        if found:
            yield DayOrder.DAY_FIRST, found
    named = _NAMED_MONTH_FIRST.fullmatch(words)
    if named and (month := _place(named[1], _MONTHS)) is not None:
        found = _day(named[3], month + 1, named[2])
        if found:
            yield DayOrder.MONTH_FIRST, found


def _place(word: str, names: tuple[str, ...]) -> int | None:
    """Where the name that the word begins stands."""
    return next((place for place, name in enumerate(names) if name.startswith(word)), None)


def _day(year: str, month: int, day: str) -> date | None:
    whole = int(year) + (2000 if len(year) <= 2 else 0)
    try:
        found = date(whole, month, int(day))
    except ValueError:
        return None
    return found if 1970 <= whole <= 2199 else None
