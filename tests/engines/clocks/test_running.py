"""The clocks of an incident at a moment: states, starts from records, closings, repeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.clocks.computing import Outcome, authority_of
from plimsoll.engines.clocks.duty import Duty, Kind, Unit
from plimsoll.engines.clocks.records import Applies, Closing, IncidentRecord, ScopedDuty, Submission, Trigger
from plimsoll.engines.clocks.running import INCIDENT_CATEGORIES, clocks_at
from plimsoll.engines.clocks.states import RunningClock, State, all_in_time, by_jurisdiction
from plimsoll.engines.clocks.working_days import WorkingDays
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict
from tests.engines.clocks.law import BOOK, LAW, duty, stage

T0 = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BREACH = "aware_personal_data_breach"
REASON = "The laptop was encrypted and the key was not on it."


def scoped(*ids: str, applies: Applies = Applies.CERTAIN) -> list[ScopedDuty]:
    return [ScopedDuty(duty=one, applies=applies, because="R1 is yes") for one in ids]


def at(hours: float, record: IncidentRecord, *ids: str, **more: Any) -> dict[str, RunningClock]:
    duties = more.pop("duties", LAW.duties)
    clocks = clocks_at(duties, scoped(*ids), record, now=T0 + hours * HOUR, book=BOOK, **more)
    return {clock.reading.stage.id: clock for clock in clocks}


def aware(event: str = BREACH, hours: float = 0, by: str = "") -> Trigger:
    return Trigger(event=event, at=T0 + hours * HOUR, by=by)


def sent(duty_id: str, stage_id: str, hours: float) -> Submission:
    return Submission(duty=duty_id, stage=stage_id, at=T0 + hours * HOUR)


def closed(hours: float, of: datetime | None, **changes: str) -> Closing:
    given_words = {"duty": "OBL-EU-GDPR-33", "stage": "notify", "reason": REASON, "signer": "Cal Moreau"}
    return Closing(at=T0 + hours * HOUR, of_start=of, **given_words | changes)


# ---------------------------------------------------------------- states


@pytest.mark.parametrize(
    ("hours", "state"),
    [
        (0, State.RUNNING),
        (53.9, State.RUNNING),
        (54, State.DUE_SOON),
        (72, State.DUE_SOON),
        (72.1, State.OVERDUE),
        (400, State.OVERDUE),
    ],
)
def test_a_clock_goes_by_its_plain_deadline(hours: float, state: State) -> None:
    clock = at(hours, IncidentRecord(triggers=(aware(),)), "OBL-EU-GDPR-33")["notify"]
    assert clock.state is state
    assert clock.elapsed == hours * HOUR
    assert clock.remaining == (72 - hours) * HOUR
    assert clock.judgement.verdict is (Verdict.NOT_MET if state is State.OVERDUE else Verdict.UNKNOWN)


def test_an_overdue_clock_says_that_the_statutory_reading_has_not_ended() -> None:
    record = IncidentRecord(triggers=(aware(hours=0.5),))
    assert "has not ended" in at(73, record, "OBL-EU-GDPR-33")["notify"].why
    assert "has not ended" not in at(74, record, "OBL-EU-GDPR-33")["notify"].why


def test_without_its_event_a_clock_asks_for_it() -> None:
    clock = at(5, IncidentRecord(), "OBL-EU-GDPR-33")["notify"]
    assert clock.state is State.NOT_STARTED
    assert clock.ask == "When did we learn that personal data was breached?"
    assert (clock.elapsed, clock.remaining, clock.within_reading) == (None, None, False)
    later = at(5, IncidentRecord(triggers=(aware(hours=6),)), "OBL-EU-GDPR-33")["notify"]
    assert later.state is State.NOT_STARTED


def test_at_once_shows_elapsed_time_and_is_never_met_by_itself() -> None:
    record = IncidentRecord(triggers=(aware(),))
    clock = at(5, record, "OBL-EU-GDPR-33-2")["notify_controller"]
    assert (clock.state, clock.elapsed, clock.remaining) == (State.ELAPSING, 5 * HOUR, None)
    record = IncidentRecord(
        triggers=(aware(),), submissions=(sent("OBL-EU-GDPR-33-2", "notify_controller", 3),)
    )
    clock = at(5, record, "OBL-EU-GDPR-33-2")["notify_controller"]
    assert (clock.state, clock.elapsed) == (State.DONE, 3 * HOUR)
    assert clock.judgement.verdict is Verdict.UNKNOWN


def test_what_is_not_law_does_not_run() -> None:
    record = IncidentRecord(triggers=(aware("aware_incident"), aware("aware_serious_incident")))
    proposed = at(5, record, "OBL-UK-CSRB")["initial"]
    assert proposed.state is State.NOT_RUNNING
    assert "proposed, not law" in proposed.why
    deferred = at(5, record, "OBL-EU-AIA-73-GEN")["report_outer_limit"]
    assert (deferred.state, deferred.reading.outcome) == (State.NOT_RUNNING, Outcome.WATCH_ITEM)
    assert deferred.reading.other is not None
    unstarted = at(5, IncidentRecord(), "OBL-US-CIRCIA")["incident_report"]
    assert (unstarted.state, unstarted.ask) == (State.NOT_RUNNING, "")


@pytest.mark.parametrize(
    ("hours", "state", "verdict"),
    [
        (72, State.MET, Verdict.MET),
        (72.25, State.LATE, Verdict.UNKNOWN),
        (73, State.LATE, Verdict.UNKNOWN),
        (73.1, State.LATE, Verdict.NOT_MET),
    ],
)
def test_what_was_done_is_judged_by_both_readings(hours: float, state: State, verdict: Verdict) -> None:
    record = IncidentRecord(triggers=(aware(),), submissions=(sent("OBL-EU-GDPR-33", "notify", hours),))
    clock = at(500, record, "OBL-EU-GDPR-33")["notify"]
    assert (clock.state, clock.judgement.verdict, clock.elapsed) == (state, verdict, hours * HOUR)
    assert clock.submission is not None
    assert clock.judgement.reasons[0].source == "OBL-EU-GDPR-33"


def test_what_was_done_without_a_start_is_done() -> None:
    record = IncidentRecord(submissions=(sent("OBL-EU-GDPR-33", "notify", 3),))
    clock = at(5, record, "OBL-EU-GDPR-33")["notify"]
    assert (clock.state, clock.elapsed) == (State.DONE, None)


# ---------------------------------------------------------------- where a start comes from


def test_a_submission_starts_the_stage_that_counts_from_it() -> None:
    nis = "OBL-EU-NIS2-23"
    record = IncidentRecord(triggers=(aware("aware_significant_incident"),))
    final = at(5, record, nis)["final_report"]
    assert (final.state, final.ask) == (State.NOT_STARTED, "")
    record = IncidentRecord(
        triggers=record.triggers,
        submissions=(sent(nis, "incident_notification", 40), sent(nis, "incident_notification", 60)),
    )
    clocks = at(41, record, nis)
    assert clocks["final_report"].state is State.RUNNING
    assert clocks["final_report"].reading.start == T0 + 40 * HOUR
    assert clocks["incident_notification"].state is State.MET
    assert clocks["intermediate_report"].state is State.NOT_STARTED


def test_the_latest_of_several_reports_starts_the_final_one() -> None:
    dora = "OBL-EU-DORA-19"
    record = IncidentRecord(
        triggers=(aware("aware_ict_incident"), aware("classified_major", 6)),
        submissions=(
            sent(dora, "initial_notification", 8),
            sent(dora, "intermediate_report", 70),
            sent(dora, "intermediate_report", 100),
        ),
    )
    clocks = at(200, record, dora)
    assert clocks["final_report"].reading.start == T0 + 100 * HOUR
    assert clocks["initial_notification"].state is clocks["initial_notification_cap"].state is State.MET
    assert clocks["intermediate_report"].reading.start == T0 + 8 * HOUR


def test_one_report_fulfils_the_duty_at_once_and_its_outer_limit() -> None:
    gen, later = "OBL-EU-AIA-73-GEN", 24 * 365
    record = IncidentRecord(
        triggers=(aware("aware_serious_incident", later),),
        submissions=(sent(gen, "report_outer_limit", later + 24),),
    )
    clocks = at(later + 30, record, gen, "OBL-EU-AIA-73-INV")
    assert clocks["report"].state is State.DONE
    assert clocks["report_outer_limit"].state is State.MET
    # the investigation counts from the report of another duty
    assert clocks["investigation"].reading.start == T0 + (later + 24) * HOUR
    assert clocks["investigation"].state is State.ELAPSING


def test_of_two_times_of_awareness_the_earlier_counts() -> None:
    record = IncidentRecord(
        triggers=(
            aware("aware_serious_incident", 24 * 360 + 5, by="provider"),
            aware("aware_serious_incident", 24 * 360, by="deployer"),
        )
    )
    clock = at(24 * 361, record, "OBL-EU-AIA-73-DEATH")["report_outer_limit"]
    assert clock.reading.start == T0 + 24 * 360 * HOUR


def test_a_time_that_people_give_counts_where_nothing_was_submitted_here() -> None:
    record = IncidentRecord(triggers=(aware("incident_notification_submitted", 2),))
    assert at(5, record, "OBL-EU-CRA-14-INC")["final_report"].reading.start == T0 + 2 * HOUR


def test_elapsed_time_is_not_misled_by_a_change_of_clocks() -> None:
    brussels = ZoneInfo("Europe/Brussels")
    start = datetime(2027, 3, 27, 12, 0, tzinfo=brussels)
    record = IncidentRecord(triggers=(Trigger(event=BREACH, at=start),))
    clocks = clocks_at(
        LAW.duties, scoped("OBL-EU-GDPR-33"), record,
        now=datetime(2027, 3, 28, 12, 0, tzinfo=brussels), book=BOOK,
    )  # fmt: skip
    assert (clocks[0].elapsed, clocks[0].remaining) == (23 * HOUR, 49 * HOUR)


# ---------------------------------------------------------------- closing


def test_a_clock_is_closed_with_reason_and_signer() -> None:
    record = IncidentRecord(triggers=(aware(),), closings=(closed(2, T0),))
    clock = at(500, record, "OBL-EU-GDPR-33")["notify"]
    assert clock.state is State.CLOSED
    assert clock.why == f"Closed by Cal Moreau: {REASON}"
    assert clock.judgement.verdict is Verdict.UNKNOWN
    assert at(1, record, "OBL-EU-GDPR-33")["notify"].state is State.RUNNING  # not yet signed


def test_a_closing_is_about_one_start_and_counts_no_more_for_another() -> None:
    unstarted = closed(1, None)
    record = IncidentRecord(closings=(unstarted,))
    assert at(5, record, "OBL-EU-GDPR-33")["notify"].state is State.CLOSED
    learned = IncidentRecord(triggers=(aware(hours=3),), closings=(unstarted,))
    clock = at(5, learned, "OBL-EU-GDPR-33")["notify"]
    assert (clock.state, clock.closing, clock.stale_closing) == (State.RUNNING, None, unstarted)
    again = closed(4, T0 + 3 * HOUR)
    signed = IncidentRecord(triggers=(aware(hours=3),), closings=(again, unstarted))
    clock = at(5, signed, "OBL-EU-GDPR-33")["notify"]
    assert (clock.state, clock.closing, clock.stale_closing) == (State.CLOSED, again, None)


def test_a_closing_binds_to_the_instant_in_whatever_zone_it_is_written() -> None:
    record = IncidentRecord(
        triggers=(aware(),), closings=(closed(2, T0.astimezone(ZoneInfo("Asia/Kolkata"))),)
    )
    assert at(5, record, "OBL-EU-GDPR-33")["notify"].state is State.CLOSED


def test_a_closing_on_a_condition_ends_and_the_clock_is_open_again() -> None:
    until_noon = replace(closed(2, T0), holds_until=T0 + 30 * HOUR)
    record = IncidentRecord(triggers=(aware(),), closings=(until_noon,))
    assert at(29, record, "OBL-EU-GDPR-33")["notify"].state is State.CLOSED
    clock = at(30, record, "OBL-EU-GDPR-33")["notify"]
    assert (clock.state, clock.stale_closing) == (State.RUNNING, until_noon)


def test_what_was_done_counts_before_what_was_closed() -> None:
    record = IncidentRecord(
        triggers=(aware(),), closings=(closed(2, T0),), submissions=(sent("OBL-EU-GDPR-33", "notify", 80),)
    )
    assert at(500, record, "OBL-EU-GDPR-33")["notify"].state is State.LATE


@pytest.mark.parametrize("changes", [{"reason": "  "}, {"signer": ""}])
def test_no_clock_is_closed_without_reason_and_signer(changes: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="A clock is closed"):
        closed(1, T0, **changes)


def test_a_time_without_an_offset_is_refused() -> None:
    naive = T0.replace(tzinfo=None)
    with pytest.raises(BadInput, match="has no offset"):
        Trigger(event=BREACH, at=naive)
    with pytest.raises(BadInput, match="has no offset"):
        Submission(duty="OBL-EU-GDPR-33", stage="notify", at=naive)
    with pytest.raises(BadInput, match="has no offset"):
        closed(1, naive)


# ---------------------------------------------------------------- repeats


def test_reports_repeat_from_the_last_one_until_the_incident_is_resolved() -> None:
    code, week = "OBL-EU-GPAICOP-9-CYBER", 24 * 7
    first = sent(code, "initial_report", 0)
    second = sent(code, "intermediate_report", 3 * week)
    record = IncidentRecord(triggers=(aware("aware_model_involvement", -1),), submissions=(first, second))
    assert at(week, record, code)["intermediate_report"].reading.start == T0
    clock = at(4 * week, record, code)["intermediate_report"]
    assert (clock.state, clock.reading.start) == (State.RUNNING, T0 + 3 * week * HOUR)
    assert at(8 * week, record, code)["intermediate_report"].state is State.OVERDUE
    resolved = IncidentRecord(
        triggers=(*record.triggers, aware("incident_resolved", 5 * week)), submissions=record.submissions
    )
    clocks = at(8 * week, resolved, code)
    assert clocks["intermediate_report"].state is State.NOT_RUNNING
    assert "resolved" in clocks["intermediate_report"].why
    assert clocks["final_report"].state is State.RUNNING


def test_a_repeat_without_an_end_goes_on() -> None:
    monthly = stage(kind=Kind.REPEAT, value=1, unit=Unit.CALENDAR_MONTHS)
    found: dict[str, Duty] = {"OBL-X": duty(monthly)}
    record = IncidentRecord(
        triggers=(aware("aware_incident"), aware("incident_resolved", 1)),
        submissions=(sent("OBL-X", "report", 24 * 20),),
    )
    clock = at(24 * 30, record, "OBL-X", duties=found)["report"]
    assert (clock.state, clock.reading.start) == (State.RUNNING, T0 + 24 * 20 * HOUR)


# ---------------------------------------------------------------- which clocks, in what order


def test_only_duties_about_incidents_have_clocks_here() -> None:
    record = IncidentRecord(triggers=(aware(),))
    assert at(1, record, "OBL-EU-AIA-18", "OBL-EU-GDPR-35", "OBL-EU-AIA-9") == {}
    categories = {d.category for d in LAW.duties.values() if d.stages}
    assert categories > INCIDENT_CATEGORIES
    assert sum(d.category in INCIDENT_CATEGORIES for d in LAW.duties.values()) == 26


@pytest.mark.parametrize("applies", [Applies.OPEN, Applies.NOT_ASKED])
def test_a_duty_that_may_apply_runs_like_one_that_does(applies: Applies) -> None:
    record = IncidentRecord(triggers=(aware(),))
    (clock,) = clocks_at(
        LAW.duties, scoped("OBL-UK-GDPR-33", applies=applies), record, now=T0 + 80 * HOUR, book=BOOK
    )
    assert (clock.state, clock.scoped.applies, clock.jurisdiction) == (State.OVERDUE, applies, "UK")
    assert clock.key == ("OBL-UK-GDPR-33", "notify")


def test_clocks_sort_by_urgency() -> None:
    record = IncidentRecord(
        triggers=(aware(), aware("aware_significant_incident", 18), aware("aware_ict_incident", 30)),
        submissions=(sent("OBL-UK-GDPR-33", "notify", 10),),
    )
    ids = [
        "OBL-UK-GDPR-33", "OBL-US-CIRCIA", "OBL-EU-GDPR-33-2", "OBL-EU-NIS2-23", "OBL-EU-GDPR-33",
    ]  # fmt: skip
    clocks = clocks_at(LAW.duties, scoped(*ids), record, now=T0 + 73 * HOUR, book=BOOK)
    states = [clock.state for clock in sorted(clocks, key=lambda clock: clock.urgency)]
    assert states[:4] == [State.OVERDUE, State.OVERDUE, State.DUE_SOON, State.ELAPSING]
    assert states[-1] is State.NOT_RUNNING
    assert State.DUE_SOON.word == "due soon"
    places = by_jurisdiction(clocks)
    assert list(places) == ["EU", "EU/EEA", "UK", "US"]  # the early warning is overdue for longer
    assert [clock.state for clock in places["EU/EEA"]] == [State.OVERDUE, State.ELAPSING]
    assert sum(len(found) for found in places.values()) == len(clocks)


def test_everything_in_time_takes_every_clock_into_account() -> None:
    done = IncidentRecord(triggers=(aware(),), submissions=(sent("OBL-UK-GDPR-33", "notify", 3),))
    gdpr, uk, circia = "OBL-EU-GDPR-33", "OBL-UK-GDPR-33", "OBL-US-CIRCIA"

    def verdict(
        hours: float, record: IncidentRecord, *ids: str, applies: Applies = Applies.CERTAIN
    ) -> Verdict:
        items = scoped(*ids, applies=applies)
        clocks = clocks_at(LAW.duties, items, record, now=T0 + hours * HOUR, book=BOOK)
        return all_in_time(clocks).verdict

    assert verdict(5, done, uk) is Verdict.MET
    assert verdict(5, done, uk, circia) is Verdict.MET  # a watch item does not count
    assert verdict(5, done, uk, applies=Applies.OPEN) is Verdict.MET
    assert verdict(5, done, uk, gdpr) is Verdict.UNKNOWN
    assert verdict(80, done, uk, gdpr) is Verdict.NOT_MET
    assert verdict(80, done, gdpr, applies=Applies.OPEN) is Verdict.UNKNOWN
    assert verdict(80, done, circia) is Verdict.UNKNOWN
    signed = IncidentRecord(triggers=(aware(),), closings=(closed(2, T0),))
    assert verdict(80, signed, gdpr) is Verdict.UNKNOWN


def test_the_holidays_of_an_authority_may_be_given_by_jurisdiction() -> None:
    given_days = WorkingDays(name="ours", holidays=frozenset({(T0 + 24 * HOUR).date()}))
    authority = authority_of(BOOK.places["US"], working=given_days)
    record = IncidentRecord(triggers=(aware("determined_material"),))
    ours = at(1, record, "OBL-US-SEC-8K", authorities={"US": authority})["file_8k"].reading
    shipped = at(1, record, "OBL-US-SEC-8K")["file_8k"].reading
    assert (ours.holidays, shipped.holidays) == ("ours", "US federal holidays")
    assert (str(ours.statutory), str(shipped.statutory)) == ("2027-01-18", "2027-01-15")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (IncidentRecord(triggers=(aware("fire"),)), "There is no trigger event “fire”."),
        (IncidentRecord(submissions=(sent("OBL-X", "notify", 1),)), "OBL-X has no stage “notify”."),
        (IncidentRecord(submissions=(sent("OBL-EU-GDPR-33", "tell", 1),)), "has no stage “tell”."),
        (IncidentRecord(closings=(closed(1, None, stage="tell"),)), "has no stage “tell”."),
    ],
)
def test_a_record_about_nothing_that_exists_is_refused(record: IncidentRecord, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        at(1, record, "OBL-EU-GDPR-33")


def test_a_duty_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="no obligation “OBL-X”"):
        at(1, IncidentRecord(), "OBL-X")


# ---------------------------------------------------------------- properties

events = st.sampled_from(sorted(BOOK.events))
moments = st.integers(-1000, 9000).map(lambda hours: T0 + hours * HOUR)
acts = st.sampled_from(
    [(d.id, s.id) for d in LAW.duties.values() if d.category in INCIDENT_CATEGORIES for s in d.stages]
)
records = st.builds(
    IncidentRecord,
    triggers=st.lists(st.builds(Trigger, event=events, at=moments), max_size=8).map(tuple),
    submissions=st.lists(
        st.builds(lambda act, at: Submission(duty=act[0], stage=act[1], at=at), acts, moments), max_size=5
    ).map(tuple),
)
EVERY = [ScopedDuty(duty=one, applies=Applies.OPEN, because="") for one in LAW.duties]


@settings(max_examples=60)
@given(records, moments)
def test_every_clock_has_a_state_with_a_reason_and_none_is_green_unearned(
    record: IncidentRecord, now: datetime
) -> None:
    clocks = clocks_at(LAW.duties, EVERY, record, now=now, book=BOOK)
    assert len(clocks) == 57
    for clock in clocks:
        assert clock.why
        if clock.judgement.verdict is Verdict.MET:
            assert clock.submission is not None
            assert clock.submission.at <= now
            assert clock.reading.plain is not None
        if clock.state in (State.RUNNING, State.DUE_SOON, State.OVERDUE):
            assert clock.remaining is not None
            assert (clock.remaining < timedelta(0)) == (clock.state is State.OVERDUE)


@settings(max_examples=40)
@given(records, moments, st.randoms(use_true_random=False))
def test_the_order_of_entry_and_the_future_do_not_matter(
    record: IncidentRecord, now: datetime, random: Any
) -> None:
    mixed = IncidentRecord(
        triggers=tuple(random.sample(record.triggers, len(record.triggers))),
        submissions=tuple(random.sample(record.submissions, len(record.submissions))),
    )
    here = clocks_at(LAW.duties, EVERY, record, now=now, book=BOOK)
    assert clocks_at(LAW.duties, EVERY, mixed, now=now, book=BOOK) == here
    assert clocks_at(LAW.duties, EVERY, record.until(now), now=now, book=BOOK) == here
