"""Writes people, programs, members, tokens and comments; each step stands in the log."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector
from django.utils.text import slugify

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.text import unprintable
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key, recorded
from plimsoll.people.actors import Actor
from plimsoll.people.models import (
    ApiToken,
    Comment,
    IdempotentReply,
    Membership,
    Program,
    SavedView,
    User,
)
from plimsoll.people.roles import TOKEN_SCOPES, Role
from plimsoll.people.wording import address, written

MAX_TOKEN_DAYS = 366
LONGEST_KEY = 80
_RESERVED = {
    "account",
    "api",
    "calendar",
    "go",
    "health",
    "patterns",
    "programs",
    "static",
    "verify",
    "waiting",
    "help",
}


def join(*, email: str, name: str, password: str | None) -> User:
    """A new person with an account; the log knows them by number from here on."""
    email, name = address(email), written(name, what="The name", longest=120)
    with writing():
        if User.objects.filter(email=email).exists():
            raise Conflict(f"There is already an account for {email}.")
        user = User(email=email, name=name, handle=_free_handle(name, email), joined_at=clock.now())
        user.set_password(password)
        user.save()
        record_joining(user)
    return user


def record_joining(user: User) -> None:
    """Notes in the log that the person exists; for accounts that the sign-in library saved."""
    with writing():
        append(
            kind=EventKind.PERSON_JOINED,
            actor=f"person:{user.pk}",
            subject=f"person:{user.pk}",
            payload={},
            records=[user],
        )


def set_first_password(*, user: User, password: str) -> None:
    """Opens an invited person's account; Conflict if it has a password already."""
    with writing():
        invited = User.objects.select_for_update().get(pk=user.pk)
        if invited.has_usable_password():
            raise Conflict("This account has a password already.", hint="Sign in with it.")
        invited.set_password(password)
        invited.save(update_fields=["password"])
        record_credential(invited, change="password set")


def record_credential(user: User, *, change: str) -> None:
    """Notes in the log that a person's way to sign in changed, never what it is."""
    with writing():
        fresh = User.objects.get(pk=user.pk)  # the library may hand over the request's lazy user
        append(
            kind=EventKind.CREDENTIAL_CHANGED,
            actor=f"person:{user.pk}",
            subject=f"person:{user.pk}",
            payload={"change": change},
            records=[fresh],
        )


def prepare_account(user: User, *, name: str) -> None:
    """Fills in what the sign-in library does not know before it saves a new account."""
    user.name = written(name or user.email.partition("@")[0], what="The name", longest=120)
    user.handle = _free_handle(user.name, user.email)
    user.joined_at = clock.now()


def _free_handle(name: str, email: str) -> str:
    wanted = slugify(name.split(" ")[0])[:30] or slugify(email.partition("@")[0])[:30] or "person"
    taken = set(User.objects.filter(handle__startswith=wanted).values_list("handle", flat=True))
    taken.add("new")  # the address of the page that adds people
    number = 1
    handle = wanted
    while handle in taken:
        number += 1
        handle = f"{wanted}{number}"
    return handle


def open_program(
    *,
    actor: Actor,
    name: str,
    purpose: str = "",
    roles: Iterable[Role] = (Role.TPM, Role.ADMIN),
    sample: bool = False,
) -> Program:
    """A new program; whoever opens it is its TPM and admin."""
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A program is opened by a person, not by a token or a rule.")
    name = written(name, what="The name of the program", longest=120)
    with writing():
        program = Program.objects.create(
            slug=_free_slug(name),
            name=name,
            purpose=written(purpose, what="The purpose", longest=300) if purpose.strip() else "",
            sample=sample,
            opened_at=clock.now(),
        )
        granted = [
            Membership.objects.create(
                program=program, user_id=actor.user_id, role=role.value, since=program.opened_at
            )
            for role in roles
        ]
        append(
            kind=EventKind.PROGRAM_OPENED,
            actor=actor.pseudonym,
            subject=program.slug,
            payload={"name": program.name},
            program_id=program.pk,
            records=[program, *granted],
        )
    return program


