"""Every operation of the API: it works, refuses in one shape, and leaks nothing to strangers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from plimsoll.kernel import clock
from plimsoll.kernel.errors import ErrorCode
from plimsoll.ledger.models import Entry
from plimsoll.people import services
from plimsoll.site.api import api
from tests.lading import NAME, NOW, Laden, laden_program  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operation."""

    method: str
    path: str
    """As the description of the API has it, without the root."""
    scope: str = "read"
    """What a token needs for it."""
    body: Any = None
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def in_a_program(self) -> bool:
        return "{program}" in self.path

    def address(self, here: Laden) -> str:
        ref = "asset" if "/assets/" in self.path else "gate" if "/gates/" in self.path else "system"
        ref = "measured" if "/evidence/" in self.path else "incident" if "/incidents/" in self.path else ref
        return ROOT + self.path.format(program=here.slug, ref=here.refs[ref])


READS = (
    "/programs", "/log/checkpoint", "/programs/{program}/systems", "/programs/{program}/systems/{ref}/scope",
    "/programs/{program}/systems/{ref}/status", "/programs/{program}/assets",
    "/programs/{program}/requirements", "/programs/{program}/risks", "/programs/{program}/tasks",
    "/programs/{program}/evidence",
    "/programs/{program}/evidence/{ref}/statement", "/programs/{program}/gates",
    "/programs/{program}/gates/{ref}", "/programs/{program}/incidents",
    "/programs/{program}/incidents/{ref}/clocks",
)  # fmt: skip
WRITES = (
    Row(
        method="POST", path="/programs/{program}/systems", scope="scope", status=201,
        body={"name": "Keel", "sentence": "Scores applications", "owner": "dev"},
    ),
    Row(
        method="PUT", path="/programs/{program}/systems/{ref}/answers", scope="scope",
        body={"answers": {"A1": "write", "D2": True}},
    ),
    Row(
        method="POST", path="/programs/{program}/systems/{ref}/assets", scope="scope", status=201,
        body={"kind": "prompt", "name": "System prompt", "sha256": "a" * 64},
    ),
    Row(method="PUT", path="/programs/{program}/assets/{ref}", scope="scope", body={"sha256": "b" * 64}),
    Row(
        method="POST", path="/programs/{program}/risks", scope="plan", status=201,
        body={"risks": [{"title": "The vendor leaves", "system": "SYS-1", "owner": "eve"}]},
    ),
    Row(
        method="POST", path="/programs/{program}/tasks", scope="plan", status=201,
        body={"tasks": [{"title": "Call the vendor", "due_on": "2027-03-01", "owner": "eve",
                         "days": {"low": 1, "best": "2.5", "high": 4}}]},
    ),
    Row(
        method="POST", path="/programs/{program}/incidents", scope="respond", status=201,
        body={"title": "It refunded twice", "system": "SYS-1", "kind": "model/misuse"},
    ),
    Row(method="POST", path="/evidence", scope="prove", body="new", status=201),
)  # fmt: skip
TABLE = (*(Row(method="GET", path=path) for path in READS), *WRITES)


def each(rows: tuple[Row, ...] | list[Row]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def call(
    here: Laden, row: Row, token: str = "full", *, content: bytes | None = None, **headers: str
) -> HttpResponse:
    """The answer to the operation; `content` in place of the body that works."""
    body = row.body
    if content is None and body is not None:
        content = here.envelopes[body] if isinstance(body, str) else json.dumps(body).encode()
    sent = {"Authorization": f"Bearer {here.tokens.get(token, token)}"} if token else {}
    answer: HttpResponse = Client(raise_request_exception=False).generic(
        row.method, row.address(here), content or b"", "application/json", headers={**sent, **headers}
    )
    return answer


def refused(answer: HttpResponse, status: int, code: ErrorCode) -> dict[str, Any]:
    """The error of an answer, after checking that it has the one shape."""
    assert answer.status_code == status, answer.content[:600]
    assert answer["Content-Type"] == "application/json"
    body = json.loads(answer.content)
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "hint", "data"}
    assert error["code"] == code.word
    assert error["message"][-1] in ".?”"
    assert "Traceback" not in error["message"]
    assert isinstance(error["hint"], str)
    assert isinstance(error["data"], dict)
    return error


