"""What a witness answers: strict requests, one decision, and the state it leaves behind.

Source: C2SP tlog-witness v1.0.0, add-checkpoint. A witness remembers the last checkpoint that it cosigned
for each log and cosigns only what grew out of it. Everything here is a function of what is passed in; who
calls it must keep the new state durably, under one lock with the question, before it hands out the answer.

What a cosignature does not establish: that the entries are true, or that nothing was left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from plimsoll.engines.tlog.checkpoint import LARGEST, Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosign, cosignature_time
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = [
    "MAX_PROOF_LINES",
    "MAX_REQUEST",
    "SIZE_TYPE",
    "AddCheckpoint",
    "Answer",
    "Cosigned",
    "Doubt",
    "add_checkpoint",
    "holds",
    "parse_add_checkpoint",
    "read_cosigned",
]

MAX_PROOF_LINES = 63
"""Hashes that a request may carry; a tree has no more levels."""
MAX_REQUEST = 2**17
"""Bytes of a request: a full proof and a note with as many ML-DSA-44 lines as a note may have."""
SIZE_TYPE = "text/x.tlog.size"
"""Content type of an answer that names the size to prove from."""
TEXT_TYPE = "text/plain; charset=utf-8"
_OLD = re.compile(rb"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request: cosign this checkpoint, which grew out of the tree of `old_size` entries."""

    old_size: int
    """Size of the checkpoint that the witness is thought to have cosigned last; 0 for none."""
    proof: tuple[bytes, ...]
    """Consistency proof from there to the checkpoint, hashes of 32 bytes."""
    note: bytes
    """The checkpoint as a signed note, as it was sent."""

    @property
    def serialised(self) -> bytes:
        """The request body."""
        hashes = b"".join(base64.b64encode(each) + b"\n" for each in self.proof)
        return b"old %d\n%s\n%s" % (self.old_size, hashes, self.note)


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """The request that `body` spells in its canonical form; BadInput names the line otherwise.

    The note inside is only delimited here; `parse_note` and `parse_checkpoint` read it.
    """
    if len(body) > MAX_REQUEST:
        raise BadInput(f"The request is longer than {MAX_REQUEST:,} bytes.")
    head, separator, note = body.partition(b"\n\n")
    if not separator:
        raise BadInput("The request has no empty line before the checkpoint.")
    first, *lines = head.split(b"\n")
    old = _OLD.fullmatch(first)
    if old is None or int(old[1]) > LARGEST:
        raise BadInput("The first line of the request is not “old” and a size.", hint="It reads: old 12")
    if len(lines) > MAX_PROOF_LINES:
        raise BadInput(f"The consistency proof has more than {MAX_PROOF_LINES} lines.")
    proof = tuple(_hash(line, number) for number, line in enumerate(lines, start=2))
    return AddCheckpoint(old_size=int(old[1]), proof=proof, note=note)


def _hash(line: bytes, number: int) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error):
        value = b""
    if len(value) != HASH_SIZE or base64.b64encode(value) != line:
        raise BadInput(f"Line {number} of the request is not a hash of {HASH_SIZE} bytes in base64.")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What a witness remembers of one log: the last checkpoint that it cosigned."""

    checkpoint: Checkpoint
    """Origin, size and root."""
    at: int
    """When it was cosigned, POSIX seconds by the witness's clock."""
    note: bytes
    """The signed note with the log's verified signatures and the witness's own, and nothing else."""


def read_cosigned(note: bytes, *, keys: Sequence[Verifier]) -> Cosigned:
    """The state in a kept note; BadInput or Untrusted unless each of `keys` (the witness's own) signed it.

    A witness that cannot read its own memory must not go on: it could cosign a second history.
    """
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.body)
    times = []
    for key in keys:
        lines = parsed.lines_by(key)
        if not lines:
            raise Untrusted(f"The kept checkpoint of {checkpoint.origin} is not cosigned by {key.name}.")
        times += [cosignature_time(checkpoint, line, key) for line in lines]
    return Cosigned(checkpoint=checkpoint, at=max(times, default=0), note=note)


