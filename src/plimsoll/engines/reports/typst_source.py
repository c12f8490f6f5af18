"""A document as Typst source: A4, one column, the printed face of a report.

Everything behind the fixed prelude is Typst code that calls the prelude's functions with string
literals. No text of a document stands outside a string literal, so none of it can run. Drawings are
named files that go beside the source.

Source: Typst reference 0.14, "Scripting" and "Strings" (escape sequences of string literals).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
    Table,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import (
    Break,
    Hatched,
    Inline,
    Inlines,
    Number,
    RefLink,
    Small,
    StatusWord,
    Strong,
    Text,
    plain,
)
from plimsoll.engines.reports.reading import Source, figures, marked, sources
from plimsoll.engines.reports.svg import canonical_svg
from plimsoll.engines.reports.typst_prelude import PRELUDE

__all__ = ["TypstSource", "literal", "render"]

_UNBROKEN: Final = re.compile(r"\S{25,}")
_BREAK_EVERY: Final = 12
_ESCAPES: Final = {ord("\\"): "\\\\", ord('"'): '\\"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypstSource:
    """What a Typst compiler needs: the main file and the files beside it."""

    text: str
    """The main file."""
    files: Mapping[str, bytes]
    """File name → content, for the drawings."""


def render(document: Document) -> TypstSource:
    """The document as Typst source with its drawings.

    A document marked `one_page` is set in the largest of the prelude's type sizes at which it stays on
    one page; if even the smallest does not hold it, it runs on, and nothing is lost. The same document
    gives the same source. Whether it compiles is the adapter's business.
    """
    known = sources(document)
    names = {id(figure): f"figure-{n}.svg" for n, figure in enumerate(figures(document), start=1)}
    writer = _Writer(known=known, names=names)
    body = "\n".join(writer.blocks(document))
    region_language = document.language.split("-")
    settings = (
        f"title: {literal(document.title)}, subtitle: {literal(document.subtitle)}, "
        f"lang: {literal(region_language[0])}, "
        f"region: {literal(region_language[1]) if len(region_language) > 1 else 'none'}, "
        f"footer: {_array(literal(text) for text in document.footer)}, "
        f"one-page: {'true' if document.one_page else 'false'}"
    )
    return TypstSource(
        text=f"{PRELUDE}\n#report({settings}, () => {{\n{body}\n}})\n",
        files={names[id(figure)]: canonical_svg(figure.svg).encode("utf-8") for figure in figures(document)},
    )


def literal(text: str) -> str:
    """The text as a Typst string literal, on one line, white space at both ends removed."""
    return _literal(plain(text).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    known: tuple[Source, ...]
    names: Mapping[int, str]

    def blocks(self, document: Document) -> list[str]:
        written, counted = [], 0
        for block in document.blocks:
            if isinstance(block, Line):
                counted += 1
                status = _status(block.status) if block.status else "none"
                body = "\n".join(self.body(inner) for inner in block.body)
                written.append(f'labelled("{counted}", {literal(block.label)}, {status}, {{\n{body}\n}})')
            else:
                written.append(self.body(block))
        if self.known:
            pairs = _array(f"({_literal(s.mark)}, {literal(s.label)}, {_url(s.href)})" for s in self.known)
            written.append(f"sources({pairs})")
        return written

    def body(self, block: BodyBlock) -> str:
        match block:
            case Heading():
                return f"heading(level: {block.level}, {literal(block.text)})"
            case Paragraph():
                return f"par({self.run(block.inlines)})"
            case ItemList():
                return f"items({_array(self.run(item) for item in block.items)})"
            case KeyValue():
                return f"pairs({_array(f'({literal(k)}, {self.run(v)})' for k, v in block.pairs)})"
            case VerdictLine():
                return f'verdict("{block.verdict.word}", {literal(block.text)})'
            case Table():
                return self.table(block)
            case _:
                return self.figure(block)

    def table(self, table: Table) -> str:
        widths = _array(f"{c.weight}fr" if c.weight else "auto" for c in table.columns)
        leaning = _array(c.align.value for c in table.columns)
        head = _array(literal(c.title) for c in table.columns)
        rows = _array(_array(self.run(cell) for cell in row) for row in table.rows)
        return f"grid-of({literal(table.caption)}, {widths}, {leaning}, {head}, {rows})"

    def figure(self, figure: Figure) -> str:
        alt = f"{plain(figure.title).strip()}. {plain(figure.description).strip()}"
        picture = f"image({_quoted(self.names[id(figure)])}, width: 100%, alt: {literal(alt)})"
        return f"drawing({picture}, {figure.width_mm}mm, {literal(figure.title)})"

    def run(self, run: Inlines) -> str:
        return "{ " + "; ".join(_inline(i, mark) for i, mark in marked(run, self.known)) + " }"


def _inline(inline: Inline, mark: str) -> str:
    match inline:
        case Text():
            return f"t({_literal(plain(inline.text))})"
        case Strong():
            return f"stressed({literal(inline.text)})"
        case Small():
            return f"aside({literal(inline.text)})"
        case Break():
            return "linebreak()"
        case RefLink():
            return f"ref-to({literal(inline.ref)}, {_url(inline.url)})"
        case Number():
            prior = "true" if inline.prior else "false"
            return f"number({_literal(inline.text)}, {_literal(mark)}, {_url(inline.href)}, {prior})"
        case Hatched():
            return f"hatched({literal(inline.text)}, {_literal(inline.kind.value)})"
        case _:
            return _status(inline)


def _status(word: StatusWord) -> str:
    shape, words = word.text.split("\u00a0", 1)
    return f"status({_literal(word.status.value)}, {_literal(shape)}, {_literal(words)})"


def _url(href: str) -> str:
    """The address if paper and a reader elsewhere can use it; a path on the server is none."""
    return _quoted(href) if href.startswith("http") else "none"


def _literal(text: str) -> str:
    return _quoted(_UNBROKEN.sub(_with_breaks, text))


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _with_breaks(match: re.Match[str]) -> str:
    """The unbroken run with places where a line may end, so that a digest stays within its column."""
    run = match[0]
    return "\u200b".join(run[i : i + _BREAK_EVERY] for i in range(0, len(run), _BREAK_EVERY))


def _array(parts: Iterable[str]) -> str:
    return "(" + "".join(f"{part}, " for part in parts) + ")"
