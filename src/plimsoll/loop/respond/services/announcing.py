"""Tells once that a clock became due soon, and once that it is overdue."""

from __future__ import annotations

from datetime import datetime

from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.kernel.errors import NotAllowed
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond import facts, selectors
from plimsoll.loop.respond.models import ClockAnnouncement, Incident
from plimsoll.loop.respond.services.opening import note
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import all_program_ids

__all__ = ["announce_clocks"]

ANNOUNCED = (State.DUE_SOON, State.OVERDUE)


def announce_clocks(*, actor: Actor, now: datetime) -> int:
    """Enters every clock of an open incident that has newly become due soon or overdue; returns how many.

    How a clock stands is derived wherever it is read; a clock that starts anew is told anew.
    """
    if not actor.rule:
        raise NotAllowed("What is due is announced by the product itself.")
    rows = [
        row
        for program_id in all_program_ids()
        for row in selectors.incidents_of(actor, program_id, open_only=True)
    ]
    told = set(
        ClockAnnouncement.objects.filter(incident_id__in=[row.id for row in rows]).values_list(
            "incident_id", "duty", "stage", "state", "of_start"
        )
    )
    count = 0
    for known in facts.incident_clocks(actor, rows, now=now):
        for clock in known.pending:
            start = clock.reading.start
            if clock.state not in ANNOUNCED or not isinstance(start, datetime):
                continue
            if (known.incident.id, *clock.key, clock.state.value, start) not in told:
                count += _announce(actor, known.incident.id, clock, start, now)
    return count


def _announce(actor: Actor, incident_id: int, clock: RunningClock, start: datetime, now: datetime) -> bool:
    with writing():
        row, made = ClockAnnouncement.objects.get_or_create(
            incident_id=incident_id,
            duty=clock.key[0],
            stage=clock.key[1],
            state=clock.state.value,
            of_start=start,
            defaults={"announced_at": now},
        )
        if made:
            note(
                actor,
                Incident.objects.get(pk=incident_id),
                EventKind.CLOCK_ANNOUNCED,
                {"duty": row.duty, "stage": row.stage, "state": row.state},
                [row],
            )
    return made
