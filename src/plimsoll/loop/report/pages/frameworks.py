"""Frameworks with their editions, and what of the catalog has gone stale."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from plimsoll.adapters.crosswalk import checked_entries, load_crosswalk
from plimsoll.engines.catalog.crosswalk import CatalogFramework
from plimsoll.engines.catalog.freshness import Checked, freshness_report
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.report.pages.catalog_records import entry_page
from plimsoll.loop.report.pages.entries import (
    Entry,
    Line,
    Panel,
    catalog_list,
    checked_cell,
    choices_of,
)
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import catalog_address
from plimsoll.ui.cells import Amount, Cell, Link, Mono, Nothing, RefLink, Tag, Text
from plimsoll.ui.lists import Column, Filter, ListSpec, Row

__all__ = ["framework", "frameworks", "stale"]


@require_safe
def frameworks(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    shipped = load_crosswalk().frameworks
    editions = scope.editions_of(actor, found.id)
    inside = {row.framework: row for row in editions if row.in_force}
    rows: dict[str, CatalogFramework | None] = {**dict.fromkeys(inside), **shipped}
    kinds = [row.kind for row in shipped.values()]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="frameworks",
            columns=(
                Column(key="id", label="Id", sort=("id",)),
                Column(key="name", label="Framework", sort=("name",), wide=True),
                Column(key="edition", label="Edition", prose=True),
                Column(key="kind", label="Kind", sort=("kind",)),
                Column(key="clauses", label="Clauses", numeric=True),
                Column(key="status", label="Status", prose=True, optional=True),
                Column(key="checked", label="Checked"),
                Column(key="owner", label="Published by", prose=True, optional=True),
            ),
            filters=(
                Filter(key="kind", label="Kind", choices=choices_of([*kinds, "house standard"])),
                Filter(
                    key="with", label="Clauses", choices=[("clauses", "with clauses"), ("none", "named only")]
                ),
                Filter(
                    key="origin", label="Origin", choices=[("shipped", "shipped"), ("imported", "imported")]
                ),
            ),
        ),
        entries=[_framework(program, name, row, inside.get(name)) for name, row in rows.items()],
        title="Frameworks",
        sentence="Laws, standards and lists. An id means nothing without its edition.",
        crumb="Frameworks",
        actions=[("Bring in a framework", f"/{program}/catalog/import/")]
        if actor.may("scope:framework:import", found.id)
        else (),
    )


def _framework(slug: str, name: str, row: CatalogFramework | None, edition: scope.EditionRow | None) -> Entry:
    url = catalog_address(slug, "framework", name)
    title = row.name if row else edition.title if edition else name
    kind = row.kind if row else "house standard"
    shown: Cell = Nothing("no clause is cited")
    if edition:
        shown = Text(edition.edition)
    elif row:
        shown = Text(row.version)

    def make() -> Row:
        cells: dict[str, Cell | tuple[Cell, ...]] = {
            "name": Link(title, url),
            "edition": shown,
            "kind": Text(kind),
            "clauses": Amount(f"{edition.clauses:,}") if edition else Nothing(),
            "status": Text(row.status) if row else Text("of your own"),
            "checked": checked_cell("framework", name),
            "owner": Text(row.owner) if row else Nothing(),
            "id": RefLink(name, url, title),
        }
        return Row(key=name, url=url, cells=cells)

    return Entry(
        row=make,
        words=f"{name} {title} {row.owner if row else ''} {edition.edition if edition else ''}",
        tags={
            "id": [name],
            "name": [title.lower()],
            "kind": [kind],
            "with": ["clauses" if edition else "none"],
            "origin": [edition.origin if edition else "shipped"],
        },
    )


@require_safe
def framework(request: HttpRequest, program: str, framework: str) -> HttpResponse:
    """One framework: where it comes from, its editions, what of it is answered by nothing."""
    actor, found = actor_and_program(request, program)
    row = load_crosswalk().frameworks.get(framework)
    editions = [e for e in scope.editions_of(actor, found.id) if e.framework == framework]
    if row is None and not editions:
        raise NotFound(f"There is no framework “{framework[:60]}” here.")
    base = f"/{found.slug}/catalog/frameworks/{framework}/"
    return entry_page(
        request,
        found,
        record={
            "title": row.name if row else editions[0].title,
            "kind": "Framework",
            "ref": framework,
            "facts": _facts(row) if row else [("Kind", Text("house standard"))],
        },
        sentence=row.notes if row else "",
        panels=[
            Panel(
                title="Editions with clauses",
                lines=[
                    Line(
                        lead=Link(e.edition, f"{base}clauses/?{urlencode({'edition': e.edition})}"),
                        text=f"{e.clauses:,} clauses",
                        small=_brought_in(e),
                        tail=Tag("in force here") if e.in_force else None,
                    )
                    for e in editions
                ],
                paragraphs=()
                if editions
                else ("The catalog names it and cites no clause of it; what it asks stands under duties.",),
            ),
            _unanswered(found.slug, row) if row else None,
        ],
        side=[_sources(row) if row else None],
        above=("Frameworks", f"/{found.slug}/catalog/frameworks/"),
        actions=[
            ("Clauses", f"{base}clauses/"),
            ("Requirements and evidence", f"/{found.slug}/matrix/{framework}/"),
            ("What is missing", f"/{found.slug}/matrix/{framework}/gaps/"),
        ]
        if editions
        else (),
    )


def _brought_in(edition: scope.EditionRow) -> str:
    if edition.imported_at is None:
        return "shipped with the catalog: ids and labels"
    return f"brought in by {edition.imported_by}, {edition.imported_at:%d %b %Y}".replace(", 0", ", ")


def _facts(row: CatalogFramework) -> list[tuple[str, Any]]:
    return [
        ("Published by", Text(row.owner)),
        ("Version looked at", Text(row.version)),
        ("Dated", Text(row.published)),
        ("Status", Text(row.status)),
        ("Kind", Text(row.kind)),
        ("Checked", checked_cell("framework", row.id)),
    ]


def _sources(row: CatalogFramework) -> Panel:
    return Panel(
        title="Rests on",
        note=f"confidence {row.confidence}",
        lines=[
            Line(lead=Mono(s.id), text=s.title, small=f"{s.address} {s.dated}".strip()) for s in row.sources
        ],
        paragraphs=(f"Its text: {row.redistribution}.",) if row.redistribution else (),
    )


def _unanswered(slug: str, row: CatalogFramework) -> Panel | None:
    gaps = load_crosswalk().unanswered(row.id)
    if not gaps:
        return None
    return Panel(
        title="No control of the catalog answers",
        note=f"{len(gaps)} clauses",
        lines=[
            Line(lead=Link(c.ref.clause, catalog_address(slug, "clause", str(c.ref))), text=c.title)
            for c in gaps[:10]
        ],
        more=("All of them", f"/{slug}/catalog/frameworks/{row.id}/clauses/?answered=no")
        if len(gaps) > 10
        else None,
    )


# ---------------------------------------------------------------- freshness


@require_safe
def stale(request: HttpRequest, program: str) -> HttpResponseBase:
    """Everything that carries a day of checking, the longest unchecked first."""
    actor, found = actor_and_program(request, program)
    brought = [
        Checked(id=f"{e.framework}@{e.edition}", kind="import", checked_at=e.imported_at.date())
        for e in scope.editions_of(actor, found.id)
        if e.imported_at and e.in_force
    ]
    items = (*checked_entries(), *brought)
    old = {(w.of.kind, w.of.id) for w in freshness_report(items, clock.today())}
    entries = [_checked(program, item, stale=(item.kind, item.id) in old) for item in items]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="checked entries",
            columns=(
                Column(key="id", label="Entry", sort=("id",), wide=True),
                Column(key="kind", label="Kind", sort=("kind",)),
                Column(key="checked", label="Checked", sort=("checked",)),
                Column(key="days", label="Days ago", numeric=True),
                Column(key="term", label="Holds for", numeric=True),
                Column(key="state", label="State"),
            ),
            filters=(
                Filter(key="state", label="State", choices=[("stale", "look again"), ("fresh", "fresh")]),
                Filter(key="kind", label="Kind", choices=choices_of(item.kind for item in items)),
            ),
            default_sort="checked",
        ),
        entries=entries,
        title="Freshness of the catalog",
        sentence=f"{len(old)} of {len(entries)} entries were not checked within their term.",
        crumb="Freshness",
    )


def _checked(slug: str, item: Checked, *, stale: bool) -> Entry:
    url = {
        "framework": catalog_address(slug, "framework", item.id),
        "import": catalog_address(slug, "framework", item.id.partition("@")[0]),
        "requirement": catalog_address(slug, "requirement", item.id),
    }.get(item.kind, f"/{slug}/catalog/")

    def row() -> Row:
        return Row(
            key=item.id.replace(" ", "_"),
            url=url,
            cells={
                "id": Link(item.id, url),
                "kind": Text(item.kind),
                "checked": Text(f"{item.checked_at:%d %b %Y}".lstrip("0")),
                "days": Amount(str((clock.today() - item.checked_at).days)),
                "term": Amount(str(item.term), "days"),
                "state": Tag("look again", hatched=True) if stale else Text("fresh"),
            },
        )

    return Entry(
        row=row,
        words=f"{item.kind} {item.id}",
        tags={
            "id": [item.id.lower()],
            "kind": [item.kind],
            "checked": [item.checked_at.isoformat()],
            "state": ["stale" if stale else "fresh"],
        },
    )
