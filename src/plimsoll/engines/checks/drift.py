"""The check `drift`: whether current rows still look like the reference, from a recording of counts.

The reasoning is the engine `monitors`; this is the one module of an engine that knows another one, so
that a monitor's word is evidence like any other (ADR 0020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plimsoll.engines.checks.card import CheckCard, ParameterValue
from plimsoll.engines.checks.drift_card import DRIFT_CARD
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.result import CheckResult, Finding, Measure, Outcome
from plimsoll.engines.monitors.drift import ColumnDrift, Drift, Effect, Limits
from plimsoll.engines.monitors.observation import Observation
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import share
from plimsoll.kernel.verdict import Verdict

__all__ = ["DRIFT", "asked", "limits_of"]

_OUTCOMES = {
    Verdict.MET: (Outcome.PASS, "within limits"),
    Verdict.NOT_MET: (Outcome.FAIL, "drift"),
    Verdict.UNKNOWN: (Outcome.INCONCLUSIVE, "too few to tell"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drift:
    """The judge of the check `drift`. Pure: the same recording and parameters give the same result."""

    card: CheckCard
    """What the check is."""

    def judge(self, recording: Recording, parameters: Mapping[str, ParameterValue]) -> CheckResult:
        """The statistics of every column, each limit met, not met or unknown, and the verdict over all.

        BadInput if the recording is malformed, of another check or version, does not name both tables as
        subjects, or was made with other columns than `parameters` say.
        """
        given = read_parameters(self.card, parameters)
        if (recording.check, recording.version) != (self.card.id, self.card.version):
            raise BadInput(
                f"The recording is of {recording.check[:40]} version {recording.version[:20]}.",
                hint=f"This is {self.card.id} version {self.card.version}.",
            )
        seen = dict(recording.seen)
        if seen.pop("asked", None) != asked(given):
            raise BadInput(
                "The recording was made with other columns than it is judged with.",
                hint="Judge with the parameters of the recording; only limits may differ.",
            )
        if len(recording.subjects) != 2 + ("model" in given):
            raise BadInput("The recording does not name the current table, the reference and the model.")
        observation = Observation.from_json(seen)
        return _result(observation.judge(limits_of(given)), observation)


DRIFT = _Drift(card=DRIFT_CARD)
"""The check `drift`."""


def asked(parameters: Mapping[str, ParameterValue]) -> dict[str, Any]:
    """What the parameters ask of the tables, as JSON values: the same for collector and judge."""
    return {name: list(_words(parameters.get(name, ()))) for name in ("columns", "categories")}


def limits_of(parameters: Mapping[str, ParameterValue]) -> Limits:
    """The limits among parameters that `read_parameters` has read."""
    return Limits(
        number=share(_number(parameters["max_number"])),
        category=share(_number(parameters["max_category"])),
        missing=share(_number(parameters["max_missing"])),
        confidence=share(_number(parameters["confidence"])),
    )


def _words(value: ParameterValue) -> tuple[str, ...]:
    assert isinstance(value, tuple)  # the card says so, and read_parameters has read it
    return value


def _number(value: ParameterValue) -> float:
    assert isinstance(value, int | float)  # the card says so, and read_parameters has read it
    return float(value)


def _result(drift: Drift, observation: Observation) -> CheckResult:
    outcome, answer = _OUTCOMES[drift.judgement.verdict]
    measures = [measure for column in drift.columns for measure in _measures(column)]
    beyond = [
        Finding(text=f"{reason.text}.", where=reason.source, severity="high")
        for reason in drift.judgement.reasons
        if reason.verdict is Verdict.NOT_MET
    ]
    together = (
        f"{drift.comparisons} limits were judged together (Holm), so that all alarms of this run hold at "
        "the stated confidence."
    )
    return CheckResult(
        outcome=outcome,
        answer=answer,
        judgement=drift.judgement,
        measures=tuple(measures),
        findings=tuple(beyond),
        read=(*observation.sentences, together),
    )


def _measures(column: ColumnDrift) -> list[Measure]:
    rows, found = sum(column.rows), column.statistics
    measures = []
    if column.values is not None:
        title = "Kolmogorov–Smirnov gap" if column.kind == "number" else "Total variation"
        measures.append(_judged(column.values, f"effect[{column.name}]", f"{title} of {column.name}", rows))
    if column.absence is not None:
        title = f"Change of the missing share of {column.name}"
        measures.append(_judged(column.absence, f"missing[{column.name}]", title, rows))
    if found is not None:
        told = [
            ("psi", "Population stability index", found.psi),
            ("jensen_shannon", "Jensen–Shannon distance", found.jensen_shannon),
            ("wasserstein", "Wasserstein distance, in standard deviations,", found.wasserstein_per_deviation),
        ]
        measures += [
            Measure(
                name=f"{name}[{column.name}]",
                title=f"{title} of {column.name}",
                value=value,
                unit="difference",
                n=rows,
            )
            for name, title, value in told
            if value is not None
        ]
    return measures


def _judged(effect: Effect, name: str, title: str, rows: int) -> Measure:
    return Measure(
        name=name,
        title=title,
        value=effect.value,
        unit="difference",
        n=rows,
        limit=effect.limit,
        limit_kind="at most",
        verdict=effect.judgement.verdict,
    )
