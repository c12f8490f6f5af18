"""How people come in: the first account, invitations, passwords, the second factor, single sign-on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.test import Client, override_settings

from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.watch.services import log_signer
from plimsoll.people.models import User
from tests import personas
from tests.opened import content
from tests.pages import Page, Pages, words

pytestmark = pytest.mark.django_db
LOGIN, SIGNUP = "/account/login/", "/account/signup/"
NEW = {"email": "Noor@Halyard.example", "name": "Noor Haddad", "password1": "a quiet harbour at dawn"}
OIDC = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "sso",
                "name": "Harbour sign-on",
                "client_id": "plimsoll",
                "secret": "s",
                "settings": {"server_url": "https://id.example"},
            }
        ]
    }
}


@pytest.fixture(autouse=True)
def _no_attempts_remembered() -> Iterator[None]:
    """Attempts are counted in the cache; each test begins without any."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def crew(db: None) -> personas.Crew:
    return personas.board()


@pytest.fixture
def pages(client: Client) -> Pages:
    return Pages(client)


def sign_in(pages: Pages, name: str, password: str = personas.PASSWORD, *, status: int = 302) -> Page:
    return pages.post(LOGIN, {"login": f"{name}@halyard.example", "password": password}, status=status)


def is_signed_in(pages: Pages) -> bool:
    return "_auth_user_id" in pages.client.session


# ---------------------------------------------------------------- the first account
def test_the_first_person_makes_an_account_and_is_signed_in(pages: Pages) -> None:
    landing = pages.get("/")
    assert "Create the first account" in landing.main
    pages.get(SIGNUP)
    home = pages.follow(SIGNUP, NEW)
    assert home.heading == "Programs"
    user = User.objects.get()
    assert (user.email, user.name, user.handle) == ("noor@halyard.example", "Noor Haddad", "noor")
    assert Entry.objects.get().kind == EventKind.PERSON_JOINED
    assert reconcile(log_signer()).judgement.verdict.value == "met"


def test_sign_up_is_closed_once_there_is_an_account(crew: personas.Crew, pages: Pages) -> None:
    before = User.objects.count()
    assert pages.get(SIGNUP).heading == "There are accounts here already"
    assert pages.post(SIGNUP, NEW, status=200).heading == "There are accounts here already"
    assert User.objects.count() == before
    assert "Create the first account" not in pages.get("/").main


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password1", "short"),
        ("password1", "password1234"),
        ("password1", "noor haddad"),
        ("email", "no address"),
        ("name", ""),
        ("name", "x" * 121),
    ],
)
def test_an_account_that_does_not_fit_is_not_made(pages: Pages, field: str, value: str) -> None:
    page = pages.post(SIGNUP, {**NEW, field: value}, status=200)
    assert page.heading == "Create the first account"
    assert not User.objects.exists()
    assert not Entry.objects.exists()


# ---------------------------------------------------------------- passwords
def test_a_person_signs_in_and_out(crew: personas.Crew, pages: Pages) -> None:
    assert urlsplit(sign_in(pages, "tess").response["Location"]).path == "/"
    assert is_signed_in(pages)
    pages.get(f"/{crew.program.slug}/")
    pages.post("/account/logout/")
    assert not is_signed_in(pages)
    pages.get(f"/{crew.program.slug}/", 302)


def test_looking_at_sign_out_does_not_sign_out(crew: personas.Crew, pages: Pages) -> None:
    sign_in(pages, "tess")
    pages.get("/account/logout/")
    assert is_signed_in(pages)


@pytest.mark.parametrize(
    ("name", "password"), [("tess", "wrong"), ("nobody", personas.PASSWORD), ("tess", "")]
)
def test_a_wrong_password_and_an_unknown_person_are_told_alike(
    crew: personas.Crew, pages: Pages, name: str, password: str
) -> None:
    page = sign_in(pages, name, password, status=200)
    assert page.heading == "Sign in"
    assert not is_signed_in(pages)
    if password:
        assert "The email address and/or password you specified are not correct." in page.main


def test_whoever_was_on_the_way_to_a_page_gets_there(crew: personas.Crew, pages: Pages) -> None:
    way = pages.get(f"/{crew.program.slug}/risks/?state=open", 302).response["Location"]
    page = pages.get(way)
    body = {
        "login": "tess@halyard.example",
        "password": personas.PASSWORD,
        "next": page.field("next").get("value"),
    }
    assert pages.post(way, body).response["Location"] == f"/{crew.program.slug}/risks/?state=open"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site_after_signing_in(
    crew: personas.Crew, pages: Pages, address: str
) -> None:
    body = {"login": "tess@halyard.example", "password": personas.PASSWORD, "next": address}
    assert "evil" not in pages.post(f"{LOGIN}?next={address}", body).response["Location"]


