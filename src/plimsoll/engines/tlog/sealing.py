r"""Sealed segments: many production events under one entry of the log.

Each event has a commitment of its own, SHA-256("plimsoll/event/v1\n" || salt[32] || u64 length ||
canonical JSON), and stands in a tree as RFC 6962 has it, the 32 bytes of its commitment being its leaf.
The *seal* (root, number, first and last time, digest of the file) is one field of one entry. So a single
event can be proven to somebody who sees no other, cannot be guessed from its commitment, and can be
erased: its commitment stays.

What a proof establishes: the event stood at that position of a segment when it was sealed. What it does
not: that it happened, or that no event was left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from plimsoll.engines.tlog.commitment import SALT_SIZE
from plimsoll.engines.tlog.merkle import leaf_hash, root
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest

__all__ = ["FIELD", "SEALED", "Seal", "commit_event", "event_leaf", "event_path"]

SEALED = "watch:segment:sealed"
"""Kind of the entry that carries a seal."""
FIELD = "seal"
"""Key of its payload under which the seal stands."""
FORM = "plimsoll/seal/1"
MOST_EVENTS = 2**40
"""Of one segment."""
_EVENT = b"plimsoll/event/v1\n"
_KEYS = {"form", "root", "events", "first", "last", "parquet"}


def commit_event(event: bytes, salt: bytes) -> Digest:
    """The commitment to an event, given its canonical bytes; BadInput if the salt is not 32 bytes."""
    if len(salt) != SALT_SIZE:
        raise BadInput(f"A salt has {SALT_SIZE} bytes, not {len(salt)}.")
    return Digest(hashlib.sha256(_EVENT + salt + len(event).to_bytes(8, "big") + event).hexdigest())


def event_leaf(commit: Digest) -> bytes:
    """The hash under which an event stands in the segment's tree, 32 bytes."""
    return leaf_hash(bytes.fromhex(commit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What the log says of one segment."""

    root: Digest
    """Root of the tree over the events, in their order."""
    events: int
    """How many there are; at least one."""
    first: str
    """Earliest time that an event carries, as `leaf.timestamp` writes it."""
    last: str
    """Latest one."""
    parquet: Digest
    """SHA-256 of the file as it was sealed. A file from which events were erased has another; root and
    commitments hold all the same."""

    def __post_init__(self) -> None:
        if not 0 < self.events <= MOST_EVENTS or self.first > self.last:
            raise BadInput("A seal is over at least one event, and the first is not later than the last.")

    def to_json(self) -> dict[str, Any]:
        """The seal as a JSON value."""
        return {
            "form": FORM,
            "root": self.root,
            "events": self.events,
            "first": self.first,
            "last": self.last,
            "parquet": self.parquet,
        }

    @classmethod
    def from_json(cls, value: object) -> Seal:
        """The seal that `to_json` wrote; BadInput if it has another form."""
        if not isinstance(value, Mapping) or set(value) != _KEYS or value["form"] != FORM:
            raise BadInput(
                f"The value is no seal ({FORM}).",
                hint="It needs form, root, events, first, last and parquet, and nothing else.",
            )
        if type(value["events"]) is not int or not all(
            isinstance(value[key], str) for key in _KEYS - {"events"}
        ):
            raise BadInput("The events of a seal are a whole number, all else is text.")
        seal = cls(
            root=parse_digest(value["root"], what="The root of the seal"),
            events=value["events"],
            first=value["first"],
            last=value["last"],
            parquet=parse_digest(value["parquet"], what="The digest of the file"),
        )
        if seal.to_json() != value:
            raise BadInput("The seal is not in its canonical form.")
        return seal


def event_path(leaves: Iterable[bytes], *, position: int, events: int) -> tuple[bytes, ...]:
    """The audit path of the event at `position`, leaf sibling first, in one pass over all leaf hashes.

    Needs O(log n) memory, where `merkle.inclusion_proof` holds all hashes. BadInput if there is no such
    event, or if there are not as many leaves as it is said.
    """
    if not 0 <= position < events:
        raise BadInput(f"The segment has {events} events; there is none at position {position}.")
    siblings = list(_siblings(position, events))
    stream = iter(leaves)
    roots: dict[int, bytes] = {}
    seen = 0
    for low, high in sorted([*siblings, (position, position + 1)]):
        part = _Counted(islice(stream, high - low))
        roots[low] = root(part)
        seen += part.seen
    if seen != events or next(stream, None) is not None:
        raise BadInput(f"The segment does not hold the {events} events that its seal speaks of.")
    return tuple(roots[low] for low, _ in reversed(siblings))


def _siblings(position: int, events: int) -> Iterator[tuple[int, int]]:
    """The ranges beside the way from the root down to the event; with its own they cover the segment."""
    low, high = 0, events
    while high - low > 1:
        split = low + (1 << ((high - low - 1).bit_length() - 1))
        if position < split:
            yield split, high
            high = split
        else:
            yield low, split
            low = split


class _Counted:
    """Counts what is taken from it."""

    def __init__(self, leaves: Iterator[bytes]) -> None:
        self._leaves = leaves
        self.seen = 0

    def __iter__(self) -> Iterator[bytes]:
        for leaf in self._leaves:
            self.seen += 1
            yield leaf
