"""Turns counts per group into measures with intervals, limits, verdicts, and the reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from plimsoll.engines.checks.group_counts import AttributeCounts, Confusion, Group
from plimsoll.engines.checks.group_gaps import Gap, gaps, rates
from plimsoll.engines.checks.intervals import Floats, rows_needed, wilson
from plimsoll.engines.checks.result import Measure
from plimsoll.kernel.verdict import Reason, Verdict

__all__ = ["Limit", "Settings", "gap_measures", "group_measures", "overall_measures", "reason_for"]

_TITLES = {
    "demographic_parity_difference": "Demographic parity difference",
    "demographic_parity_ratio": "Demographic parity ratio (disparate impact)",
    "equalized_odds_difference": "Equalized odds difference",
    "equal_opportunity_difference": "Equal opportunity difference",
}
_RATES = {
    "selection_rate": "Selection rate",
    "true_positive_rate": "True positive rate",
    "false_positive_rate": "False positive rate",
    "accuracy": "Accuracy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """An agreed limit on a measure."""

    value: float
    """The limit itself still counts as within."""
    kind: str
    """"at most" or "at least"."""

    def admits(self, value: float) -> bool:
        """Whether `value` lies within the limit."""
        return value <= self.value if self.kind == "at most" else value >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How intervals are made and which groups are compared."""

    confidence: float
    """Coverage wanted for all judged measures together, such as 0.95."""
    comparisons: int
    """How many measures with an interval are judged against a limit."""
    replicates: int
    """Bootstrap replicates, at least."""
    seed: int
    """Seed of the bootstrap."""
    minimum_cell: int
    """Groups with fewer rows are neither shown nor compared."""

    @property
    def judged(self) -> float:
        """Confidence of each judged interval, so that all hold together (Bonferroni)."""
        return 1 - (1 - self.confidence) / self.comparisons

    @property
    def correction(self) -> str:
        """How `judged` came about, in words."""
        return (
            f", confidence 1 − (1 − {self.confidence:g}) ÷ {self.comparisons} for {self.comparisons} limits"
        )


def overall_measures(
    counts: Confusion, settings: Settings, *, min_accuracy: Limit | None
) -> tuple[Measure, ...]:
    """Accuracy, precision, recall (Wilson) and F1 over all used rows; at least one row.

    A share without rows to take it from, and F1 without any positive, have no value.
    """
    judged = settings.judged if min_accuracy else settings.confidence
    accuracy = _share(
        "accuracy", "Accuracy", counts.tp + counts.tn, counts.n, judged,
        correction=settings.correction if min_accuracy else "",
    )  # fmt: skip
    return (
        _judged(accuracy, min_accuracy),
        _share("precision", "Precision", counts.tp, counts.tp + counts.fp, settings.confidence),
        _share("recall", "Recall", counts.tp, counts.tp + counts.fn, settings.confidence),
        _f1(counts, settings),
    )


def group_measures(attribute: AttributeCounts, settings: Settings) -> tuple[Measure, ...]:
    """The rates of each group with Wilson intervals and sample sizes, in the order of the groups.

    A group below the minimum cell is shown with its size only. A rate without rows has no value.
    """
    found: list[Measure] = []
    for group in attribute.groups:
        label, c = f"{attribute.name}={group.name}", group.counts
        if c.n < settings.minimum_cell:
            found.append(
                Measure(
                    name=f"selection_rate[{label}]",
                    title=f"Selection rate, {label}",
                    value=None,
                    unit="share",
                    n=c.n,
                    note=f"Fewer than {settings.minimum_cell} rows: not shown and not compared.",
                )
            )
            continue
        parts = (
            (c.tp + c.fp, c.n), (c.tp, c.tp + c.fn), (c.fp, c.fp + c.tn), (c.tp + c.tn, c.n),
        )  # fmt: skip
        for (name, title), (part, whole) in zip(_RATES.items(), parts, strict=True):
            found.append(_share(f"{name}[{label}]", f"{title}, {label}", part, whole, settings.confidence))
    return tuple(found)


def gap_measures(
    attribute: AttributeCounts, settings: Settings, *, used: int, limits: dict[str, Limit]
) -> tuple[Measure, ...]:
    """Each gap between the groups that are large enough to compare, with its stand to its limit.

    `used` is the number of used rows, `limits` the limit by name of the gap. With fewer than two groups
    to compare, no gap has a value.
    """
    groups = [group for group in attribute.groups if group.counts.n >= settings.minimum_cell]
    compared = sum(group.counts.n for group in groups)
    found, notes = _gaps_and_notes(groups, settings, others=used - compared)
    return tuple(
        _judged(
            Measure(
                name=f"{name}[{attribute.name}]",
                title=f"{title} by {attribute.name}",
                value=found[name].value,
                unit="ratio" if name.endswith("ratio") else "difference",
                n=compared,
                low=found[name].low,
                high=found[name].high,
                confidence=None if found[name].value is None else settings.judged,
                method="" if found[name].value is None else _gap_method(found[name], settings),
                note=notes[name],
            ),
            limits.get(name),
        )
        for name, title in _TITLES.items()
    )


