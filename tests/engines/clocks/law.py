"""The shipped duties and a few made-up ones, for the tests of clocks."""

from __future__ import annotations

from datetime import date
from typing import Any

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.computing import Reading, authority_of, compute
from plimsoll.engines.clocks.duty import ClockStage, Duty, Kind, Status, Unit
from plimsoll.engines.clocks.periods import Point
from plimsoll.engines.clocks.working_days import WorkingDays

LAW = load_clock_law()
BOOK = LAW.book


def stage(**changes: Any) -> ClockStage:
    given: dict[str, Any] = {
        "id": "report", "start_event": "aware_incident", "kind": Kind.OUTER_LIMIT, "value": 3,
        "unit": Unit.CALENDAR_DAYS, "rule": "eu-1182-71",
    }  # fmt: skip
    return ClockStage(**given | changes)


def duty(*stages: ClockStage, **changes: Any) -> Duty:
    given: dict[str, Any] = {
        "id": "OBL-X", "title": "A duty", "instrument": "A law", "provision": "Art. 1",
        "category": "incident_report", "jurisdiction": "EU", "duty_holder": "everybody",
        "trigger": "anything", "recipient": "", "status": Status.IN_FORCE,
        "applies_from": {"all": date(2020, 1, 1)},
        "other_reading": None, "sources": ("S-1",), "notes": "", "stages": stages or (stage(),),
    }  # fmt: skip
    return Duty(**given | changes)


def read(found: Duty, stage_id: str, *, working: WorkingDays | None = None, **starts: Point) -> Reading:
    authority = authority_of(BOOK.places[found.jurisdiction], working=working)
    return compute(found, stage_id, starts, book=BOOK, authority=authority)
