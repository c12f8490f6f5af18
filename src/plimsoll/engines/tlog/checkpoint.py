"""Checkpoints: what the log was at one size.

Source: C2SP tlog-checkpoint v1.0.0: origin, size, base64 root, each on its line, as a signed note.
Extension lines are neither written nor accepted.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from plimsoll.engines.tlog.merkle import HASH_SIZE
from plimsoll.engines.tlog.note import Signer, Verifier, open_note, sign_note
from plimsoll.kernel.errors import BadInput

__all__ = ["Checkpoint", "open_checkpoint", "sign_checkpoint"]

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log: which log, how many entries, which root."""

    origin: str
    """Name of the log."""
    size: int
    """Number of entries."""
    root: bytes
    """Root over them, 32 bytes."""

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a signed note; the signer's name must be the log's origin."""
    if signer.name != checkpoint.origin:
        raise BadInput("A log signs its checkpoints under its own name.")
    return sign_note(checkpoint.text, signer)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in the note, if `verifier` signed it; BadInput or Untrusted otherwise."""
    text = open_note(note.encode(), verifier)
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise BadInput("The checkpoint does not consist of origin, size and root.")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadInput("The checkpoint's root is not base64.") from error
    checkpoint = Checkpoint(origin=lines[0], size=int(lines[1]), root=root)
    if len(root) != HASH_SIZE or checkpoint.text != text or checkpoint.origin != verifier.name:
        raise BadInput("The checkpoint is not in its canonical form or names another log.")
    return checkpoint
