"""Which drawings are let into a report: plain shapes and text, nothing that runs, loads or restyles.

A drawing is read by expat and written anew from what was read, so comments, processing instructions,
entities and odd spellings do not reach a page. Document type declarations are refused, which leaves
no entity to expand. This does not judge what a drawing shows.
"""

from __future__ import annotations

import re
from html import escape
from typing import Final
from xml.parsers import expat

from plimsoll.kernel.errors import BadInput

__all__ = ["canonical_svg"]

MAX_BYTES: Final = 2 * 2**20
"""A chart of ten thousand marks stays below this."""

_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    (
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
        "defs",
        "clipPath",
        "mask",
        "pattern",
        "linearGradient",
        "radialGradient",
        "stop",
        "symbol",
        "use",
        "marker",
    )
)
_ATTRIBUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*(:[A-Za-z]+)?")
_OUTSIDE: Final = re.compile(r"url\(\s*['\"]?\s*(?!#)", re.IGNORECASE)
_SPACE: Final = re.compile(r"xmlns(:xlink)?")


class _Writer:
    """Writes what expat reads, and refuses what is not let in."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._open: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _ELEMENTS or (not self._open) != (name == "svg"):
            raise BadInput(
                f"The drawing contains the element “{name[:40]}”, which is not let in here.",
                hint="Draw with shapes, text, gradients and clip paths inside one svg element.",
            )
        if name == "svg" and attributes.get("xmlns") != _NAMESPACE:
            raise BadInput("The drawing is not in the SVG namespace.", hint=f'Set xmlns="{_NAMESPACE}".')
        written = "".join(f' {key}="{_value(key, value)}"' for key, value in attributes.items())
        self.parts.append(f"<{name}{written}>")
        self._open.append(name)

    def end(self, name: str) -> None:
        self.parts.append(f"</{name}>")
        self._open.pop()

    def text(self, text: str) -> None:
        self.parts.append(escape(text))

    def doctype(self, *_: object) -> None:
        raise BadInput("The drawing has a document type declaration.", hint="Remove the DOCTYPE.")


def canonical_svg(content: bytes) -> str:
    """The drawing as one svg element, the same text for the same drawing, ready to stand in a page.

    `content` is UTF-8 (or states its encoding), at most 2 MiB. BadInput, naming what was found, for
    anything that is not well-formed SVG, for elements that are not shapes or text, for event
    handlers, style attributes and links that leave the drawing.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"The drawing is {len(content):,} bytes long.", hint=f"At most {MAX_BYTES:,} are read."
        )
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.StartDoctypeDeclHandler = writer.doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat takes the flag by position only
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadInput(f"The drawing is not well-formed SVG: {error}.") from error
    return "".join(writer.parts)


def _value(key: str, value: str) -> str:
    name = key.lower()
    link_out = name in ("href", "xlink:href") and not value.startswith("#")
    if (
        not _ATTRIBUTE.fullmatch(key)
        or name == "style"
        or name.startswith("on")
        or (name.startswith("xmlns") and not _SPACE.fullmatch(name))
        or link_out
        or _OUTSIDE.search(value)
    ):
        raise BadInput(
            f"The drawing has the attribute {key[:40]}=“{value[:40]}”, which is not let in here.",
            hint="Style with presentation attributes; link only to parts of the same drawing.",
        )
    return escape(value)
