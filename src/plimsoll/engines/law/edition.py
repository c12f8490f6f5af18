"""Which edition of the rules was used, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["RulesEdition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesEdition:
    """One edition of a file of rules."""

    id: str
    """Name of the rules."""
    version: str
    """Changes whenever a rule changes."""
    checked_at: date
    """Last look at the sources."""
    stale_after_days: int
    """For how long that look holds."""

    @property
    def name(self) -> str:
        """Id and version as one text."""
        return f"{self.id} {self.version}"

    def warnings(self, as_of: date) -> tuple[str, ...]:
        """One sentence if the last look is too old for that day; nothing otherwise."""
        if as_of < self.checked_at + timedelta(days=self.stale_after_days):
            return ()
        return (
            f"The rules were last checked on {self.checked_at}; on {as_of} that is {self.stale_after_days} "
            "days ago or more: look for amendments",
        )
