"""One pass over a table, counted on frames: an Ibis expression, run by DuckDB, that adds up to a profile.

Of a Parquet file each column is read by itself, once. Text is parsed once for all columns together, up to
a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
from duckdb import DuckDBPyConnection

from plimsoll.adapters.profiles.confined import described
from plimsoll.adapters.profiles.source import Column, Holds, Source
from plimsoll.engines.monitors.frame import FARTHEST, RESOLUTION, Frame, NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile

__all__ = ["count"]

_COLUMNS_AT_ONCE = 16
"""Of Parquet: each column has the file open for itself, and the process may open few."""
_TEXT_AT_ONCE = 100
"""Of text: as many as the memory holds, because each time the whole file is parsed."""
# Not the types of the file: those that make Ibis write the cast that each column needs.
_DECLARED = {Holds.NUMBERS: "int64", Holds.WORDS: "uuid", Holds.TEXT: "string"}
Counted = tuple[int, int | None, int, int]


@ibis.udf.scalar.builtin(name="list_position", signature=(("array<string>", "string"), "int32"))
def _position(levels, value):  # type: ignore[no-untyped-def] # Ibis reads the signature above
    """Place of the value among the levels, from 1; NULL if it is none."""


@ibis.udf.scalar.builtin(name="floor", signature=(("float64",), "float64"))
def _floor(value):  # type: ignore[no-untyped-def] # as a float: Ibis's own casts, and fails on infinity
    """The largest whole number that is not above the value."""


def count(connection: DuckDBPyConnection, source: Source, frames: Sequence[Frame]) -> Profile:
    """The profile of the whole table on these frames; BadInput if the table turns out to be broken."""
    # Unbound: Ibis only writes the query. Bound to a connection it would need PyArrow and pandas.
    types = {column.held: _DECLARED.get(column.holds, "") for column in source.columns.values()}
    table = ibis.table({held: kind for held, kind in types.items() if kind}, name=source.view)
    with described(source.name, source.form):
        if not frames:
            return Profile(rows=_run(connection, table.count().as_table())[0][0], columns=())
        counted = []
        at_once = _TEXT_AT_ONCE if source.is_text else _COLUMNS_AT_ONCE
        write = _all_at_once if source.is_text else _column_by_column
        for start in range(0, len(frames), at_once):
            counted += _run(connection, write(table, source, frames[start : start + at_once], start))
    columns = [_ColumnCounts(frame) for frame in frames]
    for place, key, rows, present in counted:
        columns[place].add(key, rows, present)
    profiles = tuple(column.profile() for column in columns)
    return Profile(rows=profiles[0].rows, columns=profiles)


def _run(connection: DuckDBPyConnection, query: Any) -> list[Counted]:
    # by way of SQL text: Ibis would hand the result over as a data frame and import what makes one
    return list(connection.execute(ibis.to_sql(query, dialect="duckdb")).fetchall())


class _ColumnCounts:
    """Gathers the groups of one column."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._counts: dict[int, int] = {}
        self._other = self._missing = 0

    def add(self, key: int | None, rows: int, present: int) -> None:
        """A group: its bucket or level, its rows, and how many of them have a value."""
        if key is None:
            self._other += present
            self._missing += rows - present
        else:
            place = max(-FARTHEST, min(FARTHEST, key))
            self._counts[place] = self._counts.get(place, 0) + rows

    def profile(self) -> ColumnProfile:
        """What was gathered."""
        return ColumnProfile(frame=self._frame, counts=self._counts, other=self._other, missing=self._missing)


def _column_by_column(table: Any, source: Source, frames: Sequence[Frame], first: int) -> Any:
    parts = []
    for place, frame in enumerate(frames, start=first):
        value, key = _value_and_key(table, source.columns[frame.name], frame)
        grouped = table.group_by(key=key).agg(rows=table.count(), present=value.count())
        parts.append(
            grouped.select(place=ibis.literal(place, "int32"), key="key", rows="rows", present="present")
        )
    return parts[0] if len(parts) == 1 else ibis.union(*parts, distinct=False)


def _all_at_once(table: Any, source: Source, frames: Sequence[Frame], first: int) -> Any:
    pairs = [_value_and_key(table, source.columns[frame.name], frame) for frame in frames]
    long = table.select(
        place=ibis.array(
            [ibis.literal(place, "int32") for place in range(first, first + len(frames))]
        ).unnest(),
        key=ibis.array([key for _, key in pairs]).unnest(),
        present=ibis.array([value.notnull().cast("int32") for value, _ in pairs]).unnest(),
    )
    grouped = long.group_by("place", "key").agg(rows=long.count(), present=long.present.sum())
    return grouped.select("place", "key", "rows", "present")


def _value_and_key(table: Any, column: Column, frame: Frame) -> tuple[Any, Any]:
    value = table[column.held]
    if column.holds is Holds.TEXT:
        value = value.nullif("")
    if not isinstance(frame, NumberFrame):
        words = value if column.holds is Holds.TEXT else value.cast("string")
        words = words.nullif("")
        return words, (_position(list(frame.levels), words) - 1).cast("int32")
    number = value.try_cast("float64") if column.holds is Holds.TEXT else value.cast("float64")
    y = (number - frame.centre) / frame.scale
    # asinh, written so that it is exact for negative numbers and every engine has the functions
    stretched = y.sign() * (y.abs() + (y * y + 1).sqrt()).ln() * RESOLUTION
    # NaN and what is infinite, or so far out that y² is, have no bucket and so no key
    return value, _floor(stretched).try_cast("int32")
