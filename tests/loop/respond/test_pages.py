"""The list, the room and the pages of clocks, as people read them."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from plimsoll.kernel.clock import frozen_at
from plimsoll.loop.respond.models import ClockClosing, Incident, IncidentTask, TriggerTime
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages, words

pytestmark = pytest.mark.django_db
GDPR = "incidents/{incident}/clocks/OBL-EU-GDPR-33/notify/"


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["cal"])
    return Pages(client)


def room(laden: Laden, pages: Pages) -> Page:
    return pages.get(laden.at("incidents/{incident}/"))


def rows(page: Page) -> list[str]:
    return [words(tr) for tr in page.tree.iter("tr")]


def test_the_list_shows_the_next_clock_of_each_and_hazards_apart(laden: Laden, pages: Pages) -> None:
    page = pages.get(laden.at("incidents/"))
    assert "invoice" in page.main
    assert "A tester nearly got a refund" in page.main
    assert "A tester nearly" not in pages.get(laden.at("incidents/?happened=incident")).main
    assert "invoice" not in pages.get(laden.at("incidents/?happened=hazard")).main
    assert "Nothing matches" in pages.get(laden.at("incidents/?state=closed")).main


def test_the_list_goes_out_as_csv(laden: Laden, pages: Pages) -> None:
    text = pages.get(laden.at("incidents/?format=csv")).text
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["Ref"] for line in lines] == [laden.refs["hazard"], laden.refs["incident"]]
    assert lines[1]["Kind"] == "model, security"


def test_the_room_shows_clocks_by_jurisdiction_with_both_deadlines(laden: Laden, pages: Pages) -> None:
    page = room(laden, pages)
    places = [words(h3) for h3 in page.tree.iter("h3")]
    assert any(place.startswith("EU/EEA") for place in places)
    assert any(place.startswith("UK") for place in places)
    (row,) = (line for line in rows(page) if "notify" in line and "72 hours" in line and "closed" not in line)
    assert "12 Jan 10:00" in row
    assert "12 Jan 11:00" in row


def test_the_room_says_what_has_no_clock_and_why(laden: Laden, pages: Pages) -> None:
    main = room(laden, pages).main
    assert "Without a clock, and why" in main
    assert "Watch: only proposed" in main
    assert "Does not apply" in main


def test_the_timeline_tells_everything_in_order_of_time(laden: Laden, pages: Pages) -> None:
    page = room(laden, pages)
    section = next(s for s in page.tree.iter("section") if s.get("id") == "timeline")
    text = words(section)
    order = [text.index(part) for part in ("Occurred", "Declared as incident", "The cache was emptied.")]
    assert order == sorted(order)
    assert "Nobody there was concerned." in text


def test_a_task_is_ticked_off_in_the_room(laden: Laden, pages: Pages) -> None:
    page = pages.follow(laden.at("incidents/{incident}/tasks/{incident_task}/tick/"))
    assert "Ticked off." in page.text
    task = IncidentTask.objects.get(pk=laden.refs["incident_task"])
    assert task.done_by_id == laden.crew.id("cal")
    pages.post(laden.at("incidents/{incident}/tasks/{incident_task}/tick/"), {"undo": "1"})
    task.refresh_from_db()
    assert task.done_at is None


def test_a_clock_page_shows_the_reasons_and_what_can_be_done(laden: Laden, pages: Pages) -> None:
    page = pages.get(laden.at(GDPR))
    facts = page.facts()
    assert facts["Plain deadline"] == "12 Jan 10:00"
    assert facts["Statutory reading, to be confirmed"] == "12 Jan 11:00"
    assert "72 hours from aware personal data breach." in page.main
    assert page.posts() >= {laden.at(GDPR + step) for step in ("start/", "submit/", "close/")}


def test_a_clock_is_closed_on_its_page_with_a_reason(laden: Laden, pages: Pages) -> None:
    refused = pages.post(laden.at(GDPR + "close/"), {"reason": "no"}, status=422)
    assert "Nothing was saved yet." in refused.main
    assert "The reason has 2 characters" in refused.main
    pages.post(laden.at(GDPR + "close/"), {"reason": "No risk to people is likely."})
    assert ClockClosing.objects.filter(duty="OBL-EU-GDPR-33", signer_id=laden.crew.id("cal")).exists()
    assert "Closed by Cal Weiss: No risk to people is likely." in room(laden, pages).main


def test_a_time_to_come_is_refused_at_the_field(laden: Laden, pages: Pages) -> None:
    refused = pages.post(laden.at(GDPR + "start/"), {"at": "2028-01-01T00:00"}, status=422)
    assert "which has not come" in refused.main
    refused = pages.post(laden.at("incidents/{incident}/notes/"), {"text": "x"}, status=422)
    assert "The note has 1 characters" in refused.main
    refused = pages.post(laden.at("incidents/{incident}/times/"), {"contained": "2020-01-01T00:00"}, 422)
    assert "lies before" in refused.main


def test_times_that_were_not_touched_keep_their_seconds(laden: Laden, pages: Pages) -> None:
    path = laden.at("incidents/{incident}/times/")
    with frozen_at(NOW):
        shown = {name: pages.get(path).field(name).get("value") or "" for name in ("detected", "occurred")}
        pages.post(path, shown)
    assert Incident.objects.get(pk=laden.refs["incident_id"]).moments.get(milestone="detected").at


def test_there_is_no_page_for_a_clock_that_there_is_not(laden: Laden, pages: Pages) -> None:
    for key in ("OBL-UK-CSRB/initial", "OBL-EU-GDPR-33/final", "x/y"):
        pages.get(laden.at(f"incidents/{{incident}}/clocks/{key}/"), 404)
        pages.post(laden.at(f"incidents/{{incident}}/clocks/{key}/start/"), {"at": "2027-01-09T08:00"}, 404)
    pages.get(laden.at("incidents/INC-404/"), 404)
    pages.get(laden.at("incidents/{incident}/tasks/9999/"), 404)


def test_an_engineer_may_not_close_a_clock(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["dev"])
    page = Pages(client).get(laden.at(GDPR))
    assert laden.at(GDPR + "close/") not in page.posts()
    Pages(client).post(laden.at(GDPR + "close/"), {"reason": "No risk to people is likely."}, 403)


def test_two_clicks_lead_from_any_page_to_a_declared_incident(laden: Laden, pages: Pages) -> None:
    start = pages.get(laden.at("risks/"))
    assert laden.at("incidents/new/") in start.links()
    page = pages.get(laden.at("incidents/new/?system=1"))
    assert page.field("aware_at").get("value") == "2027-01-11T09:00"
    pages.follow(
        laden.at("incidents/new/"), {"title": "It refunded twice", "system": "1", "sort": "incident"}
    )
    made = Incident.objects.latest("pk")
    assert made.title == "It refunded twice"
    assert TriggerTime.objects.filter(incident=made).exists()


def test_my_tasks_wait_for_me(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["tess"])
    assert "(It sent one customer another's invoice)" in Pages(client).get("/waiting/").main
