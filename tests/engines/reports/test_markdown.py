"""The Markdown form, read back by an independent reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from plimsoll.engines.reports import markdown
from plimsoll.engines.reports.document import Column, Document, Heading, Paragraph, Table
from plimsoll.engines.reports.inlines import Strong, Text, plain
from tests.engines.reports import samples

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(source: str) -> Iterator[Token]:
    for token in READER.parse(source):
        yield token
        yield from token.children or ()


def shown(source: str) -> str:
    """The text that a reader shows; blocks, cells and line breaks are divided by one space."""
    inside = ("link_open", "link_close", "strong_open", "strong_close", "inline")
    found = (
        token.content if token.type == "text" else "" if token.type in inside else " "
        for token in tokens(source)
    )
    return " ".join("".join(found).split())


def document(*blocks: Paragraph | Heading | Table) -> Document:
    return Document(title="Title", subtitle="Subtitle", blocks=blocks)


def test_no_text_becomes_markup() -> None:
    source = markdown.render(samples.everything())
    assert {t.content for t in tokens(source) if t.type.startswith("html")} == {"<br>"}
    assert {t.type for t in tokens(source)}.isdisjoint({"em_open", "s_open", "code_inline", "image", "fence"})
    targets = [str(t.attrGet("href")) for t in tokens(source) if t.type == "link_open"]
    assert targets
    assert all(target.startswith(("/", "https://plimsoll.example")) for target in targets)


def test_headings_and_tables_keep_their_shape() -> None:
    source = markdown.render(samples.everything())
    levels = [t.tag for t in tokens(source) if t.type == "heading_open"]
    assert levels == ["h1", "h2", "h3", "h4", "h2", "h2", "h2"]
    assert "Deepest #" in shown(source)
    rows = [t for t in tokens(source) if t.type == "tr_open"]
    cells = [t for t in tokens(source) if t.type in ("td_open", "th_open")]
    assert (len(rows), len(cells)) == (3, 9)
    assert "a|b" in shown(source)


def test_a_figure_links_to_its_page_and_names_its_source() -> None:
    source = markdown.render(samples.brief_of(samples.realistic()))
    assert (
        '[4 met](</decide/gates/GTE-3> "Source: gate GTE-3, Mon 15 Mar")'.replace("4 met", "4\u00a0met")
        in source
    )
    assert "- \\[a\\] [gate GTE-3, Mon 15 Mar](</decide/gates/GTE-3>)" in source


def test_a_title_with_a_quote_stays_within_its_link() -> None:
    links = [t for t in tokens(markdown.render(samples.everything())) if t.type == "link_open"]
    assert links[0].attrGet("title") == f"title {samples.NASTY}"


def test_a_document_without_footer_ends_with_its_text() -> None:
    assert markdown.render(document(Paragraph((Text("x"),)))) == "# Title\n\nSubtitle\n\nx\n"


@pytest.mark.parametrize(
    "text", ["# x", "- x", "+ x", "= x", "1. x", "12) x", "---", "===", "> x", "* x", "```", "| a |"]
)
def test_a_line_that_looks_like_structure_stays_a_paragraph(text: str) -> None:
    source = markdown.render(document(Paragraph((Text(text),))))
    kinds = [t.type for t in READER.parse(source)]
    assert (
        kinds
        == ["heading_open", "inline", "heading_close"] + ["paragraph_open", "inline", "paragraph_close"] * 2
    )
    assert shown(source).endswith(text)


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=80).filter(lambda text: plain(text).strip() != ""))
@example("&amp; &#35; \\* http://x.example <http://x.example>")
@example("a  \\")
@example("title #")
def test_any_text_reads_as_it_was_written(text: str) -> None:
    for block in (
        Paragraph((Text(text),)),
        Heading(level=2, text=text),
        Paragraph((Text("x "), Strong(text), Text(" x"))),
        Table(caption="c", columns=(Column(title="h"),), rows=(((Text("x"), Text(text)),),)),
    ):
        said = " ".join(plain(text).split())
        assert said in shown(markdown.render(document(block))).replace("\ufffd", "")
