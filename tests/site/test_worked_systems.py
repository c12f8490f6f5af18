"""The worked systems come out the same through the API and through the pages, to the last count."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from plimsoll.loop.scope import services as scope
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages, words

pytestmark = pytest.mark.django_db
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "scoping" / "worked_systems.json"
SYSTEMS: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))["systems"]
each = pytest.mark.parametrize("system", SYSTEMS, ids=[system["name"] for system in SYSTEMS])
FOUR = (("A1", "write"), ("D2", "yes"), ("M2", "yes"), ("R2", "transparency"))
COUNTS = {
    "Bosun day 0": (15, 12, 10), "Keel day 0": (20, 4, 13), "Lookout day 0": (14, 12, 11),
    "Bosun after four answers": (20, 4, 13),
}  # fmt: skip


def described(here: Laden, system: dict[str, Any], *, answered: bool = True) -> str:
    """A new system with the answers of a worked one; gives its ref."""
    made = scope.describe_system(
        actor=here.actor("tess"), program_id=here.program_id, name=system["name"], sentence="A worked one",
        owner_id=here.crew.id("dev"),
    )  # fmt: skip
    if answered:
        scope.answer_many(actor=here.actor("tess"), system_id=made.pk, answers=system["answers"])
    return f"SYS-{made.number}"


def signed_in(here: Laden, client: Client) -> Pages:
    client.force_login(here.crew.users["tess"])
    return Pages(client)


def counts_on(page: Page) -> tuple[int, ...]:
    """Certain, open and out as the room's facts say them."""
    facts = page.facts()
    return tuple(int(facts[word].split()[0]) for word in ("Certain", "Open", "Out"))


def asked_on(page: Page) -> list[tuple[str, int, int]]:
    """Code, worst and best settle count of each unknown question of the room, in the order shown."""
    found = []
    for form in page.tree.iter("form"):
        if form.get("class") != "question":
            continue
        meta = words(form.find(".//p"))
        settles = re.search(r"settles (\d+)(?: to (\d+))?", meta)
        answered = any(
            b.get("aria-pressed") == "true" and b.get("value") != "unknown" for b in form.iter("button")
        )
        if not answered:
            low = int(settles[1]) if settles else 0
            found.append((form.get("id"), low, int(settles[2] or low) if settles else 0))
    return found


def expected(system: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(u["question"], u["settles_worst"], u["settles_best"]) for u in system["unknowns"]]


def titles_under(page: Page, heading: str) -> list[str]:
    """The requirements listed in one of the three sets of the room."""
    for details in page.tree.iter("details"):
        if words(details.find("summary")).startswith(f"{heading} "):
            spans = [li.find("span") for li in details.iter("li")]
            return [" ".join((span.text or "").split()) for span in spans]
    raise AssertionError(f"there is no set {heading}")


def test_the_vectors_have_the_counts_that_the_product_promises() -> None:
    assert {s["name"]: (len(s["certain"]), len(s["open"]), len(s["out"])) for s in SYSTEMS} == COUNTS


@each
def test_the_api_gives_the_three_sets_and_what_each_unknown_settles(
    laden: Laden, system: dict[str, Any]
) -> None:
    ref = described(laden, system, answered=False)
    client, root = (
        Client(headers={"Authorization": f"Bearer {laden.tokens['full']}"}),
        f"/api/v1/programs/{laden.slug}",
    )
    answered = client.put(
        f"{root}/systems/{ref}/answers", {"answers": system["answers"]}, content_type="application/json"
    )
    assert answered.status_code == 200
    document = client.get(f"{root}/systems/{ref}/scope").json()
    assert answered.json()["scope"] == document
    for name in ("certain", "open", "out"):
        assert [item["title"] for item in document[name]] == system[name]
    given = [(u["question"], u["settles_worst"], u["settles_best"]) for u in document["unknowns"]]
    assert given == expected(system)
    certain, still_open, _ = COUNTS[system["name"]]
    assert document["confidence"] == pytest.approx(certain / (certain + still_open))
    assert document["method"] == "exact"


