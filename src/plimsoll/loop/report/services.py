"""Issues and revokes addresses for calendars."""

from __future__ import annotations

import hashlib
import secrets

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.report.models import FEED_REACHES, CalendarFeed
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["issue_feed", "revoke_feed"]

MOST_FEEDS = 10
"""Open feeds of one person in one program."""


def issue_feed(*, actor: Actor, program_id: int, reach: str) -> tuple[CalendarFeed, str]:
    """An address for the actor's own calendar, and the secret in it, which is never shown again.

    It reads as the person who has it: it ends with their membership.
    """
    actor.must("people:feed:issue", program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A calendar feed is issued by a person, not by a token.")
    if reach not in FEED_REACHES:
        raise BadInput(f"There is no feed of “{reach[:20]}”.", hint=f"Choose {' or '.join(FEED_REACHES)}.")
    secret = f"ics_{secrets.token_urlsafe(32)}"
    with writing(program_id):
        open_ones = CalendarFeed.objects.filter(program_id=program_id, user_id=actor.user_id, revoked_at=None)
        if open_ones.count() >= MOST_FEEDS:
            raise Conflict(f"You have {MOST_FEEDS} feeds here.", hint="Revoke one that you no longer use.")
        feed = CalendarFeed.objects.create(
            program_id=program_id,
            user_id=actor.user_id,
            reach=reach,
            secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
            issued_at=clock.now(),
        )
        _append(EventKind.FEED_ISSUED, actor, feed)
    return feed, secret


def revoke_feed(*, actor: Actor, program_id: int, feed_id: int) -> None:
    """Ends a feed: one's own, or anybody's for those who may change members."""
    if actor.scopes is not None:
        raise NotAllowed("A calendar feed is revoked by a person, not by a token.")
    feed = CalendarFeed.objects.filter(pk=feed_id, program_id=program_id).first()
    if feed is None or not actor.sees(program_id):
        raise NotFound("There is no such feed.")
    actor.must("people:feed:issue" if feed.user_id == actor.user_id else "people:member:change", program_id)
    with writing(program_id):
        changed = CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=clock.now())
        if changed != 1:
            raise Conflict("The feed was already revoked.")
        feed.refresh_from_db()
        _append(EventKind.FEED_REVOKED, actor, feed)


def _append(kind: EventKind, actor: Actor, feed: CalendarFeed) -> None:
    append(
        kind=kind,
        actor=actor.pseudonym,
        subject=f"{program_slug(feed.program_id)}/feed:{feed.pk}",
        payload={"reach": feed.reach},
        program_id=feed.program_id,
        records=[feed],
    )
