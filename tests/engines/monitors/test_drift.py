from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.monitors.document import drift_document
from plimsoll.engines.monitors.drift import ColumnDrift, Limits, compare
from plimsoll.engines.monitors.frame import FARTHEST, CategoryFrame, NumberFrame
from plimsoll.engines.monitors.observation import Absent, LeftOut, Observation
from plimsoll.engines.monitors.profile import ColumnProfile, Profile
from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Share
from plimsoll.kernel.verdict import Verdict
from tests.engines.monitors.samples import numbers, profile, words

NUMBER = NumberFrame(name="x", centre=0.0, scale=1.0)
WORD = CategoryFrame(name="c", levels=("a", "b"))


def normal(n: int, *, shift: float = 0.0, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(shift, 1) for _ in range(n)]


def compared(a: ColumnProfile, b: ColumnProfile, limits: Limits | None = None) -> ColumnDrift:
    return compare(profile(a), profile(b), limits=limits or Limits()).columns[0]


def verdict(a: ColumnProfile, b: ColumnProfile) -> Verdict:
    return compared(a, b).judgement.verdict


def reasons(column: ColumnDrift) -> list[str]:
    return [reason.text for reason in column.judgement.reasons]


# ---------------------------------------------------------------- three values


def test_a_moved_column_is_not_met_and_says_by_how_much() -> None:
    found = compared(numbers(NUMBER, normal(5000)), numbers(NUMBER, normal(5000, shift=0.5, seed=2)))
    assert found.judgement.verdict is Verdict.NOT_MET
    assert found.values is not None
    assert 0.15 < found.values.value < 0.25
    assert reasons(found)[0].endswith("beyond the limit of 0.05")


def test_an_unmoved_column_with_enough_rows_is_met() -> None:
    assert verdict(numbers(NUMBER, normal(9000)), numbers(NUMBER, normal(9000, seed=2))) is Verdict.MET


def test_equal_rows_are_unknown_as_long_as_they_are_few() -> None:
    few = compared(numbers(NUMBER, normal(300)), numbers(NUMBER, normal(300)))
    assert few.judgement.verdict is Verdict.UNKNOWN
    assert reasons(few)[0] == (
        "x: the distribution changed by 0.0000; 300 and 300 rows are too few to tell whether that is within "
        "0.05 (about 4 times as many would tell, if it stayed so)"
    )


def test_no_number_of_rows_is_promised_where_the_effect_stands_at_the_limit() -> None:
    limits = Limits(number=Share(0.5))
    found = compared(numbers(NUMBER, [0.0] * 50 + [5.0] * 50), numbers(NUMBER, [5.0] * 100), limits)
    assert reasons(found)[0].endswith("are too few to tell whether that is within 0.5")


def test_large_tables_do_not_make_a_small_change_an_alarm() -> None:
    """Exact tests refute equality here with p below 1e-6; the change is a hundredth of a deviation."""
    counts = {place: 50_000 + place for place in range(-50, 50)}
    moved = {place: n + (900 if place >= 0 else -900) for place, n in counts.items()}
    pair = (ColumnProfile(frame=NUMBER, counts=c, other=0, missing=0) for c in (counts, moved))
    found = compared(*pair)
    assert found.values is not None
    assert 0.001 < found.values.value < 0.02
    assert found.judgement.verdict is Verdict.MET


def test_categories_are_judged_by_the_rows_that_would_change_their_level() -> None:
    found = compared(words(WORD, ["a"] * 5000 + ["b"] * 5000), words(WORD, ["a"] * 8000 + ["b"] * 2000))
    assert found.values is not None
    assert found.values.value == pytest.approx(0.3)
    assert found.judgement.verdict is Verdict.NOT_MET


def test_a_new_value_shows_as_a_change_of_what_has_no_level() -> None:
    found = compared(words(WORD, ["a", "b"] * 3000), words(WORD, ["a", "b", "new"] * 2000))
    assert found.values is not None
    assert found.values.value == pytest.approx(1 / 3)
    assert found.judgement.verdict is Verdict.NOT_MET


def test_a_column_of_names_is_unknown_because_nothing_in_it_is_seen() -> None:
    frame = CategoryFrame(name="c", levels=())
    found = compared(words(frame, ["x"] * 9000), words(frame, ["y"] * 9000))
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert "100% of the rows have values too rare or too many for a level" in reasons(found)[0]


