"""Evidence as lists and records show it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from plimsoll.engines.checks.result import Outcome
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import NotFound, Untrusted
from plimsoll.loop.prove.models import Evidence, Reopening, Review
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import PAGE_SIZE, ListQuery, page_of, read_cursor

__all__ = [
    "EvidenceDetail",
    "EvidenceRow",
    "ReviewRow",
    "document_of",
    "envelope_of",
    "evidence_after",
    "evidence_by_ref",
    "evidence_for_digest",
    "evidence_page",
    "failed_since",
    "reopened_by",
    "waiting_for_review",
]

_LISTED = (
    "pk",
    "program_id",
    "system_id",
    "system__name",
    "system__number",
    "number",
    "check_id",
    "requirement",
    "outcome",
    "answer",
    "subject_name",
    "subject_digest",
    "produced_at",
    "valid_until",
    "submitted_by_id",
    "submitted_by__name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    check: str
    requirement: str
    outcome: Outcome
    answer: str
    subject_name: str
    subject_digest: str
    produced_at: datetime
    valid_until: datetime
    submitted_by_id: int
    submitted_by: str

    def expired(self, now: datetime) -> bool:
        return self.valid_until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    reviewer_id: int
    reviewer: str
    meets_intent: bool
    sample: str
    period_from: date | None
    period_to: date | None
    remark: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDetail:
    row: EvidenceRow
    parameters: Mapping[str, Any]
    result: Mapping[str, Any]
    subjects: tuple[tuple[str, str], ...]
    statement_digest: str
    key_id: str
    received_at: datetime
    document: tuple[str, str, int] | None
    """Name, digest and size of the document that was shown."""
    reviews: tuple[ReviewRow, ...]
    reopenings: tuple[tuple[str, str, datetime], ...]
    """What contradicts it since it was made: source, clause, when."""

    def reviewed_by(self, user_id: int | None) -> bool:
        """Whether the person has looked at it since it was last opened again."""
        last = max((at for _, _, at in self.reopenings), default=None)
        return any(r.reviewer_id == user_id and (last is None or r.reviewed_at > last) for r in self.reviews)


def evidence_page(
    actor: Actor, program_id: int, query: ListQuery, *, now: datetime
) -> tuple[list[EvidenceRow], int]:
    """One page of a program's evidence and how much there is; two queries."""
    must_see(actor, program_id)
    rows = Evidence.objects.filter(program_id=program_id)
    chosen = query.chosen
    for key, column in (
        ("check", "check_id"),
        ("outcome", "outcome"),
        ("system", "system__number"),
    ):
        if key in chosen:
            rows = rows.filter(**{column: chosen[key]})
    if "validity" in chosen:
        holds = Q(valid_until__gt=now)
        rows = rows.filter(holds if chosen["validity"] == "valid" else ~holds)
    if query.search:
        text = query.search
        rows = rows.filter(
            Q(subject_name__icontains=text)
            | Q(subject_digest__startswith=text.lower())
            | Q(requirement__icontains=text)
        )
    return _rows(page_of(rows, query, last="-number")), rows.count()


def evidence_after(
    actor: Actor, program_id: int, *, after: str, limit: int
) -> tuple[list[EvidenceRow], str | None]:
    """At most `limit` pieces of evidence after a cursor, oldest first, and the next cursor; one query."""
    must_see(actor, program_id)
    start, count = read_cursor(after, limit)
    rows = Evidence.objects.filter(program_id=program_id, number__gt=start).order_by("number")
    found = _rows(rows, size=count + 1)
    return found[:count], found[count - 1].ref.split("-")[1] if len(found) > count else None


def _rows(rows: QuerySet[Evidence], *, size: int = PAGE_SIZE) -> list[EvidenceRow]:
    page = rows.values_list(*_LISTED)[:size]
    return [
        EvidenceRow(
            id=pk,
            program_id=program_id,
            system_id=system_id,
            system=system,
            system_ref=f"SYS-{system_number}",
            ref=f"EVD-{number}",
            check=check,
            requirement=requirement,
            outcome=Outcome(outcome),
            answer=answer,
            subject_name=subject_name,
            subject_digest=subject_digest,
            produced_at=produced_at,
            valid_until=valid_until,
            submitted_by_id=submitted_by_id,
            submitted_by=submitted_by,
        )
        for (
            pk,
            program_id,
            system_id,
            system,
            system_number,
            number,
            check,
            requirement,
            outcome,
            answer,
            subject_name,
            subject_digest,
            produced_at,
            valid_until,
            submitted_by_id,
            submitted_by,
        ) in page
    ]


