from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from plimsoll.engines.checks.fairness import FAIRNESS
from plimsoll.engines.checks.group_counts import (
    AttributeCounts,
    Confusion,
    FairnessCounts,
    Group,
    asked,
)
from plimsoll.engines.checks.group_gaps import gaps
from plimsoll.engines.checks.intervals import rows_needed
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.engines.checks.result import CheckResult, Measure, Outcome
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Verdict

ASKED = {"label": "y", "prediction": "p", "attribute": "sex"}
Cells = tuple[int, int, int, int]
EVEN: Cells = (800, 200, 1800, 200)
"""3,000 rows: selection rate 1/3, true positive rate 0.8, false positive rate 0.1."""


def confusion(cells: Cells) -> Confusion:
    tp, fp, tn, fn = cells
    return Confusion(tp=tp, fp=fp, tn=tn, fn=fn)


def recorded(groups: dict[str, Cells], *, missing: Cells = (0, 0, 0, 0), left_out: int = 0) -> Recording:
    """A recording of one attribute, as a collector would have made it."""
    overall = [sum(column) for column in zip(*groups.values(), missing, strict=True)]
    counts = FairnessCounts(
        form="CSV, comma",
        rows=sum(overall) + left_out,
        without_label=left_out,
        without_prediction=0,
        overall=confusion((overall[0], overall[1], overall[2], overall[3])),
        attributes=(
            AttributeCounts(
                columns=("sex",),
                missing=sum(missing),
                groups=tuple(
                    Group(values=(name,), counts=confusion(cells)) for name, cells in groups.items()
                ),
            ),
        ),
    )
    return recording_of(counts, ASKED)


def recording_of(counts: FairnessCounts, parameters: dict[str, object]) -> Recording:
    question = asked(read_parameters(FAIRNESS.card, parameters))
    return Recording(
        check="fairness",
        version="1",
        subjects=(Subject(name="p.csv", digest=Digest("0" * 64), size=1),),
        seen=counts.to_seen(question),
    )


def judge(groups: dict[str, Cells], *, missing: Cells = (0, 0, 0, 0), left_out: int = 0, **limits: object):
    recording = recorded(groups, missing=missing, left_out=left_out)
    return FAIRNESS.judge(recording, {**ASKED, **limits})  # type: ignore[dict-item]


def measure(result: CheckResult, name: str) -> Measure:
    return next(measure for measure in result.measures if measure.name == name)


def said(result: CheckResult, source: str) -> str:
    return next(reason.text for reason in result.judgement.reasons if reason.source == source)


# ---------------------------------------------------------------- the three answers


def test_equal_groups_with_many_rows_are_within_limits() -> None:
    result = judge({"F": EVEN, "M": EVEN})
    assert (result.outcome, result.answer) == (Outcome.PASS, "within limits")
    gap = measure(result, "demographic_parity_difference[sex]")
    assert gap.value == 0
    assert gap.verdict is Verdict.MET
    assert gap.high is not None
    assert 0 < gap.high < 0.1
    assert gap.note == "The selection rate is 0.333 in every group."
    assert result.findings == ()


def test_a_difference_whose_whole_interval_is_beyond_the_limit_is_outside() -> None:
    result = judge({"F": (400, 100, 1900, 600), "M": EVEN})
    assert (result.outcome, result.answer) == (Outcome.FAIL, "outside limits")
    gap = measure(result, "demographic_parity_difference[sex]")
    assert gap.value == pytest.approx(1 / 6)
    assert gap.low is not None
    assert gap.low > 0.1
    assert gap.verdict is Verdict.NOT_MET
    assert gap.note == "Lowest selection rate: “F” 0.167; highest: “M” 0.333."
    assert {finding.where for finding in result.findings} == {
        "demographic_parity_difference[sex]",
        "demographic_parity_ratio[sex]",
        "equalized_odds_difference[sex]",
    }
    assert result.findings[0].severity == "high"
    assert "Lowest selection rate" in result.findings[0].text


