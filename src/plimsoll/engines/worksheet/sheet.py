"""What a worksheet is made of: its columns, its records, and what can be wrong with a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput

__all__ = ["REF", "VERSION", "Column", "ColumnKind", "Fault", "Record", "Sheet", "row_version"]

REF: Final = "Ref"
"""Label of the column that names the row; its cell is empty for a new row."""
VERSION: Final = "Version"
"""Label of the last column: what the row was when it was written out."""
_LETTERS: Final = "bcdfghjklmnpqrst"
"""Sixteen letters, none of them a vowel: no spreadsheet takes them for a number, a day or a word."""
_VERSION_LENGTH: Final = 10

Record = Mapping[str, str]
"""Column key → text in canonical form; empty where nothing is said."""


class ColumnKind(StrEnum):
    """What the cells of a column hold."""

    WORDS = "words"
    """Text on one line; runs of white space count as one space."""
    TEXT = "text"
    """Text that may have lines."""
    DAY = "day"
    """A calendar day; canonical as 2027-03-26."""
    NUMBER = "number"
    """A number of zero or more with at most six decimals; canonical as 2.5."""
    CHOICE = "choice"
    """One word of a list."""
    PERSON = "person"
    """A member of the program; canonical as the handle."""
    REFS = "refs"
    """Refs of other records; canonical by number: TSK-1, TSK-4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet."""

    key: str
    """Name in records."""
    label: str
    """Name in the file's first line."""
    kind: ColumnKind = ColumnKind.WORDS
    """What its cells hold."""
    choices: tuple[str, ...] = ()
    """The words of a choice."""
    kept_elsewhere: tuple[str, ...] = ()
    """Choices that may stand there and cannot be chosen in a file."""
    required: bool = False
    """Whether a record must say something here."""
    fixed: bool = False
    """Shown for reading; a file that says something else is refused."""
    default: str = ""
    """What a new row says where its cell is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A kind of record as a table."""

    name: str
    """Plural noun, such as tasks."""
    ref_kind: str
    """The three letters of its refs."""
    columns: tuple[Column, ...]
    """In the order of the file, between Ref and Version."""
    identity: tuple[str, ...] = ()
    """Keys by which a new row is recognised as one that is there already; empty if no row can be added."""

    @property
    def may_add(self) -> bool:
        """Whether a row without ref makes a new record."""
        return bool(self.identity)

    @property
    def labels(self) -> tuple[str, ...]:
        """The first line of the file as it is written out."""
        return (REF, *(column.label for column in self.columns), VERSION)

    def column(self, key: str) -> Column:
        """The column with this key; BadInput if there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise BadInput(f"The worksheet of {self.name} has no column “{key[:30]}”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a file cannot be taken, in one sentence with its place."""

    line: int
    """Line of the file on which the row begins, from 1; 0 for the file as a whole."""
    column: str
    """Label of the column; empty for the row as a whole."""
    message: str
    """What is wrong."""
    hint: str = ""
    """What would be right."""

    @property
    def sentence(self) -> str:
        """Place, message and hint as one text."""
        place = f"Line {self.line}" if self.line else "The file"
        if self.column:
            place += f", {self.column}"
        return f"{place}: {self.message}{f' {self.hint}' if self.hint else ''}"


def row_version(sheet: Sheet, record: Record) -> str:
    """Ten letters that change when a cell of the record changes.

    Two different rows have the same version with a chance of about one in a million million (40 bits
    of SHA-256 over the canonical JSON of the row's texts). It guards against mistakes, not against
    somebody who looks for two such rows.
    """
    said = {column.key: record.get(column.key, "") for column in sheet.columns}
    digest = hashlib.sha256(canonical_bytes(said)).hexdigest()
    return "".join(_LETTERS[int(digit, 16)] for digit in digest[:_VERSION_LENGTH])
