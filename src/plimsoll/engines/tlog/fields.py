"""A payload as fields that are committed to, shown and erased one by one.

A field's name is a JSON Pointer (RFC 6901) into the payload, so a payload may be cut at any depth and
put together again. `split` cuts as the log does: the keys of the payload, and of the states of records
each column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plimsoll.engines.tlog.commitment import SALT_SIZE, commit_field
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

__all__ = ["RECORDS", "Field", "joined", "parse_salt", "pointer", "split"]

RECORDS = "records"
"""The key of a payload under which the states of records stand: record → column → value."""
_SALT = re.compile(rf"[0-9a-f]{{{2 * SALT_SIZE}}}")
_KEYS = {"name", "salt", "value"}
_NAME = re.compile(r"(/([^~/]|~[01])*)+", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field with all that is needed to check it."""

    name: str
    """Where it stands in the payload, as a JSON Pointer: /reason or /records/scope.System:1/name."""
    value: Any
    """What stands there; any JSON value."""
    salt: bytes
    """Its own 32 bytes of salt."""
    digest: Digest = field(init=False, compare=False)
    """The commitment to it; follows from the others. A field without canonical form is a BadInput."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", commit_field(self.name, self.value, self.salt))

    def to_json(self) -> dict[str, Any]:
        """The field as a JSON value: name, salt in hexadecimal, value."""
        return {"name": self.name, "salt": self.salt.hex(), "value": self.value}

    @classmethod
    def from_json(cls, value: object) -> Field:
        """The field that `to_json` wrote; BadInput if it has another form."""
        if not isinstance(value, Mapping) or set(value) != _KEYS:
            raise BadInput("A field needs name, salt and value, and nothing else.")
        name = value["name"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadInput("A field's name is not a JSON Pointer.", hint="It reads like /reason.")
        return cls(name=name, value=value["value"], salt=parse_salt(value["salt"]))


def parse_salt(text: object) -> bytes:
    """The salt that 64 lower-case hexadecimal characters spell; BadInput otherwise."""
    if not isinstance(text, str) or not _SALT.fullmatch(text):
        raise BadInput(f"A salt is written as {2 * SALT_SIZE} lower-case hexadecimal characters.")
    return bytes.fromhex(text)


def split(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload cut into fields, name → value; `joined` puts them together again.

    Each key is a field. Under `records`, each column of each state is one; a state that is empty or
    None (the record was removed) stays whole.
    """
    found = {pointer(key): value for key, value in payload.items() if key != RECORDS}
    if RECORDS in payload:
        records = payload[RECORDS]
        if not isinstance(records, Mapping) or not records:
            return {**found, pointer(RECORDS): records}
        for record, state in records.items():
            if isinstance(state, Mapping) and state:
                found.update({pointer(RECORDS, record, key): value for key, value in state.items()})
            else:
                found[pointer(RECORDS, record)] = state
    return found


def joined(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The payload that fields (name, value) are cut from; what is not among them is missing in it.

    BadInput if a name comes twice, or one field lies within another.
    """
    payload: dict[str, Any] = {}
    made: set[int] = {id(payload)}  # the objects that were made here; a field's own value is not opened
    for name, value in fields:
        *folders, last = (part.replace("~1", "/").replace("~0", "~") for part in name.split("/")[1:])
        place = payload
        for folder in folders:
            if folder not in place:
                place[folder] = {}
                made.add(id(place[folder]))
            place = place[folder]
            if id(place) not in made:
                raise BadInput(f"The field “{name[:80]}” lies within another one.")
        if last in place:
            raise BadInput(f"The field “{name[:80]}” comes twice, or another one lies within it.")
        place[last] = value
    return payload


def pointer(*parts: str) -> str:
    """The name of the field at these keys, outermost first: /records/scope.System:1/name."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
