"""Tasks and milestones, each with what it waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan.models import Predecessor, Task
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import ListQuery, page_of, read_cursor

__all__ = [
    "TaskRow",
    "task_by_ref",
    "tasks_after",
    "tasks_due",
    "tasks_following",
    "tasks_named",
    "tasks_of",
    "tasks_page",
    "tasks_under",
]

ENDED = ("done", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    id: int
    program_id: int
    ref: str
    kind: str
    title: str
    system_id: int | None
    system: str
    system_ref: str
    requirement: str
    """Ref of the requirement that it serves; empty if none."""
    requirement_title: str
    owner_id: int
    owner: str
    owner_handle: str
    state: str
    starts_on: date | None
    due_on: date
    days: tuple[Decimal, Decimal, Decimal] | None
    """Working days: lowest, best, highest."""
    ticket_url: str
    after: tuple[str, ...]
    """Refs of what must be done before, by number."""
    waits_for: tuple[str, ...]
    """Those of them that are neither done nor dropped."""
    planned_at: datetime

    @property
    def ended(self) -> bool:
        return self.state in ENDED


def tasks_of(actor: Actor, program_id: int) -> list[TaskRow]:
    """Every task and milestone of a program, by number; two queries."""
    must_see(actor, program_id)
    return _rows(Task.objects.filter(program_id=program_id).order_by("number"))


def tasks_page(actor: Actor, program_id: int, query: ListQuery) -> tuple[list[TaskRow], int]:
    """One page of a program's tasks and how many there are; three queries."""
    must_see(actor, program_id)
    rows = Task.objects.filter(program_id=program_id)
    for key, column in (
        ("kind", "kind"),
        ("state", "state"),
        ("system", "system__number"),
        ("owner", "owner_id"),
    ):
        if key in query.chosen:
            rows = rows.filter(**{column: query.chosen[key]})
    if query.search:
        rows = rows.filter(Q(title__icontains=query.search) | Q(requirement__title__icontains=query.search))
    return _rows(page_of(rows, query, last="number")), rows.count()


def tasks_after(actor: Actor, program_id: int, *, after: str, limit: int) -> tuple[list[TaskRow], str | None]:
    """At most `limit` tasks after a cursor, by number, and the next cursor; two queries."""
    must_see(actor, program_id)
    start, count = read_cursor(after, limit)
    rows = Task.objects.filter(program_id=program_id, number__gt=start).order_by("number")
    found = _rows(rows[: count + 1])
    return found[:count], found[count - 1].ref.split("-")[1] if len(found) > count else None


def tasks_due(actor: Actor, program_id: int, *, owner_id: int, until: date) -> list[TaskRow]:
    """What a person owns that has not ended and is due by a day; two queries."""
    must_see(actor, program_id)
    rows = Task.objects.filter(program_id=program_id, owner_id=owner_id, due_on__lte=until)
    return _rows(rows.exclude(state__in=ENDED).order_by("due_on", "number"))


def tasks_under(actor: Actor, program_id: int, requirement_id: int) -> list[TaskRow]:
    """The tasks that serve a requirement, by due date; two queries."""
    must_see(actor, program_id)
    rows = Task.objects.filter(program_id=program_id, requirement_id=requirement_id)
    return _rows(rows.order_by("due_on", "number"))


def tasks_following(actor: Actor, program_id: int, task_id: int) -> list[TaskRow]:
    """The tasks that wait for a task, by number; two queries."""
    must_see(actor, program_id)
    rows = Task.objects.filter(program_id=program_id, predecessors__before_id=task_id)
    return _rows(rows.order_by("number"))


def tasks_named(actor: Actor, program_id: int, text: str, *, most: int) -> list[TaskRow]:
    """Tasks whose title holds the text, by number; two queries."""
    must_see(actor, program_id)
    rows = Task.objects.filter(program_id=program_id, title__icontains=text)
    return _rows(rows.order_by("number")[:most])


def task_by_ref(actor: Actor, program_id: int, ref: str) -> TaskRow:
    must_see(actor, program_id)
    found = _rows(Task.objects.filter(program_id=program_id, number=number_of(ref, "TSK")))
    if not found:
        raise NotFound(f"There is no task {ref[:20]} in this program.")
    return found[0]


def _rows(rows: QuerySet[Task]) -> list[TaskRow]:
    listed = list(rows.select_related("owner", "system", "requirement"))
    before = _before([row.pk for row in listed])
    return [_row(row, before[row.pk]) for row in listed]


def _before(task_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Task → number and state of each task that it waits for, by number."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    if not task_ids:
        return found
    links = Predecessor.objects.filter(task_id__in=task_ids).order_by("before__number")
    for task_id, number, state in links.values_list("task_id", "before__number", "before__state"):
        found[task_id].append((number, state))
    return found


def _row(row: Task, before: list[tuple[int, str]]) -> TaskRow:
    days = None
    if row.days_low is not None and row.days_best is not None and row.days_high is not None:
        days = (row.days_low, row.days_best, row.days_high)
    return TaskRow(
        id=row.pk,
        program_id=row.program_id,
        ref=f"TSK-{row.number}",
        kind=row.kind,
        title=row.title,
        system_id=row.system_id,
        system=row.system.name if row.system else "",
        system_ref=f"SYS-{row.system.number}" if row.system else "",
        requirement=f"REQ-{row.requirement.number}" if row.requirement else "",
        requirement_title=row.requirement.title if row.requirement else "",
        owner_id=row.owner_id,
        owner=row.owner.name,
        owner_handle=row.owner.handle,
        state=row.state,
        starts_on=row.starts_on,
        due_on=row.due_on,
        days=days,
        ticket_url=row.ticket_url,
        after=tuple(f"TSK-{number}" for number, _ in before),
        waits_for=tuple(f"TSK-{number}" for number, state in before if state not in ENDED),
        planned_at=row.planned_at,
    )
