"""Who has which part in each requirement, and which rules that breaks today."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from plimsoll.engines import raci
from plimsoll.loop.plan.models import Assignment, Deputy
from plimsoll.loop.plan.selectors.requirements import RequirementRow, requirements_in_force
from plimsoll.loop.scope.selectors import must_see
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import members_of, names_of

__all__ = ["DeputyRow", "PartRow", "deputies_of", "parts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeputyRow:
    id: int
    person_id: int
    person: str
    deputy_id: int
    deputy: str
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    requirement: RequirementRow
    accountable: str
    """Who answers today; empty if nobody does."""
    stands_in: bool
    """Whether that is a deputy."""
    people: dict[raci.Part, tuple[str, ...]]
    """Part → names of the members who have it, by name."""
    violations: tuple[str, ...]
    """Rules that are broken today."""


def deputies_of(actor: Actor, program_id: int) -> list[DeputyRow]:
    """All deputies of a program, past ones too, by first day; one query."""
    must_see(actor, program_id)
    rows = Deputy.objects.filter(program_id=program_id).select_related("person", "deputy")
    return [
        DeputyRow(
            id=row.pk,
            person_id=row.person_id,
            person=row.person.name,
            deputy_id=row.deputy_id,
            deputy=row.deputy.name,
            first_on=row.first_on,
            last_on=row.last_on,
        )
        for row in rows.order_by("first_on", "pk")
    ]


def parts_of(actor: Actor, program_id: int, *, today: date) -> list[PartRow]:
    """Every requirement in force with who has which part, by number; five queries."""
    must_see(actor, program_id)
    members = frozenset(person.id for person in members_of(actor, program_id))
    deputies = [
        raci.Deputy(person=d.person_id, deputy=d.deputy_id, first=d.first_on, last=d.last_on)
        for d in deputies_of(actor, program_id)
    ]
    given: dict[int, list[raci.Assignment]] = defaultdict(list)
    stored = Assignment.objects.filter(requirement__program_id=program_id).order_by("person__name", "pk")
    for requirement_id, person, part in stored.values_list("requirement_id", "person_id", "part"):
        given[requirement_id].append(raci.Assignment(person=person, part=raci.Part(part)))
    requirements = requirements_in_force(actor, program_id)
    ids = {a.person for found in given.values() for a in found} | {d.deputy for d in deputies}
    names = names_of(ids | {row.owner_id for row in requirements})
    found = []
    for row in requirements:
        who = raci.accountable_now(row.owner_id, members=members, deputies=deputies, today=today)
        parts = given.get(row.id, [])
        found.append(
            PartRow(
                requirement=row,
                accountable=names[who] if who is not None else "",
                stands_in=who not in (None, row.owner_id),
                people={
                    part: tuple(names[a.person] for a in parts if a.part is part and a.person in members)
                    for part in raci.Part
                },
                violations=raci.violations(
                    row.owner_id, parts, members=members, deputies=deputies, today=today
                ),
            )
        )
    return found
