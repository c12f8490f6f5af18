"""Reads the shipped duties and clock rules, and the holidays that somebody gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cache
from importlib import resources
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.clocks import schema
from plimsoll.engines.clocks.duty import ClockStage, Duty, OtherReading
from plimsoll.engines.clocks.rules import Place, Rule, RuleBook, StartEvent
from plimsoll.engines.clocks.working_days import WorkingDays
from plimsoll.kernel.errors import BadInput

__all__ = ["ClockLaw", "load_clock_law", "zone_named"]

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLaw:
    """The duties and everything by which their clocks are counted."""

    duties: Mapping[str, Duty]
    """Every duty of the catalog by id, also those without a clock."""
    book: RuleBook
    """Rules, places, calendars and start events."""
    editions: Mapping[str, schema.EditionEntry]
    """File name → its edition, with the day of the last look."""

    def duty(self, duty_id: str) -> Duty:
        """The duty with this id, in any case; BadInput names the closest ones if there is none."""
        import difflib

        wanted = duty_id.strip().upper()
        if wanted in self.duties:
            return self.duties[wanted]
        close = difflib.get_close_matches(wanted, self.duties, n=3, cutoff=0.5)
        raise BadInput(
            f"There is no obligation “{duty_id[:60]}”.",
            hint=f"Did you mean {', '.join(close)}?" if close else "plimsoll clocks list shows them.",
        )


@cache
def load_clock_law() -> ClockLaw:
    """The shipped duties and rules, read once per process.

    Raises BadInput, naming file and place, if a file is malformed or refers to something that does not
    exist: a half-read rule would give a wrong day.
    """
    duties = _read("catalog", "obligations.yaml", schema.DutyFile)
    computation = _read("clocks", "computation.yaml", schema.ComputationFile)
    events = _read("clocks", "start_events.yaml", schema.StartEventFile)
    sources = {entry.id for entry in _read("catalog", "sources.yaml", schema.SourceFile).sources}
    return joined(duties, computation, events, sources)


def joined(
    duties: schema.DutyFile,
    computation: schema.ComputationFile,
    events: schema.StartEventFile,
    sources: set[str],
) -> ClockLaw:
    """The files put together, every link checked; BadInput names the one that leads nowhere."""
    book = RuleBook(
        rules={entry.id: _rule(entry) for entry in computation.rules},
        places={entry.jurisdiction: _place(entry) for entry in computation.places},
        calendars={
            entry.id: WorkingDays(name=entry.title, holidays=frozenset(entry.holidays))
            for entry in computation.calendars
        },
        events={entry.id: _event(entry) for entry in events.events},
        version=computation.edition.version,
        checked_at=computation.edition.checked_at,
    )
    added = {(entry.obligation, entry.stage): entry for entry in computation.stages}
    known = {
        entry.id: _duty(entry, {stage: more for (duty, stage), more in added.items() if duty == entry.id})
        for entry in duties.obligations
    }
    _check_links(known, book, sources, list(added))
    return ClockLaw(
        duties=known,
        book=book,
        editions={"computation.yaml": computation.edition, "start_events.yaml": events.edition},
    )


def _read(package: str, name: str, model: type[_Model]) -> _Model:
    content = resources.files(f"plimsoll.engines.{package}").joinpath("facts", name).read_bytes()
    return read_model(content, model, what=f"{package}/{name}")


def _rule(entry: schema.RuleEntry) -> Rule:
    return Rule(
        id=entry.id,
        basis=entry.basis,
        says=entry.says,
        sources=tuple(entry.sources),
        confidence=entry.confidence,
        hours=entry.hours,
        days=entry.days,
        moves_end=entry.moves_end,
        minimum_working_days=entry.minimum_working_days,
        calendar=entry.calendar or "",
    )


def _place(entry: schema.PlaceEntry) -> Place:
    return Place(
        jurisdiction=entry.jurisdiction,
        zone=zone_named(entry.zone),
        zone_name=entry.zone,
        several=entry.several,
        countries=tuple(entry.countries),
    )


def _event(entry: schema.StartEventEntry) -> StartEvent:
    return StartEvent(
        id=entry.id,
        sort=entry.sort,
        ask=entry.ask,
        submitted_by=tuple(entry.submitted_by),
        of=tuple(entry.of),
        latest=entry.latest,
    )


def _duty(entry: schema.DutyEntry, added: Mapping[str, schema.StageEntry]) -> Duty:
    caps = {more.cap: stage for stage, more in added.items() if more.cap}
    other = entry.other_reading
    return Duty(
        id=entry.id,
        title=entry.title,
        instrument=entry.instrument,
        provision=entry.provision,
        category=entry.kind,
        jurisdiction=entry.jurisdiction,
        duty_holder=entry.duty_holder,
        trigger=entry.trigger,
        recipient=entry.recipient,
        status=entry.status,
        applies_from={name: _day(value) for name, value in entry.applies_from.items()},
        other_reading=OtherReading(applies_from=other.date, basis=other.basis) if other else None,
        sources=tuple(entry.source),
        notes=entry.notes,
        stages=tuple(_stage(clock, added.get(clock.stage), caps) for clock in entry.clocks),
    )


def _stage(clock: schema.ClockEntry, more: schema.StageEntry | None, caps: Mapping[str, str]) -> ClockStage:
    return ClockStage(
        id=clock.stage,
        start_event=clock.start_event,
        kind=clock.kind,
        value=clock.value,
        unit=clock.unit,
        rule=(more and more.rule) or clock.computation_rule or "elapsed-time",
        note=clock.note,
        cap=(more and more.cap) or "",
        caps=caps.get(clock.stage, ""),
        same_act=(more and more.same_act) or "",
        no_reading=(more and more.no_reading) or "",
    )


def _day(value: object) -> date | None:
    """The day, or None: no date yet, or several that depend on what is not asked."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _check_links(
    duties: Mapping[str, Duty], book: RuleBook, sources: set[str], added: Sequence[tuple[str, str]]
) -> None:
    for rule in book.rules.values():
        _must_exist(f"rule {rule.id}", rule.sources, sources)
        _must_exist(f"rule {rule.id}", [rule.calendar] if rule.calendar else [], book.calendars)
    for event in book.events.values():
        _must_exist(f"event {event.id}", event.of, duties)
    for duty in duties.values():
        stages = {stage.id for stage in duty.stages}
        _must_exist(duty.id, duty.sources, sources)
        _must_exist(duty.id, [duty.jurisdiction], book.places)
        for stage in duty.stages:
            where = f"{duty.id} {stage.id}"
            _must_exist(where, [stage.rule], book.rules)
            _must_exist(where, [stage.start_event], book.events)
            _must_exist(where, [name for name in (stage.cap, stage.same_act) if name], stages)
    for duty_id, stage_id in added:
        _must_exist("computation.yaml", [duty_id], duties)
        _must_exist("computation.yaml", [stage_id], {stage.id for stage in duties[duty_id].stages})


def _must_exist(where: str, ids: Sequence[str], known: Mapping[str, object] | set[str]) -> None:
    missing = [item for item in ids if item not in known]
    if missing:
        raise BadInput(f"The clock entry {where} refers to {', '.join(missing)}, which does not exist.")


def zone_named(name: str) -> tzinfo:
    """The time zone with this IANA name; BadInput if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            f"There is no time zone “{name[:60]}”.", hint="Write an IANA name, such as Europe/Berlin."
        ) from error
