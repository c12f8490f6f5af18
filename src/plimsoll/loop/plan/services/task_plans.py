"""What somebody plans a task to be, and whether that can be so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from graphlib import CycleError, TopologicalSorter

from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.kernel.text import unprintable
from plimsoll.loop.plan.models import TASK_KINDS, TASK_STATES, Predecessor, Requirement, Task
from plimsoll.loop.plan.services.wording import ticket_address
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import members_of

__all__ = ["Surroundings", "TaskPlan", "check_order", "check_plan"]

LONGEST_TITLE = 160
TENTH = Decimal("0.1")
MOST_DAYS = Decimal(2000)
MOST_BEFORE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPlan:
    """All that can be said of a task. `where` is what refusals call it, such as line 7."""

    title: str
    due_on: date
    kind: str = "task"
    system_id: int | None = None
    """Left out where a requirement is named: it belongs to that system."""
    requirement: str = ""
    """Ref of the requirement that it serves."""
    owner_id: int | None = None
    state: str = "open"
    starts_on: date | None = None
    days: tuple[Decimal, Decimal, Decimal] | None = None
    """Working days: lowest, best, highest."""
    after: tuple[str, ...] = ()
    """Refs of the tasks that must be done before, by number."""
    ticket_url: str = ""
    where: str = ""

    @property
    def words(self) -> str:
        return " ".join(self.title.split())

    @property
    def ticket(self) -> str:
        return ticket_address(self.ticket_url)

    def refuse(self, message: str, *, field: str, hint: str = "") -> BadInput:
        """The refusal, with the place of the plan in it."""
        place = f"{self.where[:1].upper()}{self.where[1:]}: " if self.where else ""
        return BadInput(f"{place}{message}", hint=hint, data={"field": field, "where": self.where})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a program holds that a task can point to; six queries, whatever the number of tasks."""

    members: frozenset[int]
    systems: frozenset[int]
    requirements: Mapping[str, Requirement]
    tasks: Mapping[str, Task]
    links: Mapping[int, list[Predecessor]]
    """Key of a task → what it waits for."""
    served: Mapping[int, str]
    """Key of a requirement → its ref."""
    numbers: Mapping[int, int]
    """Key of a task → its number."""

    @classmethod
    def of(cls, actor: Actor, program_id: int) -> Surroundings:
        links: dict[int, list[Predecessor]] = {}
        for link in Predecessor.objects.filter(task__program_id=program_id):
            links.setdefault(link.task_id, []).append(link)
        requirements = {f"REQ-{r.number}": r for r in Requirement.objects.filter(program_id=program_id)}
        tasks = {f"TSK-{t.number}": t for t in Task.objects.filter(program_id=program_id)}
        return cls(
            members=frozenset(person.id for person in members_of(actor, program_id)),
            systems=frozenset(system.id for system in scope.systems_of(actor, program_id)),
            requirements=requirements,
            tasks=tasks,
            links=links,
            served={row.pk: ref for ref, row in requirements.items()},
            numbers={row.pk: row.number for row in tasks.values()},
        )

    def row(self, ref: str) -> Task:
        found = self.tasks.get(ref.upper())
        if found is None:
            raise NotFound(f"There is no task {ref[:20]} in this program; nothing was changed.")
        return found

    def plan_of(self, ref: str) -> TaskPlan:
        """The task as it stands, in the form of a plan."""
        row = self.row(ref)
        before = sorted(self.numbers[link.before_id] for link in self.links.get(row.pk, ()))
        days = None
        if row.days_low is not None and row.days_best is not None and row.days_high is not None:
            days = (row.days_low, row.days_best, row.days_high)
        return TaskPlan(
            title=row.title,
            kind=row.kind,
            system_id=row.system_id,
            requirement=self.served[row.requirement_id] if row.requirement_id else "",
            owner_id=row.owner_id,
            state=row.state,
            starts_on=row.starts_on,
            due_on=row.due_on,
            days=days,
            after=tuple(f"TSK-{number}" for number in before),
            ticket_url=row.ticket_url,
        )

    def place_of(self, plan: TaskPlan) -> tuple[int | None, int | None]:
        """System and requirement of a plan that was checked."""
        if plan.requirement:
            served = self.requirements[plan.requirement.upper()]
            return served.system_id, served.pk
        return plan.system_id, None


