"""Content is read back from boxes, whoever wrote it when; what was overwritten reads as nothing."""

from __future__ import annotations

import pytest

from plimsoll.ledger import content
from plimsoll.ledger.content import Content, content_of
from plimsoll.ledger.erasing import clear_traces
from plimsoll.ledger.models import Box, Entry, SubjectKey
from plimsoll.people import services
from tests import personas
from tests.ledger.administrator import sql
from tests.ledger.older import older_entry


def test_an_entry_of_the_release_before_is_read_as_a_whole(ship: personas.Crew) -> None:
    row = older_entry(kind="people:person:joined", actor="person:1", subject="log", payload={"n": 1})
    assert content_of(row) == Content(payload={"n": 1})
    assert str(row.payload) == f"payload of {row}"


def test_a_box_that_was_overwritten_reads_as_nothing(ship: personas.Crew) -> None:
    box = Box.objects.filter(subject__startswith="person:").earliest("pk")
    sql("UPDATE ledger_box SET box = %s WHERE id = %s", b"something else", box.pk)
    assert content_of(Entry.objects.get(pk=box.entry_id)) == Content(payload=None)


def test_keys_are_named_by_their_subject_and_hold_nothing_in_the_clear(ship: personas.Crew) -> None:
    key = SubjectKey.objects.get(subject=f"person:{ship.id('ada')}")
    assert str(key) == f"key of person:{ship.id('ada')}"
    assert len(bytes(key.wrapped)) == 68


@pytest.mark.django_db
def test_without_a_vault_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_filled", [])
    with pytest.raises(RuntimeError, match="nobody has filled in the vault"):
        services.join(email="a@halyard.example", name="Ann", password=None)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_traces_are_cleared_while_nobody_else_reads() -> None:
    assert clear_traces()
