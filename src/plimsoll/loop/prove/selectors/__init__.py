"""What prove lets others read."""

from plimsoll.loop.prove.selectors.evidence import (
    EvidenceDetail,
    EvidenceRow,
    ReviewRow,
    document_of,
    envelope_of,
    evidence_after,
    evidence_by_ref,
    evidence_for_digest,
    evidence_page,
    failed_since,
    reopened_by,
    waiting_for_review,
)
from plimsoll.loop.prove.selectors.keys import KeyRow, keys_of
from plimsoll.loop.prove.selectors.proofs import ProofSheet, proof_rule, proof_sheets

__all__ = [
    "EvidenceDetail",
    "EvidenceRow",
    "KeyRow",
    "ProofSheet",
    "ReviewRow",
    "document_of",
    "envelope_of",
    "evidence_after",
    "evidence_by_ref",
    "evidence_for_digest",
    "evidence_page",
    "failed_since",
    "keys_of",
    "proof_rule",
    "proof_sheets",
    "reopened_by",
    "waiting_for_review",
]
