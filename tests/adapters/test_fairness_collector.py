from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plimsoll.adapters.collectors.fairness import collect
from plimsoll.engines.checks.fairness import FAIRNESS
from plimsoll.engines.checks.recording import Recording
from plimsoll.engines.checks.result import Outcome
from plimsoll.kernel.errors import BadInput

ASKED = {"label": "y", "prediction": "p", "attribute": "sex"}


def file(folder: Path, content: str, *, name: str = "predictions.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


def recorded(folder: Path, content: str, **parameters: object) -> Recording:
    return collect(file(folder, content), {**ASKED, **parameters})  # type: ignore[dict-item]


def refusal(folder: Path, content: str, **parameters: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        recorded(folder, content, **parameters)
    return caught.value


def cells(recording: Recording, attribute: int = 0) -> dict[tuple[str, ...], tuple[int, int, int, int]]:
    return {
        tuple(group["values"]): (group["tp"], group["fp"], group["tn"], group["fn"])
        for group in recording.seen["attributes"][attribute]["groups"]
    }


SMALL = "y,p,sex\n1,1,F\n0,1,F\n0,0,M\n1,0,M\n1,1,M\n"


def test_rows_are_counted_per_group(tmp_path: Path) -> None:
    recording = recorded(tmp_path, SMALL)
    assert cells(recording) == {("F",): (1, 1, 0, 0), ("M",): (1, 0, 1, 1)}
    assert recording.seen["overall"] == {"tp": 2, "fp": 1, "tn": 1, "fn": 1}
    assert recording.seen["rows"] == {"read": 5, "without_label": 0, "without_prediction": 0}
    assert recording.seen["form"] == "CSV, comma"
    assert recording.tools.keys() == {"python"}


def test_the_subject_is_named_by_its_content_and_without_folders(tmp_path: Path) -> None:
    recording = recorded(tmp_path, SMALL)
    (subject,) = recording.subjects
    assert (subject.name, subject.size) == ("predictions.csv", len(SMALL))
    assert subject.digest == hashlib.sha256(SMALL.encode()).hexdigest()
    assert str(tmp_path) not in json.dumps(recording.to_json())


def test_the_model_becomes_a_second_subject(tmp_path: Path) -> None:
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    recording = recorded(tmp_path, SMALL, model=str(model))
    assert [(s.name, s.size) for s in recording.subjects] == [
        ("predictions.csv", len(SMALL)),
        ("model.bin", 7),
    ]
    assert recording.subjects[1].digest == hashlib.sha256(b"weights").hexdigest()
    model.write_bytes(b"Weights")
    changed = recorded(tmp_path, SMALL, model=str(model))
    assert changed.digest != recording.digest
    assert changed.seen == recording.seen


def test_a_name_that_is_no_text_is_shown_with_a_replacement(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"p\xff.csv")
    path.write_bytes(SMALL.encode())
    recording = collect(path, ASKED)
    assert recording.subjects[0].name == "p\ufffd.csv"
    assert len(recording.digest) == 64


def test_json_lines_give_the_same_counts_as_csv(tmp_path: Path) -> None:
    header, *rows = [line.split(",") for line in SMALL.splitlines()]
    lines = "\n".join(
        json.dumps({header[0]: int(y), header[1]: float(p), header[2]: sex}) for y, p, sex in rows
    )
    seen = recorded(tmp_path, lines).seen
    assert seen["form"] == "JSON lines"
    assert {**seen, "form": ""} == {**recorded(tmp_path, SMALL).seen, "form": ""}


def test_missing_values_are_counted_by_what_is_missing(tmp_path: Path) -> None:
    content = SMALL + ",1,F\n1, ,F\n,,F\nNaN,1,M\n1,1,\n0,0,null\n0,0,<NA>\n"
    recording = recorded(tmp_path, content)
    assert recording.seen["rows"] == {"read": 12, "without_label": 3, "without_prediction": 1}
    assert recording.seen["attributes"][0]["missing"] == 3
    assert cells(recording) == cells(recorded(tmp_path, SMALL))
    kept = recorded(tmp_path, SMALL + "1,1,?\n0,0,null\n", missing="?")
    assert kept.seen["attributes"][0]["missing"] == 1
    assert cells(kept)[("null",)] == (0, 0, 1, 0)


def test_scores_become_predictions_at_the_threshold(tmp_path: Path) -> None:
    content = "y,s,sex\n1,0.5,F\n0,0.51,F\n0,4.9e-1,M\n1,0,M\n1,1,M\n1,,M\n1,nan,M\n"
    asked: Mapping[str, object] = {"label": "y", "score": "s", "attribute": "sex"}
    recording = collect(file(tmp_path, content), asked)  # type: ignore[arg-type]
    assert cells(recording) == cells(recorded(tmp_path, SMALL))
    assert recording.seen["rows"] == {"read": 7, "without_label": 0, "without_prediction": 2}
    assert recording.seen["asked"]["threshold"] == 0.5
    higher = collect(file(tmp_path, content), {**asked, "threshold": 0.51})  # type: ignore[dict-item]
    assert cells(higher)[("F",)] == (0, 1, 0, 1)


@pytest.mark.parametrize("score", ["1.5", "-0.1", "inf", "high"])
def test_a_score_that_is_none_is_refused_with_its_row(tmp_path: Path, score: str) -> None:
    path = file(tmp_path, f"y,s,sex\n1,0.5,F\n0,{score},F\n")
    with pytest.raises(BadInput, match=f"has the score “{score}” in row 2"):
        collect(path, {"label": "y", "score": "s", "attribute": "sex"})


def test_classes_may_be_words_and_whole_numbers_in_any_writing(tmp_path: Path) -> None:
    words = SMALL.replace("1,", "good,").replace("0,", "bad,")
    assert cells(recorded(tmp_path, words, positive="good")) == cells(recorded(tmp_path, SMALL))
    floats = "y,p,sex\n1.0,1,F\n0.0, 1.00,F\n0,0,M\n1.,0,M\n1,1,M\n"
    assert cells(recorded(tmp_path, floats)) == cells(recorded(tmp_path, SMALL))


def test_the_other_class_can_be_the_positive_one(tmp_path: Path) -> None:
    assert cells(recorded(tmp_path, SMALL, positive="0")) == {("F",): (0, 0, 1, 1), ("M",): (1, 1, 1, 0)}


def test_a_third_class_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, SMALL + "2,1,F\n")
    assert "has more than two classes: “1”, “0”, “2”." in error.message
    assert "“positive”" in error.hint
    assert "“1”, “no”, “yes”" in refusal(tmp_path, "y,p,sex\nyes,no,F\n").message


def test_several_attributes_are_crossed(tmp_path: Path) -> None:
    content = "y,p,sex,age\n1,1,F,old\n0,1,F,young\n0,0,M,old\n1,0,M,\n1,1,,old\n0,0,,\n"
    recording = recorded(tmp_path, content, attribute="sex,age")
    assert [a["columns"] for a in recording.seen["attributes"]] == [["sex"], ["age"], ["sex", "age"]]
    assert [a["missing"] for a in recording.seen["attributes"]] == [2, 2, 3]
    assert cells(recording, 2) == {
        ("F", "old"): (1, 0, 0, 0),
        ("F", "young"): (0, 1, 0, 0),
        ("M", "old"): (0, 0, 1, 0),
    }


def test_group_names_are_compared_without_their_spelling(tmp_path: Path) -> None:
    content = 'y,p,sex\n1,1, Zoë\n1,1,Zoe\u0308\n1,1,"Zoë\n"\n1,1,Zoe\n'
    assert {name: n[0] for (name,), n in cells(recorded(tmp_path, content)).items()} == {"Zoë": 3, "Zoe": 1}


@pytest.mark.parametrize("value", ["x" * 101, "a\x1b[31m", "a\u202eb"])
def test_a_value_that_cannot_name_a_group_is_refused(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, SMALL + f"1,1,{value}\n")
    assert "The column “sex” of predictions.csv holds a value that cannot name a group" in error.message
    assert value not in error.sentence


def test_a_column_of_many_values_is_no_protected_attribute(tmp_path: Path) -> None:
    rows = "".join(f"1,1,{number}\n" for number in range(200))
    assert len(cells(recorded(tmp_path, "y,p,sex\n" + rows))) == 200
    error = refusal(tmp_path, "y,p,sex\n" + rows + "1,1,200\n")
    assert "“sex” of predictions.csv has more than 200 different values" in error.message


def test_too_many_crossed_groups_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"1,1,{a},{b}\n" for a in range(40) for b in range(26))
    error = refusal(tmp_path, "y,p,sex,age\n" + rows, attribute="sex,age")
    assert "has 1,040 groups when sex and age are crossed" in error.message


