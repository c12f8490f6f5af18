"""The verifier page: anybody may have its files, and they need nothing from anywhere."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from django.test import Client

from tests.pages import Pages

pytestmark = pytest.mark.django_db
FOLDER = files("plimsoll.ui").joinpath("verifier")
NAMES = sorted(entry.name for entry in FOLDER.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_gets_every_file_as_it_is_shipped(client: Client, name: str) -> None:
    with_kind = Pages(client).get(f"/verify/{name}", queries=0)
    kind = {"html": "text/html", "js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
    assert with_kind.response.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert with_kind.text == FOLDER.joinpath(name).read_text(encoding="utf-8")


def test_the_page_offers_each_of_its_files_for_keeping(client: Client) -> None:
    page = Pages(client).get("/verify/", queries=0)
    assert sorted(page.links()) == [f"/verify/{name}" for name in NAMES]


def test_another_file_is_not_there(client: Client) -> None:
    for name in ("verifier.py", "..", "%2e%2e%2fsettings.py"):
        Pages(client).get(f"/verify/{name}", 404)


def test_the_files_ask_nothing_of_any_network() -> None:
    for name in NAMES:
        text = FOLDER.joinpath(name).read_text(encoding="utf-8")
        calls = (
            r"https?://|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|eval\(|innerHTML|@import|url\("
        )
        assert not re.search(calls, text), name
    page = FOLDER.joinpath("verifier.html").read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'none'" in page


def test_the_landing_page_leads_a_stranger_to_it(client: Client) -> None:
    assert "/verify/" in Pages(client).get("/").links()
