"""Duties and the stages at which the law asks for something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["AT_ONCE", "BACKWARD", "ClockStage", "Duty", "Kind", "OtherReading", "Status", "Unit"]


class Unit(StrEnum):
    """What a period is expressed in."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    WEEKS = "weeks"
    CALENDAR_MONTHS = "calendar_months"
    CALENDAR_YEARS = "calendar_years"

    def words(self, value: int) -> str:
        """The period in words: "1 calendar month", "72 hours"."""
        words = self.value.replace("_", " ")
        return f"{value} {words.removesuffix('s') if value == 1 else words}"


class Kind(StrEnum):
    """What a stage asks for."""

    OUTER_LIMIT = "outer_limit"
    IMMEDIATELY = "immediately"
    WITHOUT_DELAY = "without_delay"
    WITHOUT_UNDUE_DELAY = "without_undue_delay"
    WITHOUT_UNREASONABLE_DELAY = "without_unreasonable_delay"
    PROMPTLY = "promptly"
    ON_REQUEST = "on_request"
    BEFORE = "before"
    AFTER = "after"
    FIXED = "fixed"
    REPEAT = "repeat"
    REPEAT_EVERY_UNTIL_RESOLVED = "repeat_every_until_resolved"
    RETENTION = "retention"
    RETENTION_MINIMUM = "retention_minimum"
    NOT_OLDER_THAN = "not_older_than"
    AUTHORITY_LIMIT = "authority_limit"
    CURE_PERIOD = "cure_period"

    @property
    def words(self) -> str:
        """As people read it: "without undue delay"."""
        return self.value.replace("_", " ")


AT_ONCE = frozenset(
    {
        Kind.IMMEDIATELY,
        Kind.WITHOUT_DELAY,
        Kind.WITHOUT_UNDUE_DELAY,
        Kind.WITHOUT_UNREASONABLE_DELAY,
        Kind.PROMPTLY,
    }
)
"""Duties before any outer limit: the law names no figure, so elapsed time is shown and no deadline."""
BACKWARD = frozenset({Kind.BEFORE, Kind.NOT_OLDER_THAN})
"""Kinds whose period lies before the event."""


class Status(StrEnum):
    """How far a duty is law."""

    IN_FORCE = "in_force"
    APPLIES_LATER = "applies_later"
    DEFERRED = "deferred"
    GRACE = "grace"
    VOLUNTARY = "voluntary"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStage:
    """One stage of a duty: what starts it, and how long it takes."""

    id: str
    """Name within the duty, such as early_warning."""
    start_event: str
    """The event whose time starts it."""
    kind: Kind
    """What it asks for."""
    value: int | None
    """Length of the period; None where the law names no figure."""
    unit: Unit | None
    """What the length is expressed in; None without a figure."""
    rule: str
    """Id of the rule by which it is counted."""
    note: str = ""
    """What the text adds, in a few words; the day itself where the kind is fixed."""
    cap: str = ""
    """Stage of the same duty that this one may not outlast; empty if none."""
    caps: str = ""
    """Stage of the same duty that this one is the cap of; empty if none."""
    same_act: str = ""
    """Stage of the same duty that the same submission fulfils; empty if none."""
    no_reading: str = ""
    """Why no statutory reading can be given although there is a rule; empty if one can."""

    @property
    def period(self) -> str:
        """Length and kind in words: "72 hours from", "10 business days before", "promptly from"."""
        if self.value is None or self.unit is None or self.kind in AT_ONCE:
            return (
                self.kind.words
                if self.kind in BACKWARD or self.kind is Kind.AFTER
                else f"{self.kind.words} from"
            )
        return f"{self.unit.words(self.value)} {'before' if self.kind in BACKWARD else 'from'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReading:
    """Another day from which a duty may apply, as some read the law."""

    applies_from: date
    """First day on which it applies by that reading."""
    basis: str
    """What that reading rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """An obligation as far as clocks need it."""

    id: str
    """OBL-…"""
    title: str
    """One line."""
    instrument: str
    """The law, with its edition."""
    provision: str
    """Article or section."""
    category: str
    """incident_report, documentation, retention and so on."""
    jurisdiction: str
    """EU, US-CA and so on."""
    duty_holder: str
    """Whom it binds."""
    trigger: str
    """What sets it off, in words."""
    recipient: str
    """Who receives the report; empty if nobody is named."""
    status: Status
    """How far it is law."""
    applies_from: Mapping[str, date | None]
    """Class of systems → first day; the class "all" binds everybody; None is no date yet."""
    other_reading: OtherReading | None
    """A disputed date, or None."""
    sources: tuple[str, ...]
    """Ids of sources.yaml."""
    notes: str
    """What to know; empty if nothing."""
    stages: tuple[ClockStage, ...]
    """In the order of the law; empty if the duty has no clock."""

    def stage(self, stage_id: str) -> ClockStage:
        """The stage with this name; KeyError if there is none."""
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)

    @property
    def events(self) -> tuple[str, ...]:
        """The events that start its stages, each once, in order."""
        return tuple(dict.fromkeys(stage.start_event for stage in self.stages))
