from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotFound, Unauthenticated
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program, actor_from, member_id, standing
from tests import personas


def asked_by(ship: personas.Crew, who: str) -> HttpRequest:
    request = HttpRequest()
    request.user = ship.users[who]
    return request


def asked_with(actor: Actor) -> HttpRequest:
    """A request that came with a token; the API has found its actor."""
    request = HttpRequest()
    request.user = AnonymousUser()
    request.plimsoll_actor = actor  # type: ignore[attr-defined]
    return request


def test_a_signed_in_person_acts_as_themselves(ship: personas.Crew) -> None:
    assert actor_from(asked_by(ship, "dev")) == ship.actor("dev")


def test_nobody_acts_without_signing_in() -> None:
    request = HttpRequest()
    request.user = AnonymousUser()
    with pytest.raises(Unauthenticated, match="You are not signed in"):
        actor_from(request)


def test_who_asks_is_read_once_per_request(
    ship: personas.Crew, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = asked_by(ship, "dev")
    with django_assert_num_queries(1):
        actor, program = actor_and_program(request, "halyard")
        assert standing(request).actor == actor_from(request) == actor
    assert program.id == ship.program.pk


def test_a_program_is_found_by_its_members_only(ship: personas.Crew) -> None:
    for who, slug in (("mallory", "halyard"), ("dev", "nowhere"), ("dev", "HALYARD")):
        with pytest.raises(NotFound, match="There is no program"):
            actor_and_program(asked_by(ship, who), slug)


def test_a_token_finds_its_own_program_only(ship: personas.Crew) -> None:
    other = services.open_program(actor=ship.actor("dev"), name="Other")
    _, secret = services.issue_token(
        actor=ship.actor("dev"), program_id=ship.program.pk, name="ci", scopes=["read"], days=1
    )
    request = asked_with(selectors.actor_of_token(secret, now=clock.now())[0])
    actor, program = actor_and_program(request, "halyard")
    assert (actor.scopes, program.id) == ({"read"}, ship.program.pk)
    with pytest.raises(NotFound):
        actor_and_program(request, other.slug)


def test_a_rule_finds_every_program(ship: personas.Crew) -> None:
    assert actor_and_program(asked_with(Actor.of_rule("time")), "halyard")[1].id == ship.program.pk


@pytest.mark.parametrize("who", ["eve", " EVE ", "eve@halyard.example", "Eve@Halyard.Example"])
def test_a_member_is_named_by_handle_or_address(ship: personas.Crew, who: str) -> None:
    found = member_id(ship.actor("tess"), ship.program.pk, who, field="owner")
    assert found == ship.id("eve")


@pytest.mark.parametrize("who", ["", "Eve Lund", "mallory", "mallory@halyard.example", "eve@"])
def test_whoever_is_no_member_is_named_in_the_refusal(ship: personas.Crew, who: str) -> None:
    with pytest.raises(BadInput) as refused:
        member_id(ship.actor("tess"), ship.program.pk, who, field="owner")
    assert refused.value.message == f"There is no member “{who}” in this program."
    assert refused.value.data == {"field": "owner"}
