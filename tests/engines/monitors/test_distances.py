from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from plimsoll.engines.monitors import distances
from plimsoll.engines.monitors.drift import Limits, compare
from plimsoll.engines.monitors.frame import NumberFrame
from plimsoll.kernel.errors import BadInput
from tests.engines.monitors.samples import numbers, profile

SIDES = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 1000), min_size=n, max_size=n).filter(any)] * 2)
)
Counts = list[int]


def all_of_them(p: Counts, q: Counts) -> list[float]:
    points = [float(place) for place in range(len(p))]
    return [
        distances.population_stability(p, q),
        distances.jensen_shannon(p, q),
        distances.total_variation(p, q),
        distances.kolmogorov_smirnov(p, q)[0],
        distances.wasserstein(points, p, q),
    ]


@given(SIDES)
def test_every_distance_is_symmetric_and_not_negative(sides: tuple[Counts, Counts]) -> None:
    p, q = sides
    assert all_of_them(p, q) == pytest.approx(all_of_them(q, p), abs=1e-12)
    assert min(all_of_them(p, q)) >= 0


@given(SIDES, st.integers(1, 9))
def test_equal_shares_are_at_no_distance(sides: tuple[Counts, Counts], times: int) -> None:
    p, _ = sides
    # the square root of the Jensen–Shannon divergence turns a rounding of 1e-16 into 1e-8
    assert all_of_them(p, [times * n for n in p]) == pytest.approx([0.0] * 5, abs=1e-7)


@given(SIDES)
def test_shares_stay_within_their_range(sides: tuple[Counts, Counts]) -> None:
    _, shannon, variation, gap, _ = all_of_them(*sides)
    for value in (shannon, variation, gap):
        assert 0 <= value <= 1 + 1e-12
    assert gap <= variation + 1e-12


@given(SIDES)
def test_distances_of_cells_are_those_of_scipy(sides: tuple[Counts, Counts]) -> None:
    p, q = sides
    places = np.arange(len(p))
    assert distances.jensen_shannon(p, q) == pytest.approx(float(jensenshannon(p, q, base=2)), abs=1e-7)
    assert distances.wasserstein([float(x) for x in places], p, q) == pytest.approx(
        float(stats.wasserstein_distance(places, places, p, q)), abs=1e-9
    )
    rows = np.repeat(places, p), np.repeat(places, q)
    assert distances.kolmogorov_smirnov(p, q)[0] == pytest.approx(
        float(stats.ks_2samp(*rows, method="asymp").statistic), abs=1e-12
    )


def test_the_population_stability_index_of_a_worked_example() -> None:
    # (0.5 − 0.25) ln 2 + (0.5 − 0.75) ln(2/3)
    expected = 0.25 * math.log(2) - 0.25 * math.log(2 / 3)
    assert distances.population_stability([50, 50], [25, 75]) == pytest.approx(expected)


def test_an_empty_cell_leaves_the_population_stability_index_finite() -> None:
    assert distances.population_stability([1, 0], [0, 1]) == pytest.approx(2 * 0.9999 * math.log(1e4))


def test_sets_that_share_no_cell_are_as_far_apart_as_can_be() -> None:
    _, shannon, variation, gap, moved = all_of_them([5, 0], [0, 7])
    assert (shannon, variation, gap, moved) == (1.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("p", "q"), [([], []), ([1], [1, 2]), ([0, 0], [1, 1]), ([1, 1], [0, 0]), ([-1, 2], [1, 1])]
)
def test_counts_without_rows_or_of_other_cells_are_refused(p: Counts, q: Counts) -> None:
    with pytest.raises(BadInput):
        distances.total_variation(p, q)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=200).filter(any))
def test_quantile_cells_ascend_and_never_split_a_bucket(counts: Counts) -> None:
    cells = distances.quantile_cells(counts)
    assert cells == sorted(cells)
    assert len(cells) == len(counts)
    assert set(cells) <= set(range(10))


def test_quantile_cells_hold_equally_many_rows_of_fine_buckets() -> None:
    cells = distances.quantile_cells([1] * 1000)
    assert [cells.count(cell) for cell in range(10)] == [100] * 10


# ---------------------------------------------------------------- of rows, on a grid


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.5, 3.0])
@pytest.mark.parametrize("kind", ["normal", "lognormal", "t", "years", "counts", "zeros"])
def test_distances_of_rows_on_a_grid_are_those_of_scipy_within_what_they_state(
    kind: str, shift: float
) -> None:
    draw = np.random.default_rng(11)
    make = {
        "normal": lambda n: draw.normal(size=n),
        "lognormal": lambda n: draw.lognormal(size=n),
        "t": lambda n: draw.standard_t(3, n),
        "years": lambda n: draw.uniform(1.9e9, 1.901e9, n) / 1e6 + 5e6,
        "counts": lambda n: draw.poisson(4, n).astype(float),
        "zeros": lambda n: np.where(draw.random(n) < 0.7, 0.0, draw.exponential(size=n)),
    }[kind]
    reference = make(20_000)
    current = make(5_000) + shift * reference.std()
    frame = NumberFrame.from_sample("x", reference[:10_000].tolist())
    found = compare(
        profile(numbers(frame, reference.tolist())),
        profile(numbers(frame, current.tolist())),
        limits=Limits(),
    ).columns[0]
    exact = float(stats.ks_2samp(reference, current, method="asymp").statistic)
    moved = float(stats.wasserstein_distance(reference, current))
    assert found.statistics is not None
    assert found.statistics.ks is not None
    assert found.statistics.ks_at_most is not None
    assert found.statistics.wasserstein is not None
    assert found.statistics.wasserstein_within is not None
    assert found.statistics.ks <= exact + 1e-9
    assert exact <= found.statistics.ks_at_most + 1e-9
    assert abs(found.statistics.wasserstein - moved) <= found.statistics.wasserstein_within * (1 + 1e-9)
    if kind in ("normal", "lognormal", "t", "years"):
        assert exact - found.statistics.ks <= 0.004
        assert found.statistics.wasserstein == pytest.approx(moved, rel=0.05, abs=0.002 * reference.std())
