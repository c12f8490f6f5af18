"""How one clock stands, and clocks in the order in which they matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from plimsoll.engines.clocks.computing import Reading
from plimsoll.engines.clocks.periods import ends_at
from plimsoll.engines.clocks.records import Applies, Closing, ScopedDuty, Submission
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["RunningClock", "State", "all_in_time", "by_jurisdiction"]


class State(StrEnum):
    """How a clock stands, the most urgent first."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    RUNNING = "running"
    ELAPSING = "elapsing"
    NOT_STARTED = "not_started"
    LATE = "late"
    DONE = "done"
    MET = "met"
    CLOSED = "closed"
    NOT_RUNNING = "not_running"

    @property
    def word(self) -> str:
        """As people read it."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """One clock of an incident at a moment."""

    reading: Reading
    """Both deadlines with their reasons."""
    scoped: ScopedDuty
    """Whether the duty applies to the system, and why."""
    state: State
    """How it stands."""
    why: str
    """One sentence that explains the state."""
    ask: str = ""
    """The question whose answer would start it; empty if it has started or cannot."""
    elapsed: timedelta | None = None
    """From its start to its submission, or to now; None if it has not started."""
    remaining: timedelta | None = None
    """From now to the plain deadline, negative when past; None without a deadline or when it is over."""
    submission: Submission | None = None
    """What fulfilled it; None if nothing has."""
    closing: Closing | None = None
    """The closing that counts; None if none does."""
    stale_closing: Closing | None = None
    """A closing that counts no more: about another start, or its time is over; None if there is none."""

    @property
    def key(self) -> tuple[str, str]:
        """Duty and stage."""
        return self.reading.duty.id, self.reading.stage.id

    @property
    def jurisdiction(self) -> str:
        """Where the duty holds."""
        return self.reading.duty.jurisdiction

    @property
    def urgency(self) -> tuple[int, timedelta]:
        """Sorts clocks: the most urgent state first, then what is left."""
        left = timedelta.max if self.remaining is None else self.remaining
        return list(State).index(self.state), left

    @property
    def judgement(self) -> Judgement:
        """Whether the duty was done in time. A clock that still runs, or has no figure, is UNKNOWN.

        Done after the plain deadline and within the statutory reading is UNKNOWN too: counsel confirms.
        """
        source = self.reading.duty.id
        if self.state is State.MET:
            return met(self.why, source=source)
        if self.state is State.OVERDUE or (self.state is State.LATE and not self.within_reading):
            return not_met(self.why, source=source)
        return unknown(self.why, source=source)

    @property
    def within_reading(self) -> bool:
        """Whether it was done by the end of the statutory reading; False where there is none."""
        statutory, done = self.reading.statutory, self.submission
        if statutory is None or done is None:
            return False
        return done.at <= ends_at(statutory, self.reading.authority.zone)


def by_jurisdiction(clocks: Iterable[RunningClock]) -> dict[str, tuple[RunningClock, ...]]:
    """Jurisdiction → its clocks, the most urgent first; the jurisdiction with the most urgent clock first."""
    found: dict[str, list[RunningClock]] = {}
    for clock in sorted(clocks, key=lambda clock: clock.urgency):
        found.setdefault(clock.jurisdiction, []).append(clock)
    return {place: tuple(items) for place, items in found.items()}


def all_in_time(clocks: Iterable[RunningClock]) -> Judgement:
    """Whether everything that is due was done in time: NOT_MET once a duty that applies is overdue or late.

    What is closed or does not run is left out. A clock that runs, waits for its event or has no figure is
    UNKNOWN, and so is a duty of which nobody knows whether it applies, unless it was done in time.
    """
    over = (State.CLOSED, State.NOT_RUNNING)
    return all_of((_part(clock) for clock in clocks if clock.state not in over), nothing="no clock runs")


def _part(clock: RunningClock) -> Judgement:
    if clock.scoped.applies is Applies.CERTAIN or clock.state is State.MET:
        return clock.judgement
    return unknown(f"it may apply: {clock.scoped.because}", source=clock.reading.duty.id)
