"""Tables counted by DuckDB: the same profile from every form, and one sentence for the rest."""

from __future__ import annotations

import importlib.util
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.limited import Ending, LimitedRun
from plimsoll.adapters.profiles import child, confined, observing
from plimsoll.adapters.profiles.observing import observe_tables
from plimsoll.engines.monitors.drift import Limits
from plimsoll.engines.monitors.frame import FARTHEST, RESOLUTION, CategoryFrame, NumberFrame
from plimsoll.engines.monitors.observation import Absent, LeftOut, Observation
from plimsoll.engines.monitors.profile import ColumnProfile
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, ErrorCode, MissingExtra
from plimsoll.kernel.verdict import Verdict
from tests.engines.monitors.samples import numbers, words

ROWS = "a,b,c\n" + "".join(f"{i / 7:.6f},{i % 3},w{i % 4}\n" for i in range(3000))


def observed(
    reference: Path, current: Path, *, columns: Sequence[str] = (), categories: Sequence[str] = ()
) -> Observation:
    """What the child answers, here in this process: nothing of it needs to be bound for that."""
    answer = child.observe(
        {
            "reference": str(reference),
            "current": str(current),
            "reference_name": reference.name,
            "current_name": current.name,
            "columns": list(columns),
            "categories": list(categories),
            "hash": False,
        }
    )
    return Observation.from_json(json.loads(json.dumps(answer["observation"])))


def refused(reference: Path, current: Path, **asked: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        observed(reference, current, **asked)
    assert "\n" not in caught.value.sentence
    assert "/" not in caught.value.message
    return caught.value


def parquet(path: Path, query: str, *, options: str = "") -> Path:
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet{options})")
    return path


def column(seen: Observation, name: str, *, of_reference: bool = False) -> ColumnProfile:
    side = seen.reference if of_reference else seen.current
    return next(found for found in side.columns if found.frame.name == name)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "ok.csv"
    path.write_text(ROWS)
    return path


# ---------------------------------------------------------------- counting


def test_every_form_of_the_same_rows_gives_the_same_profile(tmp_path: Path, table: Path) -> None:
    source = f"read_csv('{table}', types = {{'b': 'INTEGER'}})"
    duckdb.connect().execute(f"COPY (FROM {source}) TO '{tmp_path / 'ok.jsonl'}' (FORMAT json)")
    duckdb.connect().execute(f"COPY (FROM {source}) TO '{tmp_path / 'tab.csv'}' (HEADER, DELIM '\t')")
    small = parquet(tmp_path / "ok.parquet", f"FROM {source}", options=", ROW_GROUP_SIZE 1000")
    seen = {
        path.name: observed(table, path).current
        for path in (table, small, tmp_path / "ok.jsonl", tmp_path / "tab.csv")
    }
    assert len(set(map(repr, seen.values()))) == 1
    assert seen["ok.parquet"].rows == 3000


VALUES = st.one_of(
    st.floats(-1e12, 1e12),
    st.sampled_from([0.0, -0.0, 1e100, -1e100, 5e-324, float("inf"), float("-inf")]),
)


@settings(max_examples=25)
@given(
    st.lists(VALUES, min_size=1, max_size=30),
    st.lists(st.sampled_from(["a", "b", "long word", "ü", "'", None]), min_size=1, max_size=30),
)
def test_duckdb_counts_as_plain_python_does(
    tmp_path_factory: Any, x: list[float], c: list[str | None]
) -> None:
    """The same frame, the same places; only a value within a rounding of an edge could differ."""
    folder = tmp_path_factory.mktemp("rows")
    n = max(len(x), len(c))
    rows = [(x[i % len(x)], c[i % len(c)]) for i in range(n)]
    made = duckdb.connect()
    made.execute("CREATE TABLE t (x DOUBLE, c VARCHAR)")
    made.executemany("INSERT INTO t VALUES (?, ?)", rows)
    made.execute(f"COPY t TO '{folder / 't.parquet'}' (FORMAT parquet)")
    seen = observed(folder / "t.parquet", folder / "t.parquet")
    number, word = column(seen, "x"), column(seen, "c")
    assert isinstance(number.frame, NumberFrame)
    assert isinstance(word.frame, CategoryFrame)
    near = [v for v, _ in rows if abs((v - number.frame.centre) / number.frame.scale) < 1e150]
    expected = numbers(number.frame, near, other=n - len(near))
    # a value within a rounding of an edge may fall on either side of it
    stretched = [math.asinh((v - number.frame.centre) / number.frame.scale) * RESOLUTION for v in near]
    at_edges = sum(abs(place - round(place)) < 1e-6 for place in stretched)
    places = range(-FARTHEST, FARTHEST + 1)
    differences = sum(abs(number.counts.get(k, 0) - expected.counts.get(k, 0)) for k in places)
    assert differences <= 2 * at_edges
    assert (number.rows, number.other) == (expected.rows, expected.other)
    present = [value for _, value in rows if value is not None]
    assert word == words(word.frame, present, missing=n - len(present))


