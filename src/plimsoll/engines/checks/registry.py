"""All checks, explicitly. A new check is one judge here, one collector, and one line in each registry."""

from __future__ import annotations

from plimsoll.engines.checks.card import Check
from plimsoll.engines.checks.drift import DRIFT
from plimsoll.engines.checks.fairness import FAIRNESS
from plimsoll.engines.checks.model_file import MODEL_FILE
from plimsoll.kernel.errors import NotFound

__all__ = ["CHECKS", "check_by_id"]

CHECKS: tuple[Check, ...] = (MODEL_FILE, FAIRNESS, DRIFT)
"""In the order they are listed."""


def check_by_id(check_id: str) -> Check:
    """The check with this id; NotFound names those there are."""
    for check in CHECKS:
        if check.card.id == check_id:
            return check
    raise NotFound(
        f"There is no check “{check_id[:40]}”.",
        hint=f"Checks: {', '.join(check.card.id for check in CHECKS)}.",
    )
