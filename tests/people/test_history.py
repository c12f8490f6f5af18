from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.models import Entry
from plimsoll.ledger.selectors import history_of
from plimsoll.people import selectors, services
from plimsoll.people.history import actor_name, named_entries, record_parts
from tests import personas
from tests.voyages import KEY


@pytest.fixture
def talk(ship: personas.Crew) -> personas.Crew:
    for who in ("dev", "ada"):
        services.write_comment(
            actor=ship.actor(who), program_id=ship.program.pk, ref="RSK-1", text=f"{who} was here"
        )
    return ship


def parts(crew: personas.Crew, who: str, ref: str = "RSK-1") -> dict[str, object]:
    actor = crew.actor(who)
    return record_parts(actor, selectors.program_named(actor, "halyard"), ref)


@pytest.mark.parametrize(
    ("pseudonym", "shown"),
    [
        ("person:7", "Priya Nair"),
        ("token:3/person:7", "Priya Nair, by token"),
        ("person:8", "somebody who left"),
        ("rule:wiring", "rule wiring"),
    ],
)
def test_pseudonyms_are_shown_as_readers_know_them(pseudonym: str, shown: str) -> None:
    assert actor_name(pseudonym, {7: "Priya Nair"}) == shown


def test_entries_are_shown_with_names_read_in_one_query(
    talk: personas.Crew, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    entries = history_of(talk.program.pk, "halyard/RSK-1")
    with django_assert_num_queries(1):
        shown = named_entries("halyard", entries)
    assert [entry["actor_name"] for entry in shown] == ["Ada Okafor", "Dev Rao"]
    newest = Entry.objects.order_by("-index")[0]
    assert shown[0] == {
        "index": newest.index,
        "kind": "comment written",
        "event": "people:comment:written",
        "ref": "RSK-1",
        "at": clock.now(),
        "actor_name": "Ada Okafor",
        "url": f"/halyard/log/{newest.index}/",
    }
    assert named_entries("halyard", []) == []


def test_a_record_is_shown_with_what_happened_and_what_was_said(talk: personas.Crew) -> None:
    shown = parts(talk, "dev")
    assert [entry["event"] for entry in shown["history"]] == ["people:comment:written"] * 2  # type: ignore[attr-defined]
    assert [row.text for row in shown["comments"]] == ["dev was here", "ada was here"]  # type: ignore[attr-defined]
    assert shown["comment_url"] == "/halyard/comments/RSK-1/"


def test_whoever_may_not_comment_is_not_offered_it(talk: personas.Crew) -> None:
    assert parts(talk, "odile")["comment_url"] == ""


def test_the_mark_says_whether_a_checkpoint_covers_the_newest_entry(talk: personas.Crew) -> None:
    newest = Entry.objects.order_by("-index")[0].index
    assert parts(talk, "dev")["log_mark"] == (
        f"In the log at position {newest}; the next checkpoint will cover it."
    )
    size = make_checkpoint(Signer(name="log.test", key=KEY)).size
    assert parts(talk, "dev")["log_mark"] == (
        f"In the log at position {newest}, under the checkpoint signed at {size}."
    )
    assert parts(talk, "dev", ref="RSK-2")["log_mark"] == ""
