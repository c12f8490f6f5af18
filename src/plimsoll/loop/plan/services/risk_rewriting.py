"""Rewrites many risks at once, as a worksheet brings them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plimsoll.kernel.errors import BadInput, Conflict, NotFound, PlimsollError
from plimsoll.ledger.append import writing
from plimsoll.loop.plan.models import Risk
from plimsoll.loop.plan.services.risks import FIRST_STATES, NewRisk, check_risk, note_change
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import members_of

__all__ = ["check_risks", "rewrite_risks"]


def check_risks(
    *, actor: Actor, program_id: int, risks: Sequence[tuple[str, NewRisk]]
) -> list[PlimsollError | None]:
    """What speaks against each risk, in order, None where nothing does. The ref is empty for a new one."""
    actor.must("plan:risk:change", program_id)
    members = {person.id for person in members_of(actor, program_id)}
    systems = {system.id for system in scope.systems_of(actor, program_id)}
    states = dict(Risk.objects.filter(program_id=program_id).values_list("number", "state"))
    found: list[PlimsollError | None] = []
    for ref, risk in risks:
        try:
            check_risk(risk, 1, members, systems, several=False)
            if not ref and risk.state not in FIRST_STATES:
                raise BadInput("A new risk is open or treating.", data={"field": "state"})
            before = states.get(scope.number_of(ref, "RSK"), "") if ref else "open"
            if before == "closed" and risk.state == "closed":
                raise Conflict(f"{ref} is closed.", hint="Open it again first.", data={"field": "state"})
            if risk.state == "accepted" and before != "accepted":
                raise BadInput("A risk is accepted by a decision.", data={"field": "state"})
            found.append(None)
        except PlimsollError as error:
            found.append(error)
    return found


def rewrite_risks(*, actor: Actor, program_id: int, risks: Mapping[str, NewRisk]) -> list[Risk]:
    """Puts other words, owner, state, day, system in the place of what the risks with these refs say.

    All or none. Estimates stay. Only what is another than before has an entry.
    """
    with writing(program_id):
        for error in check_risks(actor=actor, program_id=program_id, risks=list(risks.items())):
            if error is not None:
                raise error
        numbers = {scope.number_of(ref, "RSK"): risk for ref, risk in risks.items()}
        rows = Risk.objects.filter(program_id=program_id, number__in=numbers).order_by("number")
        if len(rows) != len(numbers):
            raise NotFound("Some of the risks do not exist; nothing was changed.")
        changed = []
        for row in rows:
            moved = _rewritten(row, numbers[row.number])
            if moved:
                row.save()
                note_change(actor, row, moved)
                changed.append(row)
    return changed


def _rewritten(row: Risk, risk: NewRisk) -> list[str]:
    """Puts the words into the row; the names of the columns that say something else now."""
    wanted: dict[str, object] = {
        "title": " ".join(risk.title.split()),
        "cause": risk.cause.strip(),
        "event": risk.event.strip(),
        "consequence": risk.consequence.strip(),
        "system_id": risk.system_id,
        "catalog_id": risk.catalog_id,
        "owner_id": risk.owner_id or row.owner_id,
        "state": risk.state,
        "due_on": risk.due_on,
    }
    moved = sorted(name for name, value in wanted.items() if getattr(row, name) != value)
    for name, value in wanted.items():
        setattr(row, name, value)
    return moved
