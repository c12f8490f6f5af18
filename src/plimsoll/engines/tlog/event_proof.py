"""One event of a sealed segment, proven without the others; and a whole segment compared with its seal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plimsoll.engines.tlog.disclosure import LIMIT, Disclosure, verify_disclosure
from plimsoll.engines.tlog.fields import parse_salt
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.merkle import Frontier, verify_inclusion
from plimsoll.engines.tlog.policy import Policy
from plimsoll.engines.tlog.report import Report
from plimsoll.engines.tlog.sealing import FIELD, SEALED, Seal, commit_event, event_leaf
from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput, PlimsollError
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Judgement, Verdict, met, not_met, unknown

__all__ = [
    "EventProof",
    "SegmentRow",
    "read_event_proof",
    "verify_event_proof",
    "verify_segment",
]

FORM = "plimsoll/event-proof/1"
_KEYS = {"form", "event", "salt", "position", "path", "seal", "entry"}
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProof:
    """One event with its salt and the way to the seal; and the entry of the log that carries the seal."""

    event: Mapping[str, Any]
    """The event."""
    salt: bytes
    """Its salt, 32 bytes."""
    position: int
    """Where it stands in the segment, from 0."""
    path: tuple[bytes, ...]
    """Audit path, leaf sibling first."""
    seal: Seal
    """The seal of the segment."""
    entry: Disclosure | None = None
    """The entry with the seal among its shown fields; None if it comes apart."""

    @property
    def document(self) -> bytes:
        """The document plimsoll/event-proof/1, one line of canonical JSON."""
        return canonical_bytes(self.to_json()) + b"\n"

    @property
    def holds(self) -> bool:
        """Whether the event stands at its position under the root of the seal."""
        return verify_inclusion(
            leaf=event_leaf(commit_event(canonical_bytes(self.event), self.salt)),
            index=self.position,
            size=self.seal.events,
            proof=self.path,
            expected_root=bytes.fromhex(self.seal.root),
        )

    def to_json(self) -> dict[str, Any]:
        """The document as a JSON value."""
        return {
            "form": FORM,
            "event": self.event,
            "salt": self.salt.hex(),
            "position": self.position,
            "path": [step.hex() for step in self.path],
            "seal": self.seal.to_json(),
            "entry": self.entry.to_json() if self.entry else None,
        }


def read_event_proof(content: bytes) -> EventProof:
    """The proof in the document; BadInput unless it is in its canonical form, byte for byte.

    Nothing is verified: `verify_event_proof`.
    """
    value = read_json(content, what="The proof of an event", limit=LIMIT)
    if not isinstance(value, Mapping) or set(value) != _KEYS or value["form"] != FORM:
        raise BadInput(
            f"The document is no proof of an event ({FORM}).",
            hint="It is made by plimsoll log prove-event.",
        )
    event, position, path = value["event"], value["position"], value["path"]
    if not isinstance(event, Mapping) or type(position) is not int or not isinstance(path, list):
        raise BadInput("The event of a proof is an object, its position a number, its path a list.")
    if not all(isinstance(step, str) and _HASH.fullmatch(step) for step in path):
        raise BadInput("The path of the proof is not made of hashes of 32 bytes.")
    found = EventProof(
        event=event,
        salt=parse_salt(value["salt"]),
        position=position,
        path=tuple(bytes.fromhex(step) for step in path),
        seal=Seal.from_json(value["seal"]),
        entry=Disclosure.from_json(value["entry"]) if value["entry"] is not None else None,
    )
    if found.document != content:
        raise BadInput("The proof of the event is not in its canonical form.")
    return found


def verify_event_proof(
    content: bytes,
    *,
    logged: bytes | None = None,
    policy: Policy | None = None,
    keys: Sequence[Verifier] = (),
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> Report:
    """What the document shows: the event in its segment, the seal in its entry, the entry in the log.

    The last is judged as `verify_disclosure` does. Malformed input never raises; it is a fault.
    """
    report = Report()
    try:
        found = read_event_proof(content)
    except PlimsollError as error:
        report.parts.append(not_met(error.sentence))
        report.fault(error.sentence)
        return report
    seal = found.seal
    where = (
        f"at position {found.position} of the {seal.events} events sealed from {seal.first} to {seal.last}"
    )
    report.parts.append(met(f"the event is {where}") if found.holds else not_met(f"the event is not {where}"))
    report.parts.append(_entry_part(found))
    if found.entry is not None:
        report.parts.append(
            verify_disclosure(found.entry, logged=logged, policy=policy, keys=keys, max_age=max_age, now=now)
        )
    for part in report.parts:
        for reason in part.reasons:
            if reason.verdict is Verdict.NOT_MET:
                report.fault(reason.text)
    return report


def _entry_part(found: EventProof) -> Judgement:
    entry = found.entry
    if entry is None:
        return unknown("no entry of the log was given that carries the seal")
    carried = [field.value for field in entry.shown if field.name == f"/{FIELD}"]
    if entry.leaf.kind != SEALED or carried != [found.seal.to_json()]:
        return not_met(f"entry {entry.index} does not carry this seal")
    return met(f"entry {entry.index} carries the seal of its segment")


# ---------------------------------------------------------------- a whole segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One row of a segment as it is stored."""

    position: int
    """From 0, without gaps."""
    commit: Digest
    """Commitment to the event; stays when it is erased."""
    salt: bytes | None
    """Its salt; None if it was erased."""
    event: bytes | None
    """Its canonical bytes; None if it was erased."""


def verify_segment(rows: Iterable[SegmentRow], seal: Seal, *, erased: Collection[int] = ()) -> Report:
    """The report on a segment, read row by row, in bounded memory.

    `erased` are the positions that entries of the log say were erased: an event missing at another
    position is a fault, and so is one that is still there. `report.entries` counts events. Whether the
    seal stands in the log is another question.
    """
    report = Report()
    frontier = Frontier()
    for row in rows:
        position = report.entries
        if row.position != position:
            report.fault(f"The event at position {position} is missing; the row holds {row.position}.")
            break
        frontier = frontier.extended([event_leaf(row.commit)])
        report.entries += 1
        fault = _row_fault(report, row, erased)
        if fault:
            report.fault(f"The event at position {position} {fault}.")
    if frontier.root.hex() != seal.root or report.entries != seal.events:
        report.fault(f"The {report.entries} events are not the {seal.events} that were sealed.")
    summary = f"{report.entries} events are those that were sealed; {report.erased} of them were erased"
    report.parts.append(not_met("; ".join(report.faults)) if report.faults else met(summary))
    return report


def _row_fault(report: Report, row: SegmentRow, erased: Collection[int]) -> str:
    if row.salt is None or row.event is None:
        report.erased += 1
        return "" if row.position in erased else "is missing, and no entry says that it was erased"
    if row.position in erased:
        return "was erased as an entry of the log says, but is still in the segment"
    try:
        held = commit_event(row.event, row.salt) == row.commit
    except PlimsollError:
        held = False
    return "" if held else "is not the one that was sealed"