def test_guessing_is_slowed_down(crew: personas.Crew, pages: Pages) -> None:
    answers = [
        pages.client.post(LOGIN, {"login": "tess@halyard.example", "password": str(n)}) for n in range(12)
    ]
    assert any("Too many failed login attempts" in answer.content.decode() for answer in answers)
    assert "Too many failed" in sign_in(pages, "tess", status=200).main
    assert not is_signed_in(pages)


def test_an_account_that_was_closed_cannot_sign_in(crew: personas.Crew, pages: Pages) -> None:
    User.objects.filter(handle="dev").update(is_active=False)
    pages.client.post(LOGIN, {"login": "dev@halyard.example", "password": personas.PASSWORD})
    assert not is_signed_in(pages)


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(crew: personas.Crew, pages: Pages) -> None:
    cookie = sign_in(pages, "tess").response.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert sign_in(Pages(Client()), "tess").response.cookies["sessionid"]["secure"]
    pages.get(f"/{crew.program.slug}/systems/new/")
    assert pages.client.cookies["csrftoken"]["httponly"]


def test_a_changed_password_stands_in_the_log(crew: personas.Crew, pages: Pages) -> None:
    sign_in(pages, "tess")
    body = {
        "oldpassword": personas.PASSWORD,
        "password1": "another quiet harbour",
        "password2": "another quiet harbour",
    }
    pages.post("/account/password/change/", body)
    assert Entry.objects.latest("index").kind == EventKind.CREDENTIAL_CHANGED
    sign_in(Pages(Client()), "tess", "another quiet harbour")
    assert reconcile(log_signer()).judgement.verdict.value == "met"


def test_a_person_cannot_change_the_address_that_others_know(crew: personas.Crew, pages: Pages) -> None:
    """The register names people by their address; an admin gives a person another account."""
    sign_in(pages, "tess")
    for action in ("action_add", "action_primary", "action_remove"):
        pages.client.post("/account/email/", {action: "", "email": "other@halyard.example"})
    assert User.objects.get(handle="tess").email == "tess@halyard.example"
    assert reconcile(log_signer()).judgement.verdict.value == "met"


# ---------------------------------------------------------------- invitations
def invited(crew: personas.Crew) -> str:
    """The path that Tess is shown after she added a person who is new."""
    client = Client()
    client.force_login(crew.users["tess"])
    body = {"email": "lee@halyard.example", "name": "Lee Ash", "roles": ["engineer"]}
    page = Pages(client).post(f"/{crew.program.slug}/people/new/", body, status=200)
    assert page.heading == "Lee Ash is a member"
    link = next(word for word in page.main.split() if "/account/invitation/" in word)
    return urlsplit(link).path


GOOD = {"new_password1": "a quiet harbour at dawn", "new_password2": "a quiet harbour at dawn"}


def test_an_invited_person_sets_a_password_once(crew: personas.Crew, pages: Pages) -> None:
    path = invited(crew)
    assert pages.get(path).heading == "Welcome, Lee Ash"
    assert pages.follow(path, GOOD).heading == "Sign in"
    again = pages.get(path, 404)
    assert "This invitation is used, has ended, or was never made." in again.main
    pages.post(path, GOOD, status=404)
    sign_in(pages, "lee", GOOD["new_password1"])
    assert is_signed_in(pages)
    pages.get(f"/{crew.program.slug}/")
    assert reconcile(log_signer()).judgement.verdict.value == "met"


@pytest.mark.parametrize(
    "body",
    [{}, {**GOOD, "new_password2": "something else"}, {"new_password1": "short", "new_password2": "short"}],
)
def test_a_first_password_that_does_not_fit_leaves_the_invitation_open(
    crew: personas.Crew, pages: Pages, body: dict[str, str]
) -> None:
    path = invited(crew)
    assert "Nothing was saved yet." in pages.post(path, {"sent": "1", **body}, status=422).main
    pages.get(path)


