from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.checks.fairness_card import FAIRNESS_CARD
from plimsoll.engines.checks.group_counts import (
    AttributeCounts,
    Confusion,
    FairnessCounts,
    Group,
    asked,
    canonical_label,
)
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.kernel.errors import BadInput


def question(**parameters: object) -> dict[str, Any]:
    return asked(
        read_parameters(
            FAIRNESS_CARD, {"label": "y", "prediction": "p", "attribute": "sex,age", **parameters}
        )
    )


def seen() -> dict[str, Any]:
    """A recording of ten rows: one without label, one without age."""
    return {
        "asked": question(),
        "form": "CSV, comma",
        "rows": {"read": 10, "without_label": 1, "without_prediction": 0},
        "overall": {"tp": 3, "fp": 2, "tn": 3, "fn": 1},
        "attributes": [
            {
                "columns": ["sex"],
                "missing": 0,
                "groups": [
                    {"values": ["M"], "tp": 2, "fp": 1, "tn": 1, "fn": 0},
                    {"values": ["F"], "tp": 1, "fp": 1, "tn": 2, "fn": 1},
                ],
            },
            {
                "columns": ["age"],
                "missing": 1,
                "groups": [{"values": ["old"], "tp": 3, "fp": 2, "tn": 3, "fn": 0}],
            },
            {
                "columns": ["sex", "age"],
                "missing": 1,
                "groups": [
                    {"values": ["F", "old"], "tp": 1, "fp": 1, "tn": 2, "fn": 0},
                    {"values": ["M", "old"], "tp": 2, "fp": 1, "tn": 1, "fn": 0},
                ],
            },
        ],
    }


def test_a_recording_reads_back_with_its_groups_sorted() -> None:
    counts = FairnessCounts.from_seen(json.loads(json.dumps(seen())), question())
    assert (counts.rows, counts.left_out, counts.overall.n) == (10, 1, 9)
    assert [group.name for group in counts.attributes[0].groups] == ["F", "M"]
    assert [attribute.name for attribute in counts.attributes] == ["sex", "age", "sex & age"]
    assert counts.attributes[2].groups[0].name == "F & old"
    assert FairnessCounts.from_seen(counts.to_seen(question()), question()) == counts


def change(value: dict[str, Any], path: str, new: object) -> dict[str, Any]:
    *parents, last = path.split(".")
    place: Any = value
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    if new is KeyError:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = new
    return value


@pytest.mark.parametrize(
    ("path", "new", "words"),
    [
        ("form", KeyError, "does not have the keys"),
        ("more", 1, "does not have the keys"),
        ("asked", [], "“asked” must be an object"),
        ("asked.positive", "0", "was made with positive = 0, but is judged with 1"),
        ("asked.attributes", ["age"], "was made with attributes"),
        ("rows", 10, "“rows” must be an object"),
        ("rows.read", KeyError, "The recording's rows does not have the keys"),
        ("rows.read", 11, "do not add up to the rows read"),
        ("rows.read", -1, "A count of the recording is “-1”"),
        ("rows.read", True, "A count of the recording is “True”"),
        ("rows.read", 10.0, "A count of the recording is “10.0”"),
        ("rows.read", 2**53, "A count of the recording"),
        ("form", 7, "not printable text"),
        ("form", "a\x1b[31m", "not printable text"),
        ("form", "x" * 201, "not printable text"),
        ("overall", None, "“counts” must be an object"),
        ("overall.tp", "3", "A count of the recording is “3”"),
        ("attributes", {}, "A list of the recording"),
        ("attributes", [], "not those that were asked for"),
        ("attributes.1", [], "“attribute” must be an object"),
        ("attributes.1.groups", [{}] * 1001, "more than 1,000 items"),
        ("attributes.1.groups", [7], "“group” must be an object"),
        ("attributes.1.groups", [], "The counts by age do not add up"),
        ("attributes.1.missing", 2, "The counts by age do not add up"),
        ("attributes.0.groups.0.values", ["F"], "no group may come twice"),
        ("attributes.0.groups.0.values", ["M", "old"], "one value per column"),
        ("attributes.0.groups.0.values", "M", "A list of the recording"),
        ("attributes.0.groups.0", {"values": ["M"], "tp": 4, "fp": 0, "tn": 0, "fn": 0}, "by sex do not add"),
        ("attributes.0.columns", ["age"], "not those that were asked for"),
    ],
)
def test_a_recording_that_was_tampered_with_is_refused(path: str, new: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        FairnessCounts.from_seen(change(seen(), path, new), question())


JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=8,
)


@given(key=st.sampled_from(["asked", "rows", "overall", "attributes"]), value=JSON)
def test_any_other_value_is_refused_in_a_sentence(key: str, value: object) -> None:
    with pytest.raises(BadInput):
        FairnessCounts.from_seen({**seen(), key: value}, question())


def test_either_prediction_or_score_is_needed() -> None:
    given_score = question(prediction="p")
    assert given_score["threshold"] is None
    with pytest.raises(BadInput, match="either “prediction” or “score”"):
        question(score="s")
    with pytest.raises(BadInput, match="either “prediction” or “score”"):
        asked(read_parameters(FAIRNESS_CARD, {"label": "y", "attribute": "sex"}))
    by_score = asked(read_parameters(FAIRNESS_CARD, {"label": "y", "score": "s", "attribute": "sex"}))
    assert (by_score["score"], by_score["threshold"]) == ("s", 0.5)


def test_a_column_serves_one_purpose() -> None:
    for parameters in ({"label": "sex"}, {"prediction": "y"}, {"attribute": "sex,sex"}):
        with pytest.raises(BadInput, match="is named for two purposes"):
            question(**parameters)


def test_more_attributes_than_can_be_crossed_are_refused() -> None:
    with pytest.raises(BadInput, match="There are 6 attributes"):
        question(attribute="a,b,c,d,e,f")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("1", "1"),
        (" 1.0 ", "1"),
        ("-1.", "-1"),
        ("0.5", "0.5"),
        ("yes\u00a0sir", "yes sir"),
        ("1.01", "1.01"),
    ],
)
def test_whole_numbers_are_one_class_however_they_are_written(text: str, label: str) -> None:
    assert canonical_label(text) == label


PART = st.text("a& ", min_size=1, max_size=4).map(lambda text: " ".join(text.split())).filter(bool)
PAIRS = st.tuples(PART, PART)


@given(PAIRS, PAIRS)
def test_different_crossed_groups_never_share_a_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    nothing = Confusion(tp=0, fp=0, tn=0, fn=0)
    names = {Group(values=values, counts=nothing).name for values in (one, other)}
    assert len(names) == len({one, other})


def test_an_attribute_without_groups_has_all_its_rows_missing() -> None:
    counts = FairnessCounts(
        form="CSV, comma",
        rows=4,
        without_label=0,
        without_prediction=0,
        overall=Confusion(tp=1, fp=1, tn=1, fn=1),
        attributes=(AttributeCounts(columns=("sex",), missing=4, groups=()),),
    )
    one = question(attribute="sex")
    assert FairnessCounts.from_seen(counts.to_seen(one), one) == counts
