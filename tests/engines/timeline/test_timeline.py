from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.timeline import Item, ItemKind, Span, draw_timeline, span_of, when_done
from plimsoll.kernel.errors import BadInput

TODAY = date(2027, 1, 11)
SVG = "{http://www.w3.org/2000/svg}"
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def item(label: str = "TSK-1 Look", **given: Any) -> Item:
    return Item(
        **{"kind": ItemKind.TASK, "section": "Bosun", "label": label, "on": date(2027, 2, 1), **given}
    )


def drawn(*items: Item, today: date = TODAY) -> ElementTree.Element:
    return ElementTree.fromstring(draw_timeline(items, today=today, title="Plan of Halyard"))


def texts(tree: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in tree.iter(f"{SVG}text")]


# ------------------------------------------------------------ days


@pytest.mark.parametrize(
    ("starts", "days", "done"),
    [
        (date(2027, 1, 11), "1", date(2027, 1, 11)),
        (date(2027, 1, 11), "0.5", date(2027, 1, 11)),
        (date(2027, 1, 11), "5", date(2027, 1, 15)),
        (date(2027, 1, 11), "5.1", date(2027, 1, 18)),
        (date(2027, 1, 16), "1", date(2027, 1, 18)),
        (date(2027, 1, 15), "2", date(2027, 1, 18)),
        (date(2027, 12, 31), "2", date(2028, 1, 3)),
    ],
)
def test_working_days_are_counted_from_monday_to_friday(starts: date, days: str, done: date) -> None:
    assert when_done(starts, Decimal(days)) == done


@pytest.mark.parametrize("days", ["0", "-1", "5001"])
def test_no_days_and_too_many_are_not_counted(days: str) -> None:
    with pytest.raises(BadInput, match="cannot be counted"):
        when_done(TODAY, Decimal(days))


@given(DAYS, st.integers(1, 300))
def test_as_many_weekdays_lie_between_start_and_end_as_were_asked_for(start: date, days: int) -> None:
    end = when_done(start, Decimal(days))
    between = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    assert sum(day.weekday() < 5 for day in between) == days
    assert end.weekday() < 5


def test_days_out_of_order_are_refused() -> None:
    with pytest.raises(BadInput, match="starts after it is due"):
        item(starts_on=date(2027, 2, 2))
    with pytest.raises(BadInput, match="is not in order"):
        item(done_between=(date(2027, 2, 2), date(2027, 2, 1)))


# ------------------------------------------------------------ the span


def test_the_span_holds_every_day_and_today() -> None:
    far = item(starts_on=date(2027, 1, 20), done_between=(date(2027, 1, 25), date(2027, 3, 1)))
    span = span_of([far], today=TODAY)
    assert (span.first, span.last) == (date(2027, 1, 8), date(2027, 3, 4))
    assert span_of([], today=TODAY) == Span(first=date(2027, 1, 8), last=date(2027, 1, 14))


@given(st.lists(DAYS, max_size=8), DAYS)
def test_one_day_far_away_does_not_press_the_others_together(days: list[date], today: date) -> None:
    span = span_of([item(on=day) for day in days], today=today)
    assert timedelta(days=6) <= span.last - span.first <= timedelta(days=180 + 1095 + 6)
    assert span.holds(today)


@given(st.lists(DAYS, min_size=2, max_size=6))
def test_later_days_never_lie_further_left(days: list[date]) -> None:
    span = span_of([item(on=day) for day in days], today=TODAY)
    places = [span.share(day) for day in sorted(days)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)


# ------------------------------------------------------------ the drawing


def test_every_item_stands_on_a_line_of_its_own_below_its_section() -> None:
    tree = drawn(
        item("GTE-1 pilot", kind=ItemKind.GATE),
        item("TSK-1 Look"),
        item("TSK-2 <b>Tell</b> & go", section="Keel", kind=ItemKind.MILESTONE),
        item("4 requirements", section="Keel", kind=ItemKind.REQUIREMENTS),
    )
    shown = [text for text in texts(tree) if not re.fullmatch(r"\d+ [A-Z][a-z]{2}", text)]
    assert shown == [
        "Bosun", "GTE-1 pilot", "TSK-1 Look", "Keel", "TSK-2 <b>Tell</b> & go", "4 requirements", "today",
    ]  # fmt: skip
    heights = [float(t.get("y", 0)) for t in tree.iter(f"{SVG}text") if t.get("x") in ("0", "12")]
    assert heights == sorted(set(heights))
    described = tree.find(f"{SVG}desc")
    assert described is not None
    assert described.text == (
        "1 gate, 1 milestone, 1 task, 1 day of requirements, from 8 Jan 2027 to 4 Feb 2027. "
        "The list below has every line."
    )


def test_what_there_is_none_or_many_of_is_counted_so() -> None:
    assert [kind.counted(2) for kind in ItemKind] == ["gates", "milestones", "tasks", "days of requirements"]


def test_a_bar_lasts_from_start_to_due_and_an_estimate_has_its_bracket() -> None:
    tree = drawn(item(starts_on=date(2027, 1, 20), done_between=(date(2027, 1, 26), date(2027, 2, 10))))
    (bar,) = [r for r in tree.iter(f"{SVG}rect") if r.get("class") == "band"]
    assert float(bar.get("width", 0)) > 100
    brackets = [p.get("d", "") for p in tree.iter(f"{SVG}path") if "v-3" in p.get("d", "")]
    assert len(brackets) == 1
    short = drawn(item(starts_on=date(2027, 2, 1)))
    assert [r.get("width") for r in short.iter(f"{SVG}rect") if r.get("class") == "band"] == ["2"]


def test_what_is_late_or_ended_says_so_and_what_lies_outside_tells_its_day() -> None:
    tree = drawn(
        item("a", on=date(2027, 1, 4)),
        item("b", on=date(2027, 1, 4), ended=True),
        item("c", on=date(2024, 1, 4)),
        item("d", on=date(2037, 1, 4)),
        item("e", on=date(2027, 5, 4)),
    )
    said = texts(tree)
    assert [said[said.index(name) + 1] for name in "abcd"] == [
        "late",
        "ended",
        "4 Jan 2024, late",
        "4 Jan 2037",
    ]
    assert said[said.index("e") + 1] == "today"


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (date(2027, 2, 1), ["11 Jan", "18 Jan", "25 Jan", "1 Feb"]),
        (date(2027, 6, 1), ["Feb", "Mar", "Apr", "May", "Jun"]),
        (date(2028, 2, 1), ["Feb", "Jan 2028"]),
        (date(2029, 6, 1), ["Apr 2027", "Jan 2029"]),
    ],
)
def test_the_axis_names_weeks_months_or_quarters(last: date, names: list[str]) -> None:
    shown = texts(drawn(item(on=last)))
    assert [name for name in names if name not in shown] == []


@given(
    st.lists(
        st.builds(
            Item,
            kind=st.sampled_from(ItemKind),
            section=st.text(max_size=80),
            label=st.text(max_size=120),
            on=DAYS,
            ended=st.booleans(),
        ),
        max_size=12,
    )
)
def test_any_items_make_a_drawing_without_style_script_or_address(items: list[Item]) -> None:
    text = draw_timeline(items, today=TODAY, title="x")
    tree = ElementTree.fromstring(text)
    tags = {element.tag.removeprefix(SVG) for element in tree.iter()}
    assert tags <= {"svg", "title", "desc", "path", "text", "rect", "circle"}
    for element in tree.iter():
        assert not {name for name in element.attrib if name.startswith("on") or name in ("style", "href")}
        assert all(-40 <= float(value) <= 1100 for key, value in element.attrib.items() if key in ("x", "cx"))
    assert len([t for t in tree.iter(f"{SVG}text") if t.get("x") == "12"]) == len(items)
