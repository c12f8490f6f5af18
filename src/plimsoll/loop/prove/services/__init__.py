"""What prove writes."""

from plimsoll.loop.prove.services.attestations import attest, review_evidence
from plimsoll.loop.prove.services.keys import attestation_key as own_key
from plimsoll.loop.prove.services.keys import revoke_key, trust_key
from plimsoll.loop.prove.services.reopening import (
    checks_contradicted_by,
    contradicting_checks,
    reopen_evidence,
)
from plimsoll.loop.prove.services.statements import (
    Accepted,
    accept_own_statement,
    accept_statement,
    announce_expired,
)

__all__ = [
    "Accepted",
    "accept_own_statement",
    "accept_statement",
    "announce_expired",
    "attest",
    "checks_contradicted_by",
    "contradicting_checks",
    "own_key",
    "reopen_evidence",
    "review_evidence",
    "revoke_key",
    "trust_key",
]
