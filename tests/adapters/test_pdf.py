"""Printing: the same bytes, one page, nothing from outside, one sentence when it fails."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pypdf
import pytest

from plimsoll.adapters.pdf import render_pdf
from plimsoll.engines.reports import typst_source
from plimsoll.engines.reports.brief_facts import BriefFacts
from plimsoll.engines.reports.document import Document, Paragraph
from plimsoll.engines.reports.inlines import Text
from plimsoll.kernel.errors import BadInput, MissingExtra
from tests.engines.reports import samples

pytest.importorskip("typst", reason="printing needs the server extra")

CREATED = samples.NOW


def printed(document: Document) -> pypdf.PdfReader:
    source = typst_source.render(document)
    return pypdf.PdfReader(io.BytesIO(render_pdf(source.text, source.files, created=CREATED)))


def saying(text: str) -> Document:
    return Document(title="Title", subtitle="Subtitle", blocks=(Paragraph((Text(text),)),))


@pytest.mark.parametrize(
    "make", [samples.tiny, samples.realistic, samples.measured, samples.huge, samples.crowded]
)
def test_a_brief_fits_on_one_a4_page(make: Callable[[], BriefFacts]) -> None:
    pages = printed(samples.brief_of(make())).pages
    assert len(pages) == 1
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)


def test_what_no_cut_can_hold_runs_on_to_a_second_page() -> None:
    document = samples.brief_of(samples.overfull())
    pages = printed(document).pages
    assert len(pages) == 2
    assert "What security earned" in pages[1].extract_text()


def test_the_foot_of_the_page_names_record_log_position_and_instant() -> None:
    text = " ".join(printed(samples.brief_of(samples.realistic())).pages[0].extract_text().split())
    assert f"record {samples.RECORD}" in text.replace("\u200b", "")
    assert "log position 1,204" in text
    assert "Mon 15 Mar 2027, 14:05 UTC 1/1" in text


def test_a_long_report_runs_over_several_numbered_pages() -> None:
    blocks = tuple(Paragraph((Text(f"Paragraph {n}. " + "words " * 60),)) for n in range(60))
    pages = printed(Document(title="Long", subtitle="Subtitle", footer=("record 3f2a",), blocks=blocks)).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"{number}/{len(pages)}" in page.extract_text()


def test_the_same_source_gives_the_same_bytes() -> None:
    source = typst_source.render(samples.everything())
    first = render_pdf(source.text, source.files, created=CREATED)
    assert first == render_pdf(source.text, source.files, created=CREATED)
    assert first != render_pdf(source.text, source.files, created=CREATED + timedelta(days=1))


def test_the_print_can_be_kept_and_read_aloud() -> None:
    reader = printed(samples.everything())
    stated = reader.xmp_metadata
    assert stated is not None
    xmp = stated.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Title <script>")
    assert reader.metadata.creation_date == CREATED


def test_text_that_looks_like_typst_is_printed_as_it_is() -> None:
    for text in (
        '#import "@preview/cetz:0.3.0"',
        "]#panic()",
        '"); panic("x',
        '#read("/etc/passwd")',
        "\\u{41}",
    ):
        assert text.replace(" ", "") in printed(saying(text)).pages[0].extract_text().replace(" ", "")


@pytest.mark.parametrize(
    "code",
    [
        '#import "@preview/cetz:0.3.0"',
        '#include "other.typ"',
        '#read("/etc/passwd")',
        '#json("a.json")',
        '#plugin("a.wasm")',
        '#eval("panic()")',
        "#let x = @label",
        '// " \n#import "x" // "',
        '/* " */ #panic()',
        '`"` #panic()',
    ],
)
def test_source_that_reaches_outside_is_refused_before_it_is_compiled(code: str) -> None:
    with pytest.raises(BadInput, match="reaches for code or files outside") as caught:
        render_pdf(code, {}, created=CREATED)
    assert caught.value.hint


def test_a_picture_outside_of_the_given_files_is_not_found() -> None:
    for path, why in (("../../etc/hostname.svg", "would escape"), ("/etc/hostname.svg", "file not found")):
        with pytest.raises(BadInput, match=f"could not be printed: .*{why}"):
            render_pdf(f'#image("{path}")', {}, created=CREATED)


@pytest.mark.parametrize("name", ["../a.svg", "a.typ", "A.svg", "", "a/b.svg", ".svg"])
def test_files_have_plain_names(name: str) -> None:
    with pytest.raises(BadInput, match="not a name for a file"):
        render_pdf("x", {name: b""}, created=CREATED)


def test_source_that_does_not_compile_is_one_sentence() -> None:
    with pytest.raises(BadInput) as caught:
        render_pdf('#panic("no")', {}, created=CREATED)
    assert caught.value.message == "The PDF could not be printed: panicked with: no."
    assert "\n" not in caught.value.sentence


def test_a_broken_drawing_is_one_sentence() -> None:
    with pytest.raises(BadInput, match="could not be printed"):
        render_pdf('#image("a.svg", alt: "a")', {"a.svg": b"no drawing"}, created=CREATED)


@pytest.mark.parametrize("text", ["私有 \ue000", "你好 😀", "\U0010ffff\U000e0fff"])
def test_text_beyond_the_embedded_fonts_is_printed_all_the_same(text: str) -> None:
    assert len(printed(saying(f"Name {text} end")).pages) == 1


def test_a_print_that_breaks_a_standard_does_not_claim_it() -> None:
    metadata = printed(saying("private \ue000")).xmp_metadata
    assert metadata is None or "pdfaid:part" not in metadata.stream.get_data().decode()


def test_the_creation_date_needs_a_zone_and_may_be_in_any() -> None:
    with pytest.raises(BadInput, match="no time zone"):
        render_pdf("x", {}, created=datetime(2027, 3, 15))  # noqa: DTZ001 - the point of the test
    source = typst_source.render(saying("x")).text
    east = CREATED.astimezone(timezone(timedelta(hours=9)))
    assert render_pdf(source, {}, created=east) == render_pdf(source, {}, created=CREATED)


def test_without_the_package_the_command_that_adds_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtra) as caught:
        render_pdf("x", {}, created=CREATED)
    assert caught.value.hint == "Run: pip install 'plimsoll[server]'"
