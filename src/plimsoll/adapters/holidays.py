"""Public holidays from a file that somebody gives: a list of days, or several lists under names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from plimsoll.engines.catalog.read import read_yaml
from plimsoll.engines.clocks.rules import Place
from plimsoll.engines.clocks.starts import FIRST_YEAR, LAST_YEAR
from plimsoll.engines.clocks.working_days import WorkingDays
from plimsoll.kernel.errors import BadInput

__all__ = ["HOLIDAY_LIMIT", "read_holidays"]

HOLIDAY_LIMIT = 2**18
"""Most bytes of a holiday file that are read."""
_LISTS = ("holidays", "holidays_used", "calendars")
_HINT = "Write a list of days such as 2027-12-24, or lists under names such as de_2027."


def read_holidays(content: bytes, *, what: str, place: Place, calendar: str = "") -> WorkingDays | None:
    """The working days by the holidays in the file, for the place.

    The file is YAML or JSON: a list of days, one day a line, days with the names of their holidays, a
    list under `holidays`, or lists under names. Of several lists the one called `calendar` counts; without
    it the only one whose name starts with a country of the place (de_2027, us-federal). None if no list is
    for the place. BadInput if that is not decided, if there is no such list, and for anything that is no
    day.
    """
    lists = _lists(read_yaml(content, what=what, limit=HOLIDAY_LIMIT), what)
    if calendar:
        if calendar not in lists:
            raise BadInput(
                f"{what} has no list “{calendar[:40]}”.", hint=f"It has {', '.join(lists) or 'one list'}."
            )
        return _working(what, calendar, lists[calendar])
    if list(lists) == [""]:
        return _working(what, "", lists[""])
    fitting = [name for name in lists if re.split(r"[_\W]", name.lower())[0] in place.countries]
    if len(fitting) > 1:
        raise BadInput(
            f"{what} has several lists for {place.jurisdiction}: {', '.join(fitting)}.",
            hint="Choose one with --calendar NAME.",
        )
    return _working(what, fitting[0], lists[fitting[0]]) if fitting else None


def _working(what: str, name: str, days: frozenset[date]) -> WorkingDays:
    return WorkingDays(name=f"{what} ({name})" if name else what, holidays=days)


def _lists(value: object, what: str) -> dict[str, frozenset[date]]:
    """Name → days; a file with one list has it under the empty name."""
    if isinstance(value, Mapping):
        inner = [key for key in _LISTS if key in value]
        if inner:
            return _lists(value[inner[0]], what)
        if value and all(isinstance(days, list | Mapping) for days in value.values()):
            return {str(name): _days(list(days), f"{what}, {name}") for name, days in value.items()}
        if value and all(isinstance(name, str) for name in value.values()):
            return {"": _days(list(value), what)}  # day: name of the holiday
        raise BadInput(f"{what} holds no list of holidays.", hint=_HINT)
    if isinstance(value, str):
        return {"": _days(re.split(r"[\s,;]+", value.strip()), what)}
    if isinstance(value, date):
        return {"": _days([value], what)}
    if isinstance(value, list):
        return {"": _days(value, what)}
    raise BadInput(f"{what} holds no list of holidays.", hint=_HINT)


def _days(values: Sequence[object], what: str) -> frozenset[date]:
    return frozenset(_day(value, what) for value in values)


def _day(value: object, what: str) -> date:
    if isinstance(value, Mapping) and "date" in value:
        value = value["date"]
    try:
        if isinstance(value, datetime):
            raise ValueError
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput(f"{what}: “{str(value)[:40]}” is not a day.", hint=_HINT) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput(f"{what}: {day} is out of range.", hint=f"Years {FIRST_YEAR} to {LAST_YEAR}.")
    return day
