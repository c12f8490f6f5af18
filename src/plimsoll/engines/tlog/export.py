"""A whole log as text lines, and its verification by anyone.

An export is JSON, one value per line: a header, every entry with its payload (or the word that it
was erased), the register (digest of the state of every record), and a closing line with the signed
checkpoint. Verification streams it once and needs nothing else but the log's public key.

What it establishes: the entries are exactly those the key's owner signed, no payload was changed,
and every record's state is the one its last entry says. What it does not: that the log told the
truth, that nothing was left unlogged, or that the owner did not sign another history (witnesses are
for that; see THREAT_MODEL.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plimsoll.engines.tlog.checkpoint import Checkpoint, open_checkpoint
from plimsoll.engines.tlog.commitment import SALT_SIZE, commit
from plimsoll.engines.tlog.keys import Verifier, parse_verifier
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.merkle import HASH_SIZE, Frontier, leaf_hash
from plimsoll.kernel.canonical import canonical_bytes, digest_value, read_json
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Judgement, all_of, met, not_met, unknown

__all__ = ["ExportEntry", "Report", "last_states", "verify_export", "write_export"]

FORM = "plimsoll/export/1"
MAX_FAULTS = 50
LINE_LIMIT = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportEntry:
    """One entry with what is needed to check it."""

    index: int
    """Position in the log, from 0."""
    leaf: Leaf | None
    """The entry; None if it is withheld because it belongs to somebody else."""
    leaf_hash: bytes
    """The hash that was stored when it was written; tells which entry was edited."""
    salt: bytes | None
    """Its salt; None if the payload was erased."""
    payload: Mapping[str, Any] | None
    """Its payload; None if it was erased."""


def write_export(
    *,
    verifier: Verifier,
    size: int,
    entries: Iterable[ExportEntry],
    marks: Mapping[int, str],
    register: Iterable[tuple[str, Digest]],
    note: str,
) -> Iterator[bytes]:
    """The lines of an export, each ending in a newline.

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
    return {
        "index": entry.index,
        "entry": entry.leaf.to_json(),
        "leaf": entry.leaf_hash.hex(),
        "salt": entry.salt.hex() if entry.salt is not None else None,
        "payload": entry.payload,
    }


def _line(value: Mapping[str, Any]) -> bytes:
    return canonical_bytes(value) + b"\n"


@dataclass(slots=True)
class Report:
    """What verification found. `judgement` is the verdict; faults name entry or record."""

    parts: list[Judgement] = field(default_factory=list)
    """One judgement per thing that was checked."""
    entries: int = 0
    """Entries read."""
    erased: int = 0
    """Entries whose payload was erased."""
    withheld: int = 0
    """Entries that are proven to exist but not shown, because they belong to somebody else."""
    records: int = 0
    """Records compared with their last entry."""
    faults: list[str] = field(default_factory=list)
    """Sentences that name what does not hold; at most MAX_FAULTS are kept."""
    key: str = ""
    """The verifier key that the export names."""
    checkpoint: Checkpoint | None = None
    """The signed state, once it held."""

    @property
    def judgement(self) -> Judgement:
        """All parts together."""
        return all_of(self.parts)

    def fault(self, sentence: str) -> None:
        """Notes something that does not hold."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(sentence)


def last_states(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The states of the records that an entry wrote: record → state, None when it was removed."""
    records = payload.get("records", {})
    return records if isinstance(records, Mapping) else {}


def verify_export(lines: Iterable[bytes], *, key: Verifier | None, others: Sequence[Verifier] = ()) -> Report:
    """The report on an export, read line by line.

    With `key` the origin is established; `others` are further keys of the log that must have signed its
    closing checkpoint. Without it, the key that the export itself names is used:
    everything else is checked, but who signed stays unknown and so does the verdict. Malformed or
    truncated input never raises; it is a fault with the line's number.
    """
    report = Report()
    reader = _Reader(report)
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


