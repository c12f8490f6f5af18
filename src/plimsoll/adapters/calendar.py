"""Days as an iCalendar file that calendar programs subscribe to.

Source: RFC 5545 (iCalendar) and RFC 7986 (NAME, REFRESH-INTERVAL), by the icalendar library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

__all__ = ["DayEvent", "write_calendar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvent:
    """Something that is due on a day."""

    uid: str
    """Never changes while the thing is the same, so that a moved day moves in every calendar."""
    on: date
    """The day; the event lasts it whole and blocks no time."""
    summary: str
    """One line."""
    url: str
    """Its page."""


def write_calendar(*, name: str, events: Sequence[DayEvent], changed_at: datetime) -> bytes:
    """The events as a calendar. The same events and instant give the same bytes.

    `changed_at` is when anything in it changed last; it stands in every event, because readers take a
    later stamp for a newer revision.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Plimsoll//Calendar feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=4), parameters={"value": "DURATION"})
    for day in events:
        event = Event()
        event.add("uid", day.uid)
        event.add("dtstamp", changed_at)
        event.add("dtstart", day.on)
        event.add("dtend", day.on + timedelta(days=1))
        event.add("summary", day.summary)
        event.add("url", day.url)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
