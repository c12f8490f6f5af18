"""Plan over HTTP: requirements, tasks and risks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from plimsoll.loop.plan import schemas, selectors, services
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program, member_id

router = Router(tags=["plan"])


@router.get("/{program}/requirements", response=schemas.RequirementsOut)
def requirements(request: HttpRequest, program: str, after: str = "", limit: int = 100) -> Any:
    """Requirements in force, by ref; `after` is the cursor that the last answer gave as `next`."""
    actor, found = actor_and_program(request, program)
    rows, following = selectors.requirements_after(actor, found.id, after=after, limit=limit)
    return {"items": [schemas.requirement_out(row) for row in rows], "next": following}


@router.get("/{program}/risks", response=schemas.RisksOut)
def risks(request: HttpRequest, program: str, after: str = "", limit: int = 100) -> Any:
    """All risks, by ref; `after` is the cursor that the last answer gave as `next`."""
    actor, found = actor_and_program(request, program)
    rows, following = selectors.risks_after(actor, found.id, after=after, limit=limit)
    return {"items": [schemas.risk_out(row) for row in rows], "next": following}


@router.post("/{program}/risks", response={201: schemas.RefsOut})
def raise_risks(request: HttpRequest, program: str, body: schemas.RisksIn) -> Any:
    """Enters one or many risks; all or none."""
    actor, found = actor_and_program(request, program)
    systems = {row.ref: row.id for row in scope.systems_of(actor, found.id)}
    made = services.raise_risks(
        actor=actor,
        program_id=found.id,
        risks=[_new_risk(actor, found.id, systems, risk) for risk in body.risks],
    )
    return Status(201, {"refs": [f"RSK-{row.number}" for row in made]})


@router.get("/{program}/tasks", response=schemas.TasksOut)
def tasks(request: HttpRequest, program: str, after: str = "", limit: int = 100) -> Any:
    """All tasks and milestones, by ref; `after` is the cursor that the last answer gave as `next`."""
    actor, found = actor_and_program(request, program)
    rows, following = selectors.tasks_after(actor, found.id, after=after, limit=limit)
    return {"items": [schemas.task_out(row) for row in rows], "next": following}


@router.post("/{program}/tasks", response={201: schemas.RefsOut})
def plan_tasks(request: HttpRequest, program: str, body: schemas.TasksIn) -> Any:
    """Plans one or many tasks or milestones; all or none."""
    actor, found = actor_and_program(request, program)
    systems = {row.ref: row.id for row in scope.systems_of(actor, found.id)}
    made = services.plan_tasks(
        actor=actor,
        program_id=found.id,
        tasks=[
            _task_plan(actor, found.id, systems, task, number)
            for number, task in enumerate(body.tasks, start=1)
        ],
    )
    return Status(201, {"refs": [f"TSK-{row.number}" for row in made]})


def _task_plan(
    actor: Actor, program_id: int, systems: dict[str, int], task: schemas.TaskIn, number: int
) -> services.TaskPlan:
    return services.TaskPlan(
        title=task.title,
        kind=task.kind,
        # a ref that is not among the systems becomes an id that no system has, and is refused
        system_id=systems.get(task.system, 0) if task.system else None,
        requirement=task.requirement,
        owner_id=member_id(actor, program_id, task.owner, field="owner") if task.owner else None,
        state=task.state,
        starts_on=task.starts_on,
        due_on=task.due_on,
        days=(task.days.low, task.days.best, task.days.high) if task.days else None,
        after=tuple(task.after),
        ticket_url=task.ticket_url,
        where=f"task {number}",
    )


def _new_risk(
    actor: Actor, program_id: int, systems: dict[str, int], risk: schemas.RiskIn
) -> services.NewRisk:
    return services.NewRisk(
        title=risk.title,
        # a ref that is not among the systems becomes an id that no system has, and is refused
        system_id=systems.get(risk.system, 0) if risk.system else None,
        owner_id=member_id(actor, program_id, risk.owner, field="owner") if risk.owner else None,
        cause=risk.cause,
        event=risk.event,
        consequence=risk.consequence,
        catalog_id=risk.catalog_id,
        due_on=risk.due_on,
    )
