"""One risk, control or duty of the catalog, with everything that hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.crosswalk import known_sources, load_crosswalk
from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.catalog.crosswalk import Link as Mapped
from plimsoll.engines.law.obligations import Standing
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.report import selectors
from plimsoll.loop.report.pages.entries import Line, Panel, Table, answers_panel, checked_cell
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address, catalog_address
from plimsoll.ui.cells import Cell, Link, Mono, RefLink, Tag, Text
from plimsoll.ui.shortcuts import page

__all__ = ["catalog_control", "catalog_duty", "catalog_risk", "entry_page", "links_panel"]

_Entry = TypeVar("_Entry")


def entry_page(
    request: HttpRequest,
    found: ProgramRow,
    *,
    record: Mapping[str, Any],
    sentence: str,
    panels: Sequence[Panel | None],
    side: Sequence[Panel | None],
    above: tuple[str, str],
    actions: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """A record of the catalog; panels that are None are left out."""
    return page(
        request,
        "report/catalog_record.html",
        {
            "record": {"state": [], **record},
            "sentence": sentence,
            "panels": [panel for panel in panels if panel],
            "side": [panel for panel in side if panel],
            "actions": actions,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Catalog", f"/{found.slug}/catalog/"),
                above,
                (record["ref"], ""),
            ],
        },
    )


def _entry(entries: Mapping[str, _Entry], name: str, what: str) -> _Entry:
    if name not in entries:
        raise NotFound(f"The catalog has no {what} “{name[:60]}”.")
    return entries[name]


def links_panel(slug: str, kind: str, names: Iterable[str], *, title: str, nothing: str = "") -> Panel | None:
    """Entries of the catalog with their titles; None if there are none and nothing is to be said."""
    catalog = load_catalog()
    titles: dict[str, str] = {
        **{name: risk.title for name, risk in catalog.risks.items()},
        **{name: control.title for name, control in catalog.controls.items()},
    }
    lines = [
        Line(lead=RefLink(name, catalog_address(slug, kind, name), titles[name]), text=titles[name])
        for name in names
    ]
    if not lines and not nothing:
        return None
    return Panel(
        title=title,
        note=str(len(lines)) if lines else "",
        lines=lines,
        paragraphs=() if lines else (nothing,),
    )


def _clauses_panel(slug: str, links: Sequence[Mapped], *, title: str, nothing: str) -> Panel:
    """The clauses that something of ours maps to, always with their edition."""
    crosswalk = load_crosswalk()
    rows: list[tuple[Cell | tuple[Cell, ...], ...]] = [
        (
            RefLink(link.clause.clause, catalog_address(slug, "clause", str(link.clause)), str(link.clause)),
            Text(crosswalk.clause(link.clause).clause.title),
            (
                Link(
                    crosswalk.framework(link.clause.framework).name,
                    catalog_address(slug, "framework", link.clause.framework),
                ),
                Text(link.clause.edition),
            ),
            Tag(link.confidence, hatched=link.confidence == "low"),
        )
        for link in links
    ]
    return Panel(
        title=title,
        note=str(len(rows)) if rows else "",
        paragraphs=() if rows else (nothing,),
        table=Table(
            headings=("Clause", "Label", "Framework and edition", "Confidence"), rows=rows, wraps=True
        )
        if rows
        else None,
    )


@require_safe
def catalog_risk(request: HttpRequest, program: str, entry: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    risk = _entry(load_catalog().risks, entry, "risk")
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    crosswalk = load_crosswalk()
    return entry_page(
        request,
        found,
        record={
            "title": risk.title,
            "kind": "Risk of the catalog",
            "ref": risk.id,
            "facts": [
                ("Layer", Text(risk.layer)),
                ("Applies to", Text(", ".join(risk.applies_to))),
                ("Categories", Text(", ".join(risk.categories))),
                ("First assessed", Text(f"at the {risk.first_assessed_at_gate} gate")),
                ("Usual owner", Text(risk.suggested_owner)),
                ("Checked", checked_cell("file", "risks.yaml")),
            ],
        },
        sentence=risk.statement,
        panels=[
            links_panel(found.slug, "control", risk.controls, title="Controls that treat it"),
            answers_panel(
                found.slug,
                answers.to(selectors.rules_of_risk(risk.id)),
                nothing="No requirement in force here mitigates it.",
            ),
            _clauses_panel(
                found.slug,
                crosswalk.links_of(risk.id),
                title="Clauses that name it",
                nothing="No clause is mapped to it.",
            ),
        ],
        side=[
            _register_panel(actor, found, risk.id),
            Panel(title="Signals", lines=[Line(lead=Text(signal)) for signal in risk.signals]),
            Panel(title="Note", paragraphs=(risk.note,)) if risk.note else None,
        ],
        above=("Risks", f"/{found.slug}/catalog/risks/"),
    )


def _register_panel(actor: Actor, found: ProgramRow, risk: str) -> Panel:
    """The risks of the program's own register that name it."""
    rows = [row for row in plan.risks_of(actor, found.id) if row.catalog_id == risk]
    lines = [
        Line(
            lead=RefLink(row.ref, address(found.slug, row.ref), row.title),
            text=row.title,
            tail=Text(row.system) if row.system else None,
        )
        for row in rows
    ]
    nothing = () if lines else ("Nobody has entered it as a risk of a system.",)
    return Panel(title="In the register", lines=lines, paragraphs=nothing)


