"""What a file changes: exactly its edits, whatever a spreadsheet did to its form."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.worksheet.comparing import compare, sheet_of
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.difference import Difference
from plimsoll.engines.worksheet.sheet import Column, ColumnKind, Record, Sheet, row_version
from plimsoll.engines.worksheet.writing import write_csv
from plimsoll.kernel.errors import BadInput
from tests.engines.worksheet.samples import JOBS, SHEET, SHOWN, reader

Cells = list[list[str]]


def cells_of(content: bytes) -> Cells:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def file_of(cells: Cells, mark: str = ",", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=mark, lineterminator=end).writerows(cells)
    return buffer.getvalue().encode(encoding)


def written(records: Mapping[str, Record] = JOBS) -> Cells:
    return cells_of(write_csv(SHEET, records))


def compared(cells: Cells | bytes, order: DayOrder | None = None, sheet: Sheet = SHEET) -> Difference:
    content = cells if isinstance(cells, bytes) else file_of(cells)
    return compare(sheet, JOBS, content, reader(order))


def edited(difference: Difference) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (row.ref, cell.key): (cell.before, cell.after) for row in difference.changed for cell in row.cells
    }


def place(cells: Cells, label: str) -> int:
    return cells[0].index(label)


def faults(difference: Difference) -> list[str]:
    assert not difference.can_be_written
    return [fault.sentence for fault in difference.faults]


# ------------------------------------------------------------ nothing edited


def test_a_file_that_nobody_edited_changes_nothing() -> None:
    found = compared(write_csv(SHEET, JOBS))
    assert found == Difference(sheet="jobs", unchanged=3)
    assert not found.can_be_written


def test_the_file_is_what_spreadsheets_open_and_runs_nothing() -> None:
    content = write_csv(SHEET, JOBS)
    assert content.startswith(b"\xef\xbb\xbfRef,Title,Note,")
    rows = cells_of(content)
    assert rows[2][1] == "'-5 °C in the server room"
    assert not any(cell[:1] in "=+-@" and cell for row in rows for cell in row)


# ------------------------------------------------------------ edits survive any form


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
FORMULA = st.builds(lambda sign, text: sign + text, st.sampled_from(["=", "+", "-", "@", "'=", "''-"]), TEXT)
TITLES = st.one_of(TEXT, FORMULA).filter(lambda text: text.strip())
NOTES = st.one_of(st.just(""), TEXT, FORMULA, st.builds("{}\n{}".format, TEXT, TEXT))
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "title": TITLES,
    "note": NOTES,
    "owner": st.sampled_from(["", "dev", "eve", "lee2"]),
    "state": st.sampled_from(["open", "done"]),
    "due": st.one_of(st.just(""), DAYS),
    "days": st.one_of(st.just(""), st.integers(1, 9999).map(lambda n: f"{n / 10:g}")),
    "after": st.lists(st.integers(1, 99), unique=True, max_size=4).map(
        lambda numbers: ", ".join(f"JOB-{n}" for n in sorted(numbers))
    ),
}
RECORDS = st.lists(st.fixed_dictionaries({**VALUES, "rule": NOTES}), min_size=1, max_size=6).map(
    lambda rows: {f"JOB-{n}": row for n, row in enumerate(rows, 1)}
)
FORMS = st.fixed_dictionaries(
    {
        "mark": st.sampled_from([",", ";", "\t", "|"]),
        "end": st.sampled_from(["\r\n", "\n"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
        "day": st.sampled_from(
            [("%d.%m.%Y", None), ("%d/%m/%Y", DayOrder.DAY_FIRST), ("%m/%d/%y", DayOrder.MONTH_FIRST),
             ("%Y-%m-%d", None), ("%d %b %Y", None), ("%y/%m/%d", DayOrder.YEAR_FIRST)]
        ),
        "comma": st.booleans(),
        "person": st.sampled_from(["handle", "name"]),
        "case": st.booleans(),
        "blank": st.booleans(),
        "tail": st.booleans(),
        "versions": st.booleans(),
    }
)  # fmt: skip
FORMULA_LIKE = re.compile(r"'*[=+@\-]")
NAMES = {"dev": "Dev Rao", "eve": "EVE LUND"}


def as_a_spreadsheet_writes(cells: Cells, form: Mapping[str, Any], data: st.DataObject) -> bytes:
    """The same cells in another form: other order, marks, days, numbers, names, ends, encoding."""
    header, rows = cells[0], data.draw(st.permutations(cells[1:]))
    for row in rows:
        for label, cell in zip(header, row, strict=True):
            at = header.index(label)
            if label == "Due" and cell:
                row[at] = date.fromisoformat(cell).strftime(form["day"][0])
            if label == "Working days" and form["comma"]:
                row[at] = cell.replace(".", ",")
            if label == "Owner" and form["person"] == "name":
                row[at] = NAMES.get(cell, cell)
            if label == "State" and form["case"]:
                row[at] = cell.upper()
    order = data.draw(st.permutations(range(len(header))))
    if not form["versions"]:
        order = [at for at in order if header[at] != "Version"]
    out = [[row[at] for at in order] for row in (header, *rows)]
    if form["blank"]:
        out.insert(len(out) // 2 + 1, [])
    if form["tail"]:
        out = [[*row, "", ""] for row in out]
    return file_of(out, form["mark"], form["encoding"], form["end"])


@given(RECORDS, FORMS, st.data())
def test_any_form_that_a_spreadsheet_gives_the_file_keeps_exactly_the_edits(
    records: dict[str, Record], form: dict[str, Any], data: st.DataObject
) -> None:
    cells = cells_of(write_csv(SHEET, records))
    expected: dict[tuple[str, str], str] = {}
    clean = {
        ref: {k: " ".join(v.split()) if k in ("title", "rule") else v.strip() for k, v in row.items()}
        for ref, row in records.items()
    }
    for ref, key in data.draw(
        st.lists(
            st.tuples(st.sampled_from(sorted(records)), st.sampled_from(sorted(VALUES))),
            max_size=4,
            unique=True,
        )
    ):
        value = data.draw(VALUES[key])
        row = next(row for row in cells if row[0] == ref)
        # what a person types reaches the file as it is; only a formula would have been run
        row[place(cells, SHEET.column(key).label)] = f"'{value}" if value[:1] in "=+-@'" and value else value
        # an apostrophe typed in front of anything but a formula stays what it is
        typed = row[place(cells, SHEET.column(key).label)]
        typed = typed[1:] if typed[:1] == "'" and FORMULA_LIKE.match(typed[1:]) else typed
        expected[ref, key] = " ".join(typed.split()) if key == "title" else typed.strip()
    found = compare(SHEET, records, as_a_spreadsheet_writes(cells, form, data), reader(form["day"][1]))
    assert (found.faults, found.questions, found.added, found.absent) == ((), (), (), ())
    assert edited(found) == {
        (ref, key): (clean[ref][key], value)
        for (ref, key), value in expected.items()
        if clean[ref][key] != value
    }
    assert found.unchanged == len(records) - len(found.changed)


@given(RECORDS, st.data())
def test_what_was_written_and_read_back_changes_nothing_more(
    records: dict[str, Record], data: st.DataObject
) -> None:
    """Applying a difference and comparing the same file again finds nothing."""
    cells = cells_of(write_csv(SHEET, records))
    ref = data.draw(st.sampled_from(sorted(records)))
    next(row for row in cells if row[0] == ref)[place(cells, "State")] = "done"
    cells.append(["", "A new row that nobody has", "", "eve", "", "", "", "", "", ""])
    content = file_of(cells)
    first = compare(SHEET, records, content, reader())
    assert [row.record["state"] for row in first.added] == ["open"]
    after: dict[str, Record] = {**records, **{row.ref: row.record for row in first.changed}}
    after["JOB-99"] = first.added[0].record
    second = compare(SHEET, after, content, reader())
    assert (second.added, second.changed, second.faults) == ((), (), ())


@given(st.binary(max_size=300))
def test_no_file_breaks_the_comparison(content: bytes) -> None:
    assert not compared(content).can_be_written


# ------------------------------------------------------------ rows and columns


def test_rows_are_matched_by_ref_and_not_by_place_or_title() -> None:
    cells = written()
    cells[1][1], cells[2][1] = cells[2][1], cells[1][1]
    cells[1:] = reversed(cells[1:])
    assert edited(compared(cells)) == {
        ("JOB-1", "title"): ("Rotate the keys", "-5 °C in the server room"),
        ("JOB-2", "title"): ("-5 °C in the server room", "Rotate the keys"),
    }


def test_columns_and_rows_that_are_not_in_the_file_stay_as_they_are() -> None:
    found = compared([["Ref", "State"], ["job-1", "done"]])
    assert edited(found) == {("JOB-1", "state"): ("open", "done")}
    assert found.absent == ("JOB-2", "JOB-3")
    assert found.missing == ("Title", "Note", "Owner", "Due", "Working days", "Waits for", "Rule")
    assert found.changed[0].record == {**JOBS["JOB-1"], "state": "done"}
    assert found.can_be_written


def test_cells_that_excel_left_out_at_the_end_of_a_row_are_empty_cells() -> None:
    found = compared([["Ref", "Title", "Note", "Owner"], ["JOB-3", "Überprüfe „alles“; dann, weiter"]])
    assert edited(found) == {("JOB-3", "note"): ("a\n\nb", ""), ("JOB-3", "owner"): ("lee2", "")}


def test_a_row_that_was_cut_off_is_refused() -> None:
    cells = written()
    cells[3] = cells[3][:4]
    assert faults(compared(cells)) == [
        "Line 5: The row of JOB-3 breaks off after 4 cells. "
        "Take the file again; this one may have been cut off."
    ]


def test_a_row_that_was_changed_here_meanwhile_is_not_overwritten() -> None:
    cells = written({**JOBS, "JOB-1": {**JOBS["JOB-1"], "owner": "eve"}})
    cells[1][place(cells, "State")] = "done"
    (said,) = faults(compared(cells))
    assert said.startswith("Line 2, Owner, State: JOB-1 was changed here after this file was written")
    cells[1][place(cells, "Version")] = ""
    assert edited(compared(cells)) == {
        ("JOB-1", "owner"): ("dev", "eve"),
        ("JOB-1", "state"): ("open", "done"),
    }


def test_a_row_that_both_sides_changed_to_the_same_is_fine() -> None:
    cells = written({**JOBS, "JOB-1": {**JOBS["JOB-1"], "owner": "eve"}})
    cells[1][place(cells, "Owner")] = "dev"
    assert compared(cells).unchanged == 3


def test_the_version_of_a_row_changes_with_each_cell_and_is_no_number_or_word() -> None:
    versions = {row_version(SHEET, {**JOBS["JOB-1"], key: "x"}) for key in JOBS["JOB-1"]}
    assert len(versions | {row_version(SHEET, JOBS["JOB-1"])}) == 9
    assert all(len(v) == 10 and not set(v) - set("bcdfghjklmnpqrst") for v in versions)


# ------------------------------------------------------------ new rows


def test_a_row_without_ref_is_new_and_filled_with_defaults() -> None:
    found = compared([["Ref", "Title", "Due"], ["", "Write it down", "1.3.2027"]])
    assert [(row.line, dict(row.record)) for row in found.added] == [
        (
            2,
            {"title": "Write it down", "note": "", "owner": "", "state": "open", "due": "2027-03-01",
             "days": "", "after": "", "rule": ""},
        )
    ]  # fmt: skip
    assert found.can_be_written


def test_a_new_row_that_is_there_already_is_not_entered_twice() -> None:
    header = ["Ref", "Title", "Owner"]
    found = compared([header, ["", "Call the vendor", ""], ["", " call  the VENDOR", "dev"]])
    assert faults(found) == ["Line 3: It is the same as line 2. Keep one of them, or tell them apart."]
    found = compared([header, ["", "Rotate the keys", "dev"]])
    assert (found.added, found.unchanged, "JOB-1" in found.absent) == ((), 1, False)
    assert compared([header, ["", "Rotate the keys", ""]]).unchanged == 1


def test_a_new_row_that_is_called_like_another_must_be_told_apart() -> None:
    found = compared([["Ref", "Title", "Owner"], ["", "Rotate the keys", "eve"]])
    assert faults(found) == [
        "Line 2: JOB-1 is called the same and says something else. "
        "Write JOB-1 into Ref to change it, or tell them apart."
    ]


def test_a_list_that_grows_elsewhere_takes_no_new_rows() -> None:
    found = compare(SHOWN, {"RUL-1": {"title": "a"}}, b"Ref,Title\n,b\nRUL-1,c\nRUL-2,d\n", reader())
    assert [fault.sentence for fault in found.faults] == [
        "Line 2, Ref: It is empty, and no rules can be added by a file.",
        "Line 4, Ref: There is no “RUL-2” among the rules. Refs are like RUL-3.",
    ]


# ------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["JOB-9", "x"], "Line 3, Ref: There is no “JOB-9” among the jobs. Leave"),
        (["RSK-1", "x"], "Line 3, Ref: There is no “RSK-1” among the jobs."),
        (["3", "x"], "Line 3, Ref: There is no “3” among the jobs."),
        (["JOB-1", "x"], "Line 3, Ref: JOB-1 stands on line 2 already. Keep one of them."),
        (["JOB-2", ""], "Line 3, Title: It is empty. Say something here."),
        (["", "", "dev"], "Line 3, Title: It is empty. Say something here."),
        (["JOB-2", "x", "nobody"], "Line 3, Owner: There is no member “nobody” in this program."),
        (["JOB-3", "x", "", "Signed"], "Line 3, State: “signed” cannot be chosen in a file."),
        (["", "x", "", "signed"], "Line 3, State: “signed” cannot be chosen in a file."),
        (["JOB-2", "x", "", "open", "soon"], "Line 3, Due: “soon” is not a day. Write it like 2027-03-26."),
        (["JOB-2", "x", "", "open", "", "keys"], "Line 3, Rule: It says “keys” and cannot be"),
        (["", "x", "", "open", "", "keys"], "Line 3, Rule: It says “keys” and cannot be changed here."),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_with_its_line_and_nothing_can_be_written(row: list[str], sentence: str) -> None:
    header = ["Ref", "Title", "Owner", "State", "Due", "Rule"]
    full = {"JOB-2": ["eve", "signed", "3 Apr 2027", "''=x"], "JOB-3": ["lee2", "done", "", ""]}.get(
        row[0], []
    )
    row = [*row, *full[len(row) - 2 :]]
    first = ["JOB-1", "Renamed", "dev", "open", "2027-03-26", "keys"]
    found = compared([header, first, row])
    assert any(said.startswith(sentence) for said in faults(found)), faults(found)
    assert len(found.changed) == 1


def test_all_faults_of_a_file_are_told_at_once() -> None:
    found = compared([["Ref", "Title", "Owner"], ["JOB-1", "a", "x"], ["JOB-2", "b", "y"], ["JOB-8", "", ""]])
    assert [fault.line for fault in found.faults] == [2, 3, 4]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    """Of a task that Calc wrote without owner and day, only the first was named."""
    found = compared([["Ref", "Title", "State"], ["", "", "signed"], ["JOB-1", "", "signed"]])
    assert [(fault.line, fault.column) for fault in found.faults] == [
        (2, "Title"),
        (2, "State"),
        (3, "Title"),
        (3, "State"),
    ]


def test_a_day_that_can_be_two_days_is_asked_about_and_never_guessed() -> None:
    cells = [["Ref", "Due"], ["JOB-1", "03/04/2027"], ["JOB-2", "04/26/2027"]]
    found = compared(cells)
    assert [question.sentence for question in found.questions] == [
        "Line 2, Due: “03/04/2027” is 2027-04-03, day first (26/03/2027) or "
        "2027-03-04, month first (03/26/2027)."
    ]
    assert not found.can_be_written
    assert edited(compared(cells, DayOrder.MONTH_FIRST)) == {
        ("JOB-1", "due"): ("2027-03-26", "2027-03-04"),
        ("JOB-2", "due"): ("2027-04-03", "2027-04-26"),
    }
    assert "Line 3, Due" in faults(compared(cells, DayOrder.DAY_FIRST))[0]


def test_a_fixed_cell_may_come_back_in_any_form_of_the_same() -> None:
    found = compared([["Ref", "Rule"], ["JOB-1", " keys "], ["JOB-2", "''=x"]])
    assert found.unchanged == 2
    shown = Sheet(
        name="looks", ref_kind="LOK", columns=(Column(key="on", label="On", kind=ColumnKind.DAY, fixed=True),)
    )
    found = compare(shown, {"LOK-1": {"on": "2027-03-26"}}, b"Ref,On\nLOK-1,26.03.2027\n", reader())
    assert (found.unchanged, found.faults) == (1, ())


# ------------------------------------------------------------ which sheet, which difference


def test_the_sheet_of_a_file_is_told_by_its_columns_and_refs() -> None:
    assert sheet_of((SHEET, SHOWN), write_csv(SHEET, JOBS)) is SHEET
    assert sheet_of((SHEET, SHOWN), b"Ref,Title\nRUL-1,x\n") is SHOWN
    assert sheet_of((SHEET, SHOWN), b"Ref,Title\n,x\n") is None
    assert sheet_of((SHEET, SHOWN), b"Nothing\n") is None
    assert sheet_of((SHEET, SHOWN), b"Title,Ref\nx\n") is None


def test_the_digest_stands_for_what_is_written_and_what_it_replaces() -> None:
    cells = written()
    cells[1][place(cells, "State")] = "done"
    cells[1][place(cells, "Version")] = ""
    first = compared(cells)
    assert compared(cells).digest == first.digest
    meanwhile = {**JOBS, "JOB-1": {**JOBS["JOB-1"], "owner": "eve"}}
    assert compare(SHEET, meanwhile, file_of(cells), reader()).digest != first.digest


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadInput, match="has no column “colour”"):
        SHEET.column("colour")
