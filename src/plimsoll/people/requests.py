"""Who asks, in which program: what pages and endpoints begin with."""

from __future__ import annotations

from django.http import HttpRequest

from plimsoll.kernel.errors import BadInput, Unauthenticated
from plimsoll.people import selectors
from plimsoll.people.actors import Actor
from plimsoll.people.models import User

__all__ = ["actor_and_program", "actor_from", "member_id"]


def actor_from(request: HttpRequest) -> Actor:
    """The actor of the request: the token's, or the signed-in person's; read once per request."""
    known = getattr(request, "plimsoll_actor", None)
    if isinstance(known, Actor):
        return known
    if not isinstance(request.user, User):
        raise Unauthenticated("You are not signed in.", hint="Sign in first.")
    actor = selectors.actor_of(request.user)
    request.plimsoll_actor = actor  # type: ignore[attr-defined]  # carried along with the request
    return actor


def actor_and_program(request: HttpRequest, slug: str) -> tuple[Actor, selectors.ProgramRow]:
    """The actor and the program; NotFound if the actor is no member of it."""
    actor = actor_from(request)
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