@require_safe
def catalog_control(request: HttpRequest, program: str, entry: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    control = _entry(load_catalog().controls, entry, "control")
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    crosswalk = load_crosswalk()
    return entry_page(
        request,
        found,
        record={
            "title": control.title,
            "kind": "Control of the catalog",
            "ref": control.id,
            "facts": [
                ("Group", Text(control.group)),
                ("Type", Text(control.type)),
                ("Lifecycle", Text(", ".join(control.stages))),
                ("Cross-cutting", Text("yes" if control.cross_cutting else "no")),
                ("Checked", checked_cell("file", "controls.yaml")),
            ],
        },
        sentence=control.objective,
        panels=[
            answers_panel(
                found.slug,
                answers.to(crosswalk.requirements_of_control(control.id)),
                nothing="No requirement in force here rests on it.",
            ),
            _clauses_panel(
                found.slug,
                crosswalk.links_of(control.id),
                title="Clauses that ask for it",
                nothing="No clause is mapped to it.",
            ),
        ],
        side=[
            links_panel(
                found.slug,
                "risk",
                dict.fromkeys((*crosswalk.risks_of_control(control.id), *control.treats_risks)),
                title="Risks that it treats",
                nothing="The catalog names none.",
            ),
            Panel(title="What shows it", lines=[Line(lead=Text(what)) for what in control.evidence]),
        ],
        above=("Controls", f"/{found.slug}/catalog/controls/"),
    )


@require_safe
def catalog_duty(request: HttpRequest, program: str, entry: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    duty = _entry({rule.duty.id: rule.duty for rule in load_duty_rules().rules}, entry, "duty")
    sources = known_sources()
    dates = [(k.replace("_", " "), v) for k, v in duty.applies_from.items() if v]
    reading = duty.other_reading or {}
    return entry_page(
        request,
        found,
        record={
            "title": duty.title,
            "kind": "Duty of the catalog",
            "ref": duty.id,
            "state": [Tag(duty.status.replace("_", " "), hatched=duty.status == "proposed")],
            "facts": [
                ("Law", Text(duty.instrument)),
                ("Provision", Text(duty.provision)),
                ("Where", Text(duty.jurisdiction)),
                ("Binds", Text(duty.duty_holder)),
                ("Checked", checked_cell("file", "obligations.yaml")),
            ],
        },
        sentence=duty.trigger,
        panels=[
            _standing_panel(actor, found, duty.id),
            Panel(
                title="From when",
                lines=[Line(lead=Text(day), text="" if key == "all" else key) for key, day in dates],
                paragraphs=() if dates else ("No day is set.",),
            ),
            Panel(title="Another reading", paragraphs=tuple(f"{k}: {v}" for k, v in reading.items()))
            if reading
            else None,
            Panel(title="If it is not met", paragraphs=(duty.penalty,)) if duty.penalty else None,
            Panel(title="Note", paragraphs=(duty.notes,)) if duty.notes else None,
        ],
        side=[
            Panel(
                title="Rests on",
                note=f"confidence {duty.confidence}",
                lines=[
                    Line(lead=Mono(name), text=sources[name].title, small=sources[name].address)
                    if name in sources
                    else Line(lead=Mono(name))
                    for name in duty.source
                ],
            )
        ],
        above=("Duties", f"/{found.slug}/catalog/duties/"),
    )


def _standing_panel(actor: Actor, found: ProgramRow, duty: str) -> Panel:
    """How the duty stands for each system today."""
    systems = scope.systems_of(actor, found.id)
    lines = []
    for sheet in scope.law_sheets(actor, systems, as_of=clock.today()):
        item = next(d for d in sheet.duties.found if d.rule.duty.id == duty)
        unsure = item.standing in (Standing.OPEN, Standing.WATCH)
        lines.append(
            Line(
                lead=RefLink(sheet.system.ref, f"/{found.slug}/law/{sheet.system.ref}/", sheet.system.name),
                text=sheet.system.name,
                small="; ".join(item.facts),
                tail=Tag(item.standing.word, hatched=unsure),
            )
        )
    return Panel(
        title="Does it concern us?",
        lines=lines,
        paragraphs=() if lines else ("No system is described yet.",),
    )
