"""Describes systems and promises their stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.scope.models import StagePromise, System
from plimsoll.loop.scope.services.wording import member, one_line
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug

__all__ = [
    "Promised",
    "change_system",
    "describe_system",
    "enter_stage",
    "promise_stage",
    "subject",
    "system_for",
]

TEN_YEARS = 3653
"""Days; a promise further away is a slip of the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A date that was named outside for a stage."""

    stage: Stage
    committed_on: date
    promised_to: str = ""


def system_for(actor: Actor, system_id: int, permission: str) -> System:
    """The system, if the actor may do this to it; NotFound for strangers, NotAllowed for members."""
    system = System.objects.filter(pk=system_id).first()
    if system is None or not actor.sees(system.program_id):
        raise NotFound("There is no such system.")
    actor.must(permission, system.program_id)
    return system


def subject(system: System, ref: str = "") -> str:
    """How the log names a record: program slug and ref."""
    return f"{program_slug(system.program_id)}/{ref or f'SYS-{system.number}'}"


def describe_system(
    *,
    actor: Actor,
    program_id: int,
    name: str,
    sentence: str,
    owner_id: int | None,
    off_switch_holder_id: int | None = None,
    stage: Stage = Stage.PROTOTYPE,
    real_data_since: date | None = None,
    promise: Promised | None = None,
) -> System:
    """A new system in the inventory: what it is, what it does for whom, and the one person who owns it.

    With `promise`, the date of its next stage in the same step: both are written or neither.
    """
    actor.must("scope:system:describe", program_id)
    name = one_line(name, field="name", what="The name of the system", longest=80)
    sentence = one_line(sentence, field="sentence", what="The sentence about the system", longest=300)
    owner = member(owner_id, program_id, field="owner", what="The owner")
    holder = _holder(off_switch_holder_id, program_id) if off_switch_holder_id else None
    with writing(program_id):
        if System.objects.filter(program_id=program_id, name=name).exists():
            raise Conflict(
                f"There is already a system called {name}.",
                hint="Choose another name.",
                data={"field": "name"},
            )
        system = System.objects.create(
            program_id=program_id,
            number=next_ref(program_id, RefKind.SYSTEM).number,
            name=name,
            sentence=sentence,
            owner_id=owner,
            off_switch_holder_id=holder,
            stage=stage.value,
            real_data_since=real_data_since,
            described_at=clock.now(),
        )
        append(
            kind=EventKind.SYSTEM_DESCRIBED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={"system": system.pk, "name": name},
            program_id=program_id,
            records=[system],
        )
        if promise:
            promise_stage(
                actor=actor,
                system_id=system.pk,
                stage=promise.stage,
                committed_on=promise.committed_on,
                promised_to=promise.promised_to,
            )
    return system


def _holder(user_id: int, program_id: int) -> int:
    return member(user_id, program_id, field="off_switch_holder", what="Who may pull the off switch")


def change_system(
    *,
    actor: Actor,
    system_id: int,
    sentence: str | None = None,
    owner_id: int | None = None,
    off_switch_holder_id: int | None = None,
    stage: Stage | None = None,
    real_data_since: date | None = None,
) -> System:
    """Changes what is given and leaves the rest."""
    system = system_for(actor, system_id, "scope:system:describe")
    changes: dict[str, object] = {}
    if sentence is not None:
        changes["sentence"] = one_line(
            sentence, field="sentence", what="The sentence about the system", longest=300
        )
    if owner_id is not None:
        changes["owner_id"] = member(owner_id, system.program_id, field="owner", what="The owner")
    if off_switch_holder_id is not None:
        changes["off_switch_holder_id"] = member(
            off_switch_holder_id,
            system.program_id,
            field="off_switch_holder",
            what="Who may pull the off switch",
        )
    if stage is not None:
        changes["stage"] = _stage_by_hand(system, stage).value
    if real_data_since is not None:
        changes["real_data_since"] = real_data_since
    if not changes:
        return system
    with writing(system.program_id):
        changed = System.objects.filter(pk=system.pk, name=system.name).update(**changes)
        if changed != 1:
            raise Conflict(f"{system.name} was changed by somebody else meanwhile.")
        system.refresh_from_db()
        append(
            kind=EventKind.SYSTEM_CHANGED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={"system": system.pk, "changed": sorted(changes)},
            program_id=system.program_id,
            records=[system],
        )
    return system


def _stage_by_hand(system: System, stage: Stage) -> Stage:
    """The stage, if a person may move the system there: back, but not to where milder rules hold."""
    now = Stage(system.stage)
    if stage.order > now.order:
        raise BadInput(
            f"{system.name} cannot be moved to {stage.label} by hand.",
            hint="A stage is entered by a decision at its gate.",
            data={"field": "stage"},
        )
    if stage is Stage.PROTOTYPE and now is not Stage.PROTOTYPE:
        raise BadInput(
            f"{system.name} was a {now.label} and cannot be called a prototype again.",
            hint="The rules for prototypes are milder. Describe the new prototype as a system of its own.",
            data={"field": "stage"},
        )
    return stage


def enter_stage(*, actor: Actor, system_id: int, stage: Stage) -> System:
    """Moves a system into a stage after a decision; only the wiring may call this, never a person."""
    system = system_for(actor, system_id, "scope:system:describe")
    if not actor.rule:
        raise NotAllowed("A stage is entered by a decision at its gate.")
    if stage.order <= Stage(system.stage).order:
        return system
    with writing(system.program_id):
        changed = System.objects.filter(pk=system.pk, stage=system.stage).update(stage=stage.value)
        if changed != 1:
            raise Conflict(f"{system.name} was moved by somebody else meanwhile.")
        system.refresh_from_db()
        append(
            kind=EventKind.SYSTEM_CHANGED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={"system": system.pk, "changed": ["stage"], "stage": stage.value},
            program_id=system.program_id,
            records=[system],
        )
    return system


def promise_stage(
    *, actor: Actor, system_id: int, stage: Stage, committed_on: date, promised_to: str = ""
) -> StagePromise:
    """The date by which the system is to enter a stage; a later call moves it, and the log keeps both."""
    system = system_for(actor, system_id, "scope:system:describe")
    if stage not in GATED:
        raise BadInput(f"{stage.label} has no gate.", data={"field": "stage"})
    if stage.order <= Stage(system.stage).order and system.stage != Stage.PROTOTYPE.value:
        raise BadInput(f"{system.name} has entered {stage.label} already.", data={"field": "stage"})
    if abs((committed_on - clock.today()).days) > TEN_YEARS:
        raise BadInput(
            f"{committed_on.isoformat()} is more than ten years away.",
            hint="Choose the day that was named outside.",
            data={"field": "committed_on"},
        )
    with writing(system.program_id):
        promise, _ = StagePromise.objects.update_or_create(
            system=system,
            stage=stage.value,
            defaults={
                "committed_on": committed_on,
                "promised_to": one_line(
                    promised_to,
                    field="promised_to",
                    what="To whom it was promised",
                    longest=120,
                    required=False,
                ),
                "promised_at": clock.now(),
            },
        )
        append(
            kind=EventKind.STAGE_PROMISED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={"system": system.pk, "stage": stage.value, "on": committed_on.isoformat()},
            program_id=system.program_id,
            records=[promise],
        )
    return promise
