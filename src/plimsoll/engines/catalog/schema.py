"""The form of every catalog file. Unknown keys, missing sources and dangling links are errors.

Conditions (`when`) stay plain data here; `plimsoll.adapters.catalog` parses them with the scoping
engine when it joins the files.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from plimsoll.kernel.stages import Level, Stage

__all__ = [
    "Basis",
    "CheckEvidence",
    "Confidence",
    "ControlEntry",
    "Edition",
    "EvidenceRule",
    "GatePolicy",
    "OptionEntry",
    "QuestionEntry",
    "QuestionFile",
    "Quorum",
    "RequirementEntry",
    "RequirementFile",
    "RiskEntry",
    "ScopeRule",
    "ScopeRuleFile",
    "StageRow",
    "StageTable",
    "Why",
]

Sentence = Annotated[str, StringConstraints(min_length=8, max_length=400, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
CatalogId = Annotated[str, StringConstraints(pattern=r"^(RSK|CTL|OBL)-[A-Z0-9-]+$")]
Severity = Literal["critical", "high", "medium"]
Confidence = Literal["high", "medium", "low"]
Lifecycle = Literal["plan", "data", "build", "verify", "deploy", "operate", "retire"]
Place = Literal["architecture", "data pipeline", "model", "deployment", "operation", "process"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Edition(_Strict):
    """Which edition of a file this is, and when it was last checked against its sources."""

    id: Slug
    version: str
    checked_at: date
    stale_after_days: int = Field(default=90, ge=1, le=730)
    source: Sentence


class Basis(_Strict):
    """What a requirement rests on, and when that was last looked at."""

    kind: Literal["law", "standard", "incident", "research", "vendor"]
    name: Annotated[str, StringConstraints(min_length=3, max_length=200)]
    edition: str
    checked_at: date
    stale_after_days: int = Field(ge=1, le=730)


class Why(_Strict):
    """The threat, incident or law that a requirement or criterion came from."""

    kind: Literal["threat", "incident", "law"]
    text: Sentence


class OptionEntry(_Strict):
    """One possible answer."""

    value: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]
    label: str


class QuestionEntry(_Strict):
    """One question of the question set."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]$")]
    group: str
    ask: Sentence
    help: Sentence
    options: list[OptionEntry] = Field(min_length=2)
    policy: Literal["worst_case", "neutral_with_deadline", "include_all", "block_at_gate"]
    find_out: Sentence


class QuestionFile(_Strict):
    """questions.yaml."""

    edition: Edition
    questions: list[QuestionEntry]


class CheckEvidence(_Strict):
    """Evidence that a check makes, with the loosest parameters that still count."""

    check: Slug
    assets: Literal["model", "dataset", "any"] = "any"
    at_most: dict[str, float] = Field(default_factory=dict)
    at_least: dict[str, float] = Field(default_factory=dict)


class EvidenceRule(_Strict):
    """What counts as evidence for a requirement: every listed check, or an attested document."""

    checks: list[CheckEvidence] = Field(default_factory=list)
    attestation: Sentence | None = None
    valid_days: int = Field(default=180, ge=1, le=730)


class RequirementEntry(_Strict):
    """One requirement: when it applies, why, where, and how it is shown to be met."""

    id: Slug
    title: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    place: Place
    when: Any
    severity: Severity
    why: Why
    acceptance: Sentence
    stages: dict[Stage, Level]
    evidence: EvidenceRule
    controls: list[CatalogId] = Field(min_length=1)
    risks: list[CatalogId] = Field(default_factory=list)
    basis: Basis


class RequirementFile(_Strict):
    """requirements.yaml and baseline.yaml."""

    edition: Edition
    requirements: list[RequirementEntry]


class ScopeRule(_Strict):
    """When a risk, duty or tier applies. `not_asked` says which fact the question set lacks."""

    id: str
    title: str
    when: Any = None
    not_asked: Sentence | None = None

    @model_validator(mode="after")
    def _decided_or_not_asked(self) -> Self:
        # With both, the condition would silently never be evaluated.
        if (self.when is None) == (self.not_asked is None):
            raise ValueError(f"{self.id} needs either when or not_asked, and not both")
        return self


class ScopeRuleFile(_Strict):
    """risk_scope.yaml, obligation_scope.yaml and tiers.yaml."""

    edition: Edition
    rules: list[ScopeRule]


class RiskEntry(_Strict):
    """A risk of risks.yaml."""

    id: CatalogId
    title: str
    layer: Literal["data", "model", "deployment", "operations", "agentic"]
    categories: list[str]
    applies_to: list[Literal["predictive", "generative", "agentic"]]
    statement: str
    first_assessed_at_gate: Lifecycle
    suggested_owner: str
    signals: list[str]
    controls: list[CatalogId] = Field(min_length=1)
    maps: dict[str, list[str]]
    mapping_confidence: Confidence
    note: str | None = None


class ControlEntry(_Strict):
    """A control of controls.yaml."""

    id: CatalogId
    title: str
    group: Literal["governance", "data", "model", "deployment", "operations", "agentic"]
    type: Literal["directive", "preventive", "detective", "corrective"]
    stages: list[Lifecycle]
    objective: str
    evidence: list[str] = Field(min_length=1)
    maps: dict[str, list[str]] = Field(min_length=1)
    cross_cutting: bool
    treats_risks: list[CatalogId] = Field(default_factory=list)


class StageRow(_Strict):
    """One row of the stage table: what each stage asks, and how it is decided from facts."""

    id: Slug
    title: Sentence | Annotated[str, StringConstraints(min_length=3)]
    levels: dict[Stage, Level]
    condition: Slug
    requirements: list[Slug] = Field(default_factory=list)
    severity: Severity
    why: Why
    guidance: Sentence


class Quorum(_Strict):
    """How many people of a role must sign."""

    role: str
    count: int = Field(ge=1, le=5)


class GatePolicy(_Strict):
    """Who signs at which stage, and how long a snapshot may be signed."""

    stage: Stage
    quorum: list[Quorum]
    deciders: list[str] = Field(min_length=1)


class StageTable(_Strict):
    """stages.yaml: the minimum by stage, and the gate policy."""

    edition: Edition
    rows: list[StageRow]
    policies: list[GatePolicy]
