"""The catalog in lists: everything that can be searched, risks, controls, duties."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.crosswalk import load_crosswalk, searchables
from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.catalog.schema import ControlEntry, RiskEntry
from plimsoll.engines.catalog.search import Hit, Searchable, search
from plimsoll.engines.law.schema import ObligationEntry
from plimsoll.kernel import clock
from plimsoll.loop.report import selectors
from plimsoll.loop.report.pages.entries import (
    Entry,
    catalog_list,
    checked_cell,
    choices_of,
    proven_cell,
    stale_entries,
)
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import catalog_address
from plimsoll.ui.cells import Amount, Cell, Link, RefLink, Tag, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page

__all__ = ["catalog", "catalog_controls", "catalog_duties", "catalog_risks"]

FOUND_AT_MOST = 2000
KINDS = {
    "risk": "risk",
    "control": "control",
    "obligation": "duty",
    "requirement": "requirement",
    "framework": "framework",
    "clause": "clause",
}
"""Kinds of the search in the reader's words."""


# ---------------------------------------------------------------- everything


@require_safe
def catalog(request: HttpRequest, program: str) -> HttpResponseBase:
    """Search over everything; without a word, what can be browsed."""
    actor, found = actor_and_program(request, program)
    base = f"/{program}/catalog/"

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        kind = query.chosen.get("kind", "")
        things = [t for t in searchables() if not kind or t.kind == kind]
        if query.search:
            hits: Sequence[Hit] = search(things, query.search, limit=FOUND_AT_MOST)
        else:
            hits = [Hit(found=t, by="") for t in things if kind or t.kind != "clause"]
        return [_hit(program, hit) for hit in hits[query.offset : query.offset + PAGE_SIZE]], len(hits)

    stale_count = len(stale_entries())
    return list_page(
        request,
        spec=ListSpec(
            name="catalog entries",
            columns=(
                Column(key="id", label="Id", prose=True),
                Column(key="title", label="Title", wide=True),
                Column(key="kind", label="Kind"),
                Column(key="by", label="Found by", optional=True),
            ),
            filters=(Filter(key="kind", label="Kind", choices=list(KINDS.items())),),
        ),
        fetch=fetch,
        crumbs=[(found.name, f"/{program}/"), ("Catalog", "")],
        listing={
            "title": "Catalog",
            "sentence": "What is feared, what treats it, what is owed, and which clause asks for it."
            + (f" {stale_count} entries want another look." if stale_count else ""),
            "empty": "The catalog is empty.",
            "actions": [
                ("Risks", f"{base}risks/"),
                ("Controls", f"{base}controls/"),
                ("Duties", f"{base}duties/"),
                ("Frameworks", f"{base}frameworks/"),
                ("Matrix", f"/{program}/matrix/"),
                ("Freshness", f"{base}stale/"),
            ],
            "views": saved_views(actor, found.id, "catalog entries"),
        },
    )


def _hit(slug: str, hit: Hit) -> Row:
    thing: Searchable = hit.found
    url = catalog_address(slug, thing.kind, thing.id)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "kind": Text(KINDS[thing.kind]),
        "title": Link(thing.title or thing.id, url),
        "id": RefLink(thing.id, url, thing.title),
        "by": Text(hit.by),
    }
    return Row(key=thing.id.replace(" ", "_"), url=url, cells=cells)


# ---------------------------------------------------------------- risks and controls


@require_safe
def catalog_risks(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    risks = load_catalog().risks.values()
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="catalog risks",
            columns=(
                Column(key="id", label="Id", sort=("id",)),
                Column(key="title", label="Risk", sort=("title",), wide=True),
                Column(key="layer", label="Layer", sort=("layer",)),
                Column(key="kinds", label="Applies to", prose=True),
                Column(key="controls", label="Controls", numeric=True),
                Column(key="proven", label="Proven here"),
                Column(key="checked", label="Checked", optional=True),
            ),
            filters=(
                Filter(key="layer", label="Layer", choices=choices_of(r.layer for r in risks)),
                Filter(
                    key="kinds",
                    label="Applies to",
                    choices=choices_of(k for r in risks for k in r.applies_to),
                ),
                Filter(
                    key="category",
                    label="Category",
                    choices=choices_of(sorted({c for r in risks for c in r.categories})),
                ),
            ),
        ),
        entries=[_risk(program, risk, answers) for risk in risks],
        title="Risks of the catalog",
        sentence="What can go wrong with an AI system, each with the controls that treat it.",
        crumb="Risks",
    )


