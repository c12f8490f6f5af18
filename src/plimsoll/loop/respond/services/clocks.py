"""What was done for clocks, and which were closed with a reason and a signer."""

from __future__ import annotations

from datetime import datetime

from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond import facts, selectors
from plimsoll.loop.respond.models import ClockClosing, ClockSubmission, Incident
from plimsoll.loop.respond.services.opening import incident_for, note, past, person, words
from plimsoll.people.actors import Actor

__all__ = ["close_clock", "close_waiting_clocks", "submit_stage"]


def submit_stage(
    *,
    actor: Actor,
    incident_id: int,
    duty: str,
    stage: str,
    at: datetime | None = None,
    reference: str = "",
) -> ClockSubmission:
    """Records that something was done for a stage: a report sent, people told. Now, unless `at` is given.

    Whether it was in time is derived. BadInput if the incident has no such clock.
    """
    row = incident_for(actor, incident_id, "respond:clock:submit")
    who = person(actor, what="A submission is recorded")
    when = past(at or clock.now(), field="at", what="The time of the submission")
    _clock(actor, row, duty, stage)
    if reference.strip():
        reference = words(reference, field="reference", what="The reference", shortest=1, longest=200)
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if ClockSubmission.objects.filter(incident=row, duty=duty, stage=stage, at=when).exists():
            raise Conflict("This submission is recorded already.")
        made = ClockSubmission.objects.create(
            incident=row,
            duty=duty,
            stage=stage,
            at=when,
            reference=reference.strip(),
            entered_by_id=who,
            entered_at=clock.now(),
        )
        note(
            actor,
            row,
            EventKind.CLOCK_SUBMITTED,
            {"duty": duty, "stage": stage, "at": when.isoformat()},
            [made],
        )
    return made


def close_clock(
    *,
    actor: Actor,
    incident_id: int,
    duty: str,
    stage: str,
    reason: str,
    holds_until: datetime | None = None,
) -> ClockClosing:
    """A person's signature that nothing is to be done for a stage, and why.

    It is about the start that the clock has now: if it starts, or starts at another time, the closing no
    longer counts. With `holds_until` it ends by itself, to be looked at again.
    """
    row = incident_for(actor, incident_id, "respond:clock:close")
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A clock is closed by a person, not by a token or a rule.")
    why = words(reason, field="reason", what="The reason", shortest=10, longest=1000)
    now = clock.now()
    if holds_until is not None and holds_until <= now:
        raise BadInput("A closing holds until a time to come.", data={"field": "holds_until"})
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        running = _clock(actor, row, duty, stage)
        if running.state in facts.OVER:
            raise Conflict(
                f"The clock of {duty} {stage.replace('_', ' ')} is {running.state.word}.",
                hint="Only a clock that is still open can be closed.",
            )
        start = running.reading.start
        made = ClockClosing.objects.create(
            incident=row,
            duty=duty,
            stage=stage,
            reason=why,
            signer_id=actor.user_id,
            signed_at=now,
            of_start=start if isinstance(start, datetime) else None,
            holds_until=holds_until,
        )
        note(actor, row, EventKind.CLOCK_CLOSED, {"duty": duty, "stage": stage}, [made])
    return made


def close_waiting_clocks(*, actor: Actor, incident_id: int, reason: str) -> int:
    """A person's signature, with one reason, on every clock whose event has no time; returns how many.

    Each gets a closing of its own, about not having started: whichever starts later is open again.
    """
    row = incident_for(actor, incident_id, "respond:clock:close")
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("Clocks are closed by a person, not by a token or a rule.")
    why = words(reason, field="reason", what="The reason", shortest=10, longest=1000)
    now = clock.now()
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        incident = selectors.incident_by_id(actor, row.pk)
        found = facts.incident_clocks(actor, [incident], now=now)[0].pending
        waiting = [c for c in found if c.state is State.NOT_STARTED]
        if not waiting:
            raise Conflict(f"No clock of INC-{row.number} waits for its event.")
        made = ClockClosing.objects.bulk_create(
            ClockClosing(
                incident=row,
                duty=c.key[0],
                stage=c.key[1],
                reason=why,
                signer_id=actor.user_id,
                signed_at=now,
            )
            for c in waiting
        )
        note(actor, row, EventKind.CLOCK_CLOSED, {"clocks": [" ".join(c.key) for c in waiting]}, made)
    return len(made)


def _clock(actor: Actor, row: Incident, duty: str, stage: str) -> RunningClock:
    """The clock of the stage as it stands now; BadInput if the incident has none that may run."""
    incident = selectors.incident_by_id(actor, row.pk)
    found = facts.incident_clocks(actor, [incident], now=clock.now())[0].clock(duty, stage)
    if found is None or (found.state is State.NOT_RUNNING and found.submission is None):
        why = f" {found.why}" if found else ""
        raise BadInput(
            f"INC-{row.number} has no clock for {duty[:40]} {stage[:60].replace('_', ' ')}.{why}",
            hint="The room shows its clocks.",
        )
    return found
