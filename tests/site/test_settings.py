"""Programs, members, tokens, keys and the end of a sample, as people use them."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.test import Client

from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope.models import System
from plimsoll.loop.watch.services import log_signer
from plimsoll.people import selectors
from plimsoll.people.models import ApiToken, Program
from plimsoll.people.roles import Role
from tests.lading import NAME, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["tess"])
    return Pages(client)


# ---------------------------------------------------------------- programs
def test_whoever_opens_a_program_runs_it_and_is_led_on(laden: Laden, pages: Pages) -> None:
    page = pages.follow("/programs/new/", {"name": "South Line", "purpose": "Delivers one model"})
    assert page.heading == "Describe a system"
    assert selectors.roles_of(laden.crew.id("tess"), Program.objects.get(slug="south-line").pk) == {
        Role.TPM, Role.ADMIN,
    }  # fmt: skip
    assert "South Line" in pages.get("/").main


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_program_needs_a_name(laden: Laden, pages: Pages, name: str) -> None:
    before = Program.objects.count()
    assert (
        "Nothing was saved yet."
        in pages.post("/programs/new/", {"name": name, "purpose": "x"}, status=422).main
    )
    assert Program.objects.count() == before


@pytest.mark.parametrize("name", ["Account", "go", "API", "Static", "???", "Überfahrt", NAME])
def test_no_name_of_a_program_hides_another_address(laden: Laden, pages: Pages, name: str) -> None:
    pages.follow("/programs/new/", {"name": name})
    slug = Program.objects.latest("pk").slug
    assert pages.get(f"/{slug}/").heading == name


def test_a_sample_goes_in_one_step_and_the_log_keeps_that_it_was_there(laden: Laden, pages: Pages) -> None:
    Program.objects.filter(pk=laden.program_id).update(sample=True)
    before = Entry.objects.count()
    assert "Remove the sample" in pages.get(laden.at("settings/")).main
    page = pages.follow(laden.at("settings/remove/"), {"name": NAME})
    assert f"{NAME} is removed. The log keeps that it was there." in words(page.tree)
    assert not Program.objects.filter(pk=laden.program_id).exists()
    assert not System.objects.filter(program_id=laden.program_id).exists()
    assert Entry.objects.count() == before + 1
    assert Entry.objects.latest("index").kind == EventKind.PROGRAM_REMOVED
    assert reconcile(log_signer()).judgement.verdict.value == "met"
    pages.get(laden.at(""), 404)


def test_a_program_that_is_no_sample_is_not_offered_for_removal(laden: Laden, pages: Pages) -> None:
    assert laden.at("settings/remove/") not in pages.get(laden.at("settings/")).posts()


# ---------------------------------------------------------------- what waits
def test_the_count_of_what_waits_is_a_number_or_nothing(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["ada"])
    page = Pages(client).get("/waiting/")
    count = client.get("/waiting/?count=1").content.decode()
    rows = [li for ul in page.tree.iter("ul") if ul.get("class") == "lines" for li in ul]
    assert count == str(len(rows)) != "0"
    client.force_login(laden.crew.users["mallory"])
    assert client.get("/waiting/?count=1").content == b""
    assert "Nothing waits for you." in Pages(client).get("/waiting/").main


# ---------------------------------------------------------------- members
def test_roles_are_changed_and_taken_away(laden: Laden, pages: Pages) -> None:
    pages.follow(laden.at("people/eve/"), {"roles": ["compliance", "auditor"]})
    roles = selectors.roles_of(laden.crew.id("eve"), laden.program_id)
    assert roles == {Role.COMPLIANCE, Role.AUDITOR}
    pages.follow(laden.at("people/eve/"), {"sent": "1"})
    assert not selectors.roles_of(laden.crew.id("eve"), laden.program_id)
    eve = Client()
    eve.force_login(laden.crew.users["eve"])
    Pages(eve).get(laden.at(""), 404)


def test_a_person_who_is_no_member_has_no_page(laden: Laden, pages: Pages) -> None:
    page = pages.get(laden.at("people/mallory/"), 404)
    assert "There is no member “mallory” in this program." in page.main


# ---------------------------------------------------------------- tokens and keys
def test_a_token_is_shown_once_works_and_can_be_revoked(laden: Laden, pages: Pages) -> None:
    body = {"name": "CI of Keel", "scopes": ["read"], "days": "30"}
    page = pages.post(laden.at("settings/tokens/"), body, status=200)
    (secret,) = set(re.findall(r"plm_[\w-]{43}", page.text))
    row = ApiToken.objects.latest("pk")
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in pages.get(laden.at("settings/")).text
    assert not Entry.objects.filter(payload__body__contains=secret).exists()
    asked = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/programs", headers=asked).status_code == 200
    pages.post(laden.at(f"settings/tokens/{row.pk}/revoke/"))
    assert Client().get("/api/v1/programs", headers=asked).status_code == 401
    again = pages.post(laden.at(f"settings/tokens/{row.pk}/revoke/"), status=409)
    assert "The token was already revoked." in again.main


def test_a_page_with_a_secret_is_kept_by_no_cache(laden: Laden, pages: Pages) -> None:
    body = {"name": "CI", "scopes": ["read"], "days": "30"}
    answer = pages.post(laden.at("settings/tokens/"), body, status=200).response
    assert "no-store" in answer["Cache-Control"]


def test_a_key_is_trusted_once_and_revoked_once(laden: Laden, pages: Pages) -> None:
    public = "GbE5ECq6zD8wK4PzP3DcvV9ZkWJ0F8qZ6pO0wW1h3nI="
    body = {"name": "CI", "public_key": public}
    page = pages.follow(laden.at("settings/keys/"), body)
    assert "are accepted now." in words(page.tree)
    assert "is registered already" in pages.post(laden.at("settings/keys/"), body, status=422).main
    path = laden.at("settings/keys/{revoked_key}/revoke/")
    pages.post(path, status=409)


# ---------------------------------------------------------------- the log leaves the house
def test_the_export_of_a_program_is_a_file_that_names_no_other(laden: Laden, pages: Pages) -> None:
    answer = pages.post(laden.at("log/export/file/"), status=200)
    assert answer.response["Content-Disposition"] == 'attachment; filename="plimsoll-log.jsonl"'
    assert "Flotsam" not in answer.text
    assert "Bosun" in answer.text
    entry = pages.get(laden.at("log/{entry}/"))
    assert "Inclusion proof" in entry.main
