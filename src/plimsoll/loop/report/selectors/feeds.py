"""Calendar feeds, and the days that they tell.

A feed names no person: who reads a calendar over somebody's shoulder learns dates and titles only.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.report.models import CalendarFeed
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import ProgramRow, actor_of, program_named, program_slug
from plimsoll.ui.addresses import address

__all__ = ["DueDay", "FeedRow", "due_days", "feed_of_secret", "feeds_of"]

BACK = timedelta(days=60)
"""What was due longer ago is not told any more."""
AHEAD = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    id: int
    reach: str
    owner: str
    issued_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    key: str
    """Names the thing within its program and never changes."""
    on: date
    summary: str
    path: str


def feeds_of(actor: Actor, program_id: int) -> list[FeedRow]:
    """The actor's open feeds in a program; everybody's for those who may change members. One query."""
    if not actor.sees(program_id):
        raise NotFound("There is no such program.")
    rows = CalendarFeed.objects.filter(program_id=program_id, revoked_at=None)
    if not actor.may("people:member:change", program_id):
        rows = rows.filter(user_id=actor.user_id or 0)
    return [
        FeedRow(
            id=row.pk,
            reach=row.reach,
            owner=row.user.name,
            issued_at=row.issued_at,
            mine=row.user_id == actor.user_id,
        )
        for row in rows.select_related("user").order_by("issued_at", "pk")
    ]


def feed_of_secret(secret: str) -> tuple[FeedRow, Actor, ProgramRow]:
    """The feed with this secret, who reads by it, and their program; three queries.

    NotFound, without saying why, if there is none, it was revoked, or its owner is no member any more.
    """
    digest = hashlib.sha256(secret.encode(errors="replace")).hexdigest()
    rows = CalendarFeed.objects.filter(secret_hash=digest, revoked_at=None, user__is_active=True)
    row = rows.select_related("user").first()
    if row is None:
        raise NotFound("There is no such calendar.", hint="Take a new address under Calendar feeds.")
    actor = actor_of(row.user)
    if not actor.may("people:feed:issue", row.program_id):
        raise NotFound("There is no such calendar.", hint="Take a new address under Calendar feeds.")
    feed = FeedRow(id=row.pk, reach=row.reach, owner=row.user.name, issued_at=row.issued_at, mine=True)
    return feed, actor, program_named(actor, program_slug(row.program_id))


def due_days(actor: Actor, program: ProgramRow, reach: str, *, now: datetime) -> list[DueDay]:
    """What is due and not done, by day: of the actor, or of the whole program; a fixed number of queries."""
    found = _mine(actor, program, now) if reach == "mine" else _program(actor, program, now)
    first = now.date() - BACK
    return sorted((day for day in found if day.on >= first), key=lambda day: (day.on, day.key))


def _mine(actor: Actor, program: ProgramRow, now: datetime) -> Iterator[DueDay]:
    own, until = actor.user_id or 0, now.date() + AHEAD
    for row in plan.requirements_due(actor, program.id, owner_id=own, until=until):
        yield _day(program, row.ref, row.due_on, f"{row.title} ({row.system})")
    for task in plan.tasks_due(actor, program.id, owner_id=own, until=until):
        yield _day(program, task.ref, task.due_on, task.title)
    for risk in plan.risks_of(actor, program.id):
        if risk.owner_id == own and risk.due_on:
            yield _day(program, risk.ref, risk.due_on, f"Plan for: {risk.title}")
    for assumption in scope.assumptions_of(actor, program.id, now=now):
        if assumption.owner_id == own and assumption.acts:
            what = f"Find out {assumption.question} of {assumption.system}"
            yield _day(program, assumption.ref, assumption.due_on, what)
    for condition in decide.conditions_of(actor, program.id):
        if condition.owner_id == own and condition.met_at is None:
            path = address(program.slug, condition.decision_ref)
            yield _day(program, condition.ref, condition.due_on, condition.sentence, path)


def _program(actor: Actor, program: ProgramRow, now: datetime) -> Iterator[DueDay]:
    today = now.date()
    systems = scope.systems_of(actor, program.id)
    for system in systems:
        for promise in system.promises:
            if promise.stage.order > system.label.order:
                yield DueDay(
                    key=f"promise-{promise.stage}-{system.ref}".lower(),
                    on=promise.committed_on,
                    summary=f"{system.name} → {promise.stage.label}, as promised",
                    path=address(program.slug, system.ref),
                )
    yield from _requirements(actor, program)
    for task in plan.tasks_of(actor, program.id):
        if not task.ended:
            mark = "◆ " if task.kind == "milestone" else ""
            yield _day(program, task.ref, task.due_on, f"{mark}{task.title}")
    for condition in decide.conditions_of(actor, program.id):
        if condition.met_at is None:
            path = address(program.slug, condition.decision_ref)
            yield _day(program, condition.ref, condition.due_on, condition.sentence, path)
    for waiver in decide.waivers_of(actor, program.id):
        if waiver.state(today) == "in force":
            what = f"Waiver ends: {waiver.rule.replace('-', ' ')} ({waiver.system})"
            yield _day(program, waiver.ref, waiver.expires_on, what)


def _requirements(actor: Actor, program: ProgramRow) -> Iterator[DueDay]:
    """One day for all requirements of a system that are due on it: forty lines would hide the rest."""
    counted: dict[tuple[str, str, date], int] = defaultdict(int)
    for row in plan.requirements_in_force(actor, program.id):
        counted[row.system_ref, row.system, row.due_on] += 1
    for (ref, name, on), count in counted.items():
        yield DueDay(
            key=f"requirements-{on.isoformat()}-{ref}".lower(),
            on=on,
            summary=f"{count} requirement{'s' if count != 1 else ''} of {name}",
            path=f"/{program.slug}/requirements/?system={ref.partition('-')[2]}",
        )


def _day(program: ProgramRow, ref: str, on: date, what: str, path: str = "") -> DueDay:
    return DueDay(key=ref.lower(), on=on, summary=f"{ref} {what}", path=path or address(program.slug, ref))