def test_what_is_no_number_and_what_is_missing_are_counted_apart(tmp_path: Path, table: Path) -> None:
    current = tmp_path / "odd.csv"
    current.write_text("a,b,c\n1.5,,w1\nn/a,2,\nnan,inf,elsewhere\n 2 ,-inf,w0\n")
    seen = observed(table, current)
    a, b, c = (column(seen, name) for name in "abc")
    assert (a.other, a.missing, a.valued) == (2, 0, 2)
    assert (b.other, b.missing, b.valued) == (2, 1, 1)
    assert (c.other, c.missing) == (1, 1)


def test_missing_values_of_parquet_are_nulls_nan_is_no_number_and_empty_text_is_missing(
    tmp_path: Path,
) -> None:
    query = "SELECT * FROM (VALUES (1.0, 'a'), (NULL, ''), ('nan'::DOUBLE, NULL), (2.0, 'a')) t(x, c)"
    path = parquet(tmp_path / "t.parquet", query.replace("1.0", "1.0::DOUBLE"))
    seen = observed(path, path)
    assert (column(seen, "x").missing, column(seen, "x").other) == (1, 1)
    assert column(seen, "c").missing == 2


def test_the_types_of_parquet_say_what_a_column_holds(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "t.parquet",
        "SELECT i::TINYINT AS small, i::DECIMAL(9, 2) AS price, i > 5 AS yes, "
        "DATE '2026-01-01' + i::INT AS day, TIMESTAMP '2026-01-01' AS at, "
        "[i] AS list, {'a': i} AS object, 'w' AS word, i::FLOAT AS f, "
        "'x'::BLOB AS bytes FROM range(30) t(i)",
    )
    seen = observed(path, path)
    assert {type(c.frame).__name__: 0 for c in seen.reference.columns} == {
        "NumberFrame": 0,
        "CategoryFrame": 0,
    }
    assert [c.frame.name for c in seen.reference.columns] == ["small", "price", "yes", "word", "f"]
    assert seen.left_out == {
        "day": LeftOut.TIME, "at": LeftOut.TIME,
        "list": LeftOut.NESTED, "object": LeftOut.NESTED, "bytes": LeftOut.NESTED,
    }  # fmt: skip
    yes = column(seen, "yes").frame
    assert isinstance(yes, CategoryFrame)
    assert yes.levels == ("true", "false")


def test_text_is_read_for_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        {
            "n": i,
            "mostly": "x" if i % 20 == 0 else str(i),
            "at": f"2026-01-{i % 28 + 1:02}T10:00:00",
            "l": [i],
        }
        for i in range(100)
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    seen = observed(path, path)
    assert [c.frame.name for c in seen.reference.columns] == ["n", "mostly"]
    assert column(seen, "mostly").other == 5
    assert seen.left_out == {"at": LeftOut.TIME, "l": LeftOut.NESTED}


def test_numbers_that_are_names_are_compared_as_categories_on_request(tmp_path: Path, table: Path) -> None:
    path = parquet(tmp_path / "t.parquet", "SELECT i % 3 AS b FROM range(3000) t(i)")
    for pair in ((path, table), (table, path), (path, path)):
        seen = observed(*pair, columns=["b"], categories=["b"])
        frame = column(seen, "b").frame
        assert isinstance(frame, CategoryFrame)
        assert frame.levels == ("0", "1", "2")
        assert seen.judge(Limits()).columns[0].values.value == 0.0  # type: ignore[union-attr]


def test_a_column_that_is_gone_or_of_another_type_is_named(tmp_path: Path) -> None:
    reference = parquet(tmp_path / "r.parquet", "SELECT i AS a, i AS b, i AS c, i AS d FROM range(900) t(i)")
    current = parquet(
        tmp_path / "c.parquet", "SELECT 'x' || i AS a, i AS b, [i] AS c, i AS fresh FROM range(900) t(i)"
    )
    seen = observed(reference, current)
    assert seen.absent == {"a": Absent.OTHER_FORM, "c": Absent.OTHER_FORM, "d": Absent.GONE}
    assert seen.left_out == {"fresh": LeftOut.NEW}
    assert seen.judge(Limits()).judgement.verdict is Verdict.NOT_MET


def test_columns_that_differ_in_case_only_are_told_apart_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,A\n" + "1,x\n" * 50)
    seen = observed(path, path)
    assert [type(c.frame).__name__ for c in seen.reference.columns] == ["NumberFrame", "CategoryFrame"]


