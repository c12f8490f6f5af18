from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.adapters.tables import Table, TableLimits, open_regular
from plimsoll.kernel.errors import BadInput, ErrorCode

WANTED = ("label", "sex")


def read(content: bytes | str, *, wanted: tuple[str, ...] = WANTED, limits: TableLimits | None = None):
    table = table_of(content, wanted=wanted, limits=limits)
    return list(table)


def table_of(content: bytes | str, *, wanted: tuple[str, ...] = WANTED, limits: TableLimits | None = None):
    content = content.encode() if isinstance(content, str) else content
    return Table(io.BytesIO(content), name="p.csv", wanted=wanted, limits=limits)


def refusal(content: bytes | str, **options: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read(content, **options)  # type: ignore[arg-type]
    return caught.value


class Endless(io.RawIOBase):
    """A file of two gigabytes that repeats one piece, and counts what was read of it."""

    def __init__(self, start: bytes, piece: bytes) -> None:
        self.left, self.piece, self.taken = start, piece, 0

    def read(self, size: int = -1) -> bytes:
        if self.taken >= 2 * 2**30:
            return b""
        content = self.left + self.piece * (size // len(self.piece) + 1)
        self.left = content[size:]
        self.taken += size
        return content[:size]


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    ("delimiter", "form"), [(",", "CSV, comma"), (";", "CSV, semicolon"), ("\t", "CSV, tab")]
)
def test_the_delimiter_is_found_from_the_header(delimiter: str, form: str) -> None:
    table = table_of("id,label,sex\n1,0,F\n2,1,M\n".replace(",", delimiter))
    assert table.form == form
    assert table.columns == ("id", "label", "sex")
    assert list(table) == [("0", "F"), ("1", "M")]


def test_a_delimiter_inside_a_quoted_name_does_not_mislead() -> None:
    assert read('"a;b;c;d",label,sex\n1,0,F\n') == [("0", "F")]


def test_wanted_columns_come_in_the_order_asked() -> None:
    assert read("label,sex\n1,F\n", wanted=("sex", "label")) == [("F", "1")]


def test_one_wanted_column_gives_rows_of_one_cell() -> None:
    assert read("label,sex\n1,F\n0,\n", wanted=("sex",)) == [("F",), ("",)]


def test_a_byte_order_mark_carriage_returns_and_blank_lines_do_no_harm() -> None:
    content = "\ufefflabel, sex\r\n\r\n1,F\r\n\r\n0,M"
    assert read(content) == [("1", "F"), ("0", "M")]


def test_quoted_cells_keep_delimiters_quotes_and_line_ends() -> None:
    content = 'label,sex\n1,"a, ""b""\nc\u2028d"\n'
    assert read(content) == [("1", 'a, "b"\nc\u2028d')]


def test_a_header_without_rows_has_no_rows() -> None:
    assert read("label,sex\n") == []


def test_json_lines_are_known_by_their_content() -> None:
    lines = [
        {"label": 1, "sex": "F", "note": [1]},
        {"sex": "Ä", "label": 0.5},
        {"label": True, "sex": None},
        {"label": False, "sex": "\u2028"},
    ]
    table = table_of("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n")
    assert table.form == "JSON lines"
    assert table.columns == ("label", "sex", "note")
    assert list(table) == [("1", "F"), ("0.5", "Ä"), ("true", ""), ("false", "\u2028")]


def test_digest_and_size_are_those_of_the_whole_file() -> None:
    content = ("\ufefflabel,sex\n" + "1,F\n" * 200_000).encode()
    table = table_of(content)
    assert sum(1 for _ in table) == 200_000
    assert table.size == len(content)
    assert table.digest == hashlib.sha256(content).hexdigest()


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))] * 3),
        max_size=12,
    ),
    delimiter=st.sampled_from(",;\t"),
    line_bytes=st.sampled_from([2**20, 4096]),
)
def test_what_csv_writes_is_read_back(rows: list[tuple[str, ...]], delimiter: str, line_bytes: int) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([("label", "x", "sex"), *rows])
    limits = TableLimits(line_bytes=line_bytes)
    assert read(written.getvalue(), limits=limits) == [(row[0], row[2]) for row in rows]


