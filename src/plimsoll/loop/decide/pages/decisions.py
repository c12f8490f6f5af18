"""Decisions and what has to be done after them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.kernel import clock
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Due, Link, Mono, Person, RefLink, Stamp, Tag, Text
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page


def _spec(systems: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="decisions",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="decision", label="Decision", wide=True),
            Column(key="outcome", label="Outcome", sort=("outcome",)),
            Column(key="gate", label="Gate", sort=("gate__number",)),
            Column(key="by", label="Decided by", sort=("decided_by__name",)),
            Column(key="at", label="When", sort=("decided_at",)),
        ),
        filters=(
            Filter(key="outcome", label="Outcome", choices=[(o.value, o.label) for o in Outcome]),
            Filter(key="system", label="System", choices=systems),
        ),
        default_sort="-ref",
    )


@require_safe
def decisions(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = selectors.decisions_page(actor, found.id, query)
        return [_row(found.slug, row) for row in rows], total

    return list_page(
        request,
        spec=_spec(scope.system_choices(actor, found.id)),
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Decisions", "")],
        listing={
            "title": "Decisions",
            "sentence": "What was decided at which gate, by whom, on which frozen facts.",
            "empty": "Nothing is decided yet. A decision is made in a gate, once it is frozen and signed.",
            "empty_action": ("Gates", f"/{found.slug}/gates/"),
            "actions": [("Waivers", f"/{found.slug}/waivers/")],
            "views": saved_views(actor, found.id, "decisions"),
        },
    )


def _row(slug: str, row: selectors.DecisionRow) -> Row:
    url = address(slug, row.ref)
    return Row(
        key=row.ref,
        url=url,
        cells={
            "ref": RefLink(row.ref, url, row.reason),
            "decision": Link(f"{row.system} → {row.stage.label}", url),
            "outcome": Tag(row.outcome.label),
            "gate": RefLink(row.gate_ref, address(slug, row.gate_ref)),
            "by": Person(row.decided_by),
            "at": Stamp(row.decided_at),
        },
    )


@require_safe
def decision(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = selectors.decision_by_ref(actor, found.id, ref)
    conditions = selectors.conditions_of(actor, found.id, decision_ids=[row.id])
    signatures = selectors.signatures_on([row.snapshot_id]).get(row.snapshot_id, [])
    today = clock.today()
    return page(
        request,
        "decide/decision.html",
        {
            "record": {
                "title": f"{row.outcome.label.capitalize()}: {row.system} → {row.stage.label}",
                "ref": row.ref,
                "kind": "Decision",
                "state": [Tag(row.outcome.label)],
                "facts": [
                    ("Gate", RefLink(row.gate_ref, address(found.slug, row.gate_ref))),
                    ("Decided by", Person(row.decided_by)),
                    ("When", Stamp(row.decided_at)),
                    ("Option", Text(row.option or "none named")),
                    (
                        "Snapshot",
                        Mono(f"{row.snapshot_number}: {row.snapshot_digest[:12]}…", row.snapshot_digest),
                    ),
                ],
            },
            "row": row,
            "slug": found.slug,
            "conditions": [
                (c, Due(c.due_on, today, done=c.met_at is not None), c.owner_id != actor.user_id)
                for c in conditions
            ],
            "may_close": actor.may("decide:condition:close", found.id),
            "signatures": signatures,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Decisions", f"/{found.slug}/decisions/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )


@require_POST
def close_condition(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = services.close_condition(
        actor=actor, program_id=found.id, condition_id=selectors.condition_id(actor, found.id, ref)
    )
    messages.success(request, f"CND-{row.number} is met.")
    return redirect(address(found.slug, f"DEC-{row.decision.number}"))
