"""Proof files of single entries, and the log as files for any web server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from plimsoll.engines.tlog.checkpoint import parse_checkpoint
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.proof import Proof
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.ledger import log_file
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.ledger.sequencing import leaf_bytes
from plimsoll.ledger.witnessing import best_checkpoint, cosigned_note

__all__ = ["Proven", "copy_publication", "prove_entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry with its proof, for somebody who has nothing of ours but the log's key."""

    index: int
    """Position in the log."""
    entry: bytes
    """The bytes that the tree hashes; without personal data."""
    proof: bytes
    """A proof file, c2sp.org/tlog-proof@v1, under the checkpoint that most witnesses cosigned."""


def prove_entry(named: str) -> Proven:
    """The entry at a position, or the newest about a subject such as halyard/GTE-2, with its proof.

    NotFound if there is none; Conflict if it waits for its place or no checkpoint covers it yet, or if
    its row was edited. What the proof is of is the entry, not the content that it commits to.
    """
    rows = Entry.objects.order_by("-id")
    position = named.isascii() and named.isdigit() and len(named) < 19
    row = rows.filter(index=int(named)).first() if position else rows.filter(subject=named).first()
    if row is None:
        raise NotFound(
            f"The log has no entry {named[:80]}.",
            hint="Give a position, or program and ref, such as halyard/GTE-2.",
        )
    checkpoint = None if row.index is None else best_checkpoint(row.index)
    if row.index is None or checkpoint is None:
        raise Conflict(
            f"The entry about {row.subject} is not under a published checkpoint yet.",
            hint="The worker signs the log at its next tick; plimsoll tick does it now.",
        )
    path = log_file.inclusion(row.index, checkpoint.size)
    proof = Proof(index=row.index, path=path, note=cosigned_note(checkpoint))
    return Proven(index=row.index, entry=leaf_bytes(row), proof=proof.serialised)


def copy_publication(target: Path) -> int:
    """Copies what the log shows into a folder; returns how many files were new there.

    Tiles first, the checkpoint last and in one step, so that who reads the folder meanwhile finds all
    that the checkpoint needs. Files that are there already stay: tiles never change. NotFound if the
    log has published nothing; BadInput if the folder cannot be written.
    """
    public, note = log_file.public_folder(), log_file.published_checkpoint()
    signed = Checkpoint.objects.filter(size=parse_checkpoint(parse_note(note).body).size).first()
    note = cosigned_note(signed) if signed else note  # the database may be an older copy
    copied = 0
    try:
        for source in sorted((public / "tile").rglob("*")):
            place = target / source.relative_to(public)
            if source.is_file() and not place.exists():
                _put(place, source.read_bytes())
                copied += 1
        _put(target / "checkpoint", note)
    except OSError as error:
        raise BadInput(
            f"The log cannot be copied to {target}: {error.strerror}.", hint="Give a folder to write to."
        ) from error
    return copied


def _put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)
