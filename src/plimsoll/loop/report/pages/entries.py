"""Lists of the catalog, which stand in memory, and the panels of which its records are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.http import HttpRequest, HttpResponseBase

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.crosswalk import checked_entries
from plimsoll.engines.catalog.framework import Clause
from plimsoll.engines.catalog.freshness import StaleWarning, freshness_report
from plimsoll.kernel import clock
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.report import selectors
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address, catalog_address
from plimsoll.ui.cells import Cell, Due, Gauge, Nothing, Person, RefLink, Tag, Text, VerdictCell
from plimsoll.ui.lists import PAGE_SIZE, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page

__all__ = [
    "Entry",
    "Line",
    "Panel",
    "Table",
    "answers_panel",
    "catalog_list",
    "checked_cell",
    "choices_of",
    "control_refs",
    "entries_page",
    "label_of",
    "proven_cell",
    "stale_entries",
]

SHORT = 120
"""Characters of a wording that stand for a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list, before anybody asked for it."""

    row: Callable[[], Row]
    words: str
    """What a search looks in."""
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Key of a filter or sort column → what the entry has there."""


def entries_page(entries: Iterable[Entry], query: ListQuery) -> tuple[Sequence[Row], int]:
    """One page of the entries that were asked for, in the order that was asked for, and how many there are.

    Every word of the search must occur; of several tags under a key one must be the chosen one.
    """
    words = query.search.lower().split()
    wanted = [
        entry
        for entry in entries
        if all(word in entry.words.lower() for word in words)
        and all(chosen in entry.tags[key] for key, chosen in query.chosen.items())
    ]
    for key in reversed(query.ordering):
        name = key.removeprefix("-")
        wanted.sort(key=lambda entry: list(entry.tags[name]), reverse=key.startswith("-"))
    shown = wanted[query.offset : query.offset + PAGE_SIZE]
    return [entry.row() for entry in shown], len(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a panel."""

    lead: Cell
    text: str = ""
    small: str = ""
    tail: Cell | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a panel; the first cell of a row names it."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell | tuple[Cell, ...], ...]]
    wraps: bool = False
    """Whether every cell may break into lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One part of a record of the catalog."""

    title: str
    note: str = ""
    paragraphs: Sequence[str] = ()
    lines: Sequence[Line] = ()
    table: Table | None = None
    more: tuple[str, str] | None = None
    """Label and address of where there is more."""


def stale_entries() -> Mapping[tuple[str, str], StaleWarning]:
    """What of the catalog nobody has checked within its term: (kind, id) → warning."""
    today = clock.today()
    return {(w.of.kind, w.of.id): w for w in freshness_report(checked_entries(), today)}


def checked_cell(kind: str, name: str) -> Cell | tuple[Cell, ...]:
    """When an entry was checked, marked if that is too long ago."""
    found = next((c for c in checked_entries() if (c.kind, c.id) == (kind, name)), None)
    if found is None:
        return Nothing()
    day = Text(f"{found.checked_at:%d %b %Y}".lstrip("0"))
    return (day, Tag("look again", hatched=True)) if (kind, name) in stale_entries() else day


def proven_cell(answers: Sequence[selectors.Answering]) -> Cell:
    """How many of the requirements in force are proven."""
    if not answers:
        return Nothing("none in force")
    met = sum(a.proof.judgement.verdict is Verdict.MET for a in answers)
    return Gauge(met, len(answers))


def label_of(clause: Clause) -> str:
    """Its title; the beginning of its wording where the title is missing or only repeats the id."""
    return clause.title if clause.title and clause.title != clause.id else clause.text[:SHORT]


def control_refs(slug: str, controls: Iterable[str]) -> tuple[Cell, ...] | Cell:
    """Controls of the catalog as refs, with their titles on hover."""
    known = load_catalog().controls
    refs = tuple(
        RefLink(name, catalog_address(slug, "control", name), known[name].title) for name in controls
    )
    return refs or Nothing("none")


def answers_panel(
    slug: str,
    answers: Sequence[selectors.Answering],
    *,
    nothing: str,
    title: str = "What answers it here",
) -> Panel:
    """The requirements of the program that answer something, with verdict and evidence."""
    today = clock.today()
    rows = [
        (
            RefLink(a.requirement.ref, address(slug, a.requirement.ref), a.requirement.title),
            Text(a.requirement.title),
            Text(a.requirement.system),
            VerdictCell(a.proof.judgement.verdict),
            tuple(RefLink(ref, address(slug, ref)) for ref in a.evidence) or Nothing("none"),
            Person(a.requirement.owner),
            Due(a.requirement.due_on, today, done=a.proof.judgement.verdict is Verdict.MET),
        )
        for a in sorted(answers, key=lambda a: (a.requirement.system, a.requirement.title))
    ]
    headings = ("Ref", "Requirement", "System", "Proven", "Evidence", "Owner", "Due")
    return Panel(
        title=title,
        note=str(len(rows)) if rows else "",
        paragraphs=() if rows else (nothing,),
        table=Table(headings=headings, rows=rows) if rows else None,
    )


def catalog_list(
    request: HttpRequest,
    program: str,
    *,
    spec: ListSpec,
    entries: Sequence[Entry],
    title: str,
    sentence: str,
    crumb: str,
    above: Sequence[tuple[str, str]] = (),
    actions: Sequence[tuple[str, str]] = (),
    empty: str = "There is nothing of this kind in the catalog.",
) -> HttpResponseBase:
    """A list of the catalog as page or CSV, for members; `above` are crumbs between the catalog and it."""
    actor, found = actor_and_program(request, program)
    return list_page(
        request,
        spec=spec,
        fetch=partial(entries_page, entries),
        crumbs=[(found.name, f"/{program}/"), ("Catalog", f"/{program}/catalog/"), *above, (crumb, "")],
        listing={
            "title": title,
            "sentence": sentence,
            "empty": empty,
            "actions": actions,
            "views": saved_views(actor, found.id, spec.name),
        },
    )


def choices_of(values: Iterable[str]) -> list[tuple[str, str]]:
    """Each value once, in order, with its words."""
    return [(value, value.replace("_", " ")) for value in dict.fromkeys(values)]
