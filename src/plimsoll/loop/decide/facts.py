"""Assembles what gates and status look at, in a fixed number of queries, and evaluates it.

Everything here is derived for a moment `now`; nothing is stored. The same functions serve pages, API,
brief, snapshots and the worker, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.engines.gates.evaluate import GateResult, evaluate
from plimsoll.engines.gates.facts import (
    AssumptionFact,
    CriterionSpec,
    GateFacts,
    RequirementFact,
    Standing,
    WaiverFact,
)
from plimsoll.engines.gates.snapshot import snapshot_body, snapshot_digest
from plimsoll.engines.gates.status import Status, StatusFacts, Update, compute_status
from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.evaluation import Item
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.stages import Level, Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide import selectors
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan.selectors import RequirementRow
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["Dossier", "EvaluatedGate", "dossiers", "evaluate_gate", "system_status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One system with its scope, proofs and waivers, as of one moment."""

    system: scope.SystemRow
    sheet: scope.ScopeSheet
    proofs: prove.ProofSheet
    assets: tuple[scope.AssetRow, ...]
    waivers: tuple[selectors.WaiverRow, ...]
    updates: tuple[selectors.UpdateRow, ...]
    adopted: tuple[plan.AdoptedRow, ...]
    """Lessons of the program that are for the system, or may be."""
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedGate:
    """A gate with its facts and what follows from them."""

    gate: selectors.GateRow
    facts: GateFacts
    result: GateResult
    body: Mapping[str, Any]
    digest: str


def dossiers(
    actor: Actor, program_id: int, systems: Sequence[scope.SystemRow], *, now: datetime
) -> dict[int, Dossier]:
    """System → dossier; twelve queries whatever the number of systems."""
    sheets = scope.scope_sheets(actor, systems, now=now)
    proofs = prove.proof_sheets(actor, program_id, systems, now=now)
    ids = [system.id for system in systems]
    assets = scope.assets_of(actor, program_id, system_ids=ids) if ids else []
    waivers = selectors.waivers_of(actor, program_id, system_ids=ids)
    updates = selectors.updates_of(ids, now=now)
    adopted = plan.adopted_requirements(actor, program_id, until=now)
    return {
        sheet.system.id: Dossier(
            system=sheet.system,
            sheet=sheet,
            proofs=proofs[sheet.system.id],
            assets=tuple(a for a in assets if a.system_id == sheet.system.id),
            waivers=tuple(w for w in waivers if w.system_id == sheet.system.id),
            updates=tuple(updates.get(sheet.system.id, ())),
            adopted=tuple(row for row in adopted if row.fits(sheet).verdict is not Verdict.NOT_MET),
            now=now,
        )
        for sheet in sheets
    }


def evaluate_gate(gate: selectors.GateRow, dossier: Dossier) -> EvaluatedGate:
    """The gate's facts, criteria and verdict, and the body that would be frozen now. No queries."""
    facts = _gate_facts(gate, dossier)
    result = evaluate(facts)
    body = snapshot_body(facts, result)
    return EvaluatedGate(gate=gate, facts=facts, result=result, body=body, digest=snapshot_digest(body))


def _gate_facts(gate: selectors.GateRow, dossier: Dossier) -> GateFacts:
    catalog = load_catalog()
    sheet, system = dossier.sheet, dossier.system
    return GateFacts(
        gate=gate.ref,
        system=system.ref,
        stage=gate.stage,
        table_version=catalog.editions["stages.yaml"].version,
        today=dossier.today,
        owner=system.owner,
        owner_id=system.owner_id,
        off_switch_holder=system.holder,
        off_switch_holder_id=system.holder_id,
        sentence=system.sentence,
        asset_count=len(dossier.assets),
        unknown=tuple(u.question for u in sheet.unknowns if u.settles_best),
        assumptions=tuple(
            AssumptionFact(
                ref=a.ref,
                question=a.question,
                blocks=a.in_force is Policy.BLOCK_AT_GATE,
                expired=a.state is AssumptionState.EXPIRED,
                owner_id=a.owner_id,
            )
            for a in sheet.assumptions
            if a.acts
        ),
        reachable_by=sheet.values.get("S1"),
        personal_data=sheet.values.get("D1"),
        requirements=(*_requirement_facts(gate.stage, dossier), *_lesson_facts(gate.stage, dossier)),
        criteria=(*_criteria(gate.stage), *_lessons_asked(gate.stage, dossier)),
    )


def _requirement_facts(stage: Stage, dossier: Dossier) -> tuple[RequirementFact, ...]:
    work = {row.rule: row for row in dossier.proofs.requirements}
    items = (*dossier.sheet.scope.items, *dossier.sheet.baseline.items)
    return tuple(_requirement_fact(stage, dossier, item, work.get(item.rule.id)) for item in items)


def _requirement_fact(
    stage: Stage, dossier: Dossier, item: Item, row: RequirementRow | None
) -> RequirementFact:
    entry = load_catalog().requirement(item.rule.id)
    assumed = dossier.sheet.working.assumed.get(item.rule.id)
    if item.truth is True:
        standing, because = Standing.CERTAIN, "; ".join(item.reasons)
    elif item.truth is False:
        standing, because = Standing.OUT, "; ".join(item.reasons)
    elif assumed:
        standing, because = Standing.ASSUMED, assumed[1]
    else:
        standing, because = Standing.OPEN, ", ".join(item.depends_on)
    return _fact(stage, dossier, entry, standing, because, row)


