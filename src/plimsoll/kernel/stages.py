"""The stages of a system's life, in order, and the level of demand that a stage table makes."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["GATED", "Level", "Stage"]


class Stage(StrEnum):
    """Where a system is in its life."""

    PROTOTYPE = "prototype"
    PILOT = "pilot"
    LIMITED = "limited"
    GA = "ga"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        """As people say it."""
        return "general availability" if self is Stage.GA else self.value

    @property
    def order(self) -> int:
        """0 for prototype to 4 for retired."""
        return list(Stage).index(self)


GATED = (Stage.PROTOTYPE, Stage.PILOT, Stage.LIMITED, Stage.GA)
"""The stages that have a gate: entering each of them is decided."""


class Level(StrEnum):
    """What a stage asks of a requirement: proof (●), a plan (○), nothing yet (–)."""

    REQUIRED = "required"
    PLAN = "plan"
    NOT_YET = "not_yet"
