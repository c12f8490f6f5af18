"""COSE receipts: the same tree, shown to those who read RFC 9942 instead of proof files.

Source: RFC 9942 (COSE Receipts), section on RFC9162_SHA256, read as its last public draft
(draft-ietf-cose-merkle-tree-proofs); COSE_Sign1 by RFC 9052, CBOR by RFC 8949. A receipt is
18([protected {1 alg, 395 vds}, unprotected {396 {-1 [inclusion proof]}}, nil, signature]); the payload is
the root, which the reader computes from entry and path.

By the standard the signature covers the root and neither index nor size. Ours therefore also state, under
the signature, the log's name (claim 1 of header 15, RFC 9597) and the size (claim "tree-size"): with both
bound, no other index fits the path. Only Ed25519 is written; consistency receipts are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2

from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import HASH_SIZE, leaf_hash
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["LIMIT", "Receipt", "parse_receipt", "verify_receipt", "write_receipt"]

LIMIT = 16 * 1024
"""Bytes of a receipt at most."""
_TAG = 18  # COSE_Sign1
_ALG, _CRIT, _KID, _CLAIMS, _VDS, _VDP = 1, 2, 4, 15, 395, 396
_ISSUER, _SIZE = 1, "tree-size"
_INCLUSION = -1
_RFC9162_SHA256 = 1
_EDDSA, _ED25519 = -8, -19  # RFC 9053, and the fully specified name of RFC 9864
_HINT = "A receipt is a COSE_Sign1 with one inclusion proof, deterministically encoded (RFC 8949, 4.2)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That some entry stands in a log, as claimed; nothing is verified yet."""

    protected: bytes
    """The protected header as it was signed."""
    origin: str
    """The log's name as the signature covers it; empty if the receipt does not say."""
    stated_size: int | None
    """The log's size as the signature covers it; None if the receipt does not say."""
    size: int
    """The log's size by the proof."""
    index: int
    """Position of the entry, from 0, by the proof."""
    path: tuple[bytes, ...]
    """Hashes of 32 bytes, from the leaf's sibling to the root's child; at least one."""
    signature: bytes
    """Of 64 bytes."""

    @property
    def serialised(self) -> bytes:
        """The receipt's bytes; what `parse_receipt` read."""
        proof = cbor2.dumps([self.size, self.index, list(self.path)])
        unprotected = {_VDP: {_INCLUSION: [proof]}}
        return cbor2.dumps(cbor2.CBORTag(_TAG, [self.protected, unprotected, None, self.signature]))


def write_receipt(*, checkpoint: Checkpoint, index: int, path: Sequence[bytes], signer: Signer) -> bytes:
    """The receipt for the entry at `index`, signed by the log over the checkpoint's root.

    BadInput for a signer that is not the log's Ed25519 key (type 0x01), and for a log of one entry: the
    standard asks for a path of at least one hash. Whether the path leads from an entry to the root is the
    caller's to know.
    """
    if signer.type is not KeyType.ED25519 or signer.name != checkpoint.origin:
        raise BadInput("A receipt is signed by the log's own key of type 0x01.")
    if not path:
        raise BadInput(
            "A log of one entry has no receipt: RFC 9942 asks for a path of at least one hash.",
            hint="Give a proof file instead, or wait for the second entry.",
        )
    claims = {_ISSUER: checkpoint.origin, _SIZE: checkpoint.size}
    header = {_ALG: _EDDSA, _KID: signer.verifier.key_id, _CLAIMS: claims, _VDS: _RFC9162_SHA256}
    protected = cbor2.dumps(header)
    return Receipt(
        protected=protected,
        origin=checkpoint.origin,
        stated_size=checkpoint.size,
        size=checkpoint.size,
        index=index,
        path=tuple(path),
        signature=signer.sign(_signed_bytes(protected, checkpoint.root)),
    ).serialised


def _signed_bytes(protected: bytes, root: bytes) -> bytes:
    """The Sig_structure of RFC 9052 section 4.4, with the root as detached payload."""
    return cbor2.dumps(["Signature1", protected, b"", root])


def parse_receipt(content: bytes) -> Receipt:
    """The receipt that the bytes encode; BadInput for anything else.

    Read: one inclusion proof of a tree by RFC9162_SHA256, Ed25519, deterministic encoding. Other protected
    headers are kept under the signature and not interpreted; a critical one is refused.
    """
    if len(content) > LIMIT:
        raise BadInput(f"The receipt is longer than {LIMIT:,} bytes.", hint=_HINT)
    message = _decoded(content, "The receipt")
    if not isinstance(message, cbor2.CBORTag) or message.tag != _TAG:
        raise BadInput("The bytes are not a COSE_Sign1 message.", hint=_HINT)
    match message.value:
        case [bytes() as protected, {396: {-1: [bytes() as proof]}}, None, bytes() as signature]:
            pass
        case _:
            raise BadInput("The COSE message is not a receipt with one inclusion proof.", hint=_HINT)
    match _decoded(proof, "The receipt's inclusion proof"):
        case [int() as size, int() as index, [_, *_] as path] if type(size) is type(index) is int and all(
            map(_is_hash, path)
        ):
            pass
        case _:
            raise BadInput("The inclusion proof is not size, index and a path of hashes.", hint=_HINT)
    origin, stated = _claims(_header(protected))
    receipt = Receipt(
        protected=protected,
        origin=origin,
        stated_size=stated,
        size=size,
        index=index,
        path=tuple(path),
        signature=signature,
    )
    if receipt.serialised != content:
        raise BadInput("The receipt holds more than a receipt, or is not in canonical form.", hint=_HINT)
    return receipt


