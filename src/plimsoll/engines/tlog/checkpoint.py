"""Checkpoints: what the log was at one size.

Source: C2SP tlog-checkpoint v1.0.0: origin, size, base64 root, each on its line, as a signed note.
Extension lines are neither written nor accepted: ML-DSA-44 signatures do not cover them, witnesses
say nothing about them, and the standard advises against them (decision 0028).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from plimsoll.engines.tlog.cosignature import cosign, cosignature_time
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import HASH_SIZE
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note, sign_line
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["LARGEST", "Checkpoint", "completed", "open_checkpoint", "parse_checkpoint", "sign_checkpoint"]

LARGEST = 2**63 - 1
"""Entries that a log can have; fits into a signed 64-bit number everywhere."""

_SIZE = re.compile(rb"0|[1-9][0-9]{0,18}")
_HINT = "A checkpoint is origin, size and base64 of a 32-byte root, each on one line, and nothing else."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log: which log, how many entries, which root.

    BadInput if it could not be written as three lines. That the empty log has the root of the empty
    tree is not checked here: a witness answers for it.
    """

    origin: str
    """Name of the log; not empty, no control characters."""
    size: int
    """Number of entries, 0 to LARGEST."""
    root: bytes
    """Root over them, 32 bytes."""

    def __post_init__(self) -> None:
        if not self.origin or any(c < " " or "\ud800" <= c <= "\udfff" for c in self.origin):
            raise BadInput("The checkpoint's origin is empty or has characters that no line can.", hint=_HINT)
        if not 0 <= self.size <= LARGEST:
            raise BadInput(f"The checkpoint's size {self.size} is not that of a log.", hint=_HINT)
        if len(self.root) != HASH_SIZE:
            raise BadInput(f"The checkpoint's root has {len(self.root)} bytes.", hint=_HINT)

    @property
    def body(self) -> bytes:
        """The three lines that are signed."""
        return b"%s\n%d\n%s\n" % (self.origin.encode(), self.size, base64.b64encode(self.root))


def parse_checkpoint(body: bytes) -> Checkpoint:
    """The checkpoint that the text of a note spells in canonical form; BadInput for anything else.

    Nothing is verified: see `open_checkpoint`.
    """
    lines = body.split(b"\n")
    if len(lines) != 4 or not _SIZE.fullmatch(lines[1]):
        raise BadInput("The checkpoint does not consist of origin, size and root.", hint=_HINT)
    try:
        root = base64.b64decode(lines[2], validate=True)
        checkpoint = Checkpoint(origin=lines[0].decode(), size=int(lines[1]), root=root)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise BadInput("The checkpoint's origin is not UTF-8 or its root not base64.", hint=_HINT) from error
    if checkpoint.body != body:
        raise BadInput("The checkpoint is not in its canonical form.", hint=_HINT)
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer, at: int = 0) -> str:
    """The checkpoint as a note signed by the log's own keys: Ed25519 (0x01) and ML-DSA-44 (0x06).

    `at` is the time in the ML-DSA-44 line, in POSIX seconds; 0 makes no statement on time. BadInput if
    there is no signer, if one has another name than the log, or is of a witness's type (0x04). Whether
    the checkpoint continues what was signed before is the caller's to know.
    """
    if not signers or any(signer.name != checkpoint.origin for signer in signers):
        raise BadInput("A log signs its checkpoints under its own name.")
    lines = tuple(_line(checkpoint, signer, at) for signer in signers)
    return Note(body=checkpoint.body, signatures=lines).serialised.decode()


def completed(note: str, signer: Signer, *others: Signer, at: int = 0) -> str:
    """The note, which `signer` signed, with the lines of those `others` that have none in it yet.

    For checkpoints from before a log had its second key. `at` as for `sign_checkpoint`. A note that does
    not open with the signer's key comes back as it is: nothing is put under a changed one, and whoever
    opens it later learns what is wrong with it.
    """
    try:
        state = open_checkpoint(note, signer.verifier)
    except (BadInput, Untrusted):
        return note
    parsed = parse_note(note.encode())
    missing = [other for other in others if not parsed.lines_by(other.verifier)]
    if not missing:
        return note
    added = parse_note(sign_checkpoint(state, *missing, at=at).encode())
    return Note(body=parsed.body, signatures=parsed.signatures + added.signatures).serialised.decode()


def _line(checkpoint: Checkpoint, signer: Signer, at: int) -> SignatureLine:
    if signer.type is KeyType.ED25519:
        return sign_line(checkpoint.body, signer)
    if signer.type is KeyType.MLDSA44:
        return cosign(checkpoint, signer, at)
    raise BadInput(
        "A log does not sign its own checkpoints as a witness (type 0x04).",
        hint="Use types 0x01 and 0x06.",
    )


def open_checkpoint(note: str | bytes, verifier: Verifier, *others: Verifier) -> Checkpoint:
    """The checkpoint in the note, if `verifier` and all `others` signed it: the keys of one log.

    Each line by one of these keys must hold, even if another of its lines does; lines by other keys are
    ignored. BadInput for what is no canonical checkpoint or names another log than the keys; Untrusted
    if a key did not sign it or its signature does not hold.
    """
    try:
        raw = note.encode() if isinstance(note, str) else note
    except UnicodeEncodeError as error:
        raise BadInput("The checkpoint is not UTF-8 text.") from error
    parsed = parse_note(raw)
    checkpoint = parse_checkpoint(parsed.body)
    for key in (verifier, *others):
        _must_be_signed(parsed, checkpoint, key)
        if checkpoint.origin != key.name:
            raise BadInput(
                f"The checkpoint is of the log {checkpoint.origin}, not of {key.name}.",
                hint="A log's key has the log's name.",
            )
    return checkpoint


def _must_be_signed(note: Note, checkpoint: Checkpoint, verifier: Verifier) -> None:
    lines = note.lines_by(verifier)
    if not lines:
        raise Untrusted(f"The checkpoint is not signed by {verifier.name}+{verifier.key_id.hex()}.")
    for line in lines:
        if verifier.type is not KeyType.ED25519:
            cosignature_time(checkpoint, line, verifier)
        elif not verifier.verify(note.body, line.blob):
            raise Untrusted("The checkpoint was changed after it was signed.")
