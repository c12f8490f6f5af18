"""What to do, by whom and by when: tasks from playbooks that fit the kind of incident."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Phase, Role
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, any_of, met, not_met, unknown

__all__ = ["Coverage", "DueTask", "FittingPlaybook", "Playbook", "Task", "fitting_playbooks", "tasks_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Kinds of incident that a playbook is for: any of the components with any of the concerns."""

    components: frozenset[Component]
    """Never empty."""
    concerns: frozenset[Concern]
    """Never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do."""

    id: str
    """Slug within the playbook."""
    phase: Phase
    """Where it belongs."""
    title: str
    """What to do, as an order."""
    role: Role
    """Who does it."""
    offset: timedelta
    """By when, counted from the declaration."""
    authority: Role | None = None
    """Who must permit it; None if whoever does it may."""
    evidence_first: tuple[str, ...] = ()
    """What to take and hash before doing it; empty if it destroys nothing."""
    after: tuple[str, ...] = ()
    """Tasks that come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A way to respond, as data."""

    id: str
    """Slug."""
    title: str
    """One line."""
    version: str
    """Edition of the file."""
    checked_at: date
    """Last look at it."""
    stale_after_days: int
    """After how many days it counts as stale."""
    covers: tuple[Coverage, ...]
    """Kinds that it is for; empty for one that is for every incident."""
    tasks: tuple[Task, ...]
    """In the order of the file."""

    @property
    def general(self) -> bool:
        """Whether it is for every incident."""
        return not self.covers


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingPlaybook:
    """A playbook that is, or may be, for an incident."""

    playbook: Playbook
    """Which."""
    judgement: Judgement
    """MET if it is for this kind; UNKNOWN while an unknown part of the kind decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTask:
    """A task of one incident."""

    playbook: str
    """Id of the playbook."""
    task: Task
    """What to do."""
    due: datetime
    """By when."""


def fitting_playbooks(playbooks: Iterable[Playbook], kind: IncidentKind) -> tuple[FittingPlaybook, ...]:
    """The playbooks that fit or may fit the kind: those for it, those that may be, then the general ones.

    Within each group the given order is kept. While component or concern is unknown, a playbook is left
    out only if the known part rules it out.
    """
    found = [FittingPlaybook(playbook=book, judgement=_fits(book, kind)) for book in playbooks]
    kept = [fit for fit in found if fit.judgement.verdict is not Verdict.NOT_MET]
    return tuple(
        sorted(kept, key=lambda fit: (fit.playbook.general, fit.judgement.verdict is Verdict.UNKNOWN))
    )


def _fits(playbook: Playbook, kind: IncidentKind) -> Judgement:
    if playbook.general:
        return met("it is for every incident")
    return any_of(
        all_of(
            (
                _among("component", kind.component, cover.components),
                _among("concern", kind.concern, cover.concerns),
            )
        )
        for cover in playbook.covers
    )


def _among(
    what: str, value: Component | Concern | None, listed: frozenset[Component] | frozenset[Concern]
) -> Judgement:
    words = ", ".join(sorted(item.value.replace("_", " ") for item in listed))
    if value is None:
        return unknown(f"the {what} is not known; it is for {words}")
    name = value.value.replace("_", " ")
    return met(f"the {what} is {name}") if value in listed else not_met(f"the {what} is {name}, not {words}")


def tasks_from(playbook: Playbook, *, declared_at: datetime) -> tuple[DueTask, ...]:
    """The playbook's tasks with their due times, the earliest first; ties keep the order of the file."""
    due = (DueTask(playbook=playbook.id, task=task, due=declared_at + task.offset) for task in playbook.tasks)
    return tuple(sorted(due, key=lambda item: item.task.offset))
