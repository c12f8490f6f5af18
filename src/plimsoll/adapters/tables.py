"""Reads tables (CSV, JSON lines) once, from start to end, in bounded memory.

Only the wanted columns of one row at a time are handed out. A line is refused as soon as it passes the
limit, before the rest of it is read, so a file that is one endless line costs no more than a small one.
The digest is of the very bytes that were read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from plimsoll.kernel.errors import BadInput, ErrorCode
from plimsoll.kernel.ids import Digest

__all__ = ["Table", "TableLimits", "open_regular"]

_BLOCK = 2**18
_BOM = b"\xef\xbb\xbf"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_FOREIGN = {
    rb"PAR1": "a Parquet file",
    rb"PK\x03\x04": "a zip archive or a spreadsheet",
    rb"\x1f\x8b": "a gzip file",
    rb"\xff\xfe|\xfe\xff": "UTF-16 text",
    rb"\s*\[\s*[\[{\]]": "a JSON array",
}
_ACCEPTED = "Give CSV or JSON lines, one row per line, in UTF-8."

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """How large the parts of a table may be."""

    line_bytes: int = 2**20
    """Longest line; a CSV row that spans several lines may be one block longer."""
    columns: int = 4096
    """Most columns."""


@contextmanager
def open_regular(path: Path, *, what: str) -> Iterator[io.BufferedReader]:
    """The file opened for reading bytes; BadInput if it is missing, unreadable or no regular file.

    Trouble while reading inside the `with` block becomes a BadInput too.

    A pipe, socket or device is refused before it is opened, because opening one may wait for ever.
    """
    try:
        regular = path.is_file()
        kind = "is a folder" if path.is_dir() else "is no regular file" if path.exists() else "does not exist"
        stream = path.open("rb") if regular else None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"{what} “{path.name[:80]}” cannot be opened: {reason}.") from error
    if stream is None:
        raise BadInput(f"{what} “{path.name[:80]}” {kind}.", hint="Give the path of a file.")
    try:
        with stream:
            yield stream
    except OSError as error:
        raise BadInput(f"{what} “{path.name[:80]}” cannot be read: {error.strerror}.") from error


class Table:
    """One pass over a table: iterate to get the wanted columns of each row as text.

    An empty cell and a JSON null are both "". JSON numbers are written as Python writes them, booleans
    as true and false. Blank lines are skipped. Anything else that is not a clean table raises BadInput
    with the line: ragged rows, repeated or missing columns, NUL bytes, text that is not UTF-8, broken
    quoting, lines or rows beyond the limits.

    `form` and `columns` are known at once; `size` (bytes) and `digest` (SHA-256) cover what has been
    read so far, thus the whole file once iteration has ended.
    """

    form: str
    """How the table is written, such as "CSV, comma"."""
    columns: tuple[str, ...]
    """All columns, in the file's order; for JSON lines those of the first object."""

    def __init__(
        self, stream: BinaryIO, *, name: str, wanted: Sequence[str], limits: TableLimits | None = None
    ) -> None:
        """Reads the header; `name` is how messages call the file, `wanted` the columns to hand out."""
        self._stream = stream
        self._name = name
        self._wanted = tuple(wanted)
        self._limits = limits or TableLimits()
        self._hash = hashlib.sha256()
        self.size = 0
        self._lines = 0  # complete lines handed to the parser so far
        self._records = 0  # rows that the parser has completed; shows whether it is stuck inside one
        blocks = self._blocks()
        first = next(blocks, "")
        if not first.strip():
            raise self._refused("is empty or begins with blank lines", hint=_ACCEPTED)
        lines = chain.from_iterable(map(_split, chain((first,), blocks)))
        if first.lstrip().startswith("{"):
            self._rows = self._start_json(lines)
        else:
            self._rows = self._start_csv(lines, first.lstrip("\r\n").split("\n", 1)[0])

    @property
    def digest(self) -> Digest:
        """SHA-256 of the bytes read so far."""
        return Digest(self._hash.hexdigest())

    def __iter__(self) -> Iterator[Row]:
        """The wanted columns of each row that was not read yet."""
        return self._rows

    # ------------------------------------------------------------------ bytes to lines

    def _blocks(self) -> Iterator[str]:
        """Whole lines as text, about a quarter of a megabyte at a time."""
        limit = self._limits.line_bytes
        carry, unfinished, before = b"", 0, -1
        while block := self._read(min(_BLOCK, limit)):
            cut = block.rfind(b"\n") + 1
            if len(carry) + (block.find(b"\n") if cut else len(block)) > limit:
                raise self._refused(
                    f"has a line of more than {limit:,} bytes: line {self._lines + 1:,}",
                    code=ErrorCode.TOO_LARGE,
                )
            if not cut:
                carry += block
                continue
            text = self._decoded(carry + block[:cut])
            carry = block[cut:]
            # a quoted cell may span lines, but must not swallow the file
            unfinished = unfinished + len(text) if self._records == before else len(text)
            before = self._records
            if unfinished > limit + _BLOCK:
                raise self._refused(
                    f"has a row of more than {limit:,} bytes, which goes on in line {self._lines:,}",
                    hint="Look for a quotation mark that is not closed.",
                    code=ErrorCode.TOO_LARGE,
                )
            yield text
        if carry:
            yield self._decoded(carry)

    def _read(self, size: int) -> bytes:
        start = not self.size
        block = self._stream.read(size)
        self._hash.update(block)
        self.size += len(block)
        for magic, kind in _FOREIGN.items() if start else ():
            if re.match(magic, block):
                raise self._refused(f"looks like {kind}, not like a table in text", hint=_ACCEPTED)
        return block.removeprefix(_BOM) if start else block

    def _decoded(self, lines: bytes) -> str:
        nul = lines.find(b"\0")
        if nul >= 0:
            line = self._lines + lines.count(b"\n", 0, nul) + 1
            raise self._refused(f"holds a NUL byte in line {line:,}", hint=_ACCEPTED)
        try:
            text = lines.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self._lines + lines.count(b"\n", 0, error.start) + 1
            column = error.start - lines.rfind(b"\n", 0, error.start)
            raise self._refused(
                f"is not UTF-8 text: byte {column:,} of line {line:,} is 0x{lines[error.start]:02x}",
                hint="Save it as UTF-8.",
            ) from error
        self._lines += lines.count(b"\n")
        return text

    # ------------------------------------------------------------------ CSV

    def _start_csv(self, lines: Iterator[str], first: str) -> Iterator[Row]:
        delimiter = self._sniffed(first)
        self.form = f"CSV, {_DELIMITERS[delimiter]}"
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            header = next(cells for cells in reader if cells)
        except csv.Error as error:
            raise self._refused(f"has a header that is not CSV: {_csv_reason(error)}") from error
        self._records = 1
        self.columns = tuple(cell.strip() for cell in header)
        self._check_columns()
        for name, times in Counter(self.columns).items():
            if name and times > 1:
                raise self._refused(f"has the column “{name[:60]}” {times} times")
        return self._csv_rows(reader, [self.columns.index(name) for name in self._wanted])

    def _sniffed(self, first: str) -> str:
        """The delimiter that shows most wanted columns in the header, then most columns."""

        def fit(delimiter: str) -> tuple[int, int]:
            try:
                cells = next(csv.reader([first], delimiter=delimiter))
            except csv.Error:
                return 0, 0
            return len(set(self._wanted) & {cell.strip() for cell in cells}), len(cells)

        return max(_DELIMITERS, key=fit)

    def _csv_rows(self, reader: Any, places: list[int]) -> Iterator[Row]:  # csv has no public reader type
        width = len(self.columns)
        pick: Callable[[list[str]], Row] = (
            itemgetter(*places) if len(places) > 1 else lambda cells: tuple(cells[place] for place in places)
        )
        try:
            for cells in reader:
                self._records += 1
                if len(cells) == width:
                    yield pick(cells)
                elif cells:
                    raise self._refused(
                        f"has {len(cells):,} cells in the row that ends in line {reader.line_num:,}, "
                        f"but {width:,} columns"
                    )
        except csv.Error as error:
            raise self._refused(f"is not CSV in line {reader.line_num:,}: {_csv_reason(error)}") from error

    # ------------------------------------------------------------------ JSON lines

    def _start_json(self, lines: Iterator[str]) -> Iterator[Row]:
        self.form = "JSON lines"
        objects = self._json_objects(lines)
        number, first = next(objects)
        self.columns = tuple(first)
        self._check_columns()
        return self._json_rows(chain([(number, first)], objects))

    def _json_objects(self, lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant).decode
        for number, line in enumerate(lines, start=1):
            self._records += 1
            if line.isspace():
                continue
            try:
                value = decode(line)
            except json.JSONDecodeError as error:
                raise self._refused(
                    f"is not JSON in line {number:,}: {error.msg} (column {error.colno:,})"
                ) from error
            except (ValueError, RecursionError) as error:
                raise self._refused(f"is not strict JSON in line {number:,}: {str(error)[:120]}") from error
            if not isinstance(value, dict):
                raise self._refused(f"has no JSON object in line {number:,}", hint=_ACCEPTED)
            yield number, value

    def _json_rows(self, objects: Iterator[tuple[int, dict[str, Any]]]) -> Iterator[Row]:
        wanted = self._wanted
        for number, row in objects:
            try:
                cells = tuple([row[name] for name in wanted])
            except KeyError as error:
                raise self._refused(
                    f"has no “{str(error.args[0])[:60]}” in line {number:,}", hint="Write null for no value."
                ) from error
            yield tuple([c if type(c) is str and c.isascii() else self._cell(c, number) for c in cells])

    def _cell(self, value: object, number: int) -> str:
        if isinstance(value, str):
            if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
                raise self._refused(f"holds half a surrogate pair in line {number:,}")
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        raise self._refused(f"holds a list or object in line {number:,} where one value is read")

    # ------------------------------------------------------------------ both

    def _check_columns(self) -> None:
        if len(self.columns) > self._limits.columns:
            raise self._refused(
                f"has {len(self.columns):,} columns", hint=f"At most {self._limits.columns:,} are read."
            )
        missing = [name for name in self._wanted if name not in self.columns]
        if missing:
            shown = ", ".join(name[:40] for name in self.columns[:20])
            more = " …" if len(self.columns) > 20 else ""
            raise self._refused(f"has no column “{missing[0][:60]}”", hint=f"It has: {shown}{more}.")

    def _refused(self, what: str, *, hint: str = "", code: ErrorCode = ErrorCode.BAD_INPUT) -> BadInput:
        return BadInput(f"{self._name} {what}.", hint=hint, code=code)


def _split(text: str) -> Iterator[str]:
    # Lines end with a line feed only: other separators of str.splitlines are ordinary characters here.
    return iter(io.StringIO(text, newline="\n"))


def _csv_reason(error: csv.Error) -> str:
    # the library's advice about opening files is not for the reader of this message
    return "a carriage return stands outside quotes" if "new-line" in str(error) else str(error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a key appears twice")
    return row


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
