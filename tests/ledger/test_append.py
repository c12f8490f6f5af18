from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from plimsoll.engines.tlog.commitment import commit_digests
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.engines.tlog.merkle import leaf_hash
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict
from plimsoll.kernel.ids import Digest
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.content import digests_in
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.models import Box, Entry
from plimsoll.people import services
from plimsoll.people.models import SavedView, User
from plimsoll.people.roles import Role
from tests import personas
from tests.opened import content

JOINED = EventKind.PERSON_JOINED


def enter(number: int = 1, *, records: tuple[models.Model, ...] = ()) -> int:
    with writing():
        return append(
            kind=JOINED,
            actor="person:1",
            subject=f"person:{number}",
            payload={"number": number},
            records=records,
        )


def undone(*steps: Callable[[], object]) -> None:
    """Takes the steps in one writing, which fails at its end."""
    with writing():
        for step in steps:
            step()
        raise Conflict("Somebody else was faster.")


def newest() -> Entry:
    return Entry.objects.order_by("-index").select_related("payload")[0]


# ------------------------------------------------------------ where it may be done


@pytest.mark.django_db(transaction=True)
def test_append_outside_any_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match=re.escape("append belongs inside `with writing():`")):
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_append_in_a_transaction_that_is_not_for_writing_is_refused() -> None:
    """On PostgreSQL nobody would take turns there, and two writers would take the same position."""
    with pytest.raises(RuntimeError, match="append belongs inside"), transaction.atomic():
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_append_after_a_finished_or_failed_writing_is_refused() -> None:
    enter()
    with pytest.raises(Conflict):
        undone(lambda: undone(enter))
    with pytest.raises(RuntimeError), transaction.atomic():
        append(kind=JOINED, actor="person:1", subject="person:1", payload={})
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_inner_writing_leaves_the_outer_one_open() -> None:
    with writing():
        enter(1)
        append(kind=JOINED, actor="person:1", subject="person:2", payload={})
    assert list(Entry.objects.order_by("index").values_list("index", "subject")) == [
        (0, "person:1"),
        (1, "person:2"),
    ]


# ------------------------------------------------------------ all or nothing, without gaps


