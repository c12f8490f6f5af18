"""Typed identifiers, and the short refs by which people name records (RSK-14)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from plimsoll.kernel.errors import BadInput

__all__ = ["Digest", "ProgramId", "Ref", "RefKind", "SystemId", "UserId", "parse_digest"]

Digest = NewType("Digest", str)
"""A SHA-256 as 64 lower-case hexadecimal characters."""
ProgramId = NewType("ProgramId", int)
"""Database key of a program."""
SystemId = NewType("SystemId", int)
"""Database key of a system."""
UserId = NewType("UserId", int)
"""Database key of a person."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
# ASCII only: without the flag, “ſ” (long s) would count as a letter S.
_REF = re.compile(r"([A-Z]{3})-([1-9][0-9]{0,8})", re.ASCII | re.IGNORECASE)


class RefKind(StrEnum):
    """The kinds of record that have a ref, by the three letters it starts with."""

    SYSTEM = "SYS"
    ASSET = "AST"
    ASSUMPTION = "ASM"
    REQUIREMENT = "REQ"
    TASK = "TSK"
    RISK = "RSK"
    ISSUE = "ISS"
    DEPENDENCY = "DEP"
    EVIDENCE = "EVD"
    GATE = "GTE"
    DECISION = "DEC"
    CONDITION = "CND"
    WAIVER = "WVR"
    MONITOR = "MON"
    SIGNAL = "SIG"
    INCIDENT = "INC"


@dataclass(frozen=True, slots=True)
class Ref:
    """A record's short name, stable and unique within its program: kind and number."""

    kind: RefKind
    """What kind of record it is."""
    number: int
    """Counts from 1 within program and kind; never reused."""

    def __str__(self) -> str:
        return f"{self.kind.value}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """The ref that `text` spells, in any case; BadInput if it spells none."""
        match = _REF.fullmatch(text.strip())
        if match and match[1].upper() in list(RefKind):
            return cls(RefKind(match[1].upper()), int(match[2]))
        raise BadInput(
            f"“{text[:40]}” is not a ref.",
            hint=f"A ref is one of {', '.join(RefKind)}, a hyphen and a number, such as RSK-14.",
        )


def parse_digest(text: str, *, what: str = "The digest") -> Digest:
    """The SHA-256 that `text` spells, with or without the prefix "sha256:".

    Only the canonical form (64 lower-case hexadecimal characters) is accepted; BadInput otherwise.
    """
    bare = text.removeprefix("sha256:")
    if not _DIGEST.fullmatch(bare):
        raise BadInput(
            f"{what} “{text[:80]}” is not a SHA-256 digest.",
            hint="Give 64 lower-case hexadecimal characters.",
        )
    return Digest(bare)
