"""Signed notes with Ed25519: text, an empty line, signature lines.

Source: C2SP signed-note v1.0.0. key ID = first 4 bytes of SHA-256(name || 0x0A || 0x01 || key);
verifier key = name+hex(key ID)+base64(0x01 || key). Parsers work on bytes and accept the canonical
form only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["Signer", "Verifier", "open_note", "parse_verifier", "sign_note"]

_ED25519 = b"\x01"
_DASH = "\u2014".encode()
_NAME = re.compile(r"[!-*,-~]+")  # printable ASCII without space and plus
_MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key with the name it signs under."""

    name: str
    """Key name; a log's equals its origin."""
    key: Ed25519PublicKey
    """The public key."""

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, say which key made a signature line."""
        material = self.name.encode() + b"\n" + _ED25519 + self.key.public_bytes_raw()
        return hashlib.sha256(material).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.key.public_bytes_raw()).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key with the name it signs under."""

    name: str
    """Key name."""
    key: Ed25519PrivateKey
    """The private key; never serialised here."""

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, key=self.key.public_key())


def parse_verifier(text: str) -> Verifier:
    """The verifier that `text` spells in its canonical form; BadInput otherwise."""
    parts = text.strip().split("+", 2)
    try:
        name, _, encoded = parts
        raw = base64.b64decode(encoded, validate=True)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[:1] != _ED25519:
            raise ValueError(text)
        verifier = Verifier(name=name, key=Ed25519PublicKey.from_public_bytes(raw[1:]))
    except (ValueError, binascii.Error) as error:
        raise BadInput(
            "The key is not a verifier key.",
            hint="It reads NAME+HEXADECIMAL+BASE64, as plimsoll log key prints it.",
        ) from error
    if str(verifier) != text.strip():
        raise BadInput("The verifier key's id does not belong to its name and key.")
    return verifier


def sign_note(text: str, signer: Signer) -> str:
    """The note over `text` (which must end in a newline) with one signature line."""
    if not text.endswith("\n"):
        raise BadInput("The text of a note ends with a newline.")
    blob = signer.verifier.key_id + signer.key.sign(text.encode())
    return f"{text}\n\u2014 {signer.name} {base64.b64encode(blob).decode()}\n"


def open_note(note: bytes, verifier: Verifier) -> str:
    """The text of the note if the verifier's key signed it.

    Lines by other keys are ignored. Raises BadInput for anything that is not a canonical signed note
    and Untrusted when the key did not sign it or its signature does not hold.
    """
    text, separator, signatures = note.rpartition(b"\n\n")
    if not separator or not signatures.endswith(b"\n"):
        raise BadInput("The checkpoint is not a signed note: it lacks its signature lines.")
    body = text + b"\n"
    lines = signatures[:-1].split(b"\n")
    if len(lines) > _MAX_SIGNATURES or any(c < 0x20 and c != 0x0A for c in note):
        raise BadInput("The checkpoint is not a signed note: it has strange lines.")
    held = False
    for line in lines:
        name, blob = _signature(line)
        if name != verifier.name or blob[:4] != verifier.key_id:
            continue
        try:
            verifier.key.verify(blob[4:], body)
        except InvalidSignature:
            raise Untrusted("The checkpoint was changed after it was signed.") from None
        held = True
    if not held:
        raise Untrusted(f"The checkpoint is not signed by {verifier.name}+{verifier.key_id.hex()}.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("The checkpoint is not UTF-8 text.") from error


def _signature(line: bytes) -> tuple[str, bytes]:
    try:
        dash, name, encoded = line.split(b" ")
        blob = base64.b64decode(encoded, validate=True)
        decoded = name.decode()
        if dash != _DASH or len(blob) < 5 or base64.b64encode(blob) != encoded:
            raise ValueError(line)
    except (ValueError, binascii.Error) as error:
        raise BadInput("A signature line of the checkpoint is malformed.") from error
    return decoded, blob
