"""Entries wait for their positions and get them once, in the order of writing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict, ErrorCode, PlimsollError
from plimsoll.ledger import log_file, sequencing, subscriptions, triggers, turns
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.log_file import Busy
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count, pending, place_of, sequence
from tests.ledger import table_log
from tests.ledger.administrator import SIGNER

JOINED = EventKind.PERSON_JOINED


def enter(*numbers: int, program_id: int | None = None) -> list[int]:
    """Writes entries in one transaction; their ids."""
    with writing(program_id):
        return [
            append(
                kind=JOINED, actor="person:1", subject=f"person:{number}", payload={}, program_id=program_id
            )
            for number in numbers
        ]


def placed() -> list[tuple[int | None, str]]:
    return list(Entry.objects.order_by("id").values_list("index", "subject"))


@pytest.fixture
def nobody_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had died right after each commit."""
    monkeypatch.setattr("plimsoll.ledger.append.on_commit", lambda call: None)


# ------------------------------------------------------------ positions


@pytest.mark.django_db(transaction=True)
def test_an_entry_waits_until_its_transaction_is_committed_and_has_its_place_right_after() -> None:
    with writing():
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})
        assert placed() == [(None, "person:1")]
        assert str(Entry.objects.get()) == "waiting people:person:joined"
    assert placed() == [(0, "person:1")]


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_what_waits_gets_its_places_in_the_order_of_writing_by_whoever_comes_next() -> None:
    enter(1, 2)
    enter(3)
    assert (pending().count, pending().oldest_at, entry_count()) == (3, clock.now(), 0)
    assert sequence() == 3
    assert placed() == [(0, "person:1"), (1, "person:2"), (2, "person:3")]
    assert (pending().count, pending().oldest_at, entry_count()) == (0, None, 3)
    assert sequence() == 0


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_more_than_one_batch_gets_its_places_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencing, "BATCH", 3)
    enter(*range(8))
    assert sequence() == 8
    assert placed() == [(n, f"person:{n}") for n in range(8)]


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_signing_first_gives_places_to_what_waits() -> None:
    enter(1, 2)
    assert make_checkpoint(SIGNER).size == 2


@pytest.mark.django_db(transaction=True)
def test_no_place_is_given_in_a_transaction_that_has_written_entries() -> None:
    """They may still be undone, and the log forgets nothing."""
    with writing():
        sequence()
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})
        with pytest.raises(RuntimeError, match="after the commit"):
            sequence()
        with pytest.raises(RuntimeError, match="after the commit"):
            make_checkpoint(SIGNER)
    assert placed() == [(0, "person:1")]


@pytest.mark.django_db(transaction=True)
def test_writing_within_a_transaction_that_is_not_for_writing_is_refused() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), writing():
        raise AssertionError("never reached")


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_the_place_of_an_entry_is_given_when_it_is_asked_for() -> None:
    _, second = enter(1, 2)
    assert place_of(second) == 1
    assert place_of(second) == 1


@pytest.mark.django_db
def test_the_place_of_an_entry_that_is_gone_cannot_be_told() -> None:
    with pytest.raises(Conflict, match="The entry that was written as number 99 is gone"):
        place_of(99)


# ------------------------------------------------------------ whose turn


@pytest.mark.django_db
def test_an_entry_of_another_program_is_refused_in_the_turn_of_one() -> None:
    with pytest.raises(RuntimeError, match="an entry of program None in the turn of program 7"), writing(7):
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})


@pytest.mark.django_db
def test_the_turn_of_another_program_is_refused_within_that_of_one() -> None:
    with (
        pytest.raises(RuntimeError, match="the turn of program 7 is not that of 8"),
        writing(7),
        writing(8),
    ):
        raise AssertionError("never reached")


@pytest.mark.django_db
def test_an_inner_turn_belongs_to_the_outer_one() -> None:
    with writing(7), writing(), writing(7):
        enter(1, program_id=7)
    with writing(), writing(8):
        enter(2, program_id=8)
    assert [subject for _, subject in placed()] == ["person:1", "person:2"]
    turns.must_have_written_nothing()


# ------------------------------------------------------------ what may change of a row


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
@pytest.mark.parametrize(
    "column",
    ["kind", "at", "actor", "subject", "program_id", '"commit"', "leaf_hash", "id", '"index"'],
)
def test_the_position_is_given_once_and_nothing_else_changes_with_it(column: str) -> None:
    (pk,) = enter(1)
    value = {"at": "'2020-01-01 00:00:00+00:00'", "id": "77", "program_id": "77"}.get(column, "'else'")
    both = '"index" = NULL' if column == '"index"' else f'"index" = 0, {column} = {value}'
    for change in (both, both.replace('"index" = 0, ', "")):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            _run(f"UPDATE ledger_entry SET {change} WHERE id = {pk}")
    _run(f'UPDATE ledger_entry SET "index" = 0 WHERE id = {pk}')
    for again in ("1", "0", "NULL"):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            _run(f'UPDATE ledger_entry SET "index" = {again} WHERE id = {pk}')


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


# ------------------------------------------------------------ what stops it


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_an_entry_edited_while_it_waits_gets_no_place_and_is_named() -> None:
    first, second = enter(1, 2)
    triggers.drop(connection)
    Entry.objects.filter(pk=second).update(actor="person:666")
    triggers.create(connection)
    with pytest.raises(Conflict) as refused:
        sequence()
    assert refused.value.message == (
        f"The entry that was written as number {second} (people:person:joined, person:2) was edited."
    )
    assert Entry.objects.get(pk=first).index is None


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_when_too_many_wait_nothing_more_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencing, "PENDING_LIMIT", 3)
    enter(1, 2, 3)
    with pytest.raises(PlimsollError) as refused:
        enter(4)
    assert refused.value.code is ErrorCode.UNAVAILABLE
    assert refused.value.message == "The log has fallen behind: 3 entries wait for their places."
    assert Entry.objects.count() == 3
    sequence()
    enter(4)
    assert Entry.objects.count() == 4


class Trouble(table_log.TableLog):
    """A log that fails when it is asked to keep something."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def append(self, entries: Sequence[bytes]) -> range:
        raise self.error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [Busy("Somebody has it."), OSError("no space left")])
def test_a_log_that_fails_after_the_commit_leaves_the_change_and_a_waiting_entry(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Event] = []
    monkeypatch.setitem(subscriptions._subscribers, JOINED, [heard.append])

    @contextmanager
    def opened(**_: Any) -> Any:
        yield Trouble(error)

    with monkeypatch.context() as patch:
        patch.setattr(log_file, "opened", opened)
        (pk,) = enter(1)
    assert placed() == [(None, "person:1")]
    assert heard == []
    assert f"entry number {pk} waits for its place in the log" in caplog.text
    sequence()
    assert placed() == [(0, "person:1")]


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_a_row_that_has_a_place_is_not_given_another() -> None:
    (pk,) = enter(1)
    stale = Entry.objects.get(pk=pk)
    sequence()
    with pytest.raises(Conflict, match="An entry that waited for its position is gone"):
        sequencing.note_found([stale], 7)
    assert Entry.objects.get(pk=pk).index == 0


@pytest.mark.usefixtures("nobody_sequences")
@pytest.mark.django_db
def test_the_place_that_another_thread_gave_meanwhile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    (pk,) = enter(1)

    @contextmanager
    def opened(**_: Any) -> Any:
        sequencing._asked[pk] = 41  # as the thread that had the log before us does
        yield table_log.TableLog()

    monkeypatch.setattr(log_file, "opened", opened)
    assert place_of(pk) == 41
    assert sequencing._asked == {}
