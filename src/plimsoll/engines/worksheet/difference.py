"""What a file would change in a list, as values: additions, changes, questions, faults."""

from __future__ import annotations

from dataclasses import dataclass

from plimsoll.engines.worksheet.cells import Ambiguous
from plimsoll.engines.worksheet.sheet import Fault, Record
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.ids import Digest

__all__ = ["Addition", "CellChange", "Change", "Difference", "Question"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One cell that says something else."""

    key: str
    """Key of its column."""
    label: str
    """Label of its column."""
    before: str
    """What the record says."""
    after: str
    """What the file says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record of which some cells change."""

    line: int
    """Line of the file."""
    ref: str
    """Its ref."""
    cells: tuple[CellChange, ...]
    """At least one, in the order of the sheet."""
    record: Record
    """The whole record as it will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A row that makes a new record."""

    line: int
    """Line of the file."""
    record: Record
    """The whole record as it will be, defaults filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A cell whose day can be two days."""

    line: int
    """Line of the file."""
    column: str
    """Label of the column."""
    text: str
    """What stands there."""
    ambiguous: Ambiguous
    """What it can mean."""

    @property
    def sentence(self) -> str:
        """The question as one sentence."""
        days = " or ".join(f"{day}, {order.words}" for order, day in self.ambiguous.readings)
        return f"Line {self.line}, {self.column}: “{self.text}” is {days}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a file would change. It may be written only if there is neither fault nor question."""

    sheet: str
    """Name of the sheet."""
    added: tuple[Addition, ...] = ()
    """New records, in the order of the file."""
    changed: tuple[Change, ...] = ()
    """Changed records, in the order of the file."""
    unchanged: int = 0
    """Rows that say what is there already."""
    absent: tuple[str, ...] = ()
    """Refs of records that the file does not name; they stay as they are."""
    missing: tuple[str, ...] = ()
    """Labels of columns that the file does not have; they stay as they are."""
    faults: tuple[Fault, ...] = ()
    """Everything that is wrong, in the order of the file."""
    questions: tuple[Question, ...] = ()
    """Days that somebody must say the order of."""

    @property
    def can_be_written(self) -> bool:
        """Whether there is something to write and nothing against it."""
        return not self.faults and not self.questions and bool(self.added or self.changed)

    @property
    def digest(self) -> Digest:
        """SHA-256 of what would be written and of what it replaces.

        Who confirms a difference confirms this digest; it changes when a record that the file changes
        has changed meanwhile.
        """
        return digest_value(
            {
                "sheet": self.sheet,
                "added": [dict(row.record) for row in self.added],
                "changed": [
                    {"ref": row.ref, "cells": [[c.key, c.before, c.after] for c in row.cells]}
                    for row in self.changed
                ],
            }
        )
