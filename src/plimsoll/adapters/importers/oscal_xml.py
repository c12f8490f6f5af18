"""OSCAL's XML in the shape of its JSON, so that one reader serves both.

The names follow the OSCAL 1.1 XML-to-JSON mapping for the parts that catalogs and profiles are read for;
other elements are left out. Document type declarations, entities and external references are refused by
defusedxml before anything is expanded.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax import SAXParseException, handler, xmlreader  # the interface; the parser is defusedxml's

from defusedxml import DefusedXmlException
from defusedxml import sax as defused

from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = ["read_xml"]

NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"
DEEPEST = 100
MOST_ELEMENTS = 400_000

_LISTS = {
    "group": "groups",
    "control": "controls",
    "prop": "props",
    "part": "parts",
    "param": "params",
    "link": "links",
    "import": "imports",
    "resource": "resources",
    "rlink": "rlinks",
    "alter": "alters",
    "set-parameter": "set-parameters",
    "include-controls": "include-controls",
    "exclude-controls": "exclude-controls",
    "with-id": "with-ids",
    "matching": "matching",
}
_SINGLE = {
    "catalog", "profile", "metadata", "back-matter", "merge", "modify", "include-all", "combine", "flat",
    "as-is", "custom", "title", "version", "oscal-version",
}  # fmt: skip
_TEXTS = {"with-id", "title", "version", "oscal-version", "as-is"}
_PROSE = {"p", "ul", "ol", "pre", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}
_MARKS = {"em": "*", "i": "*", "strong": "**", "b": "**", "code": "`", "q": '"'}
_BLOCKS = {"p", "li", "tr", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}


class _Element:
    """One element with its line."""

    __slots__ = ("attributes", "line", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.parts: list[_Element | str] = []

    @property
    def children(self) -> list[_Element]:
        return [part for part in self.parts if isinstance(part, _Element)]


class _Builder(handler.ContentHandler):
    """Builds the tree and counts depth and elements while the parser runs."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self.root: _Element | None = None
        self.open: list[_Element] = []
        self.elements = 0
        self.where: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the interface's name
        self.where = locator

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802, ARG002, RUF100
        space, local = name
        line = self.where.getLineNumber()
        if space != NAMESPACE:
            raise BadInput(
                f"{self.what}, line {line}: the element “{local[:40]}” is not OSCAL.",
                hint=f"OSCAL's elements have the namespace {NAMESPACE}.",
            )
        self.elements += 1
        if len(self.open) >= DEEPEST or self.elements > MOST_ELEMENTS:
            raise BadInput(
                f"{self.what}, line {line}: more than {DEEPEST} levels or {MOST_ELEMENTS:,} elements.",
                code=ErrorCode.TOO_LARGE,
            )
        attributes = {key: value for (uri, key), value in attrs.items() if not uri}
        element = _Element(local, attributes, line)
        if self.open:
            self.open[-1].parts.append(element)
        else:
            self.root = element
        self.open.append(element)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802, ARG002, RUF100
        self.open.pop()

    def characters(self, content: str) -> None:
        self.open[-1].parts.append(content)


def read_xml(content: bytes, *, what: str) -> tuple[Any, Callable[[Sequence[str | int]], int]]:
    """The document in the shape of OSCAL's JSON, and the line of each of its parts.

    Raises BadInput with the line for what is not well formed, not OSCAL, declares a document type or an
    entity, or has more than 100 levels or 400,000 elements.
    """
    builder = _Builder(what)
    parser = defused.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(handler.feature_namespaces, 1)
    parser.setContentHandler(builder)
    source = xmlreader.InputSource()
    source.setByteStream(io.BytesIO(content))
    try:
        parser.parse(source)
    except SAXParseException as error:
        raise BadInput(
            f"{what} is not well-formed XML in line {error.getLineNumber()}, "
            f"column {(error.getColumnNumber() or 0) + 1}: {error.getMessage()}.",
            hint="Check the tags there.",
        ) from error
    except DefusedXmlException as error:
        at = builder.where.getLineNumber() if builder.where else 1
        raise BadInput(
            f"{what}, line {at}: a document type or entity declaration is not accepted.",
            hint="Remove the DOCTYPE; OSCAL needs none.",
        ) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise BadInput(f"{what} is written in an encoding that cannot be read: {error}.") from error
    assert builder.root is not None  # the parser refuses a document without one
    lines: dict[tuple[str | int, ...], int] = {}
    value = {builder.root.name: _shape(builder.root, (builder.root.name,), lines)}

    def line(path: Sequence[str | int]) -> int:
        known = tuple(path)
        while known not in lines and known:
            known = known[:-1]
        return lines.get(known, 1)

    return value, line


def _shape(element: _Element, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    lines[path] = element.line
    if element.name in _TEXTS:
        return _inline(element).strip()
    found: dict[str, Any] = dict(element.attributes)
    prose: list[str] = []
    for child in element.children:
        if child.name in _LISTS:
            key = _LISTS[child.name]
            items = found.setdefault(key, [])
            items.append(_shape(child, (*path, key, len(items)), lines))
        elif child.name in _SINGLE:
            found[child.name] = _shape(child, (*path, child.name), lines)
        elif child.name in _PROSE and element.name == "part":
            prose.append(_inline(child))
    if prose:
        found["prose"] = "\n".join(line for block in prose for line in _lines(block))
    return found


def _inline(element: _Element) -> str:
    """The markup of a text line as OSCAL's JSON writes it: emphasis, code, parameters; other tags vanish."""
    written = []
    for part in element.parts:
        if isinstance(part, str):
            written.append(re.sub(r"\s+", " ", part))
        elif part.name == "insert":
            written.append(
                f"{{{{ insert: {part.attributes.get('type', '')}, {part.attributes.get('id-ref', '')} }}}}"
            )
        else:
            mark = _MARKS.get(part.name, "")
            inner = f"{mark}{_inline(part)}{mark}"
            written.append(f"\n{inner}\n" if part.name in _BLOCKS else inner)
    return "".join(written)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]
