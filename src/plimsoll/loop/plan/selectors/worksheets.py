"""Lists of plan as worksheets: which columns they have, and what stands in them now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plimsoll.engines.worksheet.cells import Reader, people_by_name, plain_number
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.sheet import Column, ColumnKind, Record, Sheet
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan.models import RISK_STATES, TASK_KINDS, TASK_STATES, Risk
from plimsoll.loop.plan.selectors.requirements import RequirementRow, requirements_in_force
from plimsoll.loop.plan.selectors.risks import RiskRow, risk_rows
from plimsoll.loop.plan.selectors.tasks import TaskRow, tasks_of
from plimsoll.loop.scope.selectors import must_see
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import members_of

__all__ = ["PERMISSIONS_OF", "SHEETS", "reader_of", "sheet_named", "with_owner", "worksheet_records"]

PERSON, DAY, NUMBER, REFS, CHOICE, TEXT = (
    ColumnKind.PERSON,
    ColumnKind.DAY,
    ColumnKind.NUMBER,
    ColumnKind.REFS,
    ColumnKind.CHOICE,
    ColumnKind.TEXT,
)
TASKS = Sheet(
    name="tasks",
    ref_kind="TSK",
    columns=(
        Column(key="title", label="Task", required=True),
        Column(key="kind", label="Kind", kind=CHOICE, choices=TASK_KINDS, required=True, default="task"),
        Column(key="system", label="System", kind=REFS),
        Column(key="requirement", label="Requirement", kind=REFS),
        Column(key="owner", label="Owner", kind=PERSON, required=True),
        Column(key="state", label="State", kind=CHOICE, choices=TASK_STATES, required=True, default="open"),
        Column(key="starts", label="Starts", kind=DAY),
        Column(key="due", label="Due", kind=DAY, required=True),
        Column(key="low", label="Days, lowest", kind=NUMBER),
        Column(key="best", label="Days, best", kind=NUMBER),
        Column(key="high", label="Days, highest", kind=NUMBER),
        Column(key="after", label="Waits for", kind=REFS),
        Column(key="ticket", label="Ticket"),
    ),
    identity=("title", "kind", "system"),
)
REQUIREMENTS = Sheet(
    name="requirements",
    ref_kind="REQ",
    columns=(
        Column(key="title", label="Requirement", fixed=True),
        Column(key="system", label="System", fixed=True),
        Column(key="place", label="Place", fixed=True),
        Column(key="severity", label="Severity", fixed=True),
        Column(key="standing", label="Scope", fixed=True),
        Column(key="owner", label="Owner", kind=PERSON, required=True),
        Column(key="due", label="Due", kind=DAY, required=True),
        Column(key="ticket", label="Ticket"),
        Column(key="why", label="Why", kind=TEXT, fixed=True),
        Column(key="acceptance", label="Acceptance test", kind=TEXT, fixed=True),
        Column(key="because", label="In scope because", kind=TEXT, fixed=True),
        Column(key="rule", label="Rule", fixed=True),
    ),
)
RISKS = Sheet(
    name="risks",
    ref_kind="RSK",
    columns=(
        Column(key="title", label="Risk", required=True),
        Column(key="cause", label="Cause", kind=TEXT),
        Column(key="event", label="Event", kind=TEXT),
        Column(key="consequence", label="Consequence", kind=TEXT),
        Column(key="system", label="System", kind=REFS),
        Column(key="catalog", label="Catalog risk"),
        Column(key="owner", label="Owner", kind=PERSON, required=True),
        Column(
            key="state",
            label="State",
            kind=CHOICE,
            choices=RISK_STATES,
            kept_elsewhere=("accepted",),
            required=True,
            default="open",
        ),
        Column(key="due", label="Plan due", kind=DAY),
        Column(key="chance_low", label="Chance a year, lowest", kind=NUMBER, fixed=True),
        Column(key="chance_best", label="Chance a year, best", kind=NUMBER, fixed=True),
        Column(key="chance_high", label="Chance a year, highest", kind=NUMBER, fixed=True),
        Column(key="loss_low", label="Loss, low end", kind=NUMBER, fixed=True),
        Column(key="loss_high", label="Loss, high end", kind=NUMBER, fixed=True),
        Column(key="currency", label="Currency", fixed=True),
    ),
    identity=("title", "system"),
)
SHEETS = (TASKS, REQUIREMENTS, RISKS)
PERMISSIONS_OF = {
    "tasks": "plan:task:change",
    "requirements": "plan:requirement:change",
    "risks": "plan:risk:change",
}


def sheet_named(name: str) -> Sheet:
    for sheet in SHEETS:
        if sheet.name == name:
            return sheet
    raise NotFound(
        f"There is no worksheet of {name[:30]}.", hint=f"There is one of {', '.join(s.name for s in SHEETS)}."
    )


def with_owner(sheet: Sheet, actor: Actor, program_id: int) -> Sheet:
    """The sheet in which a new row without owner belongs to the actor; one query."""
    handle = next((p.handle for p in members_of(actor, program_id) if p.id == actor.user_id), "")
    columns = tuple(replace(c, default=handle) if c.key == "owner" else c for c in sheet.columns)
    return replace(sheet, columns=columns)


def worksheet_records(actor: Actor, program_id: int, sheet: Sheet) -> dict[str, Record]:
    """Ref → what the worksheet says of it, by number; at most three queries."""
    must_see(actor, program_id)
    return RECORDS[sheet.name](actor, program_id)


def reader_of(actor: Actor, program_id: int, *, order: DayOrder | None) -> Reader:
    """What reading a file of this program needs: its people, and how days were written; one query."""
    members = members_of(actor, program_id)
    return Reader(people=people_by_name([(p.handle, p.name, p.email) for p in members]), order=order)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _tasks(actor: Actor, program_id: int) -> dict[str, Record]:
    return {row.ref: _task(row) for row in tasks_of(actor, program_id)}


def _task(row: TaskRow) -> Record:
    low, best, high = ("", "", "") if row.days is None else map(plain_number, row.days)
    return {
        "title": row.title,
        "kind": row.kind,
        "system": row.system_ref,
        "requirement": row.requirement,
        "owner": row.owner_handle,
        "state": row.state,
        "starts": _day(row.starts_on),
        "due": _day(row.due_on),
        "low": low,
        "best": best,
        "high": high,
        "after": ", ".join(row.after),
        "ticket": row.ticket_url,
    }


def _requirements(actor: Actor, program_id: int) -> dict[str, Record]:
    return {row.ref: _requirement(row) for row in requirements_in_force(actor, program_id)}


def _requirement(row: RequirementRow) -> Record:
    entry = row.entry
    return {
        "title": row.title,
        "system": row.system_ref,
        "place": row.place,
        "severity": row.severity,
        "standing": row.standing,
        "owner": row.owner_handle,
        "due": _day(row.due_on),
        "ticket": row.ticket_url,
        "why": f"{entry.why.text} ({entry.why.kind})" if entry else "",
        "acceptance": entry.acceptance if entry else "",
        "because": row.because,
        "rule": row.rule,
    }


def _risks(actor: Actor, program_id: int) -> dict[str, Record]:
    rows = Risk.objects.filter(program_id=program_id).order_by("number")
    return {row.ref: _risk(row) for row in risk_rows(rows)}


def _risk(row: RiskRow) -> Record:
    chances = row.probability or ()
    low, best, high = (plain_number(Decimal(repr(chance))) for chance in chances) if chances else ("", "", "")
    ends = row.loss or ()
    loss_low, loss_high = (plain_number(end) for end in ends) if ends else ("", "")
    return {
        "title": row.title,
        "cause": row.cause,
        "event": row.event,
        "consequence": row.consequence,
        "system": row.system_ref,
        "catalog": row.catalog_id,
        "owner": row.owner_handle,
        "state": row.state,
        "due": _day(row.due_on),
        "chance_low": low,
        "chance_best": best,
        "chance_high": high,
        "loss_low": loss_low,
        "loss_high": loss_high,
        "currency": row.currency,
    }


RECORDS: dict[str, Callable[[Actor, int], dict[str, Record]]] = {
    "tasks": _tasks,
    "requirements": _requirements,
    "risks": _risks,
}
