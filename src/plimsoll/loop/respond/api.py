"""Respond over HTTP: incidents, hazards and their clocks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from plimsoll.engines.incidents.kinds import Sort
from plimsoll.kernel import clock
from plimsoll.loop.respond import facts, schemas, selectors, services
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program, member_id

router = Router(tags=["respond"])


@router.get("/{program}/incidents", response=schemas.IncidentsOut)
def incidents(request: HttpRequest, program: str, after: str = "", limit: int = 100) -> Any:
    """Incidents and hazards, by ref; `after` is the cursor that the last answer gave as `next`."""
    actor, found = actor_and_program(request, program)
    rows, following = selectors.incidents_after(actor, found.id, after=after, limit=limit)
    return {"items": [schemas.incident_out(row) for row in rows], "next": following}


@router.post("/{program}/incidents", response={201: schemas.IncidentOut})
def declare(request: HttpRequest, program: str, body: schemas.IncidentIn) -> Any:
    """Declares an incident or hazard."""
    actor, found = actor_and_program(request, program)
    made = services.declare_incident(
        actor=actor,
        program_id=found.id,
        system_id=scope.system_by_ref(actor, found.id, body.system).id,
        title=body.title,
        sort=Sort.HAZARD if body.hazard else Sort.INCIDENT,
        kind=services.read_kind(body.kind),
        aware_at=body.aware_at,
        occurred_at=body.occurred_at,
        commander_id=member_id(actor, found.id, body.commander, field="commander")
        if body.commander
        else None,
    )
    return Status(201, schemas.incident_out(selectors.incident_by_id(actor, made.pk)))


@router.get("/{program}/incidents/{ref}/clocks")
def clocks(request: HttpRequest, program: str, ref: str) -> Any:
    """The document plimsoll/incident-clocks/1: every clock of the incident, by jurisdiction, now."""
    actor, found = actor_and_program(request, program)
    row, now = selectors.incident_by_ref(actor, found.id, ref), clock.now()
    return schemas.clocks_out(facts.incident_clocks(actor, [row], now=now)[0], now=now)
