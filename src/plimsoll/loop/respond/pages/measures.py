"""How long the steps of incidents took: medians and worst over the program, hazards apart."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.engines.incidents.kinds import Sort
from plimsoll.engines.incidents.metrics import Span, Summary
from plimsoll.kernel import clock
from plimsoll.loop.respond import facts
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.cells import Cell, Lapse, Nothing
from plimsoll.ui.shortcuts import page

__all__ = ["measures", "span_line"]

NAMES = {Sort.INCIDENT: "Incidents", Sort.HAZARD: "Hazards"}


@require_safe
def measures(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    sums = facts.response_times(actor, found.id, now=clock.now())
    return page(
        request,
        "respond/measures.html",
        {
            "title": "Times of response",
            "sentence": "Medians and worst over all incidents of the program; hazards are counted apart.",
            "tables": [(NAMES[s], sums[s].count, [_line(item) for item in sums[s].steps]) for s in Sort],
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Incidents", f"/{found.slug}/incidents/"),
                ("Times", ""),
            ],
        },
    )


def _line(item: Summary) -> dict[str, Any]:
    return {
        "words": item.measure.words.capitalize(),
        "median": Lapse(item.median, at_least=item.at_least) if item.median is not None else Nothing(),
        "worst": Lapse(item.worst, at_least=item.worst_lasts) if item.worst is not None else Nothing(),
        "ended": item.ended,
        "lasting": item.lasting,
        "unknown": item.unknown,
    }


def span_line(span: Span) -> tuple[str, Cell, str]:
    """One step of one incident: its name, how long, between which moments."""
    length: Cell = Nothing("not known")
    if span.length is not None:
        length = Lapse(span.length, at_least=not span.ended)
    return span.measure.words.capitalize(), length, span.why
