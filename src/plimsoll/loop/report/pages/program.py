"""Home, the program at a glance, what waits for me, and the brief."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from plimsoll.engines.mark import MarkFacts, draw_mark
from plimsoll.engines.reports import html
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.document import Document
from plimsoll.kernel import clock
from plimsoll.loop.decide import facts as decide_facts
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.report import selectors
from plimsoll.loop.report.facts import brief_facts
from plimsoll.loop.report.pages.audiences import views_beside
from plimsoll.loop.report.pages.papers import as_markdown, as_pdf
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program, actor_from, standing
from plimsoll.ui.addresses import address
from plimsoll.ui.shortcuts import page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My programs; for strangers, the door."""
    if not request.user.is_authenticated:
        return render(request, "ui/landing.html")
    programs = standing(request).programs
    return page(
        request,
        "report/home.html",
        {"title": "Programs", "programs": programs, "crumbs": [("Programs", "")]},
    )


@require_safe
def program_page(request: HttpRequest, program: str) -> HttpResponse:
    """Every system with its mark, its status and its next gate."""
    actor, found = actor_and_program(request, program)
    systems = scope.systems_of(actor, found.id)
    dossiers = decide_facts.dossiers(actor, found.id, systems, now=clock.now())
    gates = decide.gates_of(actor, found.id)
    rows = []
    for system in systems:
        dossier = dossiers[system.id]
        status = decide_facts.system_status(dossier)
        promise = system.next_promise
        ahead = next(
            (g for g in gates if g.system_id == system.id and promise and g.stage is promise.stage), None
        )
        rows.append(
            {
                "system": system,
                "url": address(found.slug, system.ref),
                "status": status,
                "promise": promise,
                "gate": decide_facts.evaluate_gate(ahead, dossier) if ahead else None,
                "gate_url": address(found.slug, ahead.ref) if ahead else "",
                "confidence": dossier.sheet.scope.confidence,
                "mark": draw_mark(
                    MarkFacts(system=system.name, stage=system.stage.stage), prefix=system.ref.lower()
                ),
            }
        )
    return page(
        request,
        "report/program.html",
        {
            "title": found.name,
            "program": found,
            "rows": rows,
            "waiting": selectors.waiting_for(actor, found, now=clock.now()),
            "may_describe": actor.may("scope:system:describe", found.id),
            "crumbs": [(found.name, "")],
        },
    )


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for me, over all my programs; with ?count=1 only how much it is."""
    actor = actor_from(request)
    now = clock.now()
    found = [
        (program, selectors.waiting_for(actor, program, now=now)) for program in standing(request).programs
    ]
    if request.GET.get("count"):
        count = sum(len(items) for _, items in found)
        return HttpResponse(str(count) if count else "", content_type="text/plain")
    return page(
        request,
        "report/waiting.html",
        {
            "title": "What waits for me",
            "found": [(program, items) for program, items in found if items],
            "crumbs": [("What waits for me", "")],
        },
    )


def _brief(request: HttpRequest, program: str) -> tuple[Document, str]:
    actor, found = actor_and_program(request, program)
    return compose_brief(brief_facts(actor, found, now=clock.now())), found.name


@require_safe
def brief(request: HttpRequest, program: str) -> HttpResponse:
    document, name = _brief(request, program)
    return page(
        request,
        "report/brief.html",
        {
            "title": document.title,
            "paper": html.render(document),
            "downloads": [("PDF", f"/{program}/brief.pdf"), ("Markdown", f"/{program}/brief.md")],
            "views": views_beside(program, f"/{program}/brief/"),
            "crumbs": [(name, f"/{program}/"), ("Brief", "")],
        },
    )


@require_safe
def brief_markdown(request: HttpRequest, program: str) -> HttpResponse:
    document, _ = _brief(request, program)
    return as_markdown(document, f"{program}-brief")


@require_safe
def brief_pdf(request: HttpRequest, program: str) -> HttpResponse:
    document, _ = _brief(request, program)
    return as_pdf(document, f"{program}-brief")
