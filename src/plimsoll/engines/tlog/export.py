"""A whole log as text lines, and its verification by anyone.

An export is JSON, one value per line: a header, every entry with its content (or the digests of what
was erased), the register (digest of the state of every record), and a closing line with the signed
checkpoint. Verification streams it once and needs nothing else but the log's public key.

Form 2 carries entries of both versions and every line is in canonical form; form 1 knows only entries
of version 1 and is still read. In both, missing content is a fault unless an entry says that it was
erased.

What it establishes: the entries are exactly those the key's owner signed, no content was changed, what
is missing was erased by an entry of the log, and every record's state is the one its last entry says.
What it does not: that the log told the truth, that nothing was left unlogged, or that the owner did not
sign another history (witnesses are for that; see THREAT_MODEL.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plimsoll.engines.tlog.export_lines import FORM, LINE_LIMIT, Reader, last_states
from plimsoll.engines.tlog.fields import Field
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.report import MAX_FAULTS, Report
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import PlimsollError
from plimsoll.kernel.ids import Digest

__all__ = [
    "LINE_LIMIT",
    "MAX_FAULTS",
    "ExportEntry",
    "Report",
    "last_states",
    "verify_export",
    "write_export",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEntry:
    """One entry with what is needed to check it."""

    index: int
    """Position in the log, from 0."""
    leaf: Leaf | None
    """The entry; None if it is withheld because it belongs to somebody else."""
    leaf_hash: bytes
    """The hash that was stored when it was written; tells which entry was edited."""
    salt: bytes | None = None
    """Version 1: its salt; None if the payload was erased."""
    payload: Mapping[str, Any] | None = None
    """Version 1: its payload; None if it was erased."""
    fields: tuple[Field, ...] = ()
    """Version 2: its fields, in any order."""
    erased: tuple[Digest, ...] = ()
    """Version 2: the digests of the fields that were erased, in any order."""


def write_export(
    *,
    verifier: Verifier,
    size: int,
    entries: Iterable[ExportEntry],
    marks: Mapping[int, str],
    register: Iterable[tuple[str, Digest]],
    note: str,
) -> Iterator[bytes]:
    """The lines of an export of form 2, each ending in a newline.

    `note` is the checkpoint at `size`; `marks` are earlier checkpoints by size, which narrow down
    where a changed entry lies.
    """
    yield _line({"form": FORM, "log": verifier.name, "key": str(verifier), "entries": size})
    for entry in entries:
        yield _line(_entry_line(entry))
        if entry.index + 1 in marks and entry.index + 1 != size:
            yield _line({"mark": marks[entry.index + 1]})
    records = 0
    for record, digest in register:
        records += 1
        yield _line({"record": record, "state": digest})
    yield _line({"checkpoint": note, "records": records})


def _entry_line(entry: ExportEntry) -> dict[str, Any]:
    if entry.leaf is None:
        return {"index": entry.index, "entry": None, "leaf": entry.leaf_hash.hex()}
    line = {"index": entry.index, "entry": entry.leaf.to_json(), "leaf": entry.leaf_hash.hex()}
    if entry.leaf.version == 1:
        salt = entry.salt.hex() if entry.salt is not None else None
        return {**line, "salt": salt, "payload": entry.payload}
    fields = sorted(entry.fields, key=lambda field: field.name)
    return {**line, "fields": [field.to_json() for field in fields], "erased": sorted(entry.erased)}


def _line(value: Mapping[str, Any]) -> bytes:
    return canonical_bytes(value) + b"\n"


def verify_export(lines: Iterable[bytes], *, key: Verifier | None, others: Sequence[Verifier] = ()) -> Report:
    """The report on an export, read line by line.

    With `key` the origin is established; `others` are further keys of the log that must have signed its
    closing checkpoint. Without it, the key that the export itself names is used: everything else is
    checked, but who signed stays unknown and so does the verdict. Malformed or truncated input never
    raises; it is a fault with the line's number.
    """
    report = Report()
    reader = Reader(report)
    number = 0
    for number, line in enumerate(lines, start=1):
        if reader.closed:
            report.fault(f"Line {number} comes after the closing line.")
            break
        try:
            reader.take(line)
        except PlimsollError as error:
            report.fault(f"Line {number}: {error.message}")
            report.fault(f"Nothing after line {number} was compared.")
            reader.stopped = True
            break
    reader.finish(key, number, others)
    return report
