"""What may stand inside a line of a report, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.reports.inlines import (
    Break,
    Hatched,
    HatchedKind,
    Number,
    RefLink,
    Small,
    Status,
    StatusWord,
    Strong,
    Text,
    check_link,
    plain,
)
from plimsoll.kernel.errors import BadInput


def test_text_is_put_on_one_line_without_marks_that_mislead() -> None:
    assert plain("a\r\n\tb  c") == "a b c"
    assert plain("pay \u202eEUR 10\u202c\x00\ufeff") == "pay EUR 10"
    assert plain("lone \ud800surrogate") == "lone surrogate"
    assert plain("12\u00a0days") == "12\u00a0days"


@given(st.text())
def test_printing_text_a_second_time_changes_nothing(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    plain(text).encode("utf-8")


@pytest.mark.parametrize(
    "kind", [Strong, Small, lambda text: Hatched(text=text), lambda text: RefLink(ref=text)]
)
@pytest.mark.parametrize("text", ["", "  ", "\u200e\n"[1:], "\x00"])
def test_words_that_print_nothing_are_refused(kind: type[Strong], text: str) -> None:
    with pytest.raises(BadInput, match="is empty"):
        kind(text)


def test_a_text_may_be_a_space_but_not_nothing() -> None:
    assert Text(" ").text == " "
    with pytest.raises(BadInput):
        Text("\x00")


@pytest.mark.parametrize(
    "link", ["", "/decide/GTE-1", "https://plimsoll.example/a?b=c#d", "http://x", "#top", "?page=2", "/"]
)
def test_links_to_pages_are_accepted(link: str) -> None:
    check_link(link, what="It")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "https://x y",
        'https://x"onclick=',
        "https://x<b>",
        "ftp://x",
        " /a",
        "/a\n",
        "mailto:a@b.example",
        "page",
    ],
)
def test_links_that_could_run_or_mislead_are_refused(link: str) -> None:
    with pytest.raises(BadInput, match="not accepted"):
        RefLink(ref="RSK-1", url=link)


def test_a_figure_needs_its_source() -> None:
    with pytest.raises(BadInput, match="source of the figure 12"):
        Number(value="12", source=" ")
    with pytest.raises(BadInput, match="value of a figure"):
        Number(value="", source="gate GTE-1")
    with pytest.raises(BadInput, match="link"):
        Number(value="12", source="gate GTE-1", href="javascript:1")


@pytest.mark.parametrize(("part", "limit"), [("value", 32), ("unit", 32), ("interval", 48), ("source", 80)])
def test_a_figure_that_is_a_sentence_is_refused(part: str, limit: int) -> None:
    figure = Number(value="12", source="gate GTE-1")
    replace(figure, **{part: "x" * limit})  # type: ignore[arg-type] # the four parts are texts
    with pytest.raises(BadInput, match=f"{part} of the figure .* has {limit + 1} characters"):
        replace(figure, **{part: "x" * (limit + 1)})  # type: ignore[arg-type] # the four parts are texts


def test_a_figure_shows_value_unit_interval_and_whether_it_is_a_prior() -> None:
    assert Number(value=" 12 ", source="s").text == "12"
    assert Number(value="3", unit="not met", source="s").text == "3\u00a0not\u00a0met"
    assert Number(value="14", unit="pieces of evidence", source="s").text == "14\u00a0pieces of evidence"
    full = Number(value="EUR 40,000", unit="a year", interval="90 %: 5,000–300,000", source="s", prior=True)
    assert full.text == "EUR 40,000\u00a0a\u00a0year (90 %: 5,000–300,000), prior"


def test_every_status_has_its_own_word_and_shape() -> None:
    assert [StatusWord(status).text for status in Status] == [
        "■\u00a0over the line",
        "▲\u00a0close",
        "●\u00a0within",
        "○\u00a0not enough data",
    ]


def test_white_is_looked_at_before_green() -> None:
    ordered = sorted(Status, key=lambda status: status.order)
    assert ordered == [Status.RED, Status.AMBER, Status.WHITE, Status.GREEN]


def test_hatched_words_say_why() -> None:
    assert Hatched(text="they cannot").kind is HatchedKind.ASSUMPTION
    assert HatchedKind.PRIOR.value == "prior"
    assert Break() == Break()
