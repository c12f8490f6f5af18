"""A list written out as the file that `compare` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from plimsoll.engines.worksheet.cells import canonical, escaped
from plimsoll.engines.worksheet.sheet import Record, Sheet, row_version

__all__ = ["write_csv"]


def write_csv(sheet: Sheet, records: Mapping[str, Record]) -> bytes:
    """The records (ref → record) as UTF-8 with mark, commas and CRLF: what spreadsheets open unasked.

    Cells that a spreadsheet would run get an apostrophe, which reading takes off again. Reading the
    file back unedited changes nothing.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(sheet.labels)
    for ref, record in records.items():
        texts = {column.key: canonical(column, record.get(column.key, "")) for column in sheet.columns}
        cells = [escaped(texts[column.key]) for column in sheet.columns]
        writer.writerow([ref, *cells, row_version(sheet, texts)])
    return buffer.getvalue().encode("utf-8-sig")