def _lesson_facts(stage: Stage, dossier: Dossier) -> tuple[RequirementFact, ...]:
    """The lessons of the program that are for the system; what an unknown decides is asked all the same."""
    work = {row.rule: row for row in dossier.proofs.requirements}
    facts = []
    for lesson in dossier.adopted:
        judgement = lesson.fits(dossier.sheet)
        standing = Standing.CERTAIN if judgement.verdict is Verdict.MET else Standing.ASSUMED
        because = "; ".join(reason.text for reason in judgement.deciding)
        facts.append(_fact(stage, dossier, lesson.entry, standing, because, work.get(lesson.rule)))
    return tuple(facts)


def _fact(
    stage: Stage,
    dossier: Dossier,
    entry: RequirementEntry,
    standing: Standing,
    because: str,
    row: RequirementRow | None,
) -> RequirementFact:
    return RequirementFact(
        rule=entry.id,
        title=entry.title,
        standing=standing,
        level=entry.stages.get(stage, Level.NOT_YET),
        severity=entry.severity,
        because=because,
        ref=row.ref if row else "",
        owner_id=row.owner_id if row else None,
        owner=row.owner if row else "",
        due_on=row.due_on if row else None,
        proof=dossier.proofs.proofs.get(entry.id),
        waiver=_waiver(dossier, entry.id),
    )


def _waiver(dossier: Dossier, rule: str) -> WaiverFact | None:
    granted = [
        w for w in dossier.waivers if w.rule == rule and w.decision == "accept" and w.revoked_at is None
    ]
    last = max(granted, key=lambda w: w.expires_on, default=None)
    return WaiverFact(ref=last.ref, expires_on=last.expires_on) if last else None


def _criteria(stage: Stage) -> tuple[CriterionSpec, ...]:
    """The rows of the stage table for the stage, then every further requirement it asks for."""
    catalog = load_catalog()
    rows = [
        CriterionSpec(
            id=row.id,
            title=row.title,
            condition=row.condition,
            requirements=tuple(row.requirements),
            level=row.levels.get(stage, Level.NOT_YET),
            severity=row.severity,
            why=row.why.text,
            guidance=row.guidance,
        )
        for row in catalog.stage_rows
        if row.levels.get(stage, Level.NOT_YET) is not Level.NOT_YET
    ]
    covered = {rule for row in catalog.stage_rows for rule in row.requirements}
    further = [
        _further(entry, stage)
        for entry in (*catalog.requirements.values(), *catalog.baseline.values())
        if entry.id not in covered and entry.stages.get(stage, Level.NOT_YET) is not Level.NOT_YET
    ]
    return (*rows, *further)


def _lessons_asked(stage: Stage, dossier: Dossier) -> tuple[CriterionSpec, ...]:
    """Only those that are for the system: a lesson for others must not make its signatures stale."""
    return tuple(
        _further(lesson.entry, stage)
        for lesson in dossier.adopted
        if lesson.entry.stages.get(stage, Level.NOT_YET) is not Level.NOT_YET
    )


def _further(entry: RequirementEntry, stage: Stage) -> CriterionSpec:
    return CriterionSpec(
        id=f"requirement:{entry.id}",
        title=entry.title,
        condition="requirements-proven",
        requirements=(entry.id,),
        level=entry.stages[stage],
        severity=entry.severity,
        why=entry.why.text,
        guidance=entry.acceptance,
    )


def system_status(dossier: Dossier) -> Status:
    """The computed status of one system. No queries."""
    expired = [a for a in dossier.sheet.assumptions if a.state is AssumptionState.EXPIRED]
    certain = {item.rule.id for item in dossier.sheet.scope.certain}
    proofs = dossier.proofs.proofs
    return compute_status(
        StatusFacts(
            today=dossier.today,
            stage=dossier.system.stage.stage,
            expired_assumptions=len(expired),
            expired_worst_case=sum(a.policy is Policy.WORST_CASE for a in expired),
            expired_waivers=sum(_expired_and_unproven(w, dossier) for w in dossier.waivers),
            required=len(certain),
            stale=sum(proofs[rule].stale for rule in certain if rule in proofs),
            oldest_review_days=dossier.proofs.oldest_review_days,
            scope_confidence=dossier.sheet.scope.confidence,
            updates=[
                Update(
                    author_id=u.author_id,
                    author=u.author,
                    by_owner=u.author_id == dossier.system.owner_id,
                    on=u.written_at.date(),
                    sentence=u.sentence,
                    worse=u.worse,
                )
                for u in dossier.updates
            ],
        )
    )


def _expired_and_unproven(waiver: selectors.WaiverRow, dossier: Dossier) -> bool:
    proof = dossier.proofs.proofs.get(waiver.rule)
    met = proof is not None and proof.judgement.verdict is Verdict.MET
    replaced = _waiver(dossier, waiver.rule)
    renewed = replaced is not None and replaced.holds(dossier.today)
    return waiver.state(dossier.today) == "expired" and not met and not renewed
