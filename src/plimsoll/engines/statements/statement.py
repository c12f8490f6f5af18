"""in-toto Statement v1: a claim about subjects that are named by digest.

Source: in-toto Attestation Framework, spec/v1/statement.md. Our predicate types are URNs under
`urn:plimsoll:`; every subject carries a SHA-256.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest, parse_digest

__all__ = ["ATTESTATION", "CHECK", "Statement", "check_validity"]

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
CHECK = "urn:plimsoll:check:v1"
"""Predicate: a check's recording, parameters and result."""
ATTESTATION = "urn:plimsoll:attestation:v1"
"""Predicate: a person's word that a document shows a requirement to be met."""
_SKEW = timedelta(minutes=5)
# RFC 3339, section 5.6; `fromisoformat` alone reads more forms with every Python release.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is claimed (predicate), of what kind (predicate_type), about which bytes (subjects)."""

    subjects: Sequence[tuple[str, Digest]]
    """Name and SHA-256 of each subject; never empty."""
    predicate_type: str
    """URN of the predicate's form."""
    predicate: Mapping[str, Any]
    """The claim; always has produced_at and valid_until."""
    produced_at: datetime
    """When the claim was made, by the maker's clock."""
    valid_until: datetime
    """When it stops counting, unless its subject changes earlier."""

    def to_bytes(self) -> bytes:
        """The statement as canonical JSON bytes, ready to be sealed; ValueError for a time without zone."""
        return canonical_bytes(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in self.subjects],
                "predicateType": self.predicate_type,
                "predicate": {
                    **self.predicate,
                    "produced_at": _stamp(self.produced_at),
                    "valid_until": _stamp(self.valid_until),
                },
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> Statement:
        """The statement in `body`; BadInput says which part is missing or malformed."""
        value = read_json(body, what="The statement")
        if not isinstance(value, dict) or value.get("_type") != STATEMENT_TYPE:
            raise BadInput(
                "The payload is not an in-toto statement.",
                hint=f"Its _type must be {STATEMENT_TYPE}.",
            )
        subjects, predicate = value.get("subject"), value.get("predicate")
        if not isinstance(subjects, list) or not subjects:
            raise BadInput("The statement names no subject.")
        if not isinstance(predicate, dict):
            raise BadInput("The statement has no predicate.")
        if not isinstance(value.get("predicateType"), str):
            raise BadInput("The statement has no predicateType.")
        for key in ("produced_at", "valid_until"):
            if key not in predicate:
                raise BadInput(f"The statement has no {key}.", hint="Its predicate must say it.")
        produced_at = _instant(predicate.get("produced_at"), what="produced_at")
        valid_until = _instant(predicate.get("valid_until"), what="valid_until")
        if valid_until <= produced_at:
            raise BadInput("The statement ends (valid_until) before it was made (produced_at).")
        return cls(
            subjects=tuple(_subject(item) for item in subjects),
            predicate_type=value["predicateType"],
            predicate=predicate,
            produced_at=produced_at,
            valid_until=valid_until,
        )


def check_validity(statement: Statement, *, now: datetime) -> None:
    """Raises BadInput if the statement comes from the future or has already expired at `now`.

    Five minutes of clock difference are allowed towards the future.
    """
    if statement.produced_at > now + _SKEW:
        raise BadInput(
            f"The statement was made at {_stamp(statement.produced_at)}, which is still to come.",
            hint="Set the clock of the machine that ran the check.",
        )
    if statement.valid_until <= now:
        raise BadInput(
            f"The statement expired at {_stamp(statement.valid_until)}.",
            hint="Run the check again.",
        )


def _subject(item: object) -> tuple[str, Digest]:
    if not isinstance(item, dict) or not isinstance(item.get("digest"), dict):
        raise BadInput("Each subject of a statement needs a digest.")
    digest = item["digest"].get("sha256")
    if not isinstance(digest, str):
        raise BadInput("Each subject of a statement needs a sha256 digest.")
    name = item.get("name", "")
    if not isinstance(name, str) or len(name) > 300:
        raise BadInput("The name of a subject must be text of at most 300 characters.")
    # They would move the cursor of a terminal, and PostgreSQL cannot store all of them.
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise BadInput("The name of a subject must not hold control characters.")
    return name, parse_digest(digest, what="The subject's digest")


def _stamp(instant: datetime) -> str:
    if instant.tzinfo is None:
        raise ValueError("a statement needs instants with a time zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(value: object, *, what: str) -> datetime:
    try:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # a day that does not exist, or one that leaves the calendar in UTC: refused below
    raise BadInput(
        f"The statement's {what} is “{str(value)[:40]}”.",
        hint="Write a date and time with zone, such as 2026-03-26T09:00:00Z.",
    )
