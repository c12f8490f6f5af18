"""The reader of an export: takes its lines in order and keeps what the closing checks need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from plimsoll.engines.tlog.absence import Absences, entry_words, may_be_erased
from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.commitment import commit, commit_digests
from plimsoll.engines.tlog.erasure import FIELD, SAY_WHAT_IS_GONE, Erasure
from plimsoll.engines.tlog.fields import RECORDS, Field, joined, parse_salt
from plimsoll.engines.tlog.keys import Verifier, parse_verifier
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.merkle import Frontier, leaf_hash
from plimsoll.engines.tlog.report import MAX_FAULTS, Report
from plimsoll.kernel.canonical import canonical_bytes_of_read, digest_bytes, read_json
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.ids import Digest, parse_digest
from plimsoll.kernel.verdict import met, not_met, unknown

__all__ = ["FORM", "LINE_LIMIT", "Reader", "last_states"]

FORM = "plimsoll/export/2"
FORM_1 = "plimsoll/export/1"
LINE_LIMIT = 16 * 2**20
"""Bytes of the longest line."""
_CHANGED = "its content is not what was logged."
_HASH = re.compile(r"[0-9a-f]{64}")
_LINES = (
    {"form", "log", "key", "entries"},
    {"index", "entry", "leaf"},
    {"index", "entry", "leaf", "salt", "payload"},
    {"index", "entry", "leaf", "fields", "erased"},
    {"mark"},
    {"record", "state"},
    {"checkpoint", "records"},
)


def last_states(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The states of the records that an entry wrote: record → state, None when it was removed."""
    records = payload.get(RECORDS, {})
    return records if isinstance(records, Mapping) else {}


class Reader:
    """Takes the lines of one export in order and keeps what the closing checks need."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.frontier = Frontier()
        self.header: Mapping[str, Any] | None = None
        self.form = ""
        self.states: dict[str, Digest | None] = {}
        self.seen: set[str] = set()
        self.note: str | None = None
        self.marks: list[tuple[int, bytes, str]] = []
        self.closed = False
        self.stopped = False
        self.announced: int | None = None
        self.absences = Absences()

    def take(self, line: bytes) -> None:
        """Takes the next line, newline included; BadInput if nothing after it can be compared."""
        if not line.endswith(b"\n"):
            raise BadInput("the export breaks off in the middle of the line")
        value = read_json(line, what="the line", limit=LINE_LIMIT)
        if not isinstance(value, Mapping):
            raise BadInput("the line is not an object")
        if self.header is None:
            self._header(value)
        # A line of form 2 has one form only, so that no byte of it is free to say something else.
        if self.form == FORM and canonical_bytes_of_read(value) + b"\n" != line:
            raise BadInput("the line is not in its canonical form")
        if self.form == FORM and set(value) not in _LINES:
            raise BadInput("the line is neither entry, mark, record nor checkpoint")
        if self.header is value:
            return
        if "entry" in value:
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
        if value.get("form") not in (FORM, FORM_1):
            raise BadInput(f"the first line is not the header of an export ({FORM})")
        self.header = value
        self.form = str(value["form"])
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
        if leaf.version != 1 and self.form == FORM_1:
            raise BadInput(f"entry {index} has version {leaf.version}, which {FORM_1} does not know")
        hashed = leaf_hash(leaf.entry)
        if hashed.hex() != value.get("leaf"):
            self.report.fault(f"{entry_words(index, leaf)} was edited.")
        self.frontier = self.frontier.extended([hashed])
        self.report.entries += 1
        try:
            payload = (
                self._whole(index, leaf, value) if leaf.version == 1 else self._fields(index, leaf, value)
            )
        except PlimsollError as error:
            self.report.fault(f"{entry_words(index, leaf)}: {error.message}")
            return
        if leaf.kind in SAY_WHAT_IS_GONE:
            self._erasure(index, leaf, payload)
        for record, state in last_states(payload).items():
            self.states[record] = None if state is None else digest_bytes(canonical_bytes_of_read(state))

    def _whole(self, index: int, leaf: Leaf, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payload of an entry of version 1; BadInput if it is not what was logged."""
        payload = value.get("payload")
        if payload is None:
            self._missing(index, leaf, digests=frozenset(), whole=True)
            return {}
        try:
            held = commit(canonical_bytes_of_read(payload), parse_salt(value.get("salt"))) == leaf.commit
        except BadInput:
            held = False
        if not held or not isinstance(payload, Mapping):
            raise BadInput(_CHANGED)
        return payload

    def _fields(self, index: int, leaf: Leaf, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payload of an entry of version 2, without erased fields; BadInput as `_whole`."""
        rows, erased = value.get("fields"), value.get("erased")
        if not isinstance(rows, list) or not isinstance(erased, list):
            raise BadInput("its fields are not a list.")
        if not rows and not erased:  # not even digests: the database that held them was lost
            self._missing(index, leaf, digests=frozenset(), whole=True)
            return {}
        fields = [Field.from_json(row) for row in rows]
        gone = [parse_digest(str(text), what="The erased field") for text in erased]
        names = [field.name for field in fields]
        if names != sorted(set(names)) or erased != sorted(set(gone)):
            raise BadInput("its fields are not in ascending order.")
        digests = [field.digest for field in fields]
        if commit_digests([*digests, *gone]) != leaf.commit:
            raise BadInput(_CHANGED)
        if gone:
            self._missing(index, leaf, digests=frozenset(gone), whole=not fields)
        return joined((field.name, field.value) for field in fields)

    def _missing(self, index: int, leaf: Leaf, *, digests: frozenset[Digest], whole: bool) -> None:
        self.report.erased += 1
        if not may_be_erased(leaf):
            raise BadInput("what says what was erased is missing itself.")
        self.absences.miss(index, leaf, digests=digests, whole=whole)

    def _erasure(self, index: int, leaf: Leaf, payload: Mapping[str, Any]) -> None:
        try:
            erasure = Erasure.from_json(payload.get(FIELD))
        except PlimsollError as error:
            self.report.fault(f"{entry_words(index, leaf)}: {error.message}")
            return
        faults = list(islice(self.absences.account(index, erasure), MAX_FAULTS))
        for fault in faults:
            self.report.fault(fault)
        if not faults:
            self.report.erasure(
                f"the content of {erasure.words} was erased on {leaf.at[:10]} by entry {index} "
                f"({erasure.basis}, asked for by {erasure.requester})"
            )

    def _withheld(self, value: Mapping[str, Any]) -> None:
        text = value.get("leaf")
        if not isinstance(text, str) or not _HASH.fullmatch(text):
            raise BadInput("a withheld entry has no leaf hash")
        self.frontier = self.frontier.extended([bytes.fromhex(text)])
        self.absences.withhold(self.report.entries)
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
        """Compares what can only be compared at the end, and adds the parts of the judgement."""
        report = self.report
        self._missing_records()
        for fault in islice(self.absences.unaccounted(), MAX_FAULTS):
            report.fault(fault)
        if self.closed and self.announced is not None and self.announced != report.entries:
            report.fault(f"The header speaks of {self.announced} entries; {report.entries} were read.")
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
        report.parts.extend(met(sentence) for sentence in report.erasures)
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
        if self.header is not None and self.header.get("log") != verifier.name:
            report.fault(f"The header names another log than {verifier.name}.")
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