def test_a_column_of_mostly_rare_values_can_still_be_shown_to_have_changed() -> None:
    found = compared(words(WORD, ["a"] * 8000 + ["x"] * 2000), words(WORD, ["a"] * 2000 + ["x"] * 8000))
    assert found.judgement.verdict is Verdict.NOT_MET


def test_a_constant_category_is_met() -> None:
    assert verdict(words(WORD, ["a"] * 9000), words(WORD, ["a"] * 9000)) is Verdict.MET


def test_more_missing_rows_are_not_met_whatever_the_others_say() -> None:
    found = compared(numbers(NUMBER, normal(9000)), numbers(NUMBER, normal(9000), missing=900))
    assert found.judgement.verdict is Verdict.NOT_MET
    assert found.missing == (0.0, 900 / 9900)
    assert reasons(found)[1] == ("x: the share of missing rows changed by 0.0909, beyond the limit of 0.02")


def test_what_is_no_number_counts_as_missing_among_numbers() -> None:
    assert compared(numbers(NUMBER, [1.0] * 9), numbers(NUMBER, [1.0] * 9, other=1)).missing == (0.0, 0.1)


def test_a_side_without_a_value_is_unknown_and_named() -> None:
    empty = numbers(NUMBER, [], missing=5)
    full = numbers(NUMBER, [1.0] * 5)
    assert "x: no row of the current rows has a value" in reasons(compared(full, empty))
    assert "x: no row of the reference has a value" in reasons(compared(empty, full))
    assert compared(full, empty).statistics is None


def test_a_column_that_vanished_wholly_is_not_met() -> None:
    assert verdict(numbers(NUMBER, normal(900)), numbers(NUMBER, [], missing=900)) is Verdict.NOT_MET


def test_tables_without_rows_are_unknown() -> None:
    drift = compare(profile(numbers(NUMBER, [])), profile(numbers(NUMBER, [])), limits=Limits())
    assert drift.judgement.verdict is Verdict.UNKNOWN
    assert drift.comparisons == 0


def test_tables_without_columns_are_unknown() -> None:
    empty = Profile(rows=5, columns=())
    drift = compare(empty, empty, limits=Limits())
    assert drift.judgement.verdict is Verdict.UNKNOWN
    assert [r.text for r in drift.judgement.reasons] == ["there is no column to compare"]


def test_an_absent_column_is_not_met_and_named() -> None:
    whole = profile(numbers(NUMBER, normal(9000)))
    drift = compare(whole, whole, limits=Limits(), absent={"age": "age: gone"})
    assert drift.judgement.verdict is Verdict.NOT_MET
    assert drift.judgement.deciding[0].source == "age"


def test_profiles_on_different_frames_are_not_compared() -> None:
    with pytest.raises(BadInput, match="different frames"):
        compared(numbers(NUMBER, [1.0]), numbers(replace(NUMBER, scale=2.0), [1.0]))


def test_the_correction_grows_with_the_columns() -> None:
    a, b = normal(3000), normal(3000, shift=0.25, seed=3)
    alone = compared(numbers(NUMBER, a), numbers(NUMBER, b))
    others = [NumberFrame(name=f"x{i}", centre=0.0, scale=1.0) for i in range(30)]
    many = compare(
        profile(numbers(NUMBER, a), *(numbers(frame, a) for frame in others)),
        profile(numbers(NUMBER, b), *(numbers(frame, a) for frame in others)),
        limits=Limits(),
    )
    first = many.columns[0]
    assert alone.values is not None
    assert first.values is not None
    assert first.values.beyond > alone.values.beyond
    assert first.values.within == alone.values.within
    assert many.comparisons == 62


# ---------------------------------------------------------------- statistics


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40))
def test_equal_rows_are_at_no_distance(values: list[float]) -> None:
    frame = NumberFrame.from_sample("x", values)
    found = compared(numbers(frame, values), numbers(frame, values)).statistics
    assert found is not None
    assert (found.psi, found.jensen_shannon, found.total_variation, found.ks, found.wasserstein) == (
        (0.0,) * 5
    )


def test_categories_have_no_order_and_so_no_gap_and_no_way_to_move() -> None:
    found = compared(words(WORD, ["a"]), words(WORD, ["b"])).statistics
    assert found is not None
    assert (found.ks, found.ks_at_most, found.wasserstein, found.wasserstein_per_deviation) == (None,) * 4
    assert found.total_variation == 1.0


