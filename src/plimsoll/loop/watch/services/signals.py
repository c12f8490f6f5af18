"""Raises signals from what was seen, and settles them with a reason."""

from __future__ import annotations

from datetime import datetime

from plimsoll.engines.checks.result import Outcome
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.watch.models import Signal
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug
from plimsoll.people.wording import written

__all__ = ["raise_signal", "settle_signal"]

MOST_REASONS = 8


def raise_signal(*, actor: Actor, program_id: int, evidence_ref: str, now: datetime) -> Signal | None:
    """A signal from a piece of evidence that says “not met”; None if it says something else.

    Raised once per system and piece. It names the digests of the models that the rows were given to:
    those that the evidence is bound to, or every model of the system if it names none.
    """
    if not actor.rule:
        raise NotAllowed("A signal is raised by the product itself.")
    detail = prove.evidence_by_ref(actor, program_id, evidence_ref)
    if detail.row.outcome is not Outcome.FAIL:
        return None
    reasons = [r["text"] for r in detail.result.get("reasons", []) if r.get("verdict") == "not_met"]
    models = {
        a.digest
        for a in scope.assets_of(actor, program_id)
        if a.system_id == detail.row.system_id and a.kind == "model" and a.digest
    }
    named = models & {digest for _, digest in detail.subjects}
    with writing(program_id):
        if Signal.objects.filter(system_id=detail.row.system_id, evidence=detail.row.ref).exists():
            return None
        row = Signal.objects.create(
            program_id=program_id,
            system_id=detail.row.system_id,
            number=next_ref(program_id, RefKind.SIGNAL).number,
            evidence=detail.row.ref,
            check_id=detail.row.check,
            reasons=reasons[:MOST_REASONS],
            raised_at=now,
        )
        append(
            kind=EventKind.SIGNAL_RAISED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/SIG-{row.number}",
            payload={
                "system": row.system_id,
                "evidence": row.evidence,
                "check": row.check_id,
                "digests": sorted(named or models),
                "reason": reasons[0][:200] if reasons else detail.row.answer,
            },
            program_id=program_id,
            records=[row],
        )
    return row


def settle_signal(*, actor: Actor, program_id: int, signal_id: int, because: str) -> Signal:
    """Somebody has looked at the signal and says what came of it; evidence counts again by its own rules."""
    actor.must("watch:signal:settle", program_id)
    if actor.user_id is None:
        raise NotAllowed("A signal is settled by a person.")
    if not because.strip():
        raise BadInput("Say what came of it.", data={"field": "because"})
    reason = written(because, what="The reason", longest=500)
    with writing(program_id):
        changed = Signal.objects.filter(pk=signal_id, program_id=program_id, settled_at=None).update(
            settled_at=clock.now(), settled_by_id=actor.user_id, settled_because=reason
        )
        row = Signal.objects.filter(pk=signal_id, program_id=program_id).first()
        if row is None:
            raise NotFound("There is no such signal.")
        if changed != 1:
            raise Conflict(f"SIG-{row.number} was settled already.")
        append(
            kind=EventKind.SIGNAL_SETTLED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/SIG-{row.number}",
            payload={"system": row.system_id},
            program_id=program_id,
            records=[row],
        )
    return row
