"""Facts of an ordinary gate, to be changed in one place per test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from plimsoll.engines.gates.facts import (
    AssumptionFact,
    CriterionSpec,
    GateFacts,
    RequirementFact,
    Standing,
    WaiverFact,
)
from plimsoll.engines.gates.proof import AssetFact, EvidenceFact, Proof, ReviewFact
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Level, Stage
from plimsoll.kernel.verdict import Verdict, met, not_met, unknown

TODAY = date(2026, 3, 26)
NOW = datetime(2026, 3, 26, 9, 0, tzinfo=UTC)
TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)

PROVEN = Proof(judgement=met("model-file answers “clean”", source="EVD-1"))
REFUTED = Proof(judgement=not_met("model-file answers “flagged”", source="EVD-2"))
UNPROVEN = Proof(judgement=unknown("no evidence yet"))


def asset(name: str = "model", kind: str = "model", **changes: Any) -> AssetFact:
    values = {"ref": f"AST-{name}", "kind": kind, "name": name, "digest": digest_bytes(name.encode())}
    return AssetFact(**{**values, **changes})


def evidence(*subjects: AssetFact, **changes: Any) -> EvidenceFact:
    values: dict[str, Any] = {
        "ref": "EVD-1",
        "check": "model-file",
        "requirement": "",
        "verdict": Verdict.MET,
        "answer": "clean",
        "subjects": frozenset(a.digest for a in subjects),
        "produced_at": NOW - timedelta(days=1),
        "valid_until": NOW + timedelta(days=89),
        "parameters": {},
        "author_id": 7,
        "statement": "",
    }
    values.update(changes)
    values["statement"] = values["statement"] or digest_bytes(values["ref"].encode())
    return EvidenceFact(**values)


def review(reviewer_id: int, *, meets_intent: bool = True) -> ReviewFact:
    return ReviewFact(reviewer_id=reviewer_id, meets_intent=meets_intent)


def requirement(rule: str, proof: Proof | None = PROVEN, **changes: Any) -> RequirementFact:
    values: dict[str, Any] = {
        "rule": rule,
        "title": rule.replace("-", " "),
        "standing": Standing.CERTAIN,
        "level": Level.REQUIRED,
        "severity": "high",
        "ref": f"REQ-{rule}",
        "owner_id": 5,
        "owner": "Ines",
        "due_on": TODAY,
        "proof": proof,
    }
    return RequirementFact(**{**values, **changes})


def waiver(until: date = TODAY, ref: str = "WVR-1") -> WaiverFact:
    return WaiverFact(ref=ref, expires_on=until)


def spec(*requirements: str, condition: str = "requirements-proven", **changes: Any) -> CriterionSpec:
    values: dict[str, Any] = {
        "id": "-".join(requirements) or condition,
        "title": "criterion " + (" ".join(requirements) or condition),
        "condition": condition,
        "requirements": requirements,
        "level": Level.REQUIRED,
        "severity": "high",
        "why": "an incident",
        "guidance": "do it",
    }
    return CriterionSpec(**{**values, **changes})


def assumption(question: str, **changes: Any) -> AssumptionFact:
    values: dict[str, Any] = {
        "ref": f"ASM-{question}",
        "question": question,
        "blocks": False,
        "expired": False,
        "owner_id": 5,
    }
    return AssumptionFact(**{**values, **changes})


def facts(*requirements: RequirementFact, **changes: Any) -> GateFacts:
    values: dict[str, Any] = {
        "gate": "GTE-1",
        "system": "SYS-1",
        "stage": Stage.PILOT,
        "table_version": "1",
        "today": TODAY,
        "owner": "Dana",
        "owner_id": 1,
        "off_switch_holder": "Priya",
        "off_switch_holder_id": 2,
        "sentence": "Answers customers' questions.",
        "asset_count": 2,
        "unknown": (),
        "assumptions": (),
        "reachable_by": "internal",
        "personal_data": "none",
        "requirements": requirements,
        "criteria": tuple(spec(r.rule) for r in requirements),
    }
    return GateFacts(**{**values, **changes})
