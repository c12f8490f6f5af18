from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.engines.checks.drift import DRIFT, asked
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.engines.checks.result import CheckResult, Outcome
from plimsoll.engines.monitors.frame import CategoryFrame, NumberFrame
from plimsoll.engines.monitors.observation import Absent, Observation
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from tests.engines.monitors.samples import numbers, profile, words

GIVEN: dict[str, Any] = {"reference": "ref.parquet"}
NUMBER = NumberFrame(name="x", centre=0.0, scale=1.0)
WORD = CategoryFrame(name="c", levels=("a", "b"))


def normal(n: int, shift: float = 0.0) -> list[float]:
    draw = random.Random(n)
    return [draw.gauss(shift, 1) for _ in range(n)]


def recording(
    current: Sequence[float],
    *,
    given: dict[str, Any] = GIVEN,
    absent: dict[str, Absent] | None = None,
    subjects: int = 2,
) -> Recording:
    reference = normal(9000)
    seen = Observation(
        forms=("Parquet", "Parquet"),
        reference=profile(numbers(NUMBER, reference), words(WORD, ["a", "b"] * 4500)),
        current=profile(numbers(NUMBER, current), words(WORD, ["a"] * len(current))),
        absent=absent or {},
        left_out={},
    )
    return Recording(
        check="drift",
        version="1",
        subjects=tuple(
            Subject(name=f"{i}.parquet", digest=Digest(str(i) * 64), size=9) for i in range(subjects)
        ),
        seen={"asked": asked(read_parameters(DRIFT.card, given)), **seen.to_json()},
    )


def judged(made: Recording, given: dict[str, Any] = GIVEN) -> CheckResult:
    again = Recording.from_json(json.loads(json.dumps(made.to_json())))
    return DRIFT.judge(again, given)


def test_drift_fails_with_a_finding_per_limit() -> None:
    result = judged(recording(normal(8000, shift=1.0)))
    assert (result.outcome, result.answer) == (Outcome.FAIL, "drift")
    assert [(f.where, f.severity) for f in result.findings] == [("x", "high"), ("c", "high")]
    assert {m.name for m in result.measures} == {
        "effect[x]", "missing[x]", "psi[x]", "jensen_shannon[x]", "wasserstein[x]",
        "effect[c]", "missing[c]", "psi[c]", "jensen_shannon[c]",
    }  # fmt: skip
    assert result.read[-1].startswith("4 limits were judged together (Holm)")


def test_looser_limits_pass_what_stricter_ones_fail() -> None:
    loose = {**GIVEN, "max_category": 0.8}
    assert judged(recording(normal(8000), given=loose), loose).answer == "within limits"
    assert judged(recording(normal(8000))).answer == "drift"


def test_few_rows_are_inconclusive() -> None:
    result = judged(
        recording(normal(40), given={**GIVEN, "max_category": 0.8}), {**GIVEN, "max_category": 0.8}
    )
    assert (result.outcome, result.answer) == (Outcome.INCONCLUSIVE, "too few to tell")


def test_a_table_without_rows_is_inconclusive_and_has_no_measures() -> None:
    result = judged(recording([]))
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.measures == ()


def test_a_column_that_is_gone_is_a_finding() -> None:
    result = judged(recording(normal(8000), absent={"age": Absent.GONE}))
    assert result.findings[-1].text == "age: the current table has no such column."


def test_the_model_is_a_third_subject() -> None:
    given = {**GIVEN, "model": "model.pkl"}
    assert judged(recording(normal(8000), given=given, subjects=3), given).answer == "drift"
    with pytest.raises(BadInput, match="does not name the current table, the reference and the model"):
        judged(recording(normal(8000), given=given), given)


def test_a_recording_of_other_columns_is_refused() -> None:
    given = {**GIVEN, "columns": "x"}
    assert judged(recording(normal(8000), given=given), given).answer == "drift"
    with pytest.raises(BadInput, match="other columns than it is judged with"):
        judged(recording(normal(8000)), given)


@pytest.mark.parametrize("change", [{"check": "fairness"}, {"version": "2"}])
def test_a_recording_of_another_check_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="The recording is of"):
        DRIFT.judge(replace(recording(normal(80)), **change), GIVEN)


def test_a_recording_that_is_cut_is_refused() -> None:
    made = recording(normal(80))
    seen = {key: value for key, value in made.seen.items() if key != "frames"}
    with pytest.raises(BadInput, match="does not have the keys"):
        DRIFT.judge(replace(made, seen=seen), GIVEN)
