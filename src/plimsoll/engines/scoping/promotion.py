"""The promotion rule: a prototype that met real data is a pilot, whatever its label says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plimsoll.engines.scoping.question_set import Answers
from plimsoll.kernel.stages import Stage

__all__ = ["EffectiveStage", "effective_stage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveStage:
    """The stage that rules go by, and why it differs from the label if it does."""

    stage: Stage
    """What the system is."""
    promoted_because: str = ""
    """The fact that promoted it; empty if label and stage agree."""


def effective_stage(label: Stage, answers: Answers, *, real_data_since: date | None = None) -> EffectiveStage:
    """The stage by facts. Only a prototype is promoted; real data does it: met, personal, or a customer's.

    An unknown D1 or D2 promotes nothing: the assumption on it says what to act on meanwhile.
    """
    if label is not Stage.PROTOTYPE:
        return EffectiveStage(stage=label)
    if real_data_since is not None:
        reason = f"it has met real data since {real_data_since.isoformat()}"
    elif answers.get("D1") in ("ordinary", "special"):
        reason = f"D1 is {answers['D1']}: there is personal data in it"
    elif answers.get("D2") == "yes":
        reason = "D2 is yes: other customers' data is reachable"
    else:
        return EffectiveStage(stage=label)
    return EffectiveStage(stage=Stage.PILOT, promoted_because=reason)
