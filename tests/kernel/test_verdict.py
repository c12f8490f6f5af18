from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.verdict import Judgement, Reason, Verdict, all_of, any_of, met, not_met, unknown

SINGLE = {Verdict.MET: met, Verdict.NOT_MET: not_met, Verdict.UNKNOWN: unknown}
RANK = {Verdict.NOT_MET: 0, Verdict.UNKNOWN: 1, Verdict.MET: 2}

singles = st.builds(lambda v, t: SINGLE[v](t, source=t[:2]), st.sampled_from(Verdict), st.text(max_size=4))
trees = st.recursive(
    singles,
    lambda parts: st.builds(
        lambda combine, chosen: combine(chosen),
        st.sampled_from((all_of, any_of)),
        st.lists(parts, max_size=4),
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_connectives_are_minimum_and_maximum_of_kleene(size: int) -> None:
    for verdicts in product(Verdict, repeat=size):
        parts = [SINGLE[v](v.value) for v in verdicts]
        assert all_of(parts).verdict is min(verdicts, key=RANK.__getitem__)
        assert any_of(parts).verdict is max(verdicts, key=RANK.__getitem__)


@pytest.mark.parametrize("combine", [all_of, any_of])
def test_combining_nothing_is_unknown_and_says_why(combine) -> None:
    assert combine([]) == unknown("there is nothing to judge")
    assert combine(iter(()), nothing="the gate asks nothing") == unknown("the gate asks nothing")


@given(st.lists(trees, min_size=1, max_size=5))
def test_every_reason_is_kept_in_input_order_and_some_reason_agrees_with_the_verdict(parts) -> None:
    for combine in (all_of, any_of):
        combined = combine(iter(parts))
        assert combined.reasons == tuple(r for part in parts for r in part.reasons)
        assert combined.deciding
        assert {r.verdict for r in combined.deciding} == {combined.verdict}


@given(st.lists(trees, min_size=1, max_size=4))
def test_a_conjunction_is_green_only_if_every_part_is(parts) -> None:
    assert (all_of(parts).verdict is Verdict.MET) == all(p.verdict is Verdict.MET for p in parts)
    assert (any_of(parts).verdict is Verdict.NOT_MET) == all(p.verdict is Verdict.NOT_MET for p in parts)


def test_a_reason_carries_its_source_and_verdicts_have_words() -> None:
    assert not_met("no owner", source="SYS-1") == Judgement(
        verdict=Verdict.NOT_MET,
        reasons=(Reason(verdict=Verdict.NOT_MET, text="no owner", source="SYS-1"),),
    )
    assert [v.word for v in Verdict] == ["met", "not met", "unknown"]
