"""What a collector saw: hashed, signed later, and enough to recompute the verdict without the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest

__all__ = ["Recording", "Subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A thing that was looked at, named by its content."""

    name: str
    """File name, without folders."""
    digest: Digest
    """SHA-256 of the bytes, or of the file list for a folder."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything a judge may look at. JSON values only; no paths, no host names, no clock."""

    check: str
    """Id of the check."""
    version: str
    """Version of the check's recording format."""
    subjects: tuple[Subject, ...]
    """What was looked at; the first is the SUBJECT of the command."""
    seen: Mapping[str, Any]
    """What was seen, in the check's own form."""
    tools: Mapping[str, str] = field(default_factory=dict)
    """Tools and libraries that looked, with their versions."""

    def to_json(self) -> dict[str, Any]:
        """The recording as a JSON value with stable keys."""
        return {
            "check": self.check,
            "version": self.version,
            "subjects": [{"name": s.name, "sha256": s.digest, "size": s.size} for s in self.subjects],
            "seen": dict(self.seen),
            "tools": dict(self.tools),
        }

    @classmethod
    def from_json(cls, value: object) -> Recording:
        """The recording that `to_json` wrote; BadInput names the first part that does not fit.

        Nothing is mended on the way: what is read has the digest of what was written.
        """
        if not isinstance(value, dict) or set(value) != {
            "check", "version", "subjects", "seen", "tools",
        }:  # fmt: skip
            raise BadInput("The recording does not have the keys check, version, subjects, seen, tools.")
        subjects = value["subjects"]
        if not isinstance(subjects, list) or not subjects:
            raise BadInput("The recording names no subject.")
        if not isinstance(value["seen"], dict) or not isinstance(value["tools"], dict):
            raise BadInput("The recording's “seen” and “tools” must be objects.")
        if not all(isinstance(value[key], str) for key in ("check", "version")):
            raise BadInput("The recording's “check” and “version” must be text.")
        if not all(isinstance(tool, str) for tool in value["tools"].values()):
            raise BadInput("The versions of a recording's tools must be text.")
        return cls(
            check=value["check"],
            version=value["version"],
            subjects=tuple(_subject(item) for item in subjects),
            seen=value["seen"],
            tools=value["tools"],
        )

    @property
    def digest(self) -> Digest:
        """SHA-256 of the canonical form: the name of this recording."""
        return digest_value(self.to_json())


def _subject(value: object) -> Subject:
    if (
        not isinstance(value, dict)
        or set(value) != {"name", "sha256", "size"}
        or not isinstance(value["name"], str)
        or not isinstance(value["sha256"], str)
        or type(value["size"]) is not int  # true and false are ints to Python
        or value["size"] < 0
    ):
        raise BadInput("Each subject of a recording needs a name, a sha256 and a size, and nothing else.")
    digest = parse_digest(value["sha256"], what="The subject's digest")
    if digest != value["sha256"]:
        raise BadInput(
            f"The subject's digest “{value['sha256'][:80]}” is not a SHA-256 digest.",
            hint="Give 64 lower-case hexadecimal characters.",
        )
    return Subject(name=value["name"], digest=digest, size=value["size"])
