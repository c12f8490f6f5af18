"""Takes a list back from a spreadsheet: first what it would change, then, confirmed, the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plimsoll.engines.worksheet.comparing import compare
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.difference import Difference
from plimsoll.engines.worksheet.sheet import Fault, Record, Sheet
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, PlimsollError
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan.selectors.worksheets import (
    PERMISSIONS_OF,
    reader_of,
    sheet_named,
    with_owner,
    worksheet_records,
)
from plimsoll.loop.plan.services.requirements import change_requirements
from plimsoll.loop.plan.services.risk_rewriting import check_risks, rewrite_risks
from plimsoll.loop.plan.services.risks import NewRisk, raise_risks
from plimsoll.loop.plan.services.task_plans import Surroundings, TaskPlan, check_order, check_plan
from plimsoll.loop.plan.services.tasks import write_tasks
from plimsoll.loop.plan.services.wording import ticket_address
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import members_of, program_slug

__all__ = ["apply_worksheet", "compare_worksheet"]

FIELDS = {
    "due_on": "due",
    "starts_on": "starts",
    "days_best": "best",
    "ticket_url": "ticket",
    "catalog_id": "catalog",
}
"""What refusals of services call a column that the sheet calls otherwise."""


def compare_worksheet(
    *, actor: Actor, program_id: int, name: str, content: bytes, order: DayOrder | None = None
) -> Difference:
    """What the file would change, with everything that speaks against it. Nothing is written.

    The rules of the records are asked too, each row for itself, so that what has no fault can be
    written unless somebody changes the list meanwhile.
    """
    sheet = with_owner(sheet_named(name), actor, program_id)
    actor.must(PERMISSIONS_OF[name], program_id)
    found = compare(
        sheet,
        worksheet_records(actor, program_id, sheet),
        content,
        reader_of(actor, program_id, order=order),
    )
    if found.faults or found.questions:
        return found
    judge = {"tasks": _task_faults, "requirements": _requirement_faults, "risks": _risk_faults}[name]
    return replace(found, faults=tuple(judge(actor, program_id, sheet, found)))


def apply_worksheet(
    *,
    actor: Actor,
    program_id: int,
    name: str,
    content: bytes,
    order: DayOrder | None = None,
    digest: str,
) -> Difference:
    """Writes what was confirmed by its digest, all or nothing.

    Conflict if that is not what would be written now.
    """
    if actor.user_id is None:
        raise NotAllowed("A worksheet is taken back by a person.")
    with writing(program_id):
        found = compare_worksheet(actor=actor, program_id=program_id, name=name, content=content, order=order)
        if found.faults or found.questions:
            said = [*(f.sentence for f in found.faults), *(q.sentence for q in found.questions)]
            raise BadInput(said[0], hint="Nothing was written.")
        if found.digest != digest:
            raise Conflict(
                "The list has changed since you looked at the difference; nothing was written.",
                hint="Look at the difference again.",
            )
        if not found.can_be_written:
            return found
        writers = {"tasks": _write_tasks, "requirements": _write_requirements, "risks": _write_risks}
        writers[name](actor, program_id, found)
        append(
            kind=EventKind.WORKSHEET_APPLIED,
            actor=actor.pseudonym,
            subject=program_slug(program_id),
            payload={
                "list": name,
                "file": digest_bytes(content),
                "difference": found.digest,
                "added": len(found.added),
                "changed": len(found.changed),
            },
            program_id=program_id,
        )
    return found


@contextmanager
def _noting(faults: list[Fault], sheet: Sheet, line: int) -> Iterator[None]:
    """A refusal inside the block becomes a fault of the line."""
    try:
        yield
    except PlimsollError as error:
        key = str(error.data.get("field", ""))
        key = FIELDS.get(key, key)
        label = next((column.label for column in sheet.columns if column.key == key), "")
        faults.append(Fault(line=line, column=label, message=error.message, hint=error.hint))


# ------------------------------------------------------------ tasks


def _task_plans(
    actor: Actor, program_id: int, rows: Sequence[tuple[int, Record]]
) -> list[tuple[int, TaskPlan]]:
    systems = {system.ref: system.id for system in scope.systems_of(actor, program_id)}
    people = {person.handle: person.id for person in members_of(actor, program_id)}
    return [(line, _task_plan(record, systems, people)) for line, record in rows]


def _task_plan(record: Record, systems: dict[str, int], people: dict[str, int]) -> TaskPlan:
    numbers = [record[key] for key in ("low", "best", "high")]
    days = None
    if any(numbers):
        # what is missing is zero here, and refused as out of order by the rules of tasks
        low, best, high = (Decimal(number or 0) for number in numbers)
        days = (low, best, high)
    return TaskPlan(
        title=record["title"],
        kind=record["kind"],
        # a ref that is no system becomes an id that no system has, and is refused
        system_id=systems.get(record["system"], 0) if record["system"] else None,
        requirement=record["requirement"],
        owner_id=people[record["owner"]],
        state=record["state"],
        starts_on=date.fromisoformat(record["starts"]) if record["starts"] else None,
        due_on=date.fromisoformat(record["due"]),
        days=days,
        after=tuple(record["after"].split(", ")) if record["after"] else (),
        ticket_url=record["ticket"],
    )


def _task_faults(actor: Actor, program_id: int, sheet: Sheet, found: Difference) -> list[Fault]:
    here = Surroundings.of(actor, program_id)
    faults: list[Fault] = []
    changed: dict[str, TaskPlan] = {}
    rows = [*((row.line, row.record) for row in found.added), *((r.line, r.record) for r in found.changed)]
    plans = dict(_task_plans(actor, program_id, rows))
    for line, plan in plans.items():
        with _noting(faults, sheet, line):
            check_plan(plan, here)
    for row in found.changed:
        changed[row.ref] = plans[row.line]
    if not faults:
        line = min((row.line for row in found.changed), default=0)
        with _noting(faults, sheet, line):
            check_order(here, changed)
    return sorted(faults, key=lambda fault: fault.line)


def _write_tasks(actor: Actor, program_id: int, found: Difference) -> None:
    new = _task_plans(actor, program_id, [(row.line, row.record) for row in found.added])
    changed = dict(_task_plans(actor, program_id, [(row.line, row.record) for row in found.changed]))
    write_tasks(
        actor=actor,
        program_id=program_id,
        new=[plan for _, plan in new],
        changed={row.ref: changed[row.line] for row in found.changed},
    )


# ------------------------------------------------------------ requirements


def _requirement_faults(actor: Actor, program_id: int, sheet: Sheet, found: Difference) -> list[Fault]:
    faults: list[Fault] = []
    for row in found.changed:
        with _noting(faults, sheet, row.line):
            ticket_address(row.record["ticket"])
    return faults


def _write_requirements(actor: Actor, program_id: int, found: Difference) -> None:
    people = {person.handle: person.id for person in members_of(actor, program_id)}
    for row in found.changed:
        after = {cell.key: cell.after for cell in row.cells}
        change_requirements(
            actor=actor,
            program_id=program_id,
            refs=[row.ref],
            owner_id=people[after["owner"]] if "owner" in after else None,
            due_on=date.fromisoformat(after["due"]) if "due" in after else None,
            ticket_url=after.get("ticket"),
        )


# ------------------------------------------------------------ risks


def _risk_rows(
    actor: Actor, program_id: int, rows: Sequence[tuple[str, Record]]
) -> list[tuple[str, NewRisk]]:
    systems = {system.ref: system.id for system in scope.systems_of(actor, program_id)}
    people = {person.handle: person.id for person in members_of(actor, program_id)}
    return [(ref, _risk(record, systems, people)) for ref, record in rows]


def _risk(record: Record, systems: dict[str, int], people: dict[str, int]) -> NewRisk:
    return NewRisk(
        title=record["title"],
        cause=record["cause"],
        event=record["event"],
        consequence=record["consequence"],
        system_id=systems.get(record["system"], 0) if record["system"] else None,
        owner_id=people[record["owner"]],
        catalog_id=record["catalog"],
        due_on=date.fromisoformat(record["due"]) if record["due"] else None,
        state=record["state"],
    )


def _risk_faults(actor: Actor, program_id: int, sheet: Sheet, found: Difference) -> list[Fault]:
    faults: list[Fault] = []
    rows = [*((row.line, "", row.record) for row in found.added)]
    rows += [(row.line, row.ref, row.record) for row in found.changed]
    risks = _risk_rows(actor, program_id, [(ref, record) for _, ref, record in rows])
    errors = check_risks(actor=actor, program_id=program_id, risks=risks)
    for (line, _, _), error in zip(rows, errors, strict=True):
        with _noting(faults, sheet, line):
            if error is not None:
                raise error
    return sorted(faults, key=lambda fault: fault.line)


def _write_risks(actor: Actor, program_id: int, found: Difference) -> None:
    new = _risk_rows(actor, program_id, [("", row.record) for row in found.added])
    if new:
        raise_risks(actor=actor, program_id=program_id, risks=[risk for _, risk in new])
    changed = _risk_rows(actor, program_id, [(row.ref, row.record) for row in found.changed])
    rewrite_risks(actor=actor, program_id=program_id, risks=dict(changed))
