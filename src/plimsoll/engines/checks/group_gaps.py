"""Gaps between groups (fairness metrics), with intervals from an exact bootstrap of the counts.

Definitions equal fairlearn's: demographic_parity_difference and _ratio, equalized_odds_difference
(worst case) and equal_opportunity_difference, each between groups. One difference: where a rate is
undefined (no row to take it from) fairlearn writes 0 and we write nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from plimsoll.engines.checks.group_counts import Confusion
from plimsoll.engines.checks.intervals import Floats, spread_difference, spread_ratio

__all__ = ["GAPS", "Gap", "bootstrap", "gaps", "rates"]

Ints: TypeAlias = npt.NDArray[np.int64]
"""Counts; the last axis is tp, fp, tn, fn, the one before it the groups."""

_CELLS_AT_ONCE = 2_000_000
_TAIL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One gap between groups."""

    value: float | None
    """None if a rate that it needs is undefined."""
    low: float | None = None
    """Lower end of the interval; None without value."""
    high: float | None = None
    """Upper end of the interval; None without value."""
    replicates: int = 0
    """Bootstrap replicates drawn."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of each group; NaN where there is no row to take it from."""

    selection: Floats
    """Predicted positive ÷ all."""
    true_positive: Floats
    """Predicted positive ÷ truly positive."""
    false_positive: Floats
    """Predicted positive ÷ truly negative."""


def rates(counts: npt.NDArray[np.int64] | Floats) -> Rates:
    """The rates for counts of any shape ending in (groups, 4)."""
    tp, fp, tn, fn = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    return Rates(
        selection=_share(tp + fp, tp + fp + tn + fn),
        true_positive=_share(tp, tp + fn),
        false_positive=_share(fp, fp + tn),
    )


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _difference(values: Floats) -> Floats:
    spread: Floats = values.max(axis=-1) - values.min(axis=-1)
    return spread


def _parity_difference(r: Rates) -> Floats:
    return _difference(r.selection)


def _parity_ratio(r: Rates) -> Floats:
    return _share(r.selection.min(axis=-1), r.selection.max(axis=-1))


def _equalized_odds(r: Rates) -> Floats:
    return np.maximum(_difference(r.true_positive), _difference(r.false_positive))


def _equal_opportunity(r: Rates) -> Floats:
    return _difference(r.true_positive)


GAPS: dict[str, Callable[[Rates], Floats]] = {
    "demographic_parity_difference": _parity_difference,
    "demographic_parity_ratio": _parity_ratio,
    "equalized_odds_difference": _equalized_odds,
    "equal_opportunity_difference": _equal_opportunity,
}
"""Every gap by its stable name; 0 is no difference, and 1 is no difference for the ratio."""


def gaps(
    groups: Sequence[Confusion], *, others: int, confidence: float, replicates: int, seed: int
) -> dict[str, Gap]:
    """Each gap of `GAPS` between two or more groups, none empty, with an interval at `confidence`.

    The interval is the percentile interval of the row bootstrap, widened to the score interval of
    `intervals` where that reaches further: the bootstrap alone is too narrow where a group has rate 0 or
    1, and lies too high where many small groups are compared. `others` are rows outside the groups; they
    are resampled too, so that groups vary in size as in a bootstrap of the rows. The result does not
    depend on the order or the names of the groups.
    """
    counts = np.array(sorted(group.cells for group in groups), dtype=np.int64)
    # each tail must hold some replicates, or its percentile is only the most extreme of them
    replicates = max(replicates, math.ceil(round(2 * _TAIL / (1 - confidence), 6)))
    drawn: dict[str, list[Floats]] = {name: [] for name in GAPS}
    for chunk in bootstrap(counts, others=others, replicates=replicates, seed=seed):
        chunk_rates = rates(chunk)
        for name, formula in GAPS.items():
            drawn[name].append(formula(chunk_rates))
    observed, scores = rates(counts), _score_intervals(counts, confidence)
    found: dict[str, Gap] = {}
    for name, formula in GAPS.items():
        value = float(formula(observed))
        if np.isnan(value):
            found[name] = Gap(value=None)
            continue
        low, high = _percentiles(np.concatenate(drawn[name]), confidence)
        found[name] = Gap(
            value=value,
            low=min(low, scores[name][0]),
            high=max(high, scores[name][1]),
            replicates=replicates,
        )
    return found


def bootstrap(counts: Ints, *, others: int, replicates: int, seed: int) -> Iterator[Ints]:
    """Resampled counts in chunks of shape (some replicates, groups, 4), `replicates` in all.

    Drawing rows with replacement and counting them is one multinomial draw over the cells: this is the
    row bootstrap itself, not an approximation. There must be at least one row. `RandomState` is used
    because its stream is frozen (NumPy NEP 19), so that an auditor gets the same draws in later versions.
    """
    cells = np.append(counts.ravel(), others)
    used = np.flatnonzero(cells)
    shares = cells[used] / cells.sum()
    source = np.random.RandomState(seed)
    step = max(1, _CELLS_AT_ONCE // cells.size)
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        full = np.zeros((size, cells.size), dtype=np.int64)
        full[:, used] = source.multinomial(int(cells.sum()), shares, size=size)
        yield full[:, :-1].reshape(size, *counts.shape)


def _percentiles(drawn: Floats, confidence: float) -> tuple[float, float]:
    # A replicate without any row for a rate could have had any value: it counts against both ends.
    tail = (1 - confidence) / 2
    undefined = np.isnan(drawn)
    low = np.quantile(np.where(undefined, 0.0, drawn), tail, method="lower")
    high = np.quantile(np.where(undefined, 1.0, drawn), 1 - tail, method="higher")
    return float(low), float(high)


def _score_intervals(counts: Ints, confidence: float) -> dict[str, tuple[float, float]]:
    """The score interval of each gap that is defined for the observed counts."""
    tp, fp, tn, fn = counts.astype(np.float64).T
    selected, n, positives, negatives = tp + fp, tp + fp + tn + fn, tp + fn, fp + tn
    found = {"demographic_parity_difference": spread_difference(selected, n, confidence=confidence)}
    if selected.any():
        found["demographic_parity_ratio"] = spread_ratio(selected, n, confidence=confidence)
    if positives.all():
        found["equal_opportunity_difference"] = spread_difference(tp, positives, confidence=confidence)
    if positives.all() and negatives.all():
        true = spread_difference(tp, positives, confidence=confidence, families=2)
        false = spread_difference(fp, negatives, confidence=confidence, families=2)
        found["equalized_odds_difference"] = (max(true[0], false[0]), max(true[1], false[1]))
    return found