@pytest.mark.django_db(transaction=True)
def test_a_step_that_fails_after_its_entry_leaves_neither_entry_nor_record() -> None:
    enter()
    with pytest.raises(Conflict):
        undone(lambda: services.join(email="late@halyard.example", name="Late", password=None))
    assert Entry.objects.count() == Box.objects.count() == 1
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_positions_have_no_gap_where_a_step_was_undone() -> None:
    first = enter(1)
    with pytest.raises(Conflict):
        undone(lambda: enter(2))
    second = enter(3)
    assert first < second
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_undone_alone_takes_its_entry_with_it() -> None:
    with writing():
        enter(1)
        with pytest.raises(Conflict):
            undone(lambda: enter(2))
        enter(3)
    assert list(Entry.objects.order_by("index").values_list("index", "subject")) == [
        (0, "person:1"),
        (1, "person:3"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_position_is_given_once_whatever_writes_it() -> None:
    enter()
    taken = newest()
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry(
            index=taken.index,
            kind=taken.kind,
            at=taken.at,
            actor="person:6",
            subject="person:6",
            commit=taken.commit,
            leaf_hash=taken.leaf_hash,
        ).save(force_insert=True)


# ------------------------------------------------------------ what an entry holds


@pytest.mark.django_db
def test_an_entry_is_the_leaf_that_its_hash_is_of() -> None:
    enter(7)
    entry = newest()
    leaf = Leaf(
        kind="people:person:joined",
        at=timestamp(clock.now()),
        actor="person:1",
        subject="person:7",
        commit=Digest(entry.commit),
        version=2,
    )
    assert entry.leaf_hash == leaf_hash(leaf.entry).hex()
    assert (entry.kind, entry.at, entry.actor, entry.subject, entry.program_id) == (
        "people:person:joined",
        clock.now(),
        "person:1",
        "person:7",
        None,
    )
    assert str(entry) == "0 people:person:joined"


@pytest.mark.django_db
def test_the_entry_commits_to_its_fields_each_under_a_salt_of_its_own() -> None:
    enter(1)
    enter(1)
    first, second = Entry.objects.order_by("index")
    for entry in (first, second):
        (box,) = entry.boxes.all()
        assert commit_digests(digests_in(box)) == entry.commit
        assert str(box) == f"box of {entry} about installation:log"
        assert b"number" not in bytes(box.box)
    assert content(first) == content(second) == {"number": 1, "records": {}}
    assert not set(digests_in(first.boxes.get())) & set(digests_in(second.boxes.get()))
    assert first.commit != second.commit


def test_the_payload_carries_the_state_of_what_was_written_and_names_what_was_removed(
    ship: personas.Crew,
) -> None:
    ada = ship.users["ada"]
    with writing():
        number = append(
            kind=EventKind.MEMBER_ADDED,
            actor="person:1",
            subject="halyard/person:4",
            payload={"roles": ["approver"]},
            program_id=ship.program.pk,
            records=[ada],
            removed=["people.Membership:77"],
        )
    entry = Entry.objects.select_related("payload").get(pk=number)
    body = content(entry)
    assert body == {
        "roles": ["approver"],
        "records": {
            "people.Membership:77": None,
            f"people.User:{ada.pk}": {
                "id": ada.pk,
                "email": "ada@halyard.example",
                "name": "Ada Okafor",
                "handle": "ada",
                "is_active": True,
                "is_superuser": False,
                "joined_at": "2027-01-11T09:00:00.000000Z",
            },
        },
    }
    assert entry.program_id == ship.program.pk


def test_no_entry_holds_personal_data_outside_its_payload(ship: personas.Crew) -> None:
    for leaf in Entry.objects.values_list("kind", "actor", "subject"):
        text = " ".join(leaf).lower()
        for full, _ in personas.CAST.values():
            assert not any(part.lower() in text for part in full.split())
        assert "@" not in text


def test_a_record_that_the_log_does_not_answer_for_cannot_be_logged(ship: personas.Crew) -> None:
    view = SavedView(pk=1, program=ship.program, owner=ship.users["tess"], page="risks", name="mine")
    with pytest.raises(KeyError):
        enter(records=(view,))


@pytest.mark.django_db
def test_a_payload_without_canonical_form_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(BadInput, match="has no canonical JSON form"), writing():
        append(kind=JOINED, actor="person:1", subject="person:1", payload={"far": float("inf")})
    assert not Entry.objects.exists()


# ------------------------------------------------------------ who hears of it, and when


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    from plimsoll.ledger import subscriptions

    events: list[Event] = []
    monkeypatch.setitem(subscriptions._subscribers, JOINED, [events.append])
    return events


@pytest.mark.django_db(transaction=True)
def test_subscribers_hear_of_an_entry_after_the_commit(heard: list[Event]) -> None:
    with writing():
        enter(5)
        assert heard == []
    assert heard == [Event(kind=JOINED, index=0, subject="person:5", program_id=None, details={"number": 5})]


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_of_an_entry_that_was_undone(heard: list[Event]) -> None:
    with pytest.raises(Conflict):
        undone(enter)
    assert heard == []


# ------------------------------------------------------------ what it costs


def test_an_entry_costs_the_same_however_long_the_log_is(ship: personas.Crew) -> None:
    with CaptureQueriesContext(connection) as early:
        enter()
    for number in range(40):
        enter(number)
    with CaptureQueriesContext(connection) as late:
        enter()
    assert len(early) == len(late)


def test_what_one_step_writes_is_one_entry(ship: personas.Crew) -> None:
    before = Entry.objects.count()
    services.set_roles(
        actor=ship.actor("tess"),
        program_id=ship.program.pk,
        email="mallory@halyard.example",
        roles=[Role.ENGINEER, Role.AUDITOR],
    )
    assert Entry.objects.count() == before + 1
