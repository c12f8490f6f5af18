"""Sample facts and documents for the tests of reports, in one place."""

from __future__ import annotations

from dataclasses import replace

from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.brief_facts import BriefFacts, SystemFact
from plimsoll.engines.reports.document import Document
from tests.engines.reports.large_facts import crowded, huge, measured, overfull
from tests.engines.reports.ordinary_facts import (
    NO_LOAD,
    NO_MOVEMENT,
    NO_SCHEDULE,
    NOW,
    RECORD,
    count,
    gate,
    option,
    realistic,
    system,
    tiny,
)
from tests.engines.reports.specimen import DRAWING, NASTY, everything

__all__ = [
    "DRAWING",
    "NASTY",
    "NOW",
    "NO_LOAD",
    "NO_MOVEMENT",
    "NO_SCHEDULE",
    "RECORD",
    "brief_of",
    "count",
    "crowded",
    "everything",
    "gate",
    "huge",
    "measured",
    "option",
    "overfull",
    "realistic",
    "system",
    "tiny",
    "with_systems",
]


def brief_of(facts: BriefFacts) -> Document:
    return compose_brief(facts)


def with_systems(facts: BriefFacts, *systems: SystemFact) -> BriefFacts:
    return replace(facts, systems=systems)
