"""Gives people parts in requirements, and names deputies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from plimsoll.engines import raci
from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key
from plimsoll.loop.plan.models import PARTS, Assignment, Deputy, Requirement
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug, roles_of

__all__ = ["assign_part", "end_deputy", "name_deputy", "withdraw_parts"]


def assign_part(
    *, actor: Actor, program_id: int, refs: Sequence[str], person_id: int, part: str
) -> list[Assignment]:
    """Gives a member a part in one or many requirements; all or none. Returns what is new."""
    actor.must("plan:requirement:change", program_id)
    if part not in PARTS:
        raise BadInput(
            f"There is no part “{part[:20]}”.", hint=f"Choose {', '.join(PARTS)}.", data={"field": "part"}
        )
    _must_be_member(person_id, program_id, field="person")
    made = []
    with writing(program_id):
        slug = program_slug(program_id)
        for row in _in_force(program_id, refs):
            assignment, new = Assignment.objects.get_or_create(
                requirement=row, person_id=person_id, part=part
            )
            if new:
                made.append(assignment)
                append(
                    kind=EventKind.PART_ASSIGNED,
                    actor=actor.pseudonym,
                    subject=f"{slug}/REQ-{row.number}",
                    payload={"system": row.system_id, "person": person_id, "part": part},
                    program_id=program_id,
                    records=[assignment],
                )
    return made


def withdraw_parts(*, actor: Actor, program_id: int, refs: Sequence[str], person_id: int) -> int:
    """Takes a person out of one or many requirements; returns how many parts they had."""
    actor.must("plan:requirement:change", program_id)
    count = 0
    with writing(program_id):
        slug = program_slug(program_id)
        for row in _in_force(program_id, refs):
            parts = list(Assignment.objects.filter(requirement=row, person_id=person_id))
            keys = [record_key(part) for part in parts]
            Assignment.objects.filter(pk__in=[part.pk for part in parts]).delete()
            if keys:
                count += len(keys)
                append(
                    kind=EventKind.PART_WITHDRAWN,
                    actor=actor.pseudonym,
                    subject=f"{slug}/REQ-{row.number}",
                    payload={"system": row.system_id, "person": person_id},
                    program_id=program_id,
                    removed=keys,
                )
    return count


def name_deputy(
    *, actor: Actor, program_id: int, person_id: int, deputy_id: int, first_on: date, last_on: date
) -> Deputy:
    """Says who answers for a person from a day to a day: one's own deputy, or anybody's for the TPM."""
    actor.must("people:deputy:name", program_id)
    if actor.user_id != person_id:
        actor.must("people:member:change", program_id)
    _must_be_member(deputy_id, program_id, field="deputy")
    # the rules of the engine are those of the record
    raci.Deputy(person=person_id, deputy=deputy_id, first=first_on, last=last_on)
    with writing(program_id):
        overlapping = Deputy.objects.filter(
            program_id=program_id, person_id=person_id, first_on__lte=last_on, last_on__gte=first_on
        )
        if overlapping.exists():
            raise BadInput(
                "There is a deputy for some of these days already.",
                hint="End that one first, or choose other days.",
                data={"field": "first_on"},
            )
        row = Deputy.objects.create(
            program_id=program_id,
            person_id=person_id,
            deputy_id=deputy_id,
            first_on=first_on,
            last_on=last_on,
        )
        append(
            kind=EventKind.DEPUTY_NAMED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/person:{person_id}",
            payload={"deputy": deputy_id},
            program_id=program_id,
            records=[row],
        )
    return row


def end_deputy(*, actor: Actor, program_id: int, deputy_id: int) -> None:
    """Takes a deputy back: one's own, or anybody's for those who may change members."""
    row = Deputy.objects.filter(pk=deputy_id, program_id=program_id).first()
    if row is None or not actor.sees(program_id):
        raise NotFound("There is no such deputy.")
    actor.must("people:deputy:name", program_id)
    if actor.user_id != row.person_id:
        actor.must("people:member:change", program_id)
    with writing(program_id):
        key, person_id = record_key(row), row.person_id
        if Deputy.objects.filter(pk=row.pk).delete()[0] != 1:
            raise NotFound("There is no such deputy.")
        append(
            kind=EventKind.DEPUTY_ENDED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/person:{person_id}",
            payload={},
            program_id=program_id,
            removed=[key],
        )


def _must_be_member(person_id: int, program_id: int, *, field: str) -> None:
    if not roles_of(person_id, program_id):
        raise BadInput(
            "The person must be a member of the program.",
            hint="Add them under People first.",
            data={"field": field},
        )


def _in_force(program_id: int, refs: Sequence[str]) -> list[Requirement]:
    numbers = {scope.number_of(ref, "REQ") for ref in refs}
    rows = Requirement.objects.filter(program_id=program_id, number__in=numbers).exclude(standing="dropped")
    found = list(rows.order_by("number"))
    if not numbers or len(found) != len(numbers):
        raise NotFound("Some of the chosen requirements are not in force; nothing was changed.")
    return found