# ---------------------------------------------------------------- completeness and success
def test_every_operation_has_a_row() -> None:
    paths: Mapping[str, Mapping[str, Any]] = api.get_openapi_schema()["paths"]
    described = {
        f"{method.upper()} {path.removeprefix(ROOT)}" for path, item in paths.items() for method in item
    }
    assert described == {row.name for row in TABLE}


def test_the_description_of_the_api_is_open_to_read(client: Client) -> None:
    assert client.get(f"{ROOT}/openapi.json").json()["info"]["title"] == "Plimsoll"


@each(TABLE)
def test_an_operation_works_with_a_token_that_has_its_scope(laden: Laden, row: Row) -> None:
    answer = call(laden, row)
    assert answer.status_code == row.status, answer.content[:600]


# ---------------------------------------------------------------- who asks
@each(TABLE)
def test_nothing_answers_without_a_token(laden: Laden, row: Row) -> None:
    error = refused(call(laden, row, ""), 401, ErrorCode.UNAUTHENTICATED)
    assert error["message"] == "The request carries no token."
    assert error["hint"] == "Send Authorization: Bearer TOKEN."


@each(TABLE)
@pytest.mark.parametrize(
    ("token", "words"),
    [("plm_made-up", "is not known"), ("expired", "expired on"), ("revoked", "was revoked")],
)
def test_a_token_that_does_not_hold_is_told_why(laden: Laden, row: Row, token: str, words: str) -> None:
    error = refused(call(laden, row, token), 401, ErrorCode.UNAUTHENTICATED)
    assert words in error["message"]
    assert "Issue" in error["hint"]


def test_an_expired_token_is_told_the_day(laden: Laden) -> None:
    day = NOW - timedelta(days=90)
    error = refused(call(laden, TABLE[0], "expired"), 401, ErrorCode.UNAUTHENTICATED)
    assert f"expired on {day:%d %B %Y}." in error["message"]


def test_a_token_ends_at_the_second_that_was_said(laden: Laden) -> None:
    end = NOW - timedelta(days=90)
    with clock.frozen_at(end - timedelta(seconds=1)):
        assert call(laden, TABLE[0], "expired").status_code == 200
    with clock.frozen_at(end):
        assert call(laden, TABLE[0], "expired").status_code == 401


@each(TABLE)
def test_being_signed_in_is_no_token(laden: Laden, row: Row) -> None:
    client = Client()
    client.force_login(laden.crew.users["tess"])
    answer = client.generic(row.method, row.address(laden), b"{}", "application/json")
    refused(answer, 401, ErrorCode.UNAUTHENTICATED)


@each([row for row in TABLE if row.in_a_program])
def test_a_strangers_token_finds_nothing(laden: Laden, row: Row) -> None:
    before = Entry.objects.count()
    answer = call(laden, row, "stranger")
    refused(answer, 404, ErrorCode.NOT_FOUND)
    assert NAME not in answer.content.decode()
    assert Entry.objects.count() == before


def test_a_strangers_token_lists_only_its_own_program(laden: Laden) -> None:
    answer = call(laden, TABLE[0], "stranger")
    assert [program["name"] for program in json.loads(answer.content)] == ["Flotsam"]


def test_a_strangers_token_cannot_push_evidence_for_others(laden: Laden) -> None:
    """The door takes evidence into the token's own program, which trusts no key of ours."""
    answer = call(laden, WRITES[-1], "stranger")
    refused(answer, 422, ErrorCode.UNTRUSTED)
    assert NAME not in answer.content.decode()


@each([row for row in TABLE if row.scope == "read"])
def test_reading_needs_the_scope_read(laden: Laden, row: Row) -> None:
    error = refused(call(laden, row, "write"), 403, ErrorCode.NOT_ALLOWED)
    assert error["message"] == "This token may not read."


