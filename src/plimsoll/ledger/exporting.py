"""The whole log as an export, and the comparison of the register with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from plimsoll.engines.tlog.checkpoint import completed
from plimsoll.engines.tlog.export import (
    LINE_LIMIT,
    ExportEntry,
    Report,
    last_states,
    verify_export,
    write_export,
)
from plimsoll.engines.tlog.fields import Field, joined
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import not_met
from plimsoll.ledger import log_file
from plimsoll.ledger.append import writing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.content import digests_in, opened, subject_keys
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.ledger.records import register_digests, register_digests_of

__all__ = ["export_lines", "reconcile"]


def export_lines(signer: Signer, *others: Signer, program_id: int | None = None) -> Iterator[bytes]:
    """The export of the log as it stands, line by line; signs a checkpoint first.

    With `program_id`, entries of other programs are withheld: their hashes prove that they exist, and
    nothing more is shown. Writers wait until the last line is read, so entries, register and
    checkpoint belong together: read it into a file, not into a slow connection. Conflict if the log
    has a hole.
    """
    seen: set[str] = set()
    with log_file.opened(), writing():
        checkpoint = make_checkpoint(signer, *others)
        yield from write_export(
            verifier=signer.verifier,
            size=checkpoint.size,
            entries=_entries(checkpoint.size, program_id, seen),
            marks=dict(Checkpoint.objects.order_by("size").values_list("size", "note")),
            register=register_digests() if program_id is None else _register_of(seen),
            note=completed(checkpoint.note, signer, *others),  # it may be from before they had a key
        )


def _register_of(seen: set[str]) -> Iterator[tuple[str, Digest]]:
    """The register of the records that the shown entries wrote; read after the entries."""
    yield from register_digests_of(sorted(seen))


def reconcile(signer: Signer, *others: Signer) -> Report:
    """Compares every record with the log and the log with its own signatures.

    The report names each edited entry, each missing entry and each record whose state does not
    follow from the log. It is what an outsider's `plimsoll verify` would say of an export made now.
    """
    try:
        lines = export_lines(signer, *others)
        return verify_export(lines, key=signer.verifier, others=[other.verifier for other in others])
    except PlimsollError as error:
        report = Report()
        report.fault(error.sentence)
        report.parts.append(not_met(error.sentence))
        return report


def _entries(size: int, program_id: int | None, seen: set[str]) -> Iterator[ExportEntry]:
    keys = subject_keys()
    rows = Entry.objects.filter(index__lt=size).order_by("index").select_related("payload")
    for row in rows.prefetch_related("boxes").iterator(chunk_size=2000):
        assert row.index is not None  # by the filter
        if program_id is not None and row.program_id != program_id:
            yield ExportEntry(index=row.index, leaf=None, leaf_hash=_bytes(row.leaf_hash))
            continue
        shown = _whole(row) if row.version == 1 else _in_fields(row, keys)
        if program_id is not None:
            seen.update(last_states(shown.payload or joined((f.name, f.value) for f in shown.fields)))
        yield shown


def _leaf(row: Entry) -> Leaf:
    return Leaf(
        kind=row.kind,
        at=_at(row.at),
        actor=row.actor,
        subject=row.subject,
        commit=Digest(row.commit),
        version=row.version,
    )


def _whole(row: Entry) -> ExportEntry:
    payload = getattr(row, "payload", None)
    if payload is not None and payload.erased_by_id is not None:
        payload = None
    return ExportEntry(
        index=row.index or 0,
        leaf=_leaf(row),
        leaf_hash=_bytes(row.leaf_hash),
        salt=_bytes(payload.salt) if payload else None,
        payload=_body(payload.body) if payload else None,
    )


def _in_fields(row: Entry, keys: Mapping[str, bytes]) -> ExportEntry:
    fields: list[Field] = []
    missing: list[Digest] = []
    for box in row.boxes.all():
        try:
            fields += opened(box, keys=keys, entry=Digest(row.commit)) if box.box is not None else ()
        except Untrusted:
            missing += digests_in(box)
        else:
            missing += digests_in(box) if box.box is None else ()
    return ExportEntry(
        index=row.index or 0,
        leaf=_leaf(row),
        leaf_hash=_bytes(row.leaf_hash),
        fields=tuple(fields),
        erased=tuple(missing),
    )


# What somebody wrote over in the database is exported as nothing, and a box that does not open as its
# digests: verification then names the entry.


def _at(instant: datetime | None) -> str:
    return timestamp(instant) if instant else ""  # SQLite reads a time that is none as nothing


def _bytes(hexadecimal: str) -> bytes:
    try:
        return bytes.fromhex(hexadecimal)
    except ValueError:
        return b""


def _body(text: str) -> Mapping[str, Any]:
    try:
        body = read_json(text.encode(), what="the payload", limit=LINE_LIMIT)
    except BadInput:
        return {}
    return body if isinstance(body, Mapping) else {}
