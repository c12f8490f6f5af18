from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.worksheet.cells import (
    Ambiguous,
    Reader,
    Refused,
    canonical,
    escaped,
    people_by_name,
    plain_number,
    unescaped,
)
from plimsoll.engines.worksheet.days import DayOrder
from tests.engines.worksheet.samples import SHEET, reader


def read(key: str, text: str, order: DayOrder | None = None) -> str | Refused | Ambiguous:
    return reader(order).read(SHEET.column(key), text)


def refused(key: str, text: str, order: DayOrder | None = None) -> str:
    found = read(key, text, order)
    assert isinstance(found, Refused)
    assert found.hint
    return found.message


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescaped(escaped(text)) == text


@given(st.sampled_from(["=", "+", "-", "@", "\t", "\r"]), st.integers(0, 3), st.text(max_size=5))
def test_no_escaped_cell_begins_like_a_formula(sign: str, apostrophes: int, rest: str) -> None:
    text = "'" * apostrophes + sign + rest
    assert escaped(text) == "'" + text
    assert unescaped(escaped(text)) == text


def test_an_apostrophe_that_means_itself_stays() -> None:
    assert unescaped("'tis") == "'tis"
    assert escaped("'tis") == "'tis"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("title", "  a \t b\nc ", "a b c"),
        ("title", "'=1+1", "=1+1"),
        ("note", " a \r\nb\rc ", "a \nb\nc"),
        ("owner", "dev", "dev"), ("owner", "@Dev", "dev"), ("owner", " DEV  RAO ", "dev"),
        ("owner", "Eve@Example.org", "eve"), ("owner", "lee", "lee"), ("owner", " ", ""),
        ("state", " Done ", "done"), ("state", "signed", "signed"),
        ("due", "26.3.2027", "2027-03-26"), ("due", "5/5/2027", "2027-05-05"),
        ("days", "2,5", "2.5"), ("days", "2.50", "2.5"), ("days", "007", "7"), ("days", "40", "40"),
        ("days", "0,125", "0.125"), ("days", "0", "0"), ("days", "100", "100"),
        ("after", "job-4; JOB-1 JOB1,,", "JOB-1, JOB-4"), ("after", "", ""),
        ("after", "ABC-2|JOB-1", "ABC-2, JOB-1"),
    ],
)  # fmt: skip
def test_a_cell_is_read_in_its_canonical_form(key: str, text: str, value: str) -> None:
    assert read(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("title", "a\x07b", "It contains control characters."),
        ("owner", "nobody", "There is no member “nobody” in this program."),
        ("owner", "Lee Ash", "There are 2 members called “Lee Ash”."),
        ("state", "paused", "There is no state “paused”."),
        ("due", "soon", "“soon” is not a day."),
        ("due", "46472", "“46472” is not a day."),
        ("days", "two", "“two” is not a number."),
        ("days", "-2", "“-2” is not a number."),
        ("days", "1,500", "“1,500” may be thousands or decimals."),
        ("days", "1.500.000", "“1.500.000” may be thousands or decimals."),
        ("after", "JOB-1 and JOB-2", "“and” is not a ref."),
        ("after", "JOB-0", "“JOB-0” is not a ref."),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_what_would_be_right(
    key: str, text: str, message: str
) -> None:
    assert refused(key, text) == message


def test_a_choice_that_is_set_elsewhere_is_not_offered() -> None:
    found = read("state", "x")
    assert isinstance(found, Refused)
    assert found.hint == "Write open, done."


def test_a_day_that_can_be_two_days_is_a_question_until_somebody_says_the_order() -> None:
    found = read("due", "03/04/2027")
    assert found == Ambiguous(
        readings=((DayOrder.DAY_FIRST, "2027-04-03"), (DayOrder.MONTH_FIRST, "2027-03-04"))
    )
    assert read("due", "03/04/2027", DayOrder.DAY_FIRST) == "2027-04-03"
    assert read("due", "03/04/2027", DayOrder.MONTH_FIRST) == "2027-03-04"
    assert isinstance(read("due", "03/04/2027", DayOrder.YEAR_FIRST), Ambiguous)


def test_a_day_that_contradicts_the_order_that_was_told_is_refused() -> None:
    assert refused("due", "03/26/2027", DayOrder.DAY_FIRST) == (
        "“03/26/2027” is not a day when written day first (26/03/2027)."
    )
    # shapes that leave no choice of order are no contradiction
    assert read("due", "2027-03-26", DayOrder.DAY_FIRST) == "2027-03-26"
    assert read("due", "26.03.2027", DayOrder.MONTH_FIRST) == "2027-03-26"
    assert read("due", "26/03/2027", DayOrder.YEAR_FIRST) == "2027-03-26"


def test_a_handle_is_its_owners_even_if_it_is_somebody_elses_name() -> None:
    people = people_by_name([("kim", "Sam", "a@x"), ("sam", "Kim", "b@x")])
    assert Reader(people=people).read(SHEET.column("owner"), "Kim") == "kim"


@given(st.decimals(0, 10**9, places=3))
def test_a_number_has_one_plain_form(value: Decimal) -> None:
    text = plain_number(value)
    assert Decimal(text) == value
    assert plain_number(Decimal(text)) == text
    assert "E" not in text


def test_kinds_other_than_text_are_canonical_as_they_are() -> None:
    assert canonical(SHEET.column("due"), "2027-03-26") == "2027-03-26"
