"""Records decisions at gates, and what has to be done afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plimsoll.engines.gates.quorum import (
    Outcome,
    QuorumSeat,
    Signature,
    allowed_outcomes,
    own_controls,
    quorum,
)
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.verdict import Judgement, Verdict
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.decide import facts, selectors
from plimsoll.loop.decide.models import Condition, Decision, Gate, Option
from plimsoll.loop.decide.services.gates import evaluated, policy_of
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug, roles_of

__all__ = ["NewCondition", "close_condition", "decide_gate", "gate_quorum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCondition:
    criterion: str
    """Id of the criterion that it is for."""
    sentence: str
    owner_id: int
    due_on: date
    effect: str
    """What happens if it is not met by then."""


def gate_quorum(gate: selectors.GateRow, digest: str) -> Judgement:
    """Whether everybody who must sign has signed what is true now."""
    snapshot = selectors.latest_snapshots([gate.id]).get(gate.id)
    rows = selectors.signatures_on([snapshot.id]).get(snapshot.id, []) if snapshot else []
    seats, _ = policy_of(gate.stage)
    return quorum(
        [QuorumSeat(role=role, count=count) for role, count in seats],
        [
            Signature(
                person_id=row.person_id,
                role=row.role,
                stance=row.stance,
                digest=snapshot.digest if snapshot else "",
            )
            for row in rows
        ],
        digest=digest,
    )


def decide_gate(
    *,
    actor: Actor,
    gate_id: int,
    outcome: Outcome,
    reason: str,
    option_id: int | None = None,
    conditions: Sequence[NewCondition] = (),
) -> Decision:
    """Records what was decided on the newest snapshot.

    The verdict and the signatures limit what can be decided (`allowed_outcomes`). A go with
    conditions needs a condition for every criterion that is neither met nor waived. Whoever decides
    owns no control in the gate.
    """
    gate = selectors.gate_by_id(actor, gate_id)
    person = _decider(actor, gate)
    if not 10 <= len(reason.strip()) <= 1000:
        raise BadInput("Give the reason for the decision in 10 to 1000 characters.", data={"field": "reason"})
    with writing(gate.program_id):
        Gate.objects.select_for_update(of=("self",)).get(pk=gate_id)
        current = evaluated(actor, gate_id, now=clock.now())
        snapshot = selectors.latest_snapshots([gate_id]).get(gate_id)
        if snapshot is None:
            raise Conflict(f"{gate.ref} has no snapshot yet.", hint="The TPM freezes one first.")
        own = own_controls(person, current.facts)
        if own:
            raise NotAllowed(f"You own {', '.join(own[:4])} in this gate; somebody else must decide.")
        why_not = allowed_outcomes(current.result, gate_quorum(gate, current.digest))[outcome]
        if why_not:
            raise Conflict(f"“{outcome.label}” is not open: {why_not}.")
        checked = _conditions(actor, gate, current, outcome, conditions)
        row = Decision.objects.create(
            program_id=gate.program_id,
            gate_id=gate_id,
            number=next_ref(gate.program_id, RefKind.DECISION).number,
            snapshot_id=snapshot.id,
            outcome=outcome.value,
            option_id=_option(gate_id, option_id),
            reason=reason.strip(),
            decided_by_id=person,
            decided_at=clock.now(),
        )
        append(
            kind=EventKind.GATE_DECIDED,
            actor=actor.pseudonym,
            subject=f"{program_slug(gate.program_id)}/DEC-{row.number}",
            payload={
                "system": gate.system_id,
                "gate": gate.ref,
                "stage": gate.stage.value,
                "snapshot": snapshot.digest,
                "outcome": outcome.value,
            },
            program_id=gate.program_id,
            records=[row, *(_attach(row, condition) for condition in checked)],
        )
    return row


def _decider(actor: Actor, gate: selectors.GateRow) -> int:
    """The person who decides, if the stage's policy lets any of the person's roles decide."""
    actor.must("decide:gate:decide", gate.program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A decision is made by a person, not by a token or a rule.")
    _, deciders = policy_of(gate.stage)
    if not {role.value for role in actor.roles(gate.program_id)} & set(deciders):
        raise NotAllowed(
            f"Your roles do not decide on {gate.stage.label}.",
            hint=f"It takes one of: {', '.join(deciders)}.",
        )
    return actor.user_id


def _attach(decision: Decision, condition: NewCondition) -> Condition:
    return Condition.objects.create(
        program_id=decision.program_id,
        decision=decision,
        number=next_ref(decision.program_id, RefKind.CONDITION).number,
        criterion=condition.criterion,
        sentence=condition.sentence.strip(),
        owner_id=condition.owner_id,
        due_on=condition.due_on,
        effect=condition.effect.strip(),
    )


def _option(gate_id: int, option_id: int | None) -> int | None:
    if option_id is None:
        return None
    if not Option.objects.filter(pk=option_id, gate_id=gate_id).exists():
        raise NotFound("There is no such option at this gate.")
    return option_id


def _conditions(
    actor: Actor,
    gate: selectors.GateRow,
    current: facts.EvaluatedGate,
    outcome: Outcome,
    conditions: Sequence[NewCondition],
) -> Sequence[NewCondition]:
    if outcome is not Outcome.CONDITIONS:
        if conditions:
            raise BadInput(f"“{outcome.label}” carries no conditions.")
        return ()
    open_ones = {
        c.spec.id: c.spec.title
        for c in current.result.applicable
        if c.judgement.verdict is not Verdict.MET and not c.waived_by
    }
    missing = [title for key, title in open_ones.items() if key not in {c.criterion for c in conditions}]
    if missing:
        raise BadInput(
            f"No condition covers: {'; '.join(missing[:4])}{' …' if len(missing) > 4 else ''}.",
            hint="Say for each who does what by when, or have it waived.",
            data={"field": "conditions"},
        )
    if not conditions and not current.result.waived:
        raise BadInput("A go with conditions names at least one.", data={"field": "conditions"})
    known = {c.spec.id for c in current.result.criteria}
    for condition in conditions:
        _check_condition(gate, condition, known)
    return conditions


def _check_condition(gate: selectors.GateRow, condition: NewCondition, known: set[str]) -> None:
    if condition.criterion not in known:
        raise BadInput(f"The gate has no criterion “{condition.criterion[:40]}”.")
    if not 5 <= len(condition.sentence.strip()) <= 300 or not 5 <= len(condition.effect.strip()) <= 200:
        raise BadInput(
            "A condition says in a sentence what must be done, and what happens if it is not.",
            data={"field": "conditions"},
        )
    if condition.due_on <= clock.today():
        raise BadInput(
            f"A condition is due in the future, not on {condition.due_on.isoformat()}.",
            data={"field": "conditions"},
        )
    if not roles_of(condition.owner_id, gate.program_id):
        raise BadInput(
            "The owner of a condition must be a member of the program.",
            data={"field": "conditions"},
        )


def close_condition(*, actor: Actor, program_id: int, condition_id: int) -> Condition:
    """Notes that a condition is met, by somebody who does not own it."""
    actor.must("decide:condition:close", program_id)
    row = Condition.objects.filter(pk=condition_id, program_id=program_id).first()
    if row is None:
        raise NotFound("There is no such condition.")
    if row.owner_id == actor.user_id:
        raise NotAllowed(f"You own CND-{row.number}; somebody else confirms that it is met.")
    with writing(program_id):
        changed = Condition.objects.filter(pk=row.pk, met_at=None).update(
            met_at=clock.now(), met_by_id=actor.user_id
        )
        if changed != 1:
            raise Conflict(f"CND-{row.number} was closed already.")
        row.refresh_from_db()
        append(
            kind=EventKind.CONDITION_MET,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/CND-{row.number}",
            payload={"decision": row.decision_id},
            program_id=program_id,
            records=[row],
        )
    return row
