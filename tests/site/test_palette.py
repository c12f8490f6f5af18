"""The palette finds records and pages, and carries out commands after they are confirmed."""

from __future__ import annotations

import pytest
from django.test import Client

from plimsoll.ledger.events import EventKind
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan.models import Requirement, Risk
from plimsoll.loop.respond.models import Incident
from plimsoll.people import services as people
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages, words

pytestmark = pytest.mark.django_db
KINDS = (
    "system", "asset", "assumption", "requirement", "risk", "evidence", "gate", "decision", "waiver",
    "incident",
)  # fmt: skip


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["tess"])
    return Pages(client)


def found(page: Page) -> list[str]:
    """Addresses among the results."""
    lists = (ul for ul in page.tree.iter("ul") if ul.get("class") == "found")
    return [a.get("href") for ul in lists for a in ul.iter("a")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_ref_leads_straight_to_its_page(laden: Laden, pages: Pages, kind: str) -> None:
    ref = laden.refs[kind]
    answer = pages.get(f"/go?q={ref.lower()}", 302)
    page = pages.get(answer.response["Location"])
    assert ref in page.main


@pytest.mark.parametrize("ref", ["RSK-404", "EVD-404", "CND-404", "SYS-404", "GTE-404"])
def test_a_ref_of_nothing_finds_nothing(laden: Laden, pages: Pages, ref: str) -> None:
    page = pages.get(f"/go?q={ref}")
    assert found(page) == []
    assert f"Nothing here is called “{ref}”." in page.main


def test_words_find_systems_risks_requirements_and_pages(laden: Laden, pages: Pages) -> None:
    assert laden.at("systems/{system}/") in found(pages.get("/go?q=bosun"))
    assert laden.at("risks/{risk}/") in found(pages.get("/go?q=vendor's document"))
    assert laden.at("requirements/{threat-model}/") in found(pages.get("/go?q=Threat Model"))
    assert laden.at("waivers/") in found(pages.get("/go?q=waivers"))


def test_entries_of_the_catalog_come_after_the_programs_own(laden: Laden, pages: Pages) -> None:
    assert found(pages.get("/go?q=CTL-GOV-01")) == [laden.at("catalog/controls/CTL-GOV-01/")]
    assert laden.at("catalog/clauses/nist-csf@2.0:GV.PO-01/") in found(pages.get("/go?q=GV.PO-01"))
    mixed = found(pages.get("/go?q=threat+model"))
    assert mixed.index(laden.at("requirements/{threat-model}/")) == 0


def test_htmx_gets_only_the_results(laden: Laden, pages: Pages) -> None:
    part = pages.get("/go?q=bosun", **{"HX-Request": "true", "HX-Target": "palette-results"})
    assert part.text.lstrip().startswith('<div id="palette-results"')
    exact = pages.get("/go?q=RSK-1", **{"HX-Request": "true", "HX-Target": "palette-results"})
    assert found(exact) == [laden.at("risks/RSK-1/")]


@pytest.mark.parametrize(
    ("command", "said"),
    [("RSK-1 owner dev", "Set the owner of RSK-1 to dev"), ("req-3 due 2027-03-01", "Set the due of REQ-3"),
     ("RSK-1 state treating", "Set the state of RSK-1 to treating")],
)  # fmt: skip
def test_a_command_is_offered_and_done_only_when_it_is_confirmed(
    laden: Laden, pages: Pages, command: str, said: str
) -> None:
    before = Entry.objects.count()
    page = pages.get(f"/go?q={command}")
    (button,) = (b for b in page.tree.iter("button") if words(b).startswith("Set the "))
    assert words(button).startswith(said)
    assert Entry.objects.count() == before
    body = {name: page.field(name).get("value") for name in ("ref", "verb", "value")}
    after = pages.follow(laden.at("do/"), body)
    assert f"{body['ref']}: {body['verb']} is {body['value']}." in words(after.tree)
    assert Entry.objects.count() == before + 1


def test_commands_change_what_they_name_and_nothing_else(laden: Laden, pages: Pages) -> None:
    pages.post(laden.at("do/"), {"ref": "RSK-1", "verb": "owner", "value": "@dev"})
    pages.post(laden.at("do/"), {"ref": "REQ-3", "verb": "owner", "value": "eve@halyard.example"})
    assert Risk.objects.get(program_id=laden.program_id, number=1).owner_id == laden.crew.id("dev")
    assert Requirement.objects.get(program_id=laden.program_id, number=3).owner_id == laden.crew.id("eve")
    assert Requirement.objects.exclude(number=3).filter(owner_id=laden.crew.id("eve")).count() == 0
    assert Entry.objects.latest("index").kind == EventKind.REQUIREMENT_CHANGED


def test_a_stranger_finds_nothing(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["mallory"])
    for q in ("bosun", "RSK-1", "vendor", "threat"):
        beside_the_catalog = [
            a for a in found(Pages(client).get(f"/go?q={q}")) if not a.startswith("/flotsam/catalog/")
        ]
        assert beside_the_catalog == []


def test_what_is_not_spelled_as_a_command_is_only_searched(laden: Laden, pages: Pages) -> None:
    for q in (
        "RSK-1 owner",
        "RSK-1 eat lunch",
        "owner RSK-1 dev",
        "GTE-1 owner dev",
        "REQ-1 state open",
        "RSK-404 owner dev",
    ):
        page = pages.client.get("/go", {"q": q})
        assert page.status_code == 200
        assert "Set the " not in page.content.decode()


def test_a_command_goes_to_the_program_that_has_the_record(laden: Laden, pages: Pages) -> None:
    people.open_program(actor=laden.actor("tess"), name="Aardvark")
    page = pages.get("/go?q=RSK-1 owner dev")
    assert laden.at("do/") in page.posts()
    assert "/aardvark/do/" not in page.posts()


@pytest.mark.parametrize(
    ("verb", "sort", "noun"), [("declare", "incident", "an incident"), ("hazard",) * 2 + ("a hazard",)]
)
def test_an_incident_is_declared_from_the_palette(
    laden: Laden, pages: Pages, verb: str, sort: str, noun: str
) -> None:
    page = pages.get(f"/go?q={laden.refs['system']} {verb} It refunded twice")
    assert f"Declare {noun} of Bosun: It refunded twice" in page.main
    body = {"ref": laden.refs["system"], "verb": verb, "value": "It refunded twice"}
    room = pages.follow(laden.at("do/"), body)
    assert room.heading == "It refunded twice"
    made = Incident.objects.latest("pk")
    assert (made.sort, made.commander_id) == (sort, laden.crew.id("tess"))


def test_only_a_system_has_incidents_and_only_for_those_who_may(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["odile"])
    pages = Pages(client)
    assert "Declare an incident of" not in pages.get(f"/go?q={laden.refs['system']} declare It broke").main
    pages.post(laden.at("do/"), {"ref": laden.refs["system"], "verb": "declare", "value": "It broke"}, 403)
    client.force_login(laden.crew.users["tess"])
    assert "Declare an incident of" not in pages.get("/go?q=RSK-1 declare It broke").main
