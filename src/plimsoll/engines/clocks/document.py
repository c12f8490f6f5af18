"""Clocks as JSON documents, the same for command, API and page. docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from plimsoll.engines.clocks.computing import Reading
from plimsoll.engines.clocks.periods import Point
from plimsoll.engines.clocks.rules import RuleBook
from plimsoll.engines.clocks.states import RunningClock, all_in_time, by_jurisdiction

__all__ = ["FORM", "INCIDENT_FORM", "clock_document", "incident_document", "written"]

FORM = "plimsoll/clock/1"
INCIDENT_FORM = "plimsoll/incident-clocks/1"


def written(point: Point | None) -> str | None:
    """The point in ISO 8601: a day, or an instant to the second (or finer) with its offset."""
    if isinstance(point, datetime):
        return point.isoformat(timespec="auto" if point.microsecond else "seconds")
    return point.isoformat() if point else None


def clock_document(reading: Reading, starts: Mapping[str, Point], book: RuleBook) -> dict[str, Any]:
    """The reading with its reasons; both deadlines are null where no clock may run."""
    duty, stage, other = reading.duty, reading.stage, reading.other
    return {
        "form": FORM,
        "obligation": duty.id,
        "title": duty.title,
        "law": f"{duty.instrument}, {duty.provision}",
        "duty_holder": duty.duty_holder,
        "recipient": duty.recipient or None,
        "jurisdiction": duty.jurisdiction,
        "status": duty.status.value,
        "stage": stage.id,
        "kind": stage.kind.value,
        "outcome": reading.outcome.value,
        "start_event": stage.start_event,
        "starts": {event: written(point) for event, point in starts.items()},
        "plain_deadline": written(reading.plain),
        "statutory_reading": written(reading.statutory),
        "rule": reading.rule.id,
        "rule_basis": reading.rule.basis,
        "source": list(reading.sources),
        "why": " ".join(reading.why),
        "caveats": list(reading.caveats),
        "other_readings": [_other(other)] if other else [],
        "zone": reading.authority.zone_name,
        "zone_assumed": reading.authority.assumed,
        "holidays": reading.holidays or None,
        "rules": {"version": book.version, "checked_at": book.checked_at.isoformat()},
        "not_legal_advice": True,
    }


def _other(other: Reading) -> dict[str, Any]:
    reading = other.duty.other_reading
    return {
        "applies_from": reading.applies_from.isoformat() if reading else None,
        "plain_deadline": written(other.plain),
        "statutory_reading": written(other.statutory),
        "why": " ".join(other.why),
    }


def incident_document(clocks: Sequence[RunningClock], *, now: datetime, book: RuleBook) -> dict[str, Any]:
    """The clocks of an incident at a moment, by jurisdiction, the most urgent first, with one verdict."""
    judgement = all_in_time(clocks)
    return {
        "form": INCIDENT_FORM,
        "at": written(now),
        "verdict": judgement.verdict.value,
        "reasons": [f"{reason.source}: {reason.text}" for reason in judgement.deciding],
        "jurisdictions": [
            {"jurisdiction": place, "clocks": [_running(clock) for clock in found]}
            for place, found in by_jurisdiction(clocks).items()
        ],
        "rules": {"version": book.version, "checked_at": book.checked_at.isoformat()},
        "not_legal_advice": True,
    }


def _running(clock: RunningClock) -> dict[str, Any]:
    reading, closing, stale = clock.reading, clock.closing, clock.stale_closing
    return {
        "obligation": reading.duty.id,
        "title": reading.duty.title,
        "stage": reading.stage.id,
        "recipient": reading.duty.recipient or None,
        "applies": clock.scoped.applies.value,
        "because": clock.scoped.because,
        "state": clock.state.value,
        "why": clock.why,
        "ask": clock.ask or None,
        "start": written(_there(reading)),
        "plain_deadline": written(reading.plain),
        "statutory_reading": written(reading.statutory),
        "elapsed_seconds": _seconds(clock.elapsed),
        "remaining_seconds": _seconds(clock.remaining),
        "submitted_at": written(clock.submission.at) if clock.submission else None,
        "closed_by": closing.signer if closing else None,
        "closing_lapsed": written(stale.at) if stale else None,
        "rule": reading.rule.id,
        "source": list(reading.sources),
        "explanation": " ".join(reading.why),
        "caveats": list(reading.caveats),
        "zone": reading.authority.zone_name,
    }


def _there(reading: Reading) -> Point | None:
    """The start as the authority's clocks showed it."""
    start = reading.start
    return start.astimezone(reading.authority.zone) if isinstance(start, datetime) else start


def _seconds(span: timedelta | None) -> int | None:
    """Whole seconds, rounded down: what is past by a moment is past."""
    return span // timedelta(seconds=1) if span is not None else None
