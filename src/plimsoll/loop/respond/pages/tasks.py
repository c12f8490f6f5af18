"""Tasks of an incident: ticked off, given to somebody, added from a playbook."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.forms import TaskForm
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import members_of
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.shortcuts import page

__all__ = ["add_playbook", "task", "tick"]


@require_POST
def tick(request: HttpRequest, program: str, ref: str, task: int) -> HttpResponse:
    """Ticks a task off; with undo=1 opens it again."""
    actor, found = actor_and_program(request, program)
    row = selectors.incident_by_ref(actor, found.id, ref)
    done = request.POST.get("undo", "") != "1"
    services.tick_task(actor=actor, incident_id=row.id, task_id=task, done=done)
    messages.success(request, "Ticked off." if done else "Opened again.")
    return redirect(f"{address(found.slug, row.ref)}#tasks")


@require_POST
def add_playbook(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """Adds the tasks of a playbook that may fit."""
    actor, found = actor_and_program(request, program)
    row = selectors.incident_by_ref(actor, found.id, ref)
    count = services.add_playbook(actor=actor, incident_id=row.id, playbook=request.POST.get("playbook", ""))
    messages.success(request, f"{count} tasks were added.")
    return redirect(f"{address(found.slug, row.ref)}#tasks")


@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, program: str, ref: str, task: int) -> HttpResponse:
    """Who does a task, and by when."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:change", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    item = next((t for t in selectors.tasks_of(row.id) if t.id == task), None)
    if item is None:
        raise NotFound(f"{row.ref} has no such task.")
    form = TaskForm(request.POST or None, initial={"owner": item.owner_id, "due_at": item.due_at})
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)], empty="Nobody yet")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.change_task(
                actor=actor,
                incident_id=row.id,
                task_id=task,
                owner_id=int(given["owner"]) if given["owner"] else None,
                due_at=given["due_at"],
            ),
        ):
            messages.success(request, "The task was changed.")
            return redirect(f"{address(found.slug, row.ref)}#tasks")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Change a task",
            "sentence": item.title,
            "cancel_url": address(found.slug, row.ref),
            "help": f"First take: {' '.join(item.evidence_first)}" if item.evidence_first else "",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Task", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
