"""The product as a reader meets it: its own command serves it, a real Chromium reads it.

Set CHROMIUM to a browser's path to choose one, SCREENSHOTS to a folder to keep what was seen.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.reading import Reader

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, slots=True)
class Harbour:
    """A running server of our own."""

    url: str
    home: Path

    @property
    def password(self) -> str:
        return (self.home / "demo-password").read_text()


@contextmanager
def serving(home: Path) -> Iterator[Harbour]:
    """`plimsoll up` on a free port, with its worker, until the block ends."""
    command = [sys.executable, "-m", "plimsoll.cli.main", "up"]
    said = home / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen(
            command, env=_environment(home), stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield Harbour(url=_address(process, said), home=home)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _environment(home: Path) -> dict[str, str]:
    """As a stranger's shell has it: none of the settings of these tests."""
    ours = ("DJANGO_", "PLIMSOLL_", "DATABASE_URL")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "PLIMSOLL_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        text = said.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        if found and "Started worker" in text:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {said.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """The worked programs, loaded and served as `make demo` does it."""
    home = tmp_path_factory.mktemp("harbour")
    subprocess.run(
        [sys.executable, "-m", "plimsoll.cli.main", "demo", "--load-only"],
        env=_environment(home),
        check=True,
        capture_output=True,
    )
    with serving(home) as running:
        yield running


@pytest.fixture
def slipway(tmp_path: Path) -> Iterator[Harbour]:
    """An empty database, served."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Harbour]:
    """Two systems of one program, served: one to be hit, and one whose first gate is met."""
    subprocess.run(
        [sys.executable, "-m", "tests.browser.yard"],
        env=_environment(tmp_path),
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
    )
    with serving(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            )
        except Error as error:
            raise AssertionError(
                "No Chromium was found. Install the package chromium, or set CHROMIUM to its path."
            ) from error
        yield browser
        browser.close()


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[Reader]:
    """A browser that nobody has signed in with."""
    with Reader.opened(chromium) as reader:
        yield reader


@pytest.fixture
def noor(chromium: Browser, harbour: Harbour) -> Iterator[Reader]:
    """The TPM of the worked programs, signed in."""
    with Reader.opened(chromium) as reader:
        reader.sign_in(harbour.url, "noor@halyard.example", harbour.password)
        yield reader
