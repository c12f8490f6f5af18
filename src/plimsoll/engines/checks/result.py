"""What a judge says: outcome, answer, measured values with intervals, findings, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plimsoll.kernel.verdict import Judgement, Verdict

__all__ = ["CheckResult", "Finding", "Measure", "Outcome"]


class Outcome(StrEnum):
    """What evidence says about its requirement."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"

    @property
    def verdict(self) -> Verdict:
        """MET for pass, NOT_MET for fail, UNKNOWN for the rest."""
        return {Outcome.PASS: Verdict.MET, Outcome.FAIL: Verdict.NOT_MET}.get(self, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measured value. A number is never alone: unit, interval, count, and the limit if there is one."""

    name: str
    """Stable id within the check, such as equalized_odds_difference[sex]."""
    title: str
    """As a reader sees it."""
    value: float | None
    """None when it cannot be computed; `note` says why."""
    unit: str
    """"share", "count", "difference", "ratio"."""
    n: int
    """How many observations it rests on."""
    low: float | None = None
    """Lower end of the interval."""
    high: float | None = None
    """Upper end of the interval."""
    confidence: float | None = None
    """Coverage of the interval, such as 0.95; None without interval."""
    method: str = ""
    """How the interval was made, such as "Wilson"."""
    limit: float | None = None
    """The agreed limit it is judged against; None if it only informs."""
    limit_kind: str = ""
    """"at most" or "at least"; empty without limit."""
    verdict: Verdict | None = None
    """How it stands to the limit; None without limit."""
    note: str = ""
    """What a reader must know, such as a suppressed small cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that somebody should look at."""

    text: str
    """One sentence."""
    where: str = ""
    """Member, row, column or offset."""
    severity: str = "medium"
    """"critical", "high", "medium" or "low"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The judge's word. `judgement` carries every reason; `outcome` and `answer` follow from it."""

    outcome: Outcome
    """Pass, fail, inconclusive or error."""
    answer: str
    """One of the card's answers."""
    judgement: Judgement
    """The verdict with reasons; its verdict equals `outcome.verdict`."""
    measures: tuple[Measure, ...] = ()
    """What was measured."""
    findings: tuple[Finding, ...] = ()
    """What somebody should look at."""
    read: tuple[str, ...] = ()
    """What was read, and what was not, in sentences."""

    def __post_init__(self) -> None:
        if self.judgement.verdict is not self.outcome.verdict:
            raise ValueError("a check's outcome and its judgement disagree")

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON value with stable keys; documented in docs/reference/documents.md."""
        return {
            "outcome": self.outcome.value,
            "answer": self.answer,
            "reasons": [
                {"verdict": r.verdict.value, "text": r.text, "source": r.source}
                for r in self.judgement.reasons
            ],
            "measures": [_measure(m) for m in self.measures],
            "findings": [{"severity": f.severity, "text": f.text, "where": f.where} for f in self.findings],
            "read": list(self.read),
        }


def _measure(m: Measure) -> dict[str, Any]:
    return {
        "name": m.name,
        "title": m.title,
        "value": m.value,
        "unit": m.unit,
        "n": m.n,
        "low": m.low,
        "high": m.high,
        "confidence": m.confidence,
        "method": m.method,
        "limit": m.limit,
        "limit_kind": m.limit_kind,
        "verdict": m.verdict.value if m.verdict else None,
        "note": m.note,
    }
