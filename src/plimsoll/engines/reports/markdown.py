"""A document as Markdown: CommonMark, with the tables of GitHub Flavored Markdown.

Every character of a text that could mean something to a Markdown reader is escaped, so a text reads
as it was written. The only HTML it contains is `<br>` inside a cell or paragraph.

Source: CommonMark 0.31.2, sections 2.4 (backslash escapes) and 6.3 (links); GitHub Flavored Markdown
0.29, section 4.10 (tables).
"""

from __future__ import annotations

import re
from typing import Final

from plimsoll.engines.reports.document import (
    Align,
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
from plimsoll.engines.reports.reading import Source, marked, sources

__all__ = ["render", "render_blocks"]

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>|~&$!#]")
_LEADING: Final = re.compile(r"^([=+-])")
_LEADING_NUMBER: Final = re.compile(r"^(\d{1,9})([.)])")
_DELIMITER: Final = {Align.LEFT: ":---", Align.RIGHT: "---:", Align.CENTER: ":---:"}


def render(document: Document) -> str:
    """The document as Markdown text, blocks divided by empty lines, with a final line break.

    Drawings become their title and description. Links lead where they lead in the HTML; relative ones
    need the server in front.
    """
    known = sources(document)
    parts = [f"# {_words(document.title)}", _start(_words(document.subtitle))]
    counted = 0
    for block in document.blocks:
        if isinstance(block, Line):
            counted += 1
            parts.append(f"## {counted}. {_words(block.label)}")
            if block.status:
                parts.append(_inline(block.status))
            parts.extend(_body(inner, known) for inner in block.body)
        else:
            parts.append(_body(block, known))
    if known:
        parts.append("## Sources")
        parts.append("\n".join(f"- {_mark(s.mark)} {_link(_words(s.label), s.href)}" for s in known))
    if document.footer:
        parts.append("---")
        parts.append("\n".join(f"- {_start(_words(text))}" for text in document.footer))
    return "\n\n".join(parts) + "\n"


def render_blocks(blocks: tuple[BodyBlock, ...]) -> str:
    """Blocks without title or footer, as the text of an issue; a figure's source is not repeated below.

    The same blocks as in a document; the text ends without a line break.
    """
    return "\n\n".join(_body(block, ()) for block in blocks)


def _body(block: BodyBlock, known: tuple[Source, ...]) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {_words(block.text)}"
        case Paragraph():
            return _run(block.inlines, known)
        case ItemList():
            return "\n".join(f"- {_run(item, known)}" for item in block.items)
        case KeyValue():
            return "\n".join(
                f"- **{_words(label)}:** {_run(content, known)}" for label, content in block.pairs
            )
        case VerdictLine():
            return f"**{block.verdict.word}** {_words(block.text)}"
        case Table():
            return _table(block, known)
        case _:
            return _figure(block)


def _table(table: Table, known: tuple[Source, ...]) -> str:
    lines = [
        _row([_words(column.title) for column in table.columns]),
        _row([_DELIMITER[column.align] for column in table.columns]),
        *(_row([_run(cell, known) for cell in row]) for row in table.rows),
    ]
    return f"{_start(_words(table.caption))}\n\n" + "\n".join(lines)


def _figure(figure: Figure) -> str:
    return f"**{_words(figure.title)}** {_words(figure.description)}"


def _status(word: StatusWord) -> str:
    shape, words = word.text.split("\u00a0", 1)
    return f"{shape}\u00a0**{words}**"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _run(run: Inlines, known: tuple[Source, ...]) -> str:
    written = "".join(
        _inline(inline) + (f" {_mark(mark)}" if mark else "") for inline, mark in marked(run, known)
    )
    return _start(written.strip())


def _inline(inline: Inline) -> str:
    match inline:
        case Text():
            return _escaped(inline.text)
        case Strong():
            return f"**{_words(inline.text)}**"
        case Small():
            return _words(inline.text)
        case Break():
            return "<br>"
        case RefLink():
            return _link(_words(inline.ref), inline.url, inline.title)
        case Number():
            return _link(_escaped(inline.text), inline.href, f"Source: {inline.source}")
        case Hatched():
            return f"{_words(inline.text)} ({inline.kind.value})"
        case _:
            return _status(inline)


def _link(content: str, href: str, title: str = "") -> str:
    if not href:
        return content
    hover = f' "{_quoted(title)}"' if plain(title).strip() else ""
    return f"[{content}](<{href}>{hover})"


def _quoted(title: str) -> str:
    return _words(title).replace('"', '\\"')


def _mark(mark: str) -> str:
    return f"\\[{mark}\\]"


def _words(text: str) -> str:
    return _escaped(text).strip()


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", plain(text))


def _start(line: str) -> str:
    """The line such that its first characters start no heading, list, rule or underline."""
    return _LEADING_NUMBER.sub(r"\1\\\2", _LEADING.sub(r"\\\1", line))
