from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.worksheet.days import DayOrder, day_readings

DAY, MONTH, YEAR = DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST, DayOrder.YEAR_FIRST
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
ONE_READING = [
    ("2027-03-26", YEAR), ("2027/3/26", YEAR), ("2027.03.26", YEAR), ("2027-03-26 00:00:00", YEAR),
    ("2027-03-26T00:00:00.000", YEAR), ("2027-03-26T00:00Z", YEAR), ("26.03.2027", DAY), ("26. 3. 2027", DAY),
    ("26.03.2027 00:00", DAY), ("26/03/2027", DAY), ("26-03-2027", DAY), ("03/26/2027", MONTH),
    ("3/26/2027 12:00:00 AM", MONTH), ("03/26/27", MONTH), ("26 Mar 2027", DAY), ("26-Mar-27", DAY),
    ("26 March 2027", DAY), ("26. mar. 2027", DAY), ("Mar 26, 2027", MONTH), ("March 26th 2027", MONTH),
    ("Fri 26 Mar 2027", DAY), ("Friday, 26 March 2027", DAY), ("Friday, March 26, 2027", MONTH),
    ("2027. 3. 26.", YEAR), (" 26 Mar 2027 ", DAY), ("26Mar2027", DAY),
]  # fmt: skip
NO_READING = [
    "", "soon", "46472", "2027", "2027-13-01", "30.02.2027", "31/04/2027", "2027-3", "26/03/2027 14:30",
    "26/03-2027", "26 Xyz 2027", "Xyz 26, 2027", "31 Feb 2027", "Feb 31, 2027", "Thu 26 Mar 2027",
    "Thursday, March 26, 2027", "126/03/27", "2027-03-0026", "1/2/3", "26 m 2027", "00/03/2027", "2027-26-03",
    "26-03-127", "2027/2027", "1027-03-26", "2200-01-01", "27.3.1",
]  # fmt: skip


@pytest.mark.parametrize(("text", "order"), ONE_READING)
def test_a_day_that_can_be_one_day_only_is_read(text: str, order: DayOrder) -> None:
    assert day_readings(text) == {order: date(2027, 3, 26)}


@pytest.mark.parametrize("text", NO_READING)
def test_what_is_no_day_has_no_reading(text: str) -> None:
    assert day_readings(text) == {}


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("03/04/2027", {DAY: date(2027, 4, 3), MONTH: date(2027, 3, 4)}),
        ("3-4-2027", {DAY: date(2027, 4, 3), MONTH: date(2027, 3, 4)}),
        ("27.03.26", {DAY: date(2026, 3, 27), YEAR: date(2027, 3, 26)}),
        ("27/03/26", {DAY: date(2026, 3, 27), YEAR: date(2027, 3, 26)}),
        (
            "01/02/03",
            {DAY: date(2003, 2, 1), MONTH: date(2003, 1, 2), YEAR: date(2001, 2, 3)},
        ),
        ("05/05/2027", {DAY: date(2027, 5, 5), MONTH: date(2027, 5, 5)}),
    ],
)
def test_a_day_that_can_be_several_days_has_several_readings(
    text: str, readings: dict[DayOrder, date]
) -> None:
    assert day_readings(text) == readings


@given(
    DAYS,
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%a %d %B %Y", "%d-%b-%y"]),
)
def test_shapes_without_doubt_give_back_the_day(day: date, shape: str) -> None:
    assert set(day_readings(day.strftime(shape)).values()) == {day}


@given(
    DAYS,
    st.sampled_from(
        [
            ("%d/%m/%Y", DAY),
            ("%m/%d/%Y", MONTH),
            ("%d-%m-%y", DAY),
            ("%m/%d/%y", MONTH),
            ("%y/%m/%d", YEAR),
            ("%d.%m.%y", DAY),
        ]
    ),
)
def test_in_the_order_in_which_it_was_written_a_day_is_itself(day: date, shape: tuple[str, DayOrder]) -> None:
    assert day_readings(day.strftime(shape[0]))[shape[1]] == day


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert all(1970 <= day.year <= 2199 for day in day_readings(text).values())


def test_each_order_says_itself_with_an_example() -> None:
    assert [order.words for order in DayOrder] == [
        "day first (26/03/2027)",
        "month first (03/26/2027)",
        "year first (27/03/26)",
    ]
