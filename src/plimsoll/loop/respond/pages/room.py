"""The room of one incident: its clocks by jurisdiction, tasks, timeline, and who leads."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.adapters.playbooks import load_playbooks
from plimsoll.engines.clocks.states import RunningClock, State, by_jurisdiction
from plimsoll.engines.incidents.metrics import spans
from plimsoll.engines.incidents.playbook import fitting_playbooks
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.engines.law.obligations import Standing
from plimsoll.kernel import clock as clocks
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.forms import NoteForm
from plimsoll.loop.respond.pages.faces import clock_line
from plimsoll.loop.respond.pages.measures import span_line
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Instant, Nothing, Person, RefLink, Tag, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page

__all__ = ["add_note", "incident"]


@require_safe
def incident(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    return _room(request, actor, found, selectors.incident_by_ref(actor, found.id, ref))


def _room(
    request: HttpRequest,
    actor: Actor,
    found: ProgramRow,
    row: selectors.IncidentRow,
    *,
    note: NoteForm | None = None,
) -> HttpResponse:
    now = clocks.now()
    known = facts.incident_clocks(actor, [row], now=now)[0]
    moments = selectors.moments_of([row.id]).get(row.id, [])
    tasks = selectors.tasks_of(row.id)
    review = _review(actor, row, now)
    may = actor.may("respond:incident:change", found.id) and row.closed_at is None
    if may and note is None:
        note = NoteForm(auto_id="note_%s")
    return page(
        request,
        "respond/incident.html",
        {
            "title": row.title,
            "kind": "Hazard" if row.sort.value == "hazard" else "Incident",
            "ref": row.ref,
            "row": row,
            "slug": found.slug,
            "facts": _facts(found.slug, row, known.system),
            "steps": _steps(row, {Milestone(m.name) for m in moments}, reviewed=review["review"] is not None),
            "next": _next(found.slug, known),
            "places": _places(found.slug, known),
            "without": _without(known),
            "open_tasks": [_task(t, now) for t in tasks if t.done_at is None][:SHOWN_TASKS],
            "later_tasks": [_task(t, now) for t in tasks if t.done_at is None][SHOWN_TASKS:],
            "done_tasks": [_task(t, now) for t in tasks if t.done_at is not None],
            "open_count": sum(t.done_at is None for t in tasks),
            "may_fit": _may_fit(row, tasks),
            "times": _times(row, moments),
            "spans": [span_line(s) for s in spans(selectors.timeline(row.declared_at, moments), now=now)],
            "items": selectors.items_of(row.id),
            "may_deposit": actor.may("respond:item:deposit", found.id),
            "may_withdraw": actor.may("respond:item:withdraw", found.id),
            "timeline": _timeline(row, moments, tasks, known.entered),
            **review,
            "waiting_clocks": sum(c.state is State.NOT_STARTED for c in known.pending),
            "may_close_clocks": actor.may("respond:clock:close", found.id) and row.closed_at is None,
            "may": may,
            "note": note if may else None,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Incidents", f"/{found.slug}/incidents/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
        status=422 if note is not None and note.is_bound else 200,
    )


def _review(actor: Actor, row: selectors.IncidentRow, now: datetime) -> dict[str, Any]:
    """The review, its lessons with the systems they would be asked in, and what the reader may do."""
    lessons = selectors.lessons_of(row.id)
    fitting = facts.would_fit(actor, row.program_id, [lesson.criterion for lesson in lessons], now=now)
    written = selectors.reviews_of([row.id]).get(row.id)
    return {
        "review": written,
        "lessons": [
            (
                lesson,
                [
                    (system, judgement)
                    for system, judgement in systems
                    if judgement.verdict is not Verdict.NOT_MET
                ],
            )
            for lesson, systems in zip(lessons, fitting, strict=True)
        ],
        "may_review": actor.may("respond:incident:review", row.program_id) and row.closed_at is None,
        "may_propose": actor.may("respond:lesson:propose", row.program_id) and written is not None,
        "may_decide": actor.may("respond:lesson:decide", row.program_id),
        "may_close": actor.may("respond:incident:close", row.program_id)
        and written is not None
        and row.closed_at is None,
    }


def _facts(slug: str, row: selectors.IncidentRow, system: scope.SystemRow) -> list[tuple[str, Cell]]:
    return [
        ("System", RefLink(row.system_ref, address(slug, row.system_ref), row.system)),
        ("State", Tag("closed" if row.closed_at else "open")),
        ("Kind", Text(row.kind_words)),
        ("Commander", Person(row.commander)),
        ("Scribe", Person(row.scribe) if row.scribe else Nothing("nobody is named")),
        ("Off switch", Person(system.holder) if system.holder else Nothing("nobody is named")),
    ]


SHOWN_TASKS = 6
"""Open tasks that stand in the room at once; the others wait in a fold."""
STEPS = (
    ("Contain", Milestone.CONTAINED),
    ("Eradicate", Milestone.ERADICATED),
    ("Restore", Milestone.RESTORED),
)


def _steps(row: selectors.IncidentRow, come: set[Milestone], *, reviewed: bool) -> list[dict[str, str]]:
    """Each step by what is true of it; the first that is not done is the current one."""
    done = [("Declare", True), *((label, milestone in come) for label, milestone in STEPS)]
    done += [("Review", reviewed), ("Close", row.closed_at is not None)]
    current = next((label for label, is_done in done if not is_done), "")
    return [
        {
            "label": label,
            "url": "",
            "state": "done" if is_done else "current" if label == current else "next",
        }
        for label, is_done in done
    ]


def _next(slug: str, known: facts.IncidentClocks) -> dict[str, Any] | None:
    """The most urgent clock that runs."""
    first = next((c for c in known.pending if c.state is not State.NOT_STARTED), None)
    return _line(slug, known, first) if first else None


def _line(slug: str, known: facts.IncidentClocks, clock: RunningClock) -> dict[str, Any]:
    return clock_line(clock, address(slug, known.incident.ref, "clocks", *clock.key))


def _places(slug: str, known: facts.IncidentClocks) -> list[dict[str, Any]]:
    """Jurisdictions with their clocks, the most urgent first, and the zone that counts there."""
    book = load_clock_law().book
    return [
        {
            "name": place,
            "zone": book.places[place].zone_name,
            "clocks": [_line(slug, known, c) for c in found if c.state is not State.NOT_STARTED],
            "waiting": [_line(slug, known, c) for c in found if c.state is State.NOT_STARTED],
        }
        for place, found in by_jurisdiction(known.clocks).items()
    ]


WITHOUT = (Standing.NOT_YET, Standing.VOLUNTARY, Standing.WATCH, Standing.OUT)


def _without(known: facts.IncidentClocks) -> list[tuple[str, list[facts.WithoutClock]]]:
    """What starts no clock, by why not."""
    grouped = [(s.word, [item for item in known.without if item.standing is s]) for s in WITHOUT]
    return [(word, items) for word, items in grouped if items]


def _task(row: selectors.TaskRow, now: datetime) -> dict[str, Any]:
    return {
        "row": row,
        "role": row.role.replace("_", " "),
        "authority": row.authority.replace("_", " "),
        "due": Instant(row.due_at),
        "late": row.done_at is None and row.due_at < now,
    }


def _may_fit(row: selectors.IncidentRow, tasks: list[selectors.TaskRow]) -> list[tuple[str, str, str]]:
    """Playbooks whose tasks are not there and that may fit: id, title, what decides."""
    there = {task.playbook for task in tasks}
    return [
        (fit.playbook.id, fit.playbook.title, fit.judgement.deciding[0].text)
        for fit in fitting_playbooks(load_playbooks(), row.kind)
        if fit.judgement.verdict is Verdict.UNKNOWN and fit.playbook.id not in there
    ]


def _times(
    row: selectors.IncidentRow, moments: list[selectors.TimeRow]
) -> list[tuple[str, Cell, selectors.TimeRow | None]]:
    """Every milestone in order: when it was, and what was entered."""
    known = {m.name: m for m in moments}
    lines: list[tuple[str, Cell, selectors.TimeRow | None]] = []
    for milestone in Milestone:
        entry = known.get(milestone.value)
        at = row.declared_at if milestone is Milestone.DECLARED else entry.at if entry else None
        lines.append((milestone.words.capitalize(), Instant(at) if at else Nothing("not known"), entry))
    return lines


def _timeline(
    row: selectors.IncidentRow,
    moments: list[selectors.TimeRow],
    tasks: list[selectors.TaskRow],
    entered: facts.Entered,
) -> list[dict[str, Any]]:
    """What happened, in order of time, from everything that was entered."""
    events = load_clock_law().book.events
    lines = [(row.declared_at, f"Declared as {row.sort.value}", row.declared_by or "by a rule", "")]
    lines += [(m.at, Milestone(m.name).words.capitalize(), m.entered_by, "") for m in moments]
    lines += [
        (t.at, f"{events[t.name].ask if t.name in events else t.name}", t.entered_by, "starts clocks")
        for t in entered.triggers
    ]
    lines += [(n.at, n.text, n.written_by, "") for n in selectors.notes_of(row.id)]
    lines += [(t.done_at, t.title, t.done_by, "task done") for t in tasks if t.done_at]
    lines += [
        (s.at, f"{s.duty} {s.stage.replace('_', ' ')} done. {s.reference}".strip(), s.entered_by, "sent")
        for s in entered.submissions
    ]
    lines += [
        (c.signed_at, f"{c.duty} {c.stage.replace('_', ' ')} closed: {c.reason}", c.signer, "clock closed")
        for c in entered.closings
    ]
    if row.closed_at:
        lines.append((row.closed_at, "Closed", row.closed_by, ""))
    return [
        {"at": at, "text": text, "by": by, "tag": tag}
        for at, text, by, tag in sorted(lines, key=itemgetter(0))
    ]


@require_POST
def add_note(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """What the scribe writes down."""
    actor, found = actor_and_program(request, program)
    actor.must("respond:incident:change", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    form = NoteForm(request.POST, auto_id="note_%s")
    if form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.write_note(actor=actor, incident_id=row.id, text=given["text"], at=given["at"]),
        ):
            messages.success(request, "Written down.")
            return redirect(address(found.slug, row.ref))
    return _room(request, actor, found, row, note=form)
