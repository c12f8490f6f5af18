from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.worksheet.sheet import Fault
from plimsoll.engines.worksheet.table import LARGEST_FILE, MOST_ROWS, Table, read_table
from tests.engines.worksheet.samples import SHEET


def rows(content: bytes | str) -> list[tuple[int, tuple[str, ...]]]:
    found = read_table(SHEET, content if isinstance(content, bytes) else content.encode())
    assert isinstance(found, Table), found
    return list(found.rows)


def faults(content: bytes | str) -> list[str]:
    found = read_table(SHEET, content if isinstance(content, bytes) else content.encode())
    assert isinstance(found, tuple), found
    return [fault.sentence for fault in found]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_ends_and_encodings_of_spreadsheets_are_read(mark: str, end: str, encoding: str) -> None:
    text = end.join(["Ref|Title", "JOB-1|ä, b; c", "", "JOB-2|“x”"]).replace("|", mark)
    if mark in ",;":
        text = text.replace("ä, b; c", '"ä, b; c"')
    assert rows(text.encode(encoding)) == [(2, ("JOB-1", "ä, b; c")), (4, ("JOB-2", "“x”"))]


def test_the_line_of_a_row_is_that_on_which_it_begins() -> None:
    assert rows('Ref,Note\nJOB-1,"a\nb\nc"\n\nJOB-2,x\n') == [
        (2, ("JOB-1", "a\nb\nc")),
        (6, ("JOB-2", "x")),
    ]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_first_line_that_excel_writes_is_understood(first: str) -> None:
    assert rows(f"{first}\r\nRef;Title\r\nJOB-1;a\r\n") == [(3, ("JOB-1", "a"))]


def test_sep_with_a_tab_is_understood() -> None:
    assert rows("sep=\t\nRef\tTitle\nJOB-1\ta\n") == [(3, ("JOB-1", "a"))]


def test_labels_come_in_any_order_and_case_and_empty_columns_do_not_matter() -> None:
    found = read_table(SHEET, b"\n title ,, WAITS  for,ref,\nx,,,JOB-1,,\n")
    assert isinstance(found, Table)
    assert found.labels == ("Title", "", "Waits for", "Ref", "")
    assert found.rows == ((3, ("x", "", "", "JOB-1", "", "")),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file: It is empty. Its first line names the columns: Ref, Title"),
        (b"\n \n", "The file: It is empty."),
        (b"PK\x03\x04xx", "The file: It is a workbook, not a CSV file. Save it as “CSV UTF-8”."),
        (b"\xd0\xcf\x11\xe0xx", "The file: It is a workbook, not a CSV file."),
        ("Ref,Title\nJOB-1,Überprüfe".encode("cp1252"), "Line 2: It is not written in UTF-8."),
        (b"\xff\xfeR", "The file: It is no UTF-16."),
        (b"x" * (LARGEST_FILE + 1), "The file: It has 1,048,577 bytes."),
        (b"Title\nx\n", "Line 1: There is no column “Ref”. It names each row"),
        (b"Ref,Version\nJOB-1,x\n", "Line 1: There is no column to read."),
        (b"Ref,Titel\n", "Line 1: There is no column “Titel”. Did you mean “Title”? Columns are"),
        (b"Ref,Title,Budget\n", "Line 1: There is no column “Budget”. Columns are"),
        (b"Ref,Title,title\n", "Line 1, Title: The column stands there twice."),
        (b"Ref,Title\nJOB-1,a,b\n", "Line 2: “b” stands under no label."),
        (b"Ref,,Title\nJOB-1,b,a\n", "Line 2: “b” stands under no label."),
        (b'Ref,Title\nJOB-1,a\nJOB-2,"b\n', "Line 3: The quotes of this row do not match."),
        (b'Ref,Title\nJOB-1,"a"b\n', "Line 2: The quotes of this row do not match."),
        (b'"Ref', "Line 1: The quotes of this row do not match."),
        (b"Ref,Title\nJOB-1," + b"x" * 140_000, "Line 2: A cell is longer than 131,072 characters."),
        (b"sep=;\nRef;Titel\n", "Line 2: There is no column “Titel”."),
        (b"hello world", "Line 1: There is no column “hello world”."),
    ],
)
def test_a_file_that_is_no_table_of_the_sheet_is_refused_with_its_line(content: bytes, sentence: str) -> None:
    assert faults(content)[0].startswith(sentence)


def test_too_many_rows_are_refused() -> None:
    content = b"Ref,Title\n" + b"JOB-1,a\n" * (MOST_ROWS + 1)
    assert faults(content) == ["The file: It has 5,001 rows. Bring at most 5,000 at once."]


def test_everything_that_is_wrong_with_the_first_line_is_said() -> None:
    assert len(faults("Title,Titel,title\n")) == 3


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    found = read_table(SHEET, content)
    assert isinstance(found, Table) or all(isinstance(fault, Fault) for fault in found)


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = read_table(SHEET, b"Ref,Title\n" + text.encode("utf-8", "ignore"))
    assert isinstance(found, Table) or all(fault.sentence for fault in found)
