"""What plan puts into documents: its lists as readable tables."""

from __future__ import annotations

from collections.abc import Mapping

from plimsoll.engines.reports.document import Column, Document, Paragraph, Table
from plimsoll.engines.reports.inlines import Text
from plimsoll.engines.reports.markdown import render
from plimsoll.engines.worksheet.sheet import REF, Record, Sheet
from plimsoll.kernel import clock

__all__ = ["worksheet_markdown"]


def worksheet_markdown(sheet: Sheet, records: Mapping[str, Record], *, program: str) -> str:
    """The whole list as a Markdown table, the same cells as in the file for spreadsheets."""
    rows = tuple(
        (
            (Text(ref),),
            *((Text(record[c.key]),) if record[c.key] else () for c in sheet.columns),
        )
        for ref, record in records.items()
    )
    table = Table(
        caption=f"{len(rows)} {sheet.name} of {program}.",
        columns=(Column(title=REF), *(Column(title=column.label) for column in sheet.columns)),
        rows=rows,
    )
    return render(
        Document(
            title=f"{sheet.name.capitalize()} of {program}",
            subtitle=f"As of {clock.now():%d %b %Y %H:%M} UTC",
            blocks=(table,) if rows else (Paragraph((Text(f"There are no {sheet.name}."),)),),
        )
    )
