"""The statistics that describe how one column changed; they inform, and are not judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.engines.monitors import distances
from plimsoll.engines.monitors.frame import FARTHEST, NumberFrame, edge
from plimsoll.engines.monitors.profile import ColumnProfile

__all__ = ["Statistics", "describe", "level_counts", "ordered_counts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What describes the change of one column; all are known for numbers, the last three for numbers only."""

    psi: float
    """Population stability index, on ten cells of the reference or on the levels."""
    jensen_shannon: float
    """Jensen–Shannon distance to base 2, on the same cells."""
    total_variation: float
    """Of the same cells."""
    ks: float | None
    """Kolmogorov–Smirnov gap at the edges of the grid; None for categories, which have no order."""
    ks_at_most: float | None
    """What the gap of the rows themselves cannot exceed."""
    wasserstein: float | None
    """Wasserstein's distance, in units of the column."""
    wasserstein_within: float | None
    """How far the grid may put it off, in units of the column."""
    wasserstein_per_deviation: float | None
    """The same ÷ the standard deviation of the reference; None also where that is 0."""


def describe(a: ColumnProfile, b: ColumnProfile) -> Statistics:
    """The statistics of a column of both sides, on one frame; BadInput unless each has a row with a value."""
    if not isinstance(a.frame, NumberFrame):
        p, q = level_counts(a, b)
        return Statistics(
            psi=distances.population_stability(p, q),
            jensen_shannon=distances.jensen_shannon(p, q),
            total_variation=distances.total_variation(p, q),
            ks=None,
            ks_at_most=None,
            wasserstein=None,
            wasserstein_within=None,
            wasserstein_per_deviation=None,
        )
    buckets, p, q = ordered_counts(a, b)
    cells = distances.quantile_cells(p)
    coarse_p, coarse_q = _summed(cells, p), _summed(cells, q)
    points, halves = _points(a.frame, buckets)
    moved = distances.wasserstein(points, p, q)
    deviation = _deviation(points, p)
    ks, at_most = distances.kolmogorov_smirnov(p, q)
    return Statistics(
        psi=distances.population_stability(coarse_p, coarse_q),
        jensen_shannon=distances.jensen_shannon(coarse_p, coarse_q),
        total_variation=distances.total_variation(coarse_p, coarse_q),
        ks=ks,
        ks_at_most=at_most,
        wasserstein=moved,
        wasserstein_within=_mean(halves, p) + _mean(halves, q),
        wasserstein_per_deviation=moved / deviation if deviation > 0 else None,
    )


def ordered_counts(a: ColumnProfile, b: ColumnProfile) -> tuple[list[int], list[int], list[int]]:
    """The places that either side holds, ascending, and the rows of each side there."""
    buckets = sorted({*a.counts, *b.counts})
    return buckets, [a.counts.get(k, 0) for k in buckets], [b.counts.get(k, 0) for k in buckets]


def level_counts(a: ColumnProfile, b: ColumnProfile) -> tuple[list[int], list[int]]:
    """Counts by level, and the rest if either side has some; levels that neither side holds are no cells."""
    _, p, q = ordered_counts(a, b)
    rest = bool(a.other or b.other)
    return ([*p, a.other], [*q, b.other]) if rest else (p, q)


def _summed(cells: Sequence[int], counts: Sequence[int]) -> list[int]:
    summed: dict[int, int] = dict.fromkeys(cells, 0)
    for cell, rows in zip(cells, counts, strict=True):
        summed[cell] += rows
    return list(summed.values())


def _points(frame: NumberFrame, buckets: Sequence[int]) -> tuple[list[float], list[float]]:
    """Middle and half width of each bucket; the open ones stand at their edge, with no width to tell of."""
    points, halves = [], []
    for bucket in buckets:
        low, high = edge(frame, bucket), edge(frame, bucket + 1)
        if abs(bucket) == FARTHEST:
            high = low
        points.append(low + (high - low) / 2)
        halves.append((high - low) / 2)
    return points, halves


def _mean(values: Sequence[float], counts: Sequence[int]) -> float:
    total = sum(counts)
    return math.fsum(value * (rows / total) for value, rows in zip(values, counts, strict=True))


def _deviation(points: Sequence[float], counts: Sequence[int]) -> float:
    mean, total = _mean(points, counts), sum(counts)
    # hypot, because the square of a point may be beyond all numbers
    return math.hypot(
        *((point - mean) * math.sqrt(rows / total) for point, rows in zip(points, counts, strict=True))
    )
