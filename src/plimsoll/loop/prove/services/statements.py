"""Accepts signed statements as evidence, and announces what has expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.evidence import Rejudged, rejudge
from plimsoll.engines.statements.envelope import key_id
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, NotAllowed
from plimsoll.kernel.ids import Digest, RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.prove.models import Evidence, EvidenceSubject
from plimsoll.loop.prove.services.keys import attestation_key, trusted_keys
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug

__all__ = ["Accepted", "accept_own_statement", "accept_statement", "announce_expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A piece of evidence that a statement became, or already was."""

    ref: str
    system_ref: str
    outcome: str
    answer: str
    valid_until: datetime
    new: bool


def accept_statement(
    *, actor: Actor, program_id: int, envelope: bytes, system_ref: str = ""
) -> list[Accepted]:
    """Stores a check's statement as evidence of every system that has one of its subjects as asset.

    Signature, validity, subjects and verdict are checked first (`rejudge`). With `system_ref` only
    that system is meant. Pushing the same statement again changes nothing and gives the same refs.
    BadInput if no registered asset has one of its digests.
    """
    actor.must("prove:evidence:submit", program_id)
    if actor.user_id is None:
        raise NotAllowed("Evidence is submitted by a person or on a person's token.")
    judged = rejudge(envelope, trusted_keys(program_id), now=clock.now())
    digests = {digest for _, digest in judged.statement.subjects}
    assets = [a for a in scope.assets_of(actor, program_id) if a.digest in digests]
    systems = {a.system_id for a in assets}
    if system_ref:
        systems &= {scope.system_by_ref(actor, program_id, system_ref).id}
    if not systems:
        name, digest = judged.statement.subjects[0]
        where = f" in {system_ref}" if system_ref else " in this program"
        raise BadInput(
            f"No asset{where} has the digest of {name or 'the subject'} ({digest[:12]}…).",
            hint="Register the file as an asset, or as a new version of one, first.",
            data={"digest": digest},
        )
    # Of what was signed: the wrapping (blanks, key hints) is anybody's and must not make it another one.
    statement_digest = digest_bytes(judged.opened.body)
    return [
        _store(actor, actor.user_id, program_id, system_id, envelope, statement_digest, judged)
        for system_id in sorted(systems)
    ]


def accept_own_statement(
    *, actor: Actor, program_id: int, system_id: int, author_id: int, envelope: bytes
) -> Accepted:
    """Stores what a check of this installation's own worker saw; its author is who declared it.

    The statement is judged again like any other; it must be signed by the installation's own key.
    """
    if not actor.rule:
        raise NotAllowed("What the worker saw is stored by the product itself.")
    key = attestation_key().public_key()
    judged = rejudge(envelope, {key_id(key): key}, now=clock.now())
    statement_digest = digest_bytes(judged.opened.body)
    return _store(actor, author_id, program_id, system_id, envelope, statement_digest, judged)


def _store(
    actor: Actor,
    user_id: int,
    program_id: int,
    system_id: int,
    envelope: bytes,
    statement_digest: Digest,
    judged: Rejudged,
) -> Accepted:
    system = scope.system_by_id(actor, system_id)
    with writing(program_id):
        row = Evidence.objects.filter(system_id=system_id, statement_digest=statement_digest).first()
        new = row is None
        if row is None:
            name, digest = judged.statement.subjects[0]
            row = Evidence.objects.create(
                program_id=program_id,
                system_id=system_id,
                number=next_ref(program_id, RefKind.EVIDENCE).number,
                check_id=judged.check.card.id,
                check_version=judged.check.card.version,
                outcome=judged.result.outcome.value,
                answer=judged.result.answer,
                subject_name=name,
                subject_digest=digest,
                parameters={k: list(v) if isinstance(v, tuple) else v for k, v in judged.parameters.items()},
                result=judged.result.to_json(),
                statement_digest=statement_digest,
                envelope=envelope.decode(),
                key_id=judged.opened.key_id,
                produced_at=judged.statement.produced_at,
                valid_until=judged.statement.valid_until,
                received_at=clock.now(),
                submitted_by_id=user_id,
            )
            subjects = EvidenceSubject.objects.bulk_create(
                EvidenceSubject(evidence=row, name=n, digest=d)
                for n, d in {digest: (name, digest) for name, digest in judged.statement.subjects}.values()
            )
            append(
                kind=EventKind.EVIDENCE_STORED,
                actor=actor.pseudonym,
                subject=f"{program_slug(program_id)}/EVD-{row.number}",
                payload={
                    "system": system_id,
                    "check": row.check_id,
                    "outcome": row.outcome,
                    "statement": statement_digest,
                },
                program_id=program_id,
                records=[row, *subjects],
            )
    return Accepted(
        ref=f"EVD-{row.number}",
        system_ref=system.ref,
        outcome=row.outcome,
        answer=row.answer,
        valid_until=row.valid_until,
        new=new,
    )


def announce_expired(*, actor: Actor, now: datetime) -> int:
    """Enters every piece of evidence that has newly expired into the log; returns how many."""
    if not actor.rule:
        raise NotAllowed("What has expired is announced by the product itself.")
    rows = Evidence.objects.filter(valid_until__lte=now, expiry_announced_at=None)
    count = 0
    for row in rows.order_by("pk")[:1000]:
        with writing(row.program_id):
            fresh = Evidence.objects.filter(pk=row.pk, expiry_announced_at=None)
            if fresh.update(expiry_announced_at=now) != 1:
                continue
            row.refresh_from_db()
            append(
                kind=EventKind.EVIDENCE_EXPIRED,
                actor=actor.pseudonym,
                subject=f"{program_slug(row.program_id)}/EVD-{row.number}",
                payload={"system": row.system_id, "check": row.check_id},
                program_id=row.program_id,
                records=[row],
            )
            count += 1
    return count
