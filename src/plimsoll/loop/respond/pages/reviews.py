"""The review of an incident, the lessons it proposes, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Stage
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.forms import LessonForm, ReviewForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.shortcuts import page

__all__ = ["close", "decide_lesson", "propose_lesson", "review"]


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """Trigger and root causes apart, and what the gate had said."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:review", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    passed = facts.passed_gate(actor, row)
    written = selectors.reviews_of([row.id]).get(row.id)
    form = ReviewForm(
        request.POST or None,
        initial={
            "trigger": written.trigger,
            "root_causes": "\n".join(written.root_causes),
            "criterion": written.criterion,
        }
        if written
        else None,
    )
    with_choices(form, "criterion", passed.asked if passed else [], empty="No criterion asked for it")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: services.write_review(
                actor=actor,
                incident_id=row.id,
                trigger=given["trigger"],
                root_causes=given["root_causes"].splitlines(),
                criterion=given["criterion"],
            ),
        )
        if made:
            messages.success(request, "The review is written. Propose what is to be asked from now on.")
            return redirect(f"{address(found.slug, row.ref)}#review")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Review {row.ref}",
            "sentence": row.title,
            "submit": "Write the review",
            "cancel_url": address(found.slug, row.ref),
            "help": _what_was_decided(passed),
            "crumbs": _crumbs(found, row, "Review"),
        },
        status=422 if form.errors else 200,
    )


def _what_was_decided(passed: facts.PassedGate | None) -> str:
    if passed is None:
        return "No gate had been decided for this system when it happened, so none was asked."
    made = passed.decision
    return (
        f"The criteria are those of {made.gate_ref} ({made.stage.label}) as {made.ref} was decided on them, "
        f"snapshot {passed.snapshot.number}. How the gate stood to the one you choose is read from there."
    )


def _crumbs(found: ProgramRow, row: selectors.IncidentRow, here: str) -> list[tuple[str, str]]:
    return [(found.name, f"/{found.slug}/"), (row.ref, address(found.slug, row.ref)), (here, "")]


@require_http_methods(["GET", "POST"])
def propose_lesson(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """A new criterion, and for which systems it is."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:lesson:propose", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    catalog = load_catalog()
    system = scope.system_by_id(actor, row.system_id)
    form = LessonForm(request.POST or None, initial={"required_from": system.label.value, "severity": "high"})
    with_choices(form, "controls", [(c.id, f"{c.id} {c.title}") for c in catalog.controls.values()])
    known = (*catalog.requirements.values(), *catalog.baseline.values())
    with_choices(form, "requirements", [(entry.id, entry.title) for entry in known])
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.propose_lesson(
                actor=actor, incident_id=row.id, lesson=_new_lesson(form.cleaned_data)
            ),
        )
        if made:
            messages.success(request, "Proposed. It is asked of nobody until it is accepted.")
            return redirect(f"{address(found.slug, row.ref)}#review")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"What {row.ref} teaches",
            "sentence": "A criterion that the gates ask for from now on, in every system that it fits.",
            "submit": "Propose it",
            "cancel_url": address(found.slug, row.ref),
            "help": "It starts without evidence, so the gate of each system that it fits turns to unknown. "
            "Where an unknown decides whether it fits, it is asked as well.",
            "crumbs": _crumbs(found, row, "Lesson"),
        },
        status=422 if form.errors else 200,
    )


def _new_lesson(given: dict[str, Any]) -> services.NewLesson:
    return services.NewLesson(
        title=given["title"],
        why=given["why"],
        acceptance=given["acceptance"],
        evidence=given["evidence"],
        severity=given["severity"],
        place=given["place"],
        required_from=Stage(given["required_from"]),
        controls=tuple(given["controls"]),
        everywhere=given["everywhere"],
        answers=_answers(given["answers"]),
        requirements=frozenset(given["requirements"]),
    )


def _answers(text: str) -> dict[str, frozenset[str]]:
    """Question → answers, from lines such as “A1: write, autonomous”."""
    found: dict[str, frozenset[str]] = {}
    for line in filter(str.strip, text.splitlines()):
        question, colon, answers = line.partition(":")
        values = frozenset(part.strip().replace(" ", "_") for part in answers.split(",") if part.strip())
        if not colon or not values:
            raise BadInput(
                f"“{line.strip()[:60]}” names no question and answer.",
                hint="Write a line such as A1: write, autonomous.",
                data={"field": "answers"},
            )
        found[question.strip().upper()] = values
    return found


@require_POST
def decide_lesson(request: HttpRequest, program: str, ref: str, lesson: int) -> HttpResponse:
    """Accepts or declines what was proposed."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:lesson:decide", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    decision = request.POST.get("decision", "")
    if decision not in ("accept", "decline"):
        raise BadInput(
            "Nothing was decided.", hint="Accept the lesson, or decline it.", data={"field": "decision"}
        )
    services.decide_lesson(actor=actor, incident_id=row.id, lesson_id=lesson, accept=decision == "accept")
    messages.success(
        request,
        "Accepted. Every system that it fits is asked for it now." if decision == "accept" else "Declined.",
    )
    return redirect(f"{address(found.slug, row.ref)}#review")


@require_POST
def close(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The end of an incident."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:close", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    services.close_incident(actor=actor, incident_id=row.id)
    messages.success(request, f"{row.ref} is closed.")
    return redirect(address(found.slug, row.ref))
