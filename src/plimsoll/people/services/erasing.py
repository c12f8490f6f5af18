"""Erases a person: what is about them or was said by them, wherever the product keeps it.

The account stays as a number without name, because records name it: who signed, who owns. What somebody
wrote as a record of a program (reasons, risks, decisions) is the program's and stays; so does a name
that others wrote into their words. They are listed (`Erased.mentions`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db.models import CASCADE, CharField, Model, Q, TextField
from django.db.models.fields.json import JSONField
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.functions import Cast

from plimsoll.engines.tlog.erasure import Basis
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger import erasing
from plimsoll.ledger.append import writing
from plimsoll.ledger.records import record_key, recorded
from plimsoll.ledger.sequencing import sequence
from plimsoll.people.actors import Actor
from plimsoll.people.models import ApiToken, Comment, Membership, Program, User
from plimsoll.people.roles import Role

__all__ = ["Erased", "erase_person"]

_DOMAIN = "erased.invalid"
"""RFC 2606 keeps it free: no mail goes there."""
_KEEPERS = (Role.ADMIN.value, Role.TPM.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased of a person, or would be."""

    pseudonym: str
    """How the log names the person, before and after."""
    entries: int
    """Entries of the log that lose content."""
    comments: int
    """Comments whose text goes."""
    programs: tuple[str, ...]
    """Programs that the person leaves, by their slugs."""
    mentions: tuple[str, ...]
    """Records of programs in which the name or the address still stands. They stay as they are."""


def erase_person(*, by: Actor, email: str, basis: str, apply: bool) -> Erased:
    """Erases the person with this address; with `apply` false it only says what would be erased.

    `by` is who asks: the person, or an administrator of every program that the person is in. BadInput
    for a basis that is not known; NotFound, NotAllowed; Conflict if a program would be left without
    TPM or admin, or nobody with an account would be left.
    """
    if basis not in {known.code for known in Basis}:
        raise BadInput(
            f"“{basis[:40]}” is no legal basis that is known.",
            hint="Give one of: " + ", ".join(known.code for known in Basis) + ".",
        )
    sequence()
    with writing():
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if user is None or user.email.endswith(f"@{_DOMAIN}"):
            raise NotFound(f"There is nobody with the address {email[:254]} here.")
        memberships = list(Membership.objects.filter(user=user).select_related("program"))
        _must_be_allowed(by, user, memberships)
        _must_leave_keepers(user, memberships)
        found = erasing.find_about(f"person:{user.pk}")
        comments = Comment.objects.filter(author=user)
        result = Erased(
            pseudonym=f"person:{user.pk}",
            entries=sum(about.entries for about in found.values()),
            comments=comments.count(),
            programs=tuple(sorted({row.program.slug for row in memberships})),
            mentions=tuple(_mentions(user)),
        )
        if not apply:
            return result
        comments.update(text=f"Erased on {clock.now():%d %b %Y}.")
        removed = _remove_belongings(user, memberships)
        _make_nameless(user)
        erasing.erase(
            result.pseudonym,
            found,
            actor=f"operator/{by.pseudonym}",
            requester=by.pseudonym,
            basis=basis,
            removed=removed,
            slugs=dict(Program.objects.values_list("pk", "slug")),
        )
    return result


def _must_be_allowed(by: Actor, user: User, memberships: Iterable[Membership]) -> None:
    if by.user_id == user.pk:
        return
    programs = {row.program_id: row.program.slug for row in memberships}
    if not programs and not any(Role.ADMIN in roles for roles in by.grants.values()):
        raise NotAllowed("A person is erased by themselves or by an administrator.")
    for program_id, slug in sorted(programs.items()):
        if Role.ADMIN not in by.roles(program_id):
            raise NotAllowed(
                f"{by.name} is no administrator of {slug}.",
                hint="A person is erased by themselves or by an administrator of all their programs.",
            )


def _must_leave_keepers(user: User, memberships: Iterable[Membership]) -> None:
    for program in sorted({row.program for row in memberships}, key=lambda one: one.slug):
        others = Membership.objects.filter(program=program).exclude(user=user)
        if not others.filter(role__in=_KEEPERS, user__is_active=True).exists():
            raise Conflict(
                f"The program {program.slug} would be left without a TPM or admin.",
                hint="Give somebody else that role first.",
            )
    if not User.objects.filter(is_active=True).exclude(pk=user.pk).exists():
        raise Conflict("Nobody with an account would be left here.", hint="Add somebody else first.")


def _remove_belongings(user: User, memberships: Iterable[Membership]) -> dict[int | None, list[str]]:
    """Deletes what belongs to the account alone: roles, tokens, views, addresses, second factors, sessions.

    Returns the keys of those that the log answers for, by program.
    """
    removed: dict[int | None, list[str]] = {}
    for row in memberships:
        _remove(row, removed)
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and getattr(relation, "on_delete", None) is CASCADE:
            belongings: type[Model] = relation.related_model
            for thing in belongings._default_manager.filter(**{relation.field.name: user}):
                _remove(thing, removed)
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    return removed


def _remove(row: Model, removed: dict[int | None, list[str]]) -> None:
    if type(row) in recorded():
        removed.setdefault(getattr(row, "program_id", None), []).append(record_key(row))
    row.delete()


def _make_nameless(user: User) -> None:
    user.name = f"Erased person {user.pk}"
    user.handle = f"erased-{user.pk}"
    user.email = f"{user.pk}@{_DOMAIN}"
    user.is_active = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save()


def _mentions(user: User) -> Iterable[str]:
    """Keys of records, except the person's own words, that hold the name or the address."""
    for model in recorded():
        if model in (User, ApiToken):
            continue
        wanted, casts = Q(), {}
        for place, column in enumerate(model._meta.concrete_fields):
            if not isinstance(column, CharField | TextField | JSONField):
                continue
            name = f"text_{place}"
            casts[name] = Cast(column.attname, TextField())
            for words in (user.name, user.email):
                wanted |= Q(**{f"{name}__icontains": words})
        if casts:
            rows = model._default_manager.annotate(**casts).filter(wanted)
            if model is Comment:
                rows = rows.exclude(author=user)
            yield from (
                f"{model._meta.label}:{pk}" for pk in rows.order_by("pk").values_list("pk", flat=True)
            )