def test_a_value_within_the_limit_whose_interval_crosses_it_is_too_few_to_tell() -> None:
    result = judge({"F": (8, 2, 18, 2), "M": (9, 2, 17, 2)})
    assert (result.outcome, result.answer) == (Outcome.INCONCLUSIVE, "too few to tell")
    text = said(result, "demographic_parity_difference[sex]")
    assert "Demographic parity difference by sex is 0.033 (0.000 to" in text
    assert "the limit is at most 0.1, and there are too few rows to tell; about" in text


def test_a_value_beyond_the_limit_whose_interval_crosses_it_is_too_few_to_tell() -> None:
    result = judge({"F": (8, 2, 18, 2), "M": (16, 2, 10, 2)})
    gap = measure(result, "demographic_parity_difference[sex]")
    assert gap.value is not None
    assert gap.value > 0.1
    assert gap.verdict is Verdict.UNKNOWN
    ratio = measure(result, "demographic_parity_ratio[sex]")
    assert ratio.verdict is Verdict.UNKNOWN
    assert "limit is at least 0.8, and there are too few rows" in said(
        result, "demographic_parity_ratio[sex]"
    )


@pytest.mark.parametrize("other", [(9, 2, 17, 2), (16, 2, 10, 2)])
def test_the_rows_needed_are_counted_from_the_end_across_the_limit(other: Cells) -> None:
    result = judge({"F": (8, 2, 18, 2), "M": other})
    for name in ("demographic_parity_difference[sex]", "demographic_parity_ratio[sex]"):
        m = measure(result, name)
        assert m.value is not None
        assert m.limit is not None
        crossing = m.low if m.value > m.limit else m.high
        assert crossing is not None
        needed = rows_needed(rows=60, value=m.value, end=crossing, limit=m.limit)
        assert f"about {needed:,} would tell" in said(result, name)


def test_rows_outside_the_groups_are_resampled_with_them() -> None:
    groups = {"F": (200, 100, 300, 100), "M": (100, 100, 400, 100)}
    found = measure(judge(groups, missing=(20, 0, 0, 0)), "demographic_parity_difference[sex]")

    def interval(others: int) -> tuple[float | None, float | None]:
        gap = gaps(
            [confusion(cells) for cells in groups.values()],
            others=others,
            confidence=1 - (1 - 0.95) / 3,
            replicates=2000,
            seed=7,
        )["demographic_parity_difference"]
        return gap.low, gap.high

    assert (found.low, found.high) == interval(20) != interval(0)


