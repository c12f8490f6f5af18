"""What has gone stale: a basis, file, framework or mapping that nobody checked within its own term."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from plimsoll.engines.catalog.schema import Basis, Edition

__all__ = ["TERM_DAYS", "Checked", "Freshness", "StaleWarning", "freshness", "freshness_report"]

TERM_DAYS = 90
"""Days after which a catalog entry without a term of its own is warned about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """When something was checked and until when that holds."""

    checked_at: date
    """Last look at the source."""
    stale_on: date
    """First day on which it counts as stale."""
    stale: bool
    """Whether that day has come."""


def freshness(of: Basis | Edition, today: date) -> Freshness:
    """The freshness of a basis or edition on that day."""
    return _freshness(of.checked_at, of.stale_after_days, today)


def _freshness(checked_at: date, term: int, today: date) -> Freshness:
    stale_on = checked_at + timedelta(days=term)
    return Freshness(checked_at=checked_at, stale_on=stale_on, stale=today >= stale_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Something that was checked on a day."""

    id: str
    """What it is called."""
    kind: str
    """file, framework, requirement."""
    checked_at: date
    """Last look at the source."""
    term: int = TERM_DAYS
    """Days for which that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleWarning:
    """Something that nobody has checked for too long."""

    of: Checked
    """What it is about."""
    stale_on: date
    """First day on which it counted as stale."""
    days: int
    """Whole days since the last check."""


def freshness_report(entries: Iterable[Checked], today: date) -> tuple[StaleWarning, ...]:
    """A warning for everything that is stale on that day, the longest unchecked first.

    An entry is stale from the day `term` days (90, if it has none of its own) after `checked_at` on. A day
    of checking in the future is no warning here: it cannot be told from a clock that is wrong.
    """
    warnings = []
    for entry in entries:
        known = _freshness(entry.checked_at, entry.term, today)
        if known.stale:
            days = (today - entry.checked_at).days
            warnings.append(StaleWarning(of=entry, stale_on=known.stale_on, days=days))
    return tuple(sorted(warnings, key=lambda warning: -warning.days))
