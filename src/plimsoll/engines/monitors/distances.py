"""Distances between two distributions that are given as counts of the same cells.

Every function takes counts per cell of the reference and of the current rows, in the same order, and
raises BadInput unless they are equally many, not negative, and each adds up to at least one row. All
but Wasserstein's distance are free of units. Equal shares give 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plimsoll.kernel.errors import BadInput

__all__ = [
    "SMALLEST_SHARE",
    "jensen_shannon",
    "kolmogorov_smirnov",
    "population_stability",
    "quantile_cells",
    "total_variation",
    "wasserstein",
]

SMALLEST_SHARE = 1e-4
"""What the population stability index takes an empty cell for; without it one empty cell is infinite."""

_Shares = NDArray[np.float64]


def population_stability(reference: Sequence[int], current: Sequence[int]) -> float:
    """PSI: Σ (p − q) · ln(p ÷ q) over the cells, 0 to about 18 (two sets that share no cell).

    A share below `SMALLEST_SHARE` counts as that, so the index stays finite. It is symmetric. It grows
    with fewer rows even where nothing changed: about (cells − 1) · (1/n + 1/m). Source: S. Lewis, An
    Introduction to Credit Scoring, 1992; B. Yurdakul and J. Naranjo, J. Risk Model Validation 14, 2020.
    """
    p, q = (np.maximum(side, SMALLEST_SHARE) for side in _shares(reference, current))
    return float(np.sum((p - q) * np.log(p / q)))


def jensen_shannon(reference: Sequence[int], current: Sequence[int]) -> float:
    """The Jensen–Shannon distance to base 2, 0 to 1: the square root of the divergence. Symmetric.

    Source: J. Lin, IEEE Trans. Information Theory 37, 1991; D. M. Endres and J. E. Schindelin, 2003.
    """
    p, q = _shares(reference, current)
    middle = (p + q) / 2
    return math.sqrt(max(0.0, (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2))


def kolmogorov_smirnov(reference: Sequence[int], current: Sequence[int]) -> tuple[float, float]:
    """The largest gap between the cumulated shares of ordered cells, and the most it could be inside them.

    Both 0 to 1 and symmetric. The first is the statistic of rows that are known by their cell only, and
    is never above that of the rows themselves; the second is never below it. Where a cell holds a single
    value the gap inside it is not there, so the second may say far too much. Source: N. Smirnov, 1939.
    """
    p, q = _shares(reference, current)
    after = np.cumsum(p - q)
    before = np.concatenate(([0.0], after[:-1]))
    inside = np.maximum(before + p, q - before)
    gap = float(np.max(np.abs(after)))
    return min(gap, 1.0), min(max(gap, float(np.max(inside))), 1.0)


def total_variation(reference: Sequence[int], current: Sequence[int]) -> float:
    """½ Σ |p − q|, 0 to 1: the share of rows that would have to change their cell. Symmetric."""
    p, q = _shares(reference, current)
    return min(float(np.sum(np.abs(p - q))) / 2, 1.0)


def wasserstein(points: Sequence[float], reference: Sequence[int], current: Sequence[int]) -> float:
    """Wasserstein's distance (order 1) of rows that stand at `points`, ascending; in units of the column.

    It is ∫ |F − G|, the mean way that a row would have to move. Symmetric. When points stand for cells,
    it is off by no more than the mean half width of the cells that hold the rows, counted for both sides.
    Source: S. S. Vallender, Theory of Probability and its Applications 18, 1974.
    """
    p, q = _shares(reference, current)
    gaps = np.abs(np.cumsum(p - q))[:-1]
    return float(np.sum(gaps * np.diff(np.asarray(points, dtype=float))))


def quantile_cells(reference: Sequence[int], *, cells: int = 10) -> list[int]:
    """For each ordered bucket the cell, 0 to `cells` − 1, by the share of reference rows below its middle.

    Cells never split a bucket, so they hold about equally many reference rows where buckets are fine,
    and a value that many rows share has a cell for itself. BadInput without any row.
    """
    p, _ = _shares(reference, reference)
    middle = np.cumsum(p) - p / 2
    return [int(cell) for cell in np.minimum((middle * cells).astype(int), cells - 1)]


def _shares(reference: Sequence[int], current: Sequence[int]) -> tuple[_Shares, _Shares]:
    p, q = (np.asarray(counts, dtype=np.float64) for counts in (reference, current))
    if p.shape != q.shape or p.ndim != 1 or not (len(p) and min(p.min(), q.min()) >= 0):
        raise BadInput("A distance needs counts of the same cells, none below 0.")
    if not (p.sum() > 0 and q.sum() > 0):
        raise BadInput("A distance needs at least one row on either side.")
    return p / p.sum(), q / q.sum()


def _relative_entropy(p: _Shares, q: _Shares) -> float:
    held = p > 0
    return float(np.sum(p[held] * np.log2(p[held] / q[held])))