def test_names_that_are_no_names_of_sql_are_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "t'; DROP.csv"
    path.write_text('"it\'s ""x""",select,*\n' + "1,2,3\n" * 20)
    twin = parquet(tmp_path / "[t]*.parquet", f"FROM read_csv('{str(path).replace(chr(39), chr(39) * 2)}')")
    for pair in ((path, twin), (twin, path)):
        assert [c.frame.name for c in observed(*pair).reference.columns] == ['it\'s "x"', "select", "*"]


def test_a_column_whose_name_cannot_be_written_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a," + "n" * 201 + "\n" + "1,2\n" * 9)
    assert observed(path, path).left_out == {"?": LeftOut.NAMELESS}


def test_values_that_name_people_never_leave_the_table(tmp_path: Path) -> None:
    draw = random.Random(3)
    path = tmp_path / "t.csv"
    path.write_text("mail\n" + "".join(f"p{draw.random()}@example.org\n" for _ in range(500)))
    seen = observed(path, path)
    assert "example.org" not in json.dumps(seen.to_json())
    assert seen.judge(Limits()).judgement.verdict is Verdict.UNKNOWN


def test_a_table_with_a_header_only_has_no_rows(tmp_path: Path, table: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("a,b,c\n")
    assert observed(table, empty).current.rows == 0
    drift = observed(table, empty).judge(Limits())
    assert drift.judgement.verdict is Verdict.UNKNOWN


def test_more_columns_than_one_query_takes_are_all_counted(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "t.parquet",
        "SELECT " + ", ".join(f"i AS c{k}" for k in range(40)) + " FROM range(50) t(i)",
    )
    seen = observed(path, path)
    assert {c.rows for c in seen.current.columns} == {50}
    assert len(seen.current.columns) == 40


def test_tables_without_a_comparable_column_have_rows_only(tmp_path: Path) -> None:
    path = parquet(tmp_path / "t.parquet", "SELECT [i] AS l FROM range(7) t(i)")
    seen = observed(path, path)
    assert (seen.current.rows, seen.current.columns) == (7, ())
    assert seen.judge(Limits()).judgement.verdict is Verdict.UNKNOWN


# ---------------------------------------------------------------- refusals

LINE = '{"a": 1, "b": 2, "c": "w1"}\n'
GOOD = {
    "ragged.csv": (ROWS + "1,2\n", "line 3,002: a row has not as many cells"),
    "quote.csv": (ROWS + '1,"2,3\n' + ROWS, "line 3,002: a quotation mark"),
    "long.csv": (ROWS + "1,2," + "x" * 2**21 + "\n" + ROWS, "a line that is too long in line 3,002"),
    "last.csv": (ROWS + "1,2," + "x" * 2**21, "a line that is too long: the last one"),
    "first.csv": ("x" * 2**21, "a line of more than 1,048,576 bytes: line 1"),
    "blank.csv": ("\n" + ROWS, "begins with a blank line"),
    "blank.jsonl": ("\n" + LINE, "begins with a blank line"),
    "twice.csv": ("a,a\n1,2\n", "has the column “a” 2 times"),
    "bytes.csv": (ROWS.encode() + b"1,2,\xff\n", "is not UTF-8"),
    "nul.csv": (ROWS.encode() + b"1,2,\0\n", "NUL byte"),
    "zip.csv": (b"PK\x03\x04" + b"x" * 50, "looks like a zip archive"),
    "cut.jsonl": (LINE * 60 + '{"a": 1,\n', "line 62: a line is no JSON value"),
    "array.jsonl": (LINE * 60 + "[1]\n", "line 61: a line is no object"),
    "key.jsonl": (LINE * 60 + '{"a": 1, "a": 2}\n', "a key stands twice"),
    "case.jsonl": ('{"a": 1, "A": 2}\n', "differ only in case"),
    "other.csv": ("x,y\n1,2\n", "has none of the columns of ok.csv"),
    "magic.parquet": (b"PAR1", "is not Parquet that can be read"),
    "noise.parquet": (b"PAR1" + bytes(range(256)) * 9 + b"PAR1", "is not Parquet that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_broken_table_is_refused_in_one_sentence(tmp_path: Path, table: Path, name: str) -> None:
    content, words_of_it = GOOD[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(table, path)
    assert words_of_it in error.message
    assert name in error.message


@pytest.mark.parametrize("place", [0.1, 0.3, 0.6])
def test_a_parquet_file_that_was_damaged_is_refused(tmp_path: Path, table: Path, place: float) -> None:
    path = parquet(tmp_path / "t.parquet", f"FROM '{table}'")
    content = bytearray(path.read_bytes())
    start = int(len(content) * place)
    content[start : start + 500] = b"\xff" * 500
    path.write_bytes(content)
    assert "t.parquet is not Parquet that can be read" in refused(table, path).message
    path.write_bytes(content[:-50])
    assert "t.parquet is not Parquet that can be read" in refused(table, path).message


def test_no_such_column_is_refused_with_those_there_are(table: Path) -> None:
    assert refused(table, table, columns=["z"]).sentence == "ok.csv has no column “z”. It has: a, b, c."
    assert refused(table, table, categories=["z"]).message == "ok.csv has no column “z”."


def test_a_column_asked_for_that_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path / "t.parquet", "SELECT DATE '2026-01-01' AS day, 1 AS a")
    assert refused(path, path, columns=["day"]).message.startswith("The column “day” holds dates or times")


def test_a_table_that_needs_more_memory_than_there_is_is_refused(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(
        tmp_path / "t.parquet",
        "SELECT i AS a, repeat(md5(i::VARCHAR), 40) AS c FROM range(40000) t(i)",
        options=", ROW_GROUP_SIZE 100000, COMPRESSION uncompressed",
    )
    monkeypatch.setattr(confined, "MEMORY_MB", 16)
    error = refused(table, path)
    assert error.code is ErrorCode.TOO_LARGE
    assert error.message == "t.parquet cannot be counted in 16 MiB."


def test_too_many_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plimsoll.adapters.profiles.source._MOST_COLUMNS", 2)
    path = tmp_path / "t.csv"
    path.write_text(ROWS)
    assert refused(path, path).message == "ok.csv has 3 columns.".replace("ok.csv", "t.csv")


def test_a_table_that_changes_while_it_is_read_is_refused(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = child.count

    def count(*given: Any) -> Any:
        with table.open("a") as file:
            file.write("1,2,w1\n")
        return counted(*given)

    monkeypatch.setattr(child, "count", count)
    assert "ok.csv changed while it was read" in refused(table, table).message


# ---------------------------------------------------------------- what the connection can do


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'https://example.org/x.csv'",
        "SET memory_limit = '9GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
    ],
)
def test_the_connection_reads_the_named_files_and_nothing_else(
    tmp_path: Path, table: Path, query: str
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(ROWS)
    connection = confined.connect([str(table)])
    assert connection.execute(f"SELECT count(*) FROM read_csv('{table}')").fetchall() == [(3000,)]
    with pytest.raises(duckdb.Error):
        connection.execute(query.format(other=other, folder=tmp_path)).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ok.csv", "other.csv"]


# ---------------------------------------------------------------- in the limited process


def test_two_tables_are_observed_in_a_process_of_their_own(tmp_path: Path, table: Path) -> None:
    path = parquet(tmp_path / "t.parquet", f"FROM '{table}'")
    seen = observe_tables(path, table, hashed=True)
    assert [s.name for s in seen.subjects] == ["t.parquet", "ok.csv"]
    assert [s.digest for s in seen.subjects] == [digest_bytes(p.read_bytes()) for p in (path, table)]
    assert [s.size for s in seen.subjects] == [p.stat().st_size for p in (path, table)]
    assert seen.observation == observed(path, table)


def test_a_refusal_of_the_process_comes_out_as_it_was_meant(table: Path) -> None:
    with pytest.raises(BadInput, match=r"ok\.csv has no column “z”"):
        observe_tables(table, table, columns=["z"])


@pytest.mark.parametrize(
    "ran",
    [
        LimitedRun(ending=Ending.CRASHED, lines=()),
        LimitedRun(ending=Ending.TIME, lines=({"observation": {}},)),
        LimitedRun(ending=Ending.FINISHED, lines=(7,)),
    ],
)
def test_a_process_that_does_not_answer_is_a_refusal(
    table: Path, monkeypatch: pytest.MonkeyPatch, ran: LimitedRun
) -> None:
    monkeypatch.setattr(observing, "run_limited", lambda *_, **__: ran)
    with pytest.raises(BadInput, match="cannot be compared: the process that read them did not answer"):
        observe_tables(table, table)


def test_a_file_that_is_missing_empty_or_none_is_refused_before_anything_runs(
    tmp_path: Path, table: Path
) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    for reference, current, said in (
        (tmp_path / "no.csv", table, "The reference “no.csv” does not exist."),
        (table, tmp_path, "is a folder"),
        (table, empty, "The current table “empty.csv” is empty."),
    ):
        with pytest.raises(BadInput, match=said):
            observe_tables(reference, current)


def test_a_missing_extra_is_named_with_the_command_that_adds_it(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(observing, "find_spec", lambda name: None if name == "duckdb" else real(name))
    with pytest.raises(MissingExtra) as caught:
        observe_tables(table, table)
    assert caught.value.sentence == (
        "Comparing tables needs the package duckdb, which is not installed. "
        "Run: pip install 'plimsoll[watch]'"
    )
