"""Waivers: the list by expiry, one with its three people, asking for one."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel import clock
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.forms import WaiverForm
from plimsoll.loop.plan import selectors as plan
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Due, Link, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

STATES = ("requested", "recommended", "in force", "expired", "refused", "revoked")
WAIVERS = ListSpec(
    name="waivers",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="requirement", label="Waives", wide=True),
        Column(key="system", label="System"),
        Column(key="state", label="State"),
        Column(key="recommendation", label="Security recommends"),
        Column(key="decision", label="Decided"),
        Column(key="requester", label="Asked by"),
        Column(key="ends", label="Ends"),
    ),
    filters=(Filter(key="state", label="State", choices=[(s, s) for s in STATES]),),
)


def title_of(rule: str) -> str:
    """The title of a requirement by its catalog id; the id if the catalog no longer has it."""
    catalog = load_catalog()
    entry = catalog.requirements.get(rule) or catalog.baseline.get(rule)
    return entry.title if entry else rule


@require_safe
def waivers(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    today = clock.today()

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        wanted = query.chosen.get("state")
        rows = [
            row
            for row in selectors.waivers_of(actor, found.id)
            if (not wanted or row.state(today) == wanted)
            and query.search.lower() in f"{row.rule} {row.system}".lower()
        ]
        rows.sort(key=lambda row: (row.state(today) != "in force", row.expires_on))
        shown = rows[query.offset : query.offset + 50]
        return [_row(found.slug, row) for row in shown], len(rows)

    return list_page(
        request,
        spec=WAIVERS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Waivers", "")],
        listing={
            "title": "Waivers",
            "sentence": "Requirements that are not met for a while, knowingly. Each ends by itself.",
            "empty": "Nothing is waived. A waiver is asked for at its requirement.",
            "empty_action": ("Requirements", f"/{found.slug}/requirements/"),
            "views": saved_views(actor, found.id, "waivers"),
        },
    )


def _row(slug: str, row: selectors.WaiverRow) -> Row:
    url, today = address(slug, row.ref), clock.today()
    state = row.state(today)
    return Row(
        key=row.ref,
        url=url,
        cells={
            "ref": RefLink(row.ref, url, row.reason),
            "requirement": Link(title_of(row.rule), url),
            "system": Text(row.system),
            "state": Tag(state),
            "recommendation": Text(row.recommendation) if row.recommendation else Nothing("not yet"),
            "decision": Text(row.decision) if row.decision else Nothing("not yet"),
            "requester": Person(row.requested_by),
            "ends": Due(row.expires_on, today, done=state in ("refused", "revoked")),
        },
    )


@require_safe
def waiver(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.waiver_by_ref(actor, found.id, ref)
    today = clock.today()
    state = row.state(today)
    mine = row.requested_by_id == actor.user_id
    return page(
        request,
        "decide/waiver.html",
        {
            "record": {
                "title": f"Waives {title_of(row.rule)}",
                "ref": row.ref,
                "kind": "Waiver",
                "state": [Tag(state)],
                "facts": [
                    ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                    ("Asked by", Person(row.requested_by)),
                    ("Security recommends", _said(row.recommendation, row.recommended_by)),
                    ("Decision", _said(row.decision, row.decided_by)),
                    ("Ends", Due(row.expires_on, today, done=state in ("refused", "revoked"))),
                ],
            },
            "row": row,
            "state": state,
            "slug": found.slug,
            "mine": mine,
            "may_recommend": actor.may("decide:waiver:recommend", found.id)
            and not mine
            and state == "requested",
            "may_decide": actor.may("decide:waiver:decide", found.id)
            and not mine
            and state == "recommended"
            and row.recommended_by != actor.name,
            "may_revoke": actor.may("decide:waiver:decide", found.id) and state == "in force",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Waivers", f"/{found.slug}/waivers/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )


def _said(word: str, by: str) -> Text | Nothing:
    return Text(f"{word}, {by}") if word else Nothing("not yet")


@require_http_methods(["GET", "POST"])
def request_waiver(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("decide:waiver:request", found.id)
    requirement = plan.requirement_by_ref(actor, found.id, ref)
    form = WaiverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.request_waiver(
                actor=actor,
                program_id=found.id,
                requirement_ref=requirement.ref,
                **form.cleaned_data,
            ),
        )
        if made:
            messages.success(request, "Asked for. Security recommends, then somebody else decides.")
            return redirect(address(found.slug, f"WVR-{made.number}"))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Waive {requirement.title}",
            "sentence": "For a while, with something in its place, and a way out.",
            "submit": "Ask for it",
            "cancel_url": address(found.slug, requirement.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (requirement.ref, address(found.slug, requirement.ref)),
                ("Waive", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_POST
def recommend_waiver(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.waiver_by_ref(actor, found.id, ref)
    services.recommend_waiver(
        actor=actor,
        program_id=found.id,
        waiver_id=row.id,
        recommendation=request.POST.get("recommendation", ""),
    )
    messages.success(request, f"Your recommendation on {row.ref} is recorded.")
    return redirect(address(found.slug, row.ref))


@require_POST
def decide_waiver(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.waiver_by_ref(actor, found.id, ref)
    services.decide_waiver(
        actor=actor, program_id=found.id, waiver_id=row.id, decision=request.POST.get("decision", "")
    )
    messages.success(request, f"Your decision on {row.ref} is recorded.")
    return redirect(address(found.slug, row.ref))


@require_POST
def revoke_waiver(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.waiver_by_ref(actor, found.id, ref)
    services.revoke_waiver(actor=actor, program_id=found.id, waiver_id=row.id)
    messages.success(request, f"{row.ref} is revoked.")
    return redirect(address(found.slug, row.ref))
