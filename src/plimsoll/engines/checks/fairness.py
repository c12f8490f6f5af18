"""The check `fairness`: performance of a tabular model overall and by group, from its predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plimsoll.engines.checks.card import CheckCard, ParameterValue
from plimsoll.engines.checks.fairness_card import FAIRNESS_CARD
from plimsoll.engines.checks.group_counts import AttributeCounts, FairnessCounts, asked
from plimsoll.engines.checks.group_measures import (
    Limit,
    Settings,
    gap_measures,
    group_measures,
    overall_measures,
    reason_for,
)
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.result import CheckResult, Finding, Measure, Outcome
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, unknown

__all__ = ["FAIRNESS"]

_OUTCOMES = {
    Verdict.MET: (Outcome.PASS, "within limits"),
    Verdict.NOT_MET: (Outcome.FAIL, "outside limits"),
    Verdict.UNKNOWN: (Outcome.INCONCLUSIVE, "too few to tell"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fairness:
    """The judge of the check `fairness`. Pure: the same recording and parameters give the same result."""

    card: CheckCard
    """What the check is."""

    def judge(self, recording: Recording, parameters: Mapping[str, ParameterValue]) -> CheckResult:
        """The measures of a recording, each limit met, not met or unknown, and the verdict over all.

        A limit is met when value and whole interval lie within it, not met when the whole interval lies
        beyond it, and unknown when the interval straddles it or nothing can be computed. The share of rows
        without the attribute is a plain count of this file and is judged by its value alone; too large a
        share of rows left out makes the result unknown, because what was left out was not looked at.

        BadInput if the recording is malformed, of another check or version, or was made with other columns,
        classes or threshold than `parameters` say.
        """
        given = read_parameters(self.card, parameters)
        if (recording.check, recording.version) != (self.card.id, self.card.version):
            raise BadInput(
                f"The recording is of {recording.check[:40]} version {recording.version[:20]}.",
                hint=f"This is {self.card.id} version {self.card.version}.",
            )
        counts = FairnessCounts.from_seen(recording.seen, asked(given))
        return _judge(counts, given)


FAIRNESS = _Fairness(card=FAIRNESS_CARD)
"""The check `fairness`."""


def _judge(counts: FairnessCounts, given: Mapping[str, ParameterValue]) -> CheckResult:
    settings = _settings(counts, given)
    if counts.overall.n == 0:
        nothing = unknown("No row has both a true outcome and a prediction", source="rows")
        return _result(nothing, (), (), _read(counts, settings, given))
    share_limit = Limit(value=_number(given, "max_missing_share"), kind="at most")
    limits = {
        "demographic_parity_difference": Limit(value=_number(given, "max_difference"), kind="at most"),
        "demographic_parity_ratio": Limit(value=_number(given, "min_ratio"), kind="at least"),
        "equalized_odds_difference": Limit(
            value=_number(given, "max_equalized_odds_difference"), kind="at most"
        ),
    }
    accuracy_limit = (
        Limit(value=_number(given, "min_accuracy"), kind="at least") if "min_accuracy" in given else None
    )
    measures = [_left_out(counts, share_limit)]
    measures += overall_measures(counts.overall, settings, min_accuracy=accuracy_limit)
    for attribute in counts.attributes:
        crossed = len(attribute.columns) > 1
        measures.append(_missing(attribute, counts.overall.n, limit=None if crossed else share_limit))
        measures += group_measures(attribute, settings)
        measures += gap_measures(attribute, settings, used=counts.overall.n, limits=limits)
    reasons = [reason_for(measure) for measure in measures if measure.limit is not None]
    judgement = all_of(Judgement(verdict=reason.verdict, reasons=(reason,)) for reason in reasons)
    findings = _findings(measures, counts, settings)
    return _result(judgement, measures, findings, _read(counts, settings, given))


def _settings(counts: FairnessCounts, given: Mapping[str, ParameterValue]) -> Settings:
    return Settings(
        confidence=_number(given, "confidence"),
        comparisons=3 * len(counts.attributes) + ("min_accuracy" in given),
        replicates=int(_number(given, "bootstrap")),
        seed=int(_number(given, "seed")),
        minimum_cell=int(_number(given, "minimum_cell")),
    )


def _number(given: Mapping[str, ParameterValue], name: str) -> float:
    value = given[name]
    assert isinstance(value, int | float)  # the card says so, and read_parameters has read it
    return value


def _result(
    judgement: Judgement, measures: Sequence[Measure], findings: Sequence[Finding], read: tuple[str, ...]
) -> CheckResult:
    outcome, answer = _OUTCOMES[judgement.verdict]
    return CheckResult(
        outcome=outcome,
        answer=answer,
        judgement=judgement,
        measures=tuple(measures),
        findings=tuple(findings),
        read=read,
    )


def _left_out(counts: FairnessCounts, limit: Limit) -> Measure:
    value = counts.left_out / counts.rows
    return Measure(
        name="left_out_share",
        title="Share of rows left out",
        value=value,
        unit="share",
        n=counts.rows,
        limit=limit.value,
        limit_kind=limit.kind,
        verdict=Verdict.MET if limit.admits(value) else Verdict.UNKNOWN,
        note="Rows without true outcome or prediction.",
    )


def _missing(attribute: AttributeCounts, used: int, *, limit: Limit | None) -> Measure:
    value = attribute.missing / used
    verdict = None if limit is None else Verdict.MET if limit.admits(value) else Verdict.NOT_MET
    return Measure(
        name=f"missing_share[{attribute.name}]",
        title=f"Share of rows without {attribute.name}",
        value=value,
        unit="share",
        n=used,
        limit=None if limit is None else limit.value,
        limit_kind="" if limit is None else limit.kind,
        verdict=verdict,
        note="These rows count overall, but in no group.",
    )


def _findings(measures: Sequence[Measure], counts: FairnessCounts, settings: Settings) -> tuple[Finding, ...]:
    beyond = [
        Finding(text=f"{reason_for(measure).text}. {measure.note}", where=measure.name, severity="high")
        for measure in measures
        if measure.verdict is Verdict.NOT_MET
    ]
    small: list[Finding] = []
    for attribute in counts.attributes:
        names = [group.name for group in attribute.groups if group.counts.n < settings.minimum_cell]
        if names:
            shown = ", ".join(f"“{name}”" for name in names[:10]) + (" …" if len(names) > 10 else "")
            text = (
                f"{len(names)} of {len(attribute.groups)} groups by {attribute.name} have fewer than "
                f"{settings.minimum_cell} rows and were not compared: {shown}."
            )
            small.append(Finding(text=text, where=attribute.name, severity="low"))
    return (*beyond, *small)


def _read(counts: FairnessCounts, settings: Settings, given: Mapping[str, ParameterValue]) -> tuple[str, ...]:
    source = given.get("attribute_source", "not stated")
    return (
        f"{counts.form}: {counts.rows:,} rows read, {counts.overall.n:,} used; left out: "
        f"{counts.without_label:,} without true outcome, {counts.without_prediction:,} without prediction.",
        f"Protected attributes: {', '.join(a.name for a in counts.attributes)}; obtained: {source}.",
        f"{settings.comparisons} limits with an interval were judged together, so each interval holds at "
        f"{settings.judged:.4g} for all to hold at {settings.confidence:g}.",
    )
