"""Signed notes: a text, an empty line, signature lines.

Source: C2SP signed-note v1.0.0. A line reads EM DASH SP name SP base64(key ID || signature). Notes
are parsed as bytes; only the canonical form is one, so that what was parsed writes itself back byte
by byte. What a signature of types 0x04 and 0x06 covers is known to `cosignature`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from plimsoll.engines.tlog.keys import KEY_ID_SIZE, KeyType, Signer, Verifier, is_key_name
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["Note", "SignatureLine", "open_note", "parse_note", "parse_signature_lines", "sign_note"]

MAX_SIGNATURES = 100
"""Signature lines of a note; the standard asks for at least 16."""
MAX_NOTE = 1_000_000
"""Bytes of a note; the reference implementation's limit."""

_DASH = "\u2014".encode()
_HINT = "It is a text, an empty line, and lines of dash, name and base64, each ended by one newline."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLine:
    """One signature line, not yet verified."""

    name: str
    """Name of the key that is said to have signed."""
    key_id: bytes
    """Its ID, 4 bytes."""
    blob: bytes
    """What follows the key ID: the signature, behind its time for types 0x04 and 0x06."""

    @property
    def serialised(self) -> bytes:
        """The line with its newline."""
        encoded = base64.b64encode(self.key_id + self.blob)
        return b"%s %s %s\n" % (_DASH, self.name.encode(), encoded)

    def is_by(self, verifier: Verifier) -> bool:
        """Whether the line names this key, by name and key ID; says nothing about the signature."""
        return self.name == verifier.name and self.key_id == verifier.key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text and its signature lines, in the form that the standard asks for; nothing is verified."""

    body: bytes
    """What is signed: UTF-8 with its last newline."""
    signatures: tuple[SignatureLine, ...]
    """The lines in their order; at least one."""

    @property
    def serialised(self) -> bytes:
        """The whole note; what `parse_note` read, byte by byte."""
        return self.body + b"\n" + b"".join(line.serialised for line in self.signatures)

    def lines_by(self, verifier: Verifier) -> tuple[SignatureLine, ...]:
        """The lines that name this key; a key may have signed more than once."""
        return tuple(line for line in self.signatures if line.is_by(verifier))


def parse_note(raw: bytes) -> Note:
    """The note that `raw` is; BadInput unless it is one in canonical form, within the limits.

    The text ends at the last empty line. Lines by any key are taken; none is verified.
    """
    if len(raw) > MAX_NOTE:
        raise BadInput(f"The note has more than {MAX_NOTE:,} bytes.")
    text, separator, signatures = raw.rpartition(b"\n\n")
    if not separator:
        raise BadInput("The text is not a signed note: it lacks its signature lines.", hint=_HINT)
    body = text + b"\n"
    _must_be_text(body)
    return Note(body=body, signatures=parse_signature_lines(signatures))


def parse_signature_lines(raw: bytes) -> tuple[SignatureLine, ...]:
    """The signature lines in `raw`: 1 to MAX_SIGNATURES, each ended by a newline; BadInput otherwise."""
    if not raw.endswith(b"\n"):
        raise BadInput("The last signature line of the note is not ended by a newline.", hint=_HINT)
    lines = raw[:-1].split(b"\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadInput(f"The note has more than {MAX_SIGNATURES} signature lines.")
    return tuple(_signature_line(line, number) for number, line in enumerate(lines, start=1))


def _signature_line(line: bytes, number: int) -> SignatureLine:
    try:
        _, name, encoded = line.split(b" ")
        blob = base64.b64decode(encoded, validate=True)
        parsed = SignatureLine(name=name.decode(), key_id=blob[:KEY_ID_SIZE], blob=blob[KEY_ID_SIZE:])
        canonical = is_key_name(parsed.name) and parsed.blob and parsed.serialised == line + b"\n"
    except (ValueError, binascii.Error):
        canonical = False
    if not canonical:
        raise BadInput(f"Signature line {number} of the note is malformed.", hint=_HINT)
    return parsed


def _must_be_text(body: bytes) -> None:
    if any(byte < 0x20 and byte != 0x0A for byte in body):
        raise BadInput("The text of the note has control characters.", hint="Only newlines are allowed.")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("The text of the note is not UTF-8 text.") from error


def sign_note(body: bytes, *signers: Signer) -> Note:
    """The note over `body` with one line per signer, all of type 0x01.

    BadInput for a body that cannot be one, for no signer, and for a signer of another type: those sign
    checkpoints only (`checkpoint.sign_checkpoint`, `cosignature.cosign`).
    """
    if not body.endswith(b"\n"):
        raise BadInput("The text of a note ends with a newline.")
    _must_be_text(body)
    if not signers or any(signer.type is not KeyType.ED25519 for signer in signers):
        raise BadInput("A note is signed by at least one key, all of type 0x01.")
    return Note(body=body, signatures=tuple(sign_line(body, signer) for signer in signers))


def sign_line(body: bytes, signer: Signer) -> SignatureLine:
    """The line of a signer of type 0x01 over `body`."""
    return SignatureLine(name=signer.name, key_id=signer.verifier.key_id, blob=signer.sign(body))


def open_note(raw: bytes, verifiers: Iterable[Verifier]) -> Note:
    """The note in `raw`, if at least one of the verifiers (type 0x01) signed its text.

    Lines by other keys are ignored, even if they share name or key ID. Raises BadInput for what is no
    canonical note and for verifiers that cannot be told apart, Untrusted when a line by one of the
    verifiers does not hold or none of them signed.
    """
    known = set(verifiers)
    if len({(v.name, v.key_id) for v in known}) != len(known):
        raise BadInput("Two of the keys have one name and key id, and cannot be told apart.")
    note = parse_note(raw)
    held = False
    for verifier in known:
        for line in note.lines_by(verifier):
            if verifier.type is not KeyType.ED25519 or not verifier.verify(note.body, line.blob):
                raise Untrusted(f"The note is not what {verifier.name} signed.")
            held = True
    if not held:
        raise Untrusted("The note is signed by none of the given keys.")
    return note
