"""Who asks, in which program: what pages and endpoints begin with."""

from __future__ import annotations

from django.http import HttpRequest

from plimsoll.kernel.errors import BadInput, Unauthenticated
from plimsoll.people import selectors
from plimsoll.people.actors import Actor
from plimsoll.people.models import User

__all__ = ["actor_and_program", "actor_from", "member_id", "standing"]


def actor_from(request: HttpRequest) -> Actor:
    """The actor of the request: the token's, or the signed-in person's."""
    known = getattr(request, "plimsoll_actor", None)
    return known if isinstance(known, Actor) else standing(request).actor


def standing(request: HttpRequest) -> selectors.StandingOf:
    """Who the signed-in person is here; read once per request. Unauthenticated if nobody is."""
    known = getattr(request, "plimsoll_standing", None)
    if isinstance(known, selectors.StandingOf):
        return known
    if not isinstance(request.user, User):
        raise Unauthenticated("You are not signed in.", hint="Sign in first.")
    read = selectors.standing_of(request.user)
    request.plimsoll_standing = read  # type: ignore[attr-defined]  # carried along with the request
    return read


def actor_and_program(request: HttpRequest, slug: str) -> tuple[Actor, selectors.ProgramRow]:
    """The actor and the program; NotFound if the actor is no member of it."""
    actor = actor_from(request)
    if actor.scopes is None and not actor.rule:
        for program in standing(request).programs:
            if program.slug == slug:
                return actor, program
    return actor, selectors.program_named(actor, slug)


def member_id(actor: Actor, program_id: int, who: str, *, field: str) -> int:
    """The member with this handle or e-mail address; BadInput if there is none."""
    wanted = who.strip().lower()
    for person in selectors.members_of(actor, program_id):
        if wanted in (person.handle, person.email):
            return person.id
    raise BadInput(
        f"There is no member “{who[:60]}” in this program.",
        hint="Use a handle or e-mail address from the People page.",
        data={"field": field},
    )
