"""The clocks of an incident: which open, when they start, how they end, and what has none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plimsoll.engines.clocks.records import Applies
from plimsoll.engines.clocks.states import State
from plimsoll.engines.law.obligations import Standing
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.models import ClockClosing, ClockSubmission, TriggerTime
from plimsoll.people.actors import Actor
from tests.loop.respond.alarm import (
    BREACH,
    GDPR,
    PEOPLE,
    answer_law,
    declared,
    faults,
    known,
    last_entry,
    running,
)
from tests.voyages import DAY, Voyage

HOUR = timedelta(hours=1)
WHY = "No risk to people is likely, says the data protection officer."


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    """A controller in the EU."""
    answer_law(sloop)
    return sloop


def breached(voyage: Voyage, *, at: timedelta = timedelta(0)) -> int:
    row = declared(voyage)
    services.record_trigger(actor=voyage.crew.actor("tess"), incident_id=row.pk, event=BREACH, at=DAY - at)
    return int(row.pk)


def test_every_duty_that_applies_or_may_opens_its_clocks(sloop: Voyage) -> None:
    found = known(sloop, declared(sloop))
    assert running(sloop, declared(sloop)).scoped.applies is Applies.CERTAIN
    applies = {clock.scoped.applies for clock in found.clocks}
    assert applies == {Applies.CERTAIN, Applies.OPEN}
    doubtful = next(c for c in found.clocks if c.scoped.applies is Applies.OPEN)
    assert doubtful.scoped.because


def test_a_clock_waits_for_the_time_of_its_own_event(sloop: Voyage) -> None:
    row = declared(sloop)
    waiting = running(sloop, row)
    assert waiting.state is State.NOT_STARTED
    assert waiting.ask == "When did we learn that personal data was breached?"
    services.record_trigger(
        actor=sloop.crew.actor("tess"), incident_id=row.pk, event=BREACH, at=DAY - 10 * HOUR
    )
    clock = running(sloop, row)
    assert clock.state is State.RUNNING
    assert clock.remaining == 62 * HOUR
    assert running(sloop, row, PEOPLE).state is State.NOT_STARTED


def test_both_deadlines_stand_side_by_side(sloop: Voyage) -> None:
    row = declared(sloop)
    services.record_trigger(actor=sloop.crew.actor("tess"), incident_id=row.pk, event=BREACH, at=DAY)
    reading = running(sloop, row).reading
    assert str(reading.plain) == "2027-01-14 10:00:00+01:00"
    assert reading.statutory is not None
    assert reading.plain != reading.statutory


def test_elapsed_time_counts_where_the_law_names_no_figure(sloop: Voyage) -> None:
    row = declared(sloop)
    services.record_trigger(
        actor=sloop.crew.actor("tess"), incident_id=row.pk, event="aware_high_risk_breach", at=DAY - 3 * HOUR
    )
    clock = running(sloop, row, PEOPLE)
    assert (clock.state, clock.elapsed, clock.reading.plain) == (State.ELAPSING, 3 * HOUR, None)


def test_what_is_no_law_has_no_clock_and_says_why(sloop: Voyage) -> None:
    answer_law(sloop, uk_nis_operator="yes", places=["EU", "UK"], frontier_developer="no")
    found = known(sloop, declared(sloop))
    standings = {item.duty: item for item in found.without}
    assert standings["OBL-UK-CSRB"].standing is Standing.WATCH
    assert standings["OBL-US-CA-SB53-15D"].standing is Standing.OUT
    assert standings["OBL-US-CA-SB53-15D"].because
    assert not {duty for duty, _ in (c.key for c in found.clocks)} & set(standings)


def test_a_later_answer_of_law_moves_a_clock_out(sloop: Voyage) -> None:
    row = declared(sloop)
    assert known(sloop, row).clock(*GDPR)
    answer_law(sloop, personal_data="none")
    assert known(sloop, row).clock(*GDPR) is None


def test_a_submission_in_time_meets_the_clock(sloop: Voyage) -> None:
    pk = breached(sloop)
    made = services.submit_stage(
        actor=sloop.crew.actor("cal"), incident_id=pk, duty=GDPR[0], stage=GDPR[1], reference="letter 4"
    )
    assert running(sloop, made.incident).state is State.MET
    assert last_entry()[0] == "respond:clock:submitted"
    assert not faults()


def test_a_submission_after_the_plain_deadline_is_late(sloop: Voyage) -> None:
    pk = breached(sloop)
    with frozen_at(DAY + timedelta(days=9)):
        made = services.submit_stage(
            actor=sloop.crew.actor("cal"), incident_id=pk, duty=GDPR[0], stage=GDPR[1]
        )
        assert running(sloop, made.incident).state is State.LATE


def test_stages_that_start_from_a_submission_wait_for_it(sloop: Voyage) -> None:
    answer_law(sloop, nis2_any_size="yes", sectors=["digital_infrastructure"], size="large")
    row, cal = declared(sloop), sloop.crew.actor("cal")
    nis2 = "OBL-EU-NIS2-23"
    services.record_trigger(actor=cal, incident_id=row.pk, event="aware_significant_incident", at=DAY)
    assert running(sloop, row, (nis2, "final_report")).state is State.NOT_STARTED
    services.submit_stage(actor=cal, incident_id=row.pk, duty=nis2, stage="incident_notification")
    final = running(sloop, row, (nis2, "final_report"))
    assert (final.state, final.reading.start) == (State.RUNNING, DAY)


def test_a_clock_is_overdue_once_its_deadline_has_passed(sloop: Voyage) -> None:
    pk = breached(sloop)
    row = ClockSubmission.objects.model.incident.field.related_model.objects.get(pk=pk)
    assert running(sloop, row, now=DAY + 60 * HOUR).state is State.DUE_SOON
    assert running(sloop, row, now=DAY + 73 * HOUR).state is State.OVERDUE


def test_a_clock_is_closed_with_a_reason_and_a_signer(sloop: Voyage) -> None:
    pk = breached(sloop)
    made = services.close_clock(
        actor=sloop.crew.actor("cal"), incident_id=pk, duty=GDPR[0], stage=GDPR[1], reason=WHY
    )
    clock = running(sloop, made.incident)
    assert clock.state is State.CLOSED
    assert clock.why == f"Closed by Cal Weiss: {WHY}"
    assert selectors.closings_of([pk])[pk][0].of_start == DAY


def test_a_closing_ends_when_the_clock_starts_at_another_time(sloop: Voyage) -> None:
    row = declared(sloop)
    cal = sloop.crew.actor("cal")
    services.close_clock(actor=cal, incident_id=row.pk, duty=GDPR[0], stage=GDPR[1], reason=WHY)
    assert running(sloop, row).state is State.CLOSED
    services.record_trigger(actor=cal, incident_id=row.pk, event=BREACH, at=DAY)
    opened = running(sloop, row)
    assert opened.state is State.RUNNING
    assert opened.stale_closing is not None


def test_a_closing_on_a_condition_ends_by_itself(sloop: Voyage) -> None:
    row = declared(sloop)
    services.close_clock(
        actor=sloop.crew.actor("cal"), incident_id=row.pk, duty=GDPR[0], stage=GDPR[1], reason=WHY,
        holds_until=DAY + 24 * HOUR,
    )  # fmt: skip
    assert running(sloop, row, now=DAY + 23 * HOUR).state is State.CLOSED
    assert running(sloop, row, now=DAY + 25 * HOUR).state is State.NOT_STARTED


@pytest.mark.parametrize("reason", ["", "no", "   too    "])
def test_no_clock_is_closed_without_a_reason(sloop: Voyage, reason: str) -> None:
    pk = breached(sloop)
    with pytest.raises(BadInput, match="The reason has"):
        services.close_clock(
            actor=sloop.crew.actor("cal"), incident_id=pk, duty=GDPR[0], stage=GDPR[1], reason=reason
        )
    assert not ClockClosing.objects.exists()


def test_a_clock_is_closed_only_by_a_person_who_may(sloop: Voyage) -> None:
    pk = breached(sloop)
    for actor in (sloop.crew.actor("dev"), sloop.crew.actor("tess"), Actor.of_rule("time")):
        with pytest.raises(NotAllowed):
            services.close_clock(actor=actor, incident_id=pk, duty=GDPR[0], stage=GDPR[1], reason=WHY)


def test_what_is_over_is_not_closed_again(sloop: Voyage) -> None:
    pk, cal = breached(sloop), sloop.crew.actor("cal")
    services.submit_stage(actor=cal, incident_id=pk, duty=GDPR[0], stage=GDPR[1])
    with pytest.raises(Conflict, match="is met"):
        services.close_clock(actor=cal, incident_id=pk, duty=GDPR[0], stage=GDPR[1], reason=WHY)
    with pytest.raises(Conflict, match="recorded already"):
        services.submit_stage(actor=cal, incident_id=pk, duty=GDPR[0], stage=GDPR[1])


@pytest.mark.parametrize(
    ("duty", "stage"), [("OBL-UK-CSRB", "initial"), ("OBL-EU-GDPR-33", "final"), ("OBL-NO-1", "x")]
)
def test_nothing_is_done_for_a_clock_that_there_is_not(sloop: Voyage, duty: str, stage: str) -> None:
    pk = breached(sloop)
    with pytest.raises(BadInput, match="INC-1 has no clock for"):
        services.submit_stage(actor=sloop.crew.actor("cal"), incident_id=pk, duty=duty, stage=stage)
    with pytest.raises(BadInput, match="INC-1 has no clock for"):
        services.close_clock(
            actor=sloop.crew.actor("cal"), incident_id=pk, duty=duty, stage=stage, reason=WHY
        )


def test_what_the_law_no_longer_names_is_left_out_and_stops_no_clock(sloop: Voyage) -> None:
    pk = breached(sloop)
    TriggerTime.objects.filter(incident_id=pk, event="aware_incident").update(event="gone_from_the_law")
    ClockSubmission.objects.create(
        incident_id=pk, duty="OBL-GONE-1", stage="notify", at=DAY, entered_by_id=sloop.crew.id("cal"),
        entered_at=DAY,
    )  # fmt: skip
    row = ClockSubmission.objects.get().incident
    assert running(sloop, row).state is State.RUNNING


def test_pending_clocks_stand_by_urgency(sloop: Voyage) -> None:
    pk = breached(sloop, at=71 * HOUR)
    row = TriggerTime.objects.filter(incident_id=pk)[0].incident
    first, *rest = known(sloop, row).pending
    assert first.key == GDPR
    assert first.state is State.DUE_SOON
    assert all(clock.urgency >= first.urgency for clock in rest)


def test_the_clocks_of_no_incident_ask_nothing(sloop: Voyage, django_assert_num_queries: object) -> None:
    from plimsoll.loop.respond import facts

    tess = sloop.crew.actor("tess")
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture
        assert facts.incident_clocks(tess, [], now=DAY) == []


def test_many_incidents_ask_as_often_as_one(sloop: Voyage, django_assert_num_queries: object) -> None:
    from plimsoll.loop.respond import facts

    tess = sloop.crew.actor("tess")
    for _ in range(5):
        declared(sloop)
    rows = selectors.incidents_of(tess, sloop.program_id)
    with django_assert_num_queries(7):  # type: ignore[operator]  # pytest-django's fixture
        facts.incident_clocks(tess, rows, now=DAY)


DEVICE = {"places": ["EU"], "Q03": ["provider"], "Q20": "yes", "Q21": "section_a", "Q60": "no"}


@pytest.mark.parametrize(("more", "runs"), [({"Q30": "no"}, False), ({"Q30": ["3"]}, True), ({}, True)])
def test_the_date_of_its_own_class_decides_whether_it_was_law(
    sloop: Voyage, more: dict[str, object], runs: bool
) -> None:
    """Annex III is law from December 2027, Annex I from August 2028; with both, or unknown, the earlier."""
    answer_law(sloop, **DEVICE, **more)
    row = declared(sloop)
    between, after = datetime(2028, 7, 1, tzinfo=UTC), datetime(2028, 9, 1, tzinfo=UTC)
    with frozen_at(after):
        services.record_trigger(
            actor=sloop.crew.actor("tess"),
            incident_id=row.pk,
            event="aware_serious_incident",
            at=between,
        )
        clock = running(sloop, row, ("OBL-EU-AIA-73-GEN", "report_outer_limit"))
    assert (clock.state is not State.NOT_RUNNING) is runs
    if not runs:
        assert "On 2028-07-01 it was not law yet; it applies from 2028-08-02" in clock.reading.why[0]
