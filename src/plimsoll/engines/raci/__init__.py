"""Who has which part in a requirement, and which rules that breaks."""

from plimsoll.engines.raci.rules import Assignment, Deputy, Part, accountable_now, violations

__all__ = ["Assignment", "Deputy", "Part", "accountable_now", "violations"]
