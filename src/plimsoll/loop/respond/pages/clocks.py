"""One clock of an incident: both deadlines with their reasons, and what can be done about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.kernel import clock as clocks
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.forms import CloseForm, CloseWaitingForm, StartForm, SubmitForm
from plimsoll.loop.respond.pages.faces import clock_line, deadline
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Link, Nothing, RefLink, Tag, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page

__all__ = ["clock", "close_clock", "close_waiting", "start_clock", "submit"]


@require_safe
def clock(request: HttpRequest, program: str, ref: str, duty: str, stage: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    return _page(request, actor, found, ref, (duty, stage))


def _found(actor: Actor, found: ProgramRow, ref: str, key: tuple[str, str]) -> facts.IncidentClocks:
    row = selectors.incident_by_ref(actor, found.id, ref)
    known = facts.incident_clocks(actor, [row], now=clocks.now())[0]
    if known.clock(*key) is None:
        raise NotFound(f"{row.ref} has no such clock.", hint="The room shows its clocks, and what has none.")
    return known


def _page(
    request: HttpRequest,
    actor: Actor,
    found: ProgramRow,
    ref: str,
    key: tuple[str, str],
    **forms: StartForm | SubmitForm | CloseForm,
) -> HttpResponse:
    known = _found(actor, found, ref, key)
    row, running = known.incident, known.clock(*key)
    assert running is not None  # _found has looked
    offered = _forms(actor, row, running) | forms
    return page(
        request,
        "respond/clock.html",
        {
            "record": {
                "title": running.reading.duty.title,
                "ref": row.ref,
                "kind": "Clock of",
                "state": [clock_line(running, "")["state"], *_doubt(running)],
                "facts": _facts(found.slug, row, running),
            },
            "row": row,
            "slug": found.slug,
            "url": address(found.slug, row.ref, "clocks", *key),
            "running": running,
            "line": clock_line(running, ""),
            "law": f"{running.reading.duty.instrument}, {running.reading.duty.provision}",
            "other": running.reading.other,
            "other_plain": deadline(running.reading.other.plain, running.reading.authority)
            if running.reading.other
            else Nothing(),
            "submissions": [s for s in known.entered.submissions if (s.duty, s.stage) == key],
            **offered,
            **record_parts(actor, found, row.ref),
            "comments": [],  # they stand in the room
            "comment_url": "",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Clock", ""),
            ],
        },
        status=422 if forms else 200,
    )


def _doubt(running: RunningClock) -> list[Cell]:
    return [Tag("may apply", hatched=True)] if clock_line(running, "")["doubt"] else []


def _facts(slug: str, row: selectors.IncidentRow, running: RunningClock) -> list[tuple[str, Cell]]:
    line, duty = clock_line(running, ""), running.reading.duty
    return [
        ("Incident", RefLink(row.ref, address(slug, row.ref), row.title)),
        ("Stage", Text(line["stage"])),
        ("Jurisdiction", Text(duty.jurisdiction)),
        ("To", Text(duty.recipient) if duty.recipient else Nothing("nobody is named")),
        ("Rules", Link(duty.id, f"/{slug}/law/{row.system_ref}/")),
    ]


def _forms(actor: Actor, row: selectors.IncidentRow, running: RunningClock) -> dict[str, Any]:
    """What the reader may do about the clock as it stands."""
    event = load_clock_law().book.events[running.reading.stage.start_event]
    open_now = row.closed_at is None
    pending = open_now and running.state not in facts.OVER
    may_start = open_now and actor.may("respond:incident:change", row.program_id) and not event.submitted_by
    may_submit = pending and actor.may("respond:clock:submit", row.program_id)
    may_close = pending and actor.may("respond:clock:close", row.program_id) and actor.scopes is None
    start = running.reading.start
    return {
        "ask": event.ask,
        "start": StartForm(initial={"at": start}, auto_id="start_%s") if may_start else None,
        "submit": SubmitForm(auto_id="submit_%s") if may_submit else None,
        "close": CloseForm(auto_id="close_%s") if may_close else None,
    }


@require_POST
def start_clock(request: HttpRequest, program: str, ref: str, duty: str, stage: str) -> HttpResponse:
    """When the event was that starts this clock, and every other clock that starts with it."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:change", found.id)
    known = _found(actor, found, ref, (duty, stage))
    running = known.clock(duty, stage)
    assert running is not None  # _found has looked
    form, row = StartForm(request.POST, auto_id="start_%s"), known.incident
    event = running.reading.stage.start_event
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.record_trigger(actor=actor, incident_id=row.id, event=event, at=given["at"]),
        ):
            messages.success(request, "The time is entered; every clock that starts with it follows.")
            return redirect(f"{address(found.slug, row.ref)}#clocks")
    return _page(request, actor, found, ref, (duty, stage), start=form)


@require_POST
def submit(request: HttpRequest, program: str, ref: str, duty: str, stage: str) -> HttpResponse:
    """Something was done for the stage."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:clock:submit", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    form = SubmitForm(request.POST, auto_id="submit_%s")
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.submit_stage(
                actor=actor,
                incident_id=row.id,
                duty=duty,
                stage=stage,
                at=given["at"],
                reference=given["reference"],
            ),
        ):
            messages.success(request, "Recorded. Clocks that start with it run now.")
            return redirect(f"{address(found.slug, row.ref)}#clocks")
    return _page(request, actor, found, ref, (duty, stage), submit=form)


@require_POST
def close_clock(request: HttpRequest, program: str, ref: str, duty: str, stage: str) -> HttpResponse:
    """Nothing is to be done for the stage, and why."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:clock:close", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    form = CloseForm(request.POST, auto_id="close_%s")
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.close_clock(
                actor=actor,
                incident_id=row.id,
                duty=duty,
                stage=stage,
                reason=given["reason"],
                holds_until=given["holds_until"],
            ),
        ):
            messages.success(request, f"Closed and signed by {actor.name}.")
            return redirect(f"{address(found.slug, row.ref)}#clocks")
    return _page(request, actor, found, ref, (duty, stage), close=form)


@require_http_methods(["GET", "POST"])
def close_waiting(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """One reason and one signature for every clock whose event has no time."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:clock:close", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    known = facts.incident_clocks(actor, [row], now=clocks.now())[0]
    waiting = [c for c in known.pending if c.state is State.NOT_STARTED]
    form = CloseWaitingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        count = attempt(
            form,
            lambda: services.close_waiting_clocks(actor=actor, incident_id=row.id, reason=reason),
        )
        if count is not None:
            messages.success(request, f"{count} clocks were closed and signed by {actor.name}.")
            return redirect(f"{address(found.slug, row.ref)}#clocks")
    titles = "; ".join(dict.fromkeys(c.reading.duty.title for c in waiting))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Close {len(waiting)} clocks of {row.ref} that have not started",
            "sentence": "Each gets your signature. Look through them first: the room asks what starts each.",
            "submit": "Close and sign",
            "cancel_url": address(found.slug, row.ref),
            "help": titles,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Close clocks", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
