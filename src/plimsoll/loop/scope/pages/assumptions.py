"""Assumptions: what is acted on while something is unknown, and who finds out by when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.forms import POLICIES, AssumptionForm
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow, members_of, saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Due, Link, Mono, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt, with_choices
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

STATES = ("open", "expired", "confirmed", "refuted", "retired")
ASSUMPTIONS = ListSpec(
    name="assumptions",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="question", label="What is not known", wide=True),
        Column(key="system", label="System"),
        Column(key="state", label="State"),
        Column(key="policy", label="Acted on"),
        Column(key="owner", label="Finds out"),
        Column(key="due", label="Due"),
    ),
    filters=(Filter(key="state", label="State", choices=[(s, s) for s in STATES]),),
)


@require_safe
def assumptions(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows = selectors.assumptions_of(actor, found.id, now=clock.now())
        wanted = query.chosen.get("state")
        kept = [
            _row(found.slug, r)
            for r in rows
            if (not wanted or r.state.value == wanted)
            and query.search.lower() in f"{r.question} {r.system} {r.owner}".lower()
        ]
        return kept[query.offset : query.offset + 50], len(kept)

    return list_page(
        request,
        spec=ASSUMPTIONS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Assumptions", "")],
        listing={
            "title": "Assumptions",
            "sentence": "What is acted on while something is unknown; expired ones count as worst case.",
            "empty": "Nothing is assumed. Mark a question as unknown and an assumption is made of it.",
            "empty_action": ("Scope", f"/{found.slug}/scope/"),
            "views": saved_views(actor, found.id, "assumptions"),
        },
    )


def _row(slug: str, row: selectors.AssumptionRow) -> Row:
    url = address(slug, row.ref)
    return Row(
        key=row.ref,
        url=url,
        cells={
            "ref": RefLink(row.ref, url, row.question),
            "question": Link(f"{row.question}: {load_catalog().question_set[row.question].ask}", url),
            "system": Text(row.system),
            "state": Tag(row.state.value, hatched=row.acts),
            "policy": Text(row.in_force.value.replace("_", " ")),
            "owner": Person(row.owner),
            "due": Due(row.due_on, clock.today(), done=not row.acts),
        },
    )


@require_http_methods(["GET", "POST"])
def assumption(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    if request.method == "POST":
        actor.must("scope:assumption:make", found.id)
    row = selectors.assumption_by_ref(actor, found.id, ref, now=clock.now())
    question = load_catalog().question_set[row.question]
    form = AssumptionForm(
        request.POST if "save" in request.POST or request.method == "POST" else None,
        initial={
            "policy": row.policy.value,
            "value": row.value,
            "owner": row.owner_id,
            "due_on": row.due_on,
            "find_out": row.find_out,
        },
    )
    with_choices(form, "value", [(o.value, o.label) for o in question.options], empty="None")
    with_choices(form, "owner", [(p.id, p.name) for p in members_of(actor, found.id)])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.assume(
                actor=actor,
                system_id=row.system_id,
                question=row.question,
                policy=Policy(given["policy"]),
                value=given["value"],
                owner_id=int(given["owner"]),
                due_on=given["due_on"] if given["due_on"] != row.due_on else None,
                find_out=given["find_out"],
            ),
        ):
            messages.success(request, f"{row.ref} was changed.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "scope/assumption.html",
        {
            **_assumption(actor, found, row),
            "form": form
            if row.state is AssumptionState.OPEN and actor.may("scope:assumption:make", found.id)
            else None,
            "convert_url": f"/{found.slug}/raid/{row.ref}/convert/"
            if actor.may("plan:issue:change", found.id)
            else "",
            **record_parts(actor, found, row.ref),
        },
        status=422 if form.errors else 200,
    )


def _assumption(actor: Actor, found: ProgramRow, row: selectors.AssumptionRow) -> dict[str, Any]:
    """What the page shows besides its form, history and comments."""
    question = load_catalog().question_set[row.question]
    system = selectors.system_by_ref(actor, found.id, row.system_ref)
    sheet = selectors.scope_sheet(actor, system, now=clock.now())
    may_answer = row.acts and actor.may("scope:question:answer", found.id)
    return {
        "record": {
            "title": question.ask,
            "ref": row.ref,
            "kind": "Assumption",
            "state": [Tag(row.state.value, hatched=row.acts)],
            "facts": [
                ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                ("Question", Mono(row.question)),
                ("Acted on", Text(POLICIES[row.in_force])),
                ("Working value", Text(question.label(row.value) if row.value else "none")),
                ("Finds out", Person(row.owner)),
                ("Due", Due(row.due_on, clock.today(), done=not row.acts)),
            ],
        },
        "row": row,
        "question": question,
        "unknown": next((u for u in sheet.unknowns if u.question == row.question), None),
        "titles": {i.rule.id: i.rule.title for i in sheet.scope.items},
        "answer_url": f"/{found.slug}/scope/{row.system_ref}/answer/" if may_answer else "",
        "crumbs": [
            (found.name, f"/{found.slug}/"),
            ("Assumptions", f"/{found.slug}/assumptions/"),
            (row.ref, ""),
        ],
    }
