"""What has gone stale: a basis or file that nobody checked within its own term."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from plimsoll.engines.catalog.schema import Basis, Edition

__all__ = ["Freshness", "freshness"]


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
    stale_on = of.checked_at + timedelta(days=of.stale_after_days)
    return Freshness(checked_at=of.checked_at, stale_on=stale_on, stale=today >= stale_on)
