"""The matrix of a program that has hardly begun: nothing answers, or it is unknown; never met."""

from __future__ import annotations

from django.test import Client

from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.report import selectors
from tests import personas
from tests.pages import Pages
from tests.voyages import DAY, Voyage


def test_without_a_system_there_is_no_paper_and_the_page_still_stands(
    ship: personas.Crew, client: Client
) -> None:
    client.force_login(ship.users["cal"])
    pages, slug = Pages(client), ship.program.slug
    assert "Describe one first" in pages.get(f"/{slug}/matrix/nist-csf/paper/", 409).main
    assert "GV.PO-01" in pages.get(f"/{slug}/matrix/nist-csf/?q=GV.PO").main
    assert "clause that nothing answers" in pages.get(f"/{slug}/matrix/nist-csf/gaps/").main


def test_a_system_on_day_0_is_unknown_or_unanswered(sloop: Voyage) -> None:
    found = selectors.matrix_of(sloop.crew.actor("tess"), sloop.program_id, "nist-ai-rmf", now=DAY)
    verdicts = {cell.verdict for row in found.rows for cell in row.cells.values()}
    assert verdicts <= {Verdict.UNKNOWN, None}
