"""Somebody new, with an empty database, on the way to a printed brief of an own system."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Harbour
from tests.browser.reading import Reader

KNOWN = {
    "K1": "Language: text, chat, code",
    "S1": "Our staff only",
    "S3": "No",
    "D1": "Ordinary: names, contacts, ids, behaviour",
    "D3": "Yes",
    "M1": "A vendor's API",
    "R1": "Yes",
}
MOST_STEPS = 30
"""At twenty seconds for each, thirty steps take ten minutes."""


@dataclass
class Hand:
    """Counts what a person does: a click, a field filled in, a key, a page read."""

    page: Page
    steps: list[str] = field(default_factory=list)

    def click(self, what: str, **how: Any) -> None:
        self.page.click(what, **how)
        self.steps.append(f"click {what}")

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=False).first.fill(text)
        self.steps.append(f"fill {label}")

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=False).first.select_option(label=option)
        self.steps.append(f"choose {label}")


def test_an_own_system_has_a_printed_brief_within_ten_minutes(
    stranger: Reader, slipway: Harbour, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    page, hand = stranger.page, Hand(stranger.page)
    page.goto(slipway.url)
    hand.click("text=Create the first account")
    hand.fill("Email", "nia@yard.example")
    hand.fill("Your name", "Nia Marlow")
    hand.fill("Password", "a long quiet password")
    if page.locator("[name=password2]").count():
        page.fill("[name=password2]", "a long quiet password")
        hand.steps.append("fill password again")
    hand.click("form button.primary")

    hand.click("text=Open a program")
    hand.fill("Name", "Shipyard")
    hand.click("form button.primary")

    page.wait_for_url("**/shipyard/systems/new/")
    hand.fill("Name", "Foreman")
    hand.fill("What it does for whom", "Answers shift leaders' questions about work plans")
    hand.choose("Next stage", "pilot")
    hand.fill("Promised for", "2030-06-28")
    hand.click("main form button.primary")

    page.wait_for_url("**/shipyard/scope/SYS-1/")
    for code, answer in KNOWN.items():
        question = page.locator(f"#{code}")
        question.get_by_role("button", name=answer, exact=True).click()
        hand.steps.append(f"answer {code}")
        expect(page.locator(f"#{code} .answer[aria-pressed=true]")).to_have_text(answer)
    # One key turns what is not known into an assumption with a policy, an owner and a due date.
    page.locator("#D2 button").first.focus()
    page.keyboard.press(".")
    hand.steps.append("key .")
    expect(page.locator("#D2")).to_contain_text("ASM-1")
    stranger.seen("voyage_scope")

    hand.click("nav >> text=Brief")
    expect(page.locator(".report-line, .paper").first).to_contain_text("Shipyard")
    expect(page.locator("main")).to_contain_text("Foreman")
    stranger.seen("voyage_brief")
    paper = tmp_path / "brief.pdf"
    page.pdf(path=paper, format="A4", prefer_css_page_size=True)
    hand.steps.append("print")

    assert len(PdfReader(paper).pages) == 1
    record_property("steps", len(hand.steps))
    assert len(hand.steps) <= MOST_STEPS, hand.steps
    assert not stranger.faults()
