"""Tasks of incidents: taken from playbooks, given to people, ticked off."""

from __future__ import annotations

from datetime import datetime

from plimsoll.adapters.playbooks import load_playbooks
from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Role
from plimsoll.engines.incidents.playbook import DueTask, Playbook, fitting_playbooks, tasks_from
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond.models import Incident, IncidentTask
from plimsoll.loop.respond.services.opening import incident_for, member, note, person
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["add_fitting_tasks", "add_playbook", "change_task", "hand_over", "tick_task"]


def add_fitting_tasks(row: Incident, system: scope.SystemRow) -> list[IncidentTask]:
    """The tasks of every playbook that is for the kind and not yet there; inside the caller's `writing()`.

    A playbook that only may fit waits until somebody knows the kind or adds it.
    """
    kind = IncidentKind(
        component=Component(row.component) if row.component else None,
        concern=Concern(row.concern) if row.concern else None,
    )
    fitting = [
        fit.playbook
        for fit in fitting_playbooks(load_playbooks(), kind)
        if fit.judgement.verdict is Verdict.MET
    ]
    there = set(IncidentTask.objects.filter(incident=row).values_list("playbook", flat=True))
    return [task for book in fitting if book.id not in there for task in _add(row, book, system)]


def _add(row: Incident, book: Playbook, system: scope.SystemRow) -> list[IncidentTask]:
    people = {
        Role.COMMANDER: row.commander_id,
        Role.SCRIBE: row.scribe_id,
        Role.OWNER: system.owner_id,
        Role.OFF_SWITCH_HOLDER: system.holder_id,
    }
    return [
        IncidentTask.objects.create(incident=row, version=book.version, **_fields(due, people))
        for due in tasks_from(book, declared_at=row.declared_at)
    ]


def _fields(due: DueTask, people: dict[Role, int | None]) -> dict[str, object]:
    task = due.task
    return {
        "playbook": due.playbook,
        "task": task.id,
        "phase": task.phase.value,
        "title": task.title,
        "role": task.role.value,
        "authority": task.authority.value if task.authority else "",
        "evidence_first": list(task.evidence_first),
        "after": list(task.after),
        "owner_id": people.get(task.role),
        "due_at": due.due,
    }


def hand_over(row: Incident, commander_id: int, scribe_id: int | None) -> list[IncidentTask]:
    """Open tasks of the two roles go from whoever had them to whoever has them now; in `writing()`."""
    moved: list[IncidentTask] = []
    for role, before, after in (
        (Role.COMMANDER, commander_id, row.commander_id),
        (Role.SCRIBE, scribe_id, row.scribe_id),
    ):
        if before == after:
            continue
        for task in IncidentTask.objects.filter(
            incident=row, role=role.value, owner_id=before, done_at=None
        ).order_by("pk"):
            task.owner_id = after
            task.save(update_fields=["owner_id"])
            moved.append(task)
    return moved


def add_playbook(*, actor: Actor, incident_id: int, playbook: str) -> int:
    """Adds the tasks of a playbook that somebody chose; returns how many."""
    row = incident_for(actor, incident_id, "respond:incident:change")
    book = next((book for book in load_playbooks() if book.id == playbook), None)
    if book is None:
        raise BadInput(f"There is no playbook “{playbook[:40]}”.", data={"field": "playbook"})
    system = scope.system_by_id(actor, row.system_id)
    with writing(system.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if IncidentTask.objects.filter(incident=row, playbook=book.id).exists():
            raise Conflict(f"INC-{row.number} has the tasks of that playbook already.")
        tasks = _add(row, book, system)
        note(actor, row, EventKind.INCIDENT_TASK_CHANGED, {"playbook": book.id, "added": len(tasks)}, tasks)
    return len(tasks)


def change_task(
    *,
    actor: Actor,
    incident_id: int,
    task_id: int,
    owner_id: int | None = None,
    due_at: datetime | None = None,
) -> IncidentTask:
    """Gives a task to a person, or another due time."""
    row = incident_for(actor, incident_id, "respond:incident:change")
    changes: dict[str, object] = {}
    if owner_id is not None:
        changes["owner_id"] = member(owner_id, row.program_id, field="owner", what="The owner")
    if due_at is not None:
        if due_at.utcoffset() is None or due_at < row.declared_at:
            raise BadInput("A task is due after the declaration.", data={"field": "due_at"})
        changes["due_at"] = due_at
    if not changes:
        raise BadInput("Nothing was given to change.", hint="Choose an owner or a time.")
    with writing(row.program_id):
        if IncidentTask.objects.filter(pk=task_id, incident=row, done_at=None).update(**changes) != 1:
            raise NotFound(f"INC-{row.number} has no such open task.")
        task = IncidentTask.objects.get(pk=task_id)
        note(
            actor,
            row,
            EventKind.INCIDENT_TASK_CHANGED,
            {"task": task.task, "changed": sorted(changes)},
            [task],
        )
    return task


def tick_task(*, actor: Actor, incident_id: int, task_id: int, done: bool = True) -> IncidentTask:
    """Ticks a task off, or opens it again; the log keeps both."""
    row = incident_for(actor, incident_id, "respond:incident:change")
    who = person(actor, what="A task is ticked off")
    with writing(row.program_id):
        rows = IncidentTask.objects.filter(pk=task_id, incident=row, done_at__isnull=done)
        changed = (
            rows.update(done_at=clock.now(), done_by_id=who)
            if done
            else rows.update(done_at=None, done_by=None)
        )
        if changed != 1:
            raise Conflict(
                f"INC-{row.number} has no such {'open' if done else 'ticked'} task.",
                hint="Somebody may have ticked it meanwhile.",
            )
        task = IncidentTask.objects.get(pk=task_id)
        note(actor, row, EventKind.INCIDENT_TASK_CHANGED, {"task": task.task, "done": done}, [task])
    return task
