"""Adopts what an incident taught as a requirement of the program, in every system that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plimsoll.adapters.lessons import read_criterion, written_criterion
from plimsoll.adapters.playbooks import lesson_requirement
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan.models import AdoptedRequirement
from plimsoll.loop.plan.services.requirements import derive_requirements
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["adopt_requirement"]

LESSON = "lesson-"


def adopt_requirement(*, actor: Actor, program_id: int, criterion: Mapping[str, Any]) -> bool:
    """Makes an accepted lesson a requirement of the program and derives the work of every system.

    False if it was adopted before; the work lists are derived all the same. Only the wiring and the worker
    may do it, for a lesson that people accepted.
    """
    if not actor.rule:
        raise NotAllowed("A lesson is adopted when it was accepted.")
    read = read_criterion(criterion)
    if not read.id.startswith(LESSON):
        raise BadInput(f"The id {read.id[:60]} is not one of a lesson.", hint=f"It starts with {LESSON}.")
    now = clock.now()
    lesson_requirement(read, today=now.date())
    with writing(program_id):
        row, made = AdoptedRequirement.objects.get_or_create(
            program_id=program_id,
            rule=read.id,
            defaults={"criterion": written_criterion(read), "adopted_at": now},
        )
        if made:
            append(
                kind=EventKind.REQUIREMENT_ADOPTED,
                actor=actor.pseudonym,
                subject=f"{program_slug(program_id)}/{read.incident}",
                payload={"rule": read.id},
                program_id=program_id,
                records=[row],
            )
    for system in scope.systems_of(actor, program_id):
        derive_requirements(actor=actor, system_id=system.id)
    return made
