"""One cell: from the file's text to the canonical text of its column, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from plimsoll.engines.worksheet.days import DayOrder, day_readings
from plimsoll.engines.worksheet.sheet import Column, ColumnKind
from plimsoll.kernel.text import unprintable

__all__ = [
    "Ambiguous",
    "Reader",
    "Refused",
    "canonical",
    "escaped",
    "people_by_name",
    "plain_number",
    "unescaped",
]

# A spreadsheet would run a cell that begins like this (OWASP, CSV injection). An apostrophe in front
# stops it; what has apostrophes in front of such a beginning gets one more, so that undoing is exact.
_RUNS: Final = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,6}))?")
_LIKE_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}(?:[.,\u00a0\u202f' ][0-9]{3})+")
_REF: Final = re.compile(r"([A-Za-z]{3})-?([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A cell that cannot be read."""

    message: str
    """What is wrong with it."""
    hint: str = ""
    """What would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """A day that can be two days; somebody must say in which order days were written."""

    readings: tuple[tuple[DayOrder, str], ...]
    """Order and the day that it gives, as 2027-03-26."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading a file's cells needs to know besides the file."""

    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name, handle or e-mail address in small letters → handles of those who are called so."""
    order: DayOrder | None = None
    """How somebody said that days were written; None if nobody did."""

    def read(self, column: Column, text: str) -> str | Refused | Ambiguous:
        """The cell in canonical form, or why it has none. An empty cell reads as empty text."""
        bare = unescaped(text)
        if unprintable(bare):
            return Refused(message="It contains control characters.", hint="Take them out.")
        shown = bare.strip()
        if not shown:
            return ""
        match column.kind:
            case ColumnKind.DAY:
                return self._day(shown)
            case ColumnKind.NUMBER:
                return _number(shown)
            case ColumnKind.CHOICE:
                return _choice(column, shown)
            case ColumnKind.PERSON:
                return self._person(shown)
            case ColumnKind.REFS:
                return _refs(shown)
            case _:
                return canonical(column, bare)

    def _day(self, text: str) -> str | Refused | Ambiguous:
        readings = day_readings(text)
        if not readings:
            return Refused(message=f"“{text[:30]}” is not a day.", hint="Write it like 2027-03-26.")
        if self.order in readings:
            return readings[self.order].isoformat()
        if len(set(readings.values())) > 1:
            return Ambiguous(readings=tuple((order, day.isoformat()) for order, day in readings.items()))
        only, day = next(iter(readings.items()))
        if self.order is not None and _was_free(text, self.order):
            return Refused(
                message=f"“{text[:30]}” is not a day when written {self.order.words}.",
                hint=f"Read {only.words} it would be {day.isoformat()}; write it like that.",
            )
        return day.isoformat()

    def _person(self, text: str) -> str | Refused:
        found = self.people.get(" ".join(text.lower().removeprefix("@").split()), ())
        if len(found) == 1:
            return found[0]
        if found:
            return Refused(
                message=f"There are {len(found)} members called “{text[:60]}”.",
                hint=f"Write the handle: {', '.join(found)}.",
            )
        return Refused(
            message=f"There is no member “{text[:60]}” in this program.",
            hint="Write a handle, a full name or an e-mail address from the People page.",
        )


def _was_free(text: str, order: DayOrder) -> bool:
    """Whether the shape of the text leaves the order open that was told: such as 26/03/2027."""
    shape = re.sub(r"[0-9]{1,2}(?![0-9])", "01", text.strip())
    return order in day_readings(shape)


def _number(text: str) -> str | Refused:
    if _LIKE_THOUSANDS.fullmatch(text):
        return Refused(
            message=f"“{text[:30]}” may be thousands or decimals.",
            hint="Write it without marks, or like 2.5.",
        )
    found = _NUMBER.fullmatch(text)
    if found:
        return plain_number(Decimal(f"{found[1]}.{found[2] or 0}"))
    return Refused(message=f"“{text[:30]}” is not a number.", hint="Write it like 2 or 2.5.")


def plain_number(value: Decimal) -> str:
    """The number in canonical form: no exponent, no zeros at the end of its decimals."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _choice(column: Column, text: str) -> str | Refused:
    wanted = " ".join(text.lower().split())
    if wanted in column.choices:
        return wanted
    offered = [choice for choice in column.choices if choice not in column.kept_elsewhere]
    return Refused(
        message=f"There is no {column.label.lower()} “{text[:30]}”.", hint=f"Write {', '.join(offered)}."
    )


def _refs(text: str) -> str | Refused:
    found = set()
    for part in re.split(r"[\s,;|]+", text):
        match = _REF.fullmatch(part)
        if match is None and part:
            return Refused(message=f"“{part[:20]}” is not a ref.", hint="Write refs such as TSK-1, TSK-4.")
        if match:
            found.add((match[1].upper(), int(match[2])))
    return ", ".join(f"{kind}-{number}" for kind, number in sorted(found))


def canonical(column: Column, text: str) -> str:
    """A text as it is compared: lines end with a line feed, nothing stands around it.

    In a column of words, runs of white space are one space. Other kinds are canonical as they are kept.
    """
    if column.kind is ColumnKind.WORDS:
        return " ".join(text.split())
    if column.kind is ColumnKind.TEXT:
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text


def escaped(text: str) -> str:
    """The text such that no spreadsheet runs it as a formula; `unescaped` gives it back exactly."""
    return f"'{text}" if _RUNS.match(text) else text


def unescaped(text: str) -> str:
    """The text without the apostrophe that `escaped` put in front."""
    return text[1:] if _ESCAPED.match(text) else text


def people_by_name(people: Iterable[tuple[str, str, str]]) -> dict[str, tuple[str, ...]]:
    """Every way to name a person → handles of those who are called so, from (handle, name, e-mail).

    A handle names one person even where it is somebody else's name.
    """
    listed = list(people)
    found: dict[str, tuple[str, ...]] = {}
    for handle, name, _ in listed:
        key = " ".join(name.lower().split())
        found[key] = (*found.get(key, ()), handle)
    found |= {email.lower(): (handle,) for handle, _, email in listed}
    return found | {handle.lower(): (handle,) for handle, _, _ in listed}