def test_rows_across_blocks_are_whole() -> None:
    rows = [(str(number), "x" * (number % 97)) for number in range(2000)]
    content = "label,sex\n" + "".join(f"{a},{b}\n" for a, b in rows)
    assert read(content, limits=TableLimits(line_bytes=128)) == rows


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_refused(content: str) -> None:
    assert "is empty" in refusal(content).message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PAR1\x15", "a Parquet file"),
        (b"PK\x03\x04..", "a zip archive or a spreadsheet"),
        (b"\x1f\x8b\x08", "a gzip file"),
        ("label,sex\n".encode("utf-16"), "UTF-16 text"),
        (b' [\n {"label": 1}]', "a JSON array"),
    ],
)
def test_other_formats_are_named(content: bytes, kind: str) -> None:
    error = refusal(content)
    assert kind in error.message
    assert "CSV or JSON lines" in error.hint


def test_a_missing_column_is_named_with_those_that_exist() -> None:
    error = refusal("label,gender\n1,F\n")
    assert "has no column “sex”" in error.message
    assert error.hint == "It has: label, gender."
    many = refusal(",".join(f"c{number}" for number in range(30)) + "\n")
    assert many.hint.endswith("c19 ….")


def test_a_repeated_column_is_refused_and_unnamed_ones_are_not() -> None:
    assert "has the column “x” 2 times" in refusal("label,sex,x,x\n1,F,2,3\n").message
    assert read("label,sex,,\n1,F,2,3\n") == [("1", "F")]


def test_too_many_columns_are_refused() -> None:
    header = ",".join(["label", "sex", *(f"c{number}" for number in range(4095))])
    assert "has 4,097 columns" in refusal(header + "\n").message
    json_header = json.dumps({"label": 1, "sex": "F", "x": 1})
    assert "has 3 columns" in refusal(json_header, limits=TableLimits(columns=2)).message


