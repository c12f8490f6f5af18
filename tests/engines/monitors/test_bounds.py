from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from plimsoll.engines.monitors import bounds, distances

SHARE = st.floats(0, 1)
LIMIT = st.floats(0.001, 0.9)
ROWS = st.integers(1, 10**7)


@given(SHARE, LIMIT, ROWS, ROWS, st.integers(1, 101))
def test_a_bound_is_a_probability_and_only_one_side_can_be_unlikely(
    effect: float, limit: float, n: int, m: int, cells: int
) -> None:
    within = bounds.within(effect, limit, n, m)
    for beyond in (
        bounds.beyond_ordered(effect, limit, n, m),
        bounds.beyond_cells(effect, limit, n, m, cells=cells),
    ):
        assert 0 <= beyond <= 1
        assert 0 <= within <= 1
        assert 1.0 in (beyond, within)


@given(LIMIT, st.integers(1, 10**5), st.floats(0, 0.5))
def test_more_rows_never_make_a_clear_case_less_clear(limit: float, n: int, off: float) -> None:
    beyond, within = limit + off, max(0.0, limit - off)
    for times in (2, 10):
        assert bounds.within(within, limit, times * n, times * n) <= bounds.within(within, limit, n, n)
        assert bounds.beyond_ordered(beyond, limit, times * n, n) <= bounds.beyond_ordered(
            beyond, limit, n, n
        )
        assert bounds.beyond_cells(beyond, limit, times * n, n, cells=5) <= bounds.beyond_cells(
            beyond, limit, n, n, cells=5
        )


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 50), st.integers(1, 50), LIMIT)
def test_a_change_of_a_share_is_shown_beyond_or_within_but_never_both(
    a: int, more: int, b: int, further: int, limit: float
) -> None:
    n, m = a + more, b + further
    beyond, within = (f((a, b), limit, n, m) for f in (bounds.beyond_share, bounds.within_share))
    assert 0 <= beyond <= 1
    assert 0 <= within <= 1
    assert max(beyond, within) == 1.0


def test_a_share_that_was_never_seen_is_soon_shown_to_be_small() -> None:
    # Hoeffding's bound would ask for more than 3,700 rows of either side here
    assert bounds.within_share((0, 0), 0.02, 500, 500) <= 0.05
    assert bounds.within_share((0, 0), 0.02, 100, 100) > 0.05


def test_a_share_that_nobody_can_have_is_impossible_not_an_error() -> None:
    assert bounds.beyond_share((1000, 0), 0.5, 1000, 1000) < 1e-100
    assert bounds.within_share((10**7, 10**7), 0.9, 10**7, 10**7) < 1e-100


@pytest.mark.parametrize(
    ("true", "p", "q"), [(0.05, 0.3, 0.25), (0.05, 0.05, 0.0), (0.02, 0.5, 0.52), (0.2, 0.9, 0.7)]
)
def test_the_bound_for_shares_holds_against_exact_binomials(true: float, p: float, q: float) -> None:
    n, m = 24, 16
    hits = np.arange(n + 1), np.arange(m + 1)
    chance = np.outer(stats.binom.pmf(hits[0], n, p), stats.binom.pmf(hits[1], m, q))
    for bound in (bounds.beyond_share, bounds.within_share):
        said = np.array([[bound((a, b), true, n, m) for b in range(m + 1)] for a in range(n + 1)])
        for risk in (0.5, 0.2, 0.05, 0.01):
            assert chance[said <= risk].sum() <= risk


def test_the_bounds_for_gaps_hold_in_simulation() -> None:
    """True gaps exactly at the limit: neither answer may come more often than it says."""
    draw = np.random.default_rng(5)
    p, q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.35, 0.3, 0.2, 0.15])
    limit, n, m, runs = 0.05, 400, 300, 1500
    wrong = {"ordered": 0, "cells": 0, "within gap": 0, "within cells": 0}
    for a, b in zip(draw.multinomial(n, p, runs), draw.multinomial(m, q, runs), strict=True):
        gap = distances.kolmogorov_smirnov(a.tolist(), b.tolist())[0]
        variation = distances.total_variation(a.tolist(), b.tolist())
        wrong["ordered"] += bounds.beyond_ordered(gap, limit, n, m) <= 0.2
        wrong["cells"] += bounds.beyond_cells(variation, limit, n, m, cells=4) <= 0.2
        wrong["within gap"] += bounds.within(gap, limit, n, m) <= 0.9
        wrong["within cells"] += bounds.within(variation, limit, n, m) <= 0.9
    assert wrong["ordered"] <= 0.2 * runs
    assert wrong["cells"] <= 0.2 * runs
    assert 0 < wrong["within gap"] <= 0.9 * runs
    assert 0 < wrong["within cells"] <= 0.9 * runs


def test_one_cell_cannot_differ() -> None:
    assert bounds.beyond_cells(0.5, 0.1, 10**6, 10**6, cells=1) == 1.0


def test_two_cells_are_one_share_counted_in_two_directions() -> None:
    once = math.exp(-2 * 0.05**2 / (1 / 900 + 1 / 1100))
    assert bounds.beyond_cells(0.1, 0.05, 900, 1100, cells=2) == pytest.approx(2 * once)


def test_it_says_how_many_times_the_rows_would_tell() -> None:
    times = bounds.rows_to_tell(0.02, 0.05, 1000, 1000, risk=0.05)
    assert times is not None
    enough = math.ceil(times * 1000)
    assert (
        bounds.within(0.02, 0.05, enough, enough) <= 0.05 < bounds.within(0.02, 0.05, enough - 2, enough - 2)
    )
    assert bounds.rows_to_tell(0.05, 0.05, 1000, 1000, risk=0.05) is None


def test_holms_correction_of_a_worked_example() -> None:
    # sorted 0.01 ×4, 0.02 ×3, 0.03 ×2, 0.04 ×1, each at least the one before
    assert bounds.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert bounds.holm([]) == []
    assert bounds.holm([0.6, 0.9]) == [1.0, 1.0]


@given(st.lists(SHARE, max_size=30))
def test_holms_correction_keeps_the_order_and_never_lowers(values: list[float]) -> None:
    adjusted = bounds.holm(values)
    assert all(given <= made <= 1 for given, made in zip(values, adjusted, strict=True))
    pairs = sorted(zip(values, adjusted, strict=True))
    assert [made for _, made in pairs] == sorted(made for _, made in pairs)
