"""One pass over a table, counted on frames: SQL for DuckDB whose groups add up to a profile.

Of a Parquet file each column is read by itself, once. Text is parsed once for all columns together, up to
a hundred. The queries are written here and not by Ibis, which would take a quarter of the processor time of
a whole comparison to load and to write them (ADR 0027); a test counts the same through Ibis.
"""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from plimsoll.adapters.profiles.confined import described, named, quoted
from plimsoll.adapters.profiles.source import Column, Holds, Source
from plimsoll.engines.monitors.frame import FARTHEST, RESOLUTION, Frame, NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile

__all__ = ["count"]

_COLUMNS_AT_ONCE = 16
"""Of Parquet: each column has the file open for itself, and the process may open few."""
_TEXT_AT_ONCE = 100
"""Of text: as many as the memory holds, because each time the whole file is parsed."""
Counted = tuple[int, int | None, int, int]
"""Place of the frame, bucket or level, rows of the group, and how many of them have a value."""


def count(connection: DuckDBPyConnection, source: Source, frames: Sequence[Frame]) -> Profile:
    """The profile of the whole table on these frames; BadInput if the table turns out to be broken."""
    with described(source.name, source.form):
        if not frames:
            return Profile(rows=_run(connection, f"SELECT count(*) FROM {source.view}")[0][0], columns=())  # noqa: S608
        counted = []
        at_once = _TEXT_AT_ONCE if source.is_text else _COLUMNS_AT_ONCE
        write = _all_at_once if source.is_text else _column_by_column
        for start in range(0, len(frames), at_once):
            counted += _run(connection, write(source, frames[start : start + at_once], start))
    columns = [_ColumnCounts(frame) for frame in frames]
    for place, key, rows, present in counted:
        columns[place].add(key, rows, present)
    profiles = tuple(column.profile() for column in columns)
    return Profile(rows=profiles[0].rows, columns=profiles)


def _run(connection: DuckDBPyConnection, query: str) -> list[Counted]:
    return list(connection.execute(query).fetchall())


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


def _column_by_column(source: Source, frames: Sequence[Frame], first: int) -> str:
    parts = []
    for place, frame in enumerate(frames, start=first):
        value, key = _value_and_key(source.columns[frame.name], frame)
        parts.append(
            f"SELECT {place}, {key} AS bucket, count(*), count({value}) FROM {source.view} GROUP BY bucket"  # noqa: S608
        )
    return " UNION ALL ".join(parts)


def _all_at_once(source: Source, frames: Sequence[Frame], first: int) -> str:
    pairs = [_value_and_key(source.columns[frame.name], frame) for frame in frames]
    places = ", ".join(str(place) for place in range(first, first + len(frames)))
    keys = ", ".join(key for _, key in pairs)
    present = ", ".join(f"{value} IS NOT NULL" for value, _ in pairs)
    return (
        "SELECT place, bucket, count(*), count(*) FILTER (present) FROM ("  # noqa: S608
        f"SELECT unnest([{places}]) AS place, unnest([{keys}]) AS bucket, unnest([{present}]) AS present "
        f"FROM {source.view}) GROUP BY place, bucket"
    )


def _value_and_key(column: Column, frame: Frame) -> tuple[str, str]:
    """The value, NULL if it is missing, and its bucket or level, NULL if it has none."""
    value = named(column.held)
    if column.holds is Holds.TEXT:
        value = f"nullif({value}, '')"
    if not isinstance(frame, NumberFrame):
        words = value if column.holds is Holds.TEXT else f"nullif(CAST({value} AS VARCHAR), '')"
        levels = ", ".join(quoted(level) for level in frame.levels)
        return words, f"CAST(list_position(CAST([{levels}] AS VARCHAR[]), {words}) - 1 AS INTEGER)"
    number = f"{'TRY_CAST' if column.holds is Holds.TEXT else 'CAST'}({value} AS DOUBLE)"
    y = f"(({number} - {_literal(frame.centre)}) / {_literal(frame.scale)})"
    # asinh, written so that it is exact for negative numbers and every engine has the functions
    stretched = f"sign({y}) * ln(abs({y}) + sqrt({y} * {y} + 1)) * {RESOLUTION}"
    # NaN and what is infinite, or so far out that y² is, have no bucket and so no key
    return value, f"TRY_CAST(floor({stretched}) AS INTEGER)"


def _literal(number: float) -> str:
    # as a double and to the last bit: without the cast the text would be a decimal
    return f"CAST('{number!r}' AS DOUBLE)"
