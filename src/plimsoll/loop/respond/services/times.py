"""When things were: milestones, trigger events, and what the scribe writes down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond import selectors
from plimsoll.loop.respond.models import Incident, IncidentNote, Moment, TriggerTime
from plimsoll.loop.respond.services.opening import incident_for, note, past, person, words
from plimsoll.people.actors import Actor

__all__ = ["record_moments", "record_trigger", "write_note"]


def record_moments(*, actor: Actor, incident_id: int, times: Mapping[Milestone, datetime]) -> list[Moment]:
    """Enters when milestones were, or corrects them; the log keeps the former times.

    BadInput for a time that has not come, for the declaration (its time is the declaration's own), and if
    the order is impossible: nothing was detected before it occurred.
    """
    row = incident_for(actor, incident_id, "respond:incident:change")
    if Milestone.DECLARED in times:
        raise BadInput("The declaration has the time at which it was made.")
    for milestone, at in times.items():
        past(at, field=milestone.value, what=f"The time of “{milestone.words}”")
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        known = {moment.milestone: moment.at for moment in Moment.objects.filter(incident=row)}
        new = {name: at for name, at in times.items() if known.get(name.value) != at}
        merged = {Milestone(name): at for name, at in known.items()} | new
        selectors.timeline(row.declared_at, _rows(merged))
        if not new:
            return []
        made = [
            Moment.objects.update_or_create(
                incident=row,
                milestone=name.value,
                defaults={"at": at, "entered_by_id": actor.user_id, "entered_at": clock.now()},
            )[0]
            for name, at in new.items()
        ]
        note(
            actor,
            row,
            EventKind.TIME_RECORDED,
            {
                "times": {name.value: at.isoformat() for name, at in new.items()},
                "before": {n.value: known[n.value].isoformat() for n in new if n.value in known},
            },
            made,
        )
    return made


def _rows(times: Mapping[Milestone, datetime]) -> list[selectors.TimeRow]:
    now = clock.now()
    return [
        selectors.TimeRow(name=name.value, at=at, entered_by="", entered_at=now) for name, at in times.items()
    ]


def record_trigger(*, actor: Actor, incident_id: int, event: str, at: datetime) -> TriggerTime:
    """Enters when an event was that starts clocks, or corrects it; the log keeps the former time.

    BadInput for an event that does not exist or that follows from a submission, and for a time to come.
    """
    row = incident_for(actor, incident_id, "respond:incident:change")
    known = load_clock_law().book.events.get(event)
    if known is None:
        raise BadInput(f"There is no trigger event “{event[:60]}”.", data={"field": "event"})
    if known.submitted_by:
        raise BadInput(
            f"“{event.replace('_', ' ')}” is the time of a submission.",
            hint="Record the submission; its time counts.",
            data={"field": "event"},
        )
    past(at, field="at", what=f"The time of “{event.replace('_', ' ')}”")
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        before = TriggerTime.objects.filter(incident=row, event=event).first()
        was = before.at.isoformat() if before else None
        made, _ = TriggerTime.objects.update_or_create(
            incident=row,
            event=event,
            defaults={"at": at, "entered_by_id": actor.user_id, "entered_at": clock.now()},
        )
        note(
            actor,
            row,
            EventKind.TIME_RECORDED,
            {"times": {event: at.isoformat()}, "before": {event: was} if was else {}},
            [made],
        )
    return made


def write_note(*, actor: Actor, incident_id: int, text: str, at: datetime | None = None) -> IncidentNote:
    """Writes down what happened, and when; now, unless another time is given."""
    row = incident_for(actor, incident_id, "respond:incident:change")
    who = person(actor, what="A note is written")
    said = words(text, field="text", what="The note", shortest=3, longest=1000)
    now = clock.now()
    with writing(row.program_id):
        made = IncidentNote.objects.create(
            incident=row,
            at=past(at or now, field="at", what="The time of the note"),
            text=said,
            written_by_id=who,
            written_at=now,
        )
        note(actor, row, EventKind.NOTE_WRITTEN, {}, [made])
    return made
