"""Evaluates every criterion of a gate and combines them; nothing is skipped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from plimsoll.engines.gates.conditions import CONDITIONS, requirement_judgement
from plimsoll.engines.gates.facts import CriterionResult, CriterionSpec, GateFacts, RequirementFact, Standing
from plimsoll.engines.gates.proof import Proof
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, met, unknown

__all__ = ["GateResult", "evaluate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """How a gate stands: every criterion with its reasons, and all together."""

    criteria: tuple[CriterionResult, ...]
    """In the order of the specs."""
    judgement: Judgement
    """All applicable criteria together, waivers in force counted as met."""

    @property
    def applicable(self) -> tuple[CriterionResult, ...]:
        """The criteria that count."""
        return tuple(result for result in self.criteria if result.applies)

    @property
    def waived(self) -> tuple[CriterionResult, ...]:
        """Criteria that only a waiver carries."""
        return tuple(result for result in self.applicable if result.waived_by)

    def count(self, verdict: Verdict) -> int:
        """Applicable criteria with that verdict by facts."""
        return sum(result.judgement.verdict is verdict for result in self.applicable)


def evaluate(facts: GateFacts) -> GateResult:
    """Every criterion, judged; the empty gate is UNKNOWN."""
    results = tuple(_criterion(spec, facts) for spec in facts.criteria)
    return GateResult(
        criteria=results,
        judgement=all_of(
            (_counted(result) for result in results if result.applies),
            nothing="the gate asks nothing of this system",
        ),
    )


def _criterion(spec: CriterionSpec, facts: GateFacts) -> CriterionResult:
    judgement = CONDITIONS[spec.condition](spec, facts)
    if judgement is None:
        reasons = dict.fromkeys(facts.requirement(rule).because for rule in spec.requirements)
        why = "; ".join(filter(None, reasons)) or "nothing that it is about is in scope"
        return CriterionResult(spec=spec, applies=False, judgement=unknown(f"does not apply: {why}"))
    about = [facts.requirement(rule) for rule in spec.requirements]
    in_scope = [f for f in about if f.standing in (Standing.CERTAIN, Standing.ASSUMED)]
    return CriterionResult(
        spec=spec,
        applies=True,
        judgement=judgement,
        waived_by=() if judgement.verdict is Verdict.MET else _carried_by(spec, facts, in_scope),
        evidence=tuple(sorted({e.statement for f in in_scope if f.proof for e in f.proof.used})),
        sources=tuple(
            dict.fromkeys(
                [f.ref for f in in_scope if f.ref] + [r.source for r in judgement.reasons if r.source]
            )
        ),
    )


def _carried_by(spec: CriterionSpec, facts: GateFacts, in_scope: list[RequirementFact]) -> tuple[str, ...]:
    # A waiver covers its own requirement and nothing else. So the criterion is judged again as if the
    # waived requirements were proven: only if that meets it do the waivers carry it.
    waivers = {
        fact.rule: fact.waiver.ref
        for fact in in_scope
        if fact.waiver
        and fact.waiver.holds(facts.today)
        and requirement_judgement(fact, facts, level=spec.level).verdict is not Verdict.MET
    }
    supposed = tuple(
        replace(fact, proof=Proof(judgement=met(f"waived by {waivers[fact.rule]}")))
        if fact.rule in waivers
        else fact
        for fact in facts.requirements
    )
    judgement = CONDITIONS[spec.condition](spec, replace(facts, requirements=supposed))
    carried = judgement is not None and judgement.verdict is Verdict.MET
    return tuple(sorted(waivers.values())) if carried else ()


def _counted(result: CriterionResult) -> Judgement:
    if result.waived_by:
        return met(f"{result.spec.title}: waived by {', '.join(result.waived_by)}")
    first = result.judgement.deciding[0]
    return Judgement(
        verdict=result.judgement.verdict,
        reasons=(
            type(first)(
                verdict=first.verdict,
                text=f"{result.spec.title}: {first.text}",
                source=first.source,
            ),
        ),
    )
