"""Proofs of Sigsum, with the real signatures of its log and witness, rewritten as tlog-proof files."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

import pytest

from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.keys import KeyType, Verifier
from plimsoll.engines.tlog.note import Note, SignatureLine
from plimsoll.engines.tlog.policy import parse_policy
from plimsoll.engines.tlog.proof import Proof, parse_proof, verify_proof
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict
from tests import shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """One of Sigsum's proofs, in the forms that we read."""

    proof: bytes
    entry: bytes
    policy: bytes
    seen: int | None


def ssh_key(text: str) -> bytes:
    return base64.b64decode(text.split()[1])[-32:]


def outside(case: dict[str, Any]) -> Outside:
    """Sigsum's leaf is checksum, signature and key hash; its origin names the hash of the log's key."""
    head, tree, place = (
        [line.split("=", 1) for line in part.splitlines()] for part in case["proof"].split("\n\n")
    )
    fields = dict(tree)
    key_hash, signature = (bytes.fromhex(part) for part in dict(head)["leaf"].split())
    checksum = hashlib.sha256(bytes.fromhex(case["message_hex"])).digest()
    public = ssh_key(case["log_key"])
    origin = f"sigsum.org/v1/tree/{hashlib.sha256(public).hexdigest()}"
    log = Verifier(name=origin, public=public)
    state = Checkpoint(origin=origin, size=int(fields["size"]), root=bytes.fromhex(fields["root_hash"]))
    lines = [SignatureLine(name=origin, key_id=log.key_id, blob=bytes.fromhex(fields["signature"]))]
    policy, seen = f"log {log}\n", None
    if "cosignature" in fields:
        # A cosignature by Ed25519 does not cover the witness's name, so any may be given.
        witness = Verifier(
            name="witness.example", type=KeyType.ED25519_COSIGNATURE, public=ssh_key(case["witness_key"])
        )
        _, at, cosignature = fields["cosignature"].split()
        seen = int(at)
        blob = seen.to_bytes(8, "big") + bytes.fromhex(cosignature)
        lines.append(SignatureLine(name=witness.name, key_id=witness.key_id, blob=blob))
        policy += f"witness w {witness}\n"
    note = Note(body=state.body, signatures=tuple(lines)).serialised
    path = tuple(bytes.fromhex(value) for name, value in place if name == "node_hash")
    made = Proof(index=int(dict(place)["leaf_index"]), path=path, note=note)
    rule = f"{policy}quorum {'none' if seen is None else 'w'}\n"
    return Outside(
        proof=made.serialised, entry=checksum + signature + key_hash, policy=rule.encode(), seen=seen
    )


def verdict(given: Outside, proof: bytes) -> Verdict:
    report = verify_proof(parse_proof(proof), entry=given.entry, policy=parse_policy(given.policy))
    return report.judgement.verdict


@pytest.mark.parametrize("name", ["verify_no_cosignature", "verify_with_witness"])
def test_a_proof_of_sigsum_holds_and_no_changed_byte_of_it_does(name: str) -> None:
    given = outside(shared.json("vectors/sigsum-go/sigsum_vectors.json")[name])
    report = verify_proof(parse_proof(given.proof), entry=given.entry, policy=parse_policy(given.policy))
    assert report.judgement.verdict is Verdict.MET
    assert report.examination.interval == (None if given.seen is None else (given.seen, given.seen))
    for at, byte in enumerate(given.proof):
        changed = given.proof[:at] + bytes([byte ^ 1]) + given.proof[at + 1 :]
        try:
            assert verdict(given, changed) is not Verdict.MET, at
        except BadInput:
            continue
    for at in range(len(given.entry)):
        other = given.entry[:at] + bytes([given.entry[at] ^ 1]) + given.entry[at + 1 :]
        changed_entry = verify_proof(report.proof, entry=other, policy=parse_policy(given.policy))
        assert changed_entry.judgement.verdict is Verdict.NOT_MET