def _risk(slug: str, risk: RiskEntry, answers: selectors.Answers) -> Entry:
    url = catalog_address(slug, "risk", risk.id)

    def row() -> Row:
        return Row(
            key=risk.id,
            url=url,
            cells={
                "id": RefLink(risk.id, url, risk.title),
                "title": Link(risk.title, url),
                "layer": Text(risk.layer),
                "kinds": Text(", ".join(risk.applies_to)),
                "controls": Amount(str(len(risk.controls))),
                "proven": proven_cell(answers.to(selectors.rules_of_risk(risk.id))),
                "checked": checked_cell("file", "risks.yaml"),
            },
        )

    return Entry(
        row=row,
        words=f"{risk.id} {risk.title} {risk.statement}",
        tags={
            "id": [risk.id],
            "title": [risk.title.lower()],
            "layer": [risk.layer],
            "kinds": risk.applies_to,
            "category": risk.categories,
        },
    )


@require_safe
def catalog_controls(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    controls = load_catalog().controls.values()
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="catalog controls",
            columns=(
                Column(key="id", label="Id", sort=("id",)),
                Column(key="title", label="Control", sort=("title",), wide=True),
                Column(key="group", label="Group", sort=("group",)),
                Column(key="type", label="Type", sort=("type",)),
                Column(key="clauses", label="Clauses", numeric=True),
                Column(key="proven", label="Proven here"),
                Column(key="checked", label="Checked", optional=True),
            ),
            filters=(
                Filter(key="group", label="Group", choices=choices_of(c.group for c in controls)),
                Filter(key="type", label="Type", choices=choices_of(c.type for c in controls)),
                Filter(
                    key="stage", label="Lifecycle", choices=choices_of(s for c in controls for s in c.stages)
                ),
            ),
        ),
        entries=[_control(program, control, answers) for control in controls],
        title="Controls of the catalog",
        sentence="What treats the risks, each with the clauses that ask for it.",
        crumb="Controls",
    )


def _control(slug: str, control: ControlEntry, answers: selectors.Answers) -> Entry:
    url = catalog_address(slug, "control", control.id)
    crosswalk = load_crosswalk()

    def row() -> Row:
        return Row(
            key=control.id,
            url=url,
            cells={
                "id": RefLink(control.id, url, control.title),
                "title": Link(control.title, url),
                "group": Text(control.group),
                "type": Text(control.type),
                "clauses": Amount(str(len(crosswalk.links_of(control.id)))),
                "proven": proven_cell(answers.to(crosswalk.requirements_of_control(control.id))),
                "checked": checked_cell("file", "controls.yaml"),
            },
        )

    return Entry(
        row=row,
        words=f"{control.id} {control.title} {control.objective}",
        tags={
            "id": [control.id],
            "title": [control.title.lower()],
            "group": [control.group],
            "type": [control.type],
            "stage": control.stages,
        },
    )


# ---------------------------------------------------------------- duties


@require_safe
def catalog_duties(request: HttpRequest, program: str) -> HttpResponseBase:
    duties = [rule.duty for rule in load_duty_rules().rules]
    return catalog_list(
        request,
        program,
        spec=ListSpec(
            name="catalog duties",
            columns=(
                Column(key="id", label="Id", sort=("id",)),
                Column(key="title", label="Duty", sort=("title",), wide=True),
                Column(key="law", label="Law", sort=("law",), prose=True),
                Column(key="jurisdiction", label="Where", sort=("jurisdiction",)),
                Column(key="kind", label="Kind", sort=("kind",)),
                Column(key="status", label="Status", sort=("status",)),
                Column(key="holder", label="Binds", prose=True, optional=True),
            ),
            filters=(
                Filter(key="jurisdiction", label="Where", choices=choices_of(d.jurisdiction for d in duties)),
                Filter(key="kind", label="Kind", choices=choices_of(d.kind for d in duties)),
                Filter(key="status", label="Status", choices=choices_of(d.status for d in duties)),
            ),
        ),
        entries=[_duty(program, duty) for duty in duties],
        title="Duties of the catalog",
        sentence="What laws ask for, of whom, and since when. Proposed law is only watched.",
        crumb="Duties",
        actions=[("What law asks of each system", f"/{program}/law/")],
    )


def _duty(slug: str, duty: ObligationEntry) -> Entry:
    url = catalog_address(slug, "obligation", duty.id)
    words = {"kind": duty.kind.replace("_", " "), "status": duty.status.replace("_", " ")}

    def row() -> Row:
        return Row(
            key=duty.id,
            url=url,
            cells={
                "title": Link(duty.title, url),
                "law": Text(f"{duty.instrument}, {duty.provision}"),
                "jurisdiction": Text(duty.jurisdiction),
                "kind": Text(words["kind"]),
                "status": Tag(words["status"], hatched=duty.status == "proposed"),
                "id": RefLink(duty.id, url, duty.title),
                "holder": Text(duty.duty_holder),
            },
        )

    return Entry(
        row=row,
        words=f"{duty.id} {duty.title} {duty.instrument} {duty.provision} {duty.trigger}",
        tags={
            "title": [duty.title.lower()],
            "law": [duty.instrument, duty.provision],
            "jurisdiction": [duty.jurisdiction],
            "kind": [duty.kind],
            "status": [duty.status],
            "id": [duty.id],
        },
    )