def check_plan(plan: TaskPlan, here: Surroundings) -> None:
    """Raises BadInput if a task cannot be so."""
    if not 1 <= len(plan.words) <= LONGEST_TITLE:
        raise plan.refuse(
            f"The title has {len(plan.words)} characters.", field="title", hint=f"Write 1 to {LONGEST_TITLE}."
        )
    if unprintable(plan.title):
        raise plan.refuse("The title contains control characters.", field="title")
    for value, known, name in ((plan.kind, TASK_KINDS, "kind"), (plan.state, TASK_STATES, "state")):
        if value not in known:
            raise plan.refuse(
                f"There is no {name} “{value[:20]}”.", field=name, hint=f"Choose {', '.join(known)}."
            )
    if plan.owner_id is not None and plan.owner_id not in here.members:
        raise plan.refuse("The owner must be a member of the program.", field="owner")
    _check_place(plan, here)
    _check_length(plan)
    if len(plan.after) > MOST_BEFORE:
        raise plan.refuse(
            f"It waits for {len(plan.after)} tasks.",
            field="after",
            hint=f"At most {MOST_BEFORE}; put a milestone between.",
        )
    for ref in plan.after:
        if ref.upper() not in here.tasks:
            raise plan.refuse(f"There is no task {ref[:20]} to wait for.", field="after")
    try:
        _ = plan.ticket
    except BadInput as error:
        raise plan.refuse(error.message, field="ticket_url", hint=error.hint) from error


def _check_place(plan: TaskPlan, here: Surroundings) -> None:
    if plan.system_id is not None and plan.system_id not in here.systems:
        raise plan.refuse("There is no such system in this program.", field="system")
    if not plan.requirement:
        return
    served = here.requirements.get(plan.requirement.upper())
    if served is None:
        raise plan.refuse(
            f"There is no requirement {plan.requirement[:20]} in this program.",
            field="requirement",
            hint="Write its ref, such as REQ-3.",
        )
    if plan.system_id is not None and plan.system_id != served.system_id:
        raise plan.refuse(
            f"{plan.requirement} belongs to another system.",
            field="system",
            hint="Leave the system out, or name the requirement's.",
        )


def _check_length(plan: TaskPlan) -> None:
    if plan.kind == "milestone" and (plan.starts_on or plan.days or plan.state == "doing"):
        raise plan.refuse(
            "A milestone has a day and no length.",
            field="starts_on",
            hint="Leave start and days empty; its state is open, done or dropped.",
        )
    if plan.starts_on and plan.starts_on > plan.due_on:
        raise plan.refuse(
            f"It starts on {plan.starts_on} and is due on {plan.due_on}.",
            field="starts_on",
            hint="It starts on its due day or earlier.",
        )
    if plan.days is None:
        return
    low, best, high = plan.days
    if not 0 < low <= best <= high <= MOST_DAYS:
        raise plan.refuse(
            f"The working days {low:f}, {best:f}, {high:f} are not in order.",
            field="days_best",
            hint=f"Give lowest ≤ best ≤ highest, more than 0 and at most {MOST_DAYS}.",
        )
    if any(value != value.quantize(TENTH, ROUND_HALF_EVEN) for value in plan.days):
        raise plan.refuse("The working days are finer than tenths.", field="days_best", hint="Write 2.5.")


def check_order(here: Surroundings, changed: Mapping[str, TaskPlan]) -> None:
    """Raises BadInput if, after these changes, tasks would wait for each other in a circle."""
    graph = {
        ref: {f"TSK-{here.numbers[link.before_id]}" for link in here.links.get(row.pk, ())}
        for ref, row in here.tasks.items()
    }
    graph |= {ref.upper(): {before.upper() for before in plan.after} for ref, plan in changed.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        plan = next(p for ref, p in changed.items() if ref.upper() in circle)
        raise plan.refuse(
            f"The tasks would wait for each other in a circle: {' before '.join(circle[:6])}.",
            field="after",
            hint="Take one of them out.",
        ) from error
