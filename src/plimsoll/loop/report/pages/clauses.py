"""Clauses: those of one edition, and one with its wording, what answers it, and the evidence for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from plimsoll.engines.catalog.edition import SHIPPED, ClauseEntry
from plimsoll.engines.catalog.framework import ImportedFramework, parse_clause_ref
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.loop.report import selectors
from plimsoll.loop.report.pages.catalog_records import entry_page, links_panel
from plimsoll.loop.report.pages.entries import (
    Entry,
    Line,
    Panel,
    answers_panel,
    catalog_list,
    checked_cell,
    choices_of,
    control_refs,
    label_of,
    proven_cell,
)
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import catalog_address
from plimsoll.ui.cells import Cell, Link, Mono, Nothing, RefLink, Tag, Text
from plimsoll.ui.lists import Column, Filter, ListSpec, Row

__all__ = ["clause", "clauses"]


@require_safe
def clauses(request: HttpRequest, program: str, framework: str) -> HttpResponseBase:
    """The clauses of one edition; of the one in force if none is named."""
    actor, found = actor_and_program(request, program)
    editions = [e for e in scope.editions_of(actor, found.id) if e.framework == framework]
    named = request.GET.get("edition", "")
    if named and named not in {e.edition for e in editions}:
        raise BadInput(
            f"There is no edition “{named[:60]}” of {framework[:60]} here.", data={"field": "edition"}
        )
    edition = scope.edition_named(actor, found.id, framework, named)
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    entries = [_clause(program, entry, answers) for entry in scope.clauses_in(edition)]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="clauses",
            keeps_views=False,
            columns=(
                Column(key="id", label="Clause", prose=True),
                Column(key="title", label="Title", wide=True),
                Column(key="in", label="In", prose=True),
                Column(key="controls", label="Controls", prose=True),
                Column(key="proven", label="Proven here"),
                Column(key="kind", label="Kind", optional=True),
                Column(key="ref", label="Full name", prose=True, optional=True),
            ),
            filters=(
                Filter(
                    key="answered",
                    label="Answered",
                    choices=[("yes", "by a control"), ("no", "by no control")],
                ),
                Filter(key="kind", label="Kind", choices=choices_of(c.kind for c in edition.clauses)),
                Filter(key="edition", label="Edition", choices=[(e.edition, e.edition) for e in editions]),
            ),
        ),
        entries=entries,
        title=f"Clauses of {edition.title}",
        sentence=f"Edition {edition.edition}. {_origin(edition)}",
        crumb="Clauses",
        above=[
            ("Frameworks", f"/{program}/catalog/frameworks/"),
            (framework, f"/{program}/catalog/frameworks/{framework}/"),
        ],
    )


def _origin(edition: ImportedFramework) -> str:
    if edition.kind == SHIPPED:
        return "Ids and short labels as the catalog lists them."
    return f"As it was brought in from {', '.join(s.name for s in edition.sources)}."


def _clause(slug: str, entry: ClauseEntry, answers: selectors.Answers) -> Entry:
    part, url = entry.clause, catalog_address(slug, "clause", str(entry.ref))
    title = label_of(part)
    shown = Text(title) if title else Nothing("no label")

    def row() -> Row:
        above = replace(entry.ref, clause=part.parent)
        cells: dict[str, Cell | tuple[Cell, ...]] = {
            "id": RefLink(part.id, url, part.title),
            "title": (shown, Tag("withdrawn", hatched=True)) if part.withdrawn else shown,
            "in": RefLink(part.parent, catalog_address(slug, "clause", str(above)))
            if part.parent
            else Nothing(),
            "controls": control_refs(slug, entry.controls),
            "proven": proven_cell(answers.to(entry.requirements)),
            "kind": Text(part.kind),
            "ref": Mono(str(entry.ref)),
        }
        return Row(key=str(entry.ref).replace(" ", "_"), url=url, cells=cells)

    return Entry(
        row=row,
        words=f"{part.id} {part.title} {part.text}",
        tags={
            "answered": ["yes" if entry.controls else "no"],
            "kind": [part.kind],
            "edition": [entry.ref.edition],
        },
    )


@require_safe
def clause(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """One clause of one edition: its wording, what answers it, and the evidence for that by system."""
    actor, found = actor_and_program(request, program)
    wanted = parse_clause_ref(ref)
    edition = scope.edition_named(actor, found.id, wanted.framework, wanted.edition)
    entry = next((e for e in scope.clauses_in(edition) if e.ref == wanted), None)
    if entry is None:
        raise NotFound(
            f"There is no clause {str(wanted)[:120]}.", hint="Its id may belong to another edition."
        )
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    part = entry.clause
    base = f"/{found.slug}/catalog/frameworks/{wanted.framework}/"
    inside = [c for c in edition.clauses if c.parent == part.id]
    return entry_page(
        request,
        found,
        record={
            "title": part.title or part.id,
            "kind": f"Clause of {edition.title}",
            "ref": str(wanted),
            "state": [Tag("withdrawn", hatched=True)] if part.withdrawn else [],
            "facts": [
                ("Clause", Mono(part.id)),
                ("Edition", Text(edition.edition)),
                ("Kind", Text(part.kind)),
                ("Checked", checked_cell("framework", wanted.framework)),
            ],
        },
        sentence="" if part.text else _origin(edition),
        panels=[
            Panel(title="What it says", paragraphs=part.text.splitlines()) if part.text else None,
            answers_panel(
                found.slug, answers.to(entry.requirements), nothing="No requirement in force here answers it."
            ),
            _inside(found.slug, edition, inside),
        ],
        side=[
            links_panel(
                found.slug,
                "control",
                entry.controls,
                title="Controls that answer it",
                nothing="The catalog maps no control to it.",
            ),
            links_panel(found.slug, "risk", entry.risks, title="Risks that it names"),
            _mapped_in(found.slug, entry),
        ],
        above=("Clauses", f"{base}clauses/"),
    )


def _inside(slug: str, edition: ImportedFramework, parts: Sequence[Any]) -> Panel | None:
    if not parts:
        return None
    lines = [
        Line(
            lead=Link(c.id, catalog_address(slug, "clause", str(edition.ref(c.id)))),
            text=label_of(c),
        )
        for c in parts
    ]
    return Panel(title="In it", note=str(len(lines)), lines=lines)


def _mapped_in(slug: str, entry: ClauseEntry) -> Panel | None:
    """Where the mapping comes from, if it was made under another id or in another edition."""
    if not entry.mapped_in:
        return None
    return Panel(
        title="Mapped as",
        lines=[Line(lead=Mono(str(ref))) for ref in entry.mapped_in],
        paragraphs=("The catalog maps another edition or id. Look whether it still says the same.",),
    )
