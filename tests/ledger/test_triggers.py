from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from plimsoll.engines.tlog.keys import Signer
from plimsoll.ledger import triggers
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.models import Box, Checkpoint, Entry, Payload, SubjectKey
from tests import personas
from tests.ledger.older import older_entry
from tests.voyages import KEY

EDITS = {
    "ledger_entry": "UPDATE ledger_entry SET subject = 'person:2'",
    "ledger_payload": "UPDATE ledger_payload SET body = '{}'",
    "ledger_checkpoint": "UPDATE ledger_checkpoint SET note = ''",
    "ledger_box": "UPDATE ledger_box SET box = NULL",
    "ledger_subjectkey": "UPDATE ledger_subjectkey SET subject = 'person:2'",
}
MODELS: dict[str, type[Model]] = {
    model._meta.db_table: model for model in (Entry, Payload, Checkpoint, Box, SubjectKey)
}


@pytest.fixture
def log(ship: personas.Crew) -> None:
    older_entry(kind="people:person:joined", actor="person:1", subject="person:1", payload={})
    make_checkpoint(Signer(name="log.test", key=KEY))


def run(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def test_the_tables_with_triggers_are_those_of_the_ledger() -> None:
    assert set(triggers.TABLES) == set(MODELS) == {model._meta.db_table for model in MODELS.values()}


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("table", triggers.TABLES)
def test_the_database_refuses_to_change_a_row(table: str) -> None:
    before = list(MODELS[table].objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="the ledger is insert-only"):
        run(EDITS[table])
    assert list(MODELS[table].objects.order_by("pk").values()) == before


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("table", triggers.TABLES)
def test_the_database_refuses_to_delete_a_row(table: str) -> None:
    before = MODELS[table].objects.count()
    with pytest.raises(DatabaseError, match="the ledger is insert-only"):
        run(f"DELETE FROM {table}")
    assert MODELS[table].objects.count() == before > 0


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("table", [table for table in triggers.TABLES if table != "ledger_subjectkey"])
def test_the_application_itself_cannot_change_or_delete_a_row(table: str) -> None:
    row = MODELS[table].objects.order_by("pk")[0]
    for act in (row.save, row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert MODELS[table].objects.filter(pk=row.pk).exists()


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("table", triggers.TABLES)
def test_postgresql_refuses_to_empty_a_table(table: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE; deleting is refused above")
    run("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending would keep the table from being emptied, too
    with pytest.raises(DatabaseError, match="the ledger is insert-only"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.usefixtures("log")
def test_inserting_is_still_possible_after_the_triggers_were_made_again() -> None:
    triggers.create(connection)
    triggers.create(connection)
    before = Entry.objects.count()
    personas.services.join(email="new@halyard.example", name="New", password=None)
    assert Entry.objects.count() == before + 1


@pytest.mark.usefixtures("log")
def test_dropping_them_twice_is_harmless_and_making_them_again_restores_the_refusal() -> None:
    with transaction.atomic():
        triggers.drop(connection)
        triggers.drop(connection)
        assert run(EDITS["ledger_entry"]) == Entry.objects.count()
        triggers.create(connection)
    with pytest.raises(DatabaseError, match="the ledger is insert-only"):
        run(EDITS["ledger_entry"])


# ------------------------------------------------------------ what erasing may do


def said(kind: EventKind) -> int:
    with writing():
        return append(kind=kind, actor="person:1", subject="person:1", payload={})


@pytest.mark.usefixtures("log")
def test_a_box_is_emptied_only_with_an_entry_that_says_so_and_only_once() -> None:
    box = Box.objects.filter(subject__startswith="person:").earliest("pk")
    other, erasure = said(EventKind.PERSON_JOINED), said(EventKind.CONTENT_ERASED)
    mine = Box.objects.filter(pk=box.pk)
    for change in (
        {"box": None},
        {"box": None, "erased_by": other},
        {"box": b"else", "erased_by": erasure},
        {"box": None, "erased_by": erasure, "digests": b""},
        {"box": None, "erased_by": erasure, "subject": "person:99"},
        {"box": None, "erased_by": erasure, "entry": other},
    ):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            mine.update(**change)
    assert mine.update(box=None, erased_by=erasure) == 1
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        mine.update(box=None, erased_by=other)


@pytest.mark.usefixtures("log")
def test_a_payload_is_emptied_only_with_an_entry_that_says_so() -> None:
    mine, erasure = Payload.objects.all(), said(EventKind.CONTENT_ERASED)
    for change in ({"body": "", "salt": ""}, {"body": "{}", "salt": "", "erased_by": erasure}):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            mine.update(**change)
    assert mine.update(body="", salt="", erased_by=erasure) == 1


@pytest.mark.usefixtures("log")
def test_a_key_goes_once_no_box_needs_it_and_may_be_wrapped_anew() -> None:
    subject = Box.objects.filter(subject__startswith="person:").earliest("pk").subject
    key = SubjectKey.objects.filter(subject=subject)
    assert key.update(wrapped=b"wrapped anew") == 1
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        key.delete()
    Box.objects.filter(subject=subject).update(box=None, erased_by=said(EventKind.CONTENT_ERASED))
    assert key.delete()[0] == 1
