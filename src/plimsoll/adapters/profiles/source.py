"""A table file: how it is written, which columns it has, and a sample of their values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from duckdb import DuckDBPyConnection

from plimsoll.adapters.profiles.confined import described, named, quoted
from plimsoll.adapters.tables import Table
from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = ["SAMPLE", "SHOWN", "Column", "Holds", "Source", "open_source"]

SAMPLE = 10_000
"""Rows of the reference that frames are made from."""
SHOWN = 200
"""Longest value that can be a level of a category."""
_PLACES = 4
_LINE_BYTES = 2**20
_AT_ONCE = 50
_MOST_COLUMNS = 2000


class Holds(Enum):
    """What the type of a column says about its values."""

    NUMBERS = "numbers"
    WORDS = "words"
    TEXT = "text that may be either"
    TIMES = "dates or times"
    PARTS = "lists, objects or bytes"


_TYPES = {
    **dict.fromkeys(("BOOLEAN", "VARCHAR", "ENUM", "UUID"), Holds.WORDS),
    **dict.fromkeys(("DATE", "TIME", "TIMESTAMP", "INTERVAL"), Holds.TIMES),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER"), Holds.NUMBERS),
    **dict.fromkeys(("BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER"), Holds.NUMBERS),
    **dict.fromkeys(("UBIGINT", "UHUGEINT"), Holds.NUMBERS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table file."""

    name: str
    """As the file calls it."""
    held: str
    """As the view on it calls it."""
    holds: Holds
    """What its type says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table that DuckDB can read as a view."""

    name: str
    """How messages call the file."""
    form: str
    """How it is written, such as "CSV, comma"."""
    view: str
    """The view's name in the connection."""
    reading: str
    """The table function that reads the file, in SQL."""
    columns: Mapping[str, Column]
    """By name, in the file's order."""

    @property
    def is_text(self) -> bool:
        """Whether each reading parses the file from its start, as CSV and JSON lines do."""
        return self.form != "Parquet"

    def samples(
        self, connection: DuckDBPyConnection, names: Sequence[str], *, as_text: Sequence[str]
    ) -> Iterator[tuple[str, list[Any]]]:
        """Each column with its values from `SAMPLE` rows: spread over a Parquet file, or from its head.

        Columns in `as_text` are handed out as text whatever they hold. Text is cut just beyond what can
        be a level; missing values are left out.
        """
        for start in range(0, len(names), _AT_ONCE):
            chunk = [self.columns[name] for name in names[start : start + _AT_ONCE]]
            rows = self._sampled_rows(connection, ", ".join(_shortened(c, as_text) for c in chunk))
            for place, column in enumerate(chunk):
                yield column.name, [row[place] for row in rows if row[place] is not None and row[place] != ""]

    def _sampled_rows(self, connection: DuckDBPyConnection, picked: str) -> list[tuple[Any, ...]]:
        with described(self.name, self.form):
            if self.is_text:
                query = f"SELECT {picked} FROM {self.view} LIMIT {SAMPLE}"  # noqa: S608 - our own words
                return list(connection.execute(query).fetchall())
            ((rows,),) = connection.execute(f"SELECT count(*) FROM {self.view}").fetchall()  # noqa: S608
            each = SAMPLE // _PLACES
            sampled: list[tuple[Any, ...]] = []
            # row groups outside the range are skipped by their row numbers, so this reads a few pages
            for place in range(_PLACES):
                first = rows * place // _PLACES
                last = min(first + each, rows * (place + 1) // _PLACES) - 1
                query = (
                    f"SELECT {picked} FROM {self.reading[:-1]}, file_row_number = true) "  # noqa: S608
                    f"WHERE file_row_number BETWEEN {first} AND {last}"
                )
                sampled += connection.execute(query).fetchall()
            return sampled


def _shortened(column: Column, as_text: Sequence[str]) -> str:
    held = named(column.held)
    if column.holds is Holds.NUMBERS and column.name not in as_text:
        return f"CAST({held} AS DOUBLE)"
    return f"substr(CAST({held} AS VARCHAR), 1, {SHOWN + 1})"


def open_source(
    connection: DuckDBPyConnection, stream: BinaryIO, path: str, *, name: str, view: str
) -> Source:
    """The table in an open file; `path` is how DuckDB reaches it, `view` how the view on it is called.

    BadInput if it is no Parquet, CSV or JSON lines, broken at its start, or has no columns.
    """
    stream.seek(0)
    parquet = stream.read(4) == b"PAR1"
    stream.seek(0)
    if parquet:
        form, reading, columns = "Parquet", f"read_parquet({quoted(path)})", None
    else:
        table = Table(stream, name=name, wanted=())
        _check_ends(stream, name)
        form, columns = table.form, table.columns
        reading = _csv(path, form, columns) if form.startswith("CSV") else _json(path, name, columns)
    with described(name, form):
        connection.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {reading}")  # noqa: S608
        typed = connection.execute(f"DESCRIBE {view}").fetchall()
    if len(typed) > _MOST_COLUMNS:
        raise BadInput(f"{name} has {len(typed):,} columns.", hint=f"At most {_MOST_COLUMNS:,} are compared.")
    held = [(row[0], row[1]) for row in typed]
    found = [
        Column(name=columns[place] if columns else held_name, held=held_name, holds=_holds(kind, columns))
        for place, (held_name, kind) in enumerate(held)
    ]
    return Source(
        name=name, form=form, view=view, reading=reading, columns={column.name: column for column in found}
    )


def _check_ends(stream: BinaryIO, name: str) -> None:
    """Refuses what DuckDB reads wrongly without a word: blank lines first, an endless line last."""
    stream.seek(0)
    if stream.read(16).removeprefix(b"\xef\xbb\xbf")[:1] in (b"\n", b"\r"):
        raise BadInput(
            f"{name} begins with a blank line.", hint="Begin with the header, or the first object."
        )
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _LINE_BYTES - 1))
    if size > _LINE_BYTES and b"\n" not in stream.read(_LINE_BYTES):
        raise BadInput(
            f"{name} has a line that is too long: the last one.",
            hint="A line may have 1 MiB.",
            code=ErrorCode.TOO_LARGE,
        )


