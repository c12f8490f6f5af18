"""Compares a file with a list: exactly the cells that say something else, row by row.

Rows are matched by ref, never by place or title. A column or row that is not in the file stays as it
is. A row without ref is new, unless the same is there already. Nothing is decided here about who may
write; nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plimsoll.engines.worksheet.cells import Ambiguous, Reader, Refused, canonical, unescaped
from plimsoll.engines.worksheet.difference import Addition, CellChange, Change, Difference, Question
from plimsoll.engines.worksheet.sheet import REF, VERSION, Column, Fault, Record, Sheet, row_version
from plimsoll.engines.worksheet.table import Table, read_table

__all__ = ["compare", "sheet_of"]

_REF: Final = re.compile(r"([A-Za-z]{3})-([1-9][0-9]{0,8})", re.ASCII)


def sheet_of(sheets: tuple[Sheet, ...], content: bytes) -> Sheet | None:
    """The one sheet of which the file can be; None if none fits, or more than one.

    A sheet fits if it knows all columns of the file and no ref in the file is of another kind.
    """
    fitting = []
    for sheet in sheets:
        table = read_table(sheet, content)
        if isinstance(table, Table):
            place = table.labels.index(REF)
            refs = [cells[place].strip().upper() for _, cells in table.rows if place < len(cells)]
            if all(ref.startswith(f"{sheet.ref_kind}-") for ref in refs if ref):
                fitting.append(sheet)
    return fitting[0] if len(fitting) == 1 else None


def compare(sheet: Sheet, current: Mapping[str, Record], content: bytes, reader: Reader) -> Difference:
    """What the file changes in the current records (ref → record).

    All faults are collected, so that a file can be mended in one go; the first of a row stands for it
    only where the rest of the row cannot be understood. Cost: one pass over the file.
    """
    table = read_table(sheet, content)
    if isinstance(table, tuple):
        return Difference(sheet=sheet.name, faults=table)
    work = _Work(sheet=sheet, current=current, reader=reader, table=table)
    for line, cells in table.rows:
        work.take(line, cells)
    labels = set(table.labels)
    return Difference(
        sheet=sheet.name,
        added=tuple(work.added),
        changed=tuple(work.changed),
        unchanged=work.unchanged,
        absent=tuple(ref for ref in current if ref not in work.seen),
        missing=tuple(column.label for column in sheet.columns if column.label not in labels),
        faults=tuple(work.faults),
        questions=tuple(work.questions),
    )


@dataclass(slots=True, kw_only=True)
class _Work:
    """What has been found so far."""

    sheet: Sheet
    current: Mapping[str, Record]
    reader: Reader
    table: Table
    added: list[Addition] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """Ref → line."""
    new: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Identity of a new row → line."""
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    known: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    """Identity → refs of the records that have it."""

    def __post_init__(self) -> None:
        for ref, record in self.current.items():
            if self.sheet.may_add:
                self.known.setdefault(self.identity(record), []).append(ref)

    def fault(self, line: int, column: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(line=line, column=column, message=message, hint=hint))

    def identity(self, record: Record) -> tuple[str, ...]:
        return tuple(
            canonical(self.sheet.column(key), record.get(key, "")).casefold() for key in self.sheet.identity
        )

    def take(self, line: int, cells: tuple[str, ...]) -> None:
        """One row of the file."""
        texts = {label: cells[i] if i < len(cells) else "" for i, label in enumerate(self.table.labels)}
        ref = texts[REF].strip()
        before = (len(self.faults), len(self.questions))
        if not ref:
            said = self._said(line, texts, None)
            if before == (len(self.faults), len(self.questions)):
                self._new(line, said)
            return
        found = self._found(line, ref, cells)
        if found is None:
            return
        said = self._said(line, texts, self.current[found])
        if before == (len(self.faults), len(self.questions)):
            self._old(line, found, said, texts.get(VERSION, "").strip())

    def _found(self, line: int, ref: str, cells: tuple[str, ...]) -> str | None:
        """The ref of the record that the row names; None with a fault if it names none, or again."""
        match = _REF.fullmatch(ref)
        found = f"{match[1].upper()}-{int(match[2])}" if match else ""
        if found not in self.current:
            kind = self.sheet.ref_kind
            hint = "Leave the cell empty for a new row." if self.sheet.may_add else f"Refs are like {kind}-3."
            self.fault(line, REF, f"There is no “{ref[:20]}” among the {self.sheet.name}.", hint)
            return None
        if found in self.seen:
            self.fault(line, REF, f"{found} stands on line {self.seen[found]} already.", "Keep one of them.")
            return None
        self.seen[found] = line
        if VERSION in self.table.labels and len(cells) <= self.table.labels.index(VERSION):
            hint = "Take the file again; this one may have been cut off."
            self.fault(line, "", f"The row of {found} breaks off after {len(cells)} cells.", hint)
            return None
        return found

    def _said(self, line: int, texts: Mapping[str, str], current: Record | None) -> dict[str, str]:
        """Key → canonical text, for the columns that the file has; faults and questions are noted."""
        said: dict[str, str] = {}
        for column in self.sheet.columns:
            if column.label not in texts:
                continue
            if column.fixed:
                self._fixed(line, column, texts[column.label], current)
                continue
            there = canonical(column, current.get(column.key, "")) if current is not None else ""
            if current is not None and canonical(column, unescaped(texts[column.label])) == there:
                said[column.key] = there
                continue
            read = self.reader.read(column, texts[column.label])
            if isinstance(read, Refused):
                self.fault(line, column.label, read.message, read.hint)
            elif isinstance(read, Ambiguous):
                text = texts[column.label].strip()[:30]
                self.questions.append(Question(line=line, column=column.label, text=text, ambiguous=read))
            else:
                said[column.key] = read
        return said

    def _fixed(self, line: int, column: Column, text: str, current: Record | None) -> None:
        """A cell that is only shown must say what the record says, however it is written."""
        there = canonical(column, current.get(column.key, "")) if current is not None else ""
        if canonical(column, unescaped(text)) == there:
            return
        if self.reader.read(column, text) not in (there,):
            self.fault(
                line,
                column.label,
                f"It says “{' '.join(text.split())[:40]}” and cannot be changed here"
                + (f"; it is “{there[:40]}”." if there else "."),
                "Put back what was there, or take the column out.",
            )

    def _old(self, line: int, ref: str, said: Mapping[str, str], version: str) -> None:
        current = self.current[ref]
        there = {c.key: canonical(c, current.get(c.key, "")) for c in self.sheet.columns}
        cells = [
            CellChange(key=column.key, label=column.label, before=there[column.key], after=said[column.key])
            for column in self.sheet.columns
            if column.key in said and said[column.key] != there[column.key]
        ]
        if not self._may_stand(line, {cell.key: cell.after for cell in cells}):
            return
        if not cells:
            self.unchanged += 1
            return
        if version and version.lower() != row_version(self.sheet, there):
            self.fault(
                line,
                ", ".join(cell.label for cell in cells),
                f"{ref} was changed here after this file was written, or its {VERSION} was.",
                f"Take the file again, or empty the cell {VERSION} to let this file win.",
            )
            return
        self.changed.append(Change(line=line, ref=ref, cells=tuple(cells), record={**there, **said}))

    def _may_stand(self, line: int, record: Record) -> bool:
        """Whether every cell may say what it says; a fault for each that may not."""
        before = len(self.faults)
        for column in self.sheet.columns:
            text = record.get(column.key)
            if column.required and text == "":
                self.fault(line, column.label, "It is empty.", "Say something here.")
            elif text in column.kept_elsewhere:
                self.fault(
                    line, column.label, f"“{text}” cannot be chosen in a file.", "It is set elsewhere."
                )
        return len(self.faults) == before

    def _new(self, line: int, said: Mapping[str, str]) -> None:
        if not self.sheet.may_add:
            self.fault(line, REF, f"It is empty, and no {self.sheet.name} can be added by a file.")
            return
        record = {c.key: said.get(c.key, "") or c.default for c in self.sheet.columns}
        if not self._may_stand(line, record):
            return
        identity = self.identity(record)
        if identity in self.new:
            message = f"It is the same as line {self.new[identity]}."
            self.fault(line, "", message, "Keep one of them, or tell them apart.")
            return
        self.new[identity] = line
        known = self.known.get(identity, [])
        for ref in known:
            there = self.current[ref]
            if all(
                canonical(self.sheet.column(k), there.get(k, "")) == text for k, text in said.items() if text
            ):
                self.unchanged += 1
                self.seen.setdefault(ref, line)
                return
        if known:
            hint = f"Write {known[0]} into {REF} to change it, or tell them apart."
            self.fault(line, "", f"{known[0]} is called the same and says something else.", hint)
            return
        self.added.append(Addition(line=line, record=record))
