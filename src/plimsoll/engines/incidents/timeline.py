"""The moments of an incident. Each is entered on its own; none is derived from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from plimsoll.kernel.errors import BadInput

__all__ = ["Milestone", "Timeline"]


class Milestone(StrEnum):
    """A moment that is measured from or to."""

    OCCURRED = "occurred"
    DETECTED = "detected"
    DECLARED = "declared"
    FIRST_ACTION = "first_action"
    CONTAINED = "contained"
    ERADICATED = "eradicated"
    RESTORED = "restored"
    USERS_TOLD = "users_told"

    @property
    def words(self) -> str:
        """As people read it: "first action"."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """When each moment was, in UTC; moments that have not come, or that nobody knows, are left out.

    BadInput if a time has no offset, or if something lies before the occurrence or, but for the
    occurrence, before the detection. Other orders happen: users may be told before it is contained.
    """

    moments: Mapping[Milestone, datetime]
    """Milestone → time; any zone is accepted, UTC is kept."""

    def __post_init__(self) -> None:
        kept = {milestone: _in_utc(milestone, at) for milestone, at in self.moments.items()}
        object.__setattr__(self, "moments", kept)
        for first, spared in ((Milestone.OCCURRED, ()), (Milestone.DETECTED, (Milestone.OCCURRED,))):
            if first not in kept:
                continue
            for milestone, at in kept.items():
                if milestone not in spared and at < kept[first]:
                    raise BadInput(
                        f"“{milestone.words}” ({at:%d %b %Y %H:%M} UTC) lies before “{first.words}”.",
                        hint=f"“{first.words}” is at {kept[first]:%d %b %Y %H:%M} UTC; correct one of them.",
                        data={"field": milestone.value},
                    )

    def at(self, milestone: Milestone) -> datetime | None:
        """When it was; None if it has not come or nobody knows."""
        return self.moments.get(milestone)


def _in_utc(milestone: Milestone, at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise BadInput(f"The time of “{milestone.words}” has no offset.", hint="Give a time with its zone.")
    return at.astimezone(UTC)
