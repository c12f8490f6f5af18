"""Bytes of a file → one plain value and a way to find the line of any part of it.

JSON, YAML, CSV and OSCAL's XML come out in the same plain form, bounded in size and depth. Nothing that a
file refers to is opened.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from plimsoll.engines.catalog.framework import SourceDigest
from plimsoll.engines.catalog.read import line_in_yaml, read_yaml
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = ["LIMIT", "Document", "Form", "SourceFile", "read_document"]

LIMIT = 16 * 2**20
"""Bytes of one file. The whole of SP 800-53 Rev. 5 as JSON has 10 MB."""
YAML_LIMIT = 2 * 2**20
"""Bytes of one YAML file; it is read by slower code. ATLAS 2026.08 has 0.8 MB."""
MOST_ROWS = 20_000
DEEPEST = 60
MOST_COLUMNS = 60

Path = Sequence[str | int]


class Form(StrEnum):
    """How a file is written."""

    JSON = "json"
    YAML = "yaml"
    XML = "xml"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as it was given."""

    name: str
    """Its name, without a folder; its ending says how it is written."""
    content: bytes
    """Its bytes."""

    @property
    def digest(self) -> SourceDigest:
        """Name, SHA-256 and size."""
        return SourceDigest(
            name=self.name, sha256=hashlib.sha256(self.content).hexdigest(), size=len(self.content)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read."""

    file: SourceFile
    """The file."""
    form: Form
    """How it is written."""
    value: Any
    """Mappings, lists, text, numbers, dates and None; for CSV `{"columns": […], "rows": [{…}, …]}`."""
    line: Callable[[Path], int]
    """The line, from 1, of a part of the value."""


_ENDINGS = {
    "json": Form.JSON,
    "yaml": Form.YAML,
    "yml": Form.YAML,
    "xml": Form.XML,
    "csv": Form.CSV,
}


def read_document(file: SourceFile) -> Document:
    """The value in the file, read by its ending; without a known ending, by its first character.

    Raises BadInput, with line and column where the reader knows them, if it is too large, not UTF-8, not
    well formed, nested deeper than 60 levels or, for XML, has a document type declaration.
    """
    form = _form(file)
    if len(file.content) > LIMIT:
        raise BadInput(
            f"{file.name} is {len(file.content):,} bytes long.",
            hint=f"At most {LIMIT:,} bytes are read.",
            code=ErrorCode.TOO_LARGE,
        )
    value, line = _READERS[form](file)
    if _deeper_than(value, DEEPEST):
        raise BadInput(f"{file.name} is nested deeper than {DEEPEST} levels.")
    return Document(file=file, form=form, value=value, line=line)


def _form(file: SourceFile) -> Form:
    ending = file.name.rpartition(".")[2].lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    first = file.content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"{": Form.JSON, b"<": Form.XML}.get(first, Form.YAML)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        parts = [part for part in layer if isinstance(part, dict | list)]
        layer = [inner for part in parts for inner in (part.values() if isinstance(part, dict) else part)]
        if not layer:
            return False
    return True


def _json(file: SourceFile) -> tuple[Any, Callable[[Path], int]]:
    content = file.content.removeprefix(b"\xef\xbb\xbf")
    return read_json(content, what=file.name, limit=LIMIT), lambda path: _line_in_json(content.decode(), path)


_SPACE = re.compile(r"[ \t\r\n]*")


def _line_in_json(text: str, path: Path) -> int:
    """The line of the deepest part of the path; the JSON reader itself steps over what lies before it."""
    decoder = json.JSONDecoder()
    at = _skip(text, 0)
    for step in path:
        inner = _find(decoder, text, at, step)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _find(decoder: json.JSONDecoder, text: str, at: int, step: str | int) -> int | None:
    """Where the value under `step` begins in the object or list that begins at `at`."""
    if text[at] not in "{[":
        return None
    keyed, at = text[at] == "{", _skip(text, at + 1)
    number = 0
    while text[at] not in "}]":
        name: object = number
        if keyed:
            name, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if name == step:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
        number += 1
    return None


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _yaml(file: SourceFile) -> tuple[Any, Callable[[Path], int]]:
    value = read_yaml(file.content, what=file.name, limit=YAML_LIMIT)
    return value, lambda path: line_in_yaml(file.content, path)


def _xml(file: SourceFile) -> tuple[Any, Callable[[Path], int]]:
    from plimsoll.adapters.importers.oscal_xml import read_xml  # only XML needs the parser

    return read_xml(file.content, what=file.name)


def _csv(file: SourceFile) -> tuple[Any, Callable[[Path], int]]:
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = file.content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{file.name} is not UTF-8 text in line {at} (byte {error.start}).",
            hint="Save it as CSV UTF-8 and send it again.",
        ) from error
    header = text.lstrip("\r\n").partition("\n")[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    columns: list[str] = []
    before = 0
    try:
        for cells in reader:
            first, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(file.name, cells, first)
                continue
            if len(rows) == MOST_ROWS:
                raise BadInput(f"{file.name}, line {first}: more than {MOST_ROWS:,} rows are not read.")
            if any(cells[len(columns) :]):
                raise BadInput(
                    f"{file.name}, line {first}: the row has {len(cells)} cells, the header {len(columns)}.",
                    hint="Put a cell that holds a separator in quotes.",
                )
            rows.append(dict(zip_longest(columns, cells[: len(columns)], fillvalue="")))
            lines.append(first)
    except csv.Error as error:
        raise BadInput(f"{file.name} is not CSV in line {reader.line_num}: {error}.") from error

    def line(path: Path) -> int:
        row = next((step for step in path if isinstance(step, int)), None)
        return 1 if row is None else lines[row]

    return {"columns": columns, "rows": rows}, line


def _columns(name: str, cells: list[str], line: int) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()  # a spreadsheet writes empty columns to the right
    if len(columns) > MOST_COLUMNS:
        raise BadInput(
            f"{name}, line {line}: there are {len(columns)} columns; at most {MOST_COLUMNS} are read."
        )
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise BadInput(f"{name}, line {line}: the column “{twice[0]}” stands there twice.")
    return columns


_READERS = {Form.JSON: _json, Form.YAML: _yaml, Form.XML: _xml, Form.CSV: _csv}
