"""One system: its mark, computed status, gates, assets and what is promised."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.engines.gates.status import Colour
from plimsoll.engines.mark import MarkFacts, draw_mark
from plimsoll.kernel import clock
from plimsoll.kernel.units import percent
from plimsoll.loop.decide import facts, selectors, services
from plimsoll.loop.decide.forms import UpdateForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Due, Link, Nothing, Person, StatusCell, Tag, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page


@require_safe
def system(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = scope.system_by_ref(actor, found.id, ref)
    dossier = facts.dossiers(actor, found.id, [row], now=clock.now())[row.id]
    status = facts.system_status(dossier)
    gates = [
        facts.evaluate_gate(gate, dossier)
        for gate in selectors.gates_of(actor, found.id)
        if gate.system_id == row.id
    ]
    today = clock.today()
    confidence = dossier.sheet.scope.confidence
    return page(
        request,
        "decide/system.html",
        {
            "record": {
                "title": row.name,
                "ref": row.ref,
                "kind": "System",
                "state": [StatusCell(status.colour)],
                "facts": [
                    ("Owner", Person(row.owner)),
                    ("Off switch", Person(row.holder) if row.holder else Nothing("nobody is named")),
                    ("Stage", _stage(row)),
                    (
                        "Scope confidence",
                        Amount(percent(confidence)) if confidence is not None else Nothing(),
                    ),
                    ("Requirements", Link(str(len(dossier.proofs.requirements)), _filtered(found.slug, row))),
                ],
            },
            "row": row,
            "number": row.ref.partition("-")[2],
            "mark": draw_mark(
                MarkFacts(system=row.name, stage=row.stage.stage, lines={}, load=None), prefix=row.ref.lower()
            ),
            "status": status,
            "rules": [(r.colour, f"{r.title}: {r.text}") for r in status.rules],
            "gates": [(g, address(found.slug, g.gate.ref)) for g in gates],
            "promises": [
                (p, Due(p.committed_on, today, done=p.stage.order <= row.label.order)) for p in row.promises
            ],
            "assets": [(a, address(found.slug, a.ref)) for a in dossier.assets],
            "updates": dossier.updates[:5],
            "slug": found.slug,
            "may_change": actor.may("scope:system:describe", found.id),
            "may_declare": actor.may("respond:incident:declare", found.id),
            "may_register": actor.may("scope:asset:register", found.id),
            "update_form": UpdateForm() if actor.may("decide:status:update", found.id) else None,
            "crumbs": [(found.name, f"/{found.slug}/"), ("Scope", f"/{found.slug}/scope/"), (row.name, "")],
            **record_parts(actor, found, row.ref),
        },
    )


def _stage(row: scope.SystemRow) -> Text | tuple[Text, Tag]:
    if row.stage.promoted_because:
        return (Text(row.stage.stage.label), Tag(f"labelled {row.label.label}", hatched=True))
    return Text(row.stage.stage.label)


def _filtered(slug: str, row: scope.SystemRow) -> str:
    return f"/{slug}/requirements/?system={row.ref.partition('-')[2]}"


@require_http_methods(["GET", "POST"])
def update_status(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """A member's word on how it stands; it may only darken the computed status."""
    actor, found = actor_and_program(request, program)
    actor.must("decide:status:update", found.id)
    row = scope.system_by_ref(actor, found.id, ref)
    form = UpdateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.update_status(
                actor=actor,
                system_id=row.id,
                sentence=given["sentence"],
                worse=Colour(given["worse"]) if given["worse"] else None,
            ),
        ):
            messages.success(request, "Said, and recorded.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"How does {row.name} stand?",
            "submit": "Say it",
            "cancel_url": address(found.slug, row.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.name, address(found.slug, row.ref)),
                ("Update", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
