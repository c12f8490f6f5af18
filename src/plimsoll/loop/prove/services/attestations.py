"""Attested documents, for what no check can see, and independent reviews of evidence."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from plimsoll.engines.statements.envelope import key_id, seal
from plimsoll.engines.statements.statement import ATTESTATION, Statement
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove.models import Document, Evidence, EvidenceSubject, Review
from plimsoll.loop.prove.services.keys import attestation_key
from plimsoll.loop.scope.selectors import number_of
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref
from plimsoll.people.selectors import program_slug

__all__ = ["attest", "review_evidence"]

LARGEST_DOCUMENT = 20 * 2**20


def attest(
    *,
    actor: Actor,
    program_id: int,
    requirement_ref: str,
    file_name: str,
    content: bytes,
    sentence: str,
) -> Evidence:
    """A person's word that a document shows a requirement to be met, signed and bound to its digest.

    It counts only once an independent person has reviewed it. The server's key signs on behalf of
    the person, who is named in the statement.
    """
    actor.must("prove:evidence:submit", program_id)
    if actor.user_id is None:
        raise NotAllowed("A document is attested by a person.")
    requirement, days = _attestable(actor, program_id, requirement_ref)
    _check_document(file_name, content, sentence)
    now = clock.now()
    statement = Statement(
        subjects=((file_name, digest_bytes(content)),),
        predicate_type=ATTESTATION,
        predicate={
            "requirement": requirement.rule,
            "system": requirement.system_ref,
            "attested_by": actor.pseudonym,
            "sentence": sentence.strip(),
        },
        produced_at=now,
        valid_until=now + timedelta(days=days),
    )
    with writing(program_id):
        return _keep(actor, actor.user_id, requirement, statement, content)


def _attestable(actor: Actor, program_id: int, ref: str) -> tuple[plan.RequirementRow, int]:
    """The requirement and for how many days a document shows it."""
    requirement = plan.requirement_by_ref(actor, program_id, ref)
    entry = requirement.entry
    if entry is None or not entry.evidence.attestation:
        checks = ", ".join(c.check for c in entry.evidence.checks) if entry else ""
        raise Conflict(
            f"{requirement.ref} is proven by {checks or 'nothing in the catalog'}, not by a document.",
            hint=f"Run: plimsoll check run {checks} SUBJECT --push" if checks else "",
        )
    return requirement, entry.evidence.valid_days


def _keep(
    actor: Actor, person: int, requirement: plan.RequirementRow, statement: Statement, content: bytes
) -> Evidence:
    """Signs and stores; inside the caller's `writing()`."""
    program_id = requirement.program_id
    ((file_name, digest),) = statement.subjects
    key, body = attestation_key(), statement.to_bytes()
    if Evidence.objects.filter(system_id=requirement.system_id, statement_digest=digest_bytes(body)).exists():
        raise Conflict(f"This document was attested for {requirement.ref} at this very moment already.")
    document, stored = _store_document(program_id, file_name, content, digest)
    row = Evidence.objects.create(
        program_id=program_id,
        system_id=requirement.system_id,
        number=next_ref(program_id, RefKind.EVIDENCE).number,
        check_id="attestation",
        requirement=requirement.rule,
        outcome="inconclusive",
        answer="attested",
        subject_name=file_name,
        subject_digest=digest,
        result={"sentence": statement.predicate["sentence"]},
        statement_digest=digest_bytes(body),
        envelope=seal(body, key).decode(),
        key_id=key_id(key.public_key()),
        document=document,
        produced_at=statement.produced_at,
        valid_until=statement.valid_until,
        received_at=statement.produced_at,
        submitted_by_id=person,
    )
    subject = EvidenceSubject.objects.create(evidence=row, name=file_name, digest=digest)
    append(
        kind=EventKind.EVIDENCE_STORED,
        actor=actor.pseudonym,
        subject=f"{program_slug(program_id)}/EVD-{row.number}",
        payload={
            "system": row.system_id,
            "check": "attestation",
            "requirement": requirement.rule,
            "statement": row.statement_digest,
        },
        program_id=program_id,
        records=[row, subject, *stored],
    )
    return row


