"""The form of the law files. Unknown keys, missing sources and dangling names are errors.

Conditions (`when`) stay plain data here; `plimsoll.adapters.law` parses them when it joins the files.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "ClassificationFile",
    "DateEntry",
    "FactEntry",
    "GroundEntry",
    "LawEntry",
    "NoteEntry",
    "ObligationEntry",
    "ObligationRule",
    "ObligationRuleFile",
    "ReadingEntry",
    "RuleEdition",
]

Words = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True)]
Confidence = Literal["high", "medium", "low"]
Sources = Annotated[list[str], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleEdition(_Strict):
    """Which edition of a file this is, and when it was last checked against its sources."""

    id: str
    version: str
    checked_at: date
    stale_after_days: int = Field(ge=1, le=730)
    source: Words


class LawEntry(_Strict):
    """The version of the law that a file states."""

    name: Words
    version: Words
    in_force_since: date
    source: Sources


class FactEntry(_Strict):
    """One fact. `ask` and `ref` are left out where the catalog's question has them."""

    id: Annotated[str, StringConstraints(pattern=r"^(Q[0-9]{2}|[a-z][a-z0-9_]*)$")]
    kind: Literal["choice", "many", "date"] = "choice"
    ask: Words | None = None
    help: str = ""
    values: list[str] = Field(default=["no", "yes"], min_length=1)
    accepts: dict[str, list[str]] = Field(default_factory=dict)
    within: dict[str, str] = Field(default_factory=dict)


class DateEntry(_Strict):
    """One date from which a ground or duty applies, and to which systems."""

    day: date | None
    when: Any = "always"
    note: str = ""
    only_if: str = ""


class GroundEntry(_Strict):
    """One provision that puts a system into a tier."""

    id: str
    tier: str
    article: Words
    because: Words
    when: Any
    dates: str
    roles: dict[str, str] = Field(default_factory=dict)
    source: Sources
    confidence: Confidence


class ReadingEntry(_Strict):
    """A disputed point: what these rules use, and the other reading."""

    id: str
    concerns: list[str] = Field(min_length=1)
    provision: Words
    working: Words
    other: Words
    other_date: date | None = None
    basis: Words
    when: Any
    source: Sources
    confidence: Confidence


class NoteEntry(_Strict):
    """Something that follows from answers and changes no tier."""

    id: str
    article: Words
    text: Words
    when: Any


class ClassificationFile(_Strict):
    """ai_act_rules.yaml."""

    edition: RuleEdition
    law: LawEntry
    facts: list[FactEntry]
    definitions: dict[str, Any]
    dates: dict[str, list[DateEntry]]
    tiers: list[str]
    grounds: list[GroundEntry]
    readings: list[ReadingEntry]
    notes: list[NoteEntry]


class ObligationRule(_Strict):
    """When one duty applies, and which of its dates to which systems."""

    id: str
    when: Any
    dates: dict[str, Any] = Field(default_factory=dict)
    legacy: bool = False


class ObligationRuleFile(_Strict):
    """obligation_rules.yaml."""

    edition: RuleEdition
    facts: list[FactEntry]
    definitions: dict[str, Any]
    dates: dict[str, Any]
    legacy: list[DateEntry]
    shown_only: dict[str, str]
    rules: list[ObligationRule]


class ObligationEntry(BaseModel):
    """A duty of the catalog's obligations.yaml, as far as this engine reads it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    title: str
    instrument: str
    provision: str
    kind: str
    jurisdiction: str
    duty_holder: str
    trigger: str
    applies_from: dict[str, str | None]
    status: Literal["in_force", "applies_later", "deferred", "grace", "voluntary", "proposed"]
    other_reading: dict[str, str] | None = None
    penalty: str = ""
    notes: str = ""
    source: Sources
    confidence: Confidence