class Doubt(StrEnum):
    """Why a checkpoint with a valid signature was refused; the note is worth keeping."""

    FORK = "fork"
    """Two roots at one size under the log's key: with the cosigned checkpoint, proof of two histories."""
    UNPROVEN = "unproven"
    """Not shown to grow out of what was cosigned: another history, or just a wrong proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say, and what to keep before saying it."""

    status: int
    """HTTP status as tlog-witness v1.0.0 lists them; 503 if the witness's own clock cannot be right."""
    body: bytes
    """Signature lines, a size, or one sentence."""
    content_type: str = TEXT_TYPE
    """Content type of the body."""
    state: Cosigned | None = None
    """The new state of the log; keep it durably first. None if nothing changes."""
    doubt: Doubt | None = None
    """Set if a checkpoint that the log really signed does not fit what was cosigned before."""
    doubtful: bytes = b""
    """With a doubt: the refused checkpoint with the log's verified signatures."""
    origin: str = ""
    """The log, as far as it is known to the witness."""


def _refusal(
    status: int, sentence: str, *, origin: str = "", doubt: Doubt | None = None, doubtful: bytes = b""
) -> Answer:
    return Answer(status=status, body=f"{sentence}\n".encode(), origin=origin, doubt=doubt, doubtful=doubtful)


def add_checkpoint(
    body: bytes,
    *,
    logs: Mapping[str, Sequence[Verifier]],
    cosigned: Mapping[str, Cosigned],
    signers: Sequence[Signer],
    now: int,
) -> Answer:
    """The answer to a request, for a witness that trusts `logs` (origin → keys) and remembers `cosigned`.

    `now` is in POSIX seconds. Checks run in the order of the specification: form (400), known log (404),
    signatures (403), sizes (400), last size (409), proof (422). Never raises for what was sent; BadInput
    for keys that cannot do their part (names above 255 bytes, a signer of type 0x01).
    """
    read = _read(body, logs)
    if isinstance(read, Answer):
        return read
    request, checkpoint, shown = read
    last = cosigned.get(checkpoint.origin)
    refused = _inconsistency(request, checkpoint, last, shown)
    if refused is not None:
        return refused
    # A cosignature says “the largest tree seen as of this time”; a clock that ran back would let an older
    # statement look newer, and time 0 means that none is made.
    if now <= 0 or (last is not None and now < last.at):
        return _refusal(
            503, "the witness's clock stands before its last cosignature.", origin=checkpoint.origin
        )
    own = tuple(cosign(checkpoint, signer, now) for signer in signers)
    kept = replace(shown, signatures=(*shown.signatures, *own))
    return Answer(
        status=200,
        body=b"".join(line.serialised for line in own),
        origin=checkpoint.origin,
        state=Cosigned(checkpoint=checkpoint, at=now, note=kept.serialised),
    )


def _read(
    body: bytes, logs: Mapping[str, Sequence[Verifier]]
) -> tuple[AddCheckpoint, Checkpoint, Note] | Answer:
    """The request, its checkpoint, and the note with the verified lines of the log only; or the refusal."""
    try:
        request = parse_add_checkpoint(body)
    except BadInput as error:
        return _refusal(400, f"invalid input: {error.sentence}")
    try:
        note = parse_note(request.note)
    except BadInput as error:
        origin = _misspelt(request.note, logs)
        if origin:
            return _refusal(403, f"invalid signature: {error.sentence}", origin=origin)
        return _refusal(400, f"invalid input: {error.sentence}")
    try:
        checkpoint = parse_checkpoint(note.body)
    except BadInput as error:
        return _refusal(400, f"invalid checkpoint: {error.sentence}")
    keys = logs.get(checkpoint.origin, ())
    if not keys:
        return _refusal(404, "unknown log: this witness was not told to trust the origin of the checkpoint.")
    try:
        lines = _log_signatures(checkpoint, note, keys)
    except Untrusted as error:
        return _refusal(403, f"invalid signature: {error.sentence}", origin=checkpoint.origin)
    return request, checkpoint, replace(note, signatures=lines)


