"""The catalog in pages: risks with controls, controls with clauses, clauses with the evidence here."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.crosswalk import checked_entries, load_crosswalk
from plimsoll.adapters.duties import load_duty_rules
from plimsoll.engines.catalog.edition import clause_entries, shipped_edition
from plimsoll.kernel import clock
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.report import selectors
from plimsoll.loop.report.pages.entries import stale_entries
from plimsoll.loop.scope import selectors as scope
from plimsoll.ui.addresses import catalog_address
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["cal"])
    return Pages(client)


def rows(pages: Pages, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(pages.get(address).text.splitlines()))


# ---------------------------------------------------------------- lists
@pytest.mark.parametrize(
    ("folder", "count"),
    [
        ("risks", len(load_catalog().risks)),
        ("controls", len(load_catalog().controls)),
        ("duties", len(load_duty_rules().rules)),
        ("frameworks", len(load_crosswalk().frameworks)),
        ("frameworks/nist-csf/clauses", 106),
        ("stale", len(checked_entries())),
    ],
)
def test_a_list_takes_everything_out_as_csv(laden: Laden, pages: Pages, folder: str, count: int) -> None:
    assert len(rows(pages, laden.at(f"catalog/{folder}/?format=csv"))) == count


def test_lists_filter_search_and_sort(laden: Laden, pages: Pages) -> None:
    catalog = load_catalog()
    agentic = rows(pages, laden.at("catalog/risks/?layer=agentic&sort=-id&format=csv"))
    expected = sorted((r.id for r in catalog.risks.values() if r.layer == "agentic"), reverse=True)
    assert [row["Id"] for row in agentic] == expected
    predictive = rows(pages, laden.at("catalog/risks/?kinds=predictive&format=csv"))
    assert len(predictive) == sum("predictive" in r.applies_to for r in catalog.risks.values())
    found = rows(pages, laden.at("catalog/controls/?q=acceptable+USE&format=csv"))
    assert "CTL-GOV-01" in [row["Id"] for row in found]
    assert "Nothing matches" in pages.get(laden.at("catalog/duties/?q=bilge+pumps")).main


def test_the_search_finds_entries_of_every_kind_and_clauses_with_their_edition(
    laden: Laden, pages: Pages
) -> None:
    found = rows(pages, laden.at("catalog/?q=GV.PO-01&format=csv"))
    assert found[0]["Id"] == "nist-csf@2.0:GV.PO-01"
    kinds = {row["Kind"] for row in rows(pages, laden.at("catalog/?q=prompt&format=csv"))}
    assert {"risk", "control", "clause"} <= kinds
    assert {r["Kind"] for r in rows(pages, laden.at("catalog/?q=prompt&kind=risk&format=csv"))} == {"risk"}
    everything = rows(pages, laden.at("catalog/?format=csv"))
    assert {row["Kind"] for row in everything} == {"risk", "control", "duty", "requirement", "framework"}


def test_proven_here_counts_the_requirements_in_force(laden: Laden, pages: Pages) -> None:
    answers = selectors.answers_of(laden.actor("cal"), laden.program_id, now=NOW)
    shown = {r["Id"]: r["Proven here"] for r in rows(pages, laden.at("catalog/controls/?format=csv"))}
    for control, cell in shown.items():
        found = answers.to(load_crosswalk().requirements_of_control(control))
        met = sum(a.proof.judgement.verdict is Verdict.MET for a in found)
        assert cell == (f"{met}/{len(found)}" if found else ""), control
    assert len(set(shown.values())) > 3


# ---------------------------------------------------------------- records
def test_a_risk_leads_to_its_controls_and_they_to_every_clause(laden: Laden, pages: Pages) -> None:
    risk = load_catalog().risks["RSK-AGT-01"]
    page = pages.get(laden.at("catalog/risks/RSK-AGT-01/"))
    assert risk.statement in page.main
    for control in risk.controls:
        assert laden.at(f"catalog/controls/{control}/") in page.links()
    links = load_crosswalk().links_of(risk.controls[0])
    found = pages.get(laden.at(f"catalog/controls/{risk.controls[0]}/"))
    for link in links:
        assert catalog_address(laden.slug, "clause", str(link.clause)) in found.links(), link
        assert link.clause.edition in found.main


def test_a_clause_shows_the_evidence_that_answers_it_system_by_system(laden: Laden, pages: Pages) -> None:
    answers = selectors.answers_of(laden.actor("cal"), laden.program_id, now=NOW)
    shipped = shipped_edition(load_crosswalk(), "nist-ai-rmf")
    assert shipped is not None
    entry = next(
        e
        for e in clause_entries(shipped, load_crosswalk())
        if any(a.evidence for a in answers.to(e.requirements))
    )
    page = pages.get(catalog_address(laden.slug, "clause", str(entry.ref)))
    for answering in answers.to(entry.requirements):
        assert answering.requirement.ref in page.main
        assert answering.requirement.system in page.main
        for ref in answering.evidence:
            assert laden.at(f"evidence/{ref}/") in page.links()
    assert str(entry.ref) in page.main


def test_an_id_without_its_edition_is_no_clause(laden: Laden, pages: Pages) -> None:
    pages.get(laden.at("catalog/clauses/nist-csf:GV.PO-01/"), 422)
    pages.get(laden.at("catalog/clauses/nist-csf@1.1:GV.PO-01/"), 404)
    pages.get(laden.at("catalog/clauses/nist-csf@2.0:GV.ZZ-99/"), 404)
    pages.get(laden.at("catalog/frameworks/nist-csf/clauses/?edition=1.1"), 422)


@pytest.mark.parametrize(
    "path",
    [
        "risks/RSK-X-1/",
        "controls/RSK-AGT-01/",
        "duties/none/",
        "frameworks/mast/",
        "frameworks/gdpr/clauses/",
    ],
)
def test_what_the_catalog_does_not_have_is_not_found(laden: Laden, pages: Pages, path: str) -> None:
    pages.get(laden.at(f"catalog/{path}"), 404)


def test_a_duty_says_how_it_stands_for_each_system(laden: Laden, pages: Pages) -> None:
    page = pages.get(laden.at("catalog/duties/OBL-EU-AIA-73-GEN/"))
    for system in scope.systems_of(laden.actor("cal"), laden.program_id):
        assert system.name in page.main
    assert "Does it concern us?" in page.main


def test_a_framework_says_which_clauses_nothing_answers(laden: Laden, pages: Pages) -> None:
    page = pages.get(laden.at("catalog/frameworks/nist-csf/"))
    gaps = load_crosswalk().unanswered("nist-csf")
    assert f"{len(gaps)} clauses" in page.main
    listed = rows(pages, laden.at("catalog/frameworks/nist-csf/clauses/?answered=no&format=csv"))
    assert [row["Clause"] for row in listed] == [gap.ref.clause for gap in gaps]


# ---------------------------------------------------------------- freshness
def test_what_was_not_checked_for_ninety_days_is_marked_and_listed(laden: Laden, pages: Pages) -> None:
    checked = load_crosswalk().framework("nist-csf").checked_at
    last_fresh, first_stale = checked + timedelta(days=89), checked + timedelta(days=90)
    for day, stale in ((last_fresh, False), (first_stale, True)):
        with clock.frozen_at(NOW.replace(year=day.year, month=day.month, day=day.day)):
            assert (("framework", "nist-csf") in stale_entries()) is stale
            assert ("look again" in pages.get(laden.at("catalog/frameworks/nist-csf/")).main) is stale
            listed = {row["Entry"] for row in rows(pages, laden.at("catalog/stale/?state=stale&format=csv"))}
            assert ("nist-csf" in listed) is stale
            assert ("want another look" in pages.get(laden.at("catalog/")).main) is bool(stale_entries())
