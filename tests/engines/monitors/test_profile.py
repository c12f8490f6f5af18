from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.monitors.frame import FARTHEST, CategoryFrame, Frame, NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile, merge
from plimsoll.engines.monitors.recorded import (
    frames_from_json,
    frames_to_json,
    profile_from_json,
    profile_to_json,
)
from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput
from tests.engines.monitors.samples import numbers, profile, words

NUMBER = NumberFrame(name="x", centre=1.5, scale=2.0)
WORD = CategoryFrame(name="c", levels=("a", "b"))
CELLS = st.floats(-1e6, 1e6, allow_nan=False)
ROWS = st.lists(st.tuples(CELLS, st.sampled_from(["a", "b", "elsewhere"])), max_size=30)
Rows = list[tuple[float, str]]


def made(rows: Rows) -> Profile:
    return profile(
        numbers(NUMBER, [x for x, _ in rows]),
        words(WORD, [c for _, c in rows]),
    )


@given(ROWS, ROWS)
def test_merging_is_counting_at_once_in_either_order(one: Rows, other: Rows) -> None:
    assert merge(made(one), made(other)) == made(one + other) == merge(made(other), made(one))


@given(ROWS, ROWS, ROWS)
def test_merging_is_associative(a: Rows, b: Rows, c: Rows) -> None:
    assert merge(merge(made(a), made(b)), made(c)) == merge(made(a), merge(made(b), made(c)))


def test_profiles_on_different_frames_are_not_merged() -> None:
    other = profile(numbers(replace(NUMBER, centre=0.0), [1.0]))
    with pytest.raises(BadInput, match="different frames"):
        merge(profile(numbers(NUMBER, [1.0])), other)


def test_rows_without_a_number_are_missing_and_rows_without_a_level_are_not() -> None:
    number, word = numbers(NUMBER, [1.0], other=2, missing=3), words(WORD, ["a", "?"], missing=4)
    assert (number.valued, number.rows) == (1, 6)
    assert (word.valued, word.rows) == (2, 6)


@pytest.mark.parametrize(
    ("frame", "counts", "other", "missing"),
    [
        (NUMBER, {FARTHEST + 1: 1}, 0, 0),
        (NUMBER, {-FARTHEST - 1: 1}, 0, 0),
        (WORD, {2: 1}, 0, 0),
        (WORD, {-1: 1}, 0, 0),
        (WORD, {0: 0}, 0, 0),
        (WORD, {}, -1, 0),
        (WORD, {}, 0, -1),
    ],
)
def test_counts_that_are_not_those_of_the_frame_are_refused(
    frame: Frame, counts: dict[int, int], other: int, missing: int
) -> None:
    with pytest.raises(BadInput, match="are not those of its frame"):
        ColumnProfile(frame=frame, counts=counts, other=other, missing=missing)


def test_a_column_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(BadInput, match="add up to 1 rows, not to the 2 that were read"):
        Profile(rows=2, columns=(numbers(NUMBER, [1.0]),))


def test_a_column_that_stands_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="stands twice"):
        profile(numbers(NUMBER, [1.0]), numbers(NUMBER, [2.0]))


# ---------------------------------------------------------------- as JSON


@given(ROWS)
def test_a_profile_survives_json(rows: Rows) -> None:
    whole = made(rows)
    content = canonical_bytes({"f": frames_to_json(whole.frames), "p": profile_to_json(whole)})
    read = read_json(content, what="It")
    assert profile_from_json(read["p"], frames_from_json(read["f"])) == whole


FRAMES: list[Any] = frames_to_json([NUMBER, WORD])
COUNTS: dict[str, Any] = profile_to_json(made([(1.0, "a"), (2.0, "elsewhere")]))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "frames",
        [None],
        [{"name": "x", "kind": "text"}],
        [{"name": "x", "kind": "number", "centre": 0.0}],
        [{**FRAMES[0], "more": 1}],
        [{**FRAMES[0], "centre": "0"}],
        [{**FRAMES[0], "centre": True}],
        [{**FRAMES[0], "centre": float("nan")}],
        [{**FRAMES[0], "scale": 10**400}],
        [{**FRAMES[0], "scale": 0}],
        [{**FRAMES[0], "name": "x" * 201}],
        [{**FRAMES[0], "name": "a\nb"}],
        [{**FRAMES[1], "levels": "ab"}],
        [{**FRAMES[1], "levels": [1]}],
        [FRAMES[0]] * 2001,
    ],
)
def test_frames_that_nobody_wrote_are_refused(value: object) -> None:
    with pytest.raises(BadInput):
        frames_from_json(value)


def with_column(**changes: object) -> dict[str, Any]:
    return {**COUNTS, "columns": [{**COUNTS["columns"][0], **changes}, COUNTS["columns"][1]]}


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"rows": 2},
        {**COUNTS, "rows": 3},
        {**COUNTS, "rows": True},
        {**COUNTS, "rows": -1},
        {**COUNTS, "rows": 2**53},
        {**COUNTS, "columns": COUNTS["columns"][:1]},
        with_column(missing="0"),
        with_column(more=0),
        with_column(counts=[[0]]),
        with_column(counts=[0, 2]),
        with_column(counts=[["0", 2]]),
        with_column(counts=[[True, 2]]),
        with_column(counts=[[0, 1], [0, 1]]),
        with_column(counts={"0": 2}),
    ],
)
def test_counts_that_nobody_wrote_are_refused(value: object) -> None:
    with pytest.raises(BadInput):
        profile_from_json(value, [NUMBER, WORD])
