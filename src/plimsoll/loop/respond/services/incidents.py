"""Declares incidents and hazards, and changes what they are and who leads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.engines.incidents.timeline import Milestone, Timeline
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond.models import Incident, IncidentTask, Moment, TriggerTime
from plimsoll.loop.respond.services.opening import incident_for, member, note, past, words
from plimsoll.loop.respond.services.tasks import add_fitting_tasks, hand_over
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref

__all__ = ["LEARNED_OF_IT", "change_incident", "declare_incident", "read_kind"]

LEARNED_OF_IT = ("aware_incident", "discovered_incident", "incident_discovered")
"""The trigger events that ask when we learned of the incident itself, and of nothing more particular."""


def declare_incident(
    *,
    actor: Actor,
    program_id: int,
    system_id: int,
    title: str,
    sort: Sort = Sort.INCIDENT,
    kind: IncidentKind | None = None,
    aware_at: datetime | None = None,
    occurred_at: datetime | None = None,
    commander_id: int | None = None,
) -> Incident:
    """A new incident or hazard of a system, with the tasks of the playbooks that fit.

    `aware_at` is when we learned of it (now, unless given), `occurred_at` when it happened (unknown unless
    given); the time of declaration is a third. Of an incident, awareness starts the clocks that ask for
    nothing more particular; every other trigger event gets its own time. Who declares it commands it until
    somebody else does; if a rule does, the owner of the system.
    """
    actor.must("respond:incident:declare", program_id)
    system = scope.system_by_id(actor, system_id)
    if system.program_id != program_id:
        raise BadInput("The system belongs to another program.", data={"field": "system"})
    title = words(title, field="title", what="The title of the incident", shortest=5, longest=160)
    now, kind = clock.now(), kind or IncidentKind(component=None, concern=None)
    moments = {Milestone.DETECTED: past(aware_at or now, field="aware_at", what="When we learned of it")}
    if occurred_at is not None:
        moments[Milestone.OCCURRED] = past(occurred_at, field="occurred_at", what="When it happened")
    Timeline(moments={**moments, Milestone.DECLARED: now})
    commander = commander_id or actor.user_id or system.owner_id
    with writing(program_id):
        row = Incident.objects.create(
            program_id=program_id,
            system_id=system_id,
            number=next_ref(program_id, RefKind.INCIDENT).number,
            sort=sort.value,
            title=title,
            component=kind.component.value if kind.component else "",
            concern=kind.concern.value if kind.concern else "",
            commander_id=member(commander, program_id, field="commander", what="The commander"),
            declared_by_id=actor.user_id,
            declared_at=now,
        )
        times = _first_times(actor, row, moments)
        tasks = add_fitting_tasks(row, system)
        note(
            actor,
            row,
            EventKind.INCIDENT_DECLARED,
            {"sort": sort.value, "aware_at": moments[Milestone.DETECTED].isoformat(), "tasks": len(tasks)},
            [row, *times, *tasks],
        )
    return row


def _first_times(
    actor: Actor, row: Incident, moments: Mapping[Milestone, datetime]
) -> list[Moment | TriggerTime]:
    """Enters the moments that are known at the declaration, and what awareness starts."""
    known = {"entered_by_id": actor.user_id, "entered_at": row.declared_at}
    aware = LEARNED_OF_IT if row.sort == Sort.INCIDENT.value else ()
    return [
        *(
            Moment.objects.create(incident=row, milestone=m.value, at=at, **known)
            for m, at in moments.items()
        ),
        *(
            TriggerTime.objects.create(incident=row, event=event, at=moments[Milestone.DETECTED], **known)
            for event in aware
        ),
    ]


def change_incident(
    *,
    actor: Actor,
    incident_id: int,
    title: str | None = None,
    sort: Sort | None = None,
    kind: IncidentKind | None = None,
    commander_id: int | None = None,
    scribe_id: int | None = None,
) -> Incident:
    """Changes what is given and leaves the rest.

    Another kind brings the tasks of the playbooks that fit now; none is taken away. Open tasks of the
    commander and the scribe go to whoever has the role next. One person does not do both.
    """
    row = incident_for(actor, incident_id, "respond:incident:change")
    was = (row.commander_id, row.scribe_id)
    changes: dict[str, object] = {}
    if title is not None:
        changes["title"] = words(
            title, field="title", what="The title of the incident", shortest=5, longest=160
        )
    if sort is not None:
        changes["sort"] = sort.value
    if kind is not None:
        changes["component"] = kind.component.value if kind.component else ""
        changes["concern"] = kind.concern.value if kind.concern else ""
    if commander_id is not None:
        changes["commander_id"] = member(
            commander_id, row.program_id, field="commander", what="The commander"
        )
    if scribe_id is not None:
        changes["scribe_id"] = member(scribe_id, row.program_id, field="scribe", what="The scribe")
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if changes.get("commander_id", row.commander_id) == changes.get("scribe_id", row.scribe_id):
        raise BadInput(
            "One person commands and another writes down.",
            hint="Name somebody else as scribe.",
            data={"field": "scribe"},
        )
    if not changes:
        return row
    system = scope.system_by_id(actor, row.system_id)
    with writing(system.program_id):
        if Incident.objects.filter(pk=row.pk, closed_at=None).update(**changes) != 1:
            raise Conflict(f"INC-{row.number} was closed by somebody else meanwhile.")
        row.refresh_from_db()
        tasks: list[IncidentTask] = hand_over(row, *was)
        tasks += add_fitting_tasks(row, system)
        note(actor, row, EventKind.INCIDENT_CHANGED, {"changed": sorted(changes)}, [row, *tasks])
    return row


def read_kind(text: str) -> IncidentKind:
    """The kind in "component/concern", either of which may be empty; BadInput names what there is."""
    component, _, concern = (part.strip().replace(" ", "_") for part in text.lower().partition("/"))
    if component not in ("", *Component) or concern not in ("", *Concern):
        raise BadInput(
            f"“{text[:60]}” is not a kind of incident.",
            hint=f"Write COMPONENT/CONCERN: {', '.join(Component)} / {', '.join(Concern)}.",
            data={"field": "kind"},
        )
    return IncidentKind(
        component=Component(component) if component else None, concern=Concern(concern) if concern else None
    )
