"""The bytes of one entry. They hold no personal data: who is a number, what is a commitment.

Version 1 commits to the payload as a whole, version 2 to each of its fields (`commitment`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest

__all__ = ["Leaf", "timestamp"]

_KEYS = {"v", "kind", "at", "actor", "subject", "commit"}
_VERSIONS = (1, 2)
_LIMIT = 2**16 - 1
"""Bytes; what an entry of tlog-tiles may have."""


def timestamp(instant: datetime) -> str:
    """The instant in UTC with six decimals and Z; the only form that entries carry.

    ValueError if it has no time zone: guessing one would put a wrong time into the log.
    """
    if instant.tzinfo is None:
        raise ValueError("an entry needs an instant with a time zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry as the tree sees it."""

    kind: str
    """Event kind, such as decide:gate:signed."""
    at: str
    """When the writer says it happened, as `timestamp` writes it."""
    actor: str
    """Pseudonym: person:7, token:3, or rule:NAME."""
    subject: str
    """What it is about: program slug and ref, such as halyard/GTE-2."""
    commit: Digest
    """Commitment to the payload."""
    version: int = 1
    """How it commits: 1 to the payload as a whole, 2 to each field."""

    def to_json(self) -> dict[str, object]:
        """The leaf as a JSON value."""
        return {
            "v": self.version,
            "kind": self.kind,
            "at": self.at,
            "actor": self.actor,
            "subject": self.subject,
            "commit": self.commit,
        }

    @property
    def entry(self) -> bytes:
        """The canonical bytes that are hashed into the tree."""
        return canonical_bytes(self.to_json())

    @classmethod
    def from_json(cls, value: object) -> Leaf:
        """The leaf that `to_json` wrote; BadInput if a key is missing, extra or of another type."""
        if not isinstance(value, Mapping) or set(value) != _KEYS:
            raise BadInput("An entry needs v, kind, at, actor, subject and commit, and nothing else.")
        version = value["v"]
        if type(version) is not int or version not in _VERSIONS:
            raise BadInput("The entry has a version that is not known.", hint="Known are 1 and 2.")
        if not all(isinstance(value[key], str) for key in _KEYS - {"v"}):
            raise BadInput("The fields of an entry must be text.")
        return cls(
            kind=value["kind"],
            at=value["at"],
            actor=value["actor"],
            subject=value["subject"],
            commit=_commitment(value["commit"]),
            version=version,
        )

    @classmethod
    def parse(cls, entry: bytes) -> Leaf:
        """The leaf whose bytes these are; BadInput unless they are its canonical form, byte for byte."""
        leaf = cls.from_json(read_json(entry, what="The entry", limit=_LIMIT))
        if leaf.entry != entry:
            raise BadInput("The entry is not in its canonical form.")
        return leaf


def _commitment(text: str) -> Digest:
    digest = parse_digest(text, what="The commitment")
    if digest != text:
        raise BadInput("The commitment is not in its canonical form.", hint="It has no prefix.")
    return digest
