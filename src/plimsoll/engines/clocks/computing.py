"""One clock: the plain deadline and the statutory reading side by side, with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum

from plimsoll.engines.clocks.duty import AT_ONCE, BACKWARD, ClockStage, Duty, Kind, Unit
from plimsoll.engines.clocks.force import force
from plimsoll.engines.clocks.periods import Point, day_of, ends_at, plain_end
from plimsoll.engines.clocks.rules import Place, Rule, RuleBook
from plimsoll.engines.clocks.statutory import statutory_end
from plimsoll.engines.clocks.working_days import WEEKENDS_ONLY, WorkingDays
from plimsoll.kernel.errors import BadInput

__all__ = ["Authority", "Outcome", "Reading", "authority_of", "compute", "stage_of"]


class Outcome(StrEnum):
    """Whether there is a deadline, and if not, why not."""

    DEADLINE = "deadline"
    ELAPSED = "elapsed"
    NO_FIGURE = "no_figure"
    NOT_STARTED = "not_started"
    WATCH_ITEM = "watch_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Whose time and holidays count for a clock."""

    zone: tzinfo
    """Time zone."""
    zone_name: str
    """Its name."""
    assumed: bool
    """Whether the zone was taken for the jurisdiction although its authorities lie in several."""
    working: WorkingDays | None
    """Working days as given; None if no holidays were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known about one clock.

    It does not establish that the duty applies to a system, nor that the authority counts in this way.
    """

    duty: Duty
    """The duty."""
    stage: ClockStage
    """The stage."""
    outcome: Outcome
    """Whether there is a deadline."""
    start: Point | None
    """The time of its start event; None if it has none."""
    plain: Point | None
    """The working deadline: plain elapsed time; None where no clock may run."""
    statutory: Point | None
    """The end of the period by the statute's way of counting, to be confirmed; None if there is none."""
    rule: Rule
    """The way of counting."""
    why: tuple[str, ...]
    """Sentences that explain the result, in order."""
    caveats: tuple[str, ...]
    """Sentences that limit it."""
    authority: Authority
    """Whose time and holidays counted."""
    holidays: str
    """Where the holidays came from; empty if none were known."""
    other: Reading | None = None
    """The same clock by the disputed date of application; only for a watch item."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of the duty and of the rule, each once."""
        return tuple(dict.fromkeys((*self.duty.sources, *self.rule.sources)))


def authority_of(
    place: Place, *, zone: tuple[str, tzinfo] | None = None, working: WorkingDays | None = None
) -> Authority:
    """The authority of the place, or the one whose zone (name and zone) is given."""
    name, found = zone or (place.zone_name, place.zone)
    return Authority(zone=found, zone_name=name, assumed=zone is None and place.several, working=working)


def compute(
    duty: Duty,
    stage_id: str,
    starts: Mapping[str, Point],
    *,
    book: RuleBook,
    authority: Authority,
    system_class: str = "",
) -> Reading:
    """The clock of one stage, given the times of its trigger events.

    `starts` may hold events of other stages; a cap needs them. No deadline without its event, for what
    was not law at the start, and where the law names no figure. BadInput if the duty has no such stage,
    if a stage that counts hours is given a day, or for a class that does not exist.
    """
    stage = stage_of(duty, stage_id)
    start = starts.get(stage.start_event)
    blank = Reading(
        duty=duty,
        stage=stage,
        outcome=Outcome.NOT_STARTED,
        start=start,
        plain=None,
        statutory=None,
        rule=book.rules[stage.rule],
        why=(),
        caveats=(),
        authority=authority,
        holidays="",
    )
    on = day_of(start, authority.zone) if start is not None else None
    law = force(duty, on, system_class=system_class)
    if not law.law:
        other = None
        if law.by_other_reading and duty.other_reading:
            other = _running(blank, starts, book)
            other = replace(other, why=(f"{duty.other_reading.basis}.", *other.why))
        return replace(blank, outcome=Outcome.WATCH_ITEM, why=(law.why,), other=other)
    found = _running(blank, starts, book)
    return replace(found, caveats=(*law.caveats, *found.caveats))


def stage_of(duty: Duty, stage_id: str) -> ClockStage:
    """The stage with this name; BadInput names those that there are."""
    try:
        return duty.stage(stage_id)
    except KeyError:
        stages = ", ".join(stage.id for stage in duty.stages)
        raise BadInput(
            f"{duty.id} has no stage “{stage_id[:60]}”.",
            hint=f"Its stages are {stages}." if stages else "It has no clock at all.",
        ) from None


def _running(blank: Reading, starts: Mapping[str, Point], book: RuleBook) -> Reading:
    stage, start = blank.stage, blank.start
    if stage.kind is Kind.FIXED:
        return _fixed(blank)
    if start is None:
        words = stage.start_event.replace("_", " ")
        return replace(blank, why=(f"It starts with “{words}”, which has no time yet.",))
    if stage.kind in AT_ONCE:
        why = f"The law says “{stage.kind.words}” and names no figure: elapsed time counts, not a deadline."
        return replace(blank, outcome=Outcome.ELAPSED, why=(why,))
    if stage.value is None or stage.unit is None:
        why = f"The law says “{stage.kind.words}” and names no figure."
        return replace(blank, outcome=Outcome.NO_FIGURE, why=(why,))
    if stage.unit is Unit.HOURS and not isinstance(start, datetime):
        raise BadInput(
            f"{blank.duty.id} {stage.id} counts hours, and {start} is a day.",
            hint=f"Give a time with its offset, such as {start}T09:00:00+01:00.",
        )
    return _capped(_counted(blank, start, stage.value, stage.unit, book), starts)


