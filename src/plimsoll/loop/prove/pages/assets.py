"""An asset with its versions and the evidence that speaks of its content."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.kernel import clock
from plimsoll.loop.prove import selectors
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Amount, Mono, Nothing, Person, RefLink, Stamp, Tag, Text
from plimsoll.ui.shortcuts import page


@require_safe
def asset(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = scope.asset_by_ref(actor, found.id, ref)
    system = scope.system_by_id(actor, row.system_id)
    now = clock.now()
    evidence = selectors.evidence_for_digest(actor, found.id, row.digest) if row.digest else []
    return page(
        request,
        "prove/asset.html",
        {
            "record": {
                "title": row.name,
                "ref": row.ref,
                "kind": row.kind,
                "state": [Tag(f"version {row.version}")],
                "facts": [
                    ("System", RefLink(system.ref, address(found.slug, system.ref), system.name)),
                    ("Owner", Person(row.owner)),
                    ("SHA-256", Mono(row.digest) if row.digest else Nothing("no bytes of ours")),
                    ("Registered", Stamp(row.registered_at)),
                    ("Provenance", Text(row.provenance) if row.provenance else Nothing("not said")),
                    ("Evidence in force", Amount(str(sum(not e.expired(now) for e in evidence)))),
                ],
            },
            "row": row,
            "versions": scope.asset_versions(actor, found.id, row),
            "evidence": [(e, e.expired(now), address(found.slug, e.ref)) for e in evidence],
            "replace_url": address(found.slug, row.ref, "replace")
            if actor.may("scope:asset:register", found.id)
            else "",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (system.name, address(found.slug, system.ref)),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )
