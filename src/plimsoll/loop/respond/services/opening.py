"""How a service of respond begins: the incident, who may do this to it, and how the log names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import models

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.text import unprintable
from plimsoll.ledger.append import append
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond.models import Incident
from plimsoll.people import selectors as people
from plimsoll.people.actors import Actor

__all__ = ["incident_for", "member", "note", "past", "person", "words"]


def incident_for(actor: Actor, incident_id: int, permission: str, *, closed: bool = False) -> Incident:
    """The incident, if the actor may do this to it; NotFound for strangers, NotAllowed for members.

    Conflict if it is closed, unless the step is one for closed incidents too.
    """
    row = Incident.objects.filter(pk=incident_id).first()
    if row is None or not actor.sees(row.program_id):
        raise NotFound("There is no such incident.")
    actor.must(permission, row.program_id)
    if row.closed_at is not None and not closed:
        raise Conflict(f"INC-{row.number} is closed.", hint="Declare another one that names it.")
    return row


def person(actor: Actor, *, what: str) -> int:
    """The person who acts; NotAllowed for rules."""
    if actor.user_id is None:
        raise NotAllowed(f"{what} by a person.")
    return actor.user_id


def member(user_id: int, program_id: int, *, field: str, what: str) -> int:
    """The person's id if they are a member of the program."""
    if not people.roles_of(user_id, program_id):
        raise BadInput(
            f"{what} must be a member of the program.",
            hint="Add the person under People first.",
            data={"field": field},
        )
    return user_id


def words(value: str, *, field: str, what: str, shortest: int, longest: int) -> str:
    """The text on one line; BadInput names the field if it is too short, too long or not printable."""
    text = " ".join(value.split())
    if not shortest <= len(text) <= longest:
        raise BadInput(
            f"{what} has {len(text)} characters.",
            hint=f"Write {shortest} to {longest}.",
            data={"field": field},
        )
    if unprintable(text):
        raise BadInput(f"{what} contains control characters.", data={"field": field})
    return text


def past(at: datetime, *, field: str, what: str) -> datetime:
    """The time, if it has come and has an offset; a time in the future is a slip of the pen."""
    now = clock.now()
    if at.utcoffset() is None:
        raise BadInput(f"{what} has no offset.", hint="Give a time with its zone.", data={"field": field})
    if at > now:
        raise BadInput(
            f"{what} is {at:%d %b %Y %H:%M %Z}, which has not come.",
            hint=f"It is {now:%d %b %Y %H:%M} UTC now.",
            data={"field": field},
        )
    return at


def note(
    actor: Actor,
    incident: Incident,
    kind: EventKind,
    payload: Mapping[str, object],
    records: Sequence[models.Model],
) -> None:
    """Appends the entry of a step; inside the caller's `writing()`."""
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{people.program_slug(incident.program_id)}/INC-{incident.number}",
        payload={"system": incident.system_id, "incident": incident.pk, **payload},
        program_id=incident.program_id,
        records=records,
    )
