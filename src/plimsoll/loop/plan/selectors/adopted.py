"""Requirements that a program adopted from its own incidents, and for which systems each is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plimsoll.adapters.lessons import read_criterion
from plimsoll.adapters.playbooks import lesson_requirement
from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.engines.incidents.lesson import NewCriterion, fits
from plimsoll.kernel.verdict import Judgement
from plimsoll.loop.plan.models import AdoptedRequirement
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["AdoptedRow", "adopted_requirements", "adopted_row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedRow:
    """A requirement of the program's own, in the form of the catalog."""

    id: int
    rule: str
    criterion: NewCriterion
    entry: RequirementEntry
    adopted_at: datetime

    def fits(self, sheet: scope.ScopeSheet) -> Judgement:
        """Whether it is for the system, by its scope; UNKNOWN while an unknown decides. No queries."""
        return fits(self.criterion, sheet.for_lessons)


def adopted_requirements(actor: Actor, program_id: int, *, until: datetime | None = None) -> list[AdoptedRow]:
    """What a program adopted, in order; one query. `until` asks for an earlier moment."""
    scope.must_see(actor, program_id)
    rows = AdoptedRequirement.objects.filter(program_id=program_id)
    if until is not None:
        rows = rows.filter(adopted_at__lte=until)
    return [adopted_row(row) for row in rows.order_by("pk")]


def adopted_row(row: AdoptedRequirement) -> AdoptedRow:
    criterion = read_criterion(row.criterion)
    return AdoptedRow(
        id=row.pk,
        rule=row.rule,
        criterion=criterion,
        entry=_entry(criterion, row.adopted_at.date()),
        adopted_at=row.adopted_at,
    )


def _entry(criterion: NewCriterion, day: date) -> RequirementEntry:
    return lesson_requirement(criterion, today=day)
