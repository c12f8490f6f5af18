"""One small pure function per kind of criterion, registered by id. Each says what it read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plimsoll.engines.gates.facts import AssumptionFact, CriterionSpec, GateFacts, RequirementFact, Standing
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, met, not_met, unknown

__all__ = ["CONDITIONS", "Condition", "requirement_judgement"]

Condition = Callable[[CriterionSpec, GateFacts], Judgement | None]
"""Judges a criterion; None when it does not apply to the system."""


def owner_and_off_switch_named(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET if one person owns the system and one may pull its off switch."""
    return all_of(
        (
            _named("owner", facts.owner, facts.system),
            _named("off-switch holder", facts.off_switch_holder, facts.system),
        )
    )


def _named(what: str, who: str, system: str) -> Judgement:
    if who:
        return met(f"{what}: {who}", source=system)
    return not_met(f"no {what} is named", source=system)


def inventory_complete(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET if the system says what it does for whom and at least one asset is registered."""
    described = (
        met("it says what it does for whom", source=facts.system)
        if facts.sentence
        else not_met("it does not say what it does for whom", source=facts.system)
    )
    plural = "" if facts.asset_count == 1 else "s"
    assets = (
        met(f"{facts.asset_count} asset{plural} registered", source=facts.system)
        if facts.asset_count
        else not_met("no asset (model, dataset, prompt, vendor …) is registered", source=facts.system)
    )
    return all_of((described, assets))


def unknowns_owned(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET if every unknown has an assumption in force; NOT_MET if one has expired or none is made.

    UNKNOWN while an assumption says that the gate must wait for the answer. Of several assumptions on
    one question each counts.
    """
    if not facts.unknown:
        return met("every question is answered", source=facts.system)
    parts = []
    for question in facts.unknown:
        made = [_assumed(a) for a in facts.assumptions if a.question == question]
        nobody = not_met(f"{question} is unknown and nobody owns finding out", source=question)
        parts.extend(made or [nobody])
    return all_of(parts)


def _assumed(assumption: AssumptionFact) -> Judgement:
    if assumption.expired:
        return not_met(f"the assumption on {assumption.question} has expired", source=assumption.ref)
    if assumption.blocks:
        return unknown(f"{assumption.question} must be answered before the gate", source=assumption.ref)
    return met(f"{assumption.question} is assumed and owned", source=assumption.ref)


def personal_data_screened(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET without personal data; otherwise the screening requirement decides.

    “Does not apply” is not “none”: it leaves open whether there is personal data.
    """
    if facts.personal_data == "none":
        return met("D1 is none: no personal data", source="D1")
    if facts.personal_data not in ("ordinary", "special"):
        return _unanswered("D1", facts.personal_data, "whether there is personal data")
    return all_of(
        (_screening(facts.requirement(rule), facts, level=spec.level) for rule in spec.requirements),
        nothing="no requirement to screen by is named",
    )


def _screening(fact: RequirementFact, facts: GateFacts, *, level: Level) -> Judgement:
    if fact.standing is Standing.OUT:
        return met(
            f"personal data is {facts.personal_data}; no assessment is due: {fact.because}", source="D1"
        )
    return requirement_judgement(fact, facts, level=level)


def _unanswered(question: str, answer: str | None, what: str) -> Judgement:
    if answer is None:
        return unknown(f"{question} is unknown: {what}", source=question)
    said = answer.replace("_", " ")[:40]
    return unknown(f"{question} says “{said}”, and {what} stays open", source=question)


def not_on_the_internet(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET if only insiders reach the system; “does not apply” leaves it open."""
    if facts.reachable_by == "internal":
        return met("S1 is internal", source="S1")
    if facts.reachable_by in ("partners", "public"):
        return not_met(f"S1 is {facts.reachable_by}: outsiders can reach it", source="S1")
    return _unanswered("S1", facts.reachable_by, "who can reach it")


def requirements_proven(spec: CriterionSpec, facts: GateFacts) -> Judgement | None:
    """MET if every requirement that is in scope is proven, or planned where the stage asks a plan.

    None if all are out of scope. A criterion that names no requirement is UNKNOWN: it has shown nothing.
    """
    in_scope = [
        fact
        for fact in (facts.requirement(rule) for rule in spec.requirements)
        if fact.standing is not Standing.OUT
    ]
    if spec.requirements and not in_scope:
        return None
    return all_of(
        (requirement_judgement(fact, facts, level=spec.level) for fact in in_scope),
        nothing="it names no requirement",
    )


def requirement_judgement(fact: RequirementFact, facts: GateFacts, *, level: Level) -> Judgement:
    """How one requirement stands for the gate, before waivers."""
    if fact.standing is Standing.OPEN:
        return unknown(f"{fact.title}: depends on {fact.because}", source=fact.because.split(",")[0])
    proof = fact.proof.judgement if fact.proof else unknown(f"{fact.title}: not yet planned")
    if proof.verdict is Verdict.MET or level is Level.REQUIRED:
        return proof
    if fact.due_on is None or not fact.owner:
        return not_met(f"{fact.title}: no owner or due date", source=fact.ref)
    if fact.due_on < facts.today:
        return not_met(f"{fact.title}: planned for {fact.due_on:%d %b %Y}, overdue", source=fact.ref)
    return met(f"{fact.title}: planned, {fact.owner} by {fact.due_on:%d %b %Y}", source=fact.ref)


CONDITIONS: Mapping[str, Condition] = {
    "owner-and-off-switch-named": owner_and_off_switch_named,
    "inventory-complete": inventory_complete,
    "unknowns-owned": unknowns_owned,
    "personal-data-screened": personal_data_screened,
    "not-on-the-internet": not_on_the_internet,
    "requirements-proven": requirements_proven,
}
"""Condition id → function. A new condition is one function and one line."""