def _decoded(content: bytes, what: str) -> Any:  # any CBOR value; its shape is matched by the caller
    try:
        value = cbor2.loads(content)
        canonical = cbor2.dumps(value, canonical=True) == content
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadInput(f"{what} is not CBOR.", hint=_HINT) from error
    if not canonical:
        raise BadInput(f"{what} is not in canonical form.", hint=_HINT)
    return value


def _is_hash(step: object) -> bool:
    return isinstance(step, bytes) and len(step) == HASH_SIZE


def _header(protected: bytes) -> Mapping[Any, Any]:
    header = _decoded(protected, "The receipt's protected header")
    if not isinstance(header, Mapping) or not _is_one_of(header.get(_VDS), _RFC9162_SHA256):
        raise BadInput("The receipt is not about a tree by RFC9162_SHA256.", hint=_HINT)
    if not _is_one_of(header.get(_ALG), _EDDSA, _ED25519):
        raise BadInput("The receipt is not signed with Ed25519.", hint="Other algorithms are not read.")
    if _CRIT in header:
        raise BadInput("The receipt has critical headers, which are not known here.", hint=_HINT)
    return header


def _is_one_of(value: object, *known: int) -> bool:
    return type(value) is int and value in known  # true equals 1 in Python, not in CBOR


def _claims(header: Mapping[Any, Any]) -> tuple[str, int | None]:
    claims = header.get(_CLAIMS, {})
    if not isinstance(claims, Mapping):
        raise BadInput("The receipt's claims are not a map.", hint=_HINT)
    origin, size = claims.get(_ISSUER, ""), claims.get(_SIZE)
    if not isinstance(origin, str) or not (size is None or type(size) is int):
        raise BadInput("The receipt's claims do not name log and size.", hint=_HINT)
    return origin, size


def verify_receipt(receipt: Receipt, *, entry: bytes | None, keys: Sequence[Verifier]) -> Judgement:
    """Whether the receipt shows that `entry` is in the log of which `keys` are keys (type 0x01 counts).

    Unknown without entry (the root is computed from it) or without such a key. It does not establish who
    saw the log, or when: a receipt carries no cosignatures. Where the receipt does not state the size under
    its signature, the index is only the receipt's word, and the reason says so.
    """
    parts = []
    logs = [key for key in keys if key.type is KeyType.ED25519]
    if entry is None:
        parts.append(unknown("no entry was given, and without it a receipt says nothing"))
    if not logs:
        parts.append(unknown("no Ed25519 key of a log was given, so who signed is not established"))
    if receipt.stated_size not in (None, receipt.size):
        parts.append(
            not_met(f"it was signed for {receipt.stated_size} entries, but its proof is of {receipt.size}")
        )
    if logs and receipt.origin not in ("", *(log.name for log in logs)):
        parts.append(not_met(f"it is a receipt of the log {receipt.origin}, not of {logs[0].name}"))
    elif logs and entry is not None:
        parts.append(_signature(receipt, entry, logs))
    return all_of(parts)


def _signature(receipt: Receipt, entry: bytes, logs: Sequence[Verifier]) -> Judgement:
    root = _root(leaf_hash(entry), receipt)
    if root is None:
        return not_met(f"its path is not one of index {receipt.index} among {receipt.size} entries")
    message = _signed_bytes(receipt.protected, root)
    signed = next((log for log in logs if log.verify(message, receipt.signature)), None)
    if signed is None:
        return not_met(f"{logs[0].name} did not sign the root to which this entry leads")
    place = f"the entry is at index {receipt.index} of {receipt.size} under a root that {signed.name} signed"
    bound = receipt.stated_size is not None
    return met(place if bound else f"{place}; its signature covers neither index nor size")


def _root(leaf: bytes, receipt: Receipt) -> bytes | None:
    """The root to which leaf and path lead (RFC 9162 section 2.1.3.2); None if the path does not fit.

    `merkle.verify_inclusion` compares with a root that is known; here nobody knows it yet.
    """
    if not 0 <= receipt.index < receipt.size:
        return None
    position, last, combined = receipt.index, receipt.size - 1, leaf
    for sibling in receipt.path:
        if not last:
            return None
        if position & 1 or position == last:
            combined = hashlib.sha256(b"\x01" + sibling + combined).digest()
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            combined = hashlib.sha256(b"\x01" + combined + sibling).digest()
        position, last = position >> 1, last >> 1
    return None if last else combined
