"""Where an amount stands on the hull: exact about the lines, monotone, never off the hull."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.mark.facts import MarkFacts
from plimsoll.engines.mark.heights import DECK, LIGHT, RUNGS, height_of
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.kernel.units import Money

amounts = st.integers(min_value=0, max_value=10**9).map(Decimal)


def facts(*lines: int | None, stage: Stage = Stage.PILOT) -> MarkFacts:
    """Lines from prototype to GA."""
    given_lines = {
        of: None if amount is None else Money(amount=Decimal(amount), currency="EUR")
        for of, amount in zip(GATED, lines, strict=False)
    }
    return MarkFacts(system="Keel", stage=stage, lines=given_lines)


FOUR = facts(3_000_000, 1_200_000, 400_000, 120_000)


def test_each_line_stands_on_its_own_rung() -> None:
    assert [height_of(line.amount, FOUR) for line in FOUR.known_lines.values()] == list(RUNGS.values())


def test_nothing_floats_on_the_keel_and_half_a_line_stands_half_way_up() -> None:
    assert height_of(Decimal(0), FOUR) == LIGHT
    assert height_of(Decimal(60_000), FOUR) == pytest.approx((LIGHT + RUNGS[Stage.GA]) / 2)


def test_twice_the_highest_line_stands_half_way_to_the_deck() -> None:
    assert height_of(Decimal(6_000_000), FOUR) == pytest.approx((DECK + RUNGS[Stage.PROTOTYPE]) / 2)


@given(low=amounts, high=amounts)
def test_more_load_never_stands_lower(low: Decimal, high: Decimal) -> None:
    low, high = sorted((low, high))
    assert height_of(low, FOUR) >= height_of(high, FOUR)
    assert DECK < height_of(high, FOUR) <= LIGHT


@given(amount=amounts, lines=st.lists(st.integers(0, 10**9), min_size=4, max_size=4))
def test_the_water_is_above_a_line_exactly_if_the_amount_is(amount: Decimal, lines: list[int]) -> None:
    ordered = sorted(lines, reverse=True)
    for stage in GATED:
        known = facts(*ordered, stage=stage)
        own = known.known_lines[stage].amount
        height = height_of(amount, known)
        assert (height < RUNGS[stage]) == (amount > own)
        assert (height == RUNGS[stage]) == (amount == own)


def test_an_amount_equal_to_two_lines_stands_on_the_one_that_counts() -> None:
    for stage in (Stage.LIMITED, Stage.GA):
        assert height_of(Decimal(5), facts(9, 7, 5, 5, stage=stage)) == RUNGS[stage]
    assert height_of(Decimal(5), facts(9, 7, 5, 5, stage=Stage.PILOT)) == RUNGS[Stage.GA]


def test_lines_of_zero_allow_nothing() -> None:
    nothing = facts(0, 0, 0, 0, stage=Stage.RETIRED)
    assert height_of(Decimal(0), nothing) == RUNGS[Stage.PROTOTYPE]
    assert height_of(Decimal(1), nothing) == DECK


def test_lines_that_are_not_set_are_passed_over() -> None:
    sparse = facts(None, 1_000, None, None)
    assert height_of(Decimal(500), sparse) == pytest.approx((LIGHT + RUNGS[Stage.PILOT]) / 2)


def test_without_any_line_an_amount_has_no_place() -> None:
    with pytest.raises(ValueError, match="without any line"):
        height_of(Decimal(1), facts())
