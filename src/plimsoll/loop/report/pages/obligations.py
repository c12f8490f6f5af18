"""The calendar of legal duties: every duty that concerns a system of the program, by the day it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from plimsoll.engines.law.obligations import DutyFound, Standing
from plimsoll.kernel import clock
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.cells import Cell, Link, Nothing, Tag, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page

CONCERNS = tuple(s for s in Standing if s is not Standing.OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One duty with the systems that it concerns in the same way."""

    duty: DutyFound
    systems: tuple[scope.SystemRow, ...]


def concerns_of(actor: Actor, program_id: int, *, as_of: date, system: str = "") -> list[Concern]:
    """Every duty that concerns a system, by its first day; those without a day come last. Four queries."""
    rows = [s for s in scope.systems_of(actor, program_id) if not system or s.ref == system]
    found: dict[tuple[str, Standing], tuple[DutyFound, list[scope.SystemRow]]] = {}
    for sheet in scope.law_sheets(actor, rows, as_of=as_of):
        for item in sheet.duties.found:
            if item.standing is Standing.OUT or (item.standing is Standing.WATCH and item.truth is False):
                continue
            key = (item.rule.duty.id, item.standing)
            found.setdefault(key, (item, []))[1].append(sheet.system)
    listed = [Concern(duty=duty, systems=tuple(systems)) for duty, systems in found.values()]
    return sorted(listed, key=lambda c: (c.duty.when.day or date.max, c.duty.rule.duty.id))


@require_safe
def obligations(request: HttpRequest, program: str) -> HttpResponseBase:
    """Page and CSV of the duties by day."""
    actor, found = actor_and_program(request, program)
    spec = _spec(scope.system_choices(actor, found.id))

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        chosen = query.chosen.get("system", "")
        wanted = [
            concern
            for concern in concerns_of(
                actor, found.id, as_of=clock.today(), system=f"SYS-{chosen}" if chosen else ""
            )
            if query.chosen.get("standing", concern.duty.standing.value) == concern.duty.standing.value
            and query.search.lower() in _searched(concern)
        ]
        shown = wanted[query.offset : query.offset + PAGE_SIZE]
        return [_row(found.slug, concern) for concern in shown], len(wanted)

    return list_page(
        request,
        spec=spec,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Law", f"/{found.slug}/law/"), ("Calendar", "")],
        listing={
            "title": "Calendar of legal duties",
            "sentence": "Every duty that concerns a system here, by the day from which it binds.",
            "empty": "No duty concerns a system yet. Describe a system and answer what law asks.",
            "empty_action": ("Law", f"/{found.slug}/law/"),
            "views": saved_views(actor, found.id, "obligations"),
        },
    )


def _spec(systems: Sequence[tuple[str, str]]) -> ListSpec:
    return ListSpec(
        name="obligations",
        columns=(
            Column(key="day", label="From"),
            Column(key="duty", label="Duty", wide=True),
            Column(key="standing", label="Standing"),
            Column(key="systems", label="Systems", prose=True),
            Column(key="law", label="Law", prose=True),
            Column(key="holder", label="Binds", prose=True, optional=True),
            Column(key="facts", label="Decided by", prose=True, optional=True),
        ),
        filters=(
            Filter(key="standing", label="Standing", choices=[(s.value, s.word) for s in CONCERNS]),
            Filter(key="system", label="System", choices=systems),
        ),
    )


def _searched(concern: Concern) -> str:
    duty = concern.duty.rule.duty
    return f"{duty.id} {duty.title} {duty.instrument} {duty.provision}".lower()


def _row(slug: str, concern: Concern) -> Row:
    duty, standing = concern.duty.rule.duty, concern.duty.standing
    url = f"/{slug}/law/{concern.systems[0].ref}/"
    day = concern.duty.when.day
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "day": Text(f"{day:%d %b %Y}".lstrip("0")) if day else Nothing("no day"),
        "duty": Link(duty.title, url),
        "standing": Tag(standing.word, hatched=standing in (Standing.OPEN, Standing.WATCH)),
        "systems": Text(", ".join(system.name for system in concern.systems)),
        "law": Text(f"{duty.instrument}, {duty.provision}"),
        "holder": Text(duty.duty_holder),
        "facts": Text("; ".join(concern.duty.facts)),
    }
    return Row(key=f"{duty.id}:{standing.value}", url=url, cells=cells)