def test_an_invitation_ends_after_three_days(
    crew: personas.Crew, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invited(crew)
    for days, status in ((2, 200), (4, 404)):
        later = datetime.now() + timedelta(days=days)  # noqa: DTZ005, TID251 - as the library has it
        monkeypatch.setattr(default_token_generator, "_now", lambda later=later: later)
        pages.get(path, status)


@pytest.mark.parametrize("path", ["MQ/x", "x/x", "MQ/a-b", "%00/x", "OTk5OTk/a-b", "9" * 500 + "/x"])
def test_an_invitation_that_was_never_made_is_not_found(crew: personas.Crew, pages: Pages, path: str) -> None:
    assert "was never made" in pages.get(f"/account/invitation/{path}/", 404).main


def test_a_person_with_a_password_needs_no_invitation(crew: personas.Crew, pages: Pages) -> None:
    sign_in(pages, "tess")
    body = {"email": "mallory@halyard.example", "roles": ["engineer"]}
    assert pages.follow(f"/{crew.program.slug}/people/new/", body).heading == "People"


# ---------------------------------------------------------------- the second factor
def code(secret: str) -> str:
    """What an authenticator app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))  # noqa: TID251 - the app's clock


def with_second_factor(pages: Pages) -> str:
    """Tess sets her app up; gives the secret that the app keeps."""
    sign_in(pages, "tess")
    again = pages.get("/account/2fa/totp/activate/", 302).response["Location"]
    pages.get(again)
    page = pages.follow(again, {"password": personas.PASSWORD})
    secret = str(pages.client.session[totp.SECRET_SESSION_KEY])
    assert secret in page.main
    assert any(e.tag.endswith("}svg") for e in page.tree.iter() if isinstance(e.tag, str))
    pages.post("/account/2fa/totp/activate/", {"code": code(secret)})
    cache.clear()  # a code counts once; the test cannot wait for the next
    return secret


def test_whoever_has_set_up_an_app_needs_its_code_to_sign_in(crew: personas.Crew, pages: Pages) -> None:
    secret = with_second_factor(pages)
    other = Pages(Client())
    way = sign_in(other, "tess").response["Location"]
    assert way.startswith("/account/2fa/authenticate/")
    assert not is_signed_in(other)
    other.get(way)
    wrong = f"{(int(code(secret)) + 1) % 1_000_000:06}"
    assert "Incorrect code" in other.post(way, {"code": wrong}, status=200).main
    assert not is_signed_in(other)
    other.post(way, {"code": code(secret)})
    assert is_signed_in(other)


def test_a_code_counts_once(crew: personas.Crew, pages: Pages) -> None:
    secret = with_second_factor(pages)
    for number, expected in ((1, True), (2, False)):
        other = Pages(Client())
        way = sign_in(other, "tess").response["Location"]
        other.client.post(way, {"code": code(secret)})
        assert is_signed_in(other) is expected, number


def test_second_factors_are_encrypted_in_the_database_and_noted_in_the_log(
    crew: personas.Crew, pages: Pages, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret = with_second_factor(pages)
    rows = list(Authenticator.objects.order_by("type"))
    assert [row.type for row in rows] == ["recovery_codes", "totp"]
    for row in rows:
        kept = next(value for key, value in row.data.items() if key in ("secret", "seed"))
        assert secret not in str(row.data)
        assert kept.startswith("gAAAA")
    assert Entry.objects.filter(kind=EventKind.CREDENTIAL_CHANGED).exists()
    assert all(secret not in str(content(entry)) for entry in Entry.objects.all())


def test_another_key_cannot_read_a_second_factor(crew: personas.Crew, pages: Pages) -> None:
    secret = with_second_factor(pages)
    other = Client(raise_request_exception=False)
    way = sign_in(Pages(other), "tess").response["Location"]
    with override_settings(SECRET_KEY="another secret " * 4):
        other.post(way, {"code": code(secret)})
    assert "_auth_user_id" not in other.session


def test_recovery_codes_are_shown_and_work_once(crew: personas.Crew, pages: Pages) -> None:
    with_second_factor(pages)
    shown = pages.get("/account/2fa/recovery-codes/")
    recovery = next(words(li) for ul in shown.tree.iter("ul") if ul.get("class") == "codes" for li in ul)
    for expected in (True, False):
        other = Pages(Client())
        way = sign_in(other, "tess").response["Location"]
        other.client.post(way, {"code": recovery})
        assert is_signed_in(other) is expected


def test_a_second_factor_can_be_taken_off_again(crew: personas.Crew, pages: Pages) -> None:
    with_second_factor(pages)
    pages.get("/account/2fa/")
    pages.get("/account/2fa/totp/deactivate/")
    pages.post("/account/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(type="totp").exists()
    sign_in(Pages(Client()), "tess")


# ---------------------------------------------------------------- single sign-on
def test_single_sign_on_is_offered_only_where_it_is_configured(crew: personas.Crew, pages: Pages) -> None:
    assert "/account/oidc/" not in pages.get(LOGIN).text
    with override_settings(SOCIALACCOUNT_PROVIDERS=OIDC):
        page = pages.get(LOGIN)
    assert "Harbour sign-on" in page.main
    assert any(address.startswith("/account/oidc/sso/login/") for address in page.posts() | set(page.links()))
