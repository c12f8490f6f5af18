"""What happens at a gate, in one line each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from plimsoll.engines.gates.quorum import Outcome, Stance
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Judgement, Verdict
from plimsoll.loop.decide import services
from plimsoll.loop.decide.models import Decision, SignOff, Snapshot
from plimsoll.people.roles import Role
from tests.voyages import Voyage, gate_at, gate_of

WHY = "What we know today is enough."
EVE, ADA = ("eve", Role.ENGINEER), ("ada", Role.APPROVER)


def freeze(voyage: Voyage, stage: Stage = Stage.PILOT, *, by: str = "tess") -> Snapshot:
    return services.freeze_gate(actor=voyage.crew.actor(by), gate_id=gate_of(voyage, stage).id)


def sign(
    voyage: Voyage,
    by: str,
    role: Role,
    stance: Stance = Stance.AGREE,
    *,
    stage: Stage = Stage.PILOT,
    digest: str | None = None,
    reason: str = "",
) -> SignOff:
    """Signs what is true now, or the digest that is given."""
    return services.sign_gate(
        actor=voyage.crew.actor(by),
        gate_id=gate_of(voyage, stage).id,
        role=role,
        stance=stance,
        digest=gate_at(voyage, stage).digest if digest is None else digest,
        reason=reason,
    )


def signed(voyage: Voyage, people: Iterable[tuple[str, Role]] = (EVE, ADA)) -> None:
    """The pilot gate, frozen and signed by everybody who must."""
    freeze(voyage)
    for name, role in people:
        sign(voyage, name, role)


def quorum(voyage: Voyage, stage: Stage = Stage.PILOT) -> Judgement:
    return services.gate_quorum(gate_of(voyage, stage), gate_at(voyage, stage).digest)


def decide(
    voyage: Voyage,
    outcome: Outcome = Outcome.GO,
    *,
    by: str = "ada",
    stage: Stage = Stage.PILOT,
    conditions: Iterable[services.NewCondition] = (),
    reason: str = WHY,
    option_id: int | None = None,
) -> Decision:
    return services.decide_gate(
        actor=voyage.crew.actor(by),
        gate_id=gate_of(voyage, stage).id,
        outcome=outcome,
        reason=reason,
        option_id=option_id,
        conditions=tuple(conditions),
    )


def condition(
    voyage: Voyage,
    criterion: str,
    *,
    owner: str = "dev",
    due_on: date = date(2027, 2, 20),
    sentence: str = "Show it to somebody independent",
    effect: str = "The pilot stops",
) -> services.NewCondition:
    return services.NewCondition(
        criterion=criterion,
        sentence=sentence,
        owner_id=voyage.crew.id(owner),
        due_on=due_on,
        effect=effect,
    )


def unmet(voyage: Voyage, stage: Stage = Stage.PILOT) -> list[str]:
    """Ids of the criteria that are neither met nor waived."""
    return [
        c.spec.id
        for c in gate_at(voyage, stage).result.applicable
        if c.judgement.verdict is not Verdict.MET and not c.waived_by
    ]
