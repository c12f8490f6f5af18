"""Reading order: every figure and status word of a document in the order in which it is read.

The renderers and the tests share it, which is what makes "the same number everywhere" checkable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.engines.reports.document import (
    BodyBlock,
    Document,
    Figure,
    Heading,
    ItemList,
    KeyValue,
    Line,
    Paragraph,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import Inline, Inlines, Number, StatusWord, plain

__all__ = ["Source", "figures", "marked", "numbers", "sources"]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that figures of the document were read from."""

    mark: str
    """The letter that stands behind its figures: a to z, then aa, ab, …"""
    label: str
    """In few words."""
    href: str
    """Page that shows it; empty where there is none."""


def numbers(document: Document) -> tuple[str, ...]:
    """The text of every figure and every status word, in reading order, repetitions included.

    Every rendering shows exactly these. Figures inside drawings are not among them: a drawing's table
    twin carries its numbers.
    """
    return tuple(i.text for run in _runs(document) for i in run if isinstance(i, Number | StatusWord))


def sources(document: Document) -> tuple[Source, ...]:
    """What the figures were read from, each once, lettered in reading order; none without figures."""
    found = dict.fromkeys(_key(i) for run in _runs(document) for i in run if isinstance(i, Number))
    return tuple(
        Source(mark=_letter(position), label=label, href=href) for position, (label, href) in enumerate(found)
    )


def marked(run: Inlines, known: tuple[Source, ...]) -> Iterator[tuple[Inline, str]]:
    """Each inline with the source letter to print behind it; an empty letter for most.

    Figures of one run that follow each other from the same source share one letter, behind the last.
    """
    letters: Mapping[tuple[str, str], str] = {(s.label, s.href): s.mark for s in known}
    figures_in_run = [i for i in run if isinstance(i, Number)]
    for inline in run:
        if isinstance(inline, Number):
            figures_in_run.pop(0)
            shared = figures_in_run and _key(figures_in_run[0]) == _key(inline)
            yield inline, "" if shared else letters[_key(inline)]
        else:
            yield inline, ""


def figures(document: Document) -> tuple[Figure, ...]:
    """Every drawing of the document, in reading order."""
    return tuple(block for block in _flat(document) if isinstance(block, Figure))


def _letter(position: int) -> str:
    ahead, last = divmod(position, len(_LETTERS))
    return (_letter(ahead - 1) if ahead else "") + _LETTERS[last]


def _key(number: Number) -> tuple[str, str]:
    return plain(number.source).strip(), number.href


def _flat(document: Document) -> Iterator[BodyBlock]:
    for block in document.blocks:
        if isinstance(block, Line):
            yield from block.body
        else:
            yield block


def _runs(document: Document) -> Iterator[Inlines]:
    for block in document.blocks:
        if isinstance(block, Line):
            if block.status:
                yield (block.status,)
            for inner in block.body:
                yield from _runs_of(inner)
        else:
            yield from _runs_of(block)


def _runs_of(block: BodyBlock) -> Iterator[Inlines]:
    match block:
        case Paragraph():
            yield block.inlines
        case ItemList():
            yield from block.items
        case KeyValue():
            yield from (content for _, content in block.pairs)
        case Heading() | VerdictLine() | Figure():
            pass
        case _:
            yield from (cell for row in block.rows for cell in row)