def test_a_reference_without_spread_has_no_deviation_to_measure_in() -> None:
    farthest = ColumnProfile(frame=NUMBER, counts={FARTHEST: 5}, other=0, missing=0)
    found = compared(farthest, farthest).statistics
    assert found is not None
    assert found.wasserstein == 0.0
    assert found.wasserstein_per_deviation is None


def test_rows_in_the_open_buckets_leave_every_figure_finite() -> None:
    huge = NumberFrame(name="x", centre=0.0, scale=1e300)
    low, high = ({place: 5} for place in (-FARTHEST, FARTHEST))
    pair = [ColumnProfile(frame=huge, counts=c, other=0, missing=0) for c in (low, high)]
    found = compared(*pair)
    canonical_bytes(drift_document(compare(profile(pair[0]), profile(pair[1]), limits=Limits())))
    assert found.statistics is not None
    assert found.statistics.wasserstein is not None
    assert math.isfinite(found.statistics.wasserstein)


# ---------------------------------------------------------------- document and observation


def observation() -> Observation:
    return Observation(
        forms=("Parquet", "CSV, comma"),
        reference=profile(numbers(NUMBER, normal(50), missing=2), words(WORD, ["a", "b"] * 26)),
        current=profile(numbers(NUMBER, normal(40)), words(WORD, ["a", "?"] * 20)),
        absent={"gone": Absent.GONE, "text": Absent.OTHER_FORM},
        left_out={"at": LeftOut.TIME, "day": LeftOut.TIME, "fresh": LeftOut.NEW},
    )


def test_the_document_holds_every_figure_and_reason() -> None:
    seen = observation()
    document = drift_document(seen.judge(Limits()), read=seen.sentences)
    assert document["form"] == "plimsoll/drift/1"
    assert document["verdict"] == "not_met"
    number, word = document["columns"]
    assert set(number["statistics"]) == set(word["statistics"])
    assert number["rows"] == {"reference": 50, "current": 40}
    assert number["missing"] == {"reference": 2 / 52, "current": 0.0}
    assert number["effect"]["limit"] == 0.05
    assert document["reasons"][-2:] == [
        {"verdict": "not_met", "text": "gone: the current table has no such column", "source": "gone"},
        {
            "verdict": "not_met",
            "text": "text: it holds numbers in the reference and something else in the current table",
            "source": "text",
        },
    ]
    assert document["read"] == [
        "Reference: Parquet, 52 rows; current: CSV, comma, 40 rows; 2 columns compared.",
        "Not compared, because each holds dates or times, which always move on: “at”, “day”.",
        "Not compared, because each is new in the current table: “fresh”.",
    ]


def test_the_document_of_empty_tables_has_no_figures() -> None:
    drift = compare(profile(numbers(NUMBER, [])), profile(numbers(NUMBER, [])), limits=Limits())
    (column,) = drift_document(drift)["columns"]
    assert (column["effect"], column["missing_effect"], column["statistics"]) == (None, None, None)


def test_an_observation_survives_json() -> None:
    seen = observation()
    again = Observation.from_json(read_json(canonical_bytes(seen.to_json()), what="It"))
    assert again == seen
    assert again.judge(Limits()) == seen.judge(Limits())


def test_many_left_out_columns_are_cut_in_words_only() -> None:
    seen = replace(observation(), left_out={f"t{i}": LeftOut.TIME for i in range(12)})
    assert seen.sentences[1].endswith("“t9” ….")


@pytest.mark.parametrize(
    "change",
    [
        {"forms": ["Parquet"]},
        {"forms": "Parquet"},
        {"more": 1},
        {"absent": [["x", "gone"]]},
        {"absent": [["gone", "nowhere"]]},
        {"absent": [["gone", "gone"], ["gone", "gone"]]},
        {"absent": [["gone"]]},
        {"absent": [[7, "gone"]]},
        {"left_out": {"at": "time"}},
    ],
)
def test_an_observation_that_nobody_wrote_is_refused(change: dict[str, Any]) -> None:
    value = {**json.loads(json.dumps(observation().to_json())), **change}
    with pytest.raises(BadInput):
        Observation.from_json(value)
