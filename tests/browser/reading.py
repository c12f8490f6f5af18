"""One reader with a browser: opens pages, listens to what the browser complains about, looks closely."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow": {"viewport": NARROW, "color_scheme": "light"},
}
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
AXE = Axe()


class Reader:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        # A status of 404 or 422 that we asked for is no complaint of the page.
        if message.type in ("error", "warning") and "responded with a status of" not in message.text:
            self.complaints.append(message.text)

    @classmethod
    @contextmanager
    def opened(cls, browser: Browser, mode: str = "light", **options: Any) -> Iterator[Self]:
        context = browser.new_context(locale="en-GB", **MODES[mode], **options)
        context.set_default_timeout(15_000)
        try:
            yield cls(context.new_page())
        finally:
            context.close()

    def sign_in(self, url: str, email: str, password: str) -> None:
        self.page.goto(f"{url}/account/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", password)
        self.page.click("form button.primary")
        self.page.wait_for_url(f"{url}/")

    def open(self, address: str) -> int:
        """The status of the page."""
        answer = self.page.goto(address, wait_until="load")
        return answer.status if answer else 0

    def seen(self, name: str) -> None:
        """Keeps a picture if somebody wants to look."""
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def faults(self) -> list[str]:
        """What is wrong with the page as it stands: axe, the console, and what sticks out sideways."""
        found = [
            f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes']][:3]}"
            for v in AXE.run(self.page, options=RULES).response["violations"]
        ]
        found += [f"console: {text}" for text in self.complaints]
        self.complaints.clear()
        width, room = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if width > room:
            found.append(f"{width} px wide in a window of {room}")
        return found

    def links(self) -> set[str]:
        """Paths of this server that the page leads to."""
        hrefs = self.page.eval_on_selector_all("a[href]", "found => found.map(a => a.href)")
        origin = self.page.evaluate("location.origin")
        return {href.removeprefix(origin) for href in hrefs if href.startswith(f"{origin}/")}


def kind_of(path: str) -> str:
    """The path without what tells one record, version or choice from another."""
    bare = re.sub(r"[?#].*", "", path)
    bare = re.sub(r"/catalog/clauses/.+", "/catalog/clauses/*/", bare)
    bare = re.sub(r"/((?:catalog/[a-z]+|matrix|people))/[^/]+", r"/\1/*", bare)
    return re.sub(r"\d+", "*", bare)
