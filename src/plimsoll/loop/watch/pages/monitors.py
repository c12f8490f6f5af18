"""Monitors: what looks at production data, how often, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.engines.checks.result import Outcome
from plimsoll.kernel import clock
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.watch import selectors, services
from plimsoll.loop.watch.forms import MonitorForm
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Link, Mono, Nothing, Person, RefLink, Stamp, Tag, Text, VerdictCell
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import PAGE_SIZE, Column, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

MONITORS = ListSpec(
    name="monitors",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="name", label="Monitor", wide=True),
        Column(key="system", label="System"),
        Column(key="last", label="Last look"),
        Column(key="at", label="Looked"),
        Column(key="due", label="Looks next"),
        Column(key="owner", label="Owner"),
    ),
)


@require_safe
def monitors(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    may = actor.may("watch:monitor:declare", found.id)
    new = ("Declare a monitor", f"/{found.slug}/monitors/new/")

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        text = query.search.lower()
        rows = [
            row
            for row in selectors.monitors_of(actor, found.id)
            if text in f"{row.name} {row.system}".lower()
        ]
        shown = rows[query.offset : query.offset + PAGE_SIZE]
        return [_row(found.slug, row) for row in shown], len(rows)

    return list_page(
        request,
        spec=MONITORS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Monitors", "")],
        listing={
            "title": "Monitors",
            "sentence": "What looks again and again whether production still resembles what was shown.",
            "empty": "Nothing is watched yet. A monitor compares current rows with a reference.",
            "empty_action": new if may else None,
            "actions": [*([new] if may else []), ("Signals", f"/{found.slug}/signals/")],
            "views": saved_views(actor, found.id, "monitors"),
        },
    )


def _row(slug: str, row: selectors.MonitorRow) -> Row:
    url = address(slug, row.ref)
    due = row.due_at()
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url, row.name),
        "name": Link(row.name, url),
        "system": Text(row.system),
        "last": _seen(row.outcome, row.answer, row.trouble),
        "at": Stamp(row.last_run_at) if row.last_run_at else Nothing("not yet"),
        "due": Tag("paused") if due is None else Stamp(due),
        "owner": Person(row.owner),
    }
    return Row(key=row.ref, url=url, cells=cells)


def _seen(outcome: str, answer: str, trouble: str) -> Cell:
    if trouble:
        return Tag("could not look", hatched=True)
    return VerdictCell(Outcome(outcome).verdict, answer) if outcome else Nothing("not yet")


@require_http_methods(["GET", "POST"])
def new_monitor(request: HttpRequest, program: str) -> HttpResponse:
    """Declares a monitor of a system."""
    actor, found = actor_and_program(request, program)
    actor.must("watch:monitor:declare", found.id)
    systems = scope.systems_of(actor, found.id)
    asked = request.POST.get("system", "") or request.GET.get("system", "")
    chosen = next((s for s in systems if s.ref == asked), systems[0] if len(systems) == 1 else None)
    if chosen is None:
        return page(
            request,
            "watch/choose.html",
            {
                "title": "Declare a monitor",
                "systems": systems,
                "slug": found.slug,
                "crumbs": [
                    (found.name, f"/{found.slug}/"),
                    ("Monitors", f"/{found.slug}/monitors/"),
                    ("New", ""),
                ],
            },
        )
    form = _form(request, actor, found, chosen)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        new = _asked(given)
        made = attempt(form, lambda: services.declare_monitor(actor=actor, system_id=chosen.id, new=new))
        if made:
            messages.success(request, f"MON-{made.number} looks for the first time within a minute.")
            return redirect(address(found.slug, f"MON-{made.number}"))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Watch {chosen.name}",
            "sentence": "Compares current rows with a reference, column by column, again and again.",
            "submit": "Declare it",
            "action": f"/{found.slug}/monitors/new/?system={chosen.ref}",
            "cancel_url": f"/{found.slug}/monitors/",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Monitors", f"/{found.slug}/monitors/"),
                ("New", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def _form(request: HttpRequest, actor: Actor, found: ProgramRow, system: scope.SystemRow) -> MonitorForm:
    form = MonitorForm(request.POST or None, initial={"owner": system.owner_id})
    with_choices(form, "owner", [(m.id, m.name) for m in members_of(actor, found.id)])
    models = [a for a in scope.assets_of(actor, found.id) if a.system_id == system.id and a.kind == "model"]
    with_choices(form, "model", [(a.ref, a.name) for a in models], empty="None named")
    return form


def _asked(given: Mapping[str, Any]) -> services.NewMonitor:
    return services.NewMonitor(
        name=given["name"],
        reference=given["reference"],
        current=given["current"],
        every_hours=given["every_hours"],
        owner_id=int(given["owner"]),
        model_ref=given["model"],
        columns=_names(given["columns"]),
        categories=_names(given["categories"]),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


@require_safe
def monitor(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """One monitor with its looks, the newest first."""
    actor, found = actor_and_program(request, program)
    row = selectors.monitor_by_ref(actor, found.id, ref)
    due = row.due_at()
    return page(
        request,
        "watch/monitor.html",
        {
            "record": {
                "title": row.name,
                "ref": row.ref,
                "kind": "Monitor",
                "state": [Tag("paused")] if row.paused else [],
                "facts": [
                    ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                    ("Reference", Mono(row.reference)),
                    ("Current", Mono(row.current)),
                    (
                        "Model",
                        RefLink(row.model_ref, address(found.slug, row.model_ref))
                        if row.model_ref
                        else Nothing("none named"),
                    ),
                    ("Looks", Text(_every(row.every_hours))),
                    ("Looks next", Stamp(due) if due else Nothing("paused")),
                    ("Owner", Person(row.owner)),
                ],
            },
            "row": row,
            "waits": due is not None and due <= clock.now(),
            "runs": [
                (run, _seen(run.outcome, run.answer, run.trouble)) for run in selectors.runs_of(actor, row)
            ],
            "slug": found.slug,
            "may": actor.may("watch:monitor:declare", found.id),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Monitors", f"/{found.slug}/monitors/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )


def _every(hours: int) -> str:
    return f"every {hours // 24} days" if hours % 24 == 0 and hours > 24 else f"every {hours} hours"


@require_POST
def ask(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.monitor_by_ref(actor, found.id, ref)
    services.ask_monitor(actor=actor, program_id=found.id, monitor_id=row.id)
    messages.success(request, "It looks within a minute.")
    return redirect(address(found.slug, row.ref))


@require_POST
def pause(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.monitor_by_ref(actor, found.id, ref)
    services.pause_monitor(actor=actor, program_id=found.id, monitor_id=row.id, paused=not row.paused)
    messages.success(request, "It looks again." if row.paused else "It is paused.")
    return redirect(address(found.slug, row.ref))
