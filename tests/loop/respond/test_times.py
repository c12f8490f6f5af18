"""How long responses took, what the worker tells, what waits for the commander, and the brief's line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plimsoll.engines.incidents.kinds import Sort
from plimsoll.engines.incidents.metrics import Measure
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.brief_facts import Measured, NotMeasured
from plimsoll.engines.reports.markdown import render
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import NotAllowed
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.report.facts import brief_facts
from plimsoll.loop.report.selectors import waiting_for
from plimsoll.loop.respond import facts, services
from plimsoll.loop.respond.models import ClockAnnouncement
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_named
from tests.loop.respond.alarm import BREACH, GDPR, answer_law, declared, faults
from tests.voyages import DAY, Voyage, kinds_since

HOUR = timedelta(hours=1)
TIME = Actor.of_rule("time")


def contained(voyage: Voyage, hours: int, **more: object) -> None:
    row = declared(voyage, **more)  # type: ignore[arg-type]
    with frozen_at(DAY + 30 * HOUR):
        services.record_moments(
            actor=voyage.crew.actor("tess"),
            incident_id=row.pk,
            times={Milestone.CONTAINED: DAY + hours * HOUR},
        )


def to_contain(voyage: Voyage, sort: Sort) -> tuple[int, timedelta | None, timedelta | None, bool]:
    sums = facts.response_times(voyage.crew.actor("odile"), voyage.program_id, now=DAY + 40 * HOUR)[sort]
    step = next(s for s in sums.steps if s.measure is Measure.TIME_TO_CONTAIN)
    return sums.count, step.median, step.worst, step.at_least


def test_medians_and_worst_count_hazards_apart(sloop: Voyage) -> None:
    for hours in (2, 4, 9):
        contained(sloop, hours)
    contained(sloop, 20, sort=Sort.HAZARD)
    assert to_contain(sloop, Sort.INCIDENT) == (3, 4 * HOUR, 9 * HOUR, False)
    assert to_contain(sloop, Sort.HAZARD) == (1, 20 * HOUR, 20 * HOUR, False)


def test_what_still_lasts_counts_and_the_figure_says_at_least(sloop: Voyage) -> None:
    contained(sloop, 2)
    declared(sloop)
    assert to_contain(sloop, Sort.INCIDENT) == (2, 21 * HOUR, 40 * HOUR, True)


# ---------------------------------------------------------------- the worker
def breached(voyage: Voyage) -> int:
    answer_law(voyage)
    row = declared(voyage)
    services.record_trigger(actor=voyage.crew.actor("tess"), incident_id=row.pk, event=BREACH, at=DAY)
    return int(row.pk)


def announced() -> list[tuple[str, str]]:
    return list(ClockAnnouncement.objects.filter(duty=GDPR[0]).order_by("pk").values_list("stage", "state"))


def test_a_clock_is_announced_once_when_due_soon_and_once_when_overdue(sloop: Voyage) -> None:
    breached(sloop)
    assert services.announce_clocks(actor=TIME, now=DAY + HOUR) == 0
    for _ in range(2):
        services.announce_clocks(actor=TIME, now=DAY + 60 * HOUR)
    assert announced() == [("notify", "due_soon")]
    before = entry_count()
    for _ in range(2):
        services.announce_clocks(actor=TIME, now=DAY + 80 * HOUR)
    assert announced() == [("notify", "due_soon"), ("notify", "overdue")]
    assert set(kinds_since(before)) == {"respond:clock:announced"}
    assert not faults()


def test_a_clock_that_starts_at_another_time_is_told_anew(sloop: Voyage) -> None:
    pk = breached(sloop)
    services.announce_clocks(actor=TIME, now=DAY + 60 * HOUR)
    services.record_trigger(actor=sloop.crew.actor("tess"), incident_id=pk, event=BREACH, at=DAY - 2 * HOUR)
    services.announce_clocks(actor=TIME, now=DAY + 60 * HOUR)
    assert announced() == [("notify", "due_soon")] * 2


def test_what_was_done_is_not_announced_and_only_the_product_announces(sloop: Voyage) -> None:
    pk = breached(sloop)
    services.submit_stage(actor=sloop.crew.actor("cal"), incident_id=pk, duty=GDPR[0], stage=GDPR[1])
    services.announce_clocks(actor=TIME, now=DAY + 80 * HOUR)
    assert announced() == []
    with pytest.raises(NotAllowed, match="announced by the product itself"):
        services.announce_clocks(actor=sloop.crew.actor("tess"), now=DAY)


# ---------------------------------------------------------------- what waits
def test_clocks_wait_for_the_commander_and_for_nobody_else(sloop: Voyage) -> None:
    breached(sloop)
    slug = sloop.crew.program.slug

    def waits(name: str) -> list[str]:
        actor = sloop.crew.actor(name)
        return [w.what for w in waiting_for(actor, program_named(actor, slug), now=DAY + HOUR)]

    mine = waits("tess")
    assert "Breach notification to the authority: notify, running" in mine
    assert any(what.startswith("Go through ") for what in mine)
    assert not any("Breach notification" in what for what in waits("cal"))


# ---------------------------------------------------------------- the brief
def line(voyage: Voyage) -> Measured | NotMeasured:
    tess = voyage.crew.actor("tess")
    return brief_facts(tess, program_named(tess, voyage.crew.program.slug), now=DAY).incidents


def test_the_brief_says_that_nobody_declared_anything(sloop: Voyage) -> None:
    found = line(sloop)
    assert isinstance(found, NotMeasured)
    assert found.reason == "Nobody has declared an incident or a near miss"


def test_the_brief_counts_incidents_near_misses_and_whether_the_gate_had_asked(sloop: Voyage) -> None:
    row = declared(sloop)
    declared(sloop, sort=Sort.HAZARD)
    services.write_review(
        actor=sloop.crew.actor("tess"), incident_id=row.pk, trigger="A retry without a key.",
        root_causes=["Nobody had tested a retry."],
    )  # fmt: skip
    found = line(sloop)
    assert isinstance(found, Measured)
    assert [(label, number.text) for label, number in found.figures] == [
        ("Incidents", "1 (1 open)"),
        ("near misses", "1 (1 open)"),
        ("our gate had asked in", "0 of 1\u00a0reviewed"),
    ]
    assert found.sentence == "What the gate said of the cause: 1 not asked, 1 not reviewed yet"
    tess = sloop.crew.actor("tess")
    paper = render(compose_brief(brief_facts(tess, program_named(tess, sloop.crew.program.slug), now=DAY)))
    assert "What the gate said of the cause: 1 not asked, 1 not reviewed yet." in paper
