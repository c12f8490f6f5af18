"""Waivers: asked for by one, recommended on by another, decided by a third; they end by themselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.decide.models import Waiver
from plimsoll.loop.plan import selectors as plan
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug

__all__ = ["announce_expired", "decide_waiver", "recommend_waiver", "request_waiver", "revoke_waiver"]

LONGEST = timedelta(days=180)
_TEXTS = (
    ("reason", "The reason", 1000),
    ("compensating", "What compensates meanwhile", 500),
    ("exit_plan", "The way out", 500),
    ("at_expiry", "What happens at expiry", 200),
)


def request_waiver(
    *,
    actor: Actor,
    program_id: int,
    requirement_ref: str,
    reason: str,
    compensating: str,
    exit_plan: str,
    at_expiry: str,
    expires_on: date,
    revocation_trigger: str = "",
) -> Waiver:
    """Asks for a requirement to be waived until a day, at most 180 days ahead."""
    actor.must("decide:waiver:request", program_id)
    if actor.user_id is None:
        raise NotAllowed("A waiver is requested by a person.")
    requirement = plan.requirement_by_ref(actor, program_id, requirement_ref)
    texts = {
        "reason": reason,
        "compensating": compensating,
        "exit_plan": exit_plan,
        "at_expiry": at_expiry,
    }
    for field, what, longest in _TEXTS:
        if not 5 <= len(texts[field].strip()) <= longest:
            raise BadInput(f"{what} takes 5 to {longest} characters.", data={"field": field})
    today = clock.today()
    if not today < expires_on <= today + LONGEST:
        raise BadInput(
            f"A waiver cannot end on {expires_on.isoformat()}.",
            hint=f"Choose a day from tomorrow to {(today + LONGEST).isoformat()}.",
            data={"field": "expires_on"},
        )
    with writing(program_id):
        row = Waiver.objects.create(
            program_id=program_id,
            system_id=requirement.system_id,
            number=next_ref(program_id, RefKind.WAIVER).number,
            rule=requirement.rule,
            **{field: text.strip() for field, text in texts.items()},
            revocation_trigger=revocation_trigger.strip()[:200],
            expires_on=expires_on,
            requested_by_id=actor.user_id,
            requested_at=clock.now(),
        )
        _log(actor, row, EventKind.WAIVER_REQUESTED, {"requirement": requirement.ref})
    return row


def recommend_waiver(*, actor: Actor, program_id: int, waiver_id: int, recommendation: str) -> Waiver:
    """Security's word: fix it, or accept the waiver. Not by the person who asked for it."""
    actor.must("decide:waiver:recommend", program_id)
    row = _waiver(program_id, waiver_id)
    if recommendation not in ("fix", "accept"):
        raise BadInput("Recommend “fix” or “accept”.", data={"field": "recommendation"})
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A recommendation is given by a person, not by a token or a rule.")
    if row.requested_by_id == actor.user_id:
        raise NotAllowed(f"You asked for WVR-{row.number} yourself.", hint="Somebody else recommends.")
    with writing(program_id):
        changed = Waiver.objects.filter(pk=row.pk, recommendation="", decision="").update(
            recommendation=recommendation,
            recommended_by_id=actor.user_id,
            recommended_at=clock.now(),
        )
        if changed != 1:
            raise Conflict(f"WVR-{row.number} has a recommendation already.")
        row.refresh_from_db()
        _log(actor, row, EventKind.WAIVER_RECOMMENDED, {"recommendation": recommendation})
    return row


def decide_waiver(*, actor: Actor, program_id: int, waiver_id: int, decision: str) -> Waiver:
    """The owner's decision: accept or refuse; by neither the requester nor the recommender."""
    actor.must("decide:waiver:decide", program_id)
    row = _waiver(program_id, waiver_id)
    if decision not in ("accept", "refuse"):
        raise BadInput("Decide “accept” or “refuse”.", data={"field": "decision"})
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A waiver is decided by a person, not by a token or a rule.")
    if row.requested_by_id == actor.user_id:
        raise NotAllowed(
            f"You asked for WVR-{row.number} yourself; the requester does not approve.",
            hint="Another approver decides.",
        )
    if row.recommended_by_id == actor.user_id:
        raise NotAllowed(
            f"You gave the recommendation on WVR-{row.number}.",
            hint="Recommendation and decision come from two people.",
        )
    if not row.recommendation:
        raise Conflict(f"WVR-{row.number} has no recommendation yet.", hint="Security speaks first.")
    if row.revoked_at is not None:
        raise Conflict(f"WVR-{row.number} was revoked.", hint="Ask for a new one.")
    if row.expires_on < clock.today():
        raise Conflict(f"WVR-{row.number} would have ended on {row.expires_on.isoformat()}.")
    with writing(program_id):
        changed = Waiver.objects.filter(pk=row.pk, decision="", revoked_at=None).update(
            decision=decision, decided_by_id=actor.user_id, decided_at=clock.now()
        )
        if changed != 1:
            raise Conflict(f"WVR-{row.number} was decided already.")
        row.refresh_from_db()
        _log(actor, row, EventKind.WAIVER_DECIDED, {"decision": decision})
    return row


def revoke_waiver(*, actor: Actor, program_id: int, waiver_id: int) -> Waiver:
    """Ends a waiver before its day."""
    actor.must("decide:waiver:decide", program_id)
    row = _waiver(program_id, waiver_id)
    with writing(program_id):
        changed = Waiver.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=clock.now())
        if changed != 1:
            raise Conflict(f"WVR-{row.number} was revoked already.")
        row.refresh_from_db()
        _log(actor, row, EventKind.WAIVER_REVOKED, {})
    return row


def announce_expired(*, actor: Actor, now: datetime) -> int:
    """Enters every waiver that has newly expired into the log; returns how many."""
    if not actor.rule:
        raise NotAllowed("What has expired is announced by the product itself.")
    rows = Waiver.objects.filter(
        decision="accept", revoked_at=None, expires_on__lt=now.date(), expiry_announced_at=None
    )
    count = 0
    for row in rows:
        with writing(row.program_id):
            fresh = Waiver.objects.filter(pk=row.pk, expiry_announced_at=None)
            if fresh.update(expiry_announced_at=now) != 1:
                continue
            row.refresh_from_db()
            _log(actor, row, EventKind.WAIVER_EXPIRED, {})
            count += 1
    return count


def _waiver(program_id: int, waiver_id: int) -> Waiver:
    row = Waiver.objects.filter(pk=waiver_id, program_id=program_id).first()
    if row is None:
        raise NotFound("There is no such waiver.")
    return row


def _log(actor: Actor, row: Waiver, kind: EventKind, details: dict[str, object]) -> None:
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{program_slug(row.program_id)}/WVR-{row.number}",
        payload={"system": row.system_id, "rule": row.rule, **details},
        program_id=row.program_id,
        records=[row],
    )
