"""Decisions and their conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.loop.decide.models import Condition, Decision
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import PAGE_SIZE, ListQuery

__all__ = [
    "ConditionRow",
    "DecisionRow",
    "condition_id",
    "conditions_of",
    "decision_by_ref",
    "decisions_of",
    "decisions_page",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    id: int
    ref: str
    gate_id: int
    gate_ref: str
    system: str
    system_ref: str
    stage: Stage
    snapshot_id: int
    snapshot_number: int
    snapshot_digest: str
    outcome: Outcome
    option: str
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    id: int
    decision_id: int
    decision_ref: str
    ref: str
    criterion: str
    sentence: str
    owner_id: int
    owner: str
    due_on: date
    effect: str
    met_at: datetime | None


def decisions_of(actor: Actor, program_id: int) -> list[DecisionRow]:
    """All decisions of a program, newest first; one query."""
    must_see(actor, program_id)
    return _rows(Decision.objects.filter(program_id=program_id).order_by("-number"))


def decisions_page(actor: Actor, program_id: int, query: ListQuery) -> tuple[list[DecisionRow], int]:
    must_see(actor, program_id)
    rows = Decision.objects.filter(program_id=program_id)
    for key, column in (("outcome", "outcome"), ("system", "gate__system__number")):
        if key in query.chosen:
            rows = rows.filter(**{column: query.chosen[key]})
    if query.search:
        rows = rows.filter(reason__icontains=query.search)
    ordered = rows.order_by(*query.ordering, "-number")
    return _rows(ordered[query.offset : query.offset + PAGE_SIZE]), rows.count()


def decision_by_ref(actor: Actor, program_id: int, ref: str) -> DecisionRow:
    must_see(actor, program_id)
    rows = _rows(Decision.objects.filter(program_id=program_id, number=number_of(ref, "DEC")))
    if not rows:
        raise NotFound(f"There is no decision {ref[:20]} in this program.")
    return rows[0]


def _rows(decisions: QuerySet[Decision]) -> list[DecisionRow]:
    return [
        DecisionRow(
            id=row.pk,
            ref=f"DEC-{row.number}",
            gate_id=row.gate_id,
            gate_ref=f"GTE-{row.gate.number}",
            system=row.gate.system.name,
            system_ref=f"SYS-{row.gate.system.number}",
            stage=Stage(row.gate.stage),
            snapshot_id=row.snapshot_id,
            snapshot_number=row.snapshot.number,
            snapshot_digest=row.snapshot.digest,
            outcome=Outcome(row.outcome),
            option=row.option.label if row.option else "",
            reason=row.reason,
            decided_by=row.decided_by.name,
            decided_at=row.decided_at,
        )
        for row in decisions.select_related("gate__system", "snapshot", "option", "decided_by")
    ]


def condition_id(actor: Actor, program_id: int, ref: str) -> int:
    """The key of the condition with this ref."""
    must_see(actor, program_id)
    rows = Condition.objects.filter(program_id=program_id, number=number_of(ref, "CND"))
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"There is no condition {ref[:20]} in this program.")
    return found


def conditions_of(
    actor: Actor, program_id: int, *, decision_ids: Sequence[int] | None = None
) -> list[ConditionRow]:
    """Conditions of a program, or of some decisions, by due date; one query."""
    must_see(actor, program_id)
    rows = Condition.objects.filter(program_id=program_id).select_related("owner", "decision")
    if decision_ids is not None:
        rows = rows.filter(decision_id__in=decision_ids)
    return [
        ConditionRow(
            id=row.pk,
            decision_id=row.decision_id,
            decision_ref=f"DEC-{row.decision.number}",
            ref=f"CND-{row.number}",
            criterion=row.criterion,
            sentence=row.sentence,
            owner_id=row.owner_id,
            owner=row.owner.name,
            due_on=row.due_on,
            effect=row.effect,
            met_at=row.met_at,
        )
        for row in rows.order_by("due_on", "number")
    ]
