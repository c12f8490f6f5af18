"""Raises, describes and estimates risks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.text import unprintable
from plimsoll.kernel.units import Money
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan.models import RISK_STATES, Risk
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import reserve_refs
from plimsoll.people.selectors import members_of, program_slug

__all__ = [
    "FIRST_STATES",
    "NewRisk",
    "change_risks",
    "check_risk",
    "describe_risk",
    "estimate_risk",
    "note_change",
    "raise_risks",
]

IN_ONE_ENTRY = 500
FIRST_STATES = ("open", "treating")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRisk:
    title: str
    system_id: int | None = None
    owner_id: int | None = None
    cause: str = ""
    event: str = ""
    consequence: str = ""
    catalog_id: str = ""
    due_on: date | None = None
    state: str = "open"
    """Open or treating; a risk is accepted by a decision and closed later."""


def raise_risks(*, actor: Actor, program_id: int, risks: Sequence[NewRisk]) -> list[Risk]:
    """Enters one or many risks; all or none. The owner is the raiser where none is given."""
    actor.must("plan:risk:change", program_id)
    if actor.user_id is None:
        raise NotAllowed("A risk is raised by a person.")
    members = {person.id for person in members_of(actor, program_id)}
    systems = {system.id for system in scope.systems_of(actor, program_id)}
    for number, risk in enumerate(risks, start=1):
        check_risk(risk, number, members, systems, several=len(risks) > 1)
        if risk.state not in FIRST_STATES:
            raise BadInput("A new risk is open or treating.", data={"field": "state"})
    now = clock.now()
    with writing(program_id):
        refs = reserve_refs(program_id, RefKind.RISK, count=len(risks))
        made = Risk.objects.bulk_create(
            (
                Risk(
                    program_id=program_id,
                    system_id=risk.system_id,
                    number=ref.number,
                    title=" ".join(risk.title.split()),
                    cause=risk.cause.strip(),
                    event=risk.event.strip(),
                    consequence=risk.consequence.strip(),
                    catalog_id=risk.catalog_id,
                    owner_id=risk.owner_id or actor.user_id,
                    due_on=risk.due_on,
                    state=risk.state,
                    raised_by_id=actor.user_id,
                    raised_at=now,
                )
                for risk, ref in zip(risks, refs, strict=True)
            ),
            batch_size=500,
        )
        slug = program_slug(program_id)
        for start in range(0, len(made), IN_ONE_ENTRY):
            part = made[start : start + IN_ONE_ENTRY]
            append(
                kind=EventKind.RISK_RAISED,
                actor=actor.pseudonym,
                subject=f"{slug}/RSK-{part[0].number}",
                payload={"count": len(part), "system": part[0].system_id},
                program_id=program_id,
                records=part,
            )
    return made


def check_risk(risk: NewRisk, number: int, members: set[int], systems: set[int], *, several: bool) -> None:
    """Raises what speaks against a risk; its number is told where there are several."""
    where = f" (risk {number})" if several else ""
    for field, longest in (("title", 160), ("cause", 300), ("event", 300), ("consequence", 300)):
        text = getattr(risk, field).strip()
        if len(text) > longest or (field == "title" and not text):
            raise BadInput(
                f"The {field} of the risk has {len(text)} characters{where}.",
                hint=f"Write 1 to {longest}." if field == "title" else f"At most {longest}.",
                data={"field": field},
            )
        if unprintable(text):
            raise BadInput(
                f"The {field} of the risk contains control characters{where}.", data={"field": field}
            )
    if risk.state not in RISK_STATES:
        raise BadInput(f"There is no state “{risk.state[:20]}”{where}.", data={"field": "state"})
    if risk.owner_id is not None and risk.owner_id not in members:
        raise BadInput(f"The owner must be a member of the program{where}.", data={"field": "owner"})
    if risk.system_id is not None and risk.system_id not in systems:
        raise NotFound(f"There is no such system in this program{where}.")
    if risk.catalog_id and risk.catalog_id not in load_catalog().risks:
        raise BadInput(
            f"The catalog has no risk “{risk.catalog_id[:20]}”{where}.",
            hint="Use an id such as RSK-MOD-03, or leave it empty.",
            data={"field": "catalog_id"},
        )


def change_risks(
    *,
    actor: Actor,
    program_id: int,
    refs: Sequence[str],
    owner_id: int | None = None,
    due_on: date | None = None,
    state: str | None = None,
) -> list[Risk]:
    """Changes owner, due date or state of one or many risks; all or none.

    "accepted" is not set here: a risk is accepted by a decision of two people.
    """
    actor.must("plan:risk:change", program_id)
    changes: dict[str, object] = {}
    if owner_id is not None:
        if owner_id not in {person.id for person in members_of(actor, program_id)}:
            raise BadInput("The owner must be a member of the program.", data={"field": "owner"})
        changes["owner_id"] = owner_id
    if due_on is not None:
        changes["due_on"] = due_on
    if state is not None:
        if state not in RISK_STATES or state == "accepted":
            raise BadInput(
                f"A risk cannot be set to “{state[:20]}” here.",
                hint="Choose open, treating or closed.",
                data={"field": "state"},
            )
        changes["state"] = state
    if not changes:
        raise BadInput("Nothing was given to change.", hint="Choose an owner, a date or a state.")
    numbers = {scope.number_of(ref, "RSK") for ref in refs}
    with writing(program_id):
        rows = Risk.objects.filter(program_id=program_id, number__in=numbers)
        if not numbers or rows.update(**changes) != len(numbers):
            raise NotFound("Some of the chosen risks do not exist; nothing was changed.")
        changed = list(rows.order_by("number"))
        for row in changed:
            note_change(actor, row, sorted(changes))
    return changed


def describe_risk(
    *, actor: Actor, risk_id: int, title: str, cause: str, event: str, consequence: str
) -> Risk:
    """Rewrites the sentence of a risk and its cause, event and consequence."""
    row = _risk(actor, risk_id)
    check_risk(
        NewRisk(title=title, cause=cause, event=event, consequence=consequence),
        1,
        set(),
        set(),
        several=False,
    )
    with writing(row.program_id):
        row.title = " ".join(title.split())
        row.cause, row.event, row.consequence = cause.strip(), event.strip(), consequence.strip()
        row.save()
        note_change(actor, row, ["cause", "consequence", "event", "title"])
    return row


def estimate_risk(
    *,
    actor: Actor,
    risk_id: int,
    probability: tuple[float, float, float],
    loss_low: Money,
    loss_high: Money,
) -> Risk:
    """One person's estimate: lowest, best and highest probability per year, and a 90 % range of loss.

    It is a single source and shown as one; no gate rests on it.
    """
    row = _risk(actor, risk_id)
    low, best, high = probability
    if not 0 <= low <= best <= high <= 1:
        raise BadInput(
            f"The probabilities {low:g}, {best:g}, {high:g} are not in order.",
            hint="Give lowest ≤ best ≤ highest, each from 0 to 1 per year.",
            data={"field": "probability_best"},
        )
    if loss_low.currency != loss_high.currency or loss_low.amount > loss_high.amount:
        raise BadInput(
            f"The loss range {loss_low} to {loss_high} is not in order.",
            hint="Give the smaller amount first, both in one currency.",
            data={"field": "loss_high"},
        )
    with writing(row.program_id):
        row.probability_low, row.probability_best, row.probability_high = probability
        row.loss_low = Decimal(loss_low.amount)
        row.loss_high = Decimal(loss_high.amount)
        row.currency = loss_low.currency
        row.estimated_by_id = actor.user_id
        row.estimated_at = clock.now()
        row.save()
        note_change(actor, row, ["estimate"])
    return row


def _risk(actor: Actor, risk_id: int) -> Risk:
    row = Risk.objects.filter(pk=risk_id).first()
    if row is None or not actor.sees(row.program_id):
        raise NotFound("There is no such risk.")
    actor.must("plan:risk:change", row.program_id)
    if row.state == "closed":
        raise Conflict(f"RSK-{row.number} is closed.", hint="Open it again first.")
    return row


def note_change(actor: Actor, row: Risk, what: list[str]) -> None:
    append(
        kind=EventKind.RISK_CHANGED,
        actor=actor.pseudonym,
        subject=f"{program_slug(row.program_id)}/RSK-{row.number}",
        payload={"system": row.system_id, "changed": what},
        program_id=row.program_id,
        records=[row],
    )
