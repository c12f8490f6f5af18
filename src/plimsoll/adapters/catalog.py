"""Reads the catalog that is shipped with the package and joins it with the scoping engine's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from plimsoll.engines.catalog.read import read_model
from plimsoll.engines.catalog.schema import (
    ControlEntry,
    Edition,
    GatePolicy,
    QuestionFile,
    RequirementEntry,
    RequirementFile,
    RiskEntry,
    ScopeRuleFile,
    StageRow,
    StageTable,
)
from plimsoll.engines.scoping.predicate import parse_predicate
from plimsoll.engines.scoping.question_set import Option, Policy, Question, QuestionSet, Rule
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Stage

__all__ = ["Catalog", "load_catalog"]

_Model = TypeVar("_Model", bound=BaseModel)


class _RiskFile(BaseModel):
    model_config = ConfigDict(extra="allow")
    risks: list[RiskEntry]


class _ControlFile(BaseModel):
    model_config = ConfigDict(extra="allow")
    controls: list[ControlEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that is asked, required and feared, joined and checked for dangling links."""

    question_set: QuestionSet
    """The questions."""
    editions: Mapping[str, Edition]
    """File name → its edition."""
    requirements: Mapping[str, RequirementEntry]
    """The requirements that scoping decides, by id, in order."""
    baseline: Mapping[str, RequirementEntry]
    """Requirements that only the stage table asks for; they are not counted by scoping."""
    rules: tuple[Rule, ...]
    """One rule per requirement, in order."""
    baseline_rules: tuple[Rule, ...]
    """One rule per baseline requirement."""
    risk_rules: tuple[Rule, ...]
    """When each catalog risk applies."""
    obligation_rules: tuple[Rule, ...]
    """When each legal duty applies, as far as the question set can tell."""
    obligations_not_asked: Mapping[str, str]
    """Duty → the fact that the question set lacks to decide it."""
    tier_rules: tuple[Rule, ...]
    """When each AI Act tier applies, by the answer that legal gave."""
    risks: Mapping[str, RiskEntry]
    """Catalog risks."""
    controls: Mapping[str, ControlEntry]
    """Catalog controls."""
    stage_rows: tuple[StageRow, ...]
    """The stage table."""
    policies: Mapping[Stage, GatePolicy]
    """Who signs at which stage."""

    def requirement(self, requirement_id: str) -> RequirementEntry:
        """The requirement or baseline requirement with this id; KeyError if there is none."""
        return self.requirements.get(requirement_id) or self.baseline[requirement_id]


@cache
def load_catalog() -> Catalog:
    """The shipped catalog, read once per process.

    Raises BadInput, naming file and place, if any file is malformed or refers to something that does
    not exist: a half-read catalog would scope systems wrongly.
    """
    questions = _read("questions.yaml", QuestionFile)
    requirements = _read("requirements.yaml", RequirementFile)
    baseline = _read("baseline.yaml", RequirementFile)
    risk_scope = _read("risk_scope.yaml", ScopeRuleFile)
    obligation_scope = _read("obligation_scope.yaml", ScopeRuleFile)
    tiers = _read("tiers.yaml", ScopeRuleFile)
    table = _read("stages.yaml", StageTable)
    catalog = Catalog(
        question_set=_question_set(questions),
        editions={
            "questions.yaml": questions.edition,
            "requirements.yaml": requirements.edition,
            "baseline.yaml": baseline.edition,
            "risk_scope.yaml": risk_scope.edition,
            "obligation_scope.yaml": obligation_scope.edition,
            "tiers.yaml": tiers.edition,
            "stages.yaml": table.edition,
        },
        requirements={entry.id: entry for entry in requirements.requirements},
        baseline={entry.id: entry for entry in baseline.requirements},
        rules=_requirement_rules(requirements),
        baseline_rules=_requirement_rules(baseline),
        risk_rules=_scope_rules(risk_scope),
        obligation_rules=_scope_rules(obligation_scope),
        obligations_not_asked={rule.id: rule.not_asked for rule in obligation_scope.rules if rule.not_asked},
        tier_rules=_scope_rules(tiers),
        risks={entry.id: entry for entry in _read("risks.yaml", _RiskFile).risks},
        controls={entry.id: entry for entry in _read("controls.yaml", _ControlFile).controls},
        stage_rows=tuple(table.rows),
        policies={policy.stage: policy for policy in table.policies},
    )
    _check_links(catalog)
    return catalog


def _read(name: str, model: type[_Model]) -> _Model:
    content = resources.files("plimsoll.engines.catalog").joinpath("facts", name).read_bytes()
    return read_model(content, model, what=f"catalog/{name}")


def _question_set(file: QuestionFile) -> QuestionSet:
    return QuestionSet(
        id=file.edition.id,
        version=file.edition.version,
        questions=tuple(
            Question(
                id=entry.id,
                ask=entry.ask,
                options=tuple(Option(value=o.value, label=o.label) for o in entry.options),
                group=entry.group,
                help=entry.help,
                policy=Policy(entry.policy),
                find_out=entry.find_out,
            )
            for entry in file.questions
        ),
    )


def _requirement_rules(file: RequirementFile) -> tuple[Rule, ...]:
    return tuple(
        Rule(id=e.id, title=e.title, when=parse_predicate(e.when, what=e.id)) for e in file.requirements
    )


def _scope_rules(file: ScopeRuleFile) -> tuple[Rule, ...]:
    return tuple(
        Rule(id=rule.id, title=rule.title, when=parse_predicate(rule.when, what=rule.id))
        for rule in file.rules
        if rule.not_asked is None
    )


def _check_links(catalog: Catalog) -> None:
    everything = (
        catalog.rules
        + catalog.baseline_rules
        + catalog.risk_rules
        + catalog.obligation_rules
        + catalog.tier_rules
    )
    _must_be_unique("question", [question.id for question in catalog.question_set.questions])
    _must_be_unique("rule", [rule.id for rule in everything])
    _must_be_unique("stage row", [row.id for row in catalog.stage_rows])
    for rule in everything:
        catalog.question_set.check_rule(rule)
    known = {**catalog.requirements, **catalog.baseline}
    for entry in known.values():
        _must_exist(entry.id, entry.controls, catalog.controls)
        _must_exist(entry.id, entry.risks, catalog.risks)
    for row in catalog.stage_rows:
        _must_exist(row.id, row.requirements, known)
    _must_exist("risk_scope.yaml", [rule.id for rule in catalog.risk_rules], catalog.risks)


def _must_be_unique(kind: str, ids: list[str]) -> None:
    # Entries are kept by id: of two with the same id the first would vanish without a word.
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise BadInput(f"The catalog has more than one {kind} {', '.join(twice)}.")


def _must_exist(where: str, ids: list[str], known: Mapping[str, object]) -> None:
    missing = [item for item in ids if item not in known]
    if missing:
        raise BadInput(f"The catalog entry {where} refers to {', '.join(missing)}, which does not exist.")
