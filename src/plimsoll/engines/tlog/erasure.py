"""Erasure: content is destroyed, and an entry says of which entries, when, why and who asked.

The log stays as it is. An entry of the kind `ERASED` carries the erasure as one field of its payload;
the verifier takes missing content for erased only if such an entry names it. It holds numbers, digests
of what is gone, a code and a pseudonym, and nothing about what was erased.

What it establishes: the log's owner says that the content was destroyed. What it does not: that no
copy is left anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest

__all__ = ["ERASED", "FIELD", "RESTORED", "SAY_WHAT_IS_GONE", "Basis", "Erasure"]

ERASED = "people:content:erased"
"""Kind of the entry that says what was erased."""
RESTORED = "watch:log:restored"
"""Kind of the entry that says whose content was lost with a database, and not brought back."""
SAY_WHAT_IS_GONE = frozenset({ERASED, RESTORED})
"""Kinds of entries that carry an erasure."""
FIELD = "erasure"
"""Key of its payload under which the erasure stands."""
FORM = "plimsoll/erasure/1"
_KEYS = {"form", "entries", "fields", "events", "basis", "requester"}
_CODE = re.compile(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,7}")
_PSEUDONYM = re.compile(r"[a-z]{1,20}:[A-Za-z0-9._-]{1,60}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")


class Basis(Enum):
    """Why content is erased: a code for the entry, and what it stands for."""

    NO_LONGER_NECESSARY = ("gdpr-17-1-a", "no longer necessary, GDPR Article 17(1)(a)")
    CONSENT_WITHDRAWN = ("gdpr-17-1-b", "consent withdrawn, GDPR Article 17(1)(b)")
    OBJECTION = ("gdpr-17-1-c", "objection, GDPR Article 17(1)(c)")
    UNLAWFUL = ("gdpr-17-1-d", "unlawfully processed, GDPR Article 17(1)(d)")
    LEGAL_OBLIGATION = ("gdpr-17-1-e", "erasure required by law, GDPR Article 17(1)(e)")
    CHILD = ("gdpr-17-1-f", "collected from a child, GDPR Article 17(1)(f)")
    RETENTION_ENDED = ("gdpr-5-1-e", "the retention period ended, GDPR Article 5(1)(e)")
    CALIFORNIA = ("ccpa-1798-105", "request to delete, California Civil Code 1798.105")
    BY_CONTRACT = ("contract", "a contract asks for it")
    LOST = ("lost", "lost with a database that was put back from an older copy")

    def __init__(self, code: str, meaning: str) -> None:
        self.code = code
        self.meaning = meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased. Ranges and fields are in ascending order and do not overlap."""

    entries: tuple[tuple[int, int], ...] = ()
    """First and last index of entries whose whole content is gone."""
    fields: Mapping[int, tuple[Digest, ...]] = field(default_factory=dict)
    """Index → digests of the fields that are gone, of entries that keep others."""
    events: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Index of the entry that sealed a segment → first and last position of events that are gone from it."""
    basis: str
    """Code of the legal basis; `Basis` has those that Plimsoll writes, a reader takes any code."""
    requester: str
    """Pseudonym of who asked, such as person:7 or rule:retention."""

    def __post_init__(self) -> None:
        if not self.entries and not self.fields and not self.events:
            raise BadInput("An erasure names at least one entry.")
        for ranges in (self.entries, *self.events.values()):
            if not _ascend(ranges):
                raise BadInput("The ranges of an erasure are not in ascending order.")
        if any(index < 0 or not ranges for index, ranges in self.events.items()):
            raise BadInput("The events of an erasure name no position of a segment.")
        for index, digests in self.fields.items():
            if index < 0 or not digests or list(digests) != sorted(set(digests)):
                raise BadInput("The fields of an erasure are not in ascending order.")
            if any(first <= index <= last for first, last in self.entries):
                raise BadInput(f"The erasure names entry {index} as a whole and in parts.")
        if not _CODE.fullmatch(self.basis):
            raise BadInput("The legal basis of an erasure is a code.", hint="It reads like gdpr-17-1-a.")
        if not _PSEUDONYM.fullmatch(self.requester):
            raise BadInput("Who asked for an erasure is named by a pseudonym, such as person:7.")

    @property
    def last(self) -> int:
        """The largest index that it names."""
        return max([last for _, last in self.entries] + list(self.fields) + list(self.events))

    @property
    def words(self) -> str:
        """What was erased, for a sentence: "entries 3 to 5, entry 9, 2 fields of entry 11".

        Events: "7 events of the segment that entry 12 sealed". At most 20 parts are spelled out.
        """
        parts = [
            f"entry {first}" if first == last else f"entries {first} to {last}"
            for first, last in self.entries
        ]
        parts += [
            f"{len(digests)} {'field' if len(digests) == 1 else 'fields'} of entry {index}"
            for index, digests in sorted(self.fields.items())
        ]
        for index, ranges in sorted(self.events.items()):
            count = sum(last - first + 1 for first, last in ranges)
            events = "event" if count == 1 else "events"
            parts.append(f"{count} {events} of the segment that entry {index} sealed")
        return ", ".join(parts[:20]) + (f" and {len(parts) - 20} more" if len(parts) > 20 else "")

    def to_json(self) -> dict[str, Any]:
        """The erasure as a JSON value."""
        return {
            "form": FORM,
            "entries": [list(pair) for pair in self.entries],
            "fields": {str(index): list(digests) for index, digests in self.fields.items()},
            "events": {str(index): [list(pair) for pair in row] for index, row in self.events.items()},
            "basis": self.basis,
            "requester": self.requester,
        }

    @classmethod
    def from_json(cls, value: object) -> Erasure:
        """The erasure that `to_json` wrote; BadInput if it has another form."""
        if not isinstance(value, Mapping) or set(value) != _KEYS or value["form"] != FORM:
            raise BadInput(
                "An erasure needs form, entries, fields, events, basis and requester, and nothing else."
            )
        ranges, fields, events = value["entries"], value["fields"], value["events"]
        if not _are_pairs(ranges):
            raise BadInput("The entries of an erasure are not pairs of first and last index.")
        if not _by_index(fields) or not all(isinstance(row, list) for row in fields.values()):
            raise BadInput("The fields of an erasure are not lists of digests by index.")
        if not _by_index(events) or not all(_are_pairs(row) for row in events.values()):
            raise BadInput("The events of an erasure are not pairs of first and last position by index.")
        if not isinstance(value["basis"], str) or not isinstance(value["requester"], str):
            raise BadInput("Basis and requester of an erasure must be text.")
        found = cls(
            entries=tuple((first, last) for first, last in ranges),
            fields={
                int(index): tuple(parse_digest(str(text), what="The erased field") for text in row)
                for index, row in fields.items()
            },
            events={int(index): tuple((first, last) for first, last in row) for index, row in events.items()},
            basis=value["basis"],
            requester=value["requester"],
        )
        if found.to_json() != value:
            raise BadInput("The erasure is not in its canonical form.")
        return found


def _ascend(ranges: Iterable[tuple[int, int]]) -> bool:
    after = -1
    for first, last in ranges:
        if not after < first <= last:
            return False
        after = last
    return True


def _by_index(value: object) -> bool:
    return isinstance(value, Mapping) and all(_INDEX.fullmatch(index) for index in value)


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and all(_is_pair(pair) for pair in value)


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(type(index) is int for index in pair)
