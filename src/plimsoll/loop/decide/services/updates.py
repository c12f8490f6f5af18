"""A member's word on the status of a system."""

from __future__ import annotations

from plimsoll.engines.gates.status import Colour
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.decide import facts
from plimsoll.loop.decide.models import StatusUpdate
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["update_status"]


def update_status(
    *, actor: Actor, system_id: int, sentence: str, worse: Colour | None = None
) -> StatusUpdate:
    """Says how it stands, and may darken the computed status to amber or red.

    BadInput for a colour that is not darker than the computed one: a person may worsen a status,
    never improve it.
    """
    system = scope.system_by_id(actor, system_id)
    actor.must("decide:status:update", system.program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A status is spoken of by a person.")
    if not 5 <= len(sentence.strip()) <= 300:
        raise BadInput("Say how it stands in 5 to 300 characters.", data={"field": "sentence"})
    now = clock.now()
    dossier = facts.dossiers(actor, system.program_id, [system], now=now)[system_id]
    computed = facts.system_status(dossier).colour
    if worse is not None and (worse.rank <= computed.rank or worse is Colour.WHITE):
        raise BadInput(
            f"The computed status is {computed.value} ({computed.word}); {worse.value} would not be worse.",
            hint="A person may worsen a status, never improve it. The rules below it say what would.",
            data={"field": "worse"},
        )
    with writing(system.program_id):
        row = StatusUpdate.objects.create(
            system_id=system_id,
            author_id=actor.user_id,
            sentence=" ".join(sentence.split()),
            worse=worse.value if worse else "",
            written_at=now,
        )
        append(
            kind=EventKind.STATUS_UPDATED,
            actor=actor.pseudonym,
            subject=f"{program_slug(system.program_id)}/{system.ref}",
            payload={"system": system_id, "worse": worse.value if worse else None},
            program_id=system.program_id,
            records=[row],
        )
    return row
