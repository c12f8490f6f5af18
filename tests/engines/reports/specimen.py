"""A document with one of each block and inline, and texts that try to break out of every rendering."""

from __future__ import annotations

from plimsoll.engines.reports.document import (
    Align,
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
    HatchedKind,
    Number,
    RefLink,
    Small,
    Status,
    StatusWord,
    Strong,
    Text,
)
from plimsoll.kernel.verdict import Verdict

NASTY = (
    '<script>alert("1")</script> #import "@preview/x:1.0.0" ]#panic() $x$ \\" '
    "*b* _i_ `c` | [l](javascript:1) &amp; ~~s~~ <!--"
)
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><text x="1" y="1">9</text></svg>'


def everything() -> Document:
    """One of each block and inline, with texts that try to break out of every rendering."""
    nasty = NASTY
    return Document(
        title=f"Title {nasty}",
        subtitle=f"Subtitle {nasty}",
        language="en-GB",
        footer=("record 3f2a", f"footer {nasty}"),
        blocks=(
            Paragraph(
                (
                    Text(f"text {nasty} "),
                    Strong(f"strong {nasty}"),
                    Text(" "),
                    Small(f"small {nasty}"),
                    Break(),
                    RefLink(ref="RSK-1", url="/plan/RSK-1", title=f"title {nasty}"),
                    Text(" "),
                    RefLink(ref="RSK-2"),
                    Text(" "),
                    RefLink(ref="RSK-3", url="https://plimsoll.example/r?a=1&b=(2)"),
                    Text(" "),
                    Number(
                        value="<b>12*",
                        unit="_x_",
                        interval="90 %: |",
                        source=f"src {nasty[:60]}",
                        href="/a?b&c",
                    ),
                    Text(" "),
                    Number(value="13", source="plain source", href="https://plimsoll.example/n"),
                    Text(" "),
                    Number(value="14", source="catalog", prior=True),
                    Text(" "),
                    Hatched(text=f"hatched {nasty}"),
                    Text(" "),
                    Hatched(text="p", kind=HatchedKind.PRIOR),
                    Text(" "),
                    StatusWord(Status.RED),
                )
            ),
            KeyValue(((f"key {nasty}", (Text(f"value {nasty}"),)),)),
            *(VerdictLine(verdict=verdict, text=f"verdict {nasty}") for verdict in Verdict),
            ItemList(((Text(f"item {nasty}"),), (Text("- second"),), (Text("1. third"),))),
            Heading(level=2, text=f"heading {nasty}"),
            Heading(level=3, text="Deeper"),
            Heading(level=4, text="Deepest #"),
            Table(
                caption=f"caption {nasty}",
                columns=(
                    Column(title=f"column {nasty}", weight=0),
                    Column(title="Number", align=Align.RIGHT),
                    Column(title="Status", align=Align.CENTER, weight=3),
                ),
                rows=(
                    (
                        (Text(f"cell {nasty}"),),
                        (Number(value="7", source="plain source"),),
                        (StatusWord(Status.GREEN),),
                    ),
                    ((Text("a|b"), Break(), Text("c")), (), (StatusWord(Status.AMBER),)),
                ),
            ),
            Figure(svg=DRAWING, title=f"figure {nasty}", description=f"description {nasty}", width_mm=60),
            Line(
                label=f"line {nasty}",
                status=StatusWord(Status.WHITE),
                body=(
                    Paragraph((Text(f"said {nasty}"),)),
                    Figure(svg=DRAWING, title="Second", description="d", width_mm=20),
                ),
            ),
            Line(label="Unlabelled status", body=(Paragraph((Text("said"),)),)),
        ),
    )
