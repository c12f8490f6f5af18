"""A sheet with a column of each kind, people, and records to write out."""

from __future__ import annotations

from plimsoll.engines.worksheet.cells import Reader, people_by_name
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.sheet import Column, ColumnKind, Record, Sheet

SHEET = Sheet(
    name="jobs",
    ref_kind="JOB",
    columns=(
        Column(key="title", label="Title", required=True),
        Column(key="note", label="Note", kind=ColumnKind.TEXT),
        Column(key="owner", label="Owner", kind=ColumnKind.PERSON),
        Column(
            key="state", label="State", kind=ColumnKind.CHOICE, choices=("open", "done", "signed"),
            kept_elsewhere=("signed",), required=True, default="open",
        ),
        Column(key="due", label="Due", kind=ColumnKind.DAY),
        Column(key="days", label="Working days", kind=ColumnKind.NUMBER),
        Column(key="after", label="Waits for", kind=ColumnKind.REFS),
        Column(key="rule", label="Rule", fixed=True),
    ),
    identity=("title",),
)  # fmt: skip
SHOWN = Sheet(name="rules", ref_kind="RUL", columns=(Column(key="title", label="Title"),))
PEOPLE = people_by_name(
    [
        ("dev", "Dev Rao", "dev@example.org"),
        ("eve", "Eve Lund", "eve@example.org"),
        ("lee", "Lee Ash", "lee@example.org"),
        ("lee2", "Lee  Ash", "lee2@example.org"),
    ]
)
JOBS: dict[str, Record] = {
    "JOB-1": {
        "title": "Rotate the keys", "note": "=cmd()\nand more", "owner": "dev", "state": "open",
        "due": "2027-03-26", "days": "2.5", "after": "", "rule": "keys",
    },
    "JOB-2": {
        "title": "-5 °C in the server room", "note": "", "owner": "eve", "state": "signed",
        "due": "2027-04-03", "days": "", "after": "JOB-1", "rule": "'=x",
    },
    "JOB-3": {
        "title": "Überprüfe „alles“; dann, weiter", "note": "a\n\nb", "owner": "lee2", "state": "done",
        "due": "", "days": "40", "after": "JOB-1, JOB-2", "rule": "",
    },
}  # fmt: skip


def reader(order: DayOrder | None = None) -> Reader:
    return Reader(people=PEOPLE, order=order)
