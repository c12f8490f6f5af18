"""From the bytes of a file to rows of cells with their lines, strictly."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from plimsoll.engines.worksheet.sheet import REF, VERSION, Fault, Sheet

__all__ = ["LARGEST_FILE", "MOST_ROWS", "Table", "read_table"]

LARGEST_FILE: Final = 2**20
"""Bytes."""
MOST_ROWS: Final = 5000
_MARKS: Final = (",", ";", "\t", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE_AS: Final = "Save it as “CSV UTF-8”."


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file that could be cut into cells."""

    labels: tuple[str, ...]
    """The labels of its columns as the sheet writes them, in the order of the file; empty for a column
    without label."""
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Line and cells of every row that is not blank."""


def read_table(sheet: Sheet, content: bytes) -> Table | tuple[Fault, ...]:
    """The file as a table of this sheet, or everything that is wrong with its form.

    Taken are UTF-8 with or without mark and UTF-16 with mark; commas, semicolons, tabs or bars between
    cells (whichever gives most of the known labels); any line ends; a first line “sep=;”; columns in any
    order; blank lines; empty columns and cells at the ends. A column that the sheet does not have is
    refused, because what stands in it would be lost.
    """
    text = _decoded(content)
    if isinstance(text, Fault):
        return (text,)
    skipped, text, told = _without_sep(text)
    mark = told or max(_MARKS, key=lambda m: _known_in(sheet, text, m))
    try:
        rows = tuple(_rows(text, mark, skipped))
    except _Broken as broken:
        return (Fault(line=broken.line, column="", message=broken.reason, hint=broken.hint),)
    if not rows:
        return (_whole("It is empty.", f"Its first line names the columns: {', '.join(sheet.labels)}."),)
    (line, header), *rest = rows
    labels, faults = _labels(sheet, line, header)
    if len(rest) > MOST_ROWS:
        faults.append(_whole(f"It has {len(rest):,} rows.", f"Bring at most {MOST_ROWS:,} at once."))
    for number, cells in rest:
        beyond = [cell for place, cell in enumerate(cells) if place >= len(labels) or not labels[place]]
        if not faults and any(cell.strip() for cell in beyond):
            message = f"“{next(cell for cell in beyond if cell.strip())[:30]}” stands under no label."
            hint = "Look for a mark between cells that belongs into one, and put quotes around it."
            return (Fault(line=number, column="", message=message, hint=hint),)
    return tuple(faults) or Table(labels=labels, rows=tuple(rest))


def _whole(message: str, hint: str = "") -> Fault:
    return Fault(line=0, column="", message=message, hint=hint)


def _decoded(content: bytes) -> str | Fault:
    if len(content) > LARGEST_FILE:
        return _whole(f"It has {len(content):,} bytes.", f"Bring at most {LARGEST_FILE:,} at once.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _whole("It is a workbook, not a CSV file.", _SAVE_AS)
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            return _whole("It is no UTF-16.", _SAVE_AS)
        line = content[: error.start].count(b"\n") + 1
        return Fault(line=line, column="", message="It is not written in UTF-8.", hint=_SAVE_AS)


def _without_sep(text: str) -> tuple[int, str, str]:
    """How many lines were taken off, the rest, and the mark that Excel's first line told."""
    first, end, rest = text.partition("\n")
    told = first.strip().strip('"').lower()
    if end and told.startswith("sep=") and told[4:] in ("", *_MARKS):
        return 1, rest, told[4:] or "\t"
    return 0, text, ""


def _known_in(sheet: Sheet, text: str, mark: str) -> int:
    """How many labels of the sheet the first row has if cells are parted by this mark."""
    known = {_folded(label) for label in sheet.labels}
    try:
        header = next(_rows(text, mark, 0), (0, ()))[1]
    except _Broken:
        return 0
    return sum(_folded(cell) in known for cell in header)


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()


class _Broken(Exception):
    """The text cannot be cut into cells from this line on."""

    def __init__(self, line: int, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.line, self.reason, self.hint = line, reason, hint


def _rows(text: str, mark: str, skipped: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and cells of every row in which something stands."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    line = skipped + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            long = "field limit" in str(error)
            raise _Broken(
                line,
                "A cell is longer than 131,072 characters."
                if long
                else "The quotes of this row do not match.",
                "Shorten it." if long else "A quote within a quoted cell is written twice.",
            ) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, tuple(cells)
        line = skipped + reader.line_num + 1


def _labels(sheet: Sheet, line: int, header: tuple[str, ...]) -> tuple[tuple[str, ...], list[Fault]]:
    known = {_folded(label): label for label in sheet.labels}
    labels: list[str] = []
    faults: list[Fault] = []
    for cell in header:
        label = known.get(_folded(cell), "")
        if cell.strip() and not label:
            close = get_close_matches(_folded(cell), list(known), n=1)
            meant = f"Did you mean “{known[close[0]]}”? " if close else ""
            hint = f"{meant}Columns are {', '.join(sheet.labels)}."
            message = f"There is no column “{' '.join(cell.split())[:40]}”."
            faults.append(Fault(line=line, column="", message=message, hint=hint))
        elif label and label in labels:
            faults.append(Fault(line=line, column=label, message="The column stands there twice."))
        labels.append(label)
    if REF not in labels:
        hint = "It names each row; without it every row would be entered a second time."
        faults.append(Fault(line=line, column="", message=f"There is no column “{REF}”.", hint=hint))
    elif not set(labels) - {"", REF, VERSION}:
        faults.append(Fault(line=line, column="", message="There is no column to read."))
    return tuple(labels), faults
