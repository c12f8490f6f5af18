"""Declares monitors and notes what they saw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.watch.models import Monitor, MonitorRun
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug, roles_of
from plimsoll.people.wording import written

__all__ = ["NewMonitor", "ask_monitor", "declare_monitor", "note_run", "pause_monitor"]

MOST_HOURS = 744
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMonitor:
    """What a monitor compares, and how often."""

    name: str
    reference: str
    """Path of the reference within the asset folder."""
    current: str
    """Path of the current rows within the asset folder."""
    every_hours: int
    owner_id: int
    model_ref: str = ""
    """The model that the rows were given to, if it is one of the system's assets."""
    columns: tuple[str, ...] = ()
    """Empty: all columns of the reference."""
    categories: tuple[str, ...] = ()
    """Columns whose numbers are names."""


def declare_monitor(*, actor: Actor, system_id: int, new: NewMonitor) -> Monitor:
    """A monitor that is due at once. Its runs are evidence that its owner submits."""
    system = scope.system_by_id(actor, system_id)
    actor.must("watch:monitor:declare", system.program_id)
    if not 1 <= new.every_hours <= MOST_HOURS:
        raise BadInput(
            f"It cannot look every {new.every_hours} hours.",
            hint=f"Choose 1 to {MOST_HOURS}.",
            data={"field": "every_hours"},
        )
    if not roles_of(new.owner_id, system.program_id):
        raise BadInput("The owner must be a member of the program.", data={"field": "owner"})
    model = _model(actor, system, new.model_ref)
    name = written(new.name, what="The name of the monitor", longest=80)
    if Monitor.objects.filter(system_id=system.id, name=name).exists():
        raise Conflict(f"{system.name} has a monitor “{name}” already.")
    with writing(system.program_id):
        row = Monitor.objects.create(
            program_id=system.program_id,
            system_id=system.id,
            number=next_ref(system.program_id, RefKind.MONITOR).number,
            name=name,
            reference=_path(new.reference, field="reference"),
            current=_path(new.current, field="current"),
            model_id=model.id if model else None,
            columns=_columns(new.columns, field="columns"),
            categories=_columns(new.categories, field="categories"),
            every_hours=new.every_hours,
            owner_id=new.owner_id,
            asked_at=clock.now(),
        )
        _log(actor, row, EventKind.MONITOR_DECLARED, every_hours=row.every_hours)
    return row


def _model(actor: Actor, system: scope.SystemRow, ref: str) -> scope.AssetRow | None:
    if not ref:
        return None
    asset = scope.asset_by_ref(actor, system.program_id, ref)
    if asset.system_id != system.id or asset.kind != "model":
        raise BadInput(f"{ref[:20]} is no model of {system.name}.", data={"field": "model"})
    return asset


def _path(text: str, *, field: str) -> str:
    path = written(text, what=f"The path of the {field}", longest=300)
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise BadInput(
            f"The path “{path[:60]}” does not lie within the asset folder.",
            hint="Give a path relative to it, such as keel/september.parquet.",
            data={"field": field},
        )
    return path


def _columns(names: tuple[str, ...], *, field: str) -> list[str]:
    if len(names) > MOST_COLUMNS:
        raise BadInput(
            f"{len(names)} columns are named.", hint=f"At most {MOST_COLUMNS}.", data={"field": field}
        )
    return [written(name, what="The name of a column", longest=120) for name in names]


def ask_monitor(*, actor: Actor, program_id: int, monitor_id: int) -> Monitor:
    """Makes the monitor due now; the worker runs it."""
    row = _monitor(actor, program_id, monitor_id)
    if row.paused:
        raise Conflict(f"MON-{row.number} is paused.", hint="Let it run again first.")
    return _set(actor, row, asked_at=clock.now())


def pause_monitor(*, actor: Actor, program_id: int, monitor_id: int, paused: bool) -> Monitor:
    """Stops a monitor, or lets it look again at once. What it has shown so far expires by itself."""
    row = _monitor(actor, program_id, monitor_id)
    if row.paused == paused:
        raise Conflict(f"MON-{row.number} is {'paused' if paused else 'running'} already.")
    return _set(actor, row, paused=paused, asked_at=clock.now())


def _monitor(actor: Actor, program_id: int, monitor_id: int) -> Monitor:
    actor.must("watch:monitor:declare", program_id)
    row = Monitor.objects.filter(pk=monitor_id, program_id=program_id).first()
    if row is None:
        raise NotFound("There is no such monitor.")
    return row


def _set(actor: Actor, row: Monitor, **values: object) -> Monitor:
    with writing(row.program_id):
        Monitor.objects.filter(pk=row.pk).update(**values)
        row.refresh_from_db()
        _log(actor, row, EventKind.MONITOR_CHANGED, paused=row.paused)
    return row


def note_run(
    *,
    actor: Actor,
    monitor_id: int,
    at: datetime,
    outcome: str,
    answer: str,
    evidence: str = "",
    trouble: str = "",
) -> MonitorRun:
    """Notes one look; `trouble` says why there was nothing to see."""
    if not actor.rule:
        raise NotAllowed("A run is noted by the product itself.")
    row = Monitor.objects.get(pk=monitor_id)
    with writing(row.program_id):
        run = MonitorRun.objects.create(
            monitor=row, ran_at=at, outcome=outcome, answer=answer, evidence=evidence, trouble=trouble[:300]
        )
        append(
            kind=EventKind.MONITOR_RAN,
            actor=actor.pseudonym,
            subject=f"{program_slug(row.program_id)}/MON-{row.number}",
            payload={"system": row.system_id, "outcome": outcome, "evidence": evidence},
            program_id=row.program_id,
            records=[run],
        )
    return run


def _log(actor: Actor, row: Monitor, kind: EventKind, **payload: object) -> None:
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{program_slug(row.program_id)}/MON-{row.number}",
        payload={"system": row.system_id, **payload},
        program_id=row.program_id,
        records=[row],
    )
