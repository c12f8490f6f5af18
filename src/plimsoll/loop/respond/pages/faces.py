"""How clocks look: their state with a word and a shape, their deadlines where the authority is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from plimsoll.engines.clocks.computing import Authority
from plimsoll.engines.clocks.periods import Point
from plimsoll.engines.clocks.records import Applies
from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.engines.gates.status import Colour
from plimsoll.ui.cells import Cell, Instant, Lapse, Nothing, StatusCell, Tag, Text, day

__all__ = ["clock_line", "clock_state", "deadline"]

COLOURS = {
    State.OVERDUE: Colour.RED,
    State.LATE: Colour.RED,
    State.DUE_SOON: Colour.AMBER,
    State.MET: Colour.GREEN,
    State.RUNNING: Colour.WHITE,
    State.ELAPSING: Colour.WHITE,
    State.NOT_STARTED: Colour.WHITE,
}
"""A clock that still runs is not met, so it is not green. What is closed or does not run has no colour."""


def clock_state(clock: RunningClock) -> Cell:
    """The state in its word, and its colour if it has one."""
    colour = COLOURS.get(clock.state)
    if clock.state is State.LATE and clock.within_reading:
        colour = Colour.AMBER
    return StatusCell(colour, clock.state.word) if colour else Tag(clock.state.word)


def deadline(point: Point | None, authority: Authority) -> Cell:
    """A deadline as the authority's clocks show it; a day ends with it."""
    if point is None:
        return Nothing("none")
    if isinstance(point, datetime):
        return Instant(point.astimezone(authority.zone), local=True)
    return Text(f"{_day(point)}, end of day")


def _day(on: date) -> str:
    return day(on, on)


def clock_line(clock: RunningClock, url: str) -> dict[str, Any]:
    """One clock as a row of the room and as the head of its own page."""
    reading = clock.reading
    start = reading.start
    return {
        "clock": clock,
        "url": url,
        "title": reading.duty.title,
        "stage": reading.stage.id.replace("_", " "),
        "asks": reading.stage.period,
        "event": reading.stage.start_event.replace("_", " "),
        "state": clock_state(clock),
        "doubt": "" if clock.scoped.applies is Applies.CERTAIN else clock.scoped.because,
        "started": Instant(start.astimezone(reading.authority.zone), local=True)
        if isinstance(start, datetime)
        else Nothing("not started"),
        "plain": deadline(reading.plain, reading.authority),
        "statutory": deadline(reading.statutory, reading.authority),
        "elapsed": Lapse(clock.elapsed) if clock.elapsed is not None else Nothing(),
        "left": Lapse(clock.remaining) if clock.remaining is not None else Nothing(),
        "why": clock.ask or clock.why,
        "zone": reading.authority.zone_name,
    }
