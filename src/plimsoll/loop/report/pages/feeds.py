"""Calendar feeds: secret addresses from which calendars read what is due."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.calendar import DayEvent, write_calendar
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.ledger.selectors import latest_entry
from plimsoll.loop.report import selectors, services
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.shortcuts import page

REACHES = {"mine": "What I have to do", "program": "Everything with a day in the program"}


@require_safe
def feeds(request: HttpRequest, program: str) -> HttpResponse:
    """The addresses from which calendars read days of this program."""
    return _feeds(request, program)


def _feeds(request: HttpRequest, program: str, *, secret: str = "") -> HttpResponse:
    actor, found = actor_and_program(request, program)
    return page(
        request,
        "report/feeds.html",
        {
            "title": "Calendar feeds",
            "slug": found.slug,
            "feeds": [(row, REACHES[row.reach]) for row in selectors.feeds_of(actor, found.id)],
            "reaches": REACHES.items() if actor.may("people:feed:issue", found.id) else (),
            "address": request.build_absolute_uri(f"/calendar/{secret}.ics") if secret else "",
            "crumbs": [(found.name, f"/{found.slug}/"), ("Calendar feeds", "")],
        },
    )


@require_POST
def issue_feed(request: HttpRequest, program: str) -> HttpResponse:
    """Issues a feed and shows its address once."""
    actor, found = actor_and_program(request, program)
    _, secret = services.issue_feed(actor=actor, program_id=found.id, reach=request.POST.get("reach", ""))
    return _feeds(request, program, secret=secret)


@require_POST
def revoke_feed(request: HttpRequest, program: str, feed: int) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    services.revoke_feed(actor=actor, program_id=found.id, feed_id=feed)
    messages.success(request, "The feed is revoked; calendars get nothing from it any more.")
    return redirect(f"/{found.slug}/feeds/")


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The days of a feed as iCalendar. Nobody signs in: who knows the address reads it.

    The validator is made of the newest log entry of the program and of the day, so that a calendar that
    asks again is answered without reading anything else.
    """
    feed, actor, found = selectors.feed_of_secret(secret)
    now = clock.now()
    newest = latest_entry(found.id)
    base = f"{request.scheme}://{request.get_host()}"
    seen = [feed.id, newest.id if newest else -1, now.date().isoformat(), base]
    etag = f'"{digest_value(seen)[:32]}"'
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        name = f"{found.name}: {REACHES[feed.reach].lower()}"
        place = settings.PLIMSOLL_LOG_NAME.replace("/", ".")
        events = [
            DayEvent(
                uid=f"{day.key}.{found.slug}@{place}", on=day.on, summary=day.summary, url=base + day.path
            )
            for day in selectors.due_days(actor, found, feed.reach, now=now)
        ]
        content = write_calendar(name=name, events=events, changed_at=newest.at if newest else feed.issued_at)
        answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = f'inline; filename="{found.slug}.ics"'
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer
