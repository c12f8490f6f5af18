"""Reading order, numbers and the letters of sources."""

from __future__ import annotations

from plimsoll.engines.reports import reading
from plimsoll.engines.reports.document import Column, Document, ItemList, KeyValue, Line, Paragraph, Table
from plimsoll.engines.reports.inlines import Number, Status, StatusWord, Text
from tests.engines.reports import samples


def number(value: str, source: str = "gate GTE-1", href: str = "") -> Number:
    return Number(value=value, source=source, href=href)


def document(*blocks: Paragraph | Line | Table | ItemList | KeyValue) -> Document:
    return Document(title="Title", subtitle="Subtitle", blocks=blocks)


def test_numbers_come_in_reading_order_with_repetitions() -> None:
    table = Table(
        caption="Rows",
        columns=(Column(title="A"), Column(title="B")),
        rows=(((number("4"),), (number("5"),)), ((number("6"),), ())),
    )
    made = document(
        Paragraph((Text("x"), number("1"))),
        Line(
            label="Load",
            status=StatusWord(Status.RED),
            body=(KeyValue((("k", (number("2"),)),)), ItemList(((number("3"),), (Text("none"),)))),
        ),
        table,
        Line(label="Rest", body=(Paragraph((number("1"),)),)),
    )
    assert reading.numbers(made) == ("1", "■\u00a0over the line", "2", "3", "4", "5", "6", "1")


def test_sources_are_lettered_once_in_reading_order() -> None:
    made = document(
        Paragraph(
            (number("1", "b"), number("2", "a"), number("3", "b"), number("4", " b "), number("5", "b", "/b"))
        )
    )
    assert [(s.mark, s.label, s.href) for s in reading.sources(made)] == [
        ("a", "b", ""),
        ("b", "a", ""),
        ("c", "b", "/b"),
    ]


def test_letters_go_on_after_z() -> None:
    made = document(Paragraph(tuple(number("1", f"source {n}") for n in range(704))))
    marks = [source.mark for source in reading.sources(made)]
    assert [marks[n] for n in (0, 25, 26, 51, 52, 701, 702)] == ["a", "z", "aa", "az", "ba", "zz", "aaa"]
    assert len(set(marks)) == len(marks)


def test_figures_side_by_side_from_one_source_share_one_letter() -> None:
    run = (number("1"), Text(", "), number("2"), Text(", "), number("3", "other"), Text(", "), number("4"))
    known = reading.sources(document(Paragraph(run)))
    marks = [mark for inline, mark in reading.marked(run, known) if isinstance(inline, Number)]
    assert marks == ["", "a", "b", "a"]


def test_the_brief_gives_every_figure_a_source() -> None:
    facts = samples.measured()
    made = samples.brief_of(facts)
    assert {source.label for source in reading.sources(made)} >= {
        "gate GTE-1, Mon 15 Mar",
        "schedule 9, seed 7",
    }
