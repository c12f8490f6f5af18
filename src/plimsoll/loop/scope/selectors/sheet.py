"""The scope of systems: answers, three sets, unknowns, assumptions; and what versions changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.incidents.lesson import SystemScope
from plimsoll.engines.scoping.assumption import Assumed, WorkingScope, working_scope
from plimsoll.engines.scoping.chasing import Unknown, rank_unknowns
from plimsoll.engines.scoping.difference import ScopeDiff, compare
from plimsoll.engines.scoping.document import scope_document
from plimsoll.engines.scoping.evaluation import Scope, evaluate
from plimsoll.engines.scoping.question_set import Question
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.models import Answer, Assumption, ScopeVersion
from plimsoll.loop.scope.selectors.assumptions import AssumptionRow, assumption_rows
from plimsoll.loop.scope.selectors.seeing import must_see
from plimsoll.loop.scope.selectors.systems import SystemRow
from plimsoll.people.actors import Actor

__all__ = [
    "AnswerRow",
    "ScopeSheet",
    "VersionRow",
    "question",
    "scope_diff",
    "scope_sheet",
    "scope_sheets",
    "sheet_document",
    "versions_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    question: str
    value: str
    reason: str
    source: str
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    number: int
    digest: str
    made_by: str
    made_at: datetime
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSheet:
    """Everything that scoping knows of one system, computed for one moment."""

    system: SystemRow
    answers: Mapping[str, AnswerRow]
    values: Mapping[str, str]
    scope: Scope
    unknowns: tuple[Unknown, ...]
    assumptions: tuple[AssumptionRow, ...]
    working: WorkingScope
    baseline: Scope
    risks: Scope
    tiers: Scope
    obligations: Scope
    version: int

    @property
    def open_assumptions(self) -> dict[str, AssumptionRow]:
        return {a.question: a for a in self.assumptions if a.acts}

    @property
    def for_lessons(self) -> SystemScope:
        """The scope as far as a lesson needs it; what assumptions bring in counts as in scope."""
        certain = {item.rule.id for item in (*self.scope.certain, *self.baseline.certain)}
        certain |= set(self.working.assumed)
        undecided = {item.rule.id for item in (*self.scope.open, *self.baseline.open)}
        return SystemScope(
            system=self.system.ref,
            answers=self.values,
            certain=frozenset(certain),
            open=frozenset(undecided - certain),
        )


def scope_sheets(actor: Actor, systems: Sequence[SystemRow], *, now: datetime) -> list[ScopeSheet]:
    """The scope of each system; three queries whatever their number."""
    for system in systems:
        must_see(actor, system.program_id)
    ids = [system.id for system in systems]
    answers: dict[int, dict[str, AnswerRow]] = defaultdict(dict)
    for row in Answer.objects.filter(system_id__in=ids).select_related("answered_by"):
        answers[row.system_id][row.question] = AnswerRow(
            question=row.question,
            value=row.value,
            reason=row.reason,
            source=row.source,
            answered_by=row.answered_by.name,
            answered_at=row.answered_at,
        )
    assumptions: dict[int, list[AssumptionRow]] = defaultdict(list)
    for assumption in assumption_rows(Assumption.objects.filter(system_id__in=ids), now=now):
        assumptions[assumption.system_id].append(assumption)
    versions: dict[int, int] = {}
    for system_id, number in (
        ScopeVersion.objects.filter(system_id__in=ids).order_by("number").values_list("system_id", "number")
    ):
        versions[system_id] = number
    return [
        _sheet(
            system,
            answers[system.id],
            tuple(assumptions[system.id]),
            versions.get(system.id, 0),
            now=now,
        )
        for system in systems
    ]


def scope_sheet(actor: Actor, system: SystemRow, *, now: datetime) -> ScopeSheet:
    return scope_sheets(actor, [system], now=now)[0]


def _sheet(
    system: SystemRow,
    answers: Mapping[str, AnswerRow],
    assumptions: tuple[AssumptionRow, ...],
    version: int,
    *,
    now: datetime,
) -> ScopeSheet:
    catalog = load_catalog()
    questions = catalog.question_set
    values = {q.id: answers[q.id].value for q in questions.questions if q.id in answers}
    scope = evaluate(questions, catalog.rules, values)
    return ScopeSheet(
        system=system,
        answers=answers,
        values=values,
        scope=scope,
        unknowns=rank_unknowns(questions, catalog.rules, values, scope=scope),
        assumptions=assumptions,
        working=working_scope(
            questions,
            catalog.rules + catalog.baseline_rules,
            values,
            [_assumed(a) for a in assumptions if a.acts],
            today=now.date(),
        ),
        baseline=evaluate(questions, catalog.baseline_rules, values),
        risks=evaluate(questions, catalog.risk_rules, values),
        tiers=evaluate(questions, catalog.tier_rules, values),
        obligations=evaluate(questions, catalog.obligation_rules, values),
        version=version,
    )


def _assumed(row: AssumptionRow) -> Assumed:
    return Assumed(question=row.question, value=row.value or None, policy=row.policy, due_on=row.due_on)


def sheet_document(sheet: ScopeSheet) -> dict[str, Any]:
    """The scope as the JSON document that command and API give."""
    return scope_document(
        load_catalog().question_set,
        sheet.values,
        sheet.scope,
        sheet.unknowns,
        {"risks": sheet.risks, "tiers": sheet.tiers, "obligations": sheet.obligations},
    )


def versions_of(actor: Actor, system: SystemRow) -> list[VersionRow]:
    """The versions of a scope, newest first."""
    must_see(actor, system.program_id)
    rows = ScopeVersion.objects.filter(system_id=system.id).select_related("made_by")
    return [
        VersionRow(
            number=row.number,
            digest=row.digest,
            made_by=row.made_by.name,
            made_at=row.made_at,
            answers=row.answers,
        )
        for row in rows.order_by("-number")
    ]


def scope_diff(actor: Actor, system: SystemRow, before: int, after: int) -> ScopeDiff:
    """What changed from one version to another; version 0 is the empty scope."""
    must_see(actor, system.program_id)
    found = dict(
        ScopeVersion.objects.filter(system_id=system.id, number__in=(before, after)).values_list(
            "number", "answers"
        )
    )
    found.setdefault(0, {})
    for number in (before, after):
        if number not in found:
            raise NotFound(f"{system.name} has no scope version {number}.")
    catalog = load_catalog()
    known = {q.id for q in catalog.question_set.questions}
    old, new = ({k: v for k, v in found[n].items() if k in known} for n in (before, after))
    return compare(
        catalog.question_set,
        (old, evaluate(catalog.question_set, catalog.rules, old)),
        (new, evaluate(catalog.question_set, catalog.rules, new)),
    )


def question(code: str) -> Question:
    """The question with this code; NotFound if the question set has none."""
    questions = load_catalog().question_set
    if code not in questions:
        raise NotFound(f"There is no question {code[:10]}.")
    return questions[code]
