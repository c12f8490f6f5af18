"""The calendar of legal duties: by day, with the systems that each concerns."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from plimsoll.engines.law.obligations import Standing
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.report.pages.obligations import Concern, concerns_of
from plimsoll.loop.scope import services
from tests.pages import Pages
from tests.voyages import DAY, Voyage

ASSISTANT = {"Q01": "yes", "Q02": "no", "Q03": ["provider"], "Q40": "yes", "places": ["EU"]}


def concerns(voyage: Voyage, who: str = "tess", system: str = "") -> list[Concern]:
    return concerns_of(voyage.crew.actor(who), voyage.program_id, as_of=DAY.date(), system=system)


@pytest.fixture
def assistant(sloop: Voyage) -> Voyage:
    tess = sloop.crew.actor("tess")
    services.answer_law(actor=tess, system_id=sloop.system.pk, answers=ASSISTANT)
    services.describe_system(
        actor=tess,
        program_id=sloop.program_id,
        name="Yawl",
        sentence="Counts the boats in the harbour",
        owner_id=sloop.crew.id("dev"),
    )
    return sloop


def test_duties_come_by_day_and_those_without_a_day_last(assistant: Voyage) -> None:
    days = [c.duty.when.day or date.max for c in concerns(assistant)]
    assert days == sorted(days)
    assert len(days) > 20


def test_a_duty_names_each_system_with_how_it_stands_to_it(assistant: Voyage) -> None:
    found = {
        c.duty.rule.duty.id: {s.name: standing for s, standing in c.systems} for c in concerns(assistant)
    }
    applies = [systems for systems in found.values() if systems.get("Sloop") is Standing.APPLIES]
    assert applies
    assert all(systems.get("Yawl") in (Standing.OPEN, None) for systems in applies)
    assert all(
        c.duty.standing is Standing.APPLIES
        for c in concerns(assistant)
        if Standing.APPLIES in [standing for _, standing in c.systems]
    )
    assert {s.name for c in concerns(assistant, system="SYS-2") for s, _ in c.systems} == {"Yawl"}


def test_what_does_not_apply_concerns_nobody(assistant: Voyage) -> None:
    assert Standing.OUT not in {c.duty.standing for c in concerns(assistant)}


def test_strangers_see_no_calendar(assistant: Voyage) -> None:
    with pytest.raises(NotFound):
        concerns(assistant, "mallory")


def test_the_page_filters_by_standing_system_and_words(assistant: Voyage, client: Client) -> None:
    client.force_login(assistant.crew.users["cal"])
    pages, path = Pages(client), f"/{assistant.crew.program.slug}/obligations/"
    whole = pages.get(path).main
    assert "Sloop, Yawl" in whole
    assert "applies: Sloop; open: Yawl" in whole
    applying = pages.get(f"{path}?standing=applies&format=csv").text.splitlines()
    assert 1 < len(applying) < len(concerns(assistant))
    assert "Sloop" not in pages.get(f"{path}?system=2&standing=open&format=csv").text
    assert "GDPR" in pages.get(f"{path}?q=gdpr").main
    assert "Nothing matches" in pages.get(f"{path}?q=piracy+act").main
    lines = pages.get(f"{path}?format=csv").text.splitlines()
    assert len(lines) == len(concerns(assistant)) + 1


def test_without_systems_the_page_leads_on(ship: object, client: Client) -> None:
    crew = ship
    client.force_login(crew.users["cal"])  # type: ignore[attr-defined]
    assert "No duty concerns a system yet" in Pages(client).get(f"/{crew.program.slug}/obligations/").main  # type: ignore[attr-defined]
