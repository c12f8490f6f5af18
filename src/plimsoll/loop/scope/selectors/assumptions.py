"""Assumptions, with what time has made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from plimsoll.engines.scoping.assumption import (
    Assumed,
    AssumptionState,
    policy_in_force,
    state_at,
)
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.models import Assumption
from plimsoll.loop.scope.selectors.seeing import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = ["AssumptionRow", "assumption_by_ref", "assumption_rows", "assumptions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionRow:
    id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    question: str
    value: str
    policy: Policy
    in_force: Policy
    state: AssumptionState
    owner_id: int
    owner: str
    due_on: date
    find_out: str
    made_at: datetime

    @property
    def acts(self) -> bool:
        """Whether it is still acted on: open, or expired and so worst case."""
        return self.state in (AssumptionState.OPEN, AssumptionState.EXPIRED)


def assumptions_of(actor: Actor, program_id: int, *, now: datetime) -> list[AssumptionRow]:
    """All assumptions of a program, open ones by due date first; one query."""
    must_see(actor, program_id)
    rows = assumption_rows(Assumption.objects.filter(program_id=program_id), now=now)
    return sorted(rows, key=lambda a: (not a.acts, a.due_on))


def assumption_by_ref(actor: Actor, program_id: int, ref: str, *, now: datetime) -> AssumptionRow:
    must_see(actor, program_id)
    rows = assumption_rows(
        Assumption.objects.filter(program_id=program_id, number=number_of(ref, "ASM")), now=now
    )
    if not rows:
        raise NotFound(f"There is no assumption {ref[:20]} in this program.")
    return rows[0]


def assumption_rows(rows: QuerySet[Assumption], *, now: datetime) -> list[AssumptionRow]:
    """The rows as they stand at `now`; one query. The caller checks who may see them."""
    today = now.date()
    return [_row(row, today) for row in rows.select_related("owner", "system").order_by("number")]


def _row(row: Assumption, today: date) -> AssumptionRow:
    assumed = Assumed(
        question=row.question,
        value=row.value or None,
        policy=Policy(row.policy),
        due_on=row.due_on,
    )
    return AssumptionRow(
        id=row.pk,
        system_id=row.system_id,
        system=row.system.name,
        system_ref=f"SYS-{row.system.number}",
        ref=f"ASM-{row.number}",
        question=row.question,
        value=row.value,
        policy=assumed.policy,
        in_force=policy_in_force(assumed, today),
        state=state_at(AssumptionState(row.state), row.due_on, today),
        owner_id=row.owner_id,
        owner=row.owner.name,
        due_on=row.due_on,
        find_out=row.find_out,
        made_at=row.made_at,
    )
