"""Whatever body arrives, the API answers in its own shapes and never fails."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plimsoll.adapters.catalog import load_catalog
from plimsoll.ledger.models import Entry
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.voyages import undone

pytestmark = pytest.mark.django_db
QUESTIONS = [question.id for question in load_catalog().question_set.questions]
NASTY = [
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e",
    "x" * 5000,
    "٣",
    "'; --",
    "<b>",
    "{{ x }}",
    "1e999",
    "9" * 400,
    "-0",
    "𝕏",
]
TEXTS = st.sampled_from(NASTY) | st.text(max_size=20) | st.text(alphabet=string.printable, max_size=10)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.integers(min_value=10**18, max_value=10**30)
    | st.floats(allow_nan=True) | TEXTS
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def like(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies that have some of the fields, filled rightly or with anything."""
    return st.fixed_dictionaries({}, optional={name: right | ANYTHING for name, right in fields.items()})


RISK = like(
    title=TEXTS, system=st.sampled_from(["SYS-1", "SYS-99"]), owner=st.sampled_from(["dev", "@dev"]),
    cause=TEXTS, event=TEXTS, consequence=TEXTS, catalog_id=st.sampled_from(["RSK-MOD-03", "RSK-1"]),
    due_on=st.dates().map(str),
)  # fmt: skip
BODIES = {
    ("POST", "systems"): like(
        name=TEXTS, sentence=TEXTS, owner=st.sampled_from(["dev", "dev@halyard.example"]),
        off_switch_holder=TEXTS, stage=st.sampled_from(["prototype", "retired", "ga"]),
    ),
    ("PUT", "systems/SYS-1/answers"): like(
        answers=st.dictionaries(
            st.sampled_from(QUESTIONS) | TEXTS,
            st.sampled_from(["yes", "unknown", {"not_applicable": "other"}]) | ANYTHING, max_size=4,
        ),
        source=TEXTS,
    ),
    ("POST", "systems/SYS-1/assets"): like(
        kind=st.sampled_from(["model", "vendor"]), name=TEXTS, sha256=st.just("a" * 64),
        location=st.sampled_from(["a/b", "../x", "/etc/passwd"]), provenance=TEXTS,
    ),
    ("PUT", "assets/AST-1"): like(sha256=st.sampled_from(["c" * 64, "sha256:" + "d" * 64])),
    ("POST", "risks"): like(risks=st.lists(RISK | ANYTHING, max_size=3)),
}  # fmt: skip


def answered(here: Laden, method: str, path: str, content: bytes) -> None:
    """Sends the body, looks at the answer, and takes back what it wrote."""
    before = Entry.objects.count()
    with undone():
        answer = Client(raise_request_exception=False).generic(
            method, path, content, "application/json",
            headers={"Authorization": f"Bearer {here.tokens['full']}"},
        )  # fmt: skip
        assert answer.status_code in (200, 201, 400, 403, 404, 409, 413, 422), answer.content[:500]
        body = json.loads(answer.content)
        if answer.status_code >= 400:
            assert set(body["error"]) == {"code", "message", "hint", "data"}
            assert body["error"]["message"].strip()
            assert Entry.objects.count() == before


@pytest.mark.parametrize(("method", "path"), BODIES, ids=[" ".join(key) for key in BODIES])
def test_no_json_body_makes_it_fail(laden: Laden, method: str, path: str) -> None:
    address = f"/api/v1/programs/{laden.slug}/{path}"

    @settings(max_examples=60)
    @given(BODIES[method, path] | ANYTHING)
    def sent(body: Any) -> None:
        answered(laden, method, address, json.dumps(body).encode("ascii"))

    sent()


ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "payload": TEXTS | ANYTHING,
        "payloadType": st.just("application/vnd.in-toto+json") | ANYTHING,
        "signatures": st.lists(like(keyid=TEXTS, sig=TEXTS), max_size=2) | ANYTHING,
    },
)


def test_no_statement_makes_it_fail(laden: Laden) -> None:
    @settings(max_examples=80)
    @given(ENVELOPE | ANYTHING)
    def sent(body: Any) -> None:
        answered(laden, "POST", "/api/v1/evidence", json.dumps(body).encode("ascii"))

    sent()


def test_no_bytes_make_the_door_fail(laden: Laden) -> None:
    good = laden.envelopes["new"]

    @settings(max_examples=80)
    @given(st.binary(max_size=60), st.integers(min_value=0, max_value=len(good)))
    @example(b"", 0)
    @example(b"\xff", len(good))
    def sent(noise: bytes, at: int) -> None:
        answered(laden, "POST", "/api/v1/evidence", good[:at] + noise + good[at + len(noise) :])

    sent()


@pytest.mark.parametrize("name", ["risks", "requirements", "evidence"])
def test_no_query_makes_a_list_fail(laden: Laden, name: str) -> None:
    @settings(max_examples=25)
    @given(st.dictionaries(st.sampled_from(["after", "limit", "system", "x"]), TEXTS, max_size=3))
    def asked(query: dict[str, str]) -> None:
        answer = Client(raise_request_exception=False).get(
            f"/api/v1/programs/{laden.slug}/{name}",
            {key: value.encode("utf-8", "surrogatepass") for key, value in query.items()},
            headers={"Authorization": f"Bearer {laden.tokens['full']}"},
        )
        assert answer.status_code in (200, 422), answer.content[:500]

    asked()
