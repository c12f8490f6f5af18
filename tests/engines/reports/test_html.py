"""The HTML fragment: valid, escaped, nothing inline, the same words."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped] # ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.reports import html
from plimsoll.engines.reports.document import Document, Paragraph
from plimsoll.engines.reports.inlines import Text, plain
from tests.engines.reports import samples

SHELL = '<!doctype html><html lang="en"><head><title>t</title></head><body><main>{}</main></body></html>'


def parsed(document: Document) -> Element:
    """The fragment in a page, read by a parser that refuses what a browser would have to mend."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page: Element = parser.parse(SHELL.format(html.render(document)))
    return page


def classes(page: Element) -> Iterator[str]:
    for element in page.iter():
        yield from element.get("class", "").split()


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_the_fragment_is_valid_html_with_one_first_heading() -> None:
    for document in (samples.everything(), samples.brief_of(samples.realistic())):
        page = parsed(document)
        assert len(page.findall(".//h1")) == 1
        assert [a.get("lang") for a in page.findall(".//article")] == [document.language]


def test_no_text_becomes_markup_and_nothing_stands_inline() -> None:
    page = parsed(samples.everything())
    for element in page.iter():
        assert element.tag not in ("script", "style", "iframe", "b", "i")
        assert not [name for name in element.attrib if name.startswith("on") or name in ("style", "id")]
        assert element.get("href", "/").startswith(("/", "https://plimsoll.example"))
    assert f"Title {plain(samples.NASTY)}" in words(page)


def test_every_class_is_announced_to_the_style_sheet() -> None:
    used: set[str] = set()
    for document in (samples.everything(), samples.brief_of(samples.measured())):
        used |= set(classes(parsed(document)))
    assert sorted(used) == list(html.CLASSES)


def test_the_nine_lines_are_numbered_headings() -> None:
    page = parsed(samples.brief_of(samples.tiny()))
    labels = [words(h) for h in page.findall(".//section/h2")]
    assert labels[0] == "1 What ships to whom"
    assert labels[8] == "9 What security earned"


def test_table_cells_are_named_by_row_and_column() -> None:
    page = parsed(samples.everything())
    table, caption = page.find(".//table"), page.find(".//table/caption")
    assert table is not None
    assert caption is not None
    assert [th.get("scope") for th in table.iter("th")] == ["col", "col", "col", "row", "row"]
    frame = page.find(".//div[@role='region']")
    assert frame is not None
    assert frame.get("aria-label") == words(caption)


def test_a_figure_opens_to_its_source() -> None:
    page = parsed(samples.brief_of(samples.realistic()))
    link = page.find(".//a[@class='report-number']")
    assert link is not None
    assert link.get("href") == "/decide/gates/GTE-3"
    assert link.get("title") == "Source: gate GTE-3, Mon 15 Mar"
    sources = page.findall(".//dl[@class='report-sources__list']/div")
    assert words(sources[0]) == "agate GTE-3, Mon 15 Mar"


def test_a_drawing_is_named_for_those_who_cannot_see_it() -> None:
    drawing = parsed(samples.everything()).find(".//figure/div[@role='img']")
    assert drawing is not None
    assert drawing.get("aria-label", "").startswith("figure <script>")
    assert "description <script>" in drawing.get("aria-label", "")


def test_a_document_without_footer_has_no_empty_one() -> None:
    document = Document(title="T", subtitle="S", blocks=(Paragraph((Text("x"),)),))
    rendered = html.render(document)
    assert "<footer" not in rendered
    assert "Sources" not in rendered


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1).filter(lambda text: plain(text).strip() != ""))
def test_any_text_reads_as_it_was_written(text: str) -> None:
    page = parsed(Document(title="T", subtitle="S", blocks=(Paragraph((Text(text),)),)))
    paragraph = page.find(".//p[@class='report-paragraph']")
    assert paragraph is not None
    assert "".join(paragraph.itertext()) == plain(text).strip()
