"""Times of trigger events, read strictly: a day, or an instant with its offset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from plimsoll.engines.clocks.duty import ClockStage, Duty
from plimsoll.engines.clocks.periods import Point
from plimsoll.kernel.errors import BadInput

__all__ = ["FIRST_YEAR", "LAST_YEAR", "event_named", "read_point", "read_starts"]

FIRST_YEAR, LAST_YEAR = 1970, 2199
_HINT = "Write a day (2027-01-15) or a time with its offset (2027-01-15T09:00:00+01:00)."


def read_point(text: str, *, what: str = "The start") -> Point:
    """The day or instant that the text spells in ISO 8601.

    BadInput for anything else, for a time without an offset (it names no instant), and for years outside
    1970 to 2199.
    """
    written = text.strip()
    try:
        point: Point = (
            date.fromisoformat(written) if len(written) == len("2027-01-15") else _instant(written, what)
        )
    except ValueError as error:
        raise BadInput(f"{what} “{written[:60]}” is not a day or time in ISO 8601.", hint=_HINT) from error
    if not FIRST_YEAR <= point.year <= LAST_YEAR:
        raise BadInput(f"{what} lies in the year {point.year}.", hint=f"Years {FIRST_YEAR} to {LAST_YEAR}.")
    return point


def _instant(written: str, what: str) -> datetime:
    instant = datetime.fromisoformat(written)
    if instant.tzinfo is None:
        raise BadInput(f"{what} “{written[:60]}” has no offset, so it names no instant.", hint=_HINT)
    return instant


def event_named(duty: Duty, stage: ClockStage, name: str) -> str:
    """The event of the duty that the name means: its id, or the beginning of exactly one of its ids.

    An empty name means the stage's own start event. BadInput names the possible events.
    """
    if not name:
        return stage.start_event
    possible = duty.events
    found = [event for event in possible if event == name] or [e for e in possible if e.startswith(name)]
    if len(found) != 1:
        raise BadInput(
            f"“{name[:60]}” names no event of {duty.id}." if not found else f"“{name}” is ambiguous.",
            hint=f"Events are {', '.join(possible)}.",
        )
    return found[0]


def read_starts(duty: Duty, stage: ClockStage, given: Iterable[tuple[str, str]]) -> Mapping[str, Point]:
    """Event → time, from pairs of a name (empty for the stage's own event) and a text.

    BadInput if one event is given two times: one event has one time.
    """
    read: dict[str, Point] = {}
    for name, text in given:
        event = event_named(duty, stage, name)
        if event in read:
            raise BadInput(f"The event {event} was given two times.", hint="One event has one time.")
        read[event] = read_point(text, what=f"The time of {event}")
    return read
