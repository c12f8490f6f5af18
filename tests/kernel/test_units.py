import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Money, percent, share


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 0, 1])
def test_a_share_lies_between_nought_and_one(value: float) -> None:
    assert share(value) == value


@pytest.mark.parametrize("value", [-0.001, 1.001, math.nan, math.inf, -math.inf])
def test_any_other_number_is_no_share(value: float) -> None:
    with pytest.raises(BadInput, match="The missing rate is") as caught:
        share(value, what="The missing rate")
    assert "between 0 and 1" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (0.004, "0 %"),
        (0.29, "29 %"),
        (0.57, "57 %"),
        (0.5999, "59 %"),
        (0.846, "84 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_said_in_whole_percent_and_never_rounded_up(value: float, text: str) -> None:
    assert percent(value) == text


@given(st.integers(0, 100))
def test_a_whole_percentage_is_said_as_it_is(hundredths: int) -> None:
    assert percent(hundredths / 100) == f"{hundredths} %"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0.00"),
        ("40000", "40000.00"),
        (" 1,200.50 ", "1200.50"),
        ("1 200 000", "1200000.00"),
        ("12.5", "12.50"),
        ("9999999999999.99", "9999999999999.99"),
        ("9,999,999,999,999.99", "9999999999999.99"),
    ],
)
def test_money_is_read_with_thousands_and_a_point(text: str, amount: str) -> None:
    assert Money.parse(text, currency="EUR") == Money(amount=Decimal(amount), currency="EUR")


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "-0", "+5", "NaN", "sNaN", "Infinity", "1e3", "1e400", "1e-400", "1_000", "0x10",
        "10000000000000", "10,000,000,000,000", "10 000 000 000 000",
        "1" * 5000, "١٢٣", "１２", "1.234", "1.", ".5", "1.2.3", "12 EUR",
        "1\u00a0000\u00a0",
        # A decimal comma must never turn 12.50 into 1250.
        "12,50", "1,2", "1200,50", "1,20,000", ",100", "1,000 000", "1  000", "1,000,00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_never_read_as_another_amount(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Money.parse(text, currency="EUR", what="The cost")
    assert caught.value.message.startswith("The cost “")
    assert "1,200.50" in caught.value.hint


def test_an_unknown_currency_is_refused_with_the_known_ones() -> None:
    for currency in ("QQQ", "eur", "", "E" * 1000):
        with pytest.raises(BadInput) as caught:
            Money.parse("1", currency=currency)
        assert "EUR" in caught.value.hint
        assert len(caught.value.message) < 80


def test_whole_amounts_are_written_without_decimals() -> None:
    assert str(Money.parse("22000", currency="EUR")) == "EUR 22,000"
    assert str(Money.parse("2501.5", currency="GBP")) == "GBP 2,501.50"


@given(st.decimals(min_value=0, max_value=Decimal("9999999999999.99"), places=2))
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    money = Money(amount=amount, currency="CHF")
    assert Money.parse(str(money).removeprefix("CHF "), currency="CHF") == money


@given(st.text(max_size=12))
def test_hostile_text_is_either_an_amount_or_bad_input(text: str) -> None:
    try:
        money = Money.parse(text, currency="EUR")
    except BadInput:
        return
    assert text.isascii()
    assert 0 <= money.amount < Decimal(10) ** 13
