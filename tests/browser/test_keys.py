"""What the keyboard does; LOOK.md names the keys, the dialog behind “?” shows them."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Harbour
from tests.browser.reading import Reader


@pytest.fixture
def page(noor: Reader, harbour: Harbour) -> Page:
    noor.page.goto(f"{harbour.url}/halyard/")
    return noor.page


@pytest.mark.parametrize(
    ("letter", "path"),
    [
        ("s", "scope/"), ("r", "risks/"), ("g", "gates/"),
        ("d", "decisions/"), ("i", "incidents/"), ("b", "brief/"),
    ],
)  # fmt: skip
def test_g_and_a_letter_goes_to_each_of_the_six_words(page: Page, letter: str, path: str) -> None:
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**/halyard/{path}")


def test_the_palette_finds_a_record_and_opens_it(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("RSK-2")
    expect(page.locator("#palette-results a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/halyard/risks/RSK-2/")


def test_rows_are_walked_selected_and_opened(page: Page, harbour: Harbour) -> None:
    page.goto(f"{harbour.url}/halyard/risks/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("1 selected")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("2 selected")
    page.keyboard.press("Escape")
    expect(page.locator("[data-picked]")).to_have_text("")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_url("**/halyard/risks/RSK-*/")
    page.keyboard.press("Escape")
    page.wait_for_url("**/halyard/risks/")


def test_slash_searches_and_typing_is_not_taken_for_keys(page: Page, harbour: Harbour) -> None:
    page.goto(f"{harbour.url}/halyard/risks/")
    page.keyboard.press("/")
    page.keyboard.type("gears")
    expect(page.locator(":focus")).to_have_value("gears")
    assert page.url.startswith(f"{harbour.url}/halyard/risks/")


def test_question_mark_shows_the_keys_and_escape_closes_them(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_c_goes_to_the_comment(page: Page, harbour: Harbour) -> None:
    page.goto(f"{harbour.url}/halyard/risks/RSK-1/")
    page.keyboard.press("c")
    expect(page.locator("main textarea:focus")).to_have_count(1)


def test_the_focus_is_always_visible(page: Page) -> None:
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; })()"
            )
        )
    assert all(seen), seen
