"""When things were: one form for the milestones of an incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.forms import TimesForm
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page

__all__ = ["times"]


@require_http_methods(["GET", "POST"])
def times(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """Each moment on its own; those that nobody knows stay empty."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:change", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    known = {moment.name: moment.at for moment in selectors.moments_of([row.id]).get(row.id, [])}
    form = TimesForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        # The picker shows minutes: a time that was not touched keeps its seconds.
        given = {Milestone(n): form.cleaned_data[n] for n in form.changed_data if form.cleaned_data[n]}
        made = attempt(form, lambda: services.record_moments(actor=actor, incident_id=row.id, times=given))
        if made is not None:
            messages.success(
                request, f"{len(made)} {'time was' if len(made) == 1 else 'times were'} entered."
            )
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Times of {row.ref}",
            "sentence": "When each was, not when you enter it. Leave out what nobody knows.",
            "cancel_url": address(found.slug, row.ref),
            "help": "A correction keeps the former time in the log. What starts a clock of law is asked at "
            "that clock.",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Times", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
