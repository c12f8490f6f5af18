"""Signals: what was seen that contradicts something shown, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.watch import selectors, services
from plimsoll.loop.watch.forms import SettleForm
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Link, Nothing, RefLink, Stamp, Tag, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

SIGNALS = ListSpec(
    name="signals",
    columns=(
        Column(key="ref", label="Ref"),
        Column(key="what", label="What was seen", wide=True),
        Column(key="system", label="System"),
        Column(key="state", label="State"),
        Column(key="evidence", label="Evidence"),
        Column(key="raised", label="Raised"),
    ),
    filters=(Filter(key="state", label="State", choices=[("open", "open"), ("settled", "settled")]),),
)


@require_safe
def signals(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        wanted = query.chosen.get("state", "")
        rows = [
            row
            for row in selectors.signals_of(actor, found.id)
            if (not wanted or (row.settled_at is None) == (wanted == "open"))
            and query.search.lower() in f"{row.system} {' '.join(row.reasons)}".lower()
        ]
        shown = rows[query.offset : query.offset + PAGE_SIZE]
        return [_row(found.slug, row) for row in shown], len(rows)

    return list_page(
        request,
        spec=SIGNALS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Monitors", f"/{found.slug}/monitors/"), ("Signals", "")],
        listing={
            "title": "Signals",
            "sentence": "What was seen that contradicts something shown before; that evidence is open again.",
            "empty": "No signal was raised. Monitors raise them when production no longer looks as it did.",
            "empty_action": ("Monitors", f"/{found.slug}/monitors/"),
            "views": saved_views(actor, found.id, "signals"),
        },
    )


def _row(slug: str, row: selectors.SignalRow) -> Row:
    url = address(slug, row.ref)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url),
        "what": Link(row.reasons[0] if row.reasons else row.check, url),
        "system": Text(row.system),
        "state": Tag("settled" if row.settled_at else "open", hatched=row.settled_at is None),
        "evidence": RefLink(row.evidence, address(slug, row.evidence)),
        "raised": Stamp(row.raised_at),
    }
    return Row(key=row.ref, url=url, cells=cells)


@require_safe
def signal(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """One signal with its reasons and the evidence that it opened again."""
    actor, found = actor_and_program(request, program)
    row = selectors.signal_by_ref(actor, found.id, ref)
    return page(
        request,
        "watch/signal.html",
        {
            "record": {
                "title": row.reasons[0] if row.reasons else row.check,
                "ref": row.ref,
                "kind": "Signal",
                "state": [Tag("settled" if row.settled_at else "open", hatched=row.settled_at is None)],
                "facts": [
                    ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                    ("Evidence", RefLink(row.evidence, address(found.slug, row.evidence))),
                    ("Raised", Stamp(row.raised_at)),
                    ("Settled", Stamp(row.settled_at) if row.settled_at else Nothing("not yet")),
                ],
            },
            "row": row,
            "opened": [
                (ref, address(found.slug, ref)) for ref in prove.reopened_by(actor, found.id, row.ref)
            ],
            "slug": found.slug,
            "may": actor.may("watch:signal:settle", found.id) and row.settled_at is None,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Signals", f"/{found.slug}/signals/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )


@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("watch:signal:settle", found.id)
    row = selectors.signal_by_ref(actor, found.id, ref)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form,
            lambda: services.settle_signal(
                actor=actor, program_id=found.id, signal_id=row.id, because=form.cleaned_data["because"]
            ),
        )
        if done:
            messages.success(request, f"{row.ref} is settled.")
            return redirect(address(found.slug, row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Settle {row.ref}",
            "sentence": row.reasons[0] if row.reasons else row.check,
            "submit": "Settle it",
            "cancel_url": address(found.slug, row.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Settle", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
