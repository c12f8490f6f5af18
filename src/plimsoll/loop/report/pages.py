"""Home, the program at a glance, what waits for me, and the brief."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.calendar import DayEvent, write_calendar
from plimsoll.adapters.pdf import render_pdf
from plimsoll.engines.mark import MarkFacts, draw_mark
from plimsoll.engines.reports import html, markdown, typst_source
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.document import Document
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.ledger.selectors import latest_entry
from plimsoll.loop.decide import facts as decide_facts
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.report import selectors, services
from plimsoll.loop.report.facts import brief_facts
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
            "crumbs": [(name, f"/{program}/"), ("Brief", "")],
        },
    )


@require_safe
def brief_markdown(request: HttpRequest, program: str) -> HttpResponse:
    document, _ = _brief(request, program)
    response = HttpResponse(markdown.render(document), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{program}-brief.md"'
    return response


@require_safe
def brief_pdf(request: HttpRequest, program: str) -> HttpResponse:
    document, _ = _brief(request, program)
    source = typst_source.render(document)
    pdf = render_pdf(source.text, source.files, created=clock.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{program}-brief.pdf"'
    return response


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
    seen = [feed.id, newest.index if newest else -1, now.date().isoformat(), base]
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
