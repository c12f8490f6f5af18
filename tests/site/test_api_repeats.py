"""Writes that come twice, reads that have not changed, and lists that come in pieces."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from plimsoll.kernel import clock
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import services as plan
from plimsoll.loop.plan.models import Risk
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture

pytestmark = pytest.mark.django_db
RISK = {"risks": [{"title": "The vendor leaves"}]}


def send(
    here: Laden, method: str, path: str, body: Any = None, *, token: str = "full", **headers: str
) -> HttpResponse:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    sent = {"Authorization": f"Bearer {here.tokens[token]}", **headers}
    answer: HttpResponse = Client().generic(
        method, f"/api/v1/{path.format(program=here.slug, **here.refs)}", content, "application/json",
        headers=sent,
    )  # fmt: skip
    return answer


def error(answer: HttpResponse) -> str:
    return str(json.loads(answer.content)["error"]["message"])


# ---------------------------------------------------------------- idempotent writes
def test_a_write_that_comes_twice_is_done_once_and_answered_twice(laden: Laden) -> None:
    first = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    entries = Entry.objects.count()
    again = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert json.loads(first.content) == json.loads(again.content)
    assert "Idempotent-Replay" not in first
    assert again["Idempotent-Replay"] == "true"
    assert Risk.objects.filter(title="The vendor leaves").count() == 1
    assert Entry.objects.count() == entries


def test_the_same_holds_for_a_put_and_for_evidence(laden: Laden) -> None:
    for method, path, body in (
        ("PUT", "programs/{program}/systems/{system}/answers", {"answers": {"A1": "write"}}),
        ("POST", "evidence", laden.envelopes["new"]),
    ):
        first = send(laden, method, path, body, **{"Idempotency-Key": f"{method}-key"})
        again = send(laden, method, path, body, **{"Idempotency-Key": f"{method}-key"})
        assert first.status_code in (200, 201)
        assert (again.status_code, again["Idempotent-Replay"]) == (first.status_code, "true")
        assert json.loads(again.content) == json.loads(first.content)


def test_a_key_that_was_used_for_something_else_is_refused(laden: Laden) -> None:
    send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    other = {"risks": [{"title": "The budget is cut again"}]}
    answer = send(laden, "POST", "programs/{program}/risks", other, **{"Idempotency-Key": "k-1"})
    assert answer.status_code == 409
    assert error(answer) == "This Idempotency-Key was used for another request."
    assert not Risk.objects.filter(title="The budget is cut again").exists()


def test_a_key_belongs_to_one_token(laden: Laden) -> None:
    for token in ("full", "write"):
        answer = send(
            laden, "POST", "programs/{program}/risks", RISK, token=token, **{"Idempotency-Key": "k-1"}
        )
        assert "Idempotent-Replay" not in answer
    assert Risk.objects.filter(title="The vendor leaves").count() == 2


def test_a_refused_write_does_not_use_its_key_up(laden: Laden) -> None:
    wrong = {"risks": [{"title": ""}]}
    assert (
        send(laden, "POST", "programs/{program}/risks", wrong, **{"Idempotency-Key": "k-1"}).status_code
        == 422
    )
    right = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    assert right.status_code == 201


@pytest.mark.parametrize("length", [81, 5000])
def test_a_key_that_is_too_long_to_be_kept_is_refused_before_the_write(laden: Laden, length: int) -> None:
    answer = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k" * length})
    assert answer.status_code == 422
    assert error(answer) == f"The Idempotency-Key has {length} characters."
    assert not Risk.objects.filter(title="The vendor leaves").exists()


def test_a_key_of_eighty_characters_is_kept(laden: Laden) -> None:
    for _ in range(2):
        answer = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k" * 80})
    assert answer["Idempotent-Replay"] == "true"


def test_an_answer_is_kept_for_a_day(laden: Laden) -> None:
    send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    with clock.frozen_at(NOW + timedelta(hours=23)):
        late = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    with clock.frozen_at(NOW + timedelta(hours=25)):
        later = send(laden, "POST", "programs/{program}/risks", RISK, **{"Idempotency-Key": "k-1"})
    assert late["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in later


def test_reading_does_not_use_keys(laden: Laden) -> None:
    for _ in range(2):
        answer = send(laden, "GET", "programs", **{"Idempotency-Key": "k-1"})
        assert "Idempotent-Replay" not in answer


# ---------------------------------------------------------------- tags
def test_what_has_not_changed_is_not_sent_again(laden: Laden) -> None:
    path = "programs/{program}/systems/{system}/scope"
    first = send(laden, "GET", path)
    same = send(laden, "GET", path, **{"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    send(laden, "PUT", "programs/{program}/systems/{system}/answers", {"answers": {"A1": "write"}})
    changed = send(laden, "GET", path, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_every_list_has_a_tag(laden: Laden) -> None:
    for name in ("systems", "assets", "requirements", "risks", "evidence", "gates"):
        tag = send(laden, "GET", f"programs/{{program}}/{name}")["ETag"]
        answer = send(laden, "GET", f"programs/{{program}}/{name}", **{"If-None-Match": tag})
        assert answer.status_code == 304, name


# ---------------------------------------------------------------- pieces
def walk(here: Laden, name: str, limit: int) -> list[list[str]]:
    """The refs in each piece, by following `next`."""
    pieces, after = [], ""
    while True:
        got = json.loads(
            send(here, "GET", f"programs/{{program}}/{name}?limit={limit}&after={after}").content
        )
        pieces.append([item["ref"] for item in got["items"]])
        if got["next"] is None:
            return pieces
        after = got["next"]


def test_twelve_hundred_risks_come_in_pieces_without_a_gap_or_a_double(laden: Laden) -> None:
    plan.raise_risks(
        actor=laden.actor("tess"), program_id=laden.program_id,
        risks=[plan.NewRisk(title=f"Risk {n}") for n in range(1197)],
    )  # fmt: skip
    pieces = walk(laden, "risks", 500)
    assert [len(piece) for piece in pieces] == [500, 500, 200]
    assert [ref for piece in pieces for ref in piece] == [f"RSK-{n}" for n in range(1, 1201)]


@pytest.mark.parametrize("name", ["requirements", "evidence"])
def test_other_lists_come_in_pieces_too(laden: Laden, name: str) -> None:
    whole = walk(laden, name, 500)
    assert len(whole) == 1
    pieces = walk(laden, name, 3)
    assert all(len(piece) == 3 for piece in pieces[:-1])
    assert sorted(ref for piece in pieces for ref in piece) == sorted(whole[0])


@pytest.mark.parametrize("name", ["risks", "requirements", "evidence"])
@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=-1", "limit=x", "limit=1e3", "after=x", "after=-1", "after=RSK-1",
     "after=٣", "after=9999999999", f"after={'9' * 6000}", f"limit={'9' * 6000}", "after=%00"],
)  # fmt: skip
def test_a_cursor_or_limit_that_cannot_be_is_refused(laden: Laden, name: str, query: str) -> None:
    answer = send(laden, "GET", f"programs/{{program}}/{name}?{query}")
    assert answer.status_code == 422, answer.content[:300]
    assert error(answer)
