"""One clock as a JSON document. docs/reference/documents.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plimsoll.engines.clocks.computing import Reading
from plimsoll.engines.clocks.periods import Point
from plimsoll.engines.clocks.rules import RuleBook

__all__ = ["FORM", "clock_document", "written"]

FORM = "plimsoll/clock/1"


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
