"""How reports say dates, deadlines, lists and long texts. English; the same words on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from plimsoll.engines.reports.inlines import plain
from plimsoll.kernel.errors import BadInput

__all__ = ["clip", "counted", "day", "deadline", "instant", "listed", "sentence"]

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENDS: Final = (".", "?", "!", "…")


def day(when: date, *, today: date) -> str:
    """The day as "Fri 26 Mar", with the year where it is not the year of `today`."""
    shown = f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"
    return shown if when.year == today.year else f"{shown} {when.year}"


def deadline(when: date, *, today: date) -> str:
    """The day and what remains: "Fri 26 Mar, in 3 days", "…, today", "…, 3 days ago".

    Calendar days; what remains is held together by no-break spaces.
    """
    days = (when - today).days
    span = counted(abs(days), "day").replace(" ", "\u00a0")
    if days == 0:
        return f"{day(when, today=today)}, today"
    remaining = f"in\u00a0{span}" if days > 0 else f"{span}\u00a0ago"
    return f"{day(when, today=today)}, {remaining}"


def instant(when: datetime) -> str:
    """The instant as "Fri 26 Mar 2027, 14:05 UTC", in its own zone; BadInput if it has none."""
    zone = when.tzname()
    if not zone:
        raise BadInput("The date of the report has no time zone.", hint="Pass an instant with its zone.")
    named = f"{_WEEKDAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{named}, {when:%H:%M} {zone}"


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural but for 1; regular nouns only."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """The words with commas and a last "and"; an empty text for none."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """The text with a full stop, unless it already ends a sentence; a blank text stays blank."""
    stripped = plain(text).strip()
    return stripped if not stripped or stripped.endswith(_ENDS) else f"{stripped}."


def clip(text: str, *, limit: int) -> str:
    """The text on one line in at most `limit` characters, cut between words and marked with "…".

    A first word longer than the limit is cut within. `limit` is at least 2.
    """
    whole = plain(text).strip()
    if len(whole) <= limit:
        return whole
    head = whole[:limit]
    kept = head.rpartition(" ")[0].rstrip(" ,;:–-") or head[: limit - 1]
    return f"{kept}…"
