"""The document tree refuses what could not be read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plimsoll.engines.reports.document import (
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
from plimsoll.engines.reports.inlines import Text
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

WORDS = (Text("words"),)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>'


def document(*blocks: object, **changes: object) -> Document:
    fields: dict[str, object] = {"title": "Title", "subtitle": "Mon 15 Mar 2027", "blocks": blocks, **changes}
    return Document(**fields)  # type: ignore[arg-type] # the tests pass what a type checker would refuse


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Heading(level=2, text=" "), "A heading is empty"),
        (lambda: Heading(level=1, text="x"), "has level 1"),
        (lambda: Heading(level=5, text="x"), "has level 5"),
        (lambda: Paragraph(()), "A paragraph is empty"),
        (lambda: ItemList(()), "has no items"),
        (lambda: ItemList((WORDS, ())), "or an empty one"),
        (lambda: KeyValue(()), "list of labels is empty"),
        (lambda: KeyValue((("", WORDS),)), "A label is empty"),
        (lambda: KeyValue((("Owner", ()),)), "“Owner” has nothing beside it"),
        (lambda: VerdictLine(verdict=Verdict.MET, text=""), "sentence beside a verdict"),
        (lambda: Column(title=""), "title of a column"),
        (lambda: Column(title="x", weight=13), "has weight 13"),
        (lambda: Column(title="x", weight=-1), "has weight -1"),
        (lambda: Line(label="", body=(Paragraph(WORDS),)), "label of a line"),
        (lambda: Line(label="Risks", body=()), "“Risks” says nothing"),
        (lambda: document(), "“Title” is empty"),
        (lambda: document(Paragraph(WORDS), title=""), "title of a document"),
        (lambda: document(Paragraph(WORDS), subtitle=" "), "subtitle of “Title”"),
        (lambda: document(Paragraph(WORDS), footer=("a", "")), "footer of “Title”"),
        (lambda: document(Paragraph(WORDS), language='en" onload='), "not a language tag"),
        (lambda: document(Heading(level=3, text="Deep")), "“Deep” has level 3 below level 1"),
        (
            lambda: document(Line(label="One", body=(Heading(level=4, text="Deep"),))),
            "“Deep” has level 4 below level 2",
        ),
    ],
)
def test_what_could_not_be_read_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        make()
    assert message in caught.value.message
    assert caught.value.hint


def test_a_table_needs_caption_columns_and_rows_of_one_length() -> None:
    columns = (Column(title="Requirement"), Column(title="Evidence"))
    assert Table(caption="Nothing yet", columns=columns, rows=()).rows == ()
    assert Table(caption="One", columns=columns, rows=((WORDS, ()),)).rows[0][1] == ()
    for caption, given, rows, message in (
        ("", columns, (), "caption of a table"),
        ("No columns", (), (), "has no columns"),
        ("Short", columns, ((WORDS,),), "Row 1 of the table “Short” has 1 cells"),
        ("Nameless", columns, ((WORDS, WORDS), ((), WORDS)), "Row 2 of the table “Nameless” has no name"),
    ):
        with pytest.raises(BadInput) as caught:
            Table(caption=caption, columns=given, rows=rows)
        assert message in caught.value.message


def test_a_figure_needs_words_a_printable_width_and_a_drawing() -> None:
    figure = Figure(svg=SVG, title="Load", description="Below the line", width_mm=174)
    assert figure.width_mm == 174
    for changes, message in (
        ({"title": ""}, "title of a figure"),
        ({"description": ""}, "description of the figure “Load”"),
        ({"width_mm": 9}, "is 9 mm wide"),
        ({"width_mm": 175}, "is 175 mm wide"),
        ({"svg": b"<svg"}, "not well-formed"),
    ):
        fields = {"svg": SVG, "title": "Load", "description": "Below the line", "width_mm": 60, **changes}
        with pytest.raises(BadInput) as caught:
            Figure(**fields)  # type: ignore[arg-type] # the fields are of the right types one by one
        assert message in caught.value.message


def test_headings_may_go_down_one_at_a_time_and_up_at_once() -> None:
    made = document(
        Line(label="One", body=(Heading(level=3, text="Inner"), Heading(level=4, text="Innermost"))),
        Heading(level=2, text="Two"),
        language="en-GB",
    )
    assert made.language == "en-GB"