def _gaps_and_notes(
    groups: Sequence[Group], settings: Settings, *, others: int
) -> tuple[dict[str, Gap], dict[str, str]]:
    if len(groups) < 2:
        few = "Only one group has" if groups else "No group has"
        note = f"{few} at least {settings.minimum_cell} rows, so there is nothing to compare."
        return dict.fromkeys(_TITLES, Gap(value=None)), dict.fromkeys(_TITLES, note)
    found = gaps(
        [group.counts for group in groups],
        others=others,
        confidence=settings.judged,
        replicates=settings.replicates,
        seed=settings.seed,
    )
    return found, _gap_notes(groups)


def reason_for(measure: Measure) -> Reason:
    """The sentence behind the verdict of a measure that has a limit."""
    assert measure.limit is not None
    assert measure.verdict is not None
    allowed = f"the limit is {measure.limit_kind} {measure.limit:g}"
    if measure.value is None:
        text = f"{measure.title} cannot be computed ({allowed}): {measure.note.rstrip('.')}"
    elif measure.low is None or measure.high is None:
        text = f"{measure.title} is {measure.value:.3f}; {allowed}"
    else:
        text = (
            f"{measure.title} is {measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f}, "
            f"n {measure.n:,}); {allowed}"
        )
        if measure.verdict is Verdict.UNKNOWN:
            text += f", and {_needed(measure, measure.limit)}"
    return Reason(verdict=measure.verdict, text=text, source=measure.name)


def _needed(measure: Measure, limit: float) -> str:
    assert measure.value is not None
    end = measure.low if measure.value > limit else measure.high  # the end on the limit's other side
    assert end is not None
    rows = rows_needed(rows=measure.n, value=measure.value, end=end, limit=limit)
    if rows is None:
        return "the value lies so near the limit that no number of rows would tell"
    return f"there are too few rows to tell; about {rows:,} would tell if the value stayed"


def _judged(measure: Measure, limit: Limit | None) -> Measure:
    if limit is None:
        return measure
    if measure.low is None or measure.high is None:
        verdict = Verdict.UNKNOWN
    elif limit.admits(measure.low) and limit.admits(measure.high):
        verdict = Verdict.MET
    elif limit.admits(measure.low) or limit.admits(measure.high):
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.NOT_MET
    return replace(measure, limit=limit.value, limit_kind=limit.kind, verdict=verdict)


def _share(
    name: str, title: str, part: int, whole: int, confidence: float, *, correction: str = ""
) -> Measure:
    if whole == 0:
        return Measure(
            name=name, title=title, value=None, unit="share", n=0, note="There is no row to take it from."
        )
    low, high = wilson(part, whole, confidence=confidence)
    return Measure(
        name=name,
        title=title,
        value=part / whole,
        unit="share",
        n=whole,
        low=float(low),
        high=float(high),
        confidence=confidence,
        method=f"Wilson{correction}",
    )


def _f1(counts: Confusion, settings: Settings) -> Measure:
    # F1 = 2J ÷ (1 + J), where J is the share of true positives among all rows that are positive or were
    # predicted so; J is a share like any other, and F1 rises with it.
    jaccard = _share("f1", "F1", counts.tp, counts.tp + counts.fp + counts.fn, settings.confidence)
    if jaccard.value is None or jaccard.low is None or jaccard.high is None:
        return jaccard
    value, low, high = (2 * share / (1 + share) for share in (jaccard.value, jaccard.low, jaccard.high))
    return replace(
        jaccard, value=value, low=low, high=high, method="Wilson for tp ÷ (tp + fp + fn), carried over"
    )


def _gap_method(gap: Gap, settings: Settings) -> str:
    return (
        f"row bootstrap on the counts, percentile, {gap.replicates:,} replicates, seed {settings.seed}, "
        f"widened to the score interval over all pairs of groups{settings.correction}"
    )


def _gap_notes(groups: Sequence[Group]) -> dict[str, str]:
    found = rates(np.array([group.counts.cells for group in groups]))
    selection = _extremes("selection rate", found.selection, groups)
    true = _extremes("true positive rate", found.true_positive, groups)
    false = _extremes("false positive rate", found.false_positive, groups)
    if np.isnan(found.true_positive).any() or np.isnan(found.false_positive).any():
        odds = " ".join(note for note in (true, false) if note.startswith("No row"))
    else:
        odds = true if np.ptp(found.true_positive) >= np.ptp(found.false_positive) else false
    return {
        "demographic_parity_difference": selection,
        "demographic_parity_ratio": selection
        if found.selection.any()
        else "No group has a row that was predicted positive.",
        "equalized_odds_difference": odds,
        "equal_opportunity_difference": true,
    }


def _extremes(rate: str, values: Floats, groups: Sequence[Group]) -> str:
    names = [f"“{group.name}”" for group in groups]
    lacking = [name for name, value in zip(names, values, strict=True) if np.isnan(value)]
    if lacking:
        return f"No row to take the {rate} from in {', '.join(lacking)}."
    if values.min() == values.max():
        return f"The {rate} is {values[0]:.3f} in every group."
    lowest, highest = int(values.argmin()), int(values.argmax())
    return (
        f"Lowest {rate}: {names[lowest]} {values[lowest]:.3f}; "
        f"highest: {names[highest]} {values[highest]:.3f}."
    )
