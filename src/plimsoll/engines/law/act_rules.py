"""The rules of the EU AI Act as values: grounds for tiers, disputed readings, notes, the law's version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from plimsoll.engines.law.condition import AnyOf, Condition
from plimsoll.engines.law.dates import StartDate
from plimsoll.engines.law.edition import RulesEdition
from plimsoll.engines.law.fact_sheet import FactSheet

__all__ = ["ActRules", "Ground", "LawVersion", "Note", "Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LawVersion:
    """The text of the law that the rules state."""

    name: str
    """Such as EU AI Act."""
    version: str
    """The act with its amendments."""
    in_force_since: date
    """When this version came into force."""
    source: tuple[str, ...]
    """Ids in the catalog's sources."""
    edition: RulesEdition
    """Which edition of the rules states it."""

    def warnings(self, as_of: date) -> tuple[str, ...]:
        """What to know about using these rules for that day: an earlier text, or a stale look."""
        if as_of >= self.in_force_since:
            return self.edition.warnings(as_of)
        return (
            f"On {as_of} an earlier text was in force; these rules state {self.version}, in force since "
            f"{self.in_force_since}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One provision that puts a system into a tier."""

    id: str
    """Short name."""
    tier: str
    """The tier."""
    article: str
    """Provision that decides."""
    because: str
    """What it says, in our own words, as a clause."""
    when: Condition
    """Condition over the answers."""
    starts: tuple[StartDate, ...]
    """From when it applies."""
    roles: Mapping[str, str]
    """Role → the articles that bind it."""
    source: tuple[str, ...]
    """Ids in the catalog's sources."""
    confidence: str
    """How sure the reading is: high, medium or low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A disputed point, with both readings."""

    id: str
    """Short name."""
    concerns: tuple[str, ...]
    """Tiers that it bears on."""
    provision: str
    """What is disputed."""
    working: str
    """The reading that these rules use."""
    other: str
    """The other reading."""
    other_date: date | None
    """From when the other reading would apply; None if it is not about a date."""
    basis: str
    """What the other reading rests on."""
    when: Condition
    """For which systems it matters."""
    source: tuple[str, ...]
    """Ids in the catalog's sources."""
    confidence: str
    """How sure the working reading is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that follows from the answers and changes no tier."""

    id: str
    """Short name."""
    article: str
    """Provision."""
    text: str
    """One sentence."""
    when: Condition
    """For which systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRules:
    """The rules of one version of the AI Act."""

    law: LawVersion
    """Which text."""
    sheet: FactSheet
    """What is asked."""
    tiers: tuple[str, ...]
    """In the order of the screen: prohibited practices first."""
    grounds: tuple[Ground, ...]
    """What puts a system into each tier."""
    readings: tuple[Reading, ...]
    """Disputed points."""
    notes: tuple[Note, ...]
    """Further consequences."""
    defined: Mapping[str, Condition]
    """Named conditions, for the rules of other duties."""

    def condition(self, tier: str) -> Condition:
        """When a system has the tier: one of its grounds holds."""
        return AnyOf(tuple(ground.when for ground in self.grounds if ground.tier == tier))
