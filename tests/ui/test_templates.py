"""The face: what every template, style sheet and script keeps to, and that the pattern pages are whole."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from itertools import product
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import html5lib  # type: ignore[import-untyped]  # ships no types
import pytest
from django.http import QueryDict
from django.template import Engine
from django.template.loader import render_to_string

import plimsoll.ui
from plimsoll.engines.gates.status import Colour
from plimsoll.engines.reports import html as report_html
from plimsoll.kernel import clock
from plimsoll.kernel.verdict import Verdict
from plimsoll.ui import cells, patterns

UI = Path(plimsoll.ui.__file__).parent
TEMPLATES = UI / "templates"
STATIC = UI / "static" / "ui"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
SHEETS = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*.css"))
SCRIPTS = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*.js"))
PAGES = ["patterns", *sorted(patterns.kinds())]


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def styled() -> set[str]:
    """Every class that some rule of some style sheet names."""
    rules = "".join((STATIC / name).read_text() for name in SHEETS)
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", rules, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][a-z0-9_-]*)", selectors))


def rendered(page: str, **changes: Any) -> str:
    """A pattern page as a signed-in reader gets it."""
    pages = {"patterns": ("ui/patterns.html", patterns.contexts()), **patterns.kinds()}
    template, context = pages[page]
    return render_to_string(template, {**context, **changes})


def parsed(text: str) -> Any:
    """The page's tree; html5lib raises on the first parse error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


# ---------------------------------------------------------------- templates
@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    assert Engine.get_default().get_template(name).nodelist is not None


@pytest.mark.parametrize("name", NAMES)
def test_no_template_reaches_a_hundred_lines(name: str) -> None:
    assert len(source(name).splitlines()) < 100


@pytest.mark.parametrize("name", NAMES)
def test_no_template_has_anything_inline(name: str) -> None:
    text = source(name)
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+\s*=|hx-on|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert "data:" not in text.replace('"data:"', "")


@pytest.mark.parametrize("name", NAMES)
def test_no_template_shouts_or_promises(name: str) -> None:
    words = re.sub(r"<[^>]*>|\{[%{#].*?[%}#]\}", " ", source(name), flags=re.DOTALL)
    assert "!" not in words
    assert not re.search(r"\b(secure|safe|compliant)\b", words, flags=re.IGNORECASE)


