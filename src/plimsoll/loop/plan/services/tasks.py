"""Plans and changes tasks and milestones; each step of each task stands in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key
from plimsoll.loop.plan.models import Predecessor, Task
from plimsoll.loop.plan.services.task_plans import Surroundings, TaskPlan, check_order, check_plan
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import reserve_refs
from plimsoll.people.selectors import program_slug

__all__ = ["change_tasks", "plan_tasks", "rewrite_tasks", "write_tasks"]


def plan_tasks(*, actor: Actor, program_id: int, tasks: Sequence[TaskPlan]) -> list[Task]:
    """Enters one or many tasks or milestones; all or none. The owner is the planner where none is given."""
    return write_tasks(actor=actor, program_id=program_id, new=tasks, changed={})


def rewrite_tasks(*, actor: Actor, program_id: int, tasks: Mapping[str, TaskPlan]) -> list[Task]:
    """Puts what is planned in the place of what the tasks with these refs say; all or none."""
    return write_tasks(actor=actor, program_id=program_id, new=(), changed=tasks)


def change_tasks(
    *,
    actor: Actor,
    program_id: int,
    refs: Sequence[str],
    owner_id: int | None = None,
    due_on: date | None = None,
    state: str | None = None,
) -> list[Task]:
    """Changes owner, due date or state of one or many tasks; all or none."""
    actor.must("plan:task:change", program_id)
    if owner_id is None and due_on is None and state is None:
        raise BadInput("Nothing was given to change.", hint="Choose an owner, a date or a state.")
    if not refs:
        raise NotFound("No task was chosen.")
    with writing(program_id):
        here = Surroundings.of(actor, program_id)
        changed = {}
        for ref in dict.fromkeys(f"TSK-{scope.number_of(ref, 'TSK')}" for ref in refs):
            plan = here.plan_of(ref)
            changed[ref] = replace(
                plan,
                owner_id=owner_id if owner_id is not None else plan.owner_id,
                due_on=due_on or plan.due_on,
                state=state if state is not None else plan.state,
                where=ref if len(refs) > 1 else "",
            )
        return write_tasks(actor=actor, program_id=program_id, new=(), changed=changed)


def _check(here: Surroundings, new: Sequence[TaskPlan], changed: Mapping[str, TaskPlan]) -> None:
    for plan in (*new, *changed.values()):
        check_plan(plan, here)
    for ref in changed:
        here.row(ref)
    check_order(here, changed)


def write_tasks(
    *, actor: Actor, program_id: int, new: Sequence[TaskPlan], changed: Mapping[str, TaskPlan]
) -> list[Task]:
    """Enters the new ones and rewrites the others in one transaction; all or none."""
    actor.must("plan:task:change", program_id)
    if actor.user_id is None:
        raise NotAllowed("A task is planned by a person.")
    with writing(program_id):
        here = Surroundings.of(actor, program_id)
        _check(here, new, changed)
        slug = program_slug(program_id)
        refs = reserve_refs(program_id, RefKind.TASK, count=len(new)) if new else []
        written = []
        for plan, ref in zip(new, refs, strict=True):
            row = Task(
                program_id=program_id,
                number=ref.number,
                planned_by_id=actor.user_id,
                planned_at=clock.now(),
            )
            written.append(_write(actor, slug, row, plan, here))
        for name, plan in changed.items():
            row = here.row(name)
            if here.plan_of(name) != replace(plan, where=""):
                written.append(_write(actor, slug, row, plan, here))
    return written


def _write(actor: Actor, slug: str, row: Task, plan: TaskPlan, here: Surroundings) -> Task:
    """Saves one task with what it waits for, and its entry."""
    kind = EventKind.TASK_CHANGED if row.pk else EventKind.TASK_PLANNED
    row.kind, row.title, row.state = plan.kind, plan.words, plan.state
    row.system_id, row.requirement_id = here.place_of(plan)
    row.owner_id = plan.owner_id or actor.user_id or 0
    row.starts_on, row.due_on, row.ticket_url = plan.starts_on, plan.due_on, plan.ticket
    row.days_low, row.days_best, row.days_high = plan.days or (None, None, None)
    row.save()
    wanted = {here.row(ref).pk for ref in plan.after}
    had = {link.before_id: link for link in here.links.get(row.pk, ())}
    gone = [link for before, link in had.items() if before not in wanted]
    removed = [record_key(link) for link in gone]
    Predecessor.objects.filter(pk__in=[link.pk for link in gone]).delete()
    made = [Predecessor.objects.create(task=row, before_id=pk) for pk in sorted(wanted - set(had))]
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{slug}/TSK-{row.number}",
        payload={"system": row.system_id, "state": row.state},
        program_id=row.program_id,
        records=[row, *made],
        removed=removed,
    )
    return row
