"""Turns scope into work, and changes owner and due date of that work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan.models import Requirement
from plimsoll.loop.plan.selectors import AdoptedRow, adopted_requirements
from plimsoll.loop.plan.services.wording import ticket_address
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import reserve_refs
from plimsoll.people.selectors import program_slug, roles_of

__all__ = ["change_requirements", "derive_requirements"]

LEAD = timedelta(days=5)
"""Proof is due so long before the gate that a reviewer can still look at it."""
WITHOUT_GATE = timedelta(days=60)


def derive_requirements(*, actor: Actor, system_id: int) -> int:
    """Makes the work list follow the scope; returns how many requirements were added, moved or dropped.

    Certain requirements and those that assumptions bring in become work; what left the scope is
    dropped, kept with its past, and comes back as it was if it returns. Due dates that nobody set by
    hand follow the promised stages. Nothing is written when nothing changed.
    """
    now = clock.now()
    catalog = load_catalog()
    with writing():
        # Read in turn: who waits here with an older scope in hand would undo what the newer one made.
        system = scope.system_by_id(actor, system_id)
        sheet = scope.scope_sheet(actor, system, now=now)
        adopted = {row.rule: row for row in adopted_requirements(actor, system.program_id)}
        wanted = _wanted(sheet) | _wanted_lessons(sheet, adopted.values())
        have = {row.rule: row for row in Requirement.objects.filter(system_id=system.id)}
        changed: list[Requirement] = []
        for rule, row in have.items():
            standing, because = wanted.get(rule, ("dropped", "no longer in scope"))
            due_on = row.due_on
            if not row.due_by_person:
                due_on = _due_again(system, _entry(rule, adopted), due_on)
            if (row.standing, row.because, row.due_on) != (standing, because, due_on):
                row.standing, row.because, row.due_on, row.derived_at = standing, because, due_on, now
                changed.append(row)
        Requirement.objects.bulk_update(changed, ["standing", "because", "due_on", "derived_at"])
        new = [rule for rule in wanted if rule not in have]
        refs = reserve_refs(system.program_id, RefKind.REQUIREMENT, count=len(new)) if new else []
        made = Requirement.objects.bulk_create(
            _requirement(
                system,
                adopted[rule].entry if rule in adopted else catalog.requirement(rule),
                ref.number,
                *wanted[rule],
                adopted_id=adopted[rule].id if rule in adopted else None,
            )
            for rule, ref in zip(new, refs, strict=True)
        )
        if changed or made:
            append(
                kind=EventKind.REQUIREMENTS_DERIVED,
                actor=actor.pseudonym,
                subject=f"{program_slug(system.program_id)}/{system.ref}",
                payload={"system": system.id, "added": len(made), "moved": len(changed)},
                program_id=system.program_id,
                records=[*changed, *made],
            )
    return len(changed) + len(made)


def _wanted(sheet: scope.ScopeSheet) -> dict[str, tuple[str, str]]:
    """Rule → standing and why, for everything that is to be worked on."""
    wanted = {
        item.rule.id: ("certain", "; ".join(item.reasons)[:300])
        for item in (*sheet.scope.certain, *sheet.baseline.certain)
    }
    for rule, (_, question) in sheet.working.assumed.items():
        ref = sheet.open_assumptions[question].ref
        wanted[rule] = ("assumed", f"{ref} on {question}")
    return wanted


def _wanted_lessons(sheet: scope.ScopeSheet, adopted: Iterable[AdoptedRow]) -> dict[str, tuple[str, str]]:
    """Rule → standing and why, for lessons; only a known “no” leaves a system out."""
    wanted = {}
    for row in adopted:
        judgement = row.fits(sheet)
        if judgement.verdict is not Verdict.NOT_MET:
            standing = "certain" if judgement.verdict is Verdict.MET else "assumed"
            because = "; ".join(reason.text for reason in judgement.deciding)
            wanted[row.rule] = (standing, f"{row.criterion.incident}: {because}"[:300])
    return wanted


def _entry(rule: str, adopted: Mapping[str, AdoptedRow]) -> RequirementEntry | None:
    if rule in adopted:
        return adopted[rule].entry
    known = load_catalog()
    return known.requirements.get(rule) or known.baseline.get(rule)


def _requirement(
    system: scope.SystemRow,
    entry: RequirementEntry,
    number: int,
    standing: str,
    because: str,
    *,
    adopted_id: int | None,
) -> Requirement:
    return Requirement(
        adopted_id=adopted_id,
        program_id=system.program_id,
        system_id=system.id,
        number=number,
        rule=entry.id,
        title=entry.title,
        place=entry.place,
        severity=entry.severity,
        standing=standing,
        because=because,
        owner_id=system.owner_id,
        due_on=_due(system, entry),
        derived_at=clock.now(),
    )


def _due_again(system: scope.SystemRow, entry: RequirementEntry | None, due_on: date) -> date:
    """The due date by the promises as they stand; unchanged if none lies ahead."""
    ahead = any(p.committed_on > clock.today() for p in system.promises)
    return _due(system, entry) if ahead and entry else due_on


def _due(system: scope.SystemRow, entry: RequirementEntry) -> date:
    """Five days before the first promised gate that asks for proof.

    Sixty days after the last promised one if none does, and sixty days from now without any promise.
    """
    today = clock.today()
    ahead = [p for p in system.promises if p.committed_on > today]
    asking = [p.committed_on for p in ahead if entry.stages.get(p.stage, Level.NOT_YET) is Level.REQUIRED]
    if asking:
        return max(min(asking) - LEAD, today + timedelta(days=1))
    return max((p.committed_on for p in ahead), default=today) + WITHOUT_GATE


def change_requirements(
    *,
    actor: Actor,
    program_id: int,
    refs: Sequence[str],
    owner_id: int | None = None,
    due_on: date | None = None,
    ticket_url: str | None = None,
) -> list[Requirement]:
    """Changes owner, due date or ticket of one or many requirements; all or none."""
    actor.must("plan:requirement:change", program_id)
    changes: dict[str, object] = {}
    if owner_id is not None:
        if not roles_of(owner_id, program_id):
            raise BadInput(
                "The owner must be a member of the program.",
                hint="Add the person under People first.",
                data={"field": "owner"},
            )
        changes["owner_id"] = owner_id
    if due_on is not None:
        changes |= {"due_on": due_on, "due_by_person": True}
    if ticket_url is not None:
        changes["ticket_url"] = ticket_address(ticket_url)
    if not changes:
        raise BadInput("Nothing was given to change.", hint="Choose an owner, a date or a ticket.")
    numbers = {scope.number_of(ref, "REQ") for ref in refs}
    with writing(program_id):
        rows = Requirement.objects.filter(program_id=program_id, number__in=numbers)
        if rows.exclude(standing="dropped").count() != len(numbers) or not numbers:
            missing = numbers - set(rows.exclude(standing="dropped").values_list("number", flat=True))
            raise NotFound(
                f"There is no requirement {', '.join(f'REQ-{n}' for n in sorted(missing)[:5])} in force."
                if missing
                else "No requirement was chosen."
            )
        if rows.update(**changes) != len(numbers):
            raise Conflict("The requirements were changed by somebody else meanwhile.")
        changed = list(rows.order_by("number"))
        for row in changed:
            append(
                kind=EventKind.REQUIREMENT_CHANGED,
                actor=actor.pseudonym,
                subject=f"{program_slug(program_id)}/REQ-{row.number}",
                payload={"system": row.system_id, "changed": sorted(changes)},
                program_id=program_id,
                records=[row],
            )
    return changed
