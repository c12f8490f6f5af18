"""Every address outside programs, for people who are signed in and for those who are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from plimsoll.kernel.errors import ErrorCode
from plimsoll.people import services
from plimsoll.people.models import User
from tests import personas
from tests.pages import Pages

pytestmark = pytest.mark.django_db
DOOR = "/account/login/"


@dataclass(frozen=True, slots=True)
class Row:
    route: str
    path: str
    nobody: int
    """Status for a reader who is not signed in; 302 leads to the door."""
    somebody: int
    """Status for a person who is signed in."""


TABLE = (
    Row("", "/", 200, 200),
    Row("programs/new/", "/programs/new/", 302, 200),
    Row("waiting/", "/waiting/", 302, 200),
    Row("go", "/go?q=risk", 302, 200),
    Row("patterns/", "/patterns/", 200, 200),
    Row("patterns/<slug:name>/", "/patterns/list/", 200, 200),
    Row("health/", "/health/", 200, 200),
    Row("verify/", "/verify/", 200, 200),
    Row("verify/<str:name>", "/verify/verifier.js", 200, 200),
    Row("calendar/<str:secret>.ics", "/calendar/ics_made-up.ics", 404, 404),
    Row("account/invitation/<str:uid>/<str:token>/", "/account/invitation/MQ/x/", 404, 404),
    Row("account/login/", "/account/login/", 200, 302),
    Row("account/logout/", "/account/logout/", 302, 200),
    Row("account/inactive/", "/account/inactive/", 200, 200),
    Row("account/signup/", "/account/signup/", 200, 302),
    Row("account/reauthenticate/", "/account/reauthenticate/", 302, 200),
    Row("account/email/", "/account/email/", 302, 200),
    Row("account/confirm-email/", "/account/confirm-email/", 200, 200),
    Row("account/^confirm-email/(?P<key>[-:\\w]+)/$", "/account/confirm-email/x:y/", 200, 200),
    Row("account/password/change/", "/account/password/change/", 302, 200),
    Row("account/password/set/", "/account/password/set/", 302, 302),
    Row("account/password/reset/", "/account/password/reset/", 200, 200),
    Row("account/password/reset/done/", "/account/password/reset/done/", 200, 200),
    Row(
        "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        "/account/password/reset/key/1-x/", 200, 200,
    ),
    Row("account/password/reset/key/done/", "/account/password/reset/key/done/", 200, 200),
    Row("account/login/code/confirm/", "/account/login/code/confirm/", 302, 302),
    Row("account/2fa/", "/account/2fa/", 302, 200),
    Row("account/2fa/authenticate/", "/account/2fa/authenticate/", 302, 302),
    Row("account/2fa/reauthenticate/", "/account/2fa/reauthenticate/", 302, 302),
    Row("account/2fa/totp/activate/", "/account/2fa/totp/activate/", 302, 302),
    Row("account/2fa/totp/deactivate/", "/account/2fa/totp/deactivate/", 302, 404),
    Row("account/2fa/recovery-codes/", "/account/2fa/recovery-codes/", 302, 404),
    Row("account/2fa/recovery-codes/generate/", "/account/2fa/recovery-codes/generate/", 302, 302),
    Row("account/2fa/recovery-codes/download/", "/account/2fa/recovery-codes/download/", 302, 404),
    Row("account/3rdparty/", "/account/3rdparty/", 302, 200),
    Row("account/3rdparty/login/cancelled/", "/account/3rdparty/login/cancelled/", 200, 200),
    Row("account/3rdparty/login/error/", "/account/3rdparty/login/error/", 401, 401),
    Row("account/3rdparty/signup/", "/account/3rdparty/signup/", 302, 302),
    Row("account/social/login/cancelled/", "/account/social/login/cancelled/", 301, 301),
    Row("account/social/login/error/", "/account/social/login/error/", 301, 301),
    Row("account/social/signup/", "/account/social/signup/", 301, 301),
    Row("account/social/connections/", "/account/social/connections/", 301, 301),
    Row("account/oidc/^(?P<provider_id>[^/]+)/login/", "/account/oidc/sso/login/", 404, 404),
    Row(
        "account/oidc/^(?P<provider_id>[^/]+)/login/callback/", "/account/oidc/sso/login/callback/", 404, 404
    ),
)  # fmt: skip
ROWS = pytest.mark.parametrize("row", TABLE, ids=[row.path for row in TABLE])


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        else:
            yield route


@pytest.fixture
def tess(db: None) -> User:
    return services.join(email="tess@halyard.example", name="Tess Marsh", password=personas.PASSWORD)


def test_every_address_outside_programs_and_the_api_has_a_row() -> None:
    known = {r for r in routes(get_resolver()) if not r.startswith(("<slug:program>/", "api/"))}
    assert known == {row.route for row in TABLE}


@ROWS
def test_an_address_answers_a_reader_who_is_not_signed_in(client: Client, tess: User, row: Row) -> None:
    answer = Pages(client).get(row.path, row.nobody)
    if row.nobody == 302:
        assert answer.response["Location"].startswith(DOOR)


@ROWS
def test_an_address_answers_a_person_who_is_signed_in(client: Client, tess: User, row: Row) -> None:
    client.force_login(tess)
    Pages(client).get(row.path, row.somebody)


@ROWS
def test_no_address_fails_when_it_is_posted_nothing(client: Client, tess: User, row: Row) -> None:
    """Whatever it says to that, it is no failure of ours."""
    client.force_login(tess)
    answer = client.post(row.path, {})
    assert answer.status_code < 500
    if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
        Pages(client).post(row.path, {}, status=200)


def test_health_says_that_the_database_answers(client: Client, db: None) -> None:
    answer = client.get("/health/").json()
    assert answer["status"] == "ok"
    assert answer["version"]


def test_an_address_that_does_not_exist_gets_the_error_page(client: Client, tess: User) -> None:
    page = Pages(client).get("/no/such/page/at/all/", 404)
    assert "No page has the address /no/such/page/at/all/." in page.main
    client.force_login(tess)
    assert Pages(client).get("/nowhere/", 404).heading == "There is nothing here"


def test_every_status_that_an_error_can_have_has_a_title(client: Client) -> None:
    from plimsoll.site.errors import TITLES

    assert {code.status for code in ErrorCode} <= set(TITLES)