@each
def test_the_room_shows_the_same_sets_and_counts(
    laden: Laden, client: Client, system: dict[str, Any]
) -> None:
    ref = described(laden, system)
    page = signed_in(laden, client).get(laden.at(f"scope/{ref}/"))
    assert counts_on(page) == COUNTS[system["name"]]
    for heading in ("Certain", "Open", "Out"):
        assert titles_under(page, heading) == system[heading.lower()]
    assert asked_on(page) == expected(system)


@each
def test_the_inventory_shows_the_same_counts(laden: Laden, client: Client, system: dict[str, Any]) -> None:
    ref = described(laden, system)
    page = signed_in(laden, client).get(laden.at("scope/"))
    row = next(row for row in page.tree.iter("tr") if row.get("id") == ref)
    shown = [words(cell) for cell in row]
    certain, still_open, out = COUNTS[system["name"]]
    share = f"{100 * certain // (certain + still_open)} %"  # rounded down, never up
    assert shown[3:8] == [str(certain), str(still_open), str(out), share, str(len(system["unknowns"]))]


def test_bosun_answers_four_questions_in_the_room(laden: Laden, client: Client) -> None:
    ref = described(laden, SYSTEMS[0])
    pages, url = signed_in(laden, client), laden.at(f"scope/{ref}/")
    for question, value in FOUR:
        page = pages.follow(f"{url}answer/", {"question": question, "answer": value})
        assert re.search(rf"{question}: .*\. \d+ requirements? moved\.", words(page.tree)), question
    assert counts_on(page) == COUNTS["Bosun after four answers"]
    assert asked_on(page) == expected(SYSTEMS[3])


def test_an_answer_can_be_taken_back_from_its_message(laden: Laden, client: Client) -> None:
    ref = described(laden, SYSTEMS[0])
    pages, url = signed_in(laden, client), laden.at(f"scope/{ref}/")
    page = pages.follow(f"{url}answer/", {"question": "D4", "answer": "yes"})
    undo = next(f.get("action") for f in page.tree.iter("form") if "?question=D4" in f.get("action", ""))
    assert "answer=no" in undo
    after = pages.follow(undo)
    assert counts_on(after) == COUNTS["Bosun day 0"]
    assert [a["chosen"] for a in answers_to(after, "D4")] == [False, True]


def answers_to(page: Page, question: str) -> list[dict[str, Any]]:
    """The options of a question on the page, with the one that is pressed."""
    form = next(f for f in page.tree.iter("form") if f.get("id") == question)
    buttons = [b for b in form.iter("button") if b.get("value") not in ("unknown", "not_applicable")]
    return [{"value": b.get("value"), "chosen": b.get("aria-pressed") == "true"} for b in buttons]


def test_unknown_makes_an_assumption_in_the_same_keystroke(laden: Laden, client: Client) -> None:
    ref = described(laden, SYSTEMS[0])
    pages, url = signed_in(laden, client), laden.at(f"scope/{ref}/")
    page = pages.follow(f"{url}answer/", {"question": "A1", "answer": "unknown"})
    form = next(f for f in page.tree.iter("form") if f.get("id") == "A1")
    assert re.search(r"assumed ASM-\d+: .*, Tess Marsh finds out by ", words(form))
    assert counts_on(page) == COUNTS["Bosun day 0"]


def test_the_versions_page_names_what_an_answer_moved(laden: Laden, client: Client) -> None:
    ref = described(laden, SYSTEMS[0])
    pages, url = signed_in(laden, client), laden.at(f"scope/{ref}/")
    pages.post(f"{url}answer/", {"question": "D2", "answer": "yes"})
    page = pages.get(f"{url}versions/")
    assert "From version 1 to 2" in page.main
    assert "D2 unknown yes" in page.main
    assert "retrieval authorisation per tenant" in page.main
    assert "No answer differs." in pages.get(f"{url}versions/?from=2&to=2").main
