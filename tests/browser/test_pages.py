"""Every kind of page of the worked programs, light and 390 px wide; in the dark every component."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Harbour
from tests.browser.reading import MODES, Reader, kind_of

FILES = (
    "csv",
    ".md",
    ".pdf",
    "export/download",
    "statement/",
    "/file/",
    "/proof/",
    "/leaf/",
    ".js",
    ".css",
    "document/",
    "logout",
)
FEWEST = 40


def in_mode(paths: list[str], mode: str) -> list[str]:
    """In the dark, the patterns with every component and the pages one step from the start.

    Colours come from tokens alone; what stands deeper is made of the same components.
    """
    if mode != "dark":
        return paths
    return [path for path in paths if path.startswith("/patterns/") or path.count("/") <= 3]


def every_kind(reader: Reader, harbour: Harbour) -> list[str]:
    """One address for each kind of page that can be reached by links from the start."""
    waiting, kinds = ["/", "/halyard/", "/patterns/", "/account/password/change/", "/account/2fa/"], {}
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in kinds or any(word in path for word in FILES):
            continue
        kinds[kind_of(path)] = path
        reader.open(harbour.url + path)
        waiting += sorted(reader.links())
    return list(kinds.values())


@pytest.fixture(scope="session")
def paths(chromium: Browser, harbour: Harbour) -> list[str]:
    with Reader.opened(chromium) as reader:
        reader.sign_in(harbour.url, "noor@halyard.example", harbour.password)
        return every_kind(reader, harbour)


@pytest.mark.parametrize("mode", MODES)
def test_every_page_reads_well(chromium: Browser, harbour: Harbour, paths: list[str], mode: str) -> None:
    assert len(paths) >= FEWEST, paths
    faults = {}
    with Reader.opened(chromium, mode) as reader:
        reader.sign_in(harbour.url, "noor@halyard.example", harbour.password)
        for path in [*in_mode(paths, mode), "/halyard/risks/RSK-999/", "/halyard/go-nowhere/"]:
            status = reader.open(harbour.url + path)
            reader.seen(f"{path.strip('/').replace('/', '_') or 'start'}-{mode}")
            found = reader.faults()
            if status not in (200, 404) or (status == 404) != (path[-5:] in ("-999/", "here/")):
                found.append(f"status {status}")
            if found:
                faults[path] = found
    assert not faults, "\n".join(f"{path}: {found}" for path, found in faults.items())


@pytest.mark.parametrize("mode", MODES)
def test_pages_of_strangers_read_well(chromium: Browser, harbour: Harbour, mode: str) -> None:
    faults = {}
    with Reader.opened(chromium, mode) as reader:
        for path in ("/account/login/", "/account/password/reset/", "/account/signup/", "/nowhere/"):
            reader.open(harbour.url + path)
            reader.seen(f"stranger_{path.strip('/').replace('/', '_')}-{mode}")
            if found := reader.faults():
                faults[path] = found
    assert not faults, "\n".join(f"{path}: {found}" for path, found in faults.items())
