from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel.clock import now
from plimsoll.ledger import selectors, triggers
from plimsoll.ledger.content import Content
from plimsoll.ledger.models import Box, Entry
from plimsoll.people import services
from tests import personas


@pytest.fixture
def talk(ship: personas.Crew) -> personas.Crew:
    """Five remarks on two risks."""
    for number in range(5):
        services.write_comment(
            actor=ship.actor("tess"),
            program_id=ship.program.pk,
            ref=f"RSK-{number % 2 + 1}",
            text=f"Remark {number}",
        )
    return ship


def test_entries_come_newest_first_with_their_number(talk: personas.Crew) -> None:
    rows, total = selectors.entries_of(talk.program.pk)
    assert total == len(rows) == Entry.objects.filter(program_id=talk.program.pk).count()
    assert [row.index for row in rows] == sorted((row.index for row in rows), reverse=True)
    newest = Entry.objects.order_by("-index")[0]
    assert rows[0] == selectors.EntryRow(
        id=newest.pk,
        index=newest.index,
        kind="people:comment:written",
        at=now(),
        actor=f"person:{talk.id('tess')}",
        subject="halyard/RSK-1",
        commit=newest.commit,
        leaf_hash=newest.leaf_hash,
    )
    assert rows[0].ref == "RSK-1"
    assert selectors.latest_entry(talk.program.pk) == rows[0]
    assert selectors.latest_entry(talk.program.pk + 999) is None


def test_entries_can_be_chosen_by_who_and_when(talk: personas.Crew) -> None:
    program = talk.program.pk
    total = selectors.entries_of(program)[1]
    assert selectors.entries_of(program, actor=f"person:{talk.id('tess')}")[1] == total
    assert selectors.entries_of(program, actor="rule:")[1] == 0
    assert selectors.entries_of(program, since=now())[1] == total
    assert selectors.entries_of(program, since=now() + timedelta(seconds=1)) == ([], 0)


def test_an_entry_belongs_to_one_program(talk: personas.Crew) -> None:
    newest = selectors.latest_entry(talk.program.pk)
    assert newest is not None
    assert newest.index is not None
    assert selectors.has_entry(talk.program.pk, newest.index)
    assert not selectors.has_entry(talk.program.pk + 1, newest.index)


def test_entries_can_be_chosen_by_kind_and_by_record_and_paged(talk: personas.Crew) -> None:
    program = talk.program.pk
    comments, total = selectors.entries_of(program, kind="people:comment:written")
    assert total == len(comments) == 5
    about, total = selectors.entries_of(program, subject="halyard/RSK-2")
    assert total == len(about) == 2
    page, total = selectors.entries_of(program, kind="people:comment:written", offset=1, limit=2)
    assert (total, page) == (5, comments[1:3])
    assert selectors.entries_of(program, kind="people:comment:written", subject="halyard/RSK-9") == ([], 0)


def test_entries_of_another_program_or_of_none_are_not_given(talk: personas.Crew) -> None:
    assert selectors.entries_of(talk.program.pk + 1) == ([], 0)
    rows, _ = selectors.entries_of(talk.program.pk, limit=500)
    assert "people:person:joined" not in {row.kind for row in rows}


def test_the_history_of_a_record_is_its_newest_entries(
    talk: personas.Crew, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        rows = selectors.history_of(talk.program.pk, "halyard/RSK-1", limit=2)
    everything, _ = selectors.entries_of(talk.program.pk, subject="halyard/RSK-1")
    assert rows == everything[:2]
    assert len(everything) == 3


def test_an_entry_is_read_with_its_payload(talk: personas.Crew) -> None:
    index = Entry.objects.order_by("-index")[0].index
    found = selectors.entry_with_content(talk.program.pk, index)
    assert found is not None
    row, content = found
    assert row.index == index
    assert (content.erased, content.erased_by, content.erased_at) == (0, None, None)
    assert content.payload is not None
    assert next(iter(content.payload["records"].values()))["text"] == "Remark 4"


def test_an_entry_whose_content_is_missing_is_still_there(talk: personas.Crew) -> None:
    index = Entry.objects.order_by("-index")[0].index
    triggers.drop(connection)
    Box.objects.filter(entry__index=index).delete()
    triggers.create(connection)
    found = selectors.entry_with_content(talk.program.pk, index)
    assert found is not None
    assert (found[0].index, found[1]) == (index, Content(payload=None))


@pytest.mark.parametrize("index", [0, -1, 10**6])
def test_an_entry_of_another_program_or_of_none_is_not_given(talk: personas.Crew, index: int) -> None:
    assert selectors.entry_with_content(talk.program.pk, index) is None
