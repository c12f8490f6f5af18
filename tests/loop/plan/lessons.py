"""A lesson as a review writes it, in plain JSON."""

from __future__ import annotations

from typing import Any

LESSON: dict[str, Any] = {
    "id": "lesson-inc-1-tool-limits",
    "title": "Limits of tools are tested",
    "incident": "INC-1",
    "why": "A tool refunded more than anybody had meant it to.",
    "acceptance": "A test calls each tool above its limit and is refused.",
    "evidence": "The report of the test, with dates and limits.",
    "severity": "high",
    "place": "deployment",
    "levels": {"prototype": "not_yet", "pilot": "required", "limited": "required", "ga": "required"},
    "controls": ["CTL-GOV-01"],
    "fits": {"everywhere": True, "facts": {}, "requirements": []},
}


def lesson(**changes: Any) -> dict[str, Any]:
    return {**LESSON, **changes}


def for_answers(**facts: list[str]) -> dict[str, Any]:
    """A lesson for systems with these answers, such as A1=["write"]."""
    return lesson(fits={"everywhere": False, "facts": facts, "requirements": []})
