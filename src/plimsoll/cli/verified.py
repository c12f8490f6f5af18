"""What plimsoll verify says of each kind of file: lines for people, documents for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from plimsoll.engines.tlog.standing import Cosigner, Examination, instant
from plimsoll.kernel.text import readable
from plimsoll.kernel.verdict import Judgement, met, not_met

if TYPE_CHECKING:
    from plimsoll.engines.tlog.checkpoint import Checkpoint
    from plimsoll.engines.tlog.disclosure import Disclosure
    from plimsoll.engines.tlog.event_proof import EventProof
    from plimsoll.engines.tlog.policy import Policy
    from plimsoll.engines.tlog.proof import ProofReport
    from plimsoll.engines.tlog.receipt import Receipt
    from plimsoll.engines.tlog.report import Report

FORM = "plimsoll/verified/1"
Document = dict[str, Any]


def _begin(kind: str, judgement: Judgement) -> Document:
    return {
        "form": FORM,
        "kind": kind,
        "verdict": judgement.verdict.value,
        "reasons": [{"verdict": r.verdict.value, "text": r.text} for r in judgement.reasons],
    }


def _reasons(judgement: Judgement) -> Iterator[str]:
    return (reason.text for reason in judgement.reasons)


def _state(checkpoint: Checkpoint) -> Document:
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}


def _cosigner(cosigner: Cosigner) -> Document:
    at = instant(cosigner.at) if cosigner.at else None
    return {
        "name": readable(cosigner.name),
        "key": str(cosigner.verifier),
        "cosigned": cosigner.cosigned,
        "at": at.isoformat().replace("+00:00", "Z") if at else None,
        "broken": cosigner.broken,
        "twin_of": readable(cosigner.twin_of) or None,
    }


def _rule(policy: Policy | None) -> Document | None:
    return None if policy is None else {"digest": policy.digest, "asks_for": policy.asked}


# ---------------------------------------------------------------- checkpoints and proofs
def checkpoint_document(found: Examination, policy: Policy | None) -> Document:
    return {**_begin("checkpoint", found.judgement), **_examined(found, policy)}


def _examined(found: Examination, policy: Policy | None) -> Document:
    return {
        "checkpoint": _state(found.checkpoint),
        "signed_by": [str(verifier) for verifier in found.signed_by],
        "cosigners": [_cosigner(cosigner) for cosigner in found.cosigners],
        "policy": _rule(policy),
    }


def checkpoint_lines(found: Examination, policy: Policy | None) -> tuple[str, ...]:
    return (*_reasons(found.judgement), *_standing(found, policy))


def _standing(found: Examination, policy: Policy | None) -> Iterator[str]:
    checkpoint = found.checkpoint
    yield f"checkpoint of {checkpoint.origin} at size {checkpoint.size}, root {checkpoint.root.hex()}"
    if policy is not None:
        yield f"by the policy with SHA-256 {policy.digest}"


def proof_document(report: ProofReport, policy: Policy | None) -> Document:
    return {
        **_begin("proof", report.judgement),
        "index": report.proof.index,
        "unsigned_extra": report.proof.extra.hex() or None,
        **_examined(report.examination, policy),
    }


def proof_lines(report: ProofReport, policy: Policy | None) -> tuple[str, ...]:
    extra = len(report.proof.extra)
    return (
        *_reasons(report.judgement),
        *_standing(report.examination, policy),
        *([f"the proof carries {extra} extra bytes, which nobody signed"] if extra else []),
    )


# ---------------------------------------------------------------- receipts
def receipt_document(receipt: Receipt, judgement: Judgement) -> Document:
    return {
        **_begin("receipt", judgement),
        "index": receipt.index,
        "size": receipt.size,
        "log": receipt.origin or None,
        "size_is_signed": receipt.stated_size is not None,
    }


# ---------------------------------------------------------------- disclosures and events
def disclosure_document(shown: Disclosure, judgement: Judgement, policy: Policy | None) -> Document:
    return {
        **_begin("disclosure", judgement),
        "index": shown.index,
        "entry": shown.leaf.to_json(),
        "shown": {field.name: field.value for field in shown.shown},
        "hidden": len(shown.hidden),
        "policy": _rule(policy),
    }


def disclosure_lines(shown: Disclosure, judgement: Judgement) -> tuple[str, ...]:
    leaf = shown.leaf
    return (
        *_reasons(judgement),
        f"entry {shown.index}: {leaf.kind} of {leaf.subject} at {leaf.at}",
        *(f"{readable(field.name)} = {in_json(field.value)}" for field in shown.shown),
    )


def event_document(found: EventProof, judgement: Judgement, policy: Policy | None) -> Document:
    return {
        **_begin("event-proof", judgement),
        "position": found.position,
        "seal": found.seal.to_json(),
        "index": found.entry.index if found.entry else None,
        "event": found.event,
        "policy": _rule(policy),
    }


def in_json(value: object) -> str:
    """The value on one line of a terminal."""
    return readable(json.dumps(value, ensure_ascii=False))


# ---------------------------------------------------------------- policies
def policy_judgement(policy: Policy) -> Judgement:
    """Whether the policy can be met at all; whether it should be believed is its reader's to decide."""
    if not policy.holds(frozenset(witness.name for witness in policy.witnesses)):
        return not_met("no checkpoint can meet this policy, even if every witness cosigns")
    return met(
        f"it is a policy: {len(policy.logs)} logs, {len(policy.witnesses)} witnesses, and it asks for "
        f"{policy.asked}; a policy is not signed, so compare its digest with whom you had it from"
    )


def policy_document(policy: Policy, judgement: Judgement) -> Document:
    return {
        **_begin("policy", judgement),
        "policy": _rule(policy),
        "logs": [{"key": str(log.verifier), "url": readable(log.url) or None} for log in policy.logs],
        "witnesses": [
            {
                "name": readable(witness.name),
                "key": str(witness.verifier),
                "url": readable(witness.url) or None,
                "twin_of": readable(witness.twin_of) or None,
            }
            for witness in policy.witnesses
        ],
    }


def policy_lines(policy: Policy, judgement: Judgement) -> tuple[str, ...]:
    return (
        *_reasons(judgement),
        f"SHA-256 {policy.digest}",
        *(f"log {log.verifier.name}+{log.verifier.key_id.hex()}" for log in policy.logs),
        *(
            f"witness {readable(w.name)}: {w.verifier.name}+{w.verifier.key_id.hex()}"
            + (f", never counted: it has the key of {readable(w.twin_of)}" if w.twin_of else "")
            for w in policy.witnesses
        ),
    )


# ---------------------------------------------------------------- exports
def export_document(report: Report) -> Document:
    return {
        "form": "plimsoll/verification/1",
        "verdict": report.judgement.verdict.value,
        "reasons": list(_reasons(report.judgement)),
        "faults": report.faults,
        "entries": report.entries,
        "erased": report.erased,
        "erasures": report.erasures,
        "withheld": report.withheld,
        "records": report.records,
        "key": report.key,
        "checkpoint": _state(report.checkpoint) if report.checkpoint else None,
    }


def export_lines(report: Report) -> tuple[str, ...]:
    state = report.checkpoint
    return (
        f"read {report.entries} entries ({report.erased} erased, {report.withheld} of other programs "
        f"withheld) and {report.records} records",
        *([*report.faults, *report.erasures] if report.faults else _reasons(report.judgement)),
        *([f"key named in the export: {report.key}"] if report.key else []),
        *([f"signed root {state.root.hex()} at size {state.size}"] if state else []),
    )
