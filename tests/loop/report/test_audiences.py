"""Every figure that a page, text or print shows to an audience is a figure of the brief's facts."""

from __future__ import annotations

import io

import pypdf
import pytest
from django.test import Client

from plimsoll.engines.reports.audience import Audience, compose_view
from plimsoll.engines.reports.reading import numbers
from plimsoll.kernel import clock
from plimsoll.loop.report.facts import brief_facts
from plimsoll.people.selectors import program_named
from tests.engines.reports import test_markdown
from tests.engines.reports.test_audience import texts_of
from tests.engines.reports.test_same_numbers import assert_in_order
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages

pytestmark = pytest.mark.django_db
FIGURES = {"report-number", "report-status"}


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["xan"])
    return Pages(client)


def shown(page: Page) -> list[str]:
    return [
        "".join(element.itertext())
        for element in page.tree.iter()
        if FIGURES & set((element.get("class") or "").split())
    ]


def footer(page: Page) -> list[str]:
    lists = (e for e in page.tree.iter() if "report-footer__item" in (e.get("class") or ""))
    return ["".join(e.itertext()) for e in lists]


@pytest.mark.parametrize("audience", Audience)
def test_page_text_and_print_of_a_view_show_the_facts_of_the_brief(
    laden: Laden, pages: Pages, audience: Audience
) -> None:
    xan = laden.actor("xan")
    facts = brief_facts(xan, program_named(xan, laden.slug), now=clock.now())
    expected = numbers(compose_view(facts, audience))
    page = pages.get(laden.at(f"brief/{audience.value}/"))
    assert tuple(shown(page)) == expected
    assert set(expected) <= texts_of(facts)
    text = pages.get(laden.at(f"brief/{audience.value}.md")).text
    assert_in_order(expected, test_markdown.shown(text))
    content = pages.get(laden.at(f"brief/{audience.value}.pdf")).response.content  # type: ignore[attr-defined]
    printed = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert_in_order(expected, printed)


def test_all_views_name_the_record_and_log_position_of_the_brief(laden: Laden, pages: Pages) -> None:
    brief = pages.get(laden.at("brief/"))
    assert any(part.startswith("record ") for part in footer(brief))
    for audience in Audience:
        page = pages.get(laden.at(f"brief/{audience.value}/"))
        assert footer(page) == footer(brief)
        assert laden.at(f"brief/{audience.value}/") in brief.links()
        assert laden.at("brief/") in page.links()
        assert "log position" in " ".join(footer(page))


def test_there_is_no_view_for_anybody_else(laden: Laden, pages: Pages) -> None:
    assert "There is no view for “pirates”" in pages.get(laden.at("brief/pirates/"), 404).main
    pages.get(laden.at("brief/pirates.md"), 404)
    pages.get(laden.at("brief/pirates.pdf"), 404)
