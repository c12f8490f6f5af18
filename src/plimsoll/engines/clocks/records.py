"""What people enter about the clocks of an incident: trigger events, submissions and closings.

Times are kept in UTC: two times of one zone would be compared and subtracted by the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from plimsoll.kernel.errors import BadInput

__all__ = ["Applies", "Closing", "IncidentRecord", "ScopedDuty", "Submission", "Trigger"]


class Applies(StrEnum):
    """Whether a duty applies to the system. Those that are out are not shown at all."""

    CERTAIN = "certain"
    OPEN = "open"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedDuty:
    """A duty as it stands to a system."""

    duty: str
    """OBL-…"""
    applies: Applies
    """Certain, open (an unknown decides) or not asked (no question decides)."""
    because: str
    """The facts that decide, or the unknowns that keep it open."""
    system_class: str = ""
    """Which date of application binds the system; empty if that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """When one trigger event happened. Several parties may report one event; the earliest counts."""

    event: str
    """Id of the event, such as aware_personal_data_breach."""
    at: datetime
    """When; any zone is accepted, UTC is kept."""
    by: str = ""
    """Whose awareness or act it was, such as provider or deployer; empty if that does not matter."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _in_utc(self.at, self.event))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Something was done for a stage: a report sent, people told."""

    duty: str
    """OBL-…"""
    stage: str
    """Stage of the duty."""
    at: datetime
    """When; any zone is accepted, UTC is kept."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _in_utc(self.at, self.stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Somebody decided that nothing is to be done for a stage: never without a reason and a signer.

    It is about one start. If the clock later starts, or starts at another time, the closing no longer
    counts and the clock is open again; so it is when the time is over for which it was signed.
    """

    duty: str
    """OBL-…"""
    stage: str
    """Stage of the duty."""
    at: datetime
    """When it was signed; any zone is accepted, UTC is kept."""
    reason: str
    """Why nothing is to be done, such as why a risk to people is unlikely."""
    signer: str
    """Who signed, as shown to readers."""
    of_start: datetime | None
    """The start of the clock that was closed; None if it had not started."""
    holds_until: datetime | None = None
    """Until when it counts, if it was signed on a condition that is to be looked at again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _in_utc(self.at, self.stage))
        for name in ("of_start", "holds_until"):
            if (at := getattr(self, name)) is not None:
                object.__setattr__(self, name, _in_utc(at, self.stage))
        if not self.reason.strip():
            raise BadInput("A clock is closed with a reason.", hint="Say why nothing is to be done.")
        if not self.signer.strip():
            raise BadInput("A clock is closed by somebody.", hint="Name who signs.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """What is on record about an incident, as far as clocks need it."""

    triggers: tuple[Trigger, ...] = ()
    """Times of trigger events."""
    submissions: tuple[Submission, ...] = ()
    """What was done."""
    closings: tuple[Closing, ...] = ()
    """What was decided not to be done."""

    def until(self, now: datetime) -> IncidentRecord:
        """The record without what lies after the moment."""
        return IncidentRecord(
            triggers=tuple(t for t in self.triggers if t.at <= now),
            submissions=tuple(s for s in self.submissions if s.at <= now),
            closings=tuple(c for c in self.closings if c.at <= now),
        )


def _in_utc(at: datetime, what: str) -> datetime:
    if at.utcoffset() is None:
        raise BadInput(f"The time of {what} has no offset.", hint="Give a time with its zone.")
    return at.astimezone(UTC)
