"""The estimate of printed room."""

from __future__ import annotations

from plimsoll.engines.reports.document import (
    Block,
    Column,
    Document,
    Figure,
    Heading,
    ItemList,
    KeyValue,
    Line,
    Paragraph,
    Table,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import Break, Number, Text
from plimsoll.engines.reports.page_room import lines_needed
from plimsoll.kernel.verdict import Verdict
from tests.engines.reports import samples


def lines(*blocks: Block) -> float:
    return lines_needed(Document(title="T", subtitle="S", blocks=blocks))


def test_more_words_need_more_lines() -> None:
    assert lines(Paragraph((Text("x"),))) == 1
    assert lines(Paragraph((Text("x" * 1000),))) == 10
    assert lines(Paragraph((Text("x"), Break(), Text("y"), Break()))) == 3
    assert lines(ItemList(((Text("x"),), (Text("y" * 150),)))) == 3
    assert lines(KeyValue((("k", (Text("x"),)), ("l", (Text("y"),))))) == 2
    assert lines(Heading(level=2, text="x")) == 2
    assert lines(VerdictLine(verdict=Verdict.MET, text="x" * 110)) == 2
    assert lines(Figure(svg=samples.DRAWING, title="t", description="d", width_mm=160)) == 52


def test_a_line_costs_its_rule_and_a_source_its_letters() -> None:
    said = Paragraph((Text("x"),))
    assert lines(Line(label="Load", body=(said,))) > lines(said)
    assert lines(Paragraph((Number(value="1", source="s"),))) > lines(said)


def test_a_row_is_as_high_as_its_highest_cell() -> None:
    columns = (Column(title="a", weight=0), Column(title="b", weight=3))
    low = Table(caption="c", columns=columns, rows=(((Text("x"),), ()),))
    high = Table(caption="c", columns=columns, rows=(((Text("x"),), (Text("y" * 400),)),))
    assert lines(low) == 4
    assert lines(high) > 7


def test_every_kind_of_inline_takes_room() -> None:
    paragraph = samples.everything().blocks[0]
    assert isinstance(paragraph, Paragraph)
    assert lines(paragraph) > 8
