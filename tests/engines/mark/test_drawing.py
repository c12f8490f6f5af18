"""The drawing of the mark: what it shows for each state of knowledge, and that it is a well-behaved SVG."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.mark import Load, MarkFacts, draw_mark
from plimsoll.engines.mark.heights import RUNGS, height_of
from plimsoll.engines.reports.svg import canonical_svg
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.kernel.units import Money

SPACE = {"s": "http://www.w3.org/2000/svg"}


def euro(amount: int | str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


LINES = {
    Stage.PROTOTYPE: euro(3_000_000),
    Stage.PILOT: euro(1_200_000),
    Stage.LIMITED: euro(400_000),
    Stage.GA: euro(120_000),
}
LOAD = Load(low=euro(450_000), best=euro(700_000), high=euro(1_500_000))


def drawn(**changes: object) -> ElementTree.Element:
    known = {"system": "Keel", "stage": Stage.PILOT, "lines": LINES, "load": LOAD}
    return ElementTree.fromstring(draw_mark(MarkFacts(**{**known, **changes})))  # type: ignore[arg-type]


def words(drawing: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawing.iterfind(".//s:text", SPACE)]


def description(drawing: ElementTree.Element) -> str:
    return drawing.findtext("s:desc", namespaces=SPACE) or ""


def water(drawing: ElementTree.Element) -> list[ElementTree.Element]:
    return drawing.findall(".//*[@class='mark-water']") + drawing.findall(".//*[@class='mark-band']")


def disc_height(drawing: ElementTree.Element) -> float:
    return float(drawing.find(".//s:circle", SPACE).get("cy"))  # type: ignore[union-attr,arg-type]


def test_without_a_load_no_water_is_drawn_and_the_hull_is_hatched() -> None:
    drawing = drawn(load=None, lines={})
    assert water(drawing) == []
    assert drawing.find(".//*[@class='mark-hatched']") is not None
    assert "○ load not yet measured" in words(drawing)
    assert description(drawing) == "Stage: pilot. No line is set for any stage. Load not yet measured."


def test_with_a_load_the_margin_is_written_in_money() -> None:
    drawing = drawn()
    assert len(water(drawing)) == 3
    assert drawing.find(".//*[@class='mark-hatched']") is None
    assert "EUR 500,000 below the line" in words(drawing)
    assert "load EUR 700,000 a year (90 %: 450,000–1,500,000)" in words(drawing)
    assert "Annual loss allowed by stage: prototype EUR 3,000,000, pilot EUR 1,200,000" in description(
        drawing
    )


def test_a_load_over_the_line_is_said_with_shape_and_word() -> None:
    drawing = drawn(stage=Stage.LIMITED)
    assert "■ EUR 300,000 over the line" in words(drawing)
    assert drawing.find(".//*[@class='mark-margin mark-over']") is not None
    assert disc_height(drawing) > height_of(
        LOAD.best.amount, MarkFacts(system="K", stage=Stage.GA, lines=LINES)
    )


def test_a_load_on_the_line_is_neither_over_nor_below() -> None:
    on = Load(low=euro(1), best=euro(1_200_000), high=euro(2_000_000))
    assert "on the line" in words(drawn(load=on))


def test_without_a_line_for_the_stage_there_is_no_margin() -> None:
    drawing = drawn(stage=Stage.GA, lines={**LINES, Stage.GA: None})
    assert "○ no line set for general availability" in words(drawing)
    assert len(water(drawing)) == 3
    assert "No line is set for general availability." in description(drawing)


def test_a_load_without_any_line_has_no_place_on_the_hull() -> None:
    drawing = drawn(lines={})
    assert water(drawing) == []
    assert drawing.find(".//*[@class='mark-hatched']") is not None
    assert "load EUR 700,000 a year (90 %: 450,000–1,500,000)" in words(drawing)


def test_a_retired_system_has_no_disc() -> None:
    without = drawn(stage=Stage.RETIRED, load=None)
    assert without.find(".//s:circle", SPACE) is None
    assert "not in service" in words(without)
    assert "no line: retired" in words(drawn(stage=Stage.RETIRED))


@pytest.mark.parametrize("stage", GATED)
def test_the_disc_sits_on_the_line_of_the_stage_and_that_line_is_emphasised(stage: Stage) -> None:
    drawing = drawn(stage=stage)
    assert disc_height(drawing) == RUNGS[stage]
    rungs = drawing.findall(".//*[@class='mark-rung mark-own']")
    assert len(rungs) == 1
    assert str(rungs[0].get("d")).startswith(f"M66 {RUNGS[stage]}H")


def test_lines_that_are_not_set_are_dashed() -> None:
    drawing = drawn(lines={Stage.GA: euro(5)}, load=None)
    dashed = drawing.findall(".//*[@stroke-dasharray]")
    assert len(dashed) == 2  # prototype and limited; pilot is the system's own, GA is set


@pytest.mark.parametrize("load", [None, LOAD])
@pytest.mark.parametrize("stage", list(Stage))
def test_every_drawing_is_let_into_a_report_and_keeps_its_words_inside(
    stage: Stage, load: Load | None
) -> None:
    text = draw_mark(MarkFacts(system="Keel", stage=stage, lines=LINES, load=load), prefix="k-1")
    assert canonical_svg(text.encode()).startswith("<svg ")
    drawing = ElementTree.fromstring(text)
    assert drawing.get("height") == "96"
    width = float(str(drawing.get("width")))
    for line in drawing.iterfind(".//s:text", SPACE):
        if line.get("text-anchor") != "end":
            assert float(str(line.get("x"))) + 5.4 * len(line.text or "") <= width
    assert " style=" not in text
    assert float(str(drawing.get("font-size"))) >= 9


def test_every_id_starts_with_the_prefix_and_every_reference_is_to_one() -> None:
    text = draw_mark(MarkFacts(system="Keel", stage=Stage.PILOT, lines=LINES, load=LOAD), prefix="row-7")
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert ids == {"row-7-title", "row-7-desc", "row-7-hull"}
    assert set(re.findall(r"url\(#([^)]+)\)", text)) == {"row-7-hull"}
    hatched = draw_mark(MarkFacts(system="Keel", stage=Stage.PILOT), prefix="row-7")
    assert set(re.findall(r"url\(#([^)]+)\)", hatched)) == {"row-7-hatch"}


@pytest.mark.parametrize("prefix", ["", "7", "A", 'x"', "x y", "x" * 42])
def test_a_prefix_that_cannot_start_an_id_is_refused(prefix: str) -> None:
    with pytest.raises(BadInput, match="cannot start the ids"):
        draw_mark(MarkFacts(system="Keel", stage=Stage.PILOT), prefix=prefix)


@given(name=st.text(max_size=60))
def test_no_name_breaks_the_drawing(name: str) -> None:
    drawing = ElementTree.fromstring(draw_mark(MarkFacts(system=name, stage=Stage.PILOT)))
    title = drawing.findtext("s:title", namespaces=SPACE) or ""
    assert title.startswith("Load line of ")
    assert not drawing.findall(".//s:script", SPACE)


def test_markup_in_a_name_is_text() -> None:
    text = draw_mark(MarkFacts(system="<script>&\x00", stage=Stage.PILOT))
    assert "Load line of &lt;script&gt;&amp;</title>" in text
