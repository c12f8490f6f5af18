"""What the API gives for prove."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from plimsoll.loop.prove.selectors import EvidenceRow


class StoredOut(Schema):
    ref: str
    system: str
    outcome: str
    answer: str
    valid_until: datetime
    new: bool


class StoredListOut(Schema):
    evidence: list[StoredOut]


class EvidenceOut(Schema):
    ref: str
    system: str
    check: str
    requirement: str
    outcome: str
    answer: str
    subject: str
    sha256: str
    produced_at: datetime
    valid_until: datetime
    submitted_by: str


class EvidenceListOut(Schema):
    items: list[EvidenceOut]
    next: str | None


def evidence_out(row: EvidenceRow) -> EvidenceOut:
    return EvidenceOut(
        ref=row.ref,
        system=row.system_ref,
        check=row.check,
        requirement=row.requirement,
        outcome=row.outcome.value,
        answer=row.answer,
        subject=row.subject_name,
        sha256=row.subject_digest,
        produced_at=row.produced_at,
        valid_until=row.valid_until,
        submitted_by=row.submitted_by,
    )
