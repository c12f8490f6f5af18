"""The same number everywhere: HTML, Markdown and print show the same figures in the same order."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdf
import pytest

from plimsoll.adapters.pdf import render_pdf
from plimsoll.engines.reports import markdown, typst_source
from plimsoll.engines.reports.brief_facts import BriefFacts
from plimsoll.engines.reports.document import Document
from plimsoll.engines.reports.reading import numbers
from tests.engines.reports import samples, test_html, test_markdown

DOCUMENTS: list[Callable[[], Document]] = [
    samples.everything,
    *(
        lambda make=make: samples.brief_of(make())
        for make in (samples.tiny, samples.realistic, samples.measured, samples.huge, samples.overfull)
    ),
]
NAMES = ["everything", "tiny", "realistic", "measured", "huge", "overfull"]


def without_space(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


def assert_in_order(expected: tuple[str, ...], text: str) -> None:
    position, bare = 0, without_space(text)
    for number in expected:
        found = bare.find(without_space(number), position)
        assert found >= 0, (
            f"{number!r} is missing after character {position} of {bare[position : position + 80]!r}"
        )
        position = found + len(without_space(number))


@pytest.mark.parametrize("make", DOCUMENTS, ids=NAMES)
def test_html_shows_exactly_the_numbers(make: Callable[[], Document]) -> None:
    document = make()
    shown = [
        "".join(element.itertext())
        for element in test_html.parsed(document).iter()
        if {"report-number", "report-status"} & set(element.get("class", "").split())
    ]
    assert tuple(shown) == numbers(document)
    assert len(shown) >= 3


@pytest.mark.parametrize("make", DOCUMENTS, ids=NAMES)
def test_markdown_shows_the_numbers_in_order(make: Callable[[], Document]) -> None:
    document = make()
    assert_in_order(numbers(document), test_markdown.shown(markdown.render(document)))


@pytest.mark.parametrize("make", DOCUMENTS, ids=NAMES)
def test_print_shows_the_numbers_in_order(make: Callable[[], Document]) -> None:
    pytest.importorskip("typst", reason="printing needs the server extra")
    document = make()
    source = typst_source.render(document)
    printed = pypdf.PdfReader(io.BytesIO(render_pdf(source.text, source.files, created=samples.NOW)))
    assert_in_order(numbers(document), "".join(page.extract_text() for page in printed.pages))


def test_a_changed_fact_changes_every_rendering() -> None:
    facts: BriefFacts = samples.realistic()
    system = facts.systems[0]
    changed = samples.system(
        1, system.name, system.audience, gate=samples.gate("GTE-1", met=11, not_met=4, unknown=4)
    )
    before, after = (
        samples.brief_of(samples.with_systems(facts, system)),
        samples.brief_of(samples.with_systems(facts, changed)),
    )
    assert "11\u00a0met" in numbers(after)
    assert "11\u00a0met" not in numbers(before)
    assert "11\u00a0met" in markdown.render(after)
    assert "11\u00a0met" in typst_source.render(after).text
