"""Blocks of a document in the text formatting notation of Jira.

Every sign that the notation could take for its own is escaped with a backslash, so a text reads as it
was written. Drawings and tables are not written; an issue has none.

Source: Atlassian, Text Formatting Notation Help (Jira 9 renderer reference), read 26 Nov 2026.
"""

from __future__ import annotations

import re
from typing import Final

from plimsoll.engines.reports.document import (
    BodyBlock,
    Heading,
    ItemList,
    KeyValue,
    Paragraph,
    VerdictLine,
)
from plimsoll.engines.reports.inlines import Break, Inlines, RefLink, Strong, plain
from plimsoll.kernel.errors import BadInput

__all__ = ["render_blocks"]

_SIGNS: Final = re.compile(r"[\\{}\[\]*_|!+^~#?-]|\((?=[^)]{1,7}\))|:(?=[)(DP|])|;(?=\))")
_LINE: Final = re.compile(r"^(?=(?:h[1-6]|bq|fn)\. )")
_INVISIBLE: Final = "\u2060"
"""Word joiner: parts what would otherwise be a heading by its first letters."""


def render_blocks(blocks: tuple[BodyBlock, ...]) -> str:
    """The blocks as notation, divided by empty lines; BadInput for a table or drawing."""
    return "\n\n".join(_block(block) for block in blocks)


def _block(block: BodyBlock) -> str:
    match block:
        case Heading():
            return f"h{block.level}. {_escaped(block.text)}"
        case Paragraph():
            return _LINE.sub(_INVISIBLE, _run(block.inlines))
        case ItemList():
            return "\n".join(f"* {_run(item)}" for item in block.items)
        case KeyValue():
            return "\n".join(f"* *{_escaped(label)}:* {_run(content)}" for label, content in block.pairs)
        case VerdictLine():
            return f"*{_escaped(block.verdict.word)}* {_escaped(block.text)}"
        case _:
            raise BadInput("An issue holds no tables or drawings.", hint="Say it in words.")


def _run(run: Inlines) -> str:
    parts = []
    for inline in run:
        match inline:
            case Strong():
                parts.append(f"*{_escaped(inline.text)}*")
            case Break():
                parts.append("\\\\ ")
            case RefLink():
                parts.append(f"[{inline.ref}|{inline.url}]" if inline.url else _escaped(inline.ref))
            case _:
                parts.append(_escaped(inline.text))
    return "".join(parts)


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", plain(text))
