"""The form of the files that clocks are read from. Unknown keys in our own files are errors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from plimsoll.engines.clocks.duty import Kind, Status, Unit
from plimsoll.engines.clocks.rules import Hours, StartClass

__all__ = [
    "CalendarEntry",
    "ClockEntry",
    "ComputationFile",
    "DutyEntry",
    "DutyFile",
    "EditionEntry",
    "PlaceEntry",
    "RuleEntry",
    "SourceFile",
    "StageEntry",
    "StartEventEntry",
    "StartEventFile",
]

Sentence = Annotated[str, StringConstraints(min_length=8, max_length=400, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
DutyId = Annotated[str, StringConstraints(pattern=r"^OBL-[A-Z0-9-]+$")]
Country = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EditionEntry(_Strict):
    """Which edition of a file this is, and when it was last checked against its sources."""

    id: Slug
    version: str
    checked_at: date
    stale_after_days: int = Field(default=90, ge=1, le=730)
    source: Sentence


class RuleEntry(_Strict):
    """One way of counting, made executable."""

    id: Slug
    basis: str
    says: Sentence
    sources: list[str]
    confidence: Literal["high", "medium", "low"]
    hours: Hours
    days: bool
    moves_end: bool = False
    minimum_working_days: int = Field(default=0, ge=0, le=10)
    calendar: Slug | None = None


class PlaceEntry(_Strict):
    """Whose time and holidays count in a jurisdiction."""

    jurisdiction: str
    zone: str
    several: bool = False
    countries: list[Country] = Field(min_length=1)


class CalendarEntry(_Strict):
    """Public holidays of one place, as dates."""

    id: Slug
    title: Sentence
    source: Sentence
    holidays: list[date] = Field(min_length=1)


class StageEntry(_Strict):
    """What the duty file does not say about a stage in a form that can be computed."""

    obligation: DutyId
    stage: Name
    rule: Slug | None = None
    cap: Name | None = None
    same_act: Name | None = None
    no_reading: Sentence | None = None


class ComputationFile(_Strict):
    """computation.yaml."""

    edition: EditionEntry
    rules: list[RuleEntry] = Field(min_length=1)
    places: list[PlaceEntry] = Field(min_length=1)
    calendars: list[CalendarEntry]
    stages: list[StageEntry]


class StartEventEntry(_Strict):
    """One event that starts clocks."""

    id: Name
    sort: StartClass
    ask: Sentence
    submitted_by: list[Name] = Field(default_factory=list)
    of: list[DutyId] = Field(default_factory=list)
    latest: bool = False


class StartEventFile(_Strict):
    """start_events.yaml."""

    edition: EditionEntry
    events: list[StartEventEntry] = Field(min_length=1)


class _Open(BaseModel):
    """A file of the catalog, as far as clocks read it."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ClockEntry(_Strict):
    """One stage of a duty."""

    stage: Name
    start_event: Name
    value: int | None = Field(ge=0, le=1000)
    unit: Unit | None
    kind: Kind
    computation_rule: Slug | None = None
    note: str = ""


class _OtherReadingEntry(_Strict):
    date: date
    basis: str


class DutyEntry(_Open):
    """One duty."""

    id: DutyId
    title: str
    instrument: str
    provision: str
    kind: str
    jurisdiction: str
    duty_holder: str
    trigger: str
    recipient: str = ""
    status: Status
    applies_from: dict[str, Any]
    other_reading: _OtherReadingEntry | None = None
    source: list[str]
    notes: str = ""
    clocks: list[ClockEntry] = Field(default_factory=list)


class DutyFile(_Open):
    """obligations.yaml."""

    obligations: list[DutyEntry]


class _SourceEntry(_Open):
    id: str


class SourceFile(_Open):
    """sources.yaml."""

    sources: list[_SourceEntry]
