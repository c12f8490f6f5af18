"""How reports say dates, deadlines, lists and long texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.reports import wording
from plimsoll.kernel.errors import BadInput

TODAY = date(2027, 3, 15)


def test_a_day_carries_its_year_only_where_it_is_not_this_year() -> None:
    assert wording.day(date(2027, 3, 26), today=TODAY) == "Fri 26 Mar"
    assert wording.day(date(2028, 1, 1), today=TODAY) == "Sat 1 Jan 2028"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (date(2027, 3, 15), "Mon 15 Mar, today"),
        (date(2027, 3, 16), "Tue 16 Mar, in 1 day"),
        (date(2027, 3, 26), "Fri 26 Mar, in 11 days"),
        (date(2027, 3, 14), "Sun 14 Mar, 1 day ago"),
        (date(2026, 3, 15), "Sun 15 Mar 2026, 365 days ago"),
    ],
)
def test_a_deadline_says_the_day_and_what_remains(when: date, said: str) -> None:
    assert wording.deadline(when, today=TODAY).replace("\u00a0", " ") == said


def test_an_instant_is_said_in_its_own_zone() -> None:
    assert wording.instant(datetime(2027, 3, 15, 9, 5, tzinfo=UTC)) == "Mon 15 Mar 2027, 09:05 UTC"
    east = timezone(timedelta(hours=1), "CET")
    assert wording.instant(datetime(2027, 3, 15, 14, 5, tzinfo=east)) == "Mon 15 Mar 2027, 14:05 CET"
    with pytest.raises(BadInput, match="no time zone"):
        wording.instant(datetime(2027, 3, 15))  # noqa: DTZ001 - the point of the test


def test_numbers_take_the_plural_but_for_one() -> None:
    assert [wording.counted(n, "risk") for n in (0, 1, 2, 1204)] == [
        "0 risks",
        "1 risk",
        "2 risks",
        "1,204 risks",
    ]


def test_words_are_listed_with_a_last_and() -> None:
    assert [wording.listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_sentence_ends_once() -> None:
    assert [wording.sentence(text) for text in ("Yes", "Yes.", "Who?", "cut…", " ")] == [
        "Yes.",
        "Yes.",
        "Who?",
        "cut…",
        "",
    ]


def test_a_long_text_is_cut_between_words() -> None:
    assert wording.clip("short", limit=5) == "short"
    assert wording.clip("one two three", limit=9) == "one two…"
    assert wording.clip("one, two", limit=6) == "one…"
    assert wording.clip("unbreakable", limit=6) == "unbre…"


@given(st.text(max_size=60), st.integers(min_value=2, max_value=40))
def test_a_cut_text_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(wording.clip(text, limit=limit)) <= limit