@each([row for row in TABLE if row.scope != "read"])
def test_writing_needs_the_scope_of_its_stage(laden: Laden, row: Row) -> None:
    before = Entry.objects.count()
    error = refused(call(laden, row, "read"), 403, ErrorCode.NOT_ALLOWED)
    assert error["message"].startswith("This token may not ")
    assert error["hint"] == f"Issue one with the scope “{row.scope}”."
    assert Entry.objects.count() == before


@each(TABLE)
def test_a_token_ends_with_the_membership_of_its_owner(laden: Laden, row: Row) -> None:
    services.set_roles(
        actor=laden.actor("tess"), program_id=laden.program_id, email="dev@halyard.example", roles=[]
    )
    answer = call(laden, row, "dev")
    if row.in_a_program:
        refused(answer, 404, ErrorCode.NOT_FOUND)
    elif row.method == "POST":
        error = refused(answer, 403, ErrorCode.NOT_ALLOWED)
        assert error["message"] == "The token's owner is no longer a member of its program."
    else:
        assert NAME not in answer.content.decode()


def test_a_token_ends_with_the_account_of_its_owner(laden: Laden) -> None:
    user = laden.crew.users["dev"]
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    refused(call(laden, TABLE[0], "dev"), 401, ErrorCode.UNAUTHENTICATED)


# ---------------------------------------------------------------- what is asked
WRONG = {
    "no JSON": b"{",
    "no UTF-8": b'{"name": "\xff"}',
    "empty": b"",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "unknown fields": b'{"nonsense": 1, "name": "x"}',
    "wrong types": b'{"name": 7, "risks": "x", "answers": [], "sha256": {}, "kind": null}',
    "deep": b"[" * 3000 + b"]" * 3000,
    "a text no computer can write down": b'{"answers": {"K1": "\\ud800"}, "name": "\\ud800"}',
}


@each(list(WRITES))
@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_a_wrong_body_gets_one_sentence_and_writes_nothing(laden: Laden, row: Row, content: bytes) -> None:
    before = Entry.objects.count()
    answer = call(laden, row, content=content)
    assert answer.status_code in (400, 422), answer.content[:600]
    refused(answer, answer.status_code, ErrorCode.BAD_INPUT)
    assert Entry.objects.count() == before


@each(list(WRITES))
def test_a_body_that_is_too_large_is_refused_before_it_is_read(laden: Laden, row: Row) -> None:
    before = Entry.objects.count()
    answer = call(laden, row, content=b'{"name": "' + b"x" * (8 * 2**20) + b'"}')
    error = refused(answer, 413, ErrorCode.TOO_LARGE)
    assert error["message"] == "The request is larger than 8 MiB."
    assert Entry.objects.count() == before


@each(TABLE)
def test_another_method_is_refused_in_the_same_shape(laden: Laden, row: Row) -> None:
    answer = call(laden, Row(method="DELETE", path=row.path))
    refused(answer, 405, ErrorCode.BAD_INPUT)
    assert answer["Allow"]


def test_an_unknown_address_is_refused_in_the_same_shape(laden: Laden) -> None:
    answer = Client().get(f"{ROOT}/nowhere", headers={"Authorization": f"Bearer {laden.tokens['full']}"})
    error = refused(answer, 404, ErrorCode.NOT_FOUND)
    assert error["message"] == "There is no such address."


@pytest.mark.parametrize(
    "ref",
    ["RSK-99999999999", "RSK-٣", "SYS-", "1", "AST-1", "SYS-404", "sys-404", "%00", "SYS-1%0A", "x" * 3000],
)
def test_a_wrong_ref_is_refused_with_a_sentence(laden: Laden, ref: str) -> None:
    path = f"{ROOT}/programs/{laden.slug}/systems/{ref}/scope"
    answer = Client().get(path, headers={"Authorization": f"Bearer {laden.tokens['full']}"})
    error = refused(answer, 404, ErrorCode.NOT_FOUND)
    assert error["message"].startswith("There is no ")
