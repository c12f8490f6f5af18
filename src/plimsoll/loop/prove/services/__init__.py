"""What prove writes."""

from plimsoll.loop.prove.services.attestations import attest, review_evidence
from plimsoll.loop.prove.services.keys import revoke_key, trust_key
from plimsoll.loop.prove.services.reopening import reopen_evidence
from plimsoll.loop.prove.services.statements import Accepted, accept_statement, announce_expired

__all__ = [
    "Accepted",
    "accept_statement",
    "announce_expired",
    "attest",
    "reopen_evidence",
    "review_evidence",
    "revoke_key",
    "trust_key",
]
