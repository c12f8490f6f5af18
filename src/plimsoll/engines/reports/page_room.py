"""How much of a printed page a document needs, estimated from its text alone.

The brief is cut to one page before it is rendered, so that all renderings say the same. The estimate
counts lines of 8 pt type. It is rough, because it knows no letter widths; the Typst prelude can go
down to 7.6 pt to make up for that, and tests hold the result against printed pages.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from plimsoll.engines.reports.document import (
    BodyBlock,
    Cell,
    Document,
    Heading,
    ItemList,
    KeyValue,
    Line,
    Paragraph,
    Table,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import (
    Break,
    Hatched,
    Inlines,
    Number,
    RefLink,
    Small,
    StatusWord,
    Strong,
    Text,
)
from plimsoll.engines.reports.reading import sources

__all__ = ["PAGE_LINES", "lines_needed"]

PAGE_LINES: Final = 84.0
"""Lines of 8 pt type that one A4 page holds below the title."""
_WIDTH: Final = 102
"""Characters in a line of the body column at that size."""
_SMALL_WIDTH: Final = 150
"""Characters in a line of the sources, over the whole width."""
_SMALL_LINE: Final = 0.8
_BETWEEN: Final = 1.3
"""Lines lost between two labelled lines."""
_COLUMN_LOSS: Final = 0.94
"""Share of a narrow column that ragged lines leave usable."""
_MM_PER_LINE: Final = 3.2


def lines_needed(document: Document) -> float:
    """Lines of 8 pt type that the document needs below its title; an estimate, never negative."""
    blocks = sum(
        _BETWEEN + sum(_body(inner) for inner in block.body) if isinstance(block, Line) else _body(block)
        for block in document.blocks
    )
    known = sum(len(source.label) + 6 for source in sources(document))
    return blocks + ((_BETWEEN + _SMALL_LINE * (1 + ceil(known / _SMALL_WIDTH))) if known else 0.0)


def _body(block: BodyBlock) -> float:
    match block:
        case Heading():
            return 2.0
        case Paragraph():
            return _lines(block.inlines, _WIDTH)
        case ItemList():
            return sum(_lines(item, _WIDTH - 3) for item in block.items)
        case KeyValue():
            return sum(_lines(content, _WIDTH - 20) for _, content in block.pairs)
        case VerdictLine():
            return ceil(len(block.text) / _WIDTH)
        case Table():
            return 2.5 + sum(_row(block, row) for row in block.rows)
        case _:
            return block.width_mm / _MM_PER_LINE + 2.0


def _row(table: Table, row: tuple[Cell, ...]) -> float:
    whole = sum(column.weight or 1 for column in table.columns)
    cells = (
        _lines(cell, _WIDTH * _COLUMN_LOSS * (column.weight or 1) / whole)
        for column, cell in zip(table.columns, row, strict=True)
    )
    return max(cells) + 0.5


def _lines(run: Inlines, width: float) -> float:
    lines, characters = 0, 0
    for inline in run:
        if isinstance(inline, Break):
            lines, characters = lines + max(1, ceil(characters / width)), 0
        else:
            characters += _length(inline)
    return float(lines + max(1, ceil(characters / width)))


def _length(inline: Text | Strong | Small | RefLink | Number | Hatched | StatusWord) -> int:
    match inline:
        case RefLink():
            return len(inline.ref) + 1
        case Number():
            return len(inline.text) + 1
        case Hatched():
            return len(inline.text) + len(inline.kind.value) + 3
        case StatusWord():
            return len(inline.text) + 1
        case _:
            return len(inline.text)