class _Reader:
    """Takes the lines of one export in order and keeps what the closing checks need."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.frontier = Frontier()
        self.header: Mapping[str, Any] | None = None
        self.states: dict[str, Digest | None] = {}
        self.seen: set[str] = set()
        self.note: str | None = None
        self.marks: list[tuple[int, bytes, str]] = []
        self.closed = False
        self.stopped = False
        self.announced: int | None = None

    def take(self, line: bytes) -> None:
        if not line.endswith(b"\n"):
            raise BadInput("the export breaks off in the middle of the line")
        value = read_json(line, what="the line", limit=LINE_LIMIT)
        if not isinstance(value, Mapping):
            raise BadInput("the line is not an object")
        if self.header is None:
            self._header(value)
        elif "entry" in value:
            self._entry(value)
        elif "mark" in value:
            self.marks.append((self.report.entries, self.frontier.root, str(value["mark"])))
        elif "record" in value:
            self._record(value)
        elif "checkpoint" in value:
            self.note, self.closed = str(value["checkpoint"]), True
            if value.get("records") != len(self.seen):
                self.report.fault(
                    f"The closing line speaks of {value.get('records')} records; {len(self.seen)} were read."
                )
        else:
            raise BadInput("the line is neither entry, mark, record nor checkpoint")

    def _header(self, value: Mapping[str, Any]) -> None:
        if value.get("form") != FORM:
            raise BadInput(f"the first line is not the header of an export ({FORM})")
        self.header = value
        self.report.key = str(value.get("key", ""))
        entries = value.get("entries")
        self.announced = entries if isinstance(entries, int) else None

    def _entry(self, value: Mapping[str, Any]) -> None:
        index = self.report.entries
        if value.get("index") != index:
            raise BadInput(f"entry {index} is missing; the line holds entry {value.get('index')}")
        if value["entry"] is None:
            self._withheld(value)
            return
        leaf = Leaf.from_json(value["entry"])
        hashed = leaf_hash(leaf.entry)
        if hashed.hex() != value.get("leaf"):
            self.report.fault(f"Entry {index} ({leaf.kind}, {leaf.subject}) was edited.")
        self.frontier = self.frontier.extended([hashed])
        self.report.entries += 1
        payload = value.get("payload")
        if payload is None:
            self.report.erased += 1
            return
        try:
            salt = bytes.fromhex(str(value.get("salt")))
        except ValueError:
            salt = b""
        if len(salt) != SALT_SIZE or commit(canonical_bytes(payload), salt) != leaf.commit:
            self.report.fault(
                f"Entry {index} ({leaf.kind}, {leaf.subject}): its content is not what was logged."
            )
            return
        for record, state in last_states(payload).items():
            self.states[record] = None if state is None else digest_value(state)

    def _withheld(self, value: Mapping[str, Any]) -> None:
        try:
            hashed = bytes.fromhex(str(value.get("leaf")))
        except ValueError:
            hashed = b""
        if len(hashed) != HASH_SIZE:
            raise BadInput("a withheld entry has no leaf hash")
        self.frontier = self.frontier.extended([hashed])
        self.report.entries += 1
        self.report.withheld += 1

    def _record(self, value: Mapping[str, Any]) -> None:
        record, state = str(value["record"]), value.get("state")
        self.seen.add(record)
        self.report.records += 1
        if record not in self.states:
            self.report.fault(f"Record {record} has no entry in the log.")
        elif self.states[record] is None:
            self.report.fault(f"Record {record} exists although the log says it was removed.")
        elif self.states[record] != state:
            self.report.fault(f"Record {record} is not in the state that its last entry says.")

    def finish(self, key: Verifier | None, lines: int, others: Sequence[Verifier]) -> None:
        report = self.report
        self._missing_records()
        if not self.closed and not self.stopped:
            report.fault(
                f"The export is truncated: it ends after {lines} lines with {report.entries} "
                f"of {self.announced if self.announced is not None else 'an unknown number of'} "
                "entries and without its closing line."
            )
        self._signature(key, others)
        report.parts.append(
            not_met("; ".join(report.faults))
            if report.faults
            else met(f"{report.entries} entries and {report.records} records agree with each other")
        )
        report.parts.append(
            met(f"signed by the given key {key.name}")
            if key is not None
            else unknown(
                "no key was given: the export is signed by the key that it names itself, "
                "so who signed it is not established"
            )
        )

    def _missing_records(self) -> None:
        if not self.closed:
            return
        for record, state in self.states.items():
            if state is not None and record not in self.seen:
                self.report.fault(f"Record {record} is in the log but not in the register.")

    def _signature(self, key: Verifier | None, others: Sequence[Verifier]) -> None:
        report = self.report
        if self.note is None:
            return
        try:
            verifier = key or parse_verifier(report.key)
            checkpoint = open_checkpoint(self.note, verifier, *others)
            held = self._marks(verifier)
        except PlimsollError as error:
            report.fault(error.sentence)
            return
        report.checkpoint = checkpoint
        if checkpoint.size != report.entries:
            report.fault(
                f"The checkpoint was signed over {checkpoint.size} entries; "
                f"the export holds {report.entries}."
            )
        elif checkpoint.root != self.frontier.root and held is not None:
            report.fault(
                f"An entry from {held} to {checkpoint.size - 1} is not the one that the checkpoint "
                "was signed over."
            )

    def _marks(self, verifier: Verifier) -> int | None:
        """The size up to which all earlier checkpoints hold; None once one does not, and is named."""
        held = 0
        for size, root, note in self.marks:
            mark = open_checkpoint(note, verifier)
            if (mark.size, mark.root) != (size, root):
                self.report.fault(
                    f"An entry from {held} to {size - 1} is not the one that was signed at size {size}."
                )
                return None
            held = size
        return held
