"""Ways of counting a period, and the places whose time and holidays count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

from plimsoll.engines.clocks.working_days import WorkingDays

__all__ = ["Hours", "Place", "Rule", "RuleBook", "StartClass", "StartEvent"]


class Hours(StrEnum):
    """How the statute counts hours."""

    NONE = "none"
    NEXT_FULL_HOUR = "next_full_hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of counting, as data."""

    id: str
    """Such as eu-1182-71."""
    basis: str
    """The provision it stands in."""
    says: str
    """What it does, in one or two sentences."""
    sources: tuple[str, ...]
    """Ids of sources.yaml."""
    confidence: str
    """high, medium or low: how well the text was seen."""
    hours: Hours
    """How hours are read; NONE gives no reading of periods in hours."""
    days: bool
    """Whether it reads periods in days, weeks, months and years."""
    moves_end: bool
    """Whether an end on a day that is no working day moves to the next working day."""
    minimum_working_days: int
    """How many working days a period of two days or more holds at least; 0 if that is not asked."""
    calendar: str
    """Id of the calendar that the rule itself names; empty if the place of the authority decides."""


class StartClass(StrEnum):
    """What sort of event starts a clock."""

    OCCURRENCE = "occurrence"
    ENTRY = "entry"
    AWARENESS = "awareness"
    DETERMINATION = "determination"
    DECISION = "decision"
    SUBMISSION = "submission"
    REQUEST = "request"
    FIX = "fix"
    PAYMENT = "payment"
    MARKET = "market"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEvent:
    """An event that starts clocks; it has its own time, never that of "the incident"."""

    id: str
    """Such as aware_personal_data_breach."""
    sort: StartClass
    """What sort of event it is."""
    ask: str
    """The question that its time answers."""
    submitted_by: tuple[str, ...] = ()
    """Stages whose submission is this event; empty if people give its time."""
    of: tuple[str, ...] = ()
    """Duties whose stages these are; empty for the duty itself."""
    latest: bool = False
    """Whether the last of several submissions counts, instead of the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose time and holidays count in a jurisdiction, unless the authority's are given."""

    jurisdiction: str
    """As in the duties."""
    zone: tzinfo
    """Time zone."""
    zone_name: str
    """Its IANA name."""
    several: bool
    """Whether authorities of the jurisdiction lie in several zones, so that this one is assumed."""
    countries: tuple[str, ...]
    """ISO 3166 codes by which calendars of holidays are recognised, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """Everything besides duties that is needed to compute clocks."""

    rules: Mapping[str, Rule]
    """By id."""
    places: Mapping[str, Place]
    """By jurisdiction."""
    calendars: Mapping[str, WorkingDays]
    """Shipped calendars by id."""
    events: Mapping[str, StartEvent]
    """By id."""
    version: str
    """Edition of the files."""
    checked_at: date
    """Last look at the sources."""
