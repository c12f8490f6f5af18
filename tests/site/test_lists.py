"""Every list of a program: its CSV, its saved views, what it says when it is empty."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import resolve

from plimsoll.loop.scope.models import System
from plimsoll.people import services as people
from plimsoll.people.roles import Role
from plimsoll.site.pages import LISTS
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages, words

pytestmark = pytest.mark.django_db
FOLDERS = sorted(LISTS.values())
NEVER_EMPTY = {"log", "matrix", *(folder for folder in FOLDERS if folder.startswith("catalog"))}
"""Somebody opened the program, and the catalog is shipped."""


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["tess"])
    return Pages(client)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_csv_of_a_list_holds_the_rows_of_its_pages(laden: Laden, pages: Pages, folder: str) -> None:
    page = pages.get(laden.at(f"{folder}/"))
    rows = list(csv.reader(io.StringIO(pages.get(laden.at(f"{folder}/?format=csv")).text)))
    shown = [row.get("id") for row in page.tree.iter("tr") if row.get("id")]
    assert shown
    assert [row[0] for row in rows[1:]][: len(shown)] == shown
    assert len({row[0] for row in rows}) == len(rows)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_view_that_is_saved_is_offered_on_its_list(laden: Laden, pages: Pages, folder: str) -> None:
    form = pages.get(laden.at(f"{folder}/?q=a"))
    body = {
        "page": form.field("page").get("value"),
        "query": form.field("query").get("value"),
        "name": "Kept",
    }
    page = pages.follow(laden.at("views/"), body)
    assert resolve(page.path.partition("?")[0]).route == f"<slug:program>/{folder}/"
    assert page.path.endswith("?q=a")
    views = [
        words(a)
        for nav in page.tree.iter("nav")
        if nav.get("aria-label") == "Saved views"
        for a in nav.iter("a")
    ]
    assert "Kept" in views
    assert "Kept" in pages.get(laden.at(f"{folder}/")).main


def test_a_view_of_ones_own_is_shown_to_nobody_else(laden: Laden, pages: Pages) -> None:
    pages.post(laden.at("views/"), {"page": "risks", "name": "Mine", "query": "?state=open"})
    pages.post(laden.at("views/"), {"page": "risks", "name": "Ours", "query": "?state=open", "shared": "1"})
    client = Client()
    client.force_login(laden.crew.users["dev"])
    text = Pages(client).get(laden.at("risks/")).main
    assert "Ours" in text
    assert "Mine" not in text


def test_a_list_that_does_not_exist_keeps_no_view(laden: Laden, pages: Pages) -> None:
    page = pages.post(laden.at("views/"), {"page": "stowaways", "name": "x"}, status=422)
    assert "There is no list “stowaways”." in page.main


def test_more_systems_than_fit_on_a_page_come_page_by_page(laden: Laden, pages: Pages) -> None:
    System.objects.bulk_create(
        System(
            program_id=laden.program_id, number=n, name=f"System {n}", owner_id=laden.crew.id("dev"),
            stage="prototype", described_at=NOW,
        )
        for n in range(100, 152)
    )  # fmt: skip
    page = pages.get(laden.at("scope/"))
    assert len([row for row in page.tree.iter("tr") if row.get("id")]) == 50
    assert "1–50 of 54 systems" in page.main
    assert "51–54 of 54 systems" in pages.get(laden.at("scope/?page=2")).main
    rows = list(csv.reader(io.StringIO(pages.get(laden.at("scope/?format=csv")).text)))
    assert len(rows) == 55


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder not in NEVER_EMPTY])
def test_an_empty_list_says_what_that_means_and_leads_on(client: Client, laden: Laden, folder: str) -> None:
    client.force_login(laden.crew.users["mallory"])
    page = Pages(client).get(f"/flotsam/{folder}/")
    assert not [row for row in page.tree.iter("tr") if row.get("id")]
    (empty,) = (div for div in page.tree.iter("div") if div.get("class") == "empty")
    assert words(empty)
    assert list(empty.iter("a"))


@pytest.mark.parametrize("path", ["", "scope/", "risks/"])
def test_an_empty_program_offers_a_reader_only_what_they_may_do(
    client: Client, laden: Laden, path: str
) -> None:
    people.set_roles(
        actor=laden.actor("mallory"), program_id=next(iter(laden.actor("mallory").grants)),
        email="odile@halyard.example", roles=[Role.AUDITOR],
    )  # fmt: skip
    client.force_login(laden.crew.users["odile"])
    page = Pages(client).get(f"/flotsam/{path}")
    assert not [link for link in page.links() if link.endswith("/new/") and link != "/programs/new/"]
