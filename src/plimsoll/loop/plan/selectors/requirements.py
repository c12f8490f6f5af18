"""Requirements as work, joined with what the catalog says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan.models import Requirement
from plimsoll.loop.plan.selectors.adopted import AdoptedRow, adopted_row
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import ListQuery, page_of, read_cursor

__all__ = [
    "RequirementRow",
    "requirement_by_ref",
    "requirement_rows",
    "requirements_after",
    "requirements_due",
    "requirements_in_force",
    "requirements_named",
    "requirements_of",
    "requirements_page",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    rule: str
    title: str
    place: str
    severity: str
    standing: str
    because: str
    owner_id: int
    owner: str
    owner_handle: str
    due_on: date
    ticket_url: str
    adopted: AdoptedRow | None = None
    """What the program adopted; None for a requirement of the catalog."""

    @property
    def entry(self) -> RequirementEntry | None:
        """What the catalog, or the program itself, says of it; None if the catalog no longer has it."""
        if self.adopted is not None:
            return self.adopted.entry
        catalog = load_catalog()
        return catalog.requirements.get(self.rule) or catalog.baseline.get(self.rule)


def requirements_of(actor: Actor, program_id: int, system_ids: Iterable[int]) -> list[RequirementRow]:
    """The requirements in force of some systems; one query."""
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id, system_id__in=list(system_ids))
    return [_row(row) for row in _joined(rows.exclude(standing="dropped")).order_by("number")]


def requirements_in_force(actor: Actor, program_id: int) -> list[RequirementRow]:
    """The requirements in force of all systems, by number; one query."""
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id).exclude(standing="dropped")
    return requirement_rows(rows.order_by("number"))


def requirements_page(actor: Actor, program_id: int, query: ListQuery) -> tuple[list[RequirementRow], int]:
    """One page of a program's requirements and how many there are; two queries."""
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id)
    chosen = query.chosen
    if chosen.get("standing") != "dropped":
        rows = rows.exclude(standing="dropped")
    for key, column in (
        ("standing", "standing"),
        ("system", "system__number"),
        ("place", "place"),
        ("severity", "severity"),
        ("owner", "owner_id"),
    ):
        if key in chosen:
            rows = rows.filter(**{column: chosen[key]})
    if query.search:
        rows = rows.filter(Q(title__icontains=query.search) | Q(rule__icontains=query.search))
    return [_row(row) for row in _joined(page_of(rows, query, last="number"))], rows.count()


def requirements_after(
    actor: Actor, program_id: int, *, after: str, limit: int
) -> tuple[list[RequirementRow], str | None]:
    """At most `limit` requirements in force after a cursor, and the next cursor; one query."""
    must_see(actor, program_id)
    start, count = read_cursor(after, limit)
    rows = Requirement.objects.filter(program_id=program_id, number__gt=start)
    ordered = _joined(rows.exclude(standing="dropped")).order_by("number")
    found = [_row(row) for row in ordered[: count + 1]]
    return found[:count], found[count - 1].ref.split("-")[1] if len(found) > count else None


def requirements_due(actor: Actor, program_id: int, *, owner_id: int, until: date) -> list[RequirementRow]:
    """The requirements in force that a person owns and that are due by a day; one query."""
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id, owner_id=owner_id, due_on__lte=until).exclude(
        standing="dropped"
    )
    return [_row(row) for row in _joined(rows).order_by("due_on", "number")]


def requirements_named(actor: Actor, program_id: int, text: str, *, most: int) -> list[RequirementRow]:
    """Requirements in force whose title holds the text, by number; one query."""
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id, title__icontains=text)
    return [_row(row) for row in _joined(rows.exclude(standing="dropped")).order_by("number")[:most]]


def requirement_by_ref(actor: Actor, program_id: int, ref: str) -> RequirementRow:
    must_see(actor, program_id)
    rows = Requirement.objects.filter(program_id=program_id, number=number_of(ref, "REQ"))
    row = _joined(rows).first()
    if row is None:
        raise NotFound(f"There is no requirement {ref[:20]} in this program.")
    return _row(row)


def requirement_rows(rows: QuerySet[Requirement]) -> list[RequirementRow]:
    """The rows as everybody reads them; one query. The caller checks who may see them."""
    return [_row(row) for row in _joined(rows)]


def _joined(rows: QuerySet[Requirement]) -> QuerySet[Requirement]:
    return rows.select_related("owner", "system", "adopted")


def _row(row: Requirement) -> RequirementRow:
    return RequirementRow(
        id=row.pk,
        program_id=row.program_id,
        system_id=row.system_id,
        system=row.system.name,
        system_ref=f"SYS-{row.system.number}",
        ref=f"REQ-{row.number}",
        rule=row.rule,
        title=row.title,
        place=row.place,
        severity=row.severity,
        standing=row.standing,
        because=row.because,
        owner_id=row.owner_id,
        owner=row.owner.name,
        owner_handle=row.owner.handle,
        due_on=row.due_on,
        ticket_url=row.ticket_url,
        adopted=adopted_row(row.adopted) if row.adopted else None,
    )
