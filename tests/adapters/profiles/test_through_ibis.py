"""The SQL counts what an Ibis expression counts: written for no engine in particular, run on DuckDB.

This is the oracle of the queries in `counting`, and what to start from when another engine is to count.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest

from plimsoll.adapters.profiles import child, counting
from plimsoll.adapters.profiles.source import Column, Holds, Source
from plimsoll.engines.monitors.frame import RESOLUTION, Frame, NumberFrame
from plimsoll.engines.monitors.profile import Profile

# Not the types of the file: those that make Ibis write the cast that each column needs.
DECLARED = {Holds.NUMBERS: "int64", Holds.WORDS: "uuid", Holds.TEXT: "string"}
MIXED = """
    SELECT (hash(i) % 100003)::DOUBLE / 7 - 4000 AS n, (hash(i + 1) % 50)::SMALLINT AS s,
    CASE WHEN i % 11 = 0 THEN NULL WHEN i % 97 = 0 THEN 'nan'::DOUBLE WHEN i % 89 = 0 THEN '-inf'::DOUBLE
         WHEN i % 83 = 0 THEN -1e200 ELSE -1e-9 * (i % 13) END AS odd,
    (i % 1000)::DECIMAL(12, 3) AS d, i % 3 = 0 AS b, 'it''s "' || (hash(i) % 120) AS c,
    CASE WHEN i % 5 = 0 THEN '' WHEN i % 7 = 0 THEN NULL ELSE 'ü' || i % 4 END AS "name ""of"" it"
    FROM range(20000) AS rows(i)
"""


@ibis.udf.scalar.builtin(name="list_position", signature=(("array<string>", "string"), "int32"))
def position(levels, value):  # type: ignore[no-untyped-def] # Ibis reads the signature above
    """Place of the value among the levels, from 1; NULL if it is none."""


@ibis.udf.scalar.builtin(name="floor", signature=(("float64",), "float64"))
def floor(value):  # type: ignore[no-untyped-def] # as a float: Ibis's own casts, and fails on infinity
    """The largest whole number that is not above the value."""


@pytest.mark.parametrize("form", ["rows.parquet", "rows.csv", "rows.jsonl"])
def test_the_same_counts_as_through_ibis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    path = tmp_path / form
    kind = {"parquet": "parquet", "csv": "csv", "jsonl": "json"}[path.suffix[1:]]
    duckdb.connect().execute(f"COPY ({MIXED}) TO '{path}' (FORMAT {kind})")
    compared = []

    def counted(connection: Any, source: Source, frames: list[Frame]) -> Profile:
        ours = counting.count(connection, source, frames)
        groups = connection.execute(ibis.to_sql(expression(source, frames), dialect="duckdb")).fetchall()
        for place, profile in enumerate(ours.columns):
            theirs = {key: (rows, present) for at, key, rows, present in groups if at == place}
            rows, present = theirs.pop(None, (0, 0))
            assert (present, rows - present) == (profile.other, profile.missing), profile.frame.name
            assert {key: rows for key, (rows, _) in theirs.items()} == profile.counts, profile.frame.name
        compared.append(len(ours.columns))
        return ours

    monkeypatch.setattr(child, "count", counted)
    names = {f"{side}_name": form for side in ("reference", "current")}
    child.observe(
        {"reference": path, "current": path, **names, "columns": [], "categories": ["s"], "hash": False}
    )
    assert compared == [7, 7]


def expression(source: Source, frames: list[Frame]) -> Any:
    """Place, bucket or level, rows and present values of each group: a union of one group-by per column."""
    # Unbound: Ibis only writes the query. Bound to a connection it would need PyArrow and pandas.
    types = {column.held: DECLARED.get(column.holds, "") for column in source.columns.values()}
    table = ibis.table({held: kind for held, kind in types.items() if kind}, name=source.view)
    parts = []
    for place, frame in enumerate(frames):
        value, key = value_and_key(table, source.columns[frame.name], frame)
        grouped = table.group_by(key=key).agg(rows=table.count(), present=value.count())
        parts.append(grouped.select(place=ibis.literal(place), key="key", rows="rows", present="present"))
    return ibis.union(*parts, distinct=False)


def value_and_key(table: Any, column: Column, frame: Frame) -> tuple[Any, Any]:
    value = table[column.held]
    if column.holds is Holds.TEXT:
        value = value.nullif("")
    if not isinstance(frame, NumberFrame):
        words = value if column.holds is Holds.TEXT else value.cast("string").nullif("")
        return words, (position(list(frame.levels), words) - 1).cast("int32")
    number = value.try_cast("float64") if column.holds is Holds.TEXT else value.cast("float64")
    y = (number - frame.centre) / frame.scale
    return value, floor(y.sign() * (y.abs() + (y * y + 1).sqrt()).ln() * RESOLUTION).try_cast("int32")