def test_a_ragged_row_is_named_by_its_line() -> None:
    short = refusal('label,sex\n1,F\n1,"a\nb"\n1\n')
    assert "has 1 cells in the row that ends in line 5, but 2 columns" in short.message
    assert "has 3 cells" in refusal("label,sex\n1,F,x\n").message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"label,sex\n1,F\n1,\0\n", "NUL byte in line 3"),
        (b"label,sex\n1,F\n1,\xe4\n", "byte 3 of line 3 is 0xe4"),
        (b"label,sex\n1,F\n" * 40_000 + b"\xff", "byte 1 of line 80,001 is 0xff"),
        (b'label,sex\n1,"a"b\n', "is not CSV in line 2"),
        (b'label,sex\n1,"a\n', "is not CSV in line 2: unexpected end"),
        (b'"lab"el,sex\n', "has a header that is not CSV"),
        (b"x" * 200_000 + b",label,sex\n", "has a header that is not CSV: field larger"),
        (b"label,sex\n1,F\rM\n", "a carriage return stands outside quotes"),
        (b"label,sex\n1," + b"x" * 200_000 + b"\n", "field larger than field limit"),
    ],
)
def test_broken_text_is_named_by_its_line(content: bytes, words: str) -> None:
    assert words in refusal(content).message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"label": 1, "sex": }', "is not JSON in line 2"),
        ('{"label": 1, "sex": "F", "sex": "M"}', "line 2: a key appears twice"),
        ('{"label": NaN, "sex": "F"}', "NaN is not a JSON number"),
        ('{"label": 1}', "has no “sex” in line 2"),
        ('{"label": 1, "sex": ["F"]}', "holds a list or object in line 2"),
        ('{"label": 1, "sex": "\\ud800"}', "half a surrogate pair in line 2"),
        ("[" * 100_000, "is not strict JSON in line 2"),
        ('{"label": ' + "9" * 5000 + ', "sex": "F"}', "is not strict JSON in line 2"),
        ("17", "has no JSON object in line 2"),
    ],
)
def test_broken_json_is_named_by_its_line(line: str, words: str) -> None:
    assert words in refusal('{"label": 0, "sex": "M"}\n' + line + "\n").message


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from(
        [b"", b"label,sex\n", b"\xef\xbb\xbflabel;sex\n1;F\n", b'{"label": 1, "sex": 2}\n']
    ),
    pieces=st.lists(
        st.sampled_from([b'"', b",", b";", b"\n", b"\r", b"\t", b"{", b"}", b":", b"[", b"1", b'"sex"'])
        | st.binary(max_size=4),
        max_size=30,
    ),
)
def test_any_bytes_at_all_give_rows_or_a_sentence(start: bytes, pieces: list[bytes]) -> None:
    rows, sentence = [], "p.csv was read."
    try:
        rows = read(start + b"".join(pieces), limits=TableLimits(line_bytes=64))
    except BadInput as error:
        sentence = error.message
    assert all(len(row) == 2 for row in rows)
    assert sentence.startswith("p.csv ")
    assert sentence.endswith(".")


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    "start", [b"", b"label,sex\n1,F\n", b'{"label": 1, "sex": "F"}\n', b'{"label": "'], ids=repr
)
def test_a_line_of_two_gigabytes_costs_no_more_than_the_limit(start: bytes) -> None:
    stream = Endless(start, b"x")
    tracemalloc.start()
    with pytest.raises(BadInput, match="has a line of more than 1,048,576 bytes") as caught:
        list(Table(stream, name="p.csv", wanted=WANTED))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code is ErrorCode.TOO_LARGE
    assert stream.taken < 2 * 2**20
    assert peak < 16 * 2**20


@pytest.mark.parametrize("start", [b'label,sex\n1,F\n1,"', b'label,"'], ids=["in a row", "in the header"])
def test_a_quote_that_never_closes_does_not_swallow_the_file(start: bytes) -> None:
    stream = Endless(start, b'\n","')
    with pytest.raises(BadInput, match="has a row of more than 1,048,576 bytes") as caught:
        list(Table(stream, name="p.csv", wanted=WANTED))  # type: ignore[arg-type]
    assert "quotation mark" in caught.value.hint
    assert stream.taken < 4 * 2**20


def test_a_line_exactly_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    limits = TableLimits(line_bytes=100)
    line = "1," + "x" * 98
    assert read(f"label,sex\n{line}\n", limits=limits) == [("1", "x" * 98)]
    assert "line 2" in refusal(f"label,sex\n{line}x\n", limits=limits).message


def test_memory_does_not_grow_with_the_rows() -> None:
    content = io.BytesIO(b"label,sex,x\n" + b"1,F,0123456789\n" * 300_000)
    tracemalloc.start()
    rows = sum(1 for _ in Table(content, name="p.csv", wanted=WANTED))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 300_000
    assert peak < 4 * 2**20


# ---------------------------------------------------------------- opening


def opened(path: Path) -> bytes:
    with open_regular(path, what="The predictions file") as stream:
        return stream.read()


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(b"x")
    assert opened(path) == b"x"


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, words in [
        (tmp_path / "none.csv", "“none.csv” does not exist"),
        (tmp_path, "is a folder"),
        (pipe, "“pipe” is no regular file"),
        (tmp_path / ("x" * 400), "cannot be opened: File name too long"),
    ]:
        with pytest.raises(BadInput, match=words):
            opened(path)


def test_trouble_while_reading_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(b"x")
    with (
        pytest.raises(BadInput, match=r"“p\.csv” cannot be read: Input/output error"),
        open_regular(path, what="The predictions file"),
    ):
        raise OSError(5, os.strerror(5))
