"""Incidents and hazards, and what was entered about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.engines.incidents.timeline import Milestone, Timeline
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.respond.models import Incident, IncidentNote, Moment, TriggerTime
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import ListQuery, page_of, read_cursor

__all__ = [
    "IncidentRow",
    "NoteRow",
    "TimeRow",
    "incident_by_id",
    "incident_by_ref",
    "incidents_after",
    "incidents_named",
    "incidents_of",
    "incidents_page",
    "moments_of",
    "notes_of",
    "timeline",
    "triggers_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    sort: Sort
    title: str
    component: Component | None
    concern: Concern | None
    commander_id: int
    commander: str
    scribe_id: int | None
    scribe: str
    declared_by: str
    declared_at: datetime
    closed_at: datetime | None
    closed_by: str

    @property
    def kind(self) -> IncidentKind:
        return IncidentKind(component=self.component, concern=self.concern)

    @property
    def kind_words(self) -> str:
        """As people read it: "model, misuse"; a part that nobody knows says so."""
        parts = (self.component, self.concern)
        return ", ".join(p.value.replace("_", " ") if p else "not known" for p in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """When something was, and when somebody entered that."""

    name: str
    """Milestone, or id of a trigger event."""
    at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    at: datetime
    text: str
    written_by: str
    written_at: datetime


def incidents_of(
    actor: Actor, program_id: int, *, commander_id: int | None = None, open_only: bool = False
) -> list[IncidentRow]:
    """All incidents and hazards of a program, or those that a person commands, newest first; one query."""
    must_see(actor, program_id)
    rows = Incident.objects.filter(program_id=program_id)
    if commander_id is not None:
        rows = rows.filter(commander_id=commander_id)
    if open_only:
        rows = rows.filter(closed_at=None)
    return [_row(row) for row in _joined(rows).order_by("-number")]


def incidents_page(actor: Actor, program_id: int, query: ListQuery) -> tuple[list[IncidentRow], int]:
    """One page of incidents and hazards, and how many there are; two queries."""
    must_see(actor, program_id)
    rows = Incident.objects.filter(program_id=program_id)
    chosen = query.chosen
    for key, column in (
        ("happened", "sort"),
        ("system", "system__number"),
        ("component", "component"),
        ("concern", "concern"),
        ("commander", "commander_id"),
    ):
        if key in chosen:
            rows = rows.filter(**{column: chosen[key]})
    if "state" in chosen:
        rows = rows.filter(closed_at__isnull=chosen["state"] == "open")
    if query.search:
        rows = rows.filter(Q(title__icontains=query.search) | Q(system__name__icontains=query.search))
    return [_row(row) for row in _joined(page_of(rows, query, last="-number"))], rows.count()


def incidents_after(
    actor: Actor, program_id: int, *, after: str, limit: int
) -> tuple[list[IncidentRow], str | None]:
    """At most `limit` incidents after a cursor, by number, and the next cursor; one query."""
    must_see(actor, program_id)
    start, count = read_cursor(after, limit)
    rows = Incident.objects.filter(program_id=program_id, number__gt=start).order_by("number")
    found = [_row(row) for row in _joined(rows)[: count + 1]]
    return found[:count], found[count - 1].ref.split("-")[1] if len(found) > count else None


def incidents_named(actor: Actor, program_id: int, text: str, *, most: int) -> list[IncidentRow]:
    """Incidents whose title holds the text, newest first; one query."""
    must_see(actor, program_id)
    rows = Incident.objects.filter(program_id=program_id, title__icontains=text)
    return [_row(row) for row in _joined(rows).order_by("-number")[:most]]


def incident_by_ref(actor: Actor, program_id: int, ref: str) -> IncidentRow:
    must_see(actor, program_id)
    rows = Incident.objects.filter(program_id=program_id, number=number_of(ref, "INC"))
    row = _joined(rows).first()
    if row is None:
        raise NotFound(f"There is no incident {ref[:20]} in this program.")
    return _row(row)


def incident_by_id(actor: Actor, incident_id: int) -> IncidentRow:
    row = _joined(Incident.objects.filter(pk=incident_id)).first()
    if row is None or not actor.sees(row.program_id):
        raise NotFound("There is no such incident.")
    return _row(row)


def _joined(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    return rows.select_related("system", "commander", "scribe", "declared_by", "closed_by")


def _row(row: Incident) -> IncidentRow:
    return IncidentRow(
        id=row.pk,
        program_id=row.program_id,
        system_id=row.system_id,
        system=row.system.name,
        system_ref=f"SYS-{row.system.number}",
        ref=f"INC-{row.number}",
        sort=Sort(row.sort),
        title=row.title,
        component=Component(row.component) if row.component else None,
        concern=Concern(row.concern) if row.concern else None,
        commander_id=row.commander_id,
        commander=row.commander.name,
        scribe_id=row.scribe_id,
        scribe=row.scribe.name if row.scribe else "",
        declared_by=row.declared_by.name if row.declared_by else "",
        declared_at=row.declared_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by.name if row.closed_by else "",
    )


def moments_of(incident_ids: Iterable[int]) -> dict[int, list[TimeRow]]:
    """Incident → its milestones in order of time; one query. The caller has read the incidents."""
    found: dict[int, list[TimeRow]] = defaultdict(list)
    rows = Moment.objects.filter(incident_id__in=list(incident_ids)).select_related("entered_by")
    for row in rows.order_by("at", "pk"):
        found[row.incident_id].append(_time(row.milestone, row))
    return found


def triggers_of(incident_ids: Iterable[int]) -> dict[int, list[TimeRow]]:
    """Incident → its trigger events in order of time; one query. The caller has read the incidents."""
    found: dict[int, list[TimeRow]] = defaultdict(list)
    rows = TriggerTime.objects.filter(incident_id__in=list(incident_ids)).select_related("entered_by")
    for row in rows.order_by("at", "pk"):
        found[row.incident_id].append(_time(row.event, row))
    return found


def _time(name: str, row: Moment | TriggerTime) -> TimeRow:
    who = row.entered_by.name if row.entered_by else ""
    return TimeRow(name=name, at=row.at, entered_by=who, entered_at=row.entered_at)


def notes_of(incident_id: int) -> list[NoteRow]:
    """What was written down, in order of time; one query. The caller has read the incident."""
    rows = IncidentNote.objects.filter(incident_id=incident_id).select_related("written_by")
    return [
        NoteRow(at=row.at, text=row.text, written_by=row.written_by.name, written_at=row.written_at)
        for row in rows.order_by("at", "pk")
    ]


def timeline(declared_at: datetime, moments: Iterable[TimeRow]) -> Timeline:
    """The moments that are measured. The declaration is the incident's own and never entered by hand."""
    known = {Milestone(row.name): row.at for row in moments}
    return Timeline(moments={**known, Milestone.DECLARED: declared_at})
