"""The Typst source: every text is a string literal, the rest is fixed."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plimsoll.engines.reports import typst_source
from plimsoll.engines.reports.document import Document, Paragraph
from plimsoll.engines.reports.inlines import Text, plain
from plimsoll.engines.reports.typst_prelude import PRELUDE
from tests.engines.reports import samples

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
CALLS = re.compile(r"[a-z][a-z0-9-]*(?=\()")


def body(document: Document) -> str:
    return typst_source.render(document).text.removeprefix(PRELUDE)


def test_outside_of_strings_stand_only_calls_of_the_prelude() -> None:
    code = STRING.sub("", body(samples.everything()))
    allowed = {
        "report",
        "par",
        "heading",
        "items",
        "pairs",
        "verdict",
        "grid-of",
        "drawing",
        "image",
        "labelled",
    }
    allowed |= {"sources", "t", "stressed", "aside", "linebreak", "ref-to", "number", "hatched", "status"}
    assert set(CALLS.findall(code)) == allowed
    assert set(re.findall(r"[^\sa-z0-9(){},:;-]", code)) <= {"#", "=", ">", "%"}
    assert code.count("#") == 1


def test_what_the_text_says_does_not_change_the_code() -> None:
    def around(text: str) -> str:
        return STRING.sub('""', body(Document(title=text, subtitle=text, blocks=(Paragraph((Text(text),)),))))

    assert around(samples.NASTY) == around("calm") == around('"); panic("') == around("\\")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
@example('\\"); panic("x')
@example("\\u{41} #sym.x @a <b>")
@example("x" * 60)
def test_a_literal_is_read_back_as_the_same_text(text: str) -> None:
    typst = pytest.importorskip("typst", reason="the typst package of the server extra reads the literal")
    read = json.loads(typst.eval(b"", typst_source.literal(text)))
    assert read.replace("\u200b", "") == plain(text).strip().replace("\u200b", "")


def test_long_unbroken_words_may_end_a_line() -> None:
    assert typst_source.literal("3f2a" * 6) == '"' + "3f2a" * 6 + '"'
    assert typst_source.literal("3f2a" * 7) == '"3f2a3f2a3f2a\u200b3f2a3f2a3f2a\u200b3f2a"'


def test_drawings_go_beside_the_source_under_numbered_names() -> None:
    source = typst_source.render(samples.everything())
    assert list(source.files) == ["figure-1.svg", "figure-2.svg"]
    assert all(content.startswith(b"<svg ") for content in source.files.values())
    assert 'image("figure-2.svg"' in source.text


def test_only_addresses_that_work_on_paper_are_printed_as_links() -> None:
    text = body(samples.everything())
    assert 'ref-to("RSK-3", "https://plimsoll.example/r?a=1&b=(2)")' in text
    assert 'ref-to("RSK-1", none)' in text


def test_language_and_region_are_told_apart() -> None:
    assert 'lang: "en", region: "GB"' in body(samples.everything())
    assert 'lang: "en", region: none' in body(samples.brief_of(samples.tiny()))


def test_the_same_document_gives_the_same_source() -> None:
    assert typst_source.render(samples.everything()) == typst_source.render(samples.everything())
