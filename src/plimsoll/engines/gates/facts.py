"""Everything a gate may look at, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plimsoll.engines.gates.proof import Proof
from plimsoll.kernel.stages import Level, Stage
from plimsoll.kernel.verdict import Judgement

__all__ = ["AssumptionFact", "CriterionSpec", "GateFacts", "RequirementFact", "Standing", "WaiverFact"]


class Standing(StrEnum):
    """How a requirement stands to the scope."""

    CERTAIN = "certain"
    ASSUMED = "assumed"
    OPEN = "open"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverFact:
    """An approved waiver of one requirement."""

    ref: str
    """WVR-n."""
    expires_on: date
    """Last day on which it counts."""

    def holds(self, today: date) -> bool:
        """Whether it still counts on that day."""
        return today <= self.expires_on


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFact:
    """One requirement of the system."""

    rule: str
    """Catalog id."""
    title: str
    """One line."""
    standing: Standing
    """Certain, assumed, open or out."""
    level: Level
    """What the gate's stage asks of it."""
    severity: str
    """critical, high or medium."""
    because: str = ""
    """For open and assumed: the questions it turns on; for out: why."""
    ref: str = ""
    """REQ-n; empty while it is not work."""
    owner_id: int | None = None
    """Who owns it."""
    owner: str = ""
    """Their name."""
    due_on: date | None = None
    """When it is due."""
    proof: Proof | None = None
    """How its evidence stands; None while it is not work."""
    waiver: WaiverFact | None = None
    """An approved waiver, also if it has expired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionFact:
    """An assumption as a gate needs it."""

    ref: str
    """ASM-n."""
    question: str
    """Code of the question."""
    blocks: bool
    """Whether its policy in force is block_at_gate."""
    expired: bool
    """Whether it is past its due date."""
    owner_id: int
    """Who finds out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionSpec:
    """One row of the stage table for the gate's stage, or one further requirement of the system."""

    id: str
    """Slug of the row, or requirement:ID."""
    title: str
    """One line."""
    condition: str
    """Id of the condition that decides it."""
    requirements: tuple[str, ...]
    """Catalog ids it is about."""
    level: Level
    """What the stage asks."""
    severity: str
    """critical, high or medium."""
    why: str
    """The incident, threat or law it came from."""
    guidance: str
    """What to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """All facts about one system for one gate, at one moment."""

    gate: str
    """GTE-n."""
    system: str
    """SYS-n."""
    stage: Stage
    """The stage that the gate opens."""
    table_version: str
    """Version of the stage table."""
    today: date
    """The day for which the facts hold."""
    owner: str
    """Name of the system's owner; empty if nobody."""
    owner_id: int | None
    """Who that is."""
    off_switch_holder: str
    """Name of who may pull the off switch; empty if nobody."""
    off_switch_holder_id: int | None
    """Who that is."""
    sentence: str
    """What the system does for whom; empty if not said."""
    asset_count: int
    """Registered assets."""
    unknown: tuple[str, ...]
    """Questions without answer that still settle something; nobody is asked to chase the others."""
    assumptions: tuple[AssumptionFact, ...]
    """Open and expired assumptions."""
    reachable_by: str | None
    """Answer to S1: internal, partners, public, or another word that tells nothing; None while unknown."""
    personal_data: str | None
    """Answer to D1: none, ordinary, special, or another word that tells nothing; None while unknown."""
    requirements: tuple[RequirementFact, ...]
    """Every requirement of the catalog with its standing."""
    criteria: tuple[CriterionSpec, ...]
    """What the gate asks."""

    def requirement(self, rule: str) -> RequirementFact:
        """The requirement with this catalog id; KeyError if the facts lack it."""
        for fact in self.requirements:
            if fact.rule == rule:
                return fact
        raise KeyError(rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """How one criterion stands, with everything it was read from."""

    spec: CriterionSpec
    """What was asked."""
    applies: bool
    """False when everything it is about is out of scope; then it does not count."""
    judgement: Judgement
    """The verdict by facts, before any waiver."""
    waived_by: tuple[str, ...] = ()
    """Waivers in force without which it would not be met, and with which it is."""
    evidence: tuple[str, ...] = ()
    """Digests of the statements it rests on, sorted."""
    sources: tuple[str, ...] = ()
    """Refs to open: requirements, evidence, assumptions."""
