"""Intervals for shares, and for the largest difference and smallest ratio of several shares.

Formulas only; no sampling. References:
- Wilson 1927, JASA 22:209, for one share.
- Newcombe 1998, Statistics in Medicine 17:873, method 10, for the difference of two shares.
- Zou and Donner 2008, Statistics in Medicine 27:1693, for the ratio (recovered on the log scale).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "rows_needed", "spread_difference", "spread_ratio", "wilson"]

Floats: TypeAlias = npt.NDArray[np.float64]


def wilson(successes: npt.ArrayLike, trials: npt.ArrayLike, *, confidence: float) -> tuple[Floats, Floats]:
    """Lower and upper ends of Wilson's score interval for each share successes ÷ trials.

    Without continuity correction. NaN where there were no trials; exactly 0 at no success and exactly 1 at
    all successes. Always contains the share. Equals scipy.stats.binomtest(…).proportion_ci("wilson").
    """
    x, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    n = np.where(n > 0, n, np.nan)
    p = x / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low = np.where(x == 0, 0 * p, np.minimum(centre - half, p))
    high = np.where(x == n, p, np.maximum(centre + half, p))
    return low, high


def spread_difference(
    successes: Floats, trials: Floats, *, confidence: float, families: int = 1
) -> tuple[float, float]:
    """An interval for largest minus smallest share of two or more groups, each with trials.

    Newcombe's interval for every pair of groups, at a confidence that holds for all pairs of all
    `families` (metrics judged together) at once; the ends are the largest lower and the largest upper end.
    So it neither takes the mere spread of many small groups for a difference nor calls groups equal that
    are all 0 or all 1 for lack of rows. Within 0 and 1. Groups must not share rows.
    """
    p = successes / trials
    low, high = wilson(successes, trials, confidence=_per_pair(p.size, confidence, families))
    gap = p[:, None] - p[None, :]
    lower = gap - np.hypot((p - low)[:, None], (high - p)[None, :])
    upper = gap + np.hypot((high - p)[:, None], (p - low)[None, :])
    np.fill_diagonal(upper, 0.0)
    return max(0.0, float(lower.max())), min(1.0, float(upper.max()))


def spread_ratio(successes: Floats, trials: Floats, *, confidence: float) -> tuple[float, float]:
    """An interval for smallest ÷ largest share of two or more groups, at least one with a success.

    As `spread_difference`, with the ratio of every ordered pair recovered on the log scale from Wilson's
    ends; where a group has no success, from the ratio of the ends. Within 0 and 1.
    """
    p = successes / trials
    low, high = wilson(successes, trials, confidence=_per_pair(p.size, confidence, 1))
    some = (p > 0)[:, None] & (p > 0)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):  # pairs with a zero are replaced below
        log_p, below, above = np.log(p), np.log(p) - np.log(low), np.log(high) - np.log(p)
        gap = log_p[:, None] - log_p[None, :]
        lower = np.exp(gap - np.hypot(below[:, None], above[None, :]))
        upper = np.exp(gap + np.hypot(above[:, None], below[None, :]))
        lower = np.where(some, lower, low[:, None] / high[None, :])
        upper = np.where(some, upper, high[:, None] / low[None, :])
    np.fill_diagonal(lower, 1.0)
    return max(0.0, float(lower.min())), min(1.0, float(upper.min()))


def rows_needed(*, rows: int, value: float, end: float, limit: float) -> int | None:
    """About how many rows would bring `end` of an interval from beyond the limit onto it.

    Assumes that the value stays and that the interval shrinks with the square root of the rows. Rounded
    up to two digits. None if the value lies on the limit, or so near that it would take 1e15 rows.
    """
    if value == limit:
        return None
    factor = (end - value) / (limit - value)
    needed = rows * (factor * factor)  # infinite, not an error, next to the limit
    if needed >= 1e15:
        return None
    step = 10.0 ** max(0, math.floor(math.log10(max(needed, 1))) - 1)
    return int(math.ceil(needed / step) * step)


def _per_pair(groups: int, confidence: float, families: int) -> float:
    return 1 - (1 - confidence) / (families * groups * (groups - 1) / 2)
