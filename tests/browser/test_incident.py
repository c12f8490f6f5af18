"""An incident from its declaration to its review, and another system's gate that turns to unknown by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Harbour
from tests.browser.reading import MODES, Reader
from tests.browser.yard import PASSWORD

GATE = "/yard/gates/GTE-2/"
ROOM = "/yard/incidents/INC-1/"
NOTIFY = f"{ROOM}clocks/OBL-EU-GDPR-33/notify/"


def declare(reader: Reader, url: str) -> None:
    """Two clicks from a page that has nothing to do with incidents."""
    page = reader.page
    reader.open(f"{url}/yard/risks/")
    page.get_by_role("link", name="Declare", exact=True).click()
    page.get_by_label("What happened, in one sentence").fill("It sent one customer another's invoice")
    page.locator("#id_system").select_option(label="Bosun")
    page.get_by_role("button", name="Declare it").click()
    page.wait_for_url(f"**{ROOM}")


def work_through_the_clocks(reader: Reader, url: str) -> None:
    """One clock runs and is met; the others are closed with a reason and a signer."""
    page = reader.page
    reader.open(url + NOTIFY)
    page.locator("#start_at").fill(page.evaluate("new Date(Date.now() - 36e5).toISOString().slice(0, 16)"))
    page.get_by_role("button", name="Enter the time").click()
    places = page.locator("#clocks h3")
    expect(places.filter(has_text="EU/EEA")).to_be_visible()
    expect(places.filter(has_text="UK")).to_be_visible()
    expect(page.locator(".room-bar")).to_contain_text("running")
    reader.seen("incident_clocks")
    reader.open(url + NOTIFY)
    page.get_by_label("Reference").fill("letter 4")
    page.get_by_role("button", name="Record it").click()
    told = page.locator("#clocks tr", has_text="notification to the authority")
    expect(told).to_contain_text("● met")
    page.locator("#clocks").get_by_role("link", name="that have not started").click()
    page.get_by_label("Why nothing is to be done").fill("One letter, to one person, who sent it back.")
    page.get_by_role("button", name="Close and sign").click()
    expect(page.locator("#clocks")).not_to_contain_text("each waits for its own event")
    running = page.locator("#clocks tr", has=page.get_by_text("running"))
    while running.count():
        running.first.get_by_role("link").click()
        page.get_by_label("Why nothing is to be done").fill("The law of that place does not reach us.")
        page.get_by_role("button", name="Close and sign").click()
        page.wait_for_url(f"**{ROOM}*")


def do_the_first_task(reader: Reader) -> None:
    page = reader.page
    page.locator("#tasks button", has_text="Done").first.click()
    expect(page.locator("#tasks h2")).to_contain_text("1 done")


def review_and_learn(reader: Reader) -> None:
    page = reader.page
    page.locator("#review").get_by_role("link", name="Write it").click()
    page.get_by_label("What set it off").fill("A cache key without the customer in it.")
    page.get_by_label("What let it happen").fill("Nobody had tested it with two customers.")
    page.get_by_role("button", name="Write the review").click()
    expect(page.locator("#review")).to_contain_text("No gate had been decided when it happened.")
    page.get_by_role("link", name="Propose one").click()
    page.get_by_label("What must be true from now on").fill("Two customers are tested at once")
    page.get_by_label("Why: what happened").fill("An invoice went to another customer.")
    page.get_by_label("What a stranger can check").fill("A test sends two customers' requests at once.")
    page.get_by_label("Which document or record").fill("The report of the test, with dates.")
    page.get_by_label("Asked from the gate for").select_option("prototype")
    page.get_by_label("Controls that it checks").select_option(index=0)
    page.get_by_label("It is for every system").check()
    page.get_by_role("button", name="Propose it").click()
    expect(page.locator("#review")).to_contain_text("Would be asked in Bosun (it is for every system), Skiff")
    reader.seen("incident_lesson")
    page.get_by_role("button", name="Accept: Two customers are tested at once").click()
    expect(page.locator("#review")).to_contain_text("Asked in Bosun")


def test_what_one_system_teaches_turns_another_systems_gate_to_unknown(
    stranger: Reader, yard: Harbour
) -> None:
    page = stranger.page
    stranger.sign_in(yard.url, "omni@yard.example", PASSWORD)
    stranger.open(yard.url + GATE)
    expect(page.locator(".room-bar .verdict")).to_contain_text("met")
    expect(page.locator("main")).not_to_contain_text("Two customers")

    declare(stranger, yard.url)
    work_through_the_clocks(stranger, yard.url)
    do_the_first_task(stranger)
    review_and_learn(stranger)
    assert not stranger.faults()

    stranger.open(yard.url + GATE)
    expect(page.locator(".room-bar .verdict")).to_have_text("○ unknown")
    expect(page.locator(".criteria")).to_contain_text("Two customers are tested at once")
    expect(page.locator("main")).to_contain_text("Two customers are tested at once: not asked → unknown")
    stranger.seen("incident_other_gate")
    assert not stranger.faults()

    stranger.open(yard.url + ROOM)
    page.get_by_role("button", name="Close the incident").click()
    dialog = page.locator("dialog[open] button.primary, dialog[open] button.danger")
    if dialog.count():
        dialog.first.click()
    expect(page.locator(".facts").first).to_contain_text("closed")
    stranger.seen("incident_closed")


@pytest.mark.parametrize("mode", MODES)
def test_the_room_reads_well_on_screen_and_on_paper(chromium: Browser, harbour: Harbour, mode: str) -> None:
    with Reader.opened(chromium, mode) as reader:
        reader.sign_in(harbour.url, "noor@halyard.example", harbour.password)
        for path in ("INC-1/", "INC-2/", "INC-2/clocks/OBL-EU-GDPR-33/notify/", "times/", "new/"):
            assert reader.open(f"{harbour.url}/halyard/incidents/{path}") == 200
            assert not reader.faults(), path
        reader.page.emulate_media(media="print")
        reader.open(f"{harbour.url}/halyard/incidents/INC-2/")
        assert not reader.page.locator(".rail, .top").first.is_visible()
        assert not reader.faults()
