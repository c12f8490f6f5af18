from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    demographic_parity_ratio,
    equal_opportunity_difference,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.checks.group_counts import Confusion
from plimsoll.engines.checks.group_gaps import GAPS, bootstrap, gaps, rates
from plimsoll.engines.checks.intervals import spread_difference

FAIRLEARN = {
    "demographic_parity_difference": demographic_parity_difference,
    "demographic_parity_ratio": demographic_parity_ratio,
    "equalized_odds_difference": equalized_odds_difference,
    "equal_opportunity_difference": equal_opportunity_difference,
}
CELLS = st.tuples(*[st.integers(0, 40)] * 4).filter(any)
TABLES = st.lists(CELLS, min_size=2, max_size=5)


def confusion(cells: tuple[int, ...]) -> Confusion:
    tp, fp, tn, fn = (int(cell) for cell in cells)
    return Confusion(tp=tp, fp=fp, tn=tn, fn=fn)


def judged(table: list[tuple[int, ...]], *, others: int = 0, replicates: int = 400, seed: int = 7):
    return gaps(
        [confusion(cells) for cells in table],
        others=others,
        confidence=0.95,
        replicates=replicates,
        seed=seed,
    )


def rows_of(table: list[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The single rows that a table counts: true outcome, prediction, group."""
    outcome, prediction, group = [], [], []
    for name, (tp, fp, tn, fn) in enumerate(table):
        outcome += [1] * tp + [0] * fp + [0] * tn + [1] * fn
        prediction += [1] * tp + [1] * fp + [0] * tn + [0] * fn
        group += [f"g{name}"] * (tp + fp + tn + fn)
    return np.array(outcome), np.array(prediction), np.array(group)


def random_tables() -> list[list[tuple[int, ...]]]:
    source = np.random.RandomState(11)
    return [[tuple(source.randint(1, 60, 4)) for _ in range(source.randint(2, 7))] for _ in range(25)]


@pytest.mark.parametrize("table", random_tables())
def test_every_gap_and_rate_equals_fairlearns(table: list[tuple[int, ...]]) -> None:
    outcome, prediction, group = rows_of(table)
    found = judged(table)
    for name, reference in FAIRLEARN.items():
        expected = reference(outcome, prediction, sensitive_features=group)
        assert found[name].value == pytest.approx(expected, abs=1e-12)
    frame = MetricFrame(
        metrics={"s": selection_rate, "t": true_positive_rate, "f": false_positive_rate},
        y_true=outcome,
        y_pred=prediction,
        sensitive_features=group,
    ).by_group
    ours = rates(np.array(table))
    assert frame["s"].to_numpy() == pytest.approx(ours.selection, abs=1e-12)
    assert frame["t"].to_numpy() == pytest.approx(ours.true_positive, abs=1e-12)
    assert frame["f"].to_numpy() == pytest.approx(ours.false_positive, abs=1e-12)


def test_resampling_counts_is_resampling_rows() -> None:
    """All 5**5 resamples of five rows, counted, occur as often as the draws say."""
    table = np.array([[2, 0, 0, 1], [0, 1, 0, 0]])
    rows = [*np.repeat(np.arange(8), table.ravel()), 8]
    exact: Counter[tuple[int, ...]] = Counter()
    for resample in itertools.product(rows, repeat=5):
        exact[tuple(np.bincount(resample, minlength=9)[:8])] += 1
    drawn: Counter[tuple[int, ...]] = Counter()
    for chunk in bootstrap(table, others=1, replicates=200_000, seed=3):
        values, times = np.unique(chunk.reshape(len(chunk), 8), axis=0, return_counts=True)
        drawn.update({tuple(value): int(n) for value, n in zip(values.tolist(), times, strict=True)})
    assert drawn.keys() == exact.keys()
    for value, times in exact.items():
        assert drawn[value] / 200_000 == pytest.approx(times / 5**5, abs=0.004)


def test_the_bootstrap_is_the_same_in_chunks_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.array([[3, 0, 4, 2], [1, 2, 3, 0]])
    at_once = np.concatenate(list(bootstrap(table, others=1, replicates=500, seed=3)))
    monkeypatch.setattr("plimsoll.engines.checks.group_gaps._CELLS_AT_ONCE", 700)
    chunks = list(bootstrap(table, others=1, replicates=500, seed=3))
    assert len(chunks) > 1
    assert (np.concatenate(chunks) == at_once).all()
    assert (at_once[:, table == 0] == 0).all()


def test_the_draws_are_those_of_the_frozen_stream() -> None:
    # an auditor must get these very numbers with any later version of NumPy
    drawn = next(bootstrap(np.array([[30, 10, 40, 20]]), others=0, replicates=2, seed=7))
    assert drawn.tolist() == [[[24, 13, 43, 20]], [[33, 16, 34, 17]]]


@settings(max_examples=60, deadline=None)
@given(table=TABLES, others=st.integers(0, 30), order=st.randoms(use_true_random=False))
def test_the_order_of_the_groups_changes_nothing(
    table: list[tuple[int, ...]], others: int, order: object
) -> None:
    shuffled = list(table)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judged(table, others=others) == judged(shuffled, others=others)


@settings(max_examples=60, deadline=None)
@given(table=TABLES)
def test_every_interval_contains_its_value_and_stays_in_its_range(table: list[tuple[int, ...]]) -> None:
    for gap in judged(table).values():
        if gap.value is None:
            assert (gap.low, gap.high) == (None, None)
        else:
            assert gap.low is not None
            assert gap.high is not None
            assert 0 <= gap.low <= gap.value + 1e-12
            assert gap.value <= gap.high + 1e-12 <= 1 + 1e-12


def test_small_tables_are_undefined_exactly_where_a_rate_has_no_rows() -> None:
    for one, other in itertools.product(itertools.product((0, 2), repeat=4), repeat=2):
        if not any(one) or not any(other):
            continue
        found = judged([one, other], replicates=1)
        positives = all(tp + fn for tp, _, _, fn in (one, other))
        negatives = all(fp + tn for _, fp, tn, _ in (one, other))
        selected = any(tp + fp for tp, fp, _, _ in (one, other))
        assert found["demographic_parity_difference"].value is not None
        assert (found["demographic_parity_ratio"].value is not None) == selected
        assert (found["equal_opportunity_difference"].value is not None) == positives
        assert (found["equalized_odds_difference"].value is not None) == (positives and negatives)


def test_a_replicate_without_a_row_for_a_rate_counts_against_both_ends() -> None:
    # one positive among 60: a third of the replicates have none, so nothing is known of the difference
    gap = judged([(1, 5, 54, 0), (20, 5, 30, 5)])["equal_opportunity_difference"]
    assert (gap.low, gap.high) == (0.0, 1.0)
    # here the score interval alone would exclude 0
    assert judged([(1, 5, 54, 0), (0, 10, 30, 20)])["equal_opportunity_difference"].low == 0.0


def test_equalized_odds_looks_at_two_rates_and_widens_for_both() -> None:
    found = judged([(30, 0, 90, 0), (30, 0, 90, 0)])
    thirty = np.full(2, 30.0)
    one = spread_difference(thirty, thirty, confidence=0.95)
    two = spread_difference(thirty, thirty, confidence=0.95, families=2)
    assert found["equal_opportunity_difference"].high == pytest.approx(one[1], abs=1e-12)
    assert found["equalized_odds_difference"].high == pytest.approx(two[1], abs=1e-12)
    assert two[1] > one[1] + 0.01
    only_false = judged([(30, 0, 30, 0), (30, 15, 15, 0)])["equalized_odds_difference"]
    assert only_false.value == 0.5
    assert only_false.low is not None
    assert only_false.low > 0.2


def test_a_high_confidence_draws_enough_replicates_for_its_tails() -> None:
    table = [(30, 10, 40, 20), (15, 25, 35, 25)]
    assert judged(table, replicates=400)["demographic_parity_ratio"].replicates == 400
    found = gaps([confusion(row) for row in table], others=0, confidence=0.999, replicates=400, seed=7)
    assert found["demographic_parity_ratio"].replicates == pytest.approx(20_000, abs=1)


def test_another_seed_moves_the_ends_only_a_little() -> None:
    table = [(300, 100, 400, 200), (250, 150, 380, 220)]
    one, other = judged(table, replicates=4000), judged(table, replicates=4000, seed=8)
    for name in GAPS:
        assert one[name].value == other[name].value
        assert one[name].low == pytest.approx(other[name].low, abs=0.02)
        assert one[name].high == pytest.approx(other[name].high, abs=0.02)
