"""DSSE envelopes with Ed25519 signatures.

Source: Dead Simple Signing Envelope v1.0 (secure-systems-lab/dsse, protocol.md and envelope.md).
The signature covers PAE(type, body), so nothing about the payload's JSON form is trusted before the
signature holds. A key id is a hint and may be absent: the keys that are tried are chosen by the
verifier.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plimsoll.kernel.canonical import canonical_bytes, digest_bytes, read_json
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["Opened", "key_id", "open_envelope", "pae", "seal"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_MOST_SIGNATURES = 16


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding: the exact bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def key_id(public_key: Ed25519PublicKey) -> str:
    """Name of a key: the first 16 hexadecimal characters of the SHA-256 of its 32 raw bytes."""
    return digest_bytes(public_key.public_bytes_raw())[:16]


def seal(body: bytes, key: Ed25519PrivateKey, *, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The envelope over `body` with one signature, as canonical JSON bytes."""
    return canonical_bytes(
        {
            "payload": base64.b64encode(body).decode(),
            "payloadType": payload_type,
            "signatures": [
                {
                    "keyid": key_id(key.public_key()),
                    "sig": base64.b64encode(key.sign(pae(payload_type, body))).decode(),
                }
            ],
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The payload of an envelope and the key whose signature held."""

    body: bytes
    """The signed bytes."""
    key_id: str
    """Id of the trusted key that signed them."""


def open_envelope(
    envelope: bytes,
    trusted: Mapping[str, Ed25519PublicKey],
    *,
    payload_type: str = PAYLOAD_TYPE,
) -> Opened:
    """The payload, if at least one signature is by a key in `trusted` (key id → key).

    Of several trusted signers the first is named. Raises BadInput when the bytes are no DSSE envelope
    of this payload type, Untrusted when no trusted key signed or a signature under a trusted key's id
    does not hold, also beside one that does. It does not establish that the payload is true, fresh,
    or about the right subject.
    """
    value = read_json(envelope, what="The envelope")
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("signatures"), list)
        or not isinstance(value.get("payloadType"), str)
    ):
        raise BadInput("The envelope is not a DSSE envelope: it needs payload, payloadType and signatures.")
    if value["payloadType"] != payload_type:
        raise BadInput(
            f"The envelope holds “{value['payloadType'][:60]}”.",
            hint=f"Only {payload_type} is read here.",
        )
    signatures = value["signatures"]
    if len(signatures) > _MOST_SIGNATURES:
        raise BadInput(
            f"The envelope carries {len(signatures)} signatures.",
            hint=f"At most {_MOST_SIGNATURES} are read.",
        )
    body = _decode(value.get("payload"), what="The envelope's payload")
    message = pae(payload_type, body)
    signers = [_signer(signature, message, trusted) for signature in signatures]
    held = [key for key in signers if key is not None]
    if not held:
        raise Untrusted(
            "The statement is not signed by a key that is trusted here.",
            hint="Register the public key (plimsoll key show) under Settings, Signing keys.",
        )
    return Opened(body=body, key_id=key_id(held[0]))


def _signer(
    signature: object, message: bytes, trusted: Mapping[str, Ed25519PublicKey]
) -> Ed25519PublicKey | None:
    if not isinstance(signature, dict) or not isinstance(signature.get("keyid") or "", str):
        raise BadInput("A signature of the envelope is not an object with keyid and sig.")
    raw = _decode(signature.get("sig"), what="A signature")
    named = signature.get("keyid")
    if not named:
        return next((key for key in trusted.values() if _holds(key, raw, message)), None)
    key = trusted.get(named)
    if key is not None and not _holds(key, raw, message):
        raise Untrusted(
            f"The signature by key {key_id(key)} does not hold: the statement was changed "
            "after it was signed.",
            hint="Run the check again and push what it writes.",
        )
    return key


def _holds(key: Ed25519PublicKey, raw: bytes, message: bytes) -> bool:
    try:
        key.verify(raw, message)
    except InvalidSignature:
        return False
    return True


def _decode(text: object, *, what: str) -> bytes:
    if not isinstance(text, str):
        raise BadInput(f"{what} is not base64 text.")
    try:
        # DSSE verifiers must accept both the standard and the URL-safe alphabet.
        standard = text.replace("-", "+").replace("_", "/")
        decoded = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{what} is not base64 text.") from error
    # Unused bits may differ (YQ== and YR== decode alike); only the one that an encoder writes is read.
    if base64.b64encode(decoded).decode() != standard:
        raise BadInput(f"{what} is not base64 text in its canonical form.")
    return decoded