def _misspelt(note: bytes, logs: Mapping[str, Sequence[Verifier]]) -> str:
    """The origin, if the note is one but for base64 with spare bits in a line by a trusted key; else empty.

    Others decode such a line and find a signature that fails, which is 403 and not 400.
    """
    text, _, signatures = note.rpartition(b"\n\n")
    try:
        origin = parse_checkpoint(text + b"\n").origin
    except BadInput:
        return ""
    trusted = {(key.name.encode(), key.key_id) for key in logs.get(origin, ())}
    for line in signatures.split(b"\n"):
        _, _, named = line.partition(b" ")
        name, _, encoded = named.partition(b" ")
        try:
            blob = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            continue
        if (name, blob[:4]) in trusted and base64.b64encode(blob) != encoded:
            return origin
    return ""


def _log_signatures(
    checkpoint: Checkpoint, note: Note, keys: Sequence[Verifier]
) -> tuple[SignatureLine, ...]:
    """The lines that trusted keys of the log made, one per key; Untrusted if none, or if one fails.

    Only these are ever kept: a forged line under a name that somebody knows would spoil the note for all
    who read it later (the Sunlight advisory ANT-2026-SAPGR4D6).
    """
    found: dict[bytes, SignatureLine] = {}
    for line in note.signatures:
        for key in keys:
            if not line.is_by(key):
                continue
            if not holds(checkpoint, line, key):
                raise Untrusted(f"A signature under the name {key.name} does not hold.")
            found.setdefault(key.key_id, line)
    if not found:
        raise Untrusted(f"No key that is trusted for {checkpoint.origin} signed the checkpoint.")
    return tuple(found.values())


def holds(checkpoint: Checkpoint, line: SignatureLine, key: Verifier) -> bool:
    """Whether `line` is a valid signature by `key` over the checkpoint, of whatever type.

    A line that names another key is none by this one: False.
    """
    if not line.is_by(key):
        return False
    if key.type is KeyType.ED25519:
        return key.verify(checkpoint.body, line.blob)
    try:
        cosignature_time(checkpoint, line, key)
    except Untrusted:
        return False
    return True


def _inconsistency(
    request: AddCheckpoint, checkpoint: Checkpoint, last: Cosigned | None, shown: Note
) -> Answer | None:
    origin, size = checkpoint.origin, checkpoint.size
    if request.old_size > size:
        return _refusal(
            400, f"invalid input: the old size {request.old_size} is above the size {size}.", origin=origin
        )
    last_size = 0 if last is None else last.checkpoint.size
    if request.old_size != last_size:
        return Answer(status=409, body=b"%d\n" % last_size, content_type=SIZE_TYPE, origin=origin)
    if size == 0 and checkpoint.root != EMPTY_ROOT:
        return _refusal(422, "the root of size 0 is not the root of the empty tree.", origin=origin)
    if request.old_size == 0:
        # Nothing grows out of nothing in only one way: there is no proof, and none is taken.
        if request.proof:
            return _refusal(422, "a consistency proof from size 0 must be empty.", origin=origin)
        return None
    assert last is not None  # its size is the old size, which is above 0
    if size == last_size and checkpoint.root != last.checkpoint.root:
        return _refusal(
            422,
            f"fork: another root of size {size} was cosigned before; no consistency proof can exist.",
            origin=origin,
            doubt=Doubt.FORK,
            doubtful=shown.serialised,
        )
    if verify_consistency(
        old_size=last_size,
        new_size=size,
        old_root=last.checkpoint.root,
        new_root=checkpoint.root,
        proof=request.proof,
    ):
        return None
    return _refusal(
        422,
        f"the consistency proof does not lead from the cosigned size {last_size} to size {size}.",
        origin=origin,
        doubt=Doubt.UNPROVEN,
        doubtful=shown.serialised,
    )