def test_the_rows_said_to_be_needed_are_about_enough() -> None:
    small: Cells = (16, 4, 36, 4)
    text = said(judge({"F": small, "M": small}), "demographic_parity_difference[sex]")
    needed = int(text.split("about ")[1].split(" would")[0].replace(",", ""))
    factor = -(-needed // 120)
    more = tuple(cell * factor for cell in small)
    verdict = measure(judge({"F": more, "M": more}), "demographic_parity_difference[sex]").verdict
    assert verdict is Verdict.MET
    fewer = tuple(cell * factor // 2 for cell in small)
    verdict = measure(judge({"F": fewer, "M": fewer}), "demographic_parity_difference[sex]").verdict
    assert verdict is Verdict.UNKNOWN


def test_a_value_on_its_limit_is_never_told() -> None:
    result = judge({"F": EVEN, "M": EVEN}, min_ratio=1)
    assert "no number of rows would tell" in said(result, "demographic_parity_ratio[sex]")
    assert result.outcome is Outcome.INCONCLUSIVE


def test_a_shown_difference_outweighs_what_is_not_known() -> None:
    result = judge({"F": (100, 0, 900, 0), "M": (500, 0, 500, 0)})
    assert measure(result, "equalized_odds_difference[sex]").verdict is Verdict.MET
    assert measure(result, "demographic_parity_difference[sex]").verdict is Verdict.NOT_MET
    assert result.outcome is Outcome.FAIL
    undefined = judge({"F": (0, 100, 900, 0), "M": (500, 0, 500, 0)})
    assert measure(undefined, "equalized_odds_difference[sex]").verdict is Verdict.UNKNOWN
    assert undefined.outcome is Outcome.FAIL


# ---------------------------------------------------------------- what cannot be computed


def test_no_usable_row_is_inconclusive() -> None:
    result = judge({})
    assert result.outcome is Outcome.INCONCLUSIVE
    assert result.measures == ()
    assert judge({}, left_out=5).outcome is Outcome.INCONCLUSIVE


def test_fewer_than_two_groups_are_not_compared() -> None:
    result = judge({"F": EVEN})
    gap = measure(result, "demographic_parity_difference[sex]")
    assert (gap.value, gap.verdict, gap.confidence, gap.method) == (None, Verdict.UNKNOWN, None, "")
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "Only one group has at least 30 rows" in said(result, "demographic_parity_difference[sex]")
    assert "No group has at least 30 rows" in said(
        judge({"F": (1, 1, 1, 1)}), "equalized_odds_difference[sex]"
    )


def test_a_small_group_is_shown_with_its_size_and_not_compared() -> None:
    result = judge({"F": EVEN, "M": EVEN, "X": (20, 0, 0, 9)})
    small = measure(result, "selection_rate[sex=X]")
    assert (small.value, small.n) == (None, 29)
    assert "not shown and not compared" in small.note
    assert not any(m.name == "accuracy[sex=X]" for m in result.measures)
    assert measure(result, "demographic_parity_difference[sex]").n == 6000
    assert result.outcome is Outcome.PASS
    assert result.findings[0].text == (
        "1 of 3 groups by sex have fewer than 30 rows and were not compared: “X”."
    )
    compared = judge({"F": EVEN, "M": EVEN, "X": (20, 0, 0, 9)}, minimum_cell=29)
    assert compared.outcome is not Outcome.PASS
    assert measure(compared, "selection_rate[sex=X]").value == pytest.approx(20 / 29)


def test_many_small_groups_are_named_in_part() -> None:
    groups = {"F": EVEN, "M": EVEN, **{f"x{number:02}": (1, 1, 1, 1) for number in range(12)}}
    assert judge(groups).findings[0].text.endswith("“x09” ….")


def test_rates_without_rows_are_undefined_and_leave_the_verdict_unknown() -> None:
    no_positives = judge({"F": (0, 200, 1800, 0), "M": EVEN})
    assert measure(no_positives, "true_positive_rate[sex=F]").value is None
    gap = measure(no_positives, "equalized_odds_difference[sex]")
    assert (gap.value, gap.verdict) == (None, Verdict.UNKNOWN)
    assert gap.note == "No row to take the true positive rate from in “F”."
    no_negatives = judge({"F": (800, 0, 0, 200), "M": EVEN})
    assert measure(no_negatives, "equal_opportunity_difference[sex]").value == 0
    assert measure(no_negatives, "equalized_odds_difference[sex]").note == (
        "No row to take the false positive rate from in “F”."
    )


def test_no_selection_at_all_leaves_the_ratio_undefined() -> None:
    result = judge({"F": (0, 0, 1800, 200), "M": (0, 0, 1800, 200)})
    ratio = measure(result, "demographic_parity_ratio[sex]")
    assert (ratio.value, ratio.verdict) == (None, Verdict.UNKNOWN)
    assert "No group has a row that was predicted positive" in said(result, ratio.name)
    assert measure(result, "precision").value is None
    assert measure(result, "recall").value == 0
    assert result.outcome is Outcome.INCONCLUSIVE


def test_groups_that_agree_only_for_lack_of_rows_are_not_called_equal() -> None:
    result = judge({"F": (5, 0, 30, 0), "M": (5, 0, 30, 0)})
    gap = measure(result, "equalized_odds_difference[sex]")
    assert gap.value == 0
    assert gap.verdict is Verdict.UNKNOWN


def test_f1_is_undefined_without_any_positive() -> None:
    result = judge({"F": (0, 0, 50, 0), "M": (0, 0, 50, 0)})
    assert measure(result, "f1").value is None
    assert measure(result, "accuracy").value == 1


# ---------------------------------------------------------------- missing and left out


def test_too_many_rows_without_the_attribute_are_outside_limits() -> None:
    result = judge({"F": EVEN, "M": EVEN}, missing=(400, 0, 0, 0))
    share = measure(result, "missing_share[sex]")
    assert share.value == pytest.approx(400 / 6400)
    assert share.verdict is Verdict.NOT_MET
    assert result.outcome is Outcome.FAIL
    assert (
        judge({"F": EVEN, "M": EVEN}, missing=(400, 0, 0, 0), max_missing_share=0.1).outcome is Outcome.PASS
    )


def test_too_many_rows_left_out_leave_the_verdict_unknown() -> None:
    result = judge({"F": EVEN, "M": EVEN}, left_out=1000)
    assert measure(result, "left_out_share").verdict is Verdict.UNKNOWN
    assert "Share of rows left out is 0.143; the limit is at most 0.05" in said(result, "left_out_share")
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "left out: 1,000 without true outcome" in result.read[0]


# ---------------------------------------------------------------- performance


def test_performance_equals_scikit_learns() -> None:
    cells: Cells = (31, 12, 44, 9)
    tp, fp, tn, fn = cells
    outcome = [1] * tp + [0] * fp + [0] * tn + [1] * fn
    prediction = [1] * tp + [1] * fp + [0] * tn + [0] * fn
    result = judge({"F": cells})
    for name, reference in {
        "accuracy": accuracy_score,
        "precision": precision_score,
        "recall": recall_score,
        "f1": f1_score,
    }.items():
        found = measure(result, name)
        assert found.value == pytest.approx(reference(outcome, prediction), abs=1e-12)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
        assert (found.confidence, found.verdict) == (0.95, None)


def test_an_accuracy_limit_is_judged_only_when_it_is_given() -> None:
    groups = {"F": EVEN, "M": EVEN}
    for limit, verdict in [(0.8, Verdict.MET), (0.867, Verdict.UNKNOWN), (0.95, Verdict.NOT_MET)]:
        result = judge(groups, min_accuracy=limit)
        accuracy = measure(result, "accuracy")
        assert accuracy.verdict is verdict
        assert accuracy.confidence == pytest.approx(1 - 0.05 / 4)
        assert "÷ 4 for 4 limits" in accuracy.method


# ---------------------------------------------------------------- several comparisons


def two_attributes() -> tuple[FairnessCounts, dict[str, object]]:
    def groups(*names: tuple[str, ...]) -> tuple[Group, ...]:
        cells = tuple(cell * 12 // len(names) for cell in EVEN)
        return tuple(Group(values=name, counts=confusion(cells)) for name in names)  # type: ignore[arg-type]

    ages = ("mid", "old", "young")
    overall = tuple(cell * 12 for cell in EVEN)
    counts = FairnessCounts(
        form="JSON lines",
        rows=sum(overall),
        without_label=0,
        without_prediction=0,
        overall=confusion(overall),  # type: ignore[arg-type]
        attributes=(
            AttributeCounts(columns=("sex",), missing=0, groups=groups(("F",), ("M",))),
            AttributeCounts(columns=("age",), missing=0, groups=groups(*((age,) for age in ages))),
            AttributeCounts(
                columns=("sex", "age"),
                missing=0,
                groups=groups(*((sex, age) for sex in "FM" for age in ages)),
            ),
        ),
    )
    return counts, {**ASKED, "attribute": "sex,age"}


def test_several_attributes_are_judged_one_by_one_and_crossed() -> None:
    counts, parameters = two_attributes()
    result = FAIRNESS.judge(recording_of(counts, parameters), parameters)  # type: ignore[arg-type]
    assert result.outcome is Outcome.PASS
    judged = [m.name for m in result.measures if m.limit is not None and m.confidence is not None]
    assert len(judged) == 9
    assert "equalized_odds_difference[sex & age]" in judged
    assert measure(result, "accuracy[sex & age=F & old]").n == 6000
    assert measure(result, "missing_share[sex & age]").limit is None
    gap = measure(result, "demographic_parity_difference[age]")
    assert gap.confidence == pytest.approx(1 - 0.05 / 9)
    assert "÷ 9 for 9 limits" in gap.method
    assert "3,600 replicates" in gap.method
    assert "9 limits with an interval were judged together" in result.read[2]


# ---------------------------------------------------------------- properties

CELLS = st.tuples(*[st.integers(0, 80)] * 4)
GROUPS = st.dictionaries(st.sampled_from("ABCDEF"), CELLS, max_size=4)


@settings(max_examples=40, deadline=None)
@given(groups=GROUPS, missing=CELLS, left_out=st.integers(0, 20), seed=st.integers(0, 9))
def test_a_recording_gives_the_same_result_after_json_and_in_any_order(
    groups: dict[str, Cells], missing: Cells, left_out: int, seed: int
) -> None:
    recording = recorded(groups, missing=missing, left_out=left_out)
    parameters = {**ASKED, "bootstrap": 200, "seed": seed}
    result = FAIRNESS.judge(recording, parameters)
    again = Recording.from_json(json.loads(json.dumps(recording.to_json())))
    assert FAIRNESS.judge(again, parameters) == result
    names = list(groups)
    random.Random(seed).shuffle(names)
    shuffled = recorded({name: groups[name] for name in names}, missing=missing, left_out=left_out)
    assert FAIRNESS.judge(shuffled, parameters) == result


@settings(max_examples=40, deadline=None)
@given(groups=GROUPS, order=st.permutations("ABCDEF"))
def test_renaming_the_groups_renames_the_result_and_no_number(
    groups: dict[str, Cells], order: list[str]
) -> None:
    names = dict(zip("ABCDEF", order, strict=True))
    before = judge(groups, bootstrap=200)
    after = judge({names[name]: cells for name, cells in groups.items()}, bootstrap=200)
    assert before.outcome is after.outcome
    numbers = {m.name: (m.value, m.low, m.high, m.n, m.verdict) for m in after.measures}
    for m in before.measures:
        stem, _, group = m.name.partition("[sex=")
        name = f"{stem}[sex={names[group[0]]}]" if group else m.name
        assert numbers[name] == (m.value, m.low, m.high, m.n, m.verdict)


@settings(max_examples=40, deadline=None)
@given(groups=GROUPS, limit=st.floats(0, 1), looser=st.floats(0, 1))
def test_a_looser_limit_is_never_harder_to_meet(
    groups: dict[str, Cells], limit: float, looser: float
) -> None:
    order = [Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.MET]
    for parameter in FAIRNESS.card.parameters:
        if parameter.name not in ("max_difference", "min_ratio", "max_equalized_odds_difference"):
            continue
        strict, loose = sorted((limit, looser), reverse=parameter.looser_when == "lower")
        results = [judge(groups, bootstrap=200, **{parameter.name: value}) for value in (strict, loose)]
        before, after = ([m.verdict for m in r.measures if m.verdict] for r in results)
        assert all(order.index(a) <= order.index(b) for a, b in zip(before, after, strict=True))


# ---------------------------------------------------------------- what is refused


def test_a_recording_of_another_check_or_version_is_refused() -> None:
    recording = recorded({"F": EVEN})
    for field, value in [("check", "model-file"), ("version", "2")]:
        other = Recording.from_json({**recording.to_json(), field: value})
        with pytest.raises(BadInput, match="The recording is of"):
            FAIRNESS.judge(other, ASKED)


def test_a_recording_made_with_other_parameters_is_refused() -> None:
    with pytest.raises(BadInput, match="made with label = y, but is judged with z"):
        FAIRNESS.judge(recorded({"F": EVEN}), {**ASKED, "label": "z"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("confidence", 1), ("bootstrap", 10), ("seed", -1), ("min_ratio", 1.2), ("minimum_cell", 0), ("x", 1)],
)
def test_a_parameter_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=name):
        FAIRNESS.judge(recorded({"F": EVEN}), {**ASKED, name: value})  # type: ignore[dict-item]


def test_the_card_says_in_which_direction_each_limit_is_looser() -> None:
    directions = {p.name: p.looser_when for p in FAIRNESS.card.parameters if p.looser_when}
    assert directions == {
        "minimum_cell": "higher",
        "max_difference": "higher",
        "min_ratio": "lower",
        "max_equalized_odds_difference": "higher",
        "min_accuracy": "lower",
        "max_missing_share": "higher",
        "confidence": "lower",
    }
    assert FAIRNESS.card.answers == ("within limits", "outside limits", "too few to tell")
