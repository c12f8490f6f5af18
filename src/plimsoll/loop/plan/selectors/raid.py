"""Risks, assumptions, issues and dependencies as one list, with what became of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plimsoll.adapters.catalog import load_catalog
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan.models import Conversion, Dependency, Issue
from plimsoll.loop.plan.selectors.risks import risks_of
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = ["CONVERSIONS", "MatterRow", "RaidRow", "Thread", "matter_by_ref", "raid_of", "thread_of"]

CONVERSIONS = {
    "risk": ("issue",),
    "assumption": ("risk", "issue"),
    "issue": ("risk",),
    "dependency": ("risk", "issue"),
}
"""Kind → what it can become."""
UNCONFIRMED = timedelta(days=10)
"""A dependency that nobody asked about for longer is shown as unconfirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRow:
    """An issue or a dependency."""

    kind: str
    id: int
    program_id: int
    ref: str
    title: str
    note: str
    system_id: int | None
    system: str
    system_ref: str
    owner_id: int
    owner: str
    state: str
    due_on: date | None
    provider: str
    confidence: float | None
    """How sure it is that it comes, 0 to 1; None if nobody said, or for an issue."""
    confirmed_on: date | None
    raised_at: datetime

    def unconfirmed(self, today: date) -> bool:
        """Whether nobody asked about a dependency for more than ten days."""
        return (
            self.kind == "dependency"
            and self.state == "open"
            and today - (self.confirmed_on or self.raised_at.date()) > UNCONFIRMED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a record came from and what it became."""

    source: str = ""
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidRow:
    kind: str
    ref: str
    title: str
    system: str
    owner_id: int
    owner: str
    state: str
    ended: bool
    due_on: date | None
    unconfirmed: bool
    thread: Thread


def raid_of(actor: Actor, program_id: int, *, now: datetime) -> list[RaidRow]:
    """Risks that are not closed, and all assumptions, issues and dependencies, by day; five queries."""
    must_see(actor, program_id)
    threads = _threads(program_id)
    today = now.date()
    rows = [
        RaidRow(
            kind="risk",
            ref=risk.ref,
            title=risk.title,
            system=risk.system,
            owner_id=risk.owner_id,
            owner=risk.owner,
            state=risk.state,
            ended=False,
            due_on=risk.due_on,
            unconfirmed=False,
            thread=threads[risk.ref],
        )
        for risk in risks_of(actor, program_id)
    ]
    rows += [
        RaidRow(
            kind="assumption",
            ref=row.ref,
            title=assumption_title(row),
            system=row.system,
            owner_id=row.owner_id,
            owner=row.owner,
            state=row.state.value,
            ended=not row.acts,
            due_on=row.due_on,
            unconfirmed=False,
            thread=threads[row.ref],
        )
        for row in scope.assumptions_of(actor, program_id, now=now)
    ]
    rows += [
        RaidRow(
            kind=row.kind,
            ref=row.ref,
            title=row.title,
            system=row.system,
            owner_id=row.owner_id,
            owner=row.owner,
            state=row.state,
            ended=row.state == "closed",
            due_on=row.due_on,
            unconfirmed=row.unconfirmed(today),
            thread=threads[row.ref],
        )
        for row in (
            *_issues(Issue.objects.filter(program_id=program_id).select_related("owner", "system")),
            *_dependencies(
                Dependency.objects.filter(program_id=program_id).select_related("owner", "system")
            ),
        )
    ]
    return sorted(rows, key=lambda row: (row.ended, row.due_on or date.max, row.ref))


def assumption_title(row: scope.AssumptionRow) -> str:
    """What is assumed, in one sentence."""
    ask = load_catalog().question_set[row.question].ask
    return f"{row.question}: {ask}"


def matter_by_ref(actor: Actor, program_id: int, ref: str) -> MatterRow:
    """The issue or dependency with this ref; one query."""
    must_see(actor, program_id)
    found: list[MatterRow]
    if ref.upper().startswith("DEP-"):
        rows = Dependency.objects.filter(program_id=program_id, number=number_of(ref, "DEP"))
        found = _dependencies(rows.select_related("owner", "system"))
    else:
        issues = Issue.objects.filter(program_id=program_id, number=number_of(ref, "ISS"))
        found = _issues(issues.select_related("owner", "system"))
    if not found:
        raise NotFound(f"There is no {ref[:20]} in this program.")
    return found[0]


def thread_of(actor: Actor, program_id: int, ref: str) -> Thread:
    """Where a record came from and what it became; one query."""
    must_see(actor, program_id)
    return _threads(program_id)[ref]


def _threads(program_id: int) -> dict[str, Thread]:
    sources: dict[str, str] = {}
    results: dict[str, list[str]] = defaultdict(list)
    rows = Conversion.objects.filter(program_id=program_id).order_by("pk")
    for source, result in rows.values_list("source", "result"):
        sources[result] = source
        results[source].append(result)
    found: dict[str, Thread] = defaultdict(Thread)
    for ref in {*sources, *results}:
        found[ref] = Thread(source=sources.get(ref, ""), results=tuple(results.get(ref, ())))
    return found


def _issues(rows: Iterable[Issue]) -> list[MatterRow]:
    return [
        _matter(row, kind="issue", ref=f"ISS-{row.number}", provider="", confidence=None, confirmed_on=None)
        for row in rows
    ]


def _dependencies(rows: Iterable[Dependency]) -> list[MatterRow]:
    return [
        _matter(
            row,
            kind="dependency",
            ref=f"DEP-{row.number}",
            provider=row.provider,
            confidence=row.confidence,
            confirmed_on=row.confirmed_on,
        )
        for row in rows
    ]


def _matter(
    row: Issue | Dependency,
    *,
    kind: str,
    ref: str,
    provider: str,
    confidence: float | None,
    confirmed_on: date | None,
) -> MatterRow:
    return MatterRow(
        kind=kind,
        id=row.pk,
        program_id=row.program_id,
        ref=ref,
        title=row.title,
        note=row.note,
        system_id=row.system_id,
        system=row.system.name if row.system else "",
        system_ref=f"SYS-{row.system.number}" if row.system else "",
        owner_id=row.owner_id,
        owner=row.owner.name,
        state=row.state,
        due_on=row.due_on,
        provider=provider,
        confidence=confidence,
        confirmed_on=confirmed_on,
        raised_at=row.raised_at,
    )
