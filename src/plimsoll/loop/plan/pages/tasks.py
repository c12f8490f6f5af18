"""Tasks and milestones as a list and one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.forms import KINDS, STATES, TaskForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Cell, Due, Link, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt, chosen_day, chosen_owner, with_choices
from plimsoll.ui.lists import BulkAction, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page


def _spec(systems: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="tasks",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="title", label="Task", sort=("title",), wide=True),
            Column(key="under", label="Under", sort=("system__name", "requirement__number")),
            Column(key="state", label="State", sort=("state",)),
            Column(key="waits", label="Waits for"),
            Column(key="owner", label="Owner", sort=("owner__name",)),
            Column(key="due", label="Due", sort=("due_on",)),
            Column(key="starts", label="Starts", sort=("starts_on",), optional=True),
            Column(key="days", label="Working days", sort=("days_best",), numeric=True, optional=True),
            Column(key="kind", label="Kind", sort=("kind",), optional=True),
        ),
        filters=(
            Filter(key="kind", label="Kind", choices=[(value, value) for value, _ in KINDS]),
            Filter(key="state", label="State", choices=[(s, s) for s in STATES]),
            Filter(key="system", label="System", choices=systems),
            Filter(key="owner", label="Owner", choices=people),
        ),
        groups=(("under", "System"), ("state", "State"), ("owner", "Owner")),
        default_sort="due",
        bulk=(
            BulkAction(key="owner", label="Set owner", field="owner", choices=people),
            BulkAction(key="state", label="Set state", field="state", choices=[(s, s) for s in STATES]),
            BulkAction(key="due", label="Set due date", field="due_on", kind="date"),
        ),
    )


@require_safe
def tasks(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    people = [(str(p.id), p.name) for p in members_of(actor, found.id)]
    spec = _spec(scope.system_choices(actor, found.id), people)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = selectors.tasks_page(actor, found.id, query)
        return [_row(found.slug, row, query.group) for row in rows], total

    may = actor.may("plan:task:change", found.id)
    new = ("Plan a task", f"/{found.slug}/tasks/new/")
    return list_page(
        request,
        spec=spec,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Tasks", "")],
        listing={
            "title": "Tasks",
            "sentence": "Tasks and milestones: who does what by when, and what it waits for.",
            "empty": "Nothing is planned. Plan the first task, or bring a list from a spreadsheet.",
            "empty_action": new if may else None,
            "actions": [*([new] if may else []), ("Spreadsheet", f"/{found.slug}/worksheets/tasks/")],
            "views": saved_views(actor, found.id, "tasks"),
            "bulk_url": f"/{found.slug}/tasks/change/" if may else "",
        },
    )


def _row(slug: str, row: selectors.TaskRow, group: str) -> Row:
    url = address(slug, row.ref)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url),
        "title": Link(row.title, url),
        "under": under(slug, row),
        "state": (Tag(row.state), Tag("milestone")) if row.kind == "milestone" else Tag(row.state),
        "waits": refs(slug, row.waits_for),
        "owner": Person(row.owner),
        "due": Due(row.due_on, clock.today(), done=row.ended),
        "starts": Due(row.starts_on, clock.today(), done=True) if row.starts_on else Nothing(),
        "days": days(row),
        "kind": Text(row.kind),
    }
    groups = {"under": row.system or "No system", "state": row.state, "owner": row.owner}
    return Row(key=row.ref, url=url, cells=cells, group=groups.get(group, ""))


def under(slug: str, row: selectors.TaskRow) -> Cell | tuple[Cell, ...]:
    """The system and requirement that it belongs to."""
    if not row.system:
        return Nothing("the whole program")
    if not row.requirement:
        return Text(row.system)
    return (Text(row.system), RefLink(row.requirement, address(slug, row.requirement), row.requirement_title))


def refs(slug: str, names: Sequence[str]) -> Cell | tuple[Cell, ...]:
    """Refs with their pages; nothing if there are none."""
    return tuple(RefLink(name, address(slug, name)) for name in names) or Nothing()


def days(row: selectors.TaskRow) -> Cell:
    """The three-point duration."""
    if row.days is None:
        return Nothing("no estimate")
    low, best, high = (f"{value.normalize():f}" for value in row.days)
    return Amount(best, interval=f"{low} – {high}")


@require_POST
def change_tasks(request: HttpRequest, program: str) -> HttpResponse:
    """The bulk bar: one owner, state or due date for all selected tasks."""
    actor, found = actor_and_program(request, program)
    chosen, action = request.POST.getlist("ref"), request.POST.get("action", "")
    if not chosen:
        raise BadInput("No task was selected.", hint="Tick some rows first.")
    changed = services.change_tasks(
        actor=actor,
        program_id=found.id,
        refs=chosen,
        owner_id=chosen_owner(request.POST.get("owner", "")) if action == "owner" else None,
        state=request.POST.get("state", "") if action == "state" else None,
        due_on=chosen_day(request.POST.get("due_on", "")) if action == "due" else None,
    )
    count = len(changed)
    messages.success(request, f"{count} task{'s were' if count != 1 else ' was'} changed.")
    return redirect(f"/{found.slug}/tasks/")


def _form(
    request: HttpRequest, actor: Actor, found: ProgramRow, initial: dict[str, Any]
) -> tuple[TaskForm, dict[str, int]]:
    """The form with its choices, and the systems by ref."""
    form = TaskForm(request.POST or None, initial=initial)
    systems = scope.systems_of(actor, found.id)
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)])
    with_choices(
        form, "system", [(s.ref, s.name) for s in systems], empty="The whole program, or the requirement's"
    )
    return form, {s.ref: s.id for s in systems}


def _plan(form: TaskForm, systems: dict[str, int]) -> services.TaskPlan:
    given = form.cleaned_data
    length = (given["days_low"], given["days_best"], given["days_high"])
    if None in length and any(value is not None for value in length):
        raise BadInput(
            "The working days are not complete.",
            hint="Give lowest, best and highest, or none of them.",
            data={"field": "days_best"},
        )
    return services.TaskPlan(
        title=given["title"],
        kind=given["kind"],
        owner_id=int(given["owner"]),
        state=given["state"],
        starts_on=given["starts_on"],
        due_on=given["due_on"],
        system_id=systems.get(given["system"]),
        requirement=given["requirement"].strip().upper(),
        days=None if None in length else length,
        after=tuple(dict.fromkeys(ref.upper() for ref in re.split(r"[\s,;]+", given["after"]) if ref)),
        ticket_url=given["ticket_url"],
    )


@require_http_methods(["GET", "POST"])
def new_task(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("plan:task:change", found.id)
    form, systems = _form(
        request,
        actor,
        found,
        {
            "owner": actor.user_id,
            "state": "open",
            "kind": request.GET.get("kind", "task"),
            "requirement": request.GET.get("requirement", ""),
        },
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.plan_tasks(actor=actor, program_id=found.id, tasks=[_plan(form, systems)]),
        )
        if made:
            messages.success(request, f"TSK-{made[0].number} is planned.")
            return redirect(address(found.slug, f"TSK-{made[0].number}"))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Plan a task",
            "sentence": "What is done, by whom, until when, and what it waits for.",
            "submit": "Plan it",
            "cancel_url": f"/{found.slug}/tasks/",
            "crumbs": [(found.name, f"/{found.slug}/"), ("Tasks", f"/{found.slug}/tasks/"), ("New", "")],
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    if request.method == "POST":
        actor.must("plan:task:change", found.id)
    row = selectors.task_by_ref(actor, found.id, ref)
    form, systems = _form(request, actor, found, _initial(row))
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form,
            lambda: services.rewrite_tasks(
                actor=actor, program_id=found.id, tasks={row.ref: _plan(form, systems)}
            ),
        )
        if changed is not None:
            messages.success(request, f"{row.ref} was changed." if changed else "Nothing was changed.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "plan/task.html",
        {
            "record": _record(found.slug, row),
            "row": row,
            "slug": found.slug,
            "after": [(name, address(found.slug, name), name in row.waits_for) for name in row.after],
            "following": [
                (other, address(found.slug, other.ref))
                for other in selectors.tasks_following(actor, found.id, row.id)
            ],
            "form": form if actor.may("plan:task:change", found.id) else None,
            "crumbs": [(found.name, f"/{found.slug}/"), ("Tasks", f"/{found.slug}/tasks/"), (row.ref, "")],
            **record_parts(actor, found, row.ref),
        },
        status=422 if form.errors else 200,
    )


def _initial(row: selectors.TaskRow) -> dict[str, Any]:
    low, best, high = row.days or (None, None, None)
    return {
        "title": row.title,
        "kind": row.kind,
        "owner": row.owner_id,
        "state": row.state,
        "starts_on": row.starts_on,
        "due_on": row.due_on,
        "system": row.system_ref,
        "requirement": row.requirement,
        "days_low": low,
        "days_best": best,
        "days_high": high,
        "after": ", ".join(row.after),
        "ticket_url": row.ticket_url,
    }


def _record(slug: str, row: selectors.TaskRow) -> dict[str, Any]:
    system = (
        RefLink(row.system_ref, address(slug, row.system_ref), row.system)
        if row.system_ref
        else Nothing("the whole program")
    )
    requirement = (
        RefLink(row.requirement, address(slug, row.requirement), row.requirement_title)
        if row.requirement
        else Nothing("none")
    )
    return {
        "title": row.title,
        "ref": row.ref,
        "kind": row.kind.capitalize(),
        "state": [Tag(row.state), *([Tag(f"waits for {len(row.waits_for)}")] if row.waits_for else [])],
        "facts": [
            ("System", system),
            ("Requirement", requirement),
            ("Owner", Person(row.owner)),
            ("Starts", Due(row.starts_on, clock.today(), done=True) if row.starts_on else Nothing("no day")),
            ("Due", Due(row.due_on, clock.today(), done=row.ended)),
            ("Working days", days(row)),
        ],
    }
