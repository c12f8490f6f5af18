"""Proof files: one text that shows that an entry is in a log, and who saw that log.

Source: C2SP tlog-proof (commit 5ba5ee83, 22 July 2026), `c2sp.org/tlog-proof@v1`: perhaps a line of extra
bytes, the index, the hashes from the leaf's sibling to the root's child, an empty line, and the
checkpoint verbatim with its cosignatures. Only the canonical form is read, so that what was parsed
writes itself back.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plimsoll.engines.tlog import standing
from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from plimsoll.engines.tlog.note import MAX_NOTE, parse_note
from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["FORM", "LIMIT", "Proof", "ProofReport", "parse_proof", "verify_proof"]

FORM = b"c2sp.org/tlog-proof@v1\n"
"""The first line of a proof file."""
MAX_EXTRA = 64 * 1024
"""Bytes of extra that a proof may carry."""
LIMIT = MAX_NOTE + 2 * MAX_EXTRA
"""Bytes of a proof file at most."""
_DEEPEST = 63  # of the largest log that a checkpoint can state
_INDEX = re.compile(rb"0|[1-9][0-9]{0,18}")
_HINT = "It is made by plimsoll log prove, or by another writer of c2sp.org/tlog-proof@v1."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That some entry stands at an index of a log, as claimed; nothing is verified yet.

    BadInput if it could not be written as a proof file.
    """

    index: int
    """Position of the entry, from 0."""
    path: tuple[bytes, ...]
    """Hashes of 32 bytes, from the leaf's sibling to the root's child; empty in a log of one entry."""
    note: bytes
    """The checkpoint with its signatures and cosignatures, verbatim."""
    extra: bytes = b""
    """Bytes for the application, which nobody signed; empty for none."""

    def __post_init__(self) -> None:
        parse_checkpoint(parse_note(self.note).body)
        if not 0 <= self.index < 2**63:
            raise BadInput(f"The index {self.index} is not that of an entry.", hint=_HINT)
        if len(self.path) > _DEEPEST or any(len(step) != HASH_SIZE for step in self.path):
            raise BadInput("The path of the proof is not at most 63 hashes of 32 bytes.", hint=_HINT)
        if len(self.extra) > MAX_EXTRA:
            raise BadInput(f"The extra bytes of the proof are more than {MAX_EXTRA:,}.", hint=_HINT)

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint in the note; not verified."""
        return parse_checkpoint(parse_note(self.note).body)

    @property
    def serialised(self) -> bytes:
        """The proof file; what `parse_proof` read, byte by byte."""
        lines = [FORM]
        if self.extra:
            lines.append(b"extra %s\n" % base64.b64encode(self.extra))
        lines.append(b"index %d\n" % self.index)
        lines += [base64.b64encode(step) + b"\n" for step in self.path]
        return b"".join((*lines, b"\n", self.note))


def parse_proof(content: bytes) -> Proof:
    """The proof that the file spells in canonical form; BadInput, with the line, for anything else.

    Nothing is verified: see `verify_proof`.
    """
    if len(content) > LIMIT:
        raise BadInput(f"The proof is longer than {LIMIT:,} bytes.", hint=_HINT)
    head, separator, note = content.partition(b"\n\n")
    lines = head.split(b"\n")
    if lines[0] != FORM[:-1] or not separator:
        raise BadInput("The file is not a proof: it lacks its first line or its checkpoint.", hint=_HINT)
    has_extra = len(lines) > 1 and lines[1].startswith(b"extra ")
    place = 2 if has_extra else 1
    if len(lines) <= place or not lines[place].startswith(b"index "):
        raise BadInput(f"Line {place + 1} of the proof does not say the index.", hint=_HINT)
    index = lines[place].removeprefix(b"index ")
    if not _INDEX.fullmatch(index):
        raise BadInput(f"Line {place + 1} of the proof: the index is not a decimal number.", hint=_HINT)
    proof = Proof(
        index=int(index),
        path=tuple(
            _decoded(line, number, HASH_SIZE) for number, line in enumerate(lines[place + 1 :], place + 2)
        ),
        note=note,
        extra=_decoded(lines[1].removeprefix(b"extra "), 2, None) if has_extra else b"",
    )
    if proof.serialised != content:
        raise BadInput("The proof is not in its canonical form.", hint=_HINT)
    return proof


def _decoded(encoded: bytes, number: int, size: int | None) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if not raw or (size is not None and len(raw) != size):
        what = "base64" if size is None else f"base64 of a hash of {size} bytes"
        raise BadInput(f"Line {number} of the proof is not {what}.", hint=_HINT)
    return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """What a proof shows, and the verdict on it."""

    proof: Proof
    """The proof."""
    examination: standing.Examination
    """How its checkpoint stands."""
    judgement: Judgement
    """Everything together: the entry's place and the checkpoint."""


def verify_proof(
    proof: Proof,
    *,
    entry: bytes | None = None,
    policy: Policy | None = None,
    keys: Sequence[Verifier] = (),
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> ProofReport:
    """What the proof shows of `entry`, by a policy, by keys of the log, or by both.

    Met: the entry is at that index of a log that the keys signed as the policy asks. Unknown: nothing
    contradicts, but the entry was not given, or no key was. BadInput for `max_age` without `now`.

    It does not establish when the entry was made (only that it was there when a witness cosigned), that
    it is true, that nothing else was left out, or anything about the extra bytes.
    """
    if policy is not None:
        examination = policy.examine(proof.note, keys=keys, max_age=max_age, now=now)
    else:
        examination = standing.examine(proof.note, keys=keys, max_age=max_age, now=now)
    judgement = all_of((_place(proof, entry), examination.judgement))
    return ProofReport(proof=proof, examination=examination, judgement=judgement)


def _place(proof: Proof, entry: bytes | None) -> Judgement:
    checkpoint = proof.checkpoint
    if proof.index >= checkpoint.size:
        return not_met(f"the log has {checkpoint.size} entries, so none at index {proof.index}")
    if entry is None:
        return unknown("no entry was given, so what the proof is of is not established")
    held = verify_inclusion(
        leaf=leaf_hash(entry),
        index=proof.index,
        size=checkpoint.size,
        proof=proof.path,
        expected_root=checkpoint.root,
    )
    if not held:
        return not_met(
            f"the entry is not at index {proof.index} of the {checkpoint.size} entries under this root"
        )
    return met(f"the entry is at index {proof.index} of {checkpoint.size} entries")
