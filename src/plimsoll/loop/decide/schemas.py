"""What API and commands give for gates."""

from __future__ import annotations

from typing import Any

from plimsoll.engines.gates.status import Status
from plimsoll.loop.decide.facts import EvaluatedGate

FORM = "plimsoll/gate/1"


def gate_document(gate: EvaluatedGate) -> dict[str, Any]:
    """A gate with every criterion and every reason, as one JSON document."""
    return {
        "form": FORM,
        "gate": gate.gate.ref,
        "system": gate.gate.system_ref,
        "stage": gate.gate.stage.value,
        "on": gate.facts.today.isoformat(),
        "verdict": gate.result.judgement.verdict.value,
        "digest": gate.digest,
        "criteria": [
            {
                "id": result.spec.id,
                "title": result.spec.title,
                "level": result.spec.level.value,
                "severity": result.spec.severity,
                "applies": result.applies,
                "verdict": result.judgement.verdict.value,
                "waived_by": list(result.waived_by),
                "reasons": [
                    {"verdict": r.verdict.value, "text": r.text, "source": r.source}
                    for r in result.judgement.reasons
                ],
                "evidence": list(result.evidence),
                "why": result.spec.why,
                "guidance": result.spec.guidance,
            }
            for result in gate.result.criteria
        ],
    }


def status_document(status: Status) -> dict[str, Any]:
    """The computed status with the rule that won and all others."""
    return {
        "colour": status.colour.value,
        "word": status.colour.word,
        "because": status.because.rule,
        "rules": [
            {"rule": r.rule, "title": r.title, "colour": r.colour.value, "text": r.text} for r in status.rules
        ],
    }
