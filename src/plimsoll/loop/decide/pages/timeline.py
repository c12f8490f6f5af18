"""The timeline of a program: gates, milestones, tasks and requirements on one axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.engines.timeline import Item, ItemKind, draw_timeline, when_done
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.decide import selectors
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Due, Link, Nothing, RefLink, Text
from plimsoll.ui.shortcuts import page

MOST_DRAWN = 150
"""Lines that one drawing holds; the table below holds all."""
WHOLE = "The whole program"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item with its page."""

    item: Item
    link: Cell


@require_safe
def timeline(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    systems = scope.systems_of(actor, found.id)
    chosen = request.GET.get("system", "")
    if chosen and chosen not in {system.ref for system in systems}:
        raise BadInput(
            f"There is no system “{chosen[:20]}” in this program.",
            hint="Choose one from the list, or none for all.",
            data={"field": "system"},
        )
    names = {system.name for system in systems if chosen in ("", system.ref)}
    today = clock.today()
    lines = [
        line
        for line in _lines(actor, found, systems, today)
        if line.item.section in names or (not chosen and line.item.section == WHOLE)
    ]
    ahead = [line.item for line in lines if line.item.on >= today and not line.item.ended]
    return page(
        request,
        "decide/timeline.html",
        {
            "title": "Timeline",
            "figure": {
                "label": "Timeline",
                "sentence": _sentence(lines, ahead),
                "svg": draw_timeline(
                    [line.item for line in lines[:MOST_DRAWN]], today=today, title=f"Timeline of {found.name}"
                ),
                "twin": {
                    "caption": "Everything with a day, in the order of days",
                    "headings": ("What", "Record", "Kind", "Of", "Starts", "Due", "State"),
                    "rows": [_row(line, today) for line in sorted(lines, key=lambda line: line.item.on)],
                },
            },
            "empty": not lines,
            "more": max(len(lines) - MOST_DRAWN, 0),
            "systems": [(system.ref, system.name) for system in systems],
            "chosen": chosen,
            "crumbs": [(found.name, f"/{found.slug}/"), ("Timeline", "")],
        },
    )


def _sentence(lines: Sequence[Line], ahead: Sequence[Item]) -> str:
    if not lines:
        return "Nothing has a day yet."
    counted = Counter(line.item.kind for line in lines)
    said = ", ".join(f"{counted[kind]} {kind.counted(counted[kind])}" for kind in ItemKind)
    following = min(ahead, key=lambda item: item.on, default=None)
    end = f"next is {following.label} on {following.on:%d %b %Y}" if following else "none lies ahead"
    return f"{said}; {end}."


def _lines(actor: Actor, found: ProgramRow, systems: Sequence[scope.SystemRow], today: date) -> list[Line]:
    """Every line, section by section, by day within; five queries besides the systems'."""
    order = {name: place for place, name in enumerate([*(s.name for s in systems), WHOLE])}
    lines = [*_gates(actor, found, systems), *_tasks(actor, found), *_requirements(actor, found)]
    return sorted(lines, key=lambda line: (order[line.item.section], line.item.on, line.item.label))


def _gates(actor: Actor, found: ProgramRow, systems: Sequence[scope.SystemRow]) -> Iterator[Line]:
    gates = {(gate.system_id, gate.stage): gate for gate in selectors.gates_of(actor, found.id)}
    for system in systems:
        for promise in system.promises:
            gate = gates.get((system.id, promise.stage))
            ref = gate.ref if gate else system.ref
            label = f"{gate.ref} " if gate else ""
            item = Item(
                kind=ItemKind.GATE,
                section=system.name,
                label=f"{label}{promise.stage.label}, as promised",
                on=promise.committed_on,
                ended=promise.stage.order <= system.label.order,
            )
            yield Line(item=item, link=RefLink(ref, address(found.slug, ref)))


def _tasks(actor: Actor, found: ProgramRow) -> Iterator[Line]:
    for row in plan.tasks_of(actor, found.id):
        if row.state == "dropped":
            continue
        between = None
        if row.days and row.starts_on and not row.ended:
            between = (when_done(row.starts_on, row.days[0]), when_done(row.starts_on, row.days[2]))
        item = Item(
            kind=ItemKind.MILESTONE if row.kind == "milestone" else ItemKind.TASK,
            section=row.system or WHOLE,
            label=f"{row.ref} {row.title}",
            on=row.due_on,
            starts_on=row.starts_on,
            done_between=between,
            ended=row.ended,
        )
        yield Line(item=item, link=RefLink(row.ref, address(found.slug, row.ref), row.title))


def _requirements(actor: Actor, found: ProgramRow) -> Iterator[Line]:
    """One line for the requirements of a system that are due on a day."""
    counted = Counter(
        (row.system, row.system_ref, row.due_on) for row in plan.requirements_in_force(actor, found.id)
    )
    for (system, ref, on), count in counted.items():
        word = "requirement" if count == 1 else "requirements"
        item = Item(kind=ItemKind.REQUIREMENTS, section=system, label=f"{count} {word} due", on=on)
        url = f"/{found.slug}/requirements/?system={ref.partition('-')[2]}"
        yield Line(item=item, link=Link("the list", url))


def _row(line: Line, today: date) -> tuple[str | Cell, ...]:
    item = line.item
    state = "ended" if item.ended else "late" if item.late(today) else ""
    return (
        item.label,
        line.link,
        Text(item.kind.value),
        Text(item.section),
        Due(item.starts_on, today, done=True) if item.starts_on else Nothing(),
        Due(item.on, today, done=item.ended),
        Text(state) if state else Nothing(),
    )
