"""The scoping room: questions ranked by what they settle, the three sets, and what changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.chasing import Unknown
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, NotApplicable, Question
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.forms import POLICIES
from plimsoll.loop.scope.pages.systems import tier_range
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import day
from plimsoll.ui.shortcuts import page

REASONS = [(r.value, r.value.replace("_", " ")) for r in NotApplicable]


@require_safe
def room(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    sheet = selectors.scope_sheet(actor, system, now=clock.now())
    by_topic = request.GET.get("order") == "topic"
    url = f"/{found.slug}/scope/{system.ref}/"
    may = actor.may("scope:question:answer", found.id)
    return page(
        request,
        "scope/room.html",
        {
            "title": f"What must {system.name} show",
            "kind": "Scope",
            "ref": system.ref,
            "sentence": system.sentence,
            "system": system,
            "sheet": sheet,
            "url": url,
            "may": may,
            "tier_range": tier_range(sheet),
            "law_url": f"/{found.slug}/law/{system.ref}/",
            "by_topic": by_topic,
            "groups": _groups(sheet, url, by_topic=by_topic),
            "unknown_count": len(sheet.unknowns),
            "assumed_count": len(sheet.working.assumed),
            "certain_share": len(sheet.scope.certain),
            "whole": len(sheet.scope.items),
            "steps": _steps(found.slug, sheet, may_promise=actor.may("scope:system:describe", found.id)),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (system.name, address(found.slug, system.ref)),
                ("Scope", ""),
            ],
        },
    )


def _steps(slug: str, sheet: selectors.ScopeSheet, *, may_promise: bool) -> list[dict[str, str]]:
    system = sheet.system
    owned = all(u.question in sheet.open_assumptions for u in sheet.unknowns)
    answered = bool(sheet.values)
    return [
        {"label": "Describe", "state": "done", "url": address(slug, system.ref)},
        {"label": "Answer", "state": "done" if answered and owned else "current", "url": ""},
        {
            "label": "Promise a stage",
            "state": "done" if system.promises else "next",
            "url": address(slug, system.ref, "promise") if may_promise else "",
        },
        {"label": "Prove", "state": "next", "url": f"/{slug}/requirements/"},
        {"label": "Brief", "state": "next", "url": f"/{slug}/brief/"},
    ]


def _groups(
    sheet: selectors.ScopeSheet, url: str, *, by_topic: bool
) -> list[tuple[str, list[dict[str, Any]]]]:
    """Headings with their questions: by topic, or the unknown ones in chasing order first."""
    questions = load_catalog().question_set
    ranked = {u.question: u for u in sheet.unknowns}
    if by_topic:
        grouped: dict[str, list[dict[str, Any]]] = {}
        for q in questions.questions:
            grouped.setdefault(q.group, []).append(_question(q, sheet, ranked.get(q.id), url))
        return list(grouped.items())
    settling = [u for u in sheet.unknowns if u.settles_best]
    idle = [u for u in sheet.unknowns if not u.settles_best]
    answered = [q for q in questions.questions if q.id in sheet.values]
    named = [
        ("Unknown, most settling first", [_question(questions[u.question], sheet, u, url) for u in settling]),
        ("Unknown, settles nothing today", [_question(questions[u.question], sheet, u, url) for u in idle]),
        ("Answered", [_question(q, sheet, None, url) for q in answered]),
    ]
    return [(heading, listed) for heading, listed in named if listed]


def _question(
    question: Question, sheet: selectors.ScopeSheet, unknown: Unknown | None, url: str
) -> dict[str, Any]:
    answer = sheet.answers.get(question.id)
    chosen = answer.value if answer else ""
    assumption = sheet.open_assumptions.get(question.id)
    meta = []
    if unknown and unknown.settles_best:
        worst, best = unknown.settles_worst, unknown.settles_best
        meta.append(f"settles {worst}" if worst == best else f"settles {worst} to {best}")
    if answer:
        reason = f", {answer.reason.replace('_', ' ')}" if answer.reason else ""
        meta.append(f"{question.label(answer.value)}{reason} · {answer.source}")
    return {
        "code": question.id,
        "url": f"{url}answer/",
        "text": question.ask,
        "help": question.help,
        "meta": meta,
        "chosen": chosen or ("unknown" if assumption else ""),
        "answers": [
            {"value": o.value, "label": o.label, "chosen": o.value == chosen} for o in question.options
        ],
        "reasons": REASONS,
        "assumption": _assumption(assumption) if assumption else "",
    }


def _assumption(row: selectors.AssumptionRow) -> str:
    when = day(row.due_on, clock.today())
    if row.state.value == "expired":
        return f"{row.ref}: expired on {when}, so it counts as the worst case"
    return f"{row.ref}: {POLICIES[row.policy].partition(':')[0].lower()}, {row.owner} finds out by {when}"


@require_POST
def answer(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """Records one answer; the message offers to undo it."""
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    given = request.POST if "answer" in request.POST else request.GET
    code, value = given.get("question", ""), given.get("answer", "")
    if not code:
        raise BadInput("No question was named.", hint="Answer one in the room.")
    question = selectors.question(code)
    if not value:
        raise BadInput(f"No answer to {code} was chosen.", hint="Choose one of its answers.")
    before = selectors.scope_sheet(actor, system, now=clock.now())
    old = before.answers.get(code)
    services.answer(
        actor=actor,
        system_id=system.id,
        question=code,
        value=value,
        reason=given.get("reason", ""),
        source=f"by {actor.name}",
    )
    after = selectors.scope_sheet(actor, system, now=clock.now())
    diff = selectors.scope_diff(actor, system, before.version, after.version)
    undo = urlencode(
        {
            "question": code,
            "answer": old.value if old else "unknown",
            "reason": old.reason if old else "",
        }
    )
    moved = f"{len(diff.moves)} requirement{'s' if len(diff.moves) != 1 else ''} moved"
    word = question.label(value) if value != NOT_APPLICABLE else "does not apply"
    url = f"/{found.slug}/scope/{system.ref}/"
    messages.success(
        request,
        f"{code}: {word}. {moved if diff.moves else 'Nothing moved'}.",
        extra_tags=f"undo:{url}answer/?{undo}",
    )
    order = "?order=topic" if request.POST.get("order") == "topic" else ""
    return redirect(f"{url}{order}")


@require_safe
def versions(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The versions of a scope, and what changed between two of them."""
    actor, found = actor_and_program(request, program)
    system = selectors.system_by_ref(actor, found.id, ref)
    listed = selectors.versions_of(actor, system)
    newest = listed[0].number if listed else 0
    after = _number(request.GET.get("to", ""), newest)
    before = _number(request.GET.get("from", ""), max(after - 1, 0))
    return page(
        request,
        "scope/versions.html",
        {
            "title": f"How the scope of {system.name} changed",
            "system": system,
            "versions": listed,
            "before": before,
            "after": after,
            "diff": selectors.scope_diff(actor, system, before, after),
            "questions": load_catalog().question_set,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (system.name, address(found.slug, system.ref)),
                ("Scope", f"/{found.slug}/scope/{system.ref}/"),
                ("Versions", ""),
            ],
        },
    )


def _number(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadInput(f"“{text[:20]}” is not a version number.")
    return int(text)
