"""Opens gates, freezes their facts, takes signatures, and announces when a gate turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.gates.quorum import Stance, own_controls
from plimsoll.engines.gates.snapshot import what_changed
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.kernel.units import Money
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key
from plimsoll.loop.decide import facts, selectors
from plimsoll.loop.decide.models import Gate, GateVerdict, Option, SignOff, Snapshot
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.roles import Role
from plimsoll.people.selectors import program_slug

__all__ = ["NewOption", "change_options", "evaluated", "freeze_gate", "open_gate", "reassess", "sign_gate"]


def evaluated(actor: Actor, gate_id: int, *, now: datetime) -> facts.EvaluatedGate:
    """The gate as it stands at `now`, for somebody who may see it."""
    gate = selectors.gate_by_id(actor, gate_id)
    system = scope.system_by_id(actor, gate.system_id)
    dossier = facts.dossiers(actor, gate.program_id, [system], now=now)[system.id]
    return facts.evaluate_gate(gate, dossier)


def open_gate(*, actor: Actor, system_id: int, stage: Stage) -> Gate:
    """The gate of a system for a stage; the same one if it is open already."""
    system = scope.system_by_id(actor, system_id)
    actor.must("decide:gate:freeze", system.program_id)
    if stage not in GATED:
        raise BadInput(f"{stage.label} has no gate.")
    with writing(system.program_id):
        found = Gate.objects.filter(system_id=system.id, stage=stage.value).first()
        if found:
            return found
        gate = Gate.objects.create(
            program_id=system.program_id,
            system_id=system.id,
            number=next_ref(system.program_id, RefKind.GATE).number,
            stage=stage.value,
            opened_at=clock.now(),
        )
        append(
            kind=EventKind.GATE_OPENED,
            actor=actor.pseudonym,
            subject=f"{program_slug(system.program_id)}/GTE-{gate.number}",
            payload={"system": system.id, "stage": stage.value},
            program_id=system.program_id,
            records=[gate],
        )
    return gate


def freeze_gate(*, actor: Actor, gate_id: int) -> Snapshot:
    """Freezes the facts as they stand, so that people sign the same thing.

    Conflict if nothing has changed since the newest snapshot: its signatures still hold.
    """
    gate = selectors.gate_by_id(actor, gate_id)
    actor.must("decide:gate:freeze", gate.program_id)
    if actor.user_id is None:
        raise NotAllowed("A gate is frozen by a person.")
    with writing(gate.program_id):
        Gate.objects.select_for_update(of=("self",)).get(pk=gate_id)
        current = evaluated(actor, gate_id, now=clock.now())
        last = selectors.latest_snapshots([gate_id]).get(gate_id)
        if last and last.digest == current.digest:
            raise Conflict(
                f"Nothing has changed since snapshot {last.number} of {gate.ref}.",
                hint="Sign that one.",
            )
        row = Snapshot.objects.create(
            gate_id=gate_id,
            number=last.number + 1 if last else 1,
            digest=current.digest,
            body=dict(current.body),
            frozen_by_id=actor.user_id,
            frozen_at=clock.now(),
        )
        append(
            kind=EventKind.GATE_FROZEN,
            actor=actor.pseudonym,
            subject=f"{program_slug(gate.program_id)}/{gate.ref}",
            payload={"system": gate.system_id, "snapshot": row.number, "digest": row.digest},
            program_id=gate.program_id,
            records=[row],
        )
    return row


def sign_gate(
    *, actor: Actor, gate_id: int, role: Role, stance: Stance, digest: str, reason: str = ""
) -> SignOff:
    """A person's signature on the newest snapshot, bound to `digest`.

    Refused if the facts have changed since it was frozen, if the person owns a control in the gate,
    does not hold the role, or has signed already. Dissent and disagreement need a reason.
    """
    gate = selectors.gate_by_id(actor, gate_id)
    actor.must("decide:gate:sign", gate.program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A gate is signed by a person, not by a token or a rule.")
    if role not in actor.roles(gate.program_id) or role in (Role.AUDITOR, Role.ADMIN):
        raise NotAllowed(
            f"You cannot sign as {role.label} in this program.",
            hint="Sign in a role that you hold.",
        )
    if stance is not Stance.AGREE and not reason.strip():
        raise BadInput(f"A signature that says “{stance.label}” needs a reason.", data={"field": "reason"})
    with writing(gate.program_id):
        Gate.objects.select_for_update(of=("self",)).get(pk=gate_id)
        current = evaluated(actor, gate_id, now=clock.now())
        snapshot = _newest(gate, current, digest)
        own = own_controls(actor.user_id, current.facts)
        if own and stance.counts:
            raise NotAllowed(
                f"You own {', '.join(own[:4])}{' …' if len(own) > 4 else ''} in this gate; "
                "nobody signs for a control of their own.",
                hint="Somebody else signs, or another person takes the control over.",
            )
        if SignOff.objects.filter(snapshot_id=snapshot.id, person_id=actor.user_id).exists():
            raise Conflict(f"You have signed snapshot {snapshot.number} already.")
        row = SignOff.objects.create(
            snapshot_id=snapshot.id,
            person_id=actor.user_id,
            role=role.value,
            stance=stance.value,
            reason=reason.strip()[:1000],
            signed_at=clock.now(),
        )
        append(
            kind=EventKind.GATE_SIGNED,
            actor=actor.pseudonym,
            subject=f"{program_slug(gate.program_id)}/{gate.ref}",
            payload={
                "system": gate.system_id,
                "snapshot": snapshot.number,
                "digest": snapshot.digest,
                "role": role.value,
                "stance": stance.value,
            },
            program_id=gate.program_id,
            records=[row],
        )
    return row


def _newest(gate: selectors.GateRow, current: facts.EvaluatedGate, digest: str) -> selectors.SnapshotRow:
    """The newest snapshot, if it is the one meant and still says what is."""
    snapshot = selectors.latest_snapshots([gate.id]).get(gate.id)
    if snapshot is None:
        raise Conflict(f"{gate.ref} has no snapshot yet.", hint="The TPM freezes one first.")
    if snapshot.digest != digest:
        raise Conflict(
            f"{gate.ref} was frozen again as snapshot {snapshot.number}.",
            hint="Look at it, then sign that one.",
        )
    if snapshot.digest != current.digest:
        changes = what_changed(snapshot.body, current.body)
        raise Conflict(
            f"The facts have changed since snapshot {snapshot.number}: {'; '.join(changes[:3])}.",
            hint="The TPM freezes the gate again; then sign.",
        )
    return snapshot


def reassess(*, actor: Actor, system_id: int, now: datetime) -> int:
    """Announces every gate of a system whose facts differ from those last announced; returns how many.

    The verdict itself is computed wherever a gate is read; this only makes turns part of the record.
    """
    system = scope.system_by_id(actor, system_id)
    if not actor.rule:
        raise NotAllowed("How a gate turned is announced by the product itself.")
    gates = [g for g in selectors.gates_of(actor, system.program_id) if g.system_id == system_id]
    if not gates:
        return 0
    dossier = facts.dossiers(actor, system.program_id, [system], now=now)[system_id]
    announced = 0
    for gate in gates:
        announced += _announce(actor, gate, facts.evaluate_gate(gate, dossier), now)
    return announced


def _in_short(turned: list[str]) -> str:
    """The first turns in words; the log entry names them all."""
    shown = "; ".join(turned[:3])
    return f"{shown}; and {len(turned) - 3} more" if len(turned) > 3 else shown


def _announce(actor: Actor, gate: selectors.GateRow, current: facts.EvaluatedGate, now: datetime) -> bool:
    """Announces how the gate stands, unless that was announced already."""
    verdict = current.result.judgement.verdict
    standing = {
        c.spec.id: "waived" if c.waived_by else c.judgement.verdict.value for c in current.result.applicable
    }
    with writing(gate.program_id):
        last = selectors.last_verdicts([gate.id]).get(gate.id)
        if last == (verdict, standing):
            return False
        turned = _turned(last[1] if last else {}, standing, current)
        row = GateVerdict.objects.create(
            gate_id=gate.id,
            verdict=verdict.value,
            standing=standing,
            reason=_in_short(turned) if last else "first looked at",
            announced_at=now,
        )
        append(
            kind=EventKind.GATE_TURNED,
            actor=actor.pseudonym,
            subject=f"{program_slug(gate.program_id)}/{gate.ref}",
            payload={
                "system": gate.system_id,
                "before": last[0].value if last else None,
                "verdict": verdict.value,
                "turned": turned[:20],
            },
            program_id=gate.program_id,
            records=[row],
        )
    return True


def _turned(before: dict[str, str], after: dict[str, str], current: facts.EvaluatedGate) -> list[str]:
    """The criteria that turned, in words."""
    titles = {c.spec.id: c.spec.title for c in current.result.criteria}
    return [
        f"{titles.get(key, key)}: {_word(before.get(key))} → {_word(after.get(key))}"
        for key in {**after, **before}
        if before.get(key) != after.get(key)
    ]


def _word(standing: str | None) -> str:
    return standing.replace("_", " ") if standing else "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOption:
    label: str
    sentence: str
    delay_days: int = 0
    cost: Money | None = None
    cost_source: str = ""


def change_options(*, actor: Actor, gate_id: int, options: Sequence[NewOption]) -> list[Option]:
    """Replaces the options of a gate. Fewer than three are kept, but the form counts as incomplete."""
    gate = selectors.gate_by_id(actor, gate_id)
    actor.must("decide:option:change", gate.program_id)
    for option in options:
        if not 1 <= len(option.label.strip()) <= 60 or not 5 <= len(option.sentence.strip()) <= 300:
            raise BadInput(
                "An option needs a label of up to 60 characters and a sentence of 5 to 300.",
                data={"field": "options"},
            )
        if not 0 <= option.delay_days <= 3650:
            raise BadInput("The delay of an option is 0 to 3650 days.", data={"field": "options"})
    with writing(gate.program_id):
        old = list(Option.objects.filter(gate_id=gate_id))
        if any(d.option for d in selectors.decisions_of(actor, gate.program_id) if d.gate_id == gate_id):
            raise Conflict(f"An option of {gate.ref} was chosen already; they stay as they were.")
        keys = [record_key(row) for row in old]
        Option.objects.filter(gate_id=gate_id).delete()
        made = Option.objects.bulk_create(
            Option(
                gate_id=gate_id,
                position=position,
                label=option.label.strip(),
                sentence=option.sentence.strip(),
                delay_days=option.delay_days,
                cost=option.cost.amount if option.cost else None,
                currency=option.cost.currency if option.cost else "",
                cost_source=option.cost_source.strip()[:120],
            )
            for position, option in enumerate(options, start=1)
        )
        append(
            kind=EventKind.OPTION_CHANGED,
            actor=actor.pseudonym,
            subject=f"{program_slug(gate.program_id)}/{gate.ref}",
            payload={"system": gate.system_id, "options": [o.label for o in options]},
            program_id=gate.program_id,
            records=made,
            removed=keys,
        )
    return made


def policy_of(stage: Stage) -> tuple[list[tuple[str, int]], list[str]]:
    """Seats of the quorum (role, count) and the roles that decide, for a stage."""
    policy = load_catalog().policies.get(stage)
    if policy is None:
        raise NotFound(f"No policy says who signs for {stage.label}.")
    return [(seat.role, seat.count) for seat in policy.quorum], list(policy.deciders)
