"""A log from before entries waited for their positions keeps its positions and its payloads."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from plimsoll.ledger.models import Entry

BEFORE, AFTER = [("ledger", "0002_insert_only")], [("ledger", "0005_vault")]
ROW = {
    "kind": "people:person:joined",
    "at": "2026-01-01T00:00:00Z",
    "actor": "person:1",
    "subject": "person:1",
    "commit": "0" * 64,
    "leaf_hash": "0" * 64,
}


@pytest.mark.django_db(transaction=True)
def test_entries_of_the_release_before_keep_their_positions() -> None:
    try:
        old = MigrationExecutor(connection)
        old.migrate(BEFORE)
        there = old.loader.project_state(BEFORE).apps
        for index in range(3):
            entry = there.get_model("ledger", "Entry").objects.create(index=index, **ROW)
            there.get_model("ledger", "Payload").objects.create(entry=entry, salt="", body=f"{index}")
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            there.get_model("ledger", "Entry").objects.filter(index=1).update(actor="person:2")
    finally:
        MigrationExecutor(connection).migrate(AFTER)
    rows = Entry.objects.order_by("id").select_related("payload")
    assert [(row.pk, row.index, row.payload.body) for row in rows] == [(n, n, f"{n}") for n in range(3)]
    added = Entry.objects.create(**ROW)
    assert (added.pk, added.index) == (3, None)
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        Entry.objects.filter(index=1).update(actor="person:2")
    assert Entry.objects.filter(pk=3).update(index=3) == 1
