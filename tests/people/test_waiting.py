"""What has no place in the log yet is shown as waiting, never with a number."""

from __future__ import annotations

import pytest
from django.test import Client

from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import sequence
from plimsoll.people import services
from plimsoll.people.history import record_parts
from plimsoll.people.selectors import programs_of, standing_of
from tests import personas


def test_an_entry_without_a_place_is_shown_as_waiting(
    ship: personas.Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)
    before = Entry.objects.count()
    services.write_comment(actor=ship.actor("tess"), program_id=ship.program.pk, ref="RSK-1", text="New")
    (program,) = programs_of(ship.actor("tess"))
    parts = record_parts(ship.actor("tess"), program, "RSK-1")
    assert parts["log_mark"] == "Waiting for its place in the log."
    assert (parts["history"][0]["index"], parts["history"][0]["url"]) == (None, "/halyard/log/")
    assert standing_of(ship.users["tess"]).log_position == before

    client = Client()
    client.force_login(ship.users["tess"])
    page = client.get("/halyard/log/").content.decode()
    assert "1 entry waits for a place in the log since 11 Jan 09:00 UTC." in page
    assert "None" not in page
    assert client.get("/health/").json()["log"] == {"waiting": 1, "waiting_seconds": 0}
    sequence()
    assert "waits for a place" not in client.get("/halyard/log/").content.decode()
    parts = record_parts(ship.actor("tess"), program, "RSK-1")
    assert parts["log_mark"].startswith(f"In the log at position {before}")
