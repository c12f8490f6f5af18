"""When something fails on our side, nobody sees a traceback, and the page needs no database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from plimsoll.kernel.errors import ErrorCode, MissingExtra, PlimsollError
from plimsoll.site import errors
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages

BOOM = "the plank broke at /srv/secret"


def breaks(request: HttpRequest) -> HttpResponse:
    raise DatabaseError(BOOM)


def misses(request: HttpRequest) -> HttpResponse:
    raise MissingExtra("This page needs charts.", hint="Run: pip install 'plimsoll[charts]'")


def waits(request: HttpRequest) -> HttpResponse:
    raise PlimsollError("The registry could not be reached.", code=ErrorCode.UNAVAILABLE)


urlpatterns = [path("breaks/", breaks), path("misses/", misses), path("waits/", waits)]
handler404 = errors.not_found
handler500 = errors.server_error


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_page_that_fails_says_that_nothing_was_written_and_no_more() -> None:
    answer = Client(raise_request_exception=False).get("/breaks/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "Something failed on our side" in text
    assert "Nothing was written." in text
    assert BOOM not in text
    assert "Traceback" not in text


def test_the_page_of_a_failure_asks_no_database() -> None:
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "heading", "words"),
    [("/misses/", 501, "A part is not installed", "pip install"),
     ("/waits/", 503, "Something could not be reached", "The registry could not be reached.")],
)  # fmt: skip
def test_what_is_missing_or_away_has_a_page_of_its_own(
    address: str, status: int, heading: str, words: str
) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        answer = Client().get(address)
    assert answer.status_code == status
    assert heading in answer.content.decode()
    assert words in answer.content.decode()


@pytest.mark.django_db
def test_the_api_that_fails_answers_in_its_one_shape(
    laden: Laden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The log's key cannot be read: a directory lies where the file should be."""
    (tmp_path / "log.pem").mkdir(mode=0o700)
    with override_settings(PLIMSOLL_KEYS=tmp_path):
        answer = Client(raise_request_exception=False).get(
            "/api/v1/log/checkpoint", headers={"Authorization": f"Bearer {laden.tokens['full']}"}
        )
    body = json.loads(answer.content)
    assert answer.status_code >= 400
    assert set(body["error"]) == {"code", "message", "hint", "data"}
    assert str(tmp_path) not in body["error"]["message"]


@pytest.mark.django_db
def test_a_bug_behind_the_api_answers_in_its_one_shape(laden: Laden, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise DatabaseError(BOOM)

    monkeypatch.setattr("plimsoll.site.api.latest_checkpoint", fails)
    answer = Client(raise_request_exception=False).get(
        "/api/v1/log/checkpoint", headers={"Authorization": f"Bearer {laden.tokens['full']}"}
    )
    assert answer.status_code == 500
    assert json.loads(answer.content)["error"] == {
        "code": "unavailable", "message": "Something failed on our side; nothing was written.",
        "hint": "Try again; if it stays, tell the operator the time of the request.", "data": {},
    }  # fmt: skip


@pytest.mark.django_db
def test_the_wrong_method_gets_a_page_that_says_so(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["tess"])
    page = Pages(client).get(laden.at("risks/change/"), 405)
    assert page.heading == "This is not a page"
    assert "GET is not possible here." in page.main
    assert page.response["Allow"] == "POST"


@pytest.mark.parametrize("quoted", ["a\x00b", "a\x1b[31mb", "\ud800", "a\x7f"])
def test_a_refusal_quotes_nothing_that_cannot_be_shown(quoted: str) -> None:
    error = PlimsollError(f"“{quoted}” is wrong.", hint=quoted, data={"value": quoted, "count": 3})
    assert "\ufffd" in error.message
    assert "\ufffd" in error.hint
    assert "\ufffd" in str(error.data["value"])
    assert error.data["count"] == 3
    error.sentence.encode()
    assert PlimsollError("a\tb\nc").message == "a\tb\nc"