def _check_document(file_name: str, content: bytes, sentence: str) -> None:
    if not content:
        raise BadInput("The document is empty.", data={"field": "document"})
    if len(content) > LARGEST_DOCUMENT:
        raise BadInput(
            f"The document has {len(content):,} bytes.",
            hint=f"At most {LARGEST_DOCUMENT:,}. Attest a summary that links to it.",
            data={"field": "document"},
            code=ErrorCode.TOO_LARGE,
        )
    if not 1 <= len(file_name) <= 200 or "/" in file_name or "\\" in file_name:
        raise BadInput("The document needs a plain file name.", data={"field": "document"})
    if not 10 <= len(sentence.strip()) <= 500:
        raise BadInput("Say in 10 to 500 characters what the document shows.", data={"field": "sentence"})


def _store_document(
    program_id: int, name: str, content: bytes, digest: str
) -> tuple[Document, list[Document]]:
    found = Document.objects.filter(program_id=program_id, digest=digest).first()
    if found:
        return found, []
    path = f"{program_id}/{digest[:2]}/{digest}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(content))
    made = Document.objects.create(
        program_id=program_id,
        digest=digest,
        name=name,
        size=len(content),
        content=path,
        stored_at=clock.now(),
    )
    return made, [made]


def review_evidence(
    *,
    actor: Actor,
    program_id: int,
    evidence_ref: str,
    meets_intent: bool,
    sample: str = "",
    period_from: date | None = None,
    period_to: date | None = None,
    remark: str = "",
) -> Review:
    """An independent person's judgement. Neither the author nor the requirement's owner may give it."""
    actor.must("prove:evidence:review", program_id)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("Evidence is reviewed by a person, not by a token.")
    number = number_of(evidence_ref, "EVD")
    evidence = Evidence.objects.filter(program_id=program_id, number=number).first()
    if evidence is None:
        raise NotFound(f"There is no evidence {evidence_ref[:20]} in this program.")
    _must_be_independent(actor, evidence)
    if not meets_intent and not remark.strip():
        raise BadInput("Say what is missing.", data={"field": "remark"})
    if period_from and period_to and period_to < period_from:
        raise BadInput("The period ends before it begins.", data={"field": "period_to"})
    with writing(program_id):
        turn = evidence.reopenings.count()
        if Review.objects.filter(evidence=evidence, reviewer_id=actor.user_id, round=turn).exists():
            raise Conflict(f"You have reviewed EVD-{evidence.number} already.")
        row = Review.objects.create(
            evidence=evidence,
            reviewer_id=actor.user_id,
            round=turn,
            meets_intent=meets_intent,
            sample=sample.strip()[:300],
            period_from=period_from,
            period_to=period_to,
            remark=remark.strip()[:1000],
            reviewed_at=clock.now(),
        )
        append(
            kind=EventKind.EVIDENCE_REVIEWED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/EVD-{evidence.number}",
            payload={"system": evidence.system_id, "meets_intent": meets_intent},
            program_id=program_id,
            records=[row],
        )
    return row


def _must_be_independent(actor: Actor, evidence: Evidence) -> None:
    if evidence.submitted_by_id == actor.user_id:
        raise NotAllowed(
            f"You submitted EVD-{evidence.number} yourself.", hint="Somebody else must review it."
        )
    rows = plan.requirements_of(actor, evidence.program_id, [evidence.system_id])
    own = [r.ref for r in rows if r.owner_id == actor.user_id and r.rule == evidence.requirement]
    if own:
        raise NotAllowed(
            f"You own {own[0]}, which this evidence is for.", hint="Somebody else must review it."
        )