def test_every_class_of_a_template_is_styled() -> None:
    known = styled()
    for name in NAMES:
        for value in re.findall(r'class="([^"]*)"', source(name)):
            fixed = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{[%{].*", " ", value)
            assert set(fixed.split()) <= known | {"next"}, name


# ---------------------------------------------------------------- style sheets and scripts
@pytest.mark.parametrize("name", SHEETS)
def test_every_style_sheet_is_small_and_loads_nothing_from_outside(name: str) -> None:
    text = (STATIC / name).read_text()
    assert len(text.encode()) < 8_000
    assert not re.search(r"https?:|data:|expression\(", text)


def test_the_index_imports_every_style_sheet_once_into_a_layer() -> None:
    imported = re.findall(r'@import url\("([^"]+)"\) layer\(([a-z]+)\);', (STATIC / "ui.css").read_text())
    assert sorted(name for name, _ in imported) == [name for name in SHEETS if name != "ui.css"]
    assert {layer for _, layer in imported} == {
        "reset", "tokens", "base", "layout", "components", "utilities",
    }  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_short_and_makes_no_code_out_of_text(name: str) -> None:
    text = (STATIC / name).read_text()
    assert len(text.splitlines()) < 200
    assert not re.search(
        r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text
    )
    assert not re.search(r"\.style\b|setAttribute\(\"style\"|https?:", text)


def test_what_cells_and_reports_emit_is_styled() -> None:
    today = clock.today()
    made = (
        cells.Mono("3f2a"), cells.Link("a", "/"), cells.RefLink("RSK-1", "/"), cells.Person("Priya"),
        cells.Due(today - timedelta(days=2), today), cells.Due(None, today), cells.Stamp(clock.now()),
        *(cells.VerdictCell(verdict, waived=waived) for verdict, waived in product(Verdict, (True, False))),
        *(cells.StatusCell(colour) for colour in Colour), cells.Amount("1", "EUR", "90 %: 0–2"),
        cells.Gauge(1, 2, "met"), cells.Tag("prior", hatched=True), cells.Nothing(),
    )  # fmt: skip
    emitted = {
        word
        for cell in made
        for value in re.findall(r'class="([^"]*)"', cells.render(cell))
        for word in value.split()
    }
    assert {"ref", "late", "waived", "not_met", "white", "gauge", "hatched", "nothing"} <= emitted
    assert emitted <= styled()
    unstyled = {name for name in report_html.CLASSES if name not in styled()}
    assert unstyled <= {
        "report-figure__drawing",
        "report-footer__item",
        "report-paragraph",
        "report-pairs",
        "report-strong",
        "report-verdict",
    }


# ---------------------------------------------------------------- colour
def linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH as linear sRGB, clipped to the gamut (B. Ottosson, A perceptual color space, 2020)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long, medium, short = (
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    mixed = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(max(part, 0.0), 1.0) for part in mixed)
    return red, green, blue


def luminances(theme: int) -> dict[str, float]:
    """Relative luminance of every opaque token in the light (0) or dark (1) theme (WCAG 2.2)."""
    found = {}
    number = r"([\d.]+)"
    colour = rf"oklch\({number}% {number} {number}\)"
    for name, *parts in re.findall(
        rf"--([a-z-]+): light-dark\({colour}, {colour}\)", (STATIC / "layers/tokens.css").read_text()
    ):
        lightness, chroma, hue = (float(part) for part in parts[theme * 3 : theme * 3 + 3])
        red, green, blue = linear(lightness / 100, chroma, hue)
        found[name] = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return found


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_the_contrast_formula_gives_the_reference_value() -> None:
    assert contrast(sum((0.2126, 0.7152, 0.0722)), 0.0) == pytest.approx(21.0)
    assert linear(1.0, 0.0, 0.0) == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_has_a_contrast_of_four_and_a_half_on_every_ground(theme: int) -> None:
    tokens = luminances(theme)
    grounds = ("paper", "sheet", "well", "hover")
    for ink, ground in product(("ink", "soft", "accent", "accent-deep", "red", "amber", "green"), grounds):
        assert contrast(tokens[ink], tokens[ground]) >= 4.5, (ink, ground)
    for ground in ("accent", "accent-deep"):
        assert contrast(tokens["on-accent"], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
def test_the_edge_of_a_control_has_a_contrast_of_three(theme: int) -> None:
    tokens = luminances(theme)
    for ground in ("paper", "sheet", "well"):
        assert contrast(tokens["edge"], tokens[ground]) >= 3


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize("page", PAGES)
def test_every_pattern_page_is_valid_and_whole(page: str) -> None:
    text = rendered(page)
    tree = parsed(text)
    heads = tree.findall(".//h1")
    assert len(heads) == 1
    title = " ".join(tree.find(".//title").text.split())
    assert title.startswith(" ".join("".join(heads[0].itertext()).split()))
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [name for name, times in ids.items() if times > 1] == []
    assert "sample" in text.lower()
    for element in tree.iter():
        if element.tag in ("input", "select", "textarea") and element.get("type") not in ("hidden", "submit"):
            assert labelled(element, tree), html5lib.serialize(element)


def labelled(element: Any, tree: Any) -> bool:
    """Whether a field has a name: a label around it, a label for it, or an aria attribute."""
    if element.get("aria-label") or element.get("aria-labelledby"):
        return True
    labels = tree.findall(".//label")
    around = any(element in list(label.iter()) for label in labels)
    return around or any(label.get("for") == element.get("id") and element.get("id") for label in labels)


@pytest.mark.parametrize("page", PAGES)
def test_every_reference_between_elements_leads_somewhere(page: str) -> None:
    tree = parsed(rendered(page))
    ids = {element.get("id") for element in tree.iter()}
    for element in tree.iter():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((element.get(name) or "").split()) <= ids, html5lib.serialize(element)


def test_fifty_rows_of_seven_columns_stay_lean() -> None:
    text = rendered("list")
    assert text.count('name="ref"') == 50
    assert len(text.encode()) < 45_000


def test_a_list_says_how_it_is_sorted_and_filtered() -> None:
    listing = patterns.kinds(QueryDict("sort=-due&of=keel"))["list"][1]["listing"]
    tree = parsed(rendered("list", listing=listing))
    assert [th.get("aria-sort") for th in tree.findall(".//th[@aria-sort]")] == ["descending"]
    assert "Keel" in "".join(tree.find(".//a[@class='chip']").itertext())
    assert tree.find(".//input[@name='sort']").get("value") == "-due"


def test_a_filtered_list_without_rows_offers_to_clear_the_filters() -> None:
    kinds = patterns.kinds(QueryDict("of=keel"))
    full, empty = kinds["list"][1]["listing"], kinds["empty"][1]["listing"]
    assert "Clear filters" not in rendered("empty")
    assert empty.empty in rendered("empty")
    filtered = type(empty)(
        query=full.query, rows=(), total=0, title="Risks", sentence="What could happen.", empty="None."
    )
    text = rendered("empty", listing=filtered)
    assert "Nothing matches what you asked for." in text
    assert '<a class="button primary" href="?">Clear filters</a>' in text


def test_a_form_keeps_what_was_typed_and_names_each_error_twice() -> None:
    text = rendered("form")
    assert "Typed and kept." in text
    tree = parsed(text)
    summary = tree.find(".//div[@role='alert']")
    assert [link.get("href") for link in summary.iter("a")] == [
        "#id_title",
        "#id_owner",
        "#id_place_0",
    ]
    title = tree.find(".//input[@id='id_title']")
    assert title.get("aria-invalid") == "true"
    assert title.get("aria-describedby") == "id_title_helptext id_title_error"


def test_a_message_with_an_undo_address_has_a_button_for_it() -> None:
    with_undo = render_to_string("ui/toast.html", {"text": "Done.", "level": "success", "extra": "undo:/u/7"})
    assert '<form method="post" action="/u/7">' in with_undo
    assert "<form" not in render_to_string(
        "ui/toast.html", {"text": "Done.", "level": "success", "extra": None}
    )


def test_nothing_that_people_write_reaches_a_page_as_markup() -> None:
    hurtful = '"><script src=x></script>'
    text = rendered("record", comments=[{"author": hurtful, "text": hurtful, "written_at": clock.now()}])
    assert hurtful not in text
    assert "&lt;script src=x&gt;" in text


def test_without_a_program_the_frame_shows_no_six_words() -> None:
    text = rendered("go", frame={})
    assert 'class="six"' not in text
    assert "Sign in" in text


@pytest.mark.parametrize(
    "name", ["ui/landing.html", "ui/error.html", "account/login.html", "account/signup.html"]
)
def test_the_pages_of_a_stranger_render_without_a_frame(name: str) -> None:
    tree = parsed(render_to_string(name, {"title": "There is no such page", "code": 404}))
    assert tree.find(".//title").text.startswith("".join(tree.find(".//h1").itertext()))
    assert tree.find(".//nav") is None
