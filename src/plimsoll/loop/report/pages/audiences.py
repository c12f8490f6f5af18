"""The record as the executive, engineering, product and compliance want it: page, Markdown, PDF."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.engines.reports import html
from plimsoll.engines.reports.audience import Audience, compose_view
from plimsoll.engines.reports.document import Document
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.report.facts import brief_facts
from plimsoll.loop.report.pages.papers import as_markdown, as_pdf
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.shortcuts import page

__all__ = ["audience_view", "audience_view_markdown", "audience_view_pdf", "views_beside"]


def views_beside(slug: str, here: str) -> list[tuple[str, str]]:
    """Labels and addresses of the brief and the four views, without the one that is shown."""
    shown = [("Brief", f"/{slug}/brief/")]
    shown += [(f"For {audience.value}", f"/{slug}/brief/{audience.value}/") for audience in Audience]
    return [(label, url) for label, url in shown if url != here]


def _view(request: HttpRequest, program: str, audience: str) -> tuple[Document, ProgramRow]:
    actor, found = actor_and_program(request, program)
    if audience not in set(Audience):
        raise NotFound(
            f"There is no view for “{audience[:30]}”.", hint=f"There are {', '.join(Audience)} and the brief."
        )
    return compose_view(brief_facts(actor, found, now=clock.now()), Audience(audience)), found


@require_safe
def audience_view(request: HttpRequest, program: str, audience: str) -> HttpResponse:
    document, found = _view(request, program, audience)
    base = f"/{program}/brief/{audience}"
    return page(
        request,
        "report/brief.html",
        {
            "title": document.title,
            "paper": html.render(document),
            "downloads": [("PDF", f"{base}.pdf"), ("Markdown", f"{base}.md")],
            "views": views_beside(program, f"{base}/"),
            "crumbs": [
                (found.name, f"/{program}/"),
                ("Brief", f"/{program}/brief/"),
                (f"For {audience}", ""),
            ],
        },
    )


@require_safe
def audience_view_markdown(request: HttpRequest, program: str, audience: str) -> HttpResponse:
    document, _ = _view(request, program, audience)
    return as_markdown(document, f"{program}-{audience}")


@require_safe
def audience_view_pdf(request: HttpRequest, program: str, audience: str) -> HttpResponse:
    document, _ = _view(request, program, audience)
    return as_pdf(document, f"{program}-{audience}")