def _holds(kind: str, columns: Sequence[str] | None) -> Holds:
    if columns is not None:
        return Holds.TEXT
    if "[" in kind:
        return Holds.PARTS
    return _TYPES.get(kind.split("(")[0].split(" ")[0], Holds.PARTS)


def _csv(path: str, form: str, columns: Sequence[str]) -> str:
    delimiter = {"comma": ",", "semicolon": ";", "tab": "\t"}[form.removeprefix("CSV, ")]
    # columns by place: DuckDB's names know no case, and a file may have A and a
    types = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(columns)))
    return (
        f"read_csv({quoted(path)}, delim = {quoted(delimiter)}, header = true, quote = '\"', escape = '\"', "
        f"auto_detect = false, columns = {{{types}}}, nullstr = '', strict_mode = true, "
        f"max_line_size = {_LINE_BYTES}, compression = 'none')"
    )


def _json(path: str, name: str, columns: Sequence[str]) -> str:
    if len({column.casefold() for column in columns}) < len(columns):
        raise BadInput(f"{name} has two columns whose names differ only in case.", hint="Rename one.")
    types = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_json({quoted(path)}, format = 'newline_delimited', columns = {{{types}}}, "
        f"maximum_object_size = {_LINE_BYTES}, compression = 'uncompressed')"
    )


def reached(stream: BinaryIO) -> str:
    """The open file as a path: the very file that is open, whatever its name or what becomes of it."""
    number = stream.fileno()
    own = Path(f"/proc/self/fd/{number}")
    return str(own) if os.path.lexists(own) else f"/dev/fd/{number}"
