"""Incidents. This release cannot record them, and says so instead of showing an empty list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.people.requests import actor_and_program
from plimsoll.ui.shortcuts import page


@require_safe
def incidents(request: HttpRequest, program: str) -> HttpResponse:
    _, found = actor_and_program(request, program)
    return page(
        request,
        "respond/incidents.html",
        {"title": "Incidents", "crumbs": [(found.name, f"/{found.slug}/"), ("Incidents", "")]},
    )
