"""Raises and changes issues and dependencies, and converts one record into another that keeps its past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.kernel.ids import Ref, RefKind
from plimsoll.kernel.text import unprintable
from plimsoll.kernel.units import share
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan.models import MATTER_STATES, Conversion, Dependency, Issue
from plimsoll.loop.plan.selectors.raid import CONVERSIONS, assumption_title, matter_by_ref
from plimsoll.loop.plan.selectors.risks import risk_by_ref
from plimsoll.loop.plan.services.risks import NewRisk, raise_risks
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug, roles_of

__all__ = ["NewMatter", "confirm_dependency", "convert_record", "raise_matter", "rewrite_matter", "title_for"]

MODELS: dict[str, type[Issue] | type[Dependency]] = {"issue": Issue, "dependency": Dependency}
REFS = {"issue": RefKind.ISSUE, "dependency": RefKind.DEPENDENCY}
RAISED = {"issue": EventKind.ISSUE_RAISED, "dependency": EventKind.DEPENDENCY_RAISED}
CHANGED = {"issue": EventKind.ISSUE_CHANGED, "dependency": EventKind.DEPENDENCY_CHANGED}
KINDS = {
    RefKind.RISK: "risk",
    RefKind.ASSUMPTION: "assumption",
    RefKind.ISSUE: "issue",
    RefKind.DEPENDENCY: "dependency",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatter:
    """All that can be said of an issue or dependency."""

    kind: str
    title: str
    note: str = ""
    system_id: int | None = None
    owner_id: int | None = None
    state: str = "open"
    due_on: date | None = None
    provider: str = ""
    """Who is to give what a dependency needs; empty for an issue."""


def raise_matter(*, actor: Actor, program_id: int, matter: NewMatter) -> str:
    """Enters an issue or dependency and returns its ref; the owner is the raiser where none is given."""
    _must_change(actor, program_id, matter.kind)
    if actor.user_id is None:
        raise NotAllowed("An issue or dependency is raised by a person.")
    _check(actor, program_id, matter)
    with writing(program_id):
        ref = next_ref(program_id, REFS[matter.kind])
        row = MODELS[matter.kind](program_id=program_id, number=ref.number, raised_at=clock.now())
        _write(actor, row, matter, RAISED[matter.kind], str(ref))
    return str(ref)


def rewrite_matter(*, actor: Actor, program_id: int, ref: str, matter: NewMatter) -> str:
    """Puts other words, owner, state or day in the place of what an issue or dependency says."""
    found = matter_by_ref(actor, program_id, ref)
    _must_change(actor, program_id, found.kind)
    if matter.kind != found.kind:
        raise BadInput(f"{found.ref} is no {matter.kind[:20]}.", hint="Convert it instead.")
    _check(actor, program_id, matter)
    with writing(program_id):
        row = MODELS[found.kind].objects.get(pk=found.id)
        _write(actor, row, matter, CHANGED[found.kind], found.ref)
    return found.ref


def confirm_dependency(*, actor: Actor, program_id: int, ref: str, confidence: float) -> None:
    """Notes that somebody asked today, and how sure it is that it comes."""
    actor.must("plan:dependency:change", program_id)
    sure = share(confidence, what="The confidence")
    found = matter_by_ref(actor, program_id, ref)
    if found.kind != "dependency" or found.state != "open":
        raise BadInput(f"{found.ref} is no open dependency.", hint="Only those are confirmed.")
    with writing(program_id):
        row = Dependency.objects.get(pk=found.id)
        row.confidence, row.confirmed_on = float(sure), clock.today()
        row.save()
        _append(actor, row, EventKind.DEPENDENCY_CONFIRMED, found.ref)


def convert_record(*, actor: Actor, program_id: int, ref: str, into: str, title: str) -> str:
    """Makes a new record of what a risk, assumption, issue or dependency became; returns its ref.

    The source stays as it is; an issue or dependency is closed by it. Each names the other.
    """
    source = Ref.parse(ref)
    kind = KINDS.get(source.kind, "")
    if into not in CONVERSIONS.get(kind, ()):
        possible = ", ".join(CONVERSIONS.get(kind, ())) or "nothing"
        raise BadInput(
            f"{source} cannot become {into[:20] or 'nothing'}.",
            hint=f"It can become: {possible}.",
            data={"field": "into"},
        )
    actor.must(f"plan:{into}:change", program_id)
    with writing(program_id):
        system_id, owner_id = _came_of(actor, program_id, source, kind)
        owner = owner_id if roles_of(owner_id, program_id) else actor.user_id
        if into == "risk":
            risk = NewRisk(title=title, system_id=system_id, owner_id=owner)
            (made,) = raise_risks(actor=actor, program_id=program_id, risks=[risk])
            result = f"RSK-{made.number}"
        else:
            matter = NewMatter(kind="issue", title=title, system_id=system_id, owner_id=owner)
            result = raise_matter(actor=actor, program_id=program_id, matter=matter)
        conversion = Conversion.objects.create(
            program_id=program_id,
            source=str(source),
            result=result,
            converted_by_id=actor.user_id or 0,
            converted_at=clock.now(),
        )
        append(
            kind=EventKind.RECORD_CONVERTED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/{source}",
            payload={"system": system_id, "into": result},
            program_id=program_id,
            records=[conversion],
        )
        if kind in MODELS:
            _close(actor, program_id, str(source))
    return result


def title_for(actor: Actor, program_id: int, ref: str) -> str:
    """The title that a record hands on when it is converted."""
    source = Ref.parse(ref)
    if source.kind is RefKind.RISK:
        return risk_by_ref(actor, program_id, str(source)).title
    if source.kind is RefKind.ASSUMPTION:
        row = scope.assumption_by_ref(actor, program_id, str(source), now=clock.now())
        return f"Not as assumed: {assumption_title(row)}"[:160]
    return matter_by_ref(actor, program_id, str(source)).title


def _came_of(actor: Actor, program_id: int, source: Ref, kind: str) -> tuple[int | None, int]:
    """System and owner of the record that is converted; NotFound if there is none."""
    if kind == "risk":
        risk = risk_by_ref(actor, program_id, str(source))
        return risk.system_id, risk.owner_id
    if kind == "assumption":
        assumption = scope.assumption_by_ref(actor, program_id, str(source), now=clock.now())
        return assumption.system_id, assumption.owner_id
    matter = matter_by_ref(actor, program_id, str(source))
    return matter.system_id, matter.owner_id


def _close(actor: Actor, program_id: int, ref: str) -> None:
    found = matter_by_ref(actor, program_id, ref)
    row = MODELS[found.kind].objects.get(pk=found.id)
    if row.state != "closed":
        row.state = "closed"
        row.save()
        _append(actor, row, CHANGED[found.kind], found.ref)


def _must_change(actor: Actor, program_id: int, kind: str) -> None:
    if kind not in MODELS:
        raise BadInput(f"There is no kind “{kind[:20]}” here.", hint="Choose issue or dependency.")
    actor.must(f"plan:{kind}:change", program_id)


def _check(actor: Actor, program_id: int, matter: NewMatter) -> None:
    limits = (("title", 160, True), ("note", 500, False), ("provider", 120, matter.kind == "dependency"))
    for field, longest, needed in limits:
        text = getattr(matter, field).strip()
        if len(text) > longest or (needed and not text):
            raise BadInput(
                f"The {field} has {len(text)} characters.",
                hint=f"Write {'1' if needed else '0'} to {longest}.",
                data={"field": field},
            )
        if unprintable(text):
            raise BadInput(f"The {field} contains control characters.", data={"field": field})
    if matter.state not in MATTER_STATES:
        raise BadInput(f"There is no state “{matter.state[:20]}”.", data={"field": "state"})
    if matter.kind == "dependency" and matter.due_on is None:
        raise BadInput("A dependency needs a day.", hint="By when is it needed?", data={"field": "due_on"})
    if matter.owner_id is not None and not roles_of(matter.owner_id, program_id):
        raise BadInput("The owner must be a member of the program.", data={"field": "owner"})
    if matter.system_id is not None and matter.system_id not in {
        system.id for system in scope.systems_of(actor, program_id)
    }:
        raise NotFound("There is no such system in this program.")


def _write(actor: Actor, row: Issue | Dependency, matter: NewMatter, kind: EventKind, ref: str) -> None:
    row.title, row.note = " ".join(matter.title.split()), matter.note.strip()
    row.system_id, row.state = matter.system_id, matter.state
    row.owner_id = matter.owner_id or actor.user_id or 0
    if isinstance(row, Dependency):
        row.provider = " ".join(matter.provider.split())
        row.due_on = matter.due_on or row.due_on
    else:
        row.due_on = matter.due_on
    row.save()
    _append(actor, row, kind, ref)


def _append(actor: Actor, row: Issue | Dependency, kind: EventKind, ref: str) -> None:
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{program_slug(row.program_id)}/{ref}",
        payload={"system": row.system_id, "state": row.state},
        program_id=row.program_id,
        records=[row],
    )
