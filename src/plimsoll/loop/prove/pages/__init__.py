"""The pages of prove."""

from plimsoll.loop.prove.pages.assets import asset
from plimsoll.loop.prove.pages.evidence import (
    attest,
    document,
    evidence,
    evidence_list,
    review,
    statement,
)
from plimsoll.loop.prove.pages.requirements import change_requirements, requirement, requirements

__all__ = [
    "asset",
    "attest",
    "change_requirements",
    "document",
    "evidence",
    "evidence_list",
    "requirement",
    "requirements",
    "review",
    "statement",
]
