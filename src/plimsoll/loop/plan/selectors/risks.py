"""The risk register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan.models import Risk
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import ListQuery, page_of, read_cursor

__all__ = ["RiskRow", "risk_by_ref", "risk_rows", "risks_after", "risks_named", "risks_of", "risks_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    id: int
    program_id: int
    system_id: int | None
    system: str
    system_ref: str
    ref: str
    title: str
    cause: str
    event: str
    consequence: str
    catalog_id: str
    owner_id: int
    owner: str
    owner_handle: str
    state: str
    due_on: date | None
    probability: tuple[float, float, float] | None
    """Lowest, best, highest per year, as one person estimated."""
    loss: tuple[Decimal, Decimal] | None
    """90 % range of the loss if it happens."""
    currency: str
    estimated_by: str
    raised_at: datetime


def risks_of(actor: Actor, program_id: int) -> list[RiskRow]:
    """Every risk of a program that is not closed, by number; one query."""
    must_see(actor, program_id)
    rows = Risk.objects.filter(program_id=program_id).exclude(state="closed")
    return [_row(row) for row in _joined(rows).order_by("number")]


def risks_page(actor: Actor, program_id: int, query: ListQuery) -> tuple[list[RiskRow], int]:
    """One page of a program's risks and how many there are; two queries."""
    must_see(actor, program_id)
    rows = Risk.objects.filter(program_id=program_id)
    for key, column in (("state", "state"), ("system", "system__number"), ("owner", "owner_id")):
        if key in query.chosen:
            rows = rows.filter(**{column: query.chosen[key]})
    if query.search:
        text = query.search
        rows = rows.filter(Q(title__icontains=text) | Q(catalog_id__iexact=text))
    return [_row(row) for row in _joined(page_of(rows, query, last="number"))], rows.count()


def risks_after(actor: Actor, program_id: int, *, after: str, limit: int) -> tuple[list[RiskRow], str | None]:
    """At most `limit` risks after a cursor, by number, and the next cursor; one query."""
    must_see(actor, program_id)
    start, count = read_cursor(after, limit)
    rows = Risk.objects.filter(program_id=program_id, number__gt=start).order_by("number")
    found = [_row(row) for row in _joined(rows)[: count + 1]]
    return found[:count], found[count - 1].ref.split("-")[1] if len(found) > count else None


def risks_named(actor: Actor, program_id: int, text: str, *, most: int) -> list[RiskRow]:
    """Risks whose title holds the text, by number; one query."""
    must_see(actor, program_id)
    rows = Risk.objects.filter(program_id=program_id, title__icontains=text)
    return [_row(row) for row in _joined(rows).order_by("number")[:most]]


def risk_by_ref(actor: Actor, program_id: int, ref: str) -> RiskRow:
    must_see(actor, program_id)
    rows = Risk.objects.filter(program_id=program_id, number=number_of(ref, "RSK"))
    row = _joined(rows).first()
    if row is None:
        raise NotFound(f"There is no risk {ref[:20]} in this program.")
    return _row(row)


def risk_rows(rows: QuerySet[Risk]) -> list[RiskRow]:
    """The rows as everybody reads them; one query. The caller checks who may see them."""
    return [_row(row) for row in _joined(rows)]


def _joined(rows: QuerySet[Risk]) -> QuerySet[Risk]:
    return rows.select_related("owner", "system", "estimated_by")


def _row(row: Risk) -> RiskRow:
    probability = None
    if (
        row.probability_low is not None
        and row.probability_best is not None
        and row.probability_high is not None
    ):
        probability = (row.probability_low, row.probability_best, row.probability_high)
    loss = None
    if row.loss_low is not None and row.loss_high is not None:
        loss = (row.loss_low, row.loss_high)
    return RiskRow(
        id=row.pk,
        program_id=row.program_id,
        system_id=row.system_id,
        system=row.system.name if row.system else "",
        system_ref=f"SYS-{row.system.number}" if row.system else "",
        ref=f"RSK-{row.number}",
        title=row.title,
        cause=row.cause,
        event=row.event,
        consequence=row.consequence,
        catalog_id=row.catalog_id,
        owner_id=row.owner_id,
        owner=row.owner.name,
        owner_handle=row.owner.handle,
        state=row.state,
        due_on=row.due_on,
        probability=probability,
        loss=loss,
        currency=row.currency,
        estimated_by=row.estimated_by.name if row.estimated_by else "",
        raised_at=row.raised_at,
    )