def evidence_by_ref(actor: Actor, program_id: int, ref: str) -> EvidenceDetail:
    """One piece of evidence with subjects, document, reviews and reopenings; five queries."""
    must_see(actor, program_id)
    rows = Evidence.objects.filter(program_id=program_id, number=number_of(ref, "EVD"))
    listed = _rows(rows)
    if not listed:
        raise NotFound(f"There is no evidence {ref[:20]} in this program.")
    evidence = rows.select_related("document").defer("envelope").get()
    document = evidence.document
    return EvidenceDetail(
        row=listed[0],
        parameters=evidence.parameters,
        result=evidence.result,
        subjects=tuple(evidence.subjects.order_by("pk").values_list("name", "digest")),
        statement_digest=evidence.statement_digest,
        key_id=evidence.key_id,
        received_at=evidence.received_at,
        document=(document.name, document.digest, document.size) if document else None,
        reviews=tuple(
            ReviewRow(
                reviewer_id=r.reviewer_id,
                reviewer=r.reviewer.name,
                meets_intent=r.meets_intent,
                sample=r.sample,
                period_from=r.period_from,
                period_to=r.period_to,
                remark=r.remark,
                reviewed_at=r.reviewed_at,
            )
            for r in evidence.reviews.select_related("reviewer").order_by("reviewed_at")
        ),
        reopenings=tuple(
            evidence.reopenings.order_by("reopened_at", "pk").values_list("source", "reason", "reopened_at")
        ),
    )


def envelope_of(actor: Actor, program_id: int, ref: str) -> bytes:
    """The signed statement as it arrived."""
    must_see(actor, program_id)
    rows = Evidence.objects.filter(program_id=program_id, number=number_of(ref, "EVD"))
    envelope = rows.values_list("envelope", flat=True).first()
    if envelope is None:
        raise NotFound(f"There is no evidence {ref[:20]} in this program.")
    return envelope.encode()


def document_of(actor: Actor, program_id: int, ref: str) -> tuple[str, bytes]:
    """Name and content of the document that was attested; Untrusted if it is not the attested one."""
    must_see(actor, program_id)
    rows = Evidence.objects.filter(program_id=program_id, number=number_of(ref, "EVD"))
    evidence = rows.select_related("document").defer("envelope", "result").first()
    if evidence is None or evidence.document is None:
        raise NotFound(f"There is no document with {ref[:20]} in this program.")
    document = evidence.document
    try:
        with document.content.open("rb") as file:
            content = bytes(file.read())
    except OSError as error:
        raise NotFound(
            f"The document of {ref[:20]} is not where it was stored.",
            hint="Restore the folder of documents from its backup.",
        ) from error
    if digest_bytes(content) != document.digest:
        raise Untrusted(
            f"The stored document of {ref[:20]} is not the one that was attested.",
            hint="Somebody changed the file. Restore the folder of documents from its backup.",
        )
    return document.name, content


def evidence_for_digest(actor: Actor, program_id: int, digest: str) -> list[EvidenceRow]:
    """The newest evidence bound to a digest."""
    must_see(actor, program_id)
    rows = Evidence.objects.filter(program_id=program_id, subjects__digest=digest)
    return _rows(rows.order_by("-number"))


def failed_since(checks: Collection[str], *, since: datetime) -> list[tuple[int, str]]:
    """Program and ref of each fail by these checks that was received since; for the worker."""
    found = Evidence.objects.filter(
        check_id__in=list(checks), outcome=Outcome.FAIL.value, received_at__gte=since
    )
    return [(program, f"EVD-{n}") for program, n in found.order_by("pk").values_list("program_id", "number")]


def reopened_by(actor: Actor, program_id: int, source: str) -> list[str]:
    """Refs of the evidence that a signal or another source opened again, by number."""
    must_see(actor, program_id)
    found = Reopening.objects.filter(evidence__program_id=program_id, source=source)
    numbers = found.order_by("evidence__number").values_list("evidence__number", flat=True)
    return [f"EVD-{number}" for number in numbers]


def waiting_for_review(actor: Actor, program_id: int, *, now: datetime) -> list[EvidenceRow]:
    """Attestations that nobody has reviewed, and evidence that nobody has since it was opened again."""
    must_see(actor, program_id)
    since = Review.objects.filter(
        evidence_id=OuterRef("evidence_id"), reviewed_at__gt=OuterRef("reopened_at")
    )
    again = Reopening.objects.filter(~Exists(since), evidence_id=OuterRef("pk"))
    rows = Evidence.objects.filter(
        Q(check_id="attestation", reviews=None) | Exists(again), program_id=program_id, valid_until__gt=now
    )
    return _rows(rows.order_by("number"))
