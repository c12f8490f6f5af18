"""How every requirement of a system stands by its evidence, at one moment, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from plimsoll.engines.catalog.schema import RequirementEntry
from plimsoll.engines.checks.result import Outcome
from plimsoll.engines.gates.proof import (
    AssetFact,
    CheckDemand,
    EvidenceFact,
    Proof,
    ProofRule,
    ReviewFact,
    prove,
)
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove.models import Evidence, EvidenceSubject, Reopening, Review, TrustedKey
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["ProofSheet", "proof_rule", "proof_sheets"]

COLUMNS = (
    "pk",
    "system_id",
    "number",
    "check_id",
    "requirement",
    "outcome",
    "answer",
    "produced_at",
    "valid_until",
    "parameters",
    "submitted_by_id",
    "statement_digest",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSheet:
    """One system's requirements in force, each with its proof."""

    requirements: tuple[plan.RequirementRow, ...]
    proofs: Mapping[str, Proof]
    """Requirement's catalog id → proof."""
    oldest_review_days: int | None
    """Age of the oldest attestation without any review; None if none waits."""
    in_force: int
    """Pieces of evidence about the system that have not expired, whatever they say."""


def proof_rule(rule: str, entry: RequirementEntry | None) -> ProofRule:
    """What counts as evidence for a requirement, by its entry; nothing counts if there is none."""
    if entry is None:
        return ProofRule(requirement=rule, checks=(), attestation="it is no longer in the catalog")
    return ProofRule(
        requirement=rule,
        checks=tuple(
            CheckDemand(
                check=c.check,
                assets=c.assets,
                at_most=c.at_most,
                at_least=c.at_least,
                within_days=entry.evidence.valid_days,
            )
            for c in entry.evidence.checks
        ),
        attestation=entry.evidence.attestation or "",
    )


def proof_sheets(
    actor: Actor, program_id: int, systems: Sequence[scope.SystemRow], *, now: datetime
) -> dict[int, ProofSheet]:
    """System → its proofs; five queries whatever the number of systems.

    Evidence that arrived after `now` is not looked at, so the past can be asked too.
    """
    ids = [system.id for system in systems]
    requirements: dict[int, list[plan.RequirementRow]] = defaultdict(list)
    for row in plan.requirements_of(actor, program_id, ids):
        requirements[row.system_id].append(row)
    assets: dict[int, list[AssetFact]] = defaultdict(list)
    for asset in scope.assets_of(actor, program_id, system_ids=ids) if ids else []:
        assets[asset.system_id].append(
            AssetFact(ref=asset.ref, kind=asset.kind, name=asset.name, digest=asset.digest or "")
        )
    evidence = _evidence(ids, now=now)
    return {
        system_id: _sheet(requirements[system_id], assets[system_id], evidence.get(system_id, []), now=now)
        for system_id in ids
    }


def _sheet(
    requirements: list[plan.RequirementRow],
    assets: list[AssetFact],
    evidence: list[EvidenceFact],
    *,
    now: datetime,
) -> ProofSheet:
    waiting = [
        (now - e.produced_at) // timedelta(days=1)
        for e in evidence
        if e.check == "attestation" and not e.reviews and e.valid_until > now
    ]
    return ProofSheet(
        requirements=tuple(requirements),
        proofs={
            row.rule: prove(proof_rule(row.rule, row.entry), evidence, assets, owner_id=row.owner_id, now=now)
            for row in requirements
        },
        oldest_review_days=max(waiting, default=None),
        in_force=sum(e.valid_until > now for e in evidence),
    )


def _evidence(system_ids: list[int], *, now: datetime) -> dict[int, list[EvidenceFact]]:
    revoked = TrustedKey.objects.filter(
        program_id=OuterRef("program_id"), key_id=OuterRef("key_id"), revoked_at__lte=now
    )
    subjects = _subjects(system_ids)
    reviews = _reviews(system_ids, now=now)
    reopenings = _reopenings(system_ids, now=now)
    facts: dict[int, list[EvidenceFact]] = defaultdict(list)
    found = Evidence.objects.filter(system_id__in=system_ids, received_at__lte=now)
    for row in found.annotate(disowned=Exists(revoked)).values_list(*COLUMNS, "disowned", named=True):
        facts[row.system_id].append(
            EvidenceFact(
                ref=f"EVD-{row.number}",
                check=row.check_id,
                requirement=row.requirement,
                # What somebody attests claims to be met; it counts only once it is reviewed.
                verdict=Verdict.MET if row.check_id == "attestation" else Outcome(row.outcome).verdict,
                answer=row.answer,
                subjects=frozenset(subjects[row.pk]),
                produced_at=row.produced_at,
                valid_until=row.valid_until,
                parameters=row.parameters,
                author_id=row.submitted_by_id,
                statement=row.statement_digest,
                reviews=tuple(made for _, made in reviews[row.pk]),
                **_again(reopenings[row.pk], reviews[row.pk]),
                disowned=row.disowned,
            )
        )
    return facts


def _subjects(system_ids: list[int]) -> dict[int, set[str]]:
    subjects: dict[int, set[str]] = defaultdict(set)
    found = EvidenceSubject.objects.filter(evidence__system_id__in=system_ids)
    for evidence_id, digest in found.values_list("evidence_id", "digest"):
        subjects[evidence_id].add(digest)
    return subjects


def _reviews(system_ids: list[int], *, now: datetime) -> dict[int, list[tuple[datetime, ReviewFact]]]:
    reviews: dict[int, list[tuple[datetime, ReviewFact]]] = defaultdict(list)
    found = Review.objects.filter(evidence__system_id__in=system_ids, reviewed_at__lte=now)
    columns = ("evidence_id", "reviewer_id", "meets_intent", "reviewed_at")
    for evidence_id, reviewer_id, meets, at in found.values_list(*columns):
        reviews[evidence_id].append((at, ReviewFact(reviewer_id=reviewer_id, meets_intent=meets)))
    return reviews


def _reopenings(system_ids: list[int], *, now: datetime) -> dict[int, list[tuple[datetime, str]]]:
    reopenings: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    found = Reopening.objects.filter(evidence__system_id__in=system_ids, reopened_at__lte=now)
    for evidence_id, at, reason in found.values_list("evidence_id", "reopened_at", "reason"):
        reopenings[evidence_id].append((at, reason))
    return reopenings


def _again(
    reopenings: list[tuple[datetime, str]], reviews: list[tuple[datetime, ReviewFact]]
) -> dict[str, Any]:
    """What contradicts a piece of evidence last, and who confirmed it after that."""
    if not reopenings:
        return {}
    last, reason = max(reopenings)
    return {
        "reopened": reason,
        "confirmed_again_by": frozenset(r.reviewer_id for at, r in reviews if at > last and r.meets_intent),
    }
