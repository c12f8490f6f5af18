"""No form of the product fails, whatever is put into its fields."""

from __future__ import annotations

import os
import string
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.ledger.models import Entry
from tests.contracts.test_addresses import POSTED, Row, filled, named
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.voyages import undone

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("PLIMSOLL_FUZZ", "3"))
NASTY = (
    "",
    " ",
    "0",
    "-1",
    "9" * 30,
    "9" * 5000,
    "1e400",
    "nan",
    "∞",
    "٣",
    "x" * 10_000,
    "2027-02-30",
    "0001-01-01",
    "9999-12-31",
    "| | | | |",
    "a | b | 3",
    "a|b|dev|9999-12-31|c",
    "<script>",
    "{{ x }}",
    "%s",
    "\u202e",
    "𝕏",
    "RSK-1",
    "GTE-99999999999",
    "javascript:x",
    "a\r\nb",
    "=1+1",
    "unknown",
    "not_applicable",
    "go",
    "accept",
)
VALUES = st.sampled_from(NASTY) | st.text(alphabet=string.printable, max_size=12) | st.text(max_size=6)
PERSONS = st.sampled_from(["tess", "ada", "cal", "xan", "omni"])


@named([row for row in POSTED if row.route != "log/export/file/"])
def test_no_field_makes_a_form_fail(laden: Laden, row: Row) -> None:
    fields = sorted(row.body or {}) or ["x"]

    @settings(max_examples=EXAMPLES)
    @given(
        PERSONS | st.just(row.by),
        st.dictionaries(st.sampled_from([*fields, "reason", "order"]), VALUES, min_size=1),
    )
    def sent(person: str, values: dict[str, Any]) -> None:
        body = {**filled(row.body or {}, laden), **values}
        for value in body.values():
            if isinstance(value, SimpleUploadedFile):
                value.seek(0)
        client = Client()
        client.force_login(laden.crew.users[person])
        before = Entry.objects.count()
        with undone():
            answer = client.post(laden.at(row.where), body)
            assert answer.status_code in (200, 302, 403, 404, 409, 413, 422)
            if answer.status_code >= 400:
                assert Entry.objects.count() == before
            elif answer.status_code == 302:
                after = client.get(answer["Location"])
                assert after.status_code == 200

    sent()