def _free_slug(name: str) -> str:
    wanted = slugify(name)[:32].strip("-") or "program"
    if wanted in _RESERVED:
        wanted = f"{wanted}-program"
    slug, number = wanted, 1
    while Program.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def remove_program(*, actor: Actor, program_id: int) -> None:
    """Removes a sample program with every record in it. The log keeps all entries, and this one.

    Only samples are removed: a real program is a record that others rely on.
    """
    actor.must("people:program:remove", program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A program is removed by a person, not by a token or a rule.")
    program = Program.objects.get(pk=program_id)
    if not program.sample:
        raise Conflict(
            f"{program.name} is not a sample.", hint="Only the worked sample can be removed as a whole."
        )
    with writing():
        collector = Collector(using=connection.alias)
        collector.collect([program])
        keys = [
            record_key(row)
            for model in recorded()
            for rows in (collector.data.get(model, set()), *_fast(collector, model))
            for row in rows
        ]
        slug = program.slug
        program.delete()
        append(
            kind=EventKind.PROGRAM_REMOVED,
            actor=actor.pseudonym,
            subject=slug,
            payload={"name": program.name, "records_removed": len(keys)},
            program_id=program_id,
            removed=sorted(keys),
        )


def _fast(collector: Collector, model: type[Model]) -> list[QuerySet[Model]]:
    """Rows that Django deletes without loading them; they are loaded here to be named in the log."""
    return [rows for rows in collector.fast_deletes if rows.model is model]


def set_roles(*, actor: Actor, program_id: int, email: str, roles: Iterable[Role], name: str = "") -> User:
    """Gives a person exactly these roles. A person without account gets one without password.

    The last admin or TPM who could undo the step cannot be removed by it.
    """
    actor.must("people:member:change", program_id)
    wanted = {role.value for role in roles}
    email = address(email)
    with writing():
        user = User.objects.filter(email=email).first()
        if user is None and not wanted:
            raise BadInput(
                f"There is nobody with the address {email} here.",
                hint="Choose at least one role to add a person.",
                data={"field": "roles"},
            )
        user = user or join(email=email, name=name or email.partition("@")[0], password=None)
        program = Program.objects.select_for_update(of=("self",)).get(pk=program_id)
        had = {m.role: m for m in Membership.objects.filter(program=program, user=user)}
        removed = [had[role] for role in had if role not in wanted]
        removed_keys = [record_key(row) for row in removed]
        Membership.objects.filter(pk__in=[row.pk for row in removed]).delete()
        added = [
            Membership.objects.create(program=program, user=user, role=role, since=clock.now())
            for role in sorted(wanted - set(had))
        ]
        keepers = Membership.objects.filter(program=program, role__in=[Role.ADMIN.value, Role.TPM.value])
        if not keepers.exists():
            raise Conflict(
                "The program would be left without a TPM or admin.",
                hint="Give somebody else that role first.",
            )
        if added or removed:
            append(
                kind=EventKind.MEMBER_ADDED if wanted else EventKind.MEMBER_REMOVED,
                actor=actor.pseudonym,
                subject=f"{program.slug}/person:{user.pk}",
                payload={"roles": sorted(wanted)},
                program_id=program.pk,
                records=added,
                removed=removed_keys,
            )
    return user


def issue_token(
    *, actor: Actor, program_id: int, name: str, scopes: Iterable[str], days: int
) -> tuple[ApiToken, str]:
    """A token for the actor's own work in one program, and its secret, which is never shown again."""
    actor.must("people:token:issue", program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A token is issued by a person, not by another token.")
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(TOKEN_SCOPES):
        raise BadInput(
            f"The scopes {', '.join(chosen) or 'given'} are not known.",
            hint=f"Choose from {', '.join(TOKEN_SCOPES)}.",
            data={"field": "scopes"},
        )
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise BadInput(
            f"A token cannot live {days} days.",
            hint=f"Choose 1 to {MAX_TOKEN_DAYS}.",
            data={"field": "days"},
        )
    secret = f"plm_{secrets.token_urlsafe(32)}"
    now = clock.now()
    with writing(program_id):
        token = ApiToken.objects.create(
            program_id=program_id,
            user_id=actor.user_id,
            name=written(name, what="The name of the token", longest=80),
            prefix=secret[:9],
            secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
            scopes=chosen,
            issued_at=now,
            expires_at=now + timedelta(days=days),
        )
        append(
            kind=EventKind.TOKEN_ISSUED,
            actor=actor.pseudonym,
            subject=f"{_slug(program_id)}/token:{token.pk}",
            payload={"scopes": chosen},
            program_id=program_id,
            records=[token],
        )
    return token, secret


def revoke_token(*, actor: Actor, program_id: int, token_id: int) -> None:
    """Ends a token: one's own, or anybody's for those who may change members."""
    if actor.scopes is not None:
        raise NotAllowed("A token is revoked by a person, not by a token.")
    token = ApiToken.objects.filter(pk=token_id, program_id=program_id).first()
    if token is None or not actor.sees(program_id):
        raise NotFound("There is no such token.")
    if token.user_id != actor.user_id:
        actor.must("people:member:change", program_id)
    with writing(program_id):
        changed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
        if changed != 1:
            raise Conflict("The token was already revoked.")
        token.refresh_from_db()
        append(
            kind=EventKind.TOKEN_REVOKED,
            actor=actor.pseudonym,
            subject=f"{_slug(program_id)}/token:{token.pk}",
            payload={},
            program_id=program_id,
            records=[token],
        )


def note_token_use(token_id: int, *, now: datetime) -> None:
    """Remembers roughly when a token was used; at most one write a minute, not a log entry."""
    recent = now - timedelta(minutes=1)
    ApiToken.objects.filter(pk=token_id).exclude(last_used_at__gt=recent).update(last_used_at=now)


def kept_reply(token_id: int, key: str, request_digest: str) -> tuple[int, str] | None:
    """Status and body of the answer to an earlier write with this key; None if there was none.

    Conflict if the key was used for another request: answering it would hide a mistake.
    """
    if len(key) > LONGEST_KEY:
        raise BadInput(f"The Idempotency-Key has {len(key)} characters.", hint=f"At most {LONGEST_KEY}.")
    recent = clock.now() - timedelta(days=1)
    row = IdempotentReply.objects.filter(token_id=token_id, key=key, made_at__gte=recent).first()
    if row is None:
        return None
    if row.request_digest != request_digest:
        raise Conflict(
            "This Idempotency-Key was used for another request.", hint="Use a new key for each write."
        )
    return row.status, row.body


def keep_reply(token_id: int, key: str, request_digest: str, *, status: int, body: str) -> None:
    """Keeps an answer for a day, so that a repeated write is answered and not done twice."""
    now = clock.now()
    IdempotentReply.objects.filter(made_at__lt=now - timedelta(days=1)).delete()
    IdempotentReply.objects.get_or_create(
        token_id=token_id,
        key=key,
        defaults={
            "request_digest": request_digest,
            "status": status,
            "body": body,
            "made_at": now,
        },
    )


def write_comment(*, actor: Actor, program_id: int, ref: str, text: str) -> Comment:
    actor.must("people:comment:write", program_id)
    if actor.user_id is None:
        raise NotAllowed("A comment is written by a person.")
    with writing(program_id):
        comment = Comment.objects.create(
            program_id=program_id,
            ref=ref,
            author_id=actor.user_id,
            text=written(text, what="The comment", longest=4000),
            written_at=clock.now(),
        )
        append(
            kind=EventKind.COMMENT_WRITTEN,
            actor=actor.pseudonym,
            subject=f"{_slug(program_id)}/{ref}",
            payload={},
            program_id=program_id,
            records=[comment],
        )
    return comment


def save_view(*, actor: Actor, program_id: int, page: str, name: str, query: str, shared: bool) -> None:
    """Keeps a list's filters under a name; saving under the same name replaces them."""
    if actor.user_id is None or not actor.sees(program_id):
        raise NotFound("There is no such program.")
    if len(page) > 30 or len(query) > 500 or unprintable(page + query):
        raise BadInput("These filters cannot be kept.", hint="Choose fewer of them.")
    SavedView.objects.update_or_create(
        program_id=program_id,
        owner_id=actor.user_id,
        page=page,
        name=written(name, what="The name of the view", longest=60),
        defaults={"query": query, "shared": shared},
    )


def _slug(program_id: int) -> str:
    return Program.objects.values_list("slug", flat=True).get(pk=program_id)