def _fixed(blank: Reading) -> Reading:
    try:
        day = date.fromisoformat(blank.stage.note)
    except ValueError:
        return replace(blank, outcome=Outcome.NO_FIGURE, why=("The law fixes no single day.",))
    return replace(blank, outcome=Outcome.DEADLINE, plain=day, why=("The law fixes the day.",))


def _counted(blank: Reading, start: Point, value: int, unit: Unit, book: RuleBook) -> Reading:
    stage, rule, authority = blank.stage, blank.rule, blank.authority
    backward = stage.kind in BACKWARD
    working = authority.working or book.calendars.get(rule.calendar)
    if working is None and backward and unit is Unit.BUSINESS_DAYS:
        # Counting back, a holiday that nobody named makes the day too late, not too early.
        why = "Business days before an event need the holidays of the place; none were given."
        return replace(blank, outcome=Outcome.NO_FIGURE, why=(why,))
    known = working or WEEKENDS_ONLY
    plain = plain_end(start, -value if backward else value, unit, zone=authority.zone, working=known)
    statutory = None
    if not backward and not stage.no_reading:
        statutory = statutory_end(rule, start, value, unit, zone=authority.zone, working=known)
    counted = replace(
        blank,
        outcome=Outcome.DEADLINE,
        plain=plain,
        statutory=statutory,
        holidays="" if unit is Unit.HOURS else known.name,
    )
    return replace(counted, why=_why(counted, value, unit), caveats=_caveats(counted, start, unit, working))


def _why(reading: Reading, value: int, unit: Unit) -> tuple[str, ...]:
    stage, rule = reading.stage, reading.rule
    direction = "before" if stage.kind in BACKWARD else "from"
    sentences = [f"{unit.words(value)} {direction} {stage.start_event.replace('_', ' ')}."]
    if stage.kind in _SENSES:
        sentences.append(_SENSES[stage.kind])
    if stage.no_reading:
        sentences.append(stage.no_reading)
    elif reading.statutory is None:
        sentences.append(f"No statutory reading: {rule.says[0].lower()}{rule.says[1:]}")
    else:
        sentences.append(rule.says)
    if stage.note:
        sentences.append(f"The text adds: {stage.note}.")
    return tuple(sentences)


_SENSES = {
    Kind.RETENTION: "It is to be kept until then; it is no deadline to act.",
    Kind.RETENTION_MINIMUM: "It is to be kept until then at least; it is no deadline to act.",
    Kind.NOT_OLDER_THAN: "What is shown must not be older than that.",
    Kind.AUTHORITY_LIMIT: "It binds the authority, not us.",
    Kind.CURE_PERIOD: "What is cured by then is not pursued, where a cure is possible.",
    Kind.REPEAT: "It repeats: the next period starts from the last report.",
    Kind.REPEAT_EVERY_UNTIL_RESOLVED: "It repeats from the last report until the incident is resolved.",
}


def _caveats(reading: Reading, start: Point, unit: Unit, working: WorkingDays | None) -> tuple[str, ...]:
    authority = reading.authority
    found = []
    if authority.assumed and isinstance(start, datetime) and unit is not Unit.HOURS:
        found.append(f"The zone {authority.zone_name} is assumed; the day of the event may differ elsewhere.")
    if unit is Unit.BUSINESS_DAYS or (unit is not Unit.HOURS and reading.statutory is not None):
        last = max(day_of(p, authority.zone) for p in (start, reading.plain, reading.statutory) if p)
        first = min(day_of(p, authority.zone) for p in (start, reading.plain) if p)
        if working is None:
            found.append("No public holidays were given; one in between would move the end.")
        elif not working.covers(first, last):
            found.append(f"{working.name} names no holiday in some year between {first} and {last}.")
    if reading.rule.confidence != "high" and reading.statutory is not None:
        found.append(f"The rule was seen with {reading.rule.confidence} confidence; confirm with counsel.")
    return tuple(found)


def _capped(reading: Reading, starts: Mapping[str, Point]) -> Reading:
    """The reading after a cap: the earlier end counts, unless the stage began only after the cap's end."""
    stage, duty, zone = reading.stage, reading.duty, reading.authority.zone
    partner = stage.cap or stage.caps
    if not partner:
        return reading
    other = duty.stage(partner)
    other_start = starts.get(other.start_event)
    if other_start is None:
        words = other.start_event.replace("_", " ")
        return replace(
            reading,
            caveats=(*reading.caveats, f"“{words}” has no time; with it the end may be another."),
        )
    other_end = plain_end(
        other_start, other.value or 0, other.unit or Unit.HOURS, zone=zone, working=WEEKENDS_ONLY
    )
    mine = reading.plain
    main_start, main, cap = (reading.start, mine, other_end) if stage.cap else (other_start, other_end, mine)
    assert main_start is not None and main is not None and cap is not None  # noqa: PT018 - one invariant
    if ends_at(main_start, zone) > ends_at(cap, zone):
        why = "It began only after the cap had passed, so its own period counts."
        return replace(reading, plain=main, why=(*reading.why, why))
    if ends_at(cap, zone) < ends_at(main, zone):
        return replace(reading, plain=cap, why=(*reading.why, "The cap ends earlier and counts."))
    return replace(reading, plain=main, why=(*reading.why, "It lies inside the cap."))
