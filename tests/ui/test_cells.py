"""Cells: one word per kind of value, and a colour, number or date never stands alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.gates.status import Colour
from plimsoll.kernel.verdict import Verdict
from plimsoll.ui.cells import (
    Amount,
    Cell,
    Due,
    Gauge,
    Instant,
    Lapse,
    Link,
    Mono,
    Nothing,
    Person,
    RefLink,
    Stamp,
    StatusCell,
    Tag,
    Text,
    VerdictCell,
    day,
    plain,
    remaining,
    render,
)

TODAY = date(2027, 1, 11)
AT = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)
CELLS: tuple[tuple[object, str, str], ...] = (
    (Text("a word"), "a word", "a word"),
    (Mono("3f2a"), '<code title="3f2a">3f2a</code>', "3f2a"),
    (Mono("3f2a", "3f2a9b"), '<code title="3f2a9b">3f2a</code>', "3f2a"),
    (Link("Bosun", "/s/"), '<a href="/s/">Bosun</a>', "Bosun"),
    (RefLink("RSK-1", "/r/", "It leaks"), '<a class="ref" href="/r/" title="It leaks">RSK-1</a>', "RSK-1"),
    (Person("Ada"), "Ada", "Ada"),
    (
        Due(date(2027, 1, 14), TODAY),
        '<time class="due" datetime="2027-01-14" title="in 3 days">Thu 14 Jan</time>',
        "2027-01-14",
    ),
    (
        Due(date(2027, 1, 9), TODAY),
        '<time class="due late" datetime="2027-01-09" title="2 days late">Sat 9 Jan · 2 days late</time>',
        "2027-01-09",
    ),
    (
        Due(date(2027, 1, 9), TODAY, done=True),
        '<time class="due" datetime="2027-01-09" title="2 days late">Sat 9 Jan</time>',
        "2027-01-09",
    ),
    (Due(None, TODAY), '<span class="nothing">no date</span>', ""),
    (
        Stamp(AT),
        '<time datetime="2027-01-11T09:30:00+00:00" title="11 Jan 2027 09:30 UTC">11 Jan 2027</time>',
        "2027-01-11T09:30:00+00:00",
    ),
    (VerdictCell(Verdict.MET), '<span class="verdict met"><b>●</b> met</span>', "met"),
    (
        VerdictCell(Verdict.NOT_MET, "flagged"),
        '<span class="verdict not_met"><b>■</b> flagged</span>',
        "flagged",
    ),
    (
        VerdictCell(Verdict.UNKNOWN, waived=True),
        '<span class="verdict waived"><b>◐</b> unknown, waived</span>',
        "unknown, waived",
    ),
    (StatusCell(Colour.RED), '<span class="status red"><b>■</b> over the line</span>', "red"),
    (StatusCell(Colour.GREEN, "fine"), '<span class="status green"><b>●</b> fine</span>', "green"),
    (Amount("3"), '<span class="amount">3</span>', "3"),
    (
        Amount("3", "EUR", "1–5"),
        '<span class="amount">3 <span class="unit">EUR</span> <span class="interval">1–5</span></span>',
        "3 EUR 1–5",
    ),
    (
        Gauge(1, 4, "met"),
        '<span class="gauge"><meter min="0" max="4" value="1">1 of 4</meter> 1 of 4 met</span>',
        "1/4",
    ),
    (
        Gauge(0, 0),
        '<span class="gauge"><meter min="0" max="1" value="0">0 of 0</meter> 0 of 0</span>',
        "0/0",
    ),
    (Tag("open"), '<span class="tag">open</span>', "open"),
    (Tag("assumed", hatched=True), '<span class="tag hatched">assumed</span>', "assumed"),
    (Nothing(), '<span class="nothing">–</span>', ""),
    (Nothing("nobody yet"), '<span class="nothing">nobody yet</span>', ""),
    ((Tag("a"), Text("b")), '<span class="tag">a</span> b', "a, b"),
    (7, "7", "7"),
    (
        Instant(AT),
        '<time class="instant" datetime="2027-01-11T09:30:00+00:00" title="Mon 11 Jan 2027 09:30:00 UTC">'
        "11 Jan 09:30</time>",
        "2027-01-11T09:30:00+00:00",
    ),
    (
        Instant(AT.astimezone(ZoneInfo("Europe/Berlin")), local=True),
        '<time class="instant" datetime="2027-01-11T10:30:00+01:00" title="Mon 11 Jan 2027 10:30:00 CET">'
        "11 Jan 10:30</time>",
        "2027-01-11T10:30:00+01:00",
    ),
    (Lapse(timedelta(days=2, hours=4, minutes=9)), '<span class="amount">2 d 4 h</span>', "2 d 4 h"),
    (Lapse(timedelta(days=3)), '<span class="amount">3 d</span>', "3 d"),
    (Lapse(timedelta(hours=5, minutes=7)), '<span class="amount">5 h 7 min</span>', "5 h 7 min"),
    (Lapse(timedelta(hours=5)), '<span class="amount">5 h</span>', "5 h"),
    (Lapse(timedelta(seconds=59)), '<span class="amount">0 min</span>', "0 min"),
    (Lapse(timedelta(minutes=-8)), '<span class="amount">8 min past</span>', "8 min past"),
    (
        Lapse(timedelta(minutes=8), at_least=True),
        '<span class="amount">at least 8 min</span>',
        "at least 8 min",
    ),
)


@pytest.mark.parametrize(("cell", "html", "text"), CELLS, ids=[repr(cell)[:40] for cell, _, _ in CELLS])
def test_a_cell_has_one_form_on_pages_and_one_in_spreadsheets(cell: object, html: str, text: str) -> None:
    assert render(cell) == html
    assert plain(cell) == text


def test_every_kind_of_cell_is_shown_above() -> None:
    shown = {type(cell) for cell, _, _ in CELLS}
    assert set(get_args(Cell)) <= shown


@pytest.mark.parametrize(("colour", "verdict"), list(product(Colour, Verdict)))
def test_a_colour_never_stands_without_a_word_and_a_shape(colour: Colour, verdict: Verdict) -> None:
    for html in (render(StatusCell(colour)), render(VerdictCell(verdict))):
        shape, word = html.split("<b>")[1].replace("</span>", "").split("</b> ")
        assert shape in "■▲●○"
        assert word.strip()


def test_shapes_differ_between_colours_and_between_verdicts() -> None:
    assert len({render(StatusCell(colour)).split("<b>")[1][0] for colour in Colour}) == len(Colour)
    assert len({render(VerdictCell(verdict)).split("<b>")[1][0] for verdict in Verdict}) == len(Verdict)


@given(st.text(max_size=30))
def test_what_people_write_is_never_taken_for_markup(text: str) -> None:
    hostile = f'{text}"><script>&'
    for cell in (
        Text(hostile),
        Mono(hostile),
        Link(hostile, "/"),
        RefLink(hostile, "/", hostile),
        Person(hostile),
        Tag(hostile),
        Nothing(hostile),
        Amount(hostile, hostile, hostile),
        hostile,
        StatusCell(Colour.RED, hostile),
        VerdictCell(Verdict.MET, hostile),
    ):
        html = render(cell)
        assert "<script" not in html
        assert hostile not in html


def test_a_day_names_its_year_only_where_it_is_another() -> None:
    assert day(date(2027, 3, 26), TODAY) == "Fri 26 Mar"
    assert day(date(2028, 3, 26), TODAY) == "Sun 26 Mar 2028"


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "today"), (1, "in 1 day"), (2, "in 2 days"), (-1, "1 day late"), (-30, "30 days late")],
)
def test_a_distance_is_told_in_days(days: int, words: str) -> None:
    assert remaining(days) == words
