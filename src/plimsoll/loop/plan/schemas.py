"""What the API takes and gives for plan."""

from __future__ import annotations

from datetime import date

from ninja import Schema
from pydantic import ConfigDict, Field

from plimsoll.loop.plan.selectors import RequirementRow, RiskRow


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
