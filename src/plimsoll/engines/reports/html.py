"""A document as an HTML fragment: classes only, no style, no script, no ids, everything escaped.

The fragment is one article with one h1. It needs no style sheet to be read: status words carry their
shape, hatched words say why, and every figure has a letter that leads to its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from plimsoll.engines.reports.document import (
    Block,
    BodyBlock,
    Cell,
    Column,
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
from plimsoll.engines.reports.svg import canonical_svg

__all__ = ["CLASSES", "render"]

CLASSES = (
    "report",
    "report-aside",
    "report-cell",
    "report-cell--center",
    "report-cell--left",
    "report-cell--right",
    "report-figure",
    "report-figure__caption",
    "report-figure__drawing",
    "report-footer",
    "report-footer__item",
    "report-hatched",
    "report-hatched__kind",
    "report-header",
    "report-heading",
    "report-items",
    "report-line",
    "report-line__body",
    "report-line__label",
    "report-line__number",
    "report-line__status",
    "report-mark",
    "report-number",
    "report-number--prior",
    "report-pairs",
    "report-pairs__pair",
    "report-paragraph",
    "report-ref",
    "report-sources",
    "report-sources__label",
    "report-sources__list",
    "report-sources__source",
    "report-status",
    "report-status--amber",
    "report-status--green",
    "report-status--red",
    "report-status--white",
    "report-status__shape",
    "report-strong",
    "report-subtitle",
    "report-table",
    "report-table__caption",
    "report-table__frame",
    "report-title",
    "report-verdict",
    "report-verdict--met",
    "report-verdict--not-met",
    "report-verdict--unknown",
    "report-verdict__word",
)
"""Every class that a fragment can carry, for whoever writes the style sheet."""


def render(document: Document) -> str:
    """The document as one `article` element.

    Safe to insert into a page under a policy that allows nothing inline. Drawings keep the size that
    they state; links open where the author of the document said.
    """
    known = sources(document)
    blocks, counted = [], 0
    for block in document.blocks:
        counted += isinstance(block, Line)
        blocks.append(_block(block, counted, known))
    return (
        f'<article class="report" lang="{escape(document.language)}">\n'
        f'<header class="report-header">\n<h1 class="report-title">{_words(document.title)}</h1>\n'
        f'<p class="report-subtitle">{_words(document.subtitle)}</p>\n</header>\n'
        f"{''.join(blocks)}{_sources(known)}{_footer(document.footer)}</article>\n"
    )


def _block(block: Block, counted: int, known: tuple[Source, ...]) -> str:
    if not isinstance(block, Line):
        return _body(block, known)
    status = f'<p class="report-line__status">{_status(block.status)}</p>\n' if block.status else ""
    body = "".join(_body(inner, known) for inner in block.body)
    return (
        '<section class="report-line">\n'
        f'<h2 class="report-line__label"><span class="report-line__number">{counted}</span> '
        f"{_words(block.label)}</h2>\n{status}"
        f'<div class="report-line__body">\n{body}</div>\n</section>\n'
    )


def _body(block: BodyBlock, known: tuple[Source, ...]) -> str:
    match block:
        case Heading():
            return f'<h{block.level} class="report-heading">{_words(block.text)}</h{block.level}>\n'
        case Paragraph():
            return f'<p class="report-paragraph">{_run(block.inlines, known)}</p>\n'
        case ItemList():
            items = "".join(f"<li>{_run(item, known)}</li>\n" for item in block.items)
            return f'<ul class="report-items">\n{items}</ul>\n'
        case KeyValue():
            pairs = "".join(
                f'<div class="report-pairs__pair"><dt>{_words(label)}</dt>'
                f"<dd>{_run(content, known)}</dd></div>\n"
                for label, content in block.pairs
            )
            return f'<dl class="report-pairs">\n{pairs}</dl>\n'
        case VerdictLine():
            kind = block.verdict.value.replace("_", "-")
            return (
                f'<p class="report-verdict report-verdict--{kind}">'
                f'<strong class="report-verdict__word">{block.verdict.word}</strong> '
                f"{_words(block.text)}</p>\n"
            )
        case Table():
            return _table(block, known)
        case _:
            return _figure(block)


def _table(table: Table, known: tuple[Source, ...]) -> str:
    caption = _words(table.caption)
    head = "".join(
        f'<th scope="col" class="{_leaning(column)}">{_words(column.title)}</th>' for column in table.columns
    )
    rows = "".join(f"<tr>{_row(table.columns, row, known)}</tr>\n" for row in table.rows)
    return (
        f'<div class="report-table__frame" role="region" aria-label="{caption}" tabindex="0">\n'
        f'<table class="report-table">\n<caption class="report-table__caption">{caption}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )


def _row(columns: tuple[Column, ...], row: tuple[Cell, ...], known: tuple[Source, ...]) -> str:
    cells = []
    for position, (column, cell) in enumerate(zip(columns, row, strict=True)):
        tag, scope = ("td", "") if position else ("th", ' scope="row"')
        cells.append(f'<{tag}{scope} class="{_leaning(column)}">{_run(cell, known)}</{tag}>')
    return "".join(cells)


def _leaning(column: Column) -> str:
    return f"report-cell report-cell--{column.align.value}"


def _figure(figure: Figure) -> str:
    label = f"{plain(figure.title).strip()}. {plain(figure.description).strip()}"
    return (
        '<figure class="report-figure">\n'
        f'<div class="report-figure__drawing" role="img" aria-label="{escape(label)}">'
        f"{canonical_svg(figure.svg)}</div>\n"
        f'<figcaption class="report-figure__caption">{_words(figure.title)}</figcaption>\n</figure>\n'
    )


def _run(run: Inlines, known: tuple[Source, ...]) -> str:
    return "".join(_inline(inline) + _mark(mark) for inline, mark in marked(run, known)).strip()


def _inline(inline: Inline) -> str:
    match inline:
        case Text():
            return escape(plain(inline.text))
        case Strong():
            return f'<strong class="report-strong">{_words(inline.text)}</strong>'
        case Small():
            return f'<small class="report-aside">{_words(inline.text)}</small>'
        case Break():
            return "<br>"
        case RefLink():
            return _opening("report-ref", inline.url, inline.title, _words(inline.ref))
        case Number():
            name = "report-number report-number--prior" if inline.prior else "report-number"
            return _opening(name, inline.href, f"Source: {inline.source}", escape(inline.text))
        case Hatched():
            return (
                f'<span class="report-hatched">{_words(inline.text)} '
                f'<span class="report-hatched__kind">({inline.kind.value})</span></span>'
            )
        case _:
            return _status(inline)


def _opening(name: str, href: str, title: str, content: str) -> str:
    hover = f' title="{_words(title)}"' if plain(title).strip() else ""
    if href:
        return f'<a class="{name}" href="{escape(href)}"{hover}>{content}</a>'
    return f'<span class="{name}"{hover}>{content}</span>'


def _status(word: StatusWord) -> str:
    shape, words = word.text.split("\u00a0", 1)
    return (
        f'<span class="report-status report-status--{word.status.value}">'
        f'<span class="report-status__shape" aria-hidden="true">{shape}</span>\u00a0{words}</span>'
    )


def _mark(mark: str) -> str:
    return f'<sup class="report-mark">{mark}</sup>' if mark else ""


def _sources(known: tuple[Source, ...]) -> str:
    if not known:
        return ""
    items = "".join(
        f'<div class="report-sources__source"><dt class="report-mark">{source.mark}</dt>'
        f"<dd>{_opening('report-sources__label', source.href, '', _words(source.label))}</dd></div>\n"
        for source in known
    )
    return (
        '<section class="report-sources">\n<h2 class="report-heading">Sources</h2>\n'
        f'<dl class="report-sources__list">\n{items}</dl>\n</section>\n'
    )


def _footer(texts: Iterable[str]) -> str:
    items = "".join(f'<li class="report-footer__item">{_words(text)}</li>\n' for text in texts)
    return f'<footer class="report-footer">\n<ul>\n{items}</ul>\n</footer>\n' if items else ""


def _words(text: str) -> str:
    return escape(plain(text).strip())