def test_endless_spellings_of_one_value_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{' ' * (n % 300)}1,{' ' * (n // 300)}1,F\n" for n in range(50_001))
    assert "more than 50,000 different rows" in refusal(tmp_path, "y,p,sex\n" + rows).message


def test_a_header_alone_is_inconclusive(tmp_path: Path) -> None:
    recording = recorded(tmp_path, "y,p,sex\n")
    assert recording.seen["rows"]["read"] == 0
    assert FAIRNESS.judge(recording, ASKED).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"label": "truth"}, "has no column “truth”"),
        ({"attribute": "sex,region"}, "has no column “region”"),
        ({"score": "s"}, "either “prediction” or “score”"),
        ({"colour": "red"}, "has no parameter “colour”"),
        ({"model": "missing.bin"}, "The model file “missing.bin” does not exist"),
    ],
)
def test_wrong_parameters_are_named(tmp_path: Path, parameters: dict[str, object], words: str) -> None:
    assert words in refusal(tmp_path, SMALL, **parameters).message


def test_a_subject_that_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, words in [(tmp_path, "is a folder"), (tmp_path / "none.csv", "“none.csv” does not exist")]:
        with pytest.raises(BadInput, match=words):
            collect(path, ASKED)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["0", "1", ""]), st.sampled_from(["0", "1", ""]), st.sampled_from(["F", "M", ""])
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, seed=st.integers(0, 99))
def test_counts_add_up_and_do_not_depend_on_the_order_of_rows(
    tmp_path: Path, rows: list[tuple[str, str, str]], seed: int
) -> None:
    def seen(of: list[tuple[str, str, str]]) -> Mapping[str, object]:
        return recorded(tmp_path, "y,p,sex\n" + "".join(",".join(row) + "\n" for row in of)).seen

    found = recorded(tmp_path, "y,p,sex\n" + "".join(",".join(row) + "\n" for row in rows))
    kept = [row for row in rows if row[0] and row[1]]
    assert sum(found.seen["overall"].values()) == len(kept)
    assert found.seen["rows"]["read"] == len(rows)
    for (group,), (tp, fp, tn, fn) in cells(found).items():
        assert tp == kept.count(("1", "1", group))
        assert fp == kept.count(("0", "1", group))
        assert tn == kept.count(("0", "0", group))
        assert fn == kept.count(("1", "0", group))
    assert found.seen["attributes"][0]["missing"] == sum(not row[2] for row in kept)
    assert seen(random.Random(seed).sample(rows, len(rows))) == found.seen
    FAIRNESS.judge(found, {**ASKED, "bootstrap": 200})
