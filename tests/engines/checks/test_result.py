from itertools import product

import pytest

from plimsoll.engines.checks.result import CheckResult, Finding, Measure, Outcome
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.verdict import Verdict, met, not_met, unknown

JUDGED = {Verdict.MET: met("seen"), Verdict.NOT_MET: not_met("seen"), Verdict.UNKNOWN: unknown("not seen")}


def test_only_a_pass_is_met_and_only_a_fail_is_not() -> None:
    assert {o: o.verdict for o in Outcome} == {
        Outcome.PASS: Verdict.MET,
        Outcome.FAIL: Verdict.NOT_MET,
        Outcome.INCONCLUSIVE: Verdict.UNKNOWN,
        Outcome.ERROR: Verdict.UNKNOWN,
    }


def test_an_outcome_that_its_reasons_do_not_carry_cannot_be_made() -> None:
    for outcome, verdict in product(Outcome, Verdict):
        if outcome.verdict is verdict:
            assert CheckResult(outcome=outcome, answer="a", judgement=JUDGED[verdict]).outcome is outcome
        else:
            with pytest.raises(ValueError, match="disagree"):
                CheckResult(outcome=outcome, answer="a", judgement=JUDGED[verdict])


def test_a_result_is_written_with_every_number_its_interval_and_its_reasons() -> None:
    measure = Measure(
        name="selection_rate[sex=f]",
        title="Selected",
        value=0.4,
        unit="share",
        n=50,
        low=0.28,
        high=0.54,
        confidence=0.95,
        method="Wilson",
        limit=0.5,
        limit_kind="at most",
        verdict=Verdict.UNKNOWN,
        note="small group",
    )
    bare = Measure(name="rows", title="Rows", value=None, unit="count", n=0)
    result = CheckResult(
        outcome=Outcome.INCONCLUSIVE,
        answer="inconclusive",
        judgement=unknown("too few rows", source="sex"),
        measures=(measure, bare),
        findings=(Finding(text="One group has 3 rows.", where="sex=x", severity="low"),),
        read=("50 rows",),
    )
    value = result.to_json()
    assert canonical_bytes(value)
    assert value == {
        "outcome": "inconclusive",
        "answer": "inconclusive",
        "reasons": [{"verdict": "unknown", "text": "too few rows", "source": "sex"}],
        "measures": [
            {
                "name": "selection_rate[sex=f]",
                "title": "Selected",
                "value": 0.4,
                "unit": "share",
                "n": 50,
                "low": 0.28,
                "high": 0.54,
                "confidence": 0.95,
                "method": "Wilson",
                "limit": 0.5,
                "limit_kind": "at most",
                "verdict": "unknown",
                "note": "small group",
            },
            {
                "name": "rows",
                "title": "Rows",
                "value": None,
                "unit": "count",
                "n": 0,
                "low": None,
                "high": None,
                "confidence": None,
                "method": "",
                "limit": None,
                "limit_kind": "",
                "verdict": None,
                "note": "",
            },
        ],
        "findings": [{"severity": "low", "text": "One group has 3 rows.", "where": "sex=x"}],
        "read": ["50 rows"],
    }
