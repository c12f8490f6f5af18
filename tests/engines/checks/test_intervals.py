from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from plimsoll.engines.checks.intervals import rows_needed, spread_difference, spread_ratio, wilson

SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
GROUPS = st.lists(SHARES, min_size=2, max_size=8)
CONFIDENCE = st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.9999])


def arrays(groups: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    successes, trials = np.array(groups, dtype=float).T
    return successes, trials


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_wilson_equals_scipy_for_every_small_table(confidence: float) -> None:
    for trials in range(1, 26):
        low, high = wilson(range(trials + 1), [trials] * (trials + 1), confidence=confidence)
        for successes in range(trials + 1):
            expected = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
            assert low[successes] == pytest.approx(expected.low, abs=1e-12)
            assert high[successes] == pytest.approx(expected.high, abs=1e-12)


def test_wilson_says_nothing_without_trials() -> None:
    low, high = wilson([0, 1], [0, 2], confidence=0.95)
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()


@settings(max_examples=200, deadline=None)
@given(share=SHARES, confidence=CONFIDENCE, factor=st.integers(2, 50))
def test_wilson_contains_the_share_and_shrinks_with_more_rows(
    share: tuple[int, int], confidence: float, factor: int
) -> None:
    successes, trials = share
    low, high = wilson(successes, trials, confidence=confidence)
    assert 0 <= low <= successes / trials <= high <= 1
    narrower = wilson(successes * factor, trials * factor, confidence=confidence)
    assert narrower[1] - narrower[0] < high - low


def test_the_difference_of_two_shares_equals_newcombes_published_example() -> None:
    # Newcombe 1998, table II, method 10: 56/70 against 48/80 gives 0.0524 to 0.3339
    low, high = spread_difference(np.array([56.0, 48.0]), np.array([70.0, 80.0]), confidence=0.95)
    assert low == pytest.approx(0.0524, abs=5e-5)
    assert high == pytest.approx(0.3339, abs=5e-5)


def test_the_ratio_of_two_shares_is_recovered_on_the_log_scale() -> None:
    groups = [(30, 100), (60, 100)]
    (low_a, low_b), (high_a, high_b) = wilson([30, 60], [100, 100], confidence=0.95)
    gap = math.log(0.5)
    expected_low = gap - math.hypot(math.log(0.3 / low_a), math.log(high_b / 0.6))
    expected_high = gap + math.hypot(math.log(high_a / 0.3), math.log(0.6 / low_b))
    low, high = spread_ratio(*arrays(groups), confidence=0.95)
    assert (low, high) == pytest.approx((math.exp(expected_low), math.exp(expected_high)), abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(groups=GROUPS, confidence=CONFIDENCE)
def test_the_interval_of_a_spread_contains_the_spread_in_any_order(
    groups: list[tuple[int, int]], confidence: float
) -> None:
    successes, trials = arrays(groups)
    p = successes / trials
    low, high = spread_difference(successes, trials, confidence=confidence)
    assert 0 <= low <= p.max() - p.min() <= high <= 1
    assert spread_difference(successes[::-1], trials[::-1], confidence=confidence) == (low, high)
    if successes.any():
        low, high = spread_ratio(successes, trials, confidence=confidence)
        assert 0 <= low <= p.min() / p.max() + 1e-12
        assert p.min() / p.max() <= high + 1e-12 <= 1 + 1e-12
        assert spread_ratio(successes[::-1], trials[::-1], confidence=confidence) == (low, high)


@settings(max_examples=100, deadline=None)
@given(groups=GROUPS, factor=st.integers(2, 20))
def test_the_interval_of_a_spread_shrinks_with_more_rows(groups: list[tuple[int, int]], factor: int) -> None:
    successes, trials = arrays(groups)
    low, high = spread_difference(successes, trials, confidence=0.95)
    closer = spread_difference(successes * factor, trials * factor, confidence=0.95)
    assert closer[0] >= low - 1e-12
    assert closer[1] <= high + 1e-12


@settings(max_examples=100, deadline=None)
@given(groups=GROUPS)
@example(groups=[(1, 2), (200, 400)])
def test_a_spread_is_judged_over_pairs_of_different_groups(groups: list[tuple[int, int]]) -> None:
    successes, trials = arrays(groups)
    places = range(len(groups))
    level = 1 - 0.05 / math.comb(len(groups), 2)
    low, high = wilson(successes, trials, confidence=level)
    p = successes / trials

    def ends(p: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[list[float], list[float]]:
        pairs = list(itertools.permutations(places, 2))
        lower = [p[i] - p[j] - math.hypot(p[i] - low[i], high[j] - p[j]) for i, j in pairs]
        upper = [p[i] - p[j] + math.hypot(high[i] - p[i], p[j] - low[j]) for i, j in pairs]
        return lower, upper

    lower, upper = ends(p, low, high)
    expected = max(0.0, max(lower)), min(1.0, max(upper))
    assert spread_difference(successes, trials, confidence=0.95) == pytest.approx(expected, abs=1e-12)
    if p.all():
        lower, upper = ends(np.log(p), np.log(low), np.log(high))
        expected = math.exp(min(lower)), min(1.0, math.exp(min(upper)))
        assert spread_ratio(successes, trials, confidence=0.95) == pytest.approx(expected, abs=1e-12)


def test_the_ratio_of_a_group_without_success_is_bounded_by_the_ends() -> None:
    (low_a, low_b), (high_a, _) = wilson([0, 60], [100, 100], confidence=0.95)
    assert low_a == 0
    found = spread_ratio(np.array([0.0, 60.0]), np.full(2, 100.0), confidence=0.95)
    assert found == pytest.approx((0.0, high_a / low_b), abs=1e-12)


def test_groups_that_are_all_zero_are_not_called_equal_for_lack_of_rows() -> None:
    assert spread_difference(np.zeros(2), np.full(2, 30.0), confidence=0.95)[1] > 0.10
    assert spread_difference(np.zeros(2), np.full(2, 3000.0), confidence=0.95)[1] < 0.01


def test_the_spread_of_many_small_equal_groups_is_not_taken_for_a_difference() -> None:
    drawn = np.random.RandomState(1).binomial(60, 0.5, size=20).astype(float)
    assert np.ptp(drawn / 60) > 0.15
    assert spread_difference(drawn, np.full(20, 60.0), confidence=0.95)[0] == 0


def test_judging_more_metrics_together_widens_the_interval() -> None:
    groups = arrays([(30, 100), (60, 100)])
    one = spread_difference(*groups, confidence=0.95)
    two = spread_difference(*groups, confidence=0.95, families=2)
    assert two[0] < one[0] < one[1] < two[1]


def test_coverage_of_the_difference_is_close_to_what_is_promised() -> None:
    source = np.random.RandomState(5)
    trials = np.array([80.0, 120.0])
    hits = 0
    for _ in range(1000):
        drawn = source.binomial([80, 120], [0.2, 0.45]).astype(float)
        low, high = spread_difference(drawn, trials, confidence=0.95)
        hits += low <= 0.25 <= high
    assert 930 <= hits <= 975


def test_four_times_the_rows_halve_the_interval() -> None:
    assert rows_needed(rows=1000, value=0.05, end=0.15, limit=0.10) == 4000
    assert rows_needed(rows=1234, value=0.05, end=0.12, limit=0.10) == 2500
    assert rows_needed(rows=30, value=0.30, end=0.09, limit=0.10) == 34


def test_no_number_of_rows_tells_a_value_from_its_limit() -> None:
    assert rows_needed(rows=1000, value=0.1, end=0.2, limit=0.1) is None
    assert rows_needed(rows=1000, value=0.1, end=0.2, limit=0.1 + 1e-12) is None
    assert rows_needed(rows=60, value=0, end=0.2, limit=1e-200) is None
    assert rows_needed(rows=60, value=0, end=0.2, limit=5e-324) is None
