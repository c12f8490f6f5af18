"""What the mark refuses to show: amounts that contradict each other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plimsoll.engines.mark import Load, MarkFacts
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.units import Money


def money(amount: int, currency: str = "EUR") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def load(best: int = 20, currency: str = "EUR") -> Load:
    return Load(low=money(10, currency), best=money(best, currency), high=money(30, currency))


@pytest.mark.parametrize("best", [9, 31])
def test_a_best_load_outside_its_range_is_refused(best: int) -> None:
    with pytest.raises(BadInput, match=f"EUR {best} lies outside its range EUR 10 to EUR 30"):
        load(best)


def test_a_load_in_two_currencies_is_refused() -> None:
    with pytest.raises(BadInput, match="The load mixes the currencies EUR and USD"):
        Load(low=money(1), best=money(2, "USD"), high=money(3))


def test_a_load_in_another_currency_than_the_lines_is_refused() -> None:
    with pytest.raises(BadInput, match="The mark mixes the currencies CHF and EUR"):
        MarkFacts(system="Keel", stage=Stage.GA, lines={Stage.GA: money(5)}, load=load(currency="CHF"))


def test_a_later_stage_is_not_allowed_more_than_an_earlier_one() -> None:
    with pytest.raises(
        BadInput, match=r"general availability \(EUR 6\) is above the line of pilot \(EUR 5\)"
    ):
        MarkFacts(system="Keel", stage=Stage.GA, lines={Stage.GA: money(6), Stage.PILOT: money(5)})


def test_a_retired_stage_has_no_line() -> None:
    with pytest.raises(BadInput, match="The stage retired has a line") as refused:
        MarkFacts(system="Keel", stage=Stage.GA, lines={Stage.RETIRED: money(6)})
    assert "prototype, pilot, limited, general availability" in refused.value.hint


def test_the_margin_is_line_minus_best_load() -> None:
    lines = {Stage.PILOT: money(50), Stage.LIMITED: money(5)}
    assert MarkFacts(system="K", stage=Stage.PILOT, lines=lines, load=load()).margin == 30
    assert MarkFacts(system="K", stage=Stage.LIMITED, lines=lines, load=load()).margin == -15
    assert MarkFacts(system="K", stage=Stage.GA, lines=lines, load=load()).margin is None
    assert MarkFacts(system="K", stage=Stage.PILOT, lines=lines).margin is None


def test_lines_come_out_in_the_order_of_the_stages() -> None:
    lines = {Stage.GA: money(1), Stage.PROTOTYPE: money(9), Stage.PILOT: None}
    assert list(MarkFacts(system="K", stage=Stage.GA, lines=lines).known_lines) == [Stage.PROTOTYPE, Stage.GA]
