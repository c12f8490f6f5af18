"""Who is who: actors, programs, members, tokens, comments. Strangers get NotFound."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery

from plimsoll.kernel.errors import NotFound, Unauthenticated
from plimsoll.ledger.models import Entry
from plimsoll.people.actors import Actor
from plimsoll.people.models import ApiToken, Comment, Membership, Program, SavedView, User
from plimsoll.people.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRow:
    id: int
    slug: str
    name: str
    purpose: str
    sample: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: int
    name: str
    handle: str
    email: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    id: int
    name: str
    prefix: str
    owner: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    mine: bool

    def state(self, now: datetime) -> str:
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    author: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOf:
    """Who a person is here, read once per request."""

    actor: Actor
    programs: list[ProgramRow]
    """By name."""
    log_position: int
    """Entries in the log at that moment; printed in every footer."""


def standing_of(user: User) -> StandingOf:
    """The person as an actor, their programs, and the log position; one query for all three."""
    grants: dict[int, set[Role]] = defaultdict(set)
    programs: dict[int, ProgramRow] = {}
    position = 0
    newest = Entry.objects.filter(index__isnull=False).order_by("-index").values("index")[:1]
    rows = Membership.objects.filter(user=user).annotate(newest=Subquery(newest))
    for row in rows.select_related("program").order_by("program__name"):
        grants[row.program_id].add(Role(row.role))
        programs[row.program_id] = _program(row.program)
        position = 0 if row.newest is None else row.newest + 1
    actor = Actor(
        pseudonym=f"person:{user.pk}",
        name=user.name,
        user_id=user.pk,
        grants={program: frozenset(roles) for program, roles in grants.items()},
    )
    return StandingOf(actor=actor, programs=list(programs.values()), log_position=position)


def actor_of(user: User) -> Actor:
    """The person as an actor; one query."""
    return standing_of(user).actor


def actor_by_email(email: str) -> Actor | None:
    """The active person with this address as an actor; None if there is nobody. At most two queries."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    return actor_of(user) if user else None


def actor_of_token(secret: str, *, now: datetime) -> tuple[Actor, int]:
    """The token as an actor, and the token's id; Unauthenticated says why it is not accepted."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(secret_hash=hashlib.sha256(secret.encode()).hexdigest())
        .first()
    )
    if token is None or not token.user.is_active:
        raise Unauthenticated("The token is not known here.", hint="Issue one under Settings, Tokens.")
    if token.revoked_at is not None:
        raise Unauthenticated(f"The token {token.prefix}… was revoked.", hint="Issue a new one.")
    if token.expires_at <= now:
        raise Unauthenticated(
            f"The token {token.prefix}… expired on {token.expires_at:%d %B %Y}.",
            hint="Issue a new one.",
        )
    person = actor_of(token.user)
    roles = person.roles(token.program_id)
    actor = Actor(
        pseudonym=f"token:{token.pk}/person:{token.user_id}",
        name=f"{token.user.name} (token {token.prefix}…)",
        user_id=token.user_id,
        grants={token.program_id: roles} if roles else {},
        scopes=frozenset(token.scopes),
    )
    return actor, token.pk


def programs_of(actor: Actor) -> list[ProgramRow]:
    rows = Program.objects.filter(pk__in=list(actor.grants)).order_by("name")
    return [_program(row) for row in rows]


def all_program_ids() -> list[int]:
    """For the worker, which looks after every program."""
    return list(Program.objects.order_by("pk").values_list("pk", flat=True))


def program_named(actor: Actor, slug: str) -> ProgramRow:
    row = Program.objects.filter(slug=slug).first()
    if row is None or not actor.sees(row.pk):
        raise NotFound(f"There is no program “{slug[:40]}”.", hint="Choose one from your list.")
    return _program(row)


def program_slug(program_id: int) -> str:
    return Program.objects.values_list("slug", flat=True).get(pk=program_id)


def _program(row: Program) -> ProgramRow:
    return ProgramRow(id=row.pk, slug=row.slug, name=row.name, purpose=row.purpose, sample=row.sample)


def members_of(actor: Actor, program_id: int) -> list[Person]:
    """Everybody in the program with their roles, by name; one query."""
    if not actor.sees(program_id):
        raise NotFound("There is no such program.")
    roles: dict[int, list[Role]] = defaultdict(list)
    people: dict[int, User] = {}
    rows = Membership.objects.filter(program_id=program_id).select_related("user")
    for row in rows.order_by("user__name", "role"):
        people[row.user_id] = row.user
        roles[row.user_id].append(Role(row.role))
    return [
        Person(
            id=user.pk,
            name=user.name,
            handle=user.handle,
            email=user.email,
            roles=tuple(roles[user.pk]),
        )
        for user in people.values()
    ]


def names_of(user_ids: set[int]) -> dict[int, str]:
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "name"))


def roles_of(user_id: int, program_id: int) -> frozenset[Role]:
    rows = Membership.objects.filter(user_id=user_id, program_id=program_id)
    return frozenset(Role(role) for role in rows.values_list("role", flat=True))


def tokens_of(actor: Actor, program_id: int) -> list[TokenRow]:
    if not actor.sees(program_id):
        raise NotFound("There is no such program.")
    rows = ApiToken.objects.filter(program_id=program_id).select_related("user")
    return [
        TokenRow(
            id=row.pk,
            name=row.name,
            prefix=row.prefix,
            owner=row.user.name,
            scopes=tuple(row.scopes),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
            mine=row.user_id == actor.user_id,
        )
        for row in rows.order_by("-issued_at")
    ]


def comments_on(actor: Actor, program_id: int, ref: str) -> list[CommentRow]:
    if not actor.sees(program_id):
        raise NotFound("There is no such program.")
    rows = Comment.objects.filter(program_id=program_id, ref=ref).select_related("author")
    return [
        CommentRow(author=row.author.name, text=row.text, written_at=row.written_at)
        for row in rows.order_by("written_at")
    ]


def saved_views(actor: Actor, program_id: int, page: str) -> list[tuple[str, str]]:
    """Name and query of the actor's own views of a list, and of those that others share."""
    rows = SavedView.objects.filter(program_id=program_id, page=page)
    mine_or_shared = rows.filter(owner_id=actor.user_id) | rows.filter(shared=True)
    return list(mine_or_shared.order_by("name").values_list("name", "query").distinct())


def anybody_here() -> bool:
    """Whether anybody has an account yet; decides whether sign-up is open."""
    return User.objects.exists()


def invited_person(user_id: int) -> User | None:
    """The person, if they have an account without a password yet."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user if user is not None and not user.has_usable_password() else None


def person_by_email(email: str) -> User | None:
    return User.objects.filter(email=email.lower()).first()


def sample_slug() -> str:
    """The slug of the worked sample; empty if it is not loaded."""
    return Program.objects.filter(sample=True).values_list("slug", flat=True).first() or ""
