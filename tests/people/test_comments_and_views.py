from __future__ import annotations

from datetime import timedelta

import pytest

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import Comment, SavedView
from plimsoll.people.roles import TOKEN_SCOPES
from tests import personas


def say(ship: personas.Crew, text: str, *, who: str = "dev", ref: str = "RSK-1") -> Comment:
    return services.write_comment(actor=ship.actor(who), program_id=ship.program.pk, ref=ref, text=text)


def keep(
    ship: personas.Crew, name: str, query: str = "?state=open", *, who: str = "dev", **more: object
) -> None:
    given = {"page": "risks", "shared": False, **more}
    services.save_view(actor=ship.actor(who), program_id=ship.program.pk, name=name, query=query, **given)  # type: ignore[arg-type]


def views(ship: personas.Crew, who: str, page: str = "risks") -> list[tuple[str, str]]:
    return selectors.saved_views(ship.actor(who), ship.program.pk, page)


# ------------------------------------------------------------ comments


def test_a_comment_is_recorded_with_its_author_and_shown_in_order(ship: personas.Crew) -> None:
    first = say(ship, "  Who saw it?\n\nI did not.  ")
    with clock.frozen_at(clock.now() + timedelta(minutes=1)):
        say(ship, "I did.", who="ada")
    say(ship, "Elsewhere.", ref="RSK-2")
    rows = selectors.comments_on(ship.actor("odile"), ship.program.pk, "RSK-1")
    assert rows == [
        selectors.CommentRow(author="Dev Rao", text="Who saw it?\n\nI did not.", written_at=first.written_at),
        selectors.CommentRow(
            author="Ada Okafor", text="I did.", written_at=first.written_at + timedelta(minutes=1)
        ),
    ]
    assert str(first) == "comment on RSK-1"
    entry = Entry.objects.filter(subject="halyard/RSK-1").order_by("index")[0]
    assert (entry.kind, entry.actor) == ("people:comment:written", f"person:{ship.id('dev')}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The comment is empty."),
        (" \n\t ", "The comment is empty."),
        ("x" * 4001, "The comment has 4001 characters."),
        ("a\x00b", "The comment contains control characters."),
    ],
    ids=ascii,
)
def test_an_empty_or_endless_or_unprintable_comment_is_refused(
    ship: personas.Crew, text: str, message: str
) -> None:
    with pytest.raises(BadInput) as refused:
        say(ship, text)
    assert refused.value.message == message
    assert not Comment.objects.exists()


def test_an_auditor_reads_comments_and_writes_none(ship: personas.Crew) -> None:
    with pytest.raises(NotAllowed, match="do not let you write a comment"):
        say(ship, "Hello", who="odile")


def test_strangers_neither_read_nor_write_comments(ship: personas.Crew) -> None:
    say(ship, "Internal")
    with pytest.raises(NotFound):
        say(ship, "Hello", who="mallory")
    with pytest.raises(NotFound):
        selectors.comments_on(ship.actor("mallory"), ship.program.pk, "RSK-1")


def test_a_comment_is_the_word_of_a_person(ship: personas.Crew) -> None:
    _, secret = services.issue_token(
        actor=ship.actor("dev"), program_id=ship.program.pk, name="ci", scopes=TOKEN_SCOPES, days=1
    )
    token, _ = selectors.actor_of_token(secret, now=clock.now())
    for actor in (token, Actor.of_rule("time")):
        with pytest.raises(NotAllowed):
            services.write_comment(actor=actor, program_id=ship.program.pk, ref="RSK-1", text="Beep")


# ------------------------------------------------------------ saved views


def test_a_view_is_kept_for_its_owner_and_shown_by_name(ship: personas.Crew) -> None:
    keep(ship, "Open ones")
    keep(ship, "All  mine ", "?owner=2")
    assert views(ship, "dev") == [("All mine", "?owner=2"), ("Open ones", "?state=open")]
    assert views(ship, "ada") == []
    assert views(ship, "dev", page="evidence") == []
    assert str(SavedView.objects.order_by("name")[0]) == "All mine"


def test_saving_under_the_same_name_replaces_the_filters(ship: personas.Crew) -> None:
    keep(ship, "Mine")
    keep(ship, "Mine", "?owner=2", shared=True)
    assert views(ship, "dev") == [("Mine", "?owner=2")]
    assert SavedView.objects.get().shared


def test_a_shared_view_is_seen_by_everybody_in_the_program(ship: personas.Crew) -> None:
    keep(ship, "For all", shared=True)
    assert views(ship, "odile") == [("For all", "?state=open")]
    other = services.open_program(actor=ship.actor("odile"), name="Other")
    assert selectors.saved_views(ship.actor("odile"), other.pk, "risks") == []


def test_a_view_is_a_convenience_and_no_entry(ship: personas.Crew) -> None:
    before = Entry.objects.count()
    keep(ship, "Mine")
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "a\x00"},
        {"name": "a", "query": "?" + "x" * 500},
        {"name": "a", "query": "?q=\x00"},
        {"name": "a", "page": "x" * 31},
    ],
    ids=ascii,
)
def test_a_view_that_cannot_be_kept_whole_is_refused(ship: personas.Crew, given: dict[str, str]) -> None:
    """Filters cut in the middle would show another list under a familiar name."""
    with pytest.raises(BadInput):
        keep(ship, **given)  # type: ignore[arg-type]
    assert not SavedView.objects.exists()


def test_strangers_and_rules_keep_no_views(ship: personas.Crew) -> None:
    with pytest.raises(NotFound):
        keep(ship, "Mine", who="mallory")
    with pytest.raises(NotFound):
        services.save_view(
            actor=Actor.of_rule("time"),
            program_id=ship.program.pk,
            page="risks",
            name="x",
            query="",
            shared=False,
        )
