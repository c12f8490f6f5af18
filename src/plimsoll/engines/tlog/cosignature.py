r"""Cosignatures: who saw which checkpoint, and when.

Source: C2SP tlog-cosignature v1.1.0-rc.1. A signature is a time (u64, POSIX seconds) before the bare
signature. Type 0x04 signs "cosignature/v1\ntime SECONDS\n" and the text of the checkpoint, and does
not cover the signer's name: use a key for one name only. Type 0x06 signs label, name, time, origin,
start 0, size and root (`subtree/v1`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.note import SignatureLine
from plimsoll.kernel.errors import BadInput, Untrusted

if TYPE_CHECKING:
    from plimsoll.engines.tlog.checkpoint import Checkpoint

__all__ = ["LATEST", "cosign", "cosignature_time"]

LATEST = 2**63 - 1
"""The largest time that a cosignature may carry, in POSIX seconds."""

_TIME_SIZE = 8
_LONGEST_NAME = 255


def cosign(checkpoint: Checkpoint, signer: Signer, at: int) -> SignatureLine:
    """The signer's line over the checkpoint: *at that time it was the largest consistent one I had seen*.

    `at` is in POSIX seconds. Time 0 makes no statement on time and is for type 0x06 only. Whether the
    statement is true is the caller's: nothing here compares with earlier checkpoints. BadInput for a
    signer of type 0x01, a time outside its range, and for names of more than 255 bytes (type 0x06).
    """
    if not (0 if signer.type is KeyType.MLDSA44 else 1) <= at <= LATEST:
        raise BadInput(f"A cosignature cannot carry the time {at}.", hint="Give POSIX seconds.")
    message = _message(checkpoint, signer.name, signer.type, at)
    return SignatureLine(
        name=signer.name,
        key_id=signer.verifier.key_id,
        blob=at.to_bytes(_TIME_SIZE, "big") + signer.sign(message),
    )


def cosignature_time(checkpoint: Checkpoint, line: SignatureLine, verifier: Verifier) -> int:
    """When the verifier's key cosigned the checkpoint, in POSIX seconds; 0 if it did not say when.

    0 occurs with type 0x06 only: the tree is consistent with what the signer saw, but not said to be
    the largest. The time is the signer's word; whether it lies in the future is not judged here.
    Untrusted if the line is another key's or does not hold; BadInput for a key that does not cosign.
    """
    if not line.is_by(verifier):
        raise Untrusted(f"The signature line of {line.name} is not by {verifier.name}.")
    at = int.from_bytes(line.blob[:_TIME_SIZE], "big")
    message = _message(checkpoint, verifier.name, verifier.type, at)
    signature = line.blob[_TIME_SIZE:]
    stated = at or verifier.type is KeyType.MLDSA44
    if not stated or at > LATEST or not verifier.verify(message, signature):
        raise Untrusted(
            f"The cosignature of {verifier.name} does not hold for this checkpoint of {checkpoint.origin}."
        )
    return at


def _message(checkpoint: Checkpoint, name: str, kind: KeyType, at: int) -> bytes:
    """The bytes that a key of that name and type signs."""
    if kind is KeyType.ED25519_COSIGNATURE:
        return b"cosignature/v1\ntime %d\n" % at + checkpoint.body
    if kind is KeyType.ED25519:
        raise BadInput(
            f"The key of {name} signs notes (type 0x01), not cosignatures.",
            hint="A cosigner's key is of type 0x04 or 0x06.",
        )
    return b"".join(
        (
            b"subtree/v1\n\0",
            _opaque(name),
            at.to_bytes(8, "big"),
            _opaque(checkpoint.origin),
            bytes(8),  # start
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def _opaque(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > _LONGEST_NAME:
        raise BadInput(
            f"The name “{text[:40]}…” has {len(raw)} bytes.",
            hint=f"ML-DSA-44 cosignatures allow names and origins of at most {_LONGEST_NAME}.",
        )
    return bytes([len(raw)]) + raw
