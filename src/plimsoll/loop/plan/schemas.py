"""What the API takes and gives for plan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ninja import Schema
from pydantic import ConfigDict, Field

from plimsoll.loop.plan.selectors import RequirementRow, RiskRow, TaskRow


class RiskIn(Schema):
    model_config = ConfigDict(extra="forbid")
    title: str
    system: str = ""
    owner: str = ""
    cause: str = ""
    event: str = ""
    consequence: str = ""
    catalog_id: str = ""
    due_on: date | None = None


class RisksIn(Schema):
    model_config = ConfigDict(extra="forbid")
    risks: list[RiskIn] = Field(min_length=1, max_length=5000)


class RefsOut(Schema):
    refs: list[str]


class RiskOut(Schema):
    ref: str
    title: str
    system: str
    state: str
    owner: str
    due_on: date | None
    catalog_id: str


class RisksOut(Schema):
    items: list[RiskOut]
    next: str | None


class RequirementOut(Schema):
    ref: str
    rule: str
    title: str
    system: str
    standing: str
    because: str
    place: str
    severity: str
    owner: str
    due_on: date
    ticket_url: str


class RequirementsOut(Schema):
    items: list[RequirementOut]
    next: str | None


class WorkingDaysIn(Schema):
    model_config = ConfigDict(extra="forbid")
    low: Decimal
    best: Decimal
    high: Decimal


class TaskIn(Schema):
    model_config = ConfigDict(extra="forbid")
    title: str
    due_on: date
    kind: str = "task"
    system: str = ""
    requirement: str = ""
    owner: str = ""
    state: str = "open"
    starts_on: date | None = None
    days: WorkingDaysIn | None = None
    after: list[str] = Field(default=[], max_length=50)
    ticket_url: str = ""


class TasksIn(Schema):
    model_config = ConfigDict(extra="forbid")
    tasks: list[TaskIn] = Field(min_length=1, max_length=1000)


class WorkingDaysOut(Schema):
    low: float
    best: float
    high: float


class TaskOut(Schema):
    ref: str
    kind: str
    title: str
    system: str
    requirement: str
    owner: str
    state: str
    starts_on: date | None
    due_on: date
    days: WorkingDaysOut | None
    after: list[str]
    waits_for: list[str]
    ticket_url: str


class TasksOut(Schema):
    items: list[TaskOut]
    next: str | None


def _days(row: TaskRow) -> WorkingDaysOut | None:
    if row.days is None:
        return None
    low, best, high = map(float, row.days)
    return WorkingDaysOut(low=low, best=best, high=high)


def task_out(row: TaskRow) -> TaskOut:
    return TaskOut(
        ref=row.ref,
        kind=row.kind,
        title=row.title,
        system=row.system_ref,
        requirement=row.requirement,
        owner=row.owner,
        state=row.state,
        starts_on=row.starts_on,
        due_on=row.due_on,
        days=_days(row),
        after=list(row.after),
        waits_for=list(row.waits_for),
        ticket_url=row.ticket_url,
    )


def risk_out(row: RiskRow) -> RiskOut:
    return RiskOut(
        ref=row.ref,
        title=row.title,
        system=row.system_ref,
        state=row.state,
        owner=row.owner,
        due_on=row.due_on,
        catalog_id=row.catalog_id,
    )


def requirement_out(row: RequirementRow) -> RequirementOut:
    return RequirementOut(
        ref=row.ref,
        rule=row.rule,
        title=row.title,
        system=row.system_ref,
        standing=row.standing,
        because=row.because,
        place=row.place,
        severity=row.severity,
        owner=row.owner,
        due_on=row.due_on,
        ticket_url=row.ticket_url,
    )
