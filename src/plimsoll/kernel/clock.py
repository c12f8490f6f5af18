"""The one place that reads the time.

Engines take `now` as an argument. Pages, services, commands and the worker ask `clock.now()` once,
at the edge, and hand it down. Tests and rehearsals freeze it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Protocol

__all__ = ["Clock", "FrozenClock", "SystemClock", "frozen_at", "now", "today"]


class Clock(Protocol):
    """Something that tells the time, always with a zone."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, in UTC, to the microsecond."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that reads the time


class FrozenClock:
    """A clock that stands still, for tests and for "what will this say on that day?"."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("a frozen clock needs an instant with a time zone")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Always the same instant."""
        return self._instant


_system: Clock = SystemClock()
_current: ContextVar[Clock] = ContextVar("plimsoll_clock")


def now() -> datetime:
    """The current instant, in UTC, by the clock in force."""
    return _current.get(_system).now()


def today() -> date:
    """The current date in UTC. Deadlines compare dates in UTC and show them in the reader's zone."""
    return now().date()


@contextmanager
def frozen_at(instant: datetime) -> Iterator[FrozenClock]:
    """Within the block, `now()` is `instant`; ValueError if it has no time zone."""
    clock = FrozenClock(instant)
    token = _current.set(clock)
    try:
        yield clock
    finally:
        _current.reset(token)
