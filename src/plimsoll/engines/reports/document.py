"""The document tree: a title, blocks in reading order, a footer. Frozen, checked when made.

The same tree is rendered to HTML, Markdown and Typst, so a number can not differ between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plimsoll.engines.reports.inlines import Inlines, StatusWord, require
from plimsoll.engines.reports.svg import canonical_svg
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

__all__ = [
    "Align",
    "Block",
    "BodyBlock",
    "Cell",
    "Column",
    "Document",
    "Figure",
    "Heading",
    "ItemList",
    "KeyValue",
    "Line",
    "Paragraph",
    "Table",
    "VerdictLine",
]

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_WIDEST_MM: Final = 174
"""Width of the text on an A4 page with the margins that the Typst renderer sets."""

Cell = Inlines
"""What stands in one cell of a table; empty for an empty cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading below the title."""

    level: int
    """2 to 4; the title is level 1."""
    text: str
    """Not blank."""

    def __post_init__(self) -> None:
        require(self.text, what="A heading")
        if self.level not in (2, 3, 4):
            raise BadInput(f"The heading “{self.text[:40]}” has level {self.level}.", hint="Use 2, 3 or 4.")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    inlines: Inlines
    """Not empty."""

    def __post_init__(self) -> None:
        if not self.inlines:
            raise BadInput("A paragraph is empty.", hint="Leave it out instead.")


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list whose order means nothing or is said beside it."""

    items: tuple[Inlines, ...]
    """At least one; none of them empty."""

    def __post_init__(self) -> None:
        if not self.items or not all(self.items):
            raise BadInput("A list has no items, or an empty one.", hint="Leave it out instead.")


@dataclass(frozen=True, slots=True)
class KeyValue:
    """Labels with what belongs to each."""

    pairs: tuple[tuple[str, Inlines], ...]
    """At least one; no label blank and no content empty."""

    def __post_init__(self) -> None:
        if not self.pairs:
            raise BadInput("A list of labels is empty.", hint="Leave it out instead.")
        for label, content in self.pairs:
            require(label, what="A label")
            if not content:
                raise BadInput(
                    f"The label “{label[:40]}” has nothing beside it.", hint="Say what is missing."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """A three-valued verdict and the sentence that goes with it."""

    verdict: Verdict
    """Met, not met or unknown, as judged elsewhere."""
    text: str
    """What it is about, or why; not blank."""

    def __post_init__(self) -> None:
        require(self.text, what="The sentence beside a verdict")


class Align(StrEnum):
    """Which way a column leans. Numbers lean right."""

    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    title: str
    """Not blank: a column without a name cannot be read aloud."""
    align: Align = Align.LEFT
    """Which way its cells lean."""
    weight: int = 1
    """Share of the page's width in print, 1 to 12; 0 means as wide as its content."""

    def __post_init__(self) -> None:
        require(self.title, what="The title of a column")
        if not 0 <= self.weight <= 12:
            raise BadInput(f"The column “{self.title[:40]}” has weight {self.weight}.", hint="Use 0 to 12.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: str
    """What it shows, in one sentence."""
    columns: tuple[Column, ...]
    """At least one."""
    rows: tuple[tuple[Cell, ...], ...]
    """Each as long as `columns`; may be none, if the caption then makes sense."""

    def __post_init__(self) -> None:
        require(self.caption, what="The caption of a table")
        if not self.columns:
            raise BadInput(f"The table “{self.caption[:40]}” has no columns.", hint="Give at least one.")
        for position, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise BadInput(
                    f"Row {position} of the table “{self.caption[:40]}” has {len(row)} cells.",
                    hint=f"Give {len(self.columns)}, one per column; an empty cell is an empty tuple.",
                )
            if not row[0]:
                raise BadInput(
                    f"Row {position} of the table “{self.caption[:40]}” has no name.",
                    hint="The first cell names the row.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing with the words that stand for it."""

    svg: bytes
    """An SVG image; `engines.reports.svg` says what is let in."""
    title: str
    """What it shows, printed below it."""
    description: str
    """What a person who cannot see it needs to know."""
    width_mm: int
    """Width in print, 10 to 174."""

    def __post_init__(self) -> None:
        require(self.title, what="The title of a figure")
        require(self.description, what=f"The description of the figure “{self.title[:40]}”")
        if not 10 <= self.width_mm <= _WIDEST_MM:
            raise BadInput(
                f"The figure “{self.title[:40]}” is {self.width_mm} mm wide.",
                hint=f"Use 10 to {_WIDEST_MM} mm.",
            )
        canonical_svg(self.svg)


BodyBlock = Heading | Paragraph | ItemList | KeyValue | VerdictLine | Table | Figure
"""A block that may stand inside a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One labelled line of a brief: its label, its status if it has one, what it says."""

    label: str
    """Not blank; a heading of level 2."""
    body: tuple[BodyBlock, ...]
    """At least one block: a line without news says so."""
    status: StatusWord | None = None
    """Computed for this line as a whole; None where no rule computes one."""

    def __post_init__(self) -> None:
        require(self.label, what="The label of a line")
        if not self.body:
            raise BadInput(f"The line “{self.label[:40]}” says nothing.", hint="Say what is missing.")


Block = BodyBlock | Line
"""Anything that follows another on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report, ready to be rendered."""

    title: str
    """Heading of level 1 and the title of the PDF."""
    subtitle: str
    """One line below the title: the date with its zone, the scope."""
    blocks: tuple[Block, ...]
    """In reading order; at least one."""
    footer: tuple[str, ...] = ()
    """Short texts at the foot of every page: record version, log position, date."""
    language: str = "en"
    """Language of the text, such as en or en-GB."""
    one_page: bool = False
    """Whether print shrinks its type, down to a floor, to stay on one A4 page."""

    def __post_init__(self) -> None:
        require(self.title, what="The title of a document")
        require(self.subtitle, what=f"The subtitle of “{self.title[:40]}”")
        for text in self.footer:
            require(text, what=f"A footer of “{self.title[:40]}”")
        if not _LANGUAGE.fullmatch(self.language):
            raise BadInput(
                f"“{self.language[:20]}” is not a language tag.", hint="Write it like en or en-GB."
            )
        if not self.blocks:
            raise BadInput(f"The document “{self.title[:40]}” is empty.", hint="Say what is missing.")
        above = 1
        for level, text in _headings(self.blocks):
            if level > above + 1:
                raise BadInput(
                    f"The heading “{text[:40]}” has level {level} below level {above}.",
                    hint="Readers that jump by headings need every level; go down one at a time.",
                )
            above = level


def _headings(blocks: tuple[Block, ...]) -> Iterator[tuple[int, str]]:
    for block in blocks:
        if isinstance(block, Heading):
            yield block.level, block.text
        elif isinstance(block, Line):
            yield 2, block.label
            yield from _headings(block.body)
