"""Which requirements of a program answer an entry of the catalog, and how their evidence stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.gates.proof import Proof
from plimsoll.kernel.verdict import Judgement, all_of
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["Answering", "Answers", "answers_of", "rules_of_risk", "worst"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A requirement in force of one system, with its proof."""

    requirement: plan.RequirementRow
    proof: Proof

    @property
    def evidence(self) -> tuple[str, ...]:
        """Refs of the evidence that was looked at, newest first."""
        return tuple(used.ref for used in self.proof.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that a program's requirements and evidence say, ready to be asked by rule."""

    systems: tuple[scope.SystemRow, ...]
    by_rule: Mapping[str, tuple[Answering, ...]]
    """Requirement's catalog id → the requirements in force, system by system."""

    def to(self, rules: Iterable[str], *, system_id: int | None = None) -> tuple[Answering, ...]:
        """The requirements in force under these rules, in their order; of one system if it is named."""
        return tuple(
            answering
            for rule in rules
            for answering in self.by_rule.get(rule, ())
            if system_id is None or answering.requirement.system_id == system_id
        )


def rules_of_risk(risk: str) -> tuple[str, ...]:
    """The catalog's requirements that mitigate the risk, in order."""
    catalog = load_catalog()
    entries = (*catalog.requirements.values(), *catalog.baseline.values())
    return tuple(entry.id for entry in entries if risk in entry.risks)


def worst(answers: Iterable[Answering]) -> Judgement:
    """What they say together: not met if one is not; unknown if one is, or if nothing answers."""
    return all_of([a.proof.judgement for a in answers], nothing="no requirement in force answers it")


def answers_of(actor: Actor, program_id: int, *, now: datetime) -> Answers:
    """What answers, in every system of the program; nine queries whatever is asked of it."""
    systems = scope.systems_of(actor, program_id)
    sheets = prove.proof_sheets(actor, program_id, systems, now=now)
    by_rule: defaultdict[str, list[Answering]] = defaultdict(list)
    for system in systems:
        sheet = sheets[system.id]
        for row in sheet.requirements:
            by_rule[row.rule].append(Answering(requirement=row, proof=sheet.proofs[row.rule]))
    return Answers(systems=tuple(systems), by_rule={rule: tuple(found) for rule, found in by_rule.items()})
