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
from plimsoll.ui.cells import Cell, Link, Mono, Nothing, Tag, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page

CONCERNS = (
    Standing.APPLIES,
    Standing.GRACE,
    Standing.OPEN,
    Standing.NOT_YET,
    Standing.VOLUNTARY,
    Standing.WATCH,
)
"""How a duty may concern a system, the most pressing first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One duty with the systems that it concerns."""

    duty: DutyFound
    """As it stands to the system that it presses most."""
    systems: tuple[tuple[scope.SystemRow, Standing], ...]


def concerns_of(actor: Actor, program_id: int, *, as_of: date, system: str = "") -> list[Concern]:
    """Every duty that concerns a system, by its first day; those without a day come last. Four queries."""
    rows = [s for s in scope.systems_of(actor, program_id) if not system or s.ref == system]
    found: dict[str, list[tuple[scope.SystemRow, DutyFound]]] = {}
    for sheet in scope.law_sheets(actor, rows, as_of=as_of):
        for item in sheet.duties.found:
            if item.standing is Standing.OUT or (item.standing is Standing.WATCH and item.truth is False):
                continue
            found.setdefault(item.rule.duty.id, []).append((sheet.system, item))
    listed = [
        Concern(
            duty=min((item for _, item in concerned), key=lambda item: CONCERNS.index(item.standing)),
            systems=tuple((system, item.standing) for system, item in concerned),
        )
        for concerned in found.values()
    ]
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
            if _stands(concern, query.chosen.get("standing", ""))
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
            Column(key="ref", label="Ref"),
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


def _stands(concern: Concern, standing: str) -> bool:
    return not standing or any(found.value == standing for _, found in concern.systems)


def _systems(concern: Concern) -> str:
    """The systems by how the duty stands to them, said once if it stands to all alike."""
    names: dict[Standing, list[str]] = {}
    for system, standing in concern.systems:
        names.setdefault(standing, []).append(system.name)
    if len(names) == 1:
        return ", ".join(next(iter(names.values())))
    return "; ".join(
        f"{standing.word}: {', '.join(names[standing])}" for standing in CONCERNS if standing in names
    )


def _searched(concern: Concern) -> str:
    duty = concern.duty.rule.duty
    return f"{duty.id} {duty.title} {duty.instrument} {duty.provision}".lower()


def _row(slug: str, concern: Concern) -> Row:
    duty, standing = concern.duty.rule.duty, concern.duty.standing
    url = f"/{slug}/law/{concern.systems[0][0].ref}/"
    day = concern.duty.when.day
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": Mono(duty.id),
        "day": Text(f"{day:%d %b %Y}".lstrip("0")) if day else Nothing("no day"),
        "duty": Link(duty.title, url),
        "standing": Tag(standing.word, hatched=standing in (Standing.OPEN, Standing.WATCH)),
        "systems": Text(_systems(concern)),
        "law": Text(f"{duty.instrument}, {duty.provision}"),
        "holder": Text(duty.duty_holder),
        "facts": Text("; ".join(concern.duty.facts)),
    }
    return Row(key=duty.id, url=url, cells=cells)
