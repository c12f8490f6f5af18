"""Which drawings are let into a page."""

from __future__ import annotations

import pytest

from plimsoll.engines.reports import svg
from plimsoll.kernel.errors import BadInput


def drawing(inner: str, root: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"{root}>{inner}</svg>'.encode()


def test_shapes_text_and_gradients_come_through() -> None:
    inner = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#123"/></linearGradient></defs>'
        '<g fill="url(#g)" transform="translate(1,2)"><path d="M0 0h3"/>'
        '<text x="1">a &lt; b &amp; c</text></g>'
        '<use href="#g"/>'
    )
    written = svg.canonical_svg(drawing(inner))
    assert written.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><defs>')
    assert '<text x="1">a &lt; b &amp; c</text>' in written
    assert 'fill="url(#g)"' in written


def test_the_same_drawing_is_written_the_same_way_however_it_was_spelt() -> None:
    plainly = drawing('<rect width="1" height="2"></rect>')
    oddly = b"<?xml version='1.0'?><!-- hidden -->" + drawing("<rect  width='1'\n height='2'/><?php x ?>")
    assert svg.canonical_svg(oddly) == svg.canonical_svg(plainly)
    assert svg.canonical_svg(svg.canonical_svg(plainly).encode()) == svg.canonical_svg(plainly)


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p>x</p></foreignObject>",
        "<style>*{display:none}</style>",
        "<animate attributeName='href'/>",
        "<image href='http://x.example/a.png'/>",
        "<a href='#x'>x</a>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "<x:rect xmlns:x='http://www.w3.org/2000/svg'/>",
    ],
)
def test_elements_that_run_load_or_restyle_are_refused(inner: str) -> None:
    with pytest.raises(BadInput, match="contains the element"):
        svg.canonical_svg(drawing(inner))


@pytest.mark.parametrize(
    "attribute",
    [
        'onload="x()"',
        'ONCLICK="x()"',
        'style="fill:red"',
        'href="http://x.example"',
        'xlink:href="data:image/png,x"',
        'fill="url(http://x.example/a)"',
        "fill=\"URL( 'http://x.example/a')\"",
        'xmlns:h="http://www.w3.org/1999/xhtml"',
        'a.b="1"',
    ],
)
def test_attributes_that_run_load_or_restyle_are_refused(attribute: str) -> None:
    with pytest.raises(BadInput, match="has the attribute"):
        svg.canonical_svg(drawing(f"<rect {attribute}/>"))


def test_a_document_type_is_refused_before_any_entity_is_expanded() -> None:
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + drawing("<text>&b;</text>")
    with pytest.raises(BadInput, match="document type"):
        svg.canonical_svg(bomb)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        b"<svg",
        drawing("<g>"),
        b"\xff\xfe\xfa",
        drawing("</g>"),
        b"<?xml version='1.0' encoding='nope'?><svg/>",
    ],
)
def test_what_is_no_xml_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(BadInput, match="not well-formed SVG"):
        svg.canonical_svg(content)


def test_a_drawing_states_that_it_is_one() -> None:
    with pytest.raises(BadInput, match="namespace"):
        svg.canonical_svg(b"<svg/>")
    with pytest.raises(BadInput, match="element “html”"):
        svg.canonical_svg(b"<html/>")


def test_a_drawing_larger_than_the_limit_is_not_read() -> None:
    with pytest.raises(BadInput, match="bytes long"):
        svg.canonical_svg(b" " * (svg.MAX_BYTES + 1))
