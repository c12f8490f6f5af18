"""What the API takes and gives for respond."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.document import incident_document
from plimsoll.loop.respond.facts import IncidentClocks
from plimsoll.loop.respond.selectors import IncidentRow


class IncidentIn(Schema):
    model_config = ConfigDict(extra="forbid")
    title: str
    system: str = Field(description="Ref of the system.")
    hazard: bool = False
    kind: str = Field(default="", description="COMPONENT/CONCERN; either may be empty.")
    aware_at: AwareDatetime | None = Field(default=None, description="Now, unless given.")
    occurred_at: AwareDatetime | None = None
    commander: str = Field(default="", description="Handle or e-mail address; the declarer, unless given.")


class IncidentOut(Schema):
    ref: str
    sort: str
    title: str
    system: str
    component: str | None
    concern: str | None
    commander: str
    scribe: str
    declared_at: datetime
    closed_at: datetime | None


class IncidentsOut(Schema):
    items: list[IncidentOut]
    next: str | None


def incident_out(row: IncidentRow) -> IncidentOut:
    return IncidentOut(
        ref=row.ref,
        sort=row.sort.value,
        title=row.title,
        system=row.system_ref,
        component=row.component.value if row.component else None,
        concern=row.concern.value if row.concern else None,
        commander=row.commander,
        scribe=row.scribe,
        declared_at=row.declared_at,
        closed_at=row.closed_at,
    )


def clocks_out(known: IncidentClocks, *, now: datetime) -> dict[str, Any]:
    """The document plimsoll/incident-clocks/1 with the incident, and what has no clock."""
    return {
        "incident": incident_out(known.incident).model_dump(mode="json"),
        **incident_document(known.clocks, now=now, book=load_clock_law().book),
        "without_clock": [
            {"obligation": w.duty, "title": w.title, "standing": w.standing.value, "because": w.because}
            for w in known.without
        ],
    }
