"""What leaves the screen: the brief on one sheet, records and lists without the frame."""

import io
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.browser.conftest import Harbour
from tests.browser.reading import Reader


def printed(reader: Reader, address: str, folder: Path) -> PdfReader:
    reader.open(address)
    path = folder / "sheet.pdf"
    reader.page.pdf(path=path, format="A4", prefer_css_page_size=True)
    return PdfReader(path)


def test_the_brief_fits_one_a4_page_from_the_browser(noor: Reader, harbour: Harbour, tmp_path: Path) -> None:
    sheet = printed(noor, f"{harbour.url}/halyard/brief/", tmp_path)
    text = sheet.pages[0].extract_text()
    width, height = (round(float(side)) for side in sheet.pages[0].mediabox[2:])
    assert len(sheet.pages) == 1
    assert (width, height) in {(595, 842), (596, 842), (595, 841), (596, 843)}
    assert "What security" in text
    assert "1 past due" in text  # the rule that set the status, not only its colour
    assert "log position" in text
    assert "Search or command" not in text


def test_the_brief_as_a_file_is_one_a4_page_with_the_same_numbers(noor: Reader, harbour: Harbour) -> None:
    file = noor.page.request.get(f"{harbour.url}/halyard/brief.pdf")
    sheet = PdfReader(io.BytesIO(file.body()))
    text = " ".join(sheet.pages[0].extract_text().split())
    assert len(sheet.pages) == 1
    for number in ("83 % certain", "53 % certain", "87 % certain"):
        assert number in text
    assert "Assumptions: 1 past due" in text  # the rule that set the status, not only its colour


@pytest.mark.parametrize("path", ["risks/", "risks/RSK-1/", "gates/GTE-1/", "requirements/REQ-1/"])
def test_records_and_lists_print_without_the_frame(
    noor: Reader, harbour: Harbour, tmp_path: Path, path: str
) -> None:
    sheet = printed(noor, f"{harbour.url}/halyard/{path}", tmp_path)
    text = " ".join(page.extract_text() for page in sheet.pages)
    assert "Search or command" not in text
    assert "What waits" not in text
    assert "Log position" in text or "log position" in text.lower()


def test_the_loop_is_walked_without_scripts(chromium: Browser, harbour: Harbour) -> None:
    with Reader.opened(chromium, java_script_enabled=False) as reader:
        reader.sign_in(harbour.url, "noor@halyard.example", harbour.password)
        page = reader.page
        page.goto(f"{harbour.url}/halyard/risks/")
        page.click("text=Raise a risk")
        page.select_option("select[name=system]", index=1)
        page.fill("[name=title]", "A crane stops without a reason")
        page.click("main form button.primary")
        page.wait_for_url("**/halyard/risks/RSK-*/")
        assert "A crane stops without a reason" in page.inner_text("h1")
