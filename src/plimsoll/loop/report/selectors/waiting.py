"""What waits for a person: everything that others wait for them to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plimsoll.engines.clocks.periods import ends_at
from plimsoll.engines.clocks.states import State
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.respond import facts as respond_facts
from plimsoll.loop.respond import selectors as respond
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address

SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    what: str
    ref: str
    url: str
    due_on: date | None


def waiting_for(actor: Actor, program: ProgramRow, *, now: datetime) -> list[Waiting]:
    """What waits for the actor in a program, most urgent first; a fixed number of queries."""
    today = now.date()
    found = [
        *_assumptions(actor, program, now),
        *_requirements(actor, program, today),
        *_tasks(actor, program, today),
        *_reviews(actor, program, now),
        *_waivers(actor, program, today),
        *_signatures(actor, program),
        *_conditions(actor, program),
        *_incident_tasks(actor, program, now),
        *_clocks(actor, program, now),
    ]
    return sorted(found, key=lambda w: (w.due_on is None, w.due_on or today))


def _assumptions(actor: Actor, program: ProgramRow, now: datetime) -> list[Waiting]:
    return [
        Waiting(
            what=f"Find out {row.question} of {row.system}",
            ref=row.ref,
            url=address(program.slug, row.ref),
            due_on=row.due_on,
        )
        for row in scope.assumptions_of(actor, program.id, now=now)
        if row.acts and row.owner_id == actor.user_id and row.due_on <= now.date() + SOON
    ]


def _requirements(actor: Actor, program: ProgramRow, today: date) -> list[Waiting]:
    return [
        Waiting(
            what=f"Show: {row.title} ({row.system})",
            ref=row.ref,
            url=address(program.slug, row.ref),
            due_on=row.due_on,
        )
        for row in plan.requirements_due(actor, program.id, owner_id=actor.user_id or 0, until=today + SOON)
    ]


def _tasks(actor: Actor, program: ProgramRow, today: date) -> list[Waiting]:
    return [
        Waiting(what=f"Do: {row.title}", ref=row.ref, url=address(program.slug, row.ref), due_on=row.due_on)
        for row in plan.tasks_due(actor, program.id, owner_id=actor.user_id or 0, until=today + SOON)
    ]


def _reviews(actor: Actor, program: ProgramRow, now: datetime) -> list[Waiting]:
    """Documents of others, about controls of others."""
    if not actor.may("prove:evidence:review", program.id):
        return []
    rows = prove.waiting_for_review(actor, program.id, now=now)
    work = plan.requirements_of(actor, program.id, {row.system_id for row in rows}) if rows else []
    own = {(r.system_id, r.rule) for r in work if r.owner_id == actor.user_id}
    return [
        Waiting(
            what=f"Review {row.subject_name} ({row.system})",
            ref=row.ref,
            url=address(program.slug, row.ref),
            due_on=(row.produced_at + SOON).date(),
        )
        for row in rows
        if row.submitted_by_id != actor.user_id and (row.system_id, row.requirement) not in own
    ]


def _waivers(actor: Actor, program: ProgramRow, today: date) -> list[Waiting]:
    verbs = {}
    if actor.may("decide:waiver:recommend", program.id):
        verbs["requested"] = "Recommend on"
    if actor.may("decide:waiver:decide", program.id):
        verbs["recommended"] = "Decide on"
    return [
        Waiting(
            what=f"{verbs[row.state(today)]} the waiver of {row.rule.replace('-', ' ')} ({row.system})",
            ref=row.ref,
            url=address(program.slug, row.ref),
            due_on=row.expires_on,
        )
        for row in (decide.waivers_of(actor, program.id) if verbs else [])
        if row.state(today) in verbs
        and row.expires_on >= today
        and actor.user_id not in (row.requested_by_id, row.recommended_by_id)
    ]


def _signatures(actor: Actor, program: ProgramRow) -> list[Waiting]:
    """Frozen gates that nobody has decided and the actor may sign and has not; no gate of own controls."""
    if not actor.may("decide:gate:sign", program.id):
        return []
    gates = decide.gates_of(actor, program.id)
    decided = {d.gate_id for d in decide.decisions_of(actor, program.id)}
    snapshots = decide.latest_snapshots([g.id for g in gates if g.id not in decided])
    signatures = decide.signatures_on([s.id for s in snapshots.values()])
    return [
        Waiting(
            what=f"Sign for {gate.system} → {gate.stage.label}",
            ref=gate.ref,
            url=address(program.slug, gate.ref),
            due_on=None,
        )
        for gate in gates
        if gate.id in snapshots
        and all(s.person_id != actor.user_id for s in signatures.get(snapshots[gate.id].id, []))
        and not _owns(actor, snapshots[gate.id])
    ]


def _owns(actor: Actor, snapshot: decide.SnapshotRow) -> bool:
    """Whether the frozen facts name the actor as owner of something that the gate asks for."""
    return any(
        requirement["owner"] == actor.user_id and requirement["standing"] in ("certain", "assumed")
        for criterion in snapshot.body["criteria"]
        for requirement in criterion["requirements"]
    )


def _conditions(actor: Actor, program: ProgramRow) -> list[Waiting]:
    return [
        Waiting(
            what=row.sentence,
            ref=row.ref,
            url=address(program.slug, row.decision_ref),
            due_on=row.due_on,
        )
        for row in decide.conditions_of(actor, program.id)
        if row.owner_id == actor.user_id and row.met_at is None
    ]


def _incident_tasks(actor: Actor, program: ProgramRow, now: datetime) -> list[Waiting]:
    """Tasks of open incidents that the actor owns."""
    return [
        Waiting(
            what=f"{row.title} ({row.incident})",
            ref=row.incident_ref,
            url=f"{address(program.slug, row.incident_ref)}#tasks",
            due_on=row.due_at.date(),
        )
        for row in respond.tasks_due(actor, program.id, owner_id=actor.user_id or 0, until=now + SOON)
    ]


def _clocks(actor: Actor, program: ProgramRow, now: datetime) -> list[Waiting]:
    """Clocks that run in incidents which the actor commands, and how many wait for their event."""
    rows = respond.incidents_of(actor, program.id, commander_id=actor.user_id or 0, open_only=True)
    found = []
    for known in respond_facts.incident_clocks(actor, rows, now=now):
        ref = known.incident.ref
        url = address(program.slug, ref)
        for clock in known.pending:
            if clock.state is State.NOT_STARTED:
                continue
            reading = clock.reading
            found.append(
                Waiting(
                    what=f"{reading.duty.title}: {reading.stage.id.replace('_', ' ')}, {clock.state.word}",
                    ref=ref,
                    url=f"{url}clocks/{'/'.join(clock.key)}/",
                    due_on=ends_at(reading.plain, reading.authority.zone).date() if reading.plain else None,
                )
            )
        waiting = sum(clock.state is State.NOT_STARTED for clock in known.pending)
        if waiting:
            found.append(
                Waiting(
                    what=f"Go through {waiting} clocks that wait for their event ({known.incident.title})",
                    ref=ref,
                    url=f"{url}#clocks",
                    due_on=known.incident.declared_at.date(),
                )
            )
    return found
