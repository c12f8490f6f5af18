"""Whether a duty was law when its clock would have started. What is not law starts no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plimsoll.engines.clocks.duty import Duty, Status
from plimsoll.kernel.errors import BadInput

__all__ = ["EVERYBODY", "Force", "force"]

EVERYBODY = "all"
"""The class of applies_from that binds everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """Whether a duty was law on a day, and why."""

    law: bool
    """Whether a clock may run."""
    why: str
    """One sentence; empty where it simply applies."""
    caveats: tuple[str, ...] = ()
    """What limits it, one sentence each."""
    by_other_reading: bool = False
    """Not law by the working date, but law by the disputed one."""


def force(duty: Duty, on: date | None, *, system_class: str = "") -> Force:
    """Whether the duty was law on the day.

    `system_class` picks one of the dates in `applies_from`. Without it the date for everybody counts,
    or, if there is none, the earliest, and the later ones are named as caveats: a clock that may run is
    shown. Proposed law and duties without a date are never law. Without a day only that is decided.
    BadInput if there is no such class.
    """
    if system_class and system_class not in duty.applies_from:
        raise BadInput(
            f"{duty.id} has no class “{system_class[:40]}”.",
            hint=f"Its classes are {', '.join(duty.applies_from)}.",
        )
    since = _since(duty, system_class)
    if duty.status is Status.PROPOSED or since is None:
        return Force(law=False, why="It is proposed, not law: a watch item, no clock.")
    if on is not None and on < since:
        other = duty.other_reading
        return Force(
            law=False,
            why=f"On {on} it was not law yet; it applies from {since}: a watch item, no clock.",
            by_other_reading=other is not None and on >= other.applies_from,
        )
    return Force(law=True, why="", caveats=tuple(_caveats(duty, on, since, system_class)))


def _since(duty: Duty, system_class: str) -> date | None:
    if system_class:
        return duty.applies_from[system_class]
    if EVERYBODY in duty.applies_from:
        return duty.applies_from[EVERYBODY]
    return min((day for day in duty.applies_from.values() if day is not None), default=None)


def _caveats(duty: Duty, on: date | None, since: date, system_class: str) -> list[str]:
    found = []
    if duty.status is Status.VOLUNTARY:
        found.append("It is a voluntary code: it binds only those who signed it.")
    if duty.status is Status.GRACE:
        found.append("A period of grace holds back fines, not the duty.")
    if not system_class:
        later = [
            f"{name.replace('_', ' ')} from {day}"
            for name, day in duty.applies_from.items()
            if day is not None and day > (on or since) and day != since
        ]
        if later:
            found.append(f"Later dates are named for {'; '.join(later)}.")
    return found
