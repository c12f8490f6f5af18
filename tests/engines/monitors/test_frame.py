from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.monitors.frame import (
    FARTHEST,
    MAX_LEVELS,
    RESOLUTION,
    CategoryFrame,
    NumberFrame,
    edge,
)
from plimsoll.kernel.errors import BadInput
from tests.engines.monitors.samples import bucket

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200)


def test_a_grid_stands_at_the_median_and_is_as_wide_as_the_middle_half() -> None:
    frame = NumberFrame.from_sample("x", [1.0, 2.0, 3.0, 4.0, 5.0])
    assert (frame.centre, frame.scale) == (3.0, 2.0 / 1.35)


def test_values_that_are_not_finite_do_not_move_the_grid() -> None:
    sample = [1.0, 2.0, 3.0, 4.0, 5.0, math.nan, math.inf, -math.inf]
    assert NumberFrame.from_sample("x", sample) == NumberFrame.from_sample("x", sample[:5])


def test_a_sample_without_a_number_has_a_grid_all_the_same() -> None:
    frame = NumberFrame.from_sample("x", [math.nan])
    assert (frame.centre, frame.scale) == (0.0, 1.0)


def test_where_half_of_the_sample_is_one_value_the_others_set_the_scale() -> None:
    frame = NumberFrame.from_sample("x", [0.0] * 80 + [7.0] * 10 + [9.0] * 10)
    assert (frame.centre, frame.scale) == (0.0, 8.0)


@pytest.mark.parametrize(("value", "scale"), [(5000.0, 5.0), (0.0, 0.001), (-3.0, 0.003)])
def test_a_constant_sample_has_a_narrow_grid_around_it(value: float, scale: float) -> None:
    frame = NumberFrame.from_sample("x", [value] * 10)
    assert (frame.centre, frame.scale) == (value, pytest.approx(scale))


def test_a_spread_beyond_all_numbers_falls_back_to_a_narrow_grid() -> None:
    frame = NumberFrame.from_sample("x", [-1.7e308, -1.6e308, 0.0, 1.6e308, 1.7e308])
    assert frame.scale == 0.001


@pytest.mark.parametrize(
    ("centre", "scale"), [(math.nan, 1.0), (math.inf, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, math.inf)]
)
def test_a_grid_that_cannot_be_is_refused(centre: float, scale: float) -> None:
    with pytest.raises(BadInput, match="The grid of “x”"):
        NumberFrame(name="x", centre=centre, scale=scale)


@given(centre=FINITE, scale=st.floats(min_value=1e-6, max_value=1e6), y=st.floats(-1e9, 1e9))
def test_a_value_lies_between_the_edges_of_its_bucket(centre: float, scale: float, y: float) -> None:
    frame = NumberFrame(name="x", centre=centre, scale=scale)
    value = centre + scale * y
    place = bucket(frame, value)
    off = 1e-9 * (abs(centre) + abs(value) + scale)
    assert edge(frame, place) - off <= value <= edge(frame, place + 1) + off


@given(st.integers(-FARTHEST + 1, FARTHEST - 1))
def test_no_bucket_is_wider_than_its_resolution(place: int) -> None:
    frame = NumberFrame(name="x", centre=0.0, scale=1.0)
    low, high = edge(frame, place), edge(frame, place + 1)
    assert high - low <= max(1.0, abs(low), abs(high)) * 1.5 / RESOLUTION


def test_edges_stay_finite_where_the_grid_leaves_the_numbers() -> None:
    frame = NumberFrame(name="x", centre=0.0, scale=1e300)
    assert (edge(frame, FARTHEST), edge(frame, -FARTHEST)) == (1e300, -1e300)


def test_levels_are_the_frequent_values_of_the_sample_most_frequent_first() -> None:
    sample = ["b"] * 5 + ["a"] * 5 + ["c"] * 9 + ["rare"] * 2
    assert CategoryFrame.from_sample("x", sample).levels == ("c", "a", "b")


def test_a_value_that_names_one_row_never_becomes_a_level() -> None:
    assert CategoryFrame.from_sample("x", [f"person {i}" for i in range(1000)]).levels == ()


def test_there_are_at_most_so_many_levels() -> None:
    sample = [f"v{i}" for i in range(MAX_LEVELS + 20)] * 3
    assert len(CategoryFrame.from_sample("x", sample).levels) == MAX_LEVELS


@pytest.mark.parametrize("levels", [("a", "a"), tuple(f"v{i}" for i in range(MAX_LEVELS + 1))])
def test_levels_that_repeat_or_are_too_many_are_refused(levels: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="The levels of “x”"):
        CategoryFrame(name="x", levels=levels)
