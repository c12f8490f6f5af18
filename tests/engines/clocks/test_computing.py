"""One clock: when there is a deadline, when there is none, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.clocks.computing import Outcome, authority_of, compute, stage_of
from plimsoll.engines.clocks.document import clock_document, written
from plimsoll.engines.clocks.duty import AT_ONCE, BACKWARD, ClockStage, Duty, Kind, OtherReading, Status, Unit
from plimsoll.engines.clocks.force import force
from plimsoll.engines.clocks.periods import ends_at
from plimsoll.engines.clocks.starts import read_starts
from plimsoll.engines.clocks.working_days import WorkingDays
from plimsoll.kernel.errors import BadInput
from tests.engines.clocks.law import BOOK, LAW, duty, read, stage

AT = datetime(2027, 12, 10, 15, 0, tzinfo=UTC)
DAY = date(2027, 12, 10)
DORA = LAW.duty("OBL-EU-DORA-19")
DUTIES = [(d, s) for d in LAW.duties.values() for s in d.stages]


# ---------------------------------------------------------------- every shipped stage


@pytest.mark.parametrize(("owner", "part"), DUTIES, ids=[f"{d.id} {s.id}" for d, s in DUTIES])
def test_every_shipped_stage_has_an_answer_with_a_reason(owner: Duty, part: ClockStage) -> None:
    late = datetime(2030, 5, 15, 10, 20, tzinfo=UTC)  # everything that has a date applies by then
    reading = read(owner, part.id, **dict.fromkeys(owner.events, late))
    assert reading.why
    assert (reading.outcome is Outcome.DEADLINE) == (reading.plain is not None)
    if owner.status is Status.PROPOSED:
        assert reading.outcome is Outcome.WATCH_ITEM
    elif part.kind in AT_ONCE:
        assert reading.outcome is Outcome.ELAPSED
    elif part.value and part.kind is not Kind.BEFORE:
        assert reading.outcome is Outcome.DEADLINE
    if reading.statutory is not None and reading.plain is not None:
        zone = reading.authority.zone
        assert ends_at(reading.plain, zone) <= ends_at(reading.statutory, zone)


@given(
    st.sampled_from([(d, s) for d, s in DUTIES if s.value]),
    st.datetimes(datetime(2028, 9, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.frozensets(st.dates(date(2028, 1, 1), date(2062, 1, 1)), max_size=20),
)
def test_the_statutory_reading_never_ends_before_the_plain_deadline(
    pair: tuple[Duty, ClockStage], at: datetime, holidays: frozenset[date]
) -> None:
    owner, part = pair
    working = WorkingDays(name="given", holidays=holidays)
    for start in (at, at.date()):
        if part.unit is Unit.HOURS and not isinstance(start, datetime):
            continue
        starts = {part.start_event: start}
        reading = read(owner, part.id, working=working, **starts)
        if reading.plain is None or reading.statutory is None:
            continue
        zone = reading.authority.zone
        assert ends_at(reading.plain, zone) <= ends_at(reading.statutory, zone)
        assert ends_at(reading.plain, zone) >= ends_at(start, zone)


# ---------------------------------------------------------------- no deadline


def test_a_stage_without_its_event_has_not_started() -> None:
    reading = read(LAW.duty("OBL-EU-CRA-14-VULN"), "final_report", aware_active_exploitation=AT)
    assert (reading.outcome, reading.plain, reading.start) == (Outcome.NOT_STARTED, None, None)
    assert "corrective or mitigating measure available" in reading.why[0]


@pytest.mark.parametrize("kind", sorted(AT_ONCE))
def test_at_once_has_no_deadline_even_with_a_figure_of_zero(kind: Kind) -> None:
    for value, unit in ((0, Unit.HOURS), (None, None)):
        reading = read(duty(stage(kind=kind, value=value, unit=unit)), "report", aware_incident=DAY)
        assert (reading.outcome, reading.plain, reading.statutory) == (Outcome.ELAPSED, None, None)
        assert kind.words in reading.why[0]


@pytest.mark.parametrize("kind", [Kind.ON_REQUEST, Kind.AFTER, Kind.BEFORE, Kind.OUTER_LIMIT])
def test_no_figure_gives_no_deadline(kind: Kind) -> None:
    reading = read(duty(stage(kind=kind, value=None, unit=None)), "report", aware_incident=AT)
    assert (reading.outcome, reading.plain) == (Outcome.NO_FIGURE, None)
    assert "names no figure" in reading.why[0]


def test_a_fixed_day_needs_no_event_and_must_be_one_day() -> None:
    fixed = {"kind": Kind.FIXED, "value": None, "unit": None}
    assert read(duty(stage(note="2028-04-01", **fixed)), "report").plain == date(2028, 4, 1)
    assert read(duty(stage(note="by revenue", **fixed)), "report").outcome is Outcome.NO_FIGURE


def test_hours_need_a_time_of_day() -> None:
    with pytest.raises(BadInput, match="counts hours, and 2027-12-10 is a day"):
        read(duty(stage(unit=Unit.HOURS)), "report", aware_incident=DAY)


def test_an_unknown_stage_is_named_with_those_that_there_are() -> None:
    with pytest.raises(BadInput) as refused:
        stage_of(duty(), "reprot")
    assert refused.value.hint == "Its stages are report."


# ---------------------------------------------------------------- force of law


def test_what_is_not_law_at_the_start_is_a_watch_item() -> None:
    later = duty(applies_from={"all": date(2027, 12, 11)}, status=Status.APPLIES_LATER)
    reading = read(later, "report", aware_incident=DAY)
    assert (reading.outcome, reading.other) == (Outcome.WATCH_ITEM, None)
    assert reading.why == (
        "On 2027-12-10 it was not law yet; it applies from 2027-12-11: a watch item, no clock.",
    )
    assert read(later, "report", aware_incident=date(2027, 12, 11)).outcome is Outcome.DEADLINE
    # 15:00 in UTC on the 10th is the 10th at the authority; half an hour before midnight is the 11th there
    assert read(later, "report", aware_incident=AT.replace(hour=23)).outcome is Outcome.DEADLINE


@pytest.mark.parametrize(
    "changes", [{"status": Status.PROPOSED}, {"applies_from": {"all": None}}, {"applies_from": {}}]
)
def test_proposed_law_and_law_without_a_date_never_run(changes: dict[str, object]) -> None:
    for starts in ({}, {"aware_incident": DAY}):
        assert read(duty(**changes), "report", **starts).outcome is Outcome.WATCH_ITEM


def test_the_disputed_date_gives_a_second_reading_only_once_it_has_come() -> None:
    disputed = duty(
        applies_from={"annex_iii": date(2028, 1, 1)},
        other_reading=OtherReading(applies_from=date(2027, 12, 10), basis="A reading"),
    )
    reading = read(disputed, "report", aware_incident=DAY)
    assert reading.other is not None
    assert (reading.plain, reading.other.plain) == (None, date(2027, 12, 13))
    assert reading.other.why[0] == "A reading."
    assert read(disputed, "report", aware_incident=date(2027, 12, 9)).other is None


def test_without_a_class_the_earliest_date_counts_and_the_later_ones_are_named() -> None:
    two = duty(applies_from={"annex_iii": date(2027, 12, 2), "annex_i": date(2028, 8, 2), "other": None})
    law = force(two, DAY)
    assert law.law
    assert law.caveats == ("Later dates are named for annex i from 2028-08-02.",)
    assert not force(two, DAY, system_class="annex_i").law
    assert not force(two, DAY, system_class="other").law
    assert force(two, date(2028, 8, 2), system_class="annex_i").caveats == ()
    assert force(two, date(2029, 1, 1)).caveats == ()
    with pytest.raises(BadInput, match="no class “annex_x”"):
        force(two, DAY, system_class="annex_x")


def test_a_code_and_a_period_of_grace_say_what_they_are() -> None:
    assert "voluntary code" in force(duty(status=Status.VOLUNTARY), DAY).caveats[0]
    assert "holds back fines" in force(duty(status=Status.GRACE), DAY).caveats[0]


# ---------------------------------------------------------------- counting


def test_a_period_before_an_event_gets_no_extension_and_needs_holidays() -> None:
    before = duty(stage(kind=Kind.BEFORE, value=10, unit=Unit.BUSINESS_DAYS), jurisdiction="US-NYC")
    assert read(before, "report", aware_incident=DAY).outcome is Outcome.NO_FIGURE
    working = WorkingDays(name="nyc", holidays=frozenset({date(2027, 11, 25), date(2027, 12, 1)}))
    reading = read(before, "report", working=working, aware_incident=DAY)
    assert (reading.plain, reading.statutory) == (date(2027, 11, 24), None)
    assert reading.why[0] == "10 business days before aware incident."
    assert {Kind.BEFORE, Kind.NOT_OLDER_THAN} == BACKWARD
    audit = duty(stage(kind=Kind.NOT_OLDER_THAN, value=1, unit=Unit.CALENDAR_YEARS))
    assert read(audit, "report", aware_incident=date(2028, 2, 29)).plain == date(2027, 2, 28)


def test_missing_holidays_are_said_and_never_make_a_date_later() -> None:
    ten = duty(stage(value=10))
    without = read(ten, "report", aware_incident=date(2027, 12, 14))
    assert without.caveats[0] == "No public holidays were given; one in between would move the end."
    working = WorkingDays(name="de.yaml", holidays=frozenset({date(2027, 12, 24)}))
    with_them = read(ten, "report", working=working, aware_incident=date(2027, 12, 14))
    assert (without.statutory, with_them.statutory) == (date(2027, 12, 24), date(2027, 12, 27))
    assert (with_them.holidays, without.holidays) == ("de.yaml", "")
    across = read(ten, "report", working=working, aware_incident=date(2027, 12, 29))
    assert "names no holiday in some year between 2027-12-29 and 2028-01-10" in across.caveats[0]


def test_hours_speak_neither_of_holidays_nor_of_an_assumed_zone() -> None:
    reading = read(duty(stage(unit=Unit.HOURS, value=72)), "report", aware_incident=AT)
    assert reading.caveats == ("The rule was seen with medium confidence; confirm with counsel.",)
    days = read(duty(), "report", aware_incident=AT)
    assert "The zone Europe/Brussels is assumed" in days.caveats[0]


def test_a_note_of_the_text_is_repeated() -> None:
    assert read(duty(stage(note="phases allowed")), "report", aware_incident=DAY).why[-1] == (
        "The text adds: phases allowed."
    )


# ---------------------------------------------------------------- caps


def at(hours: float) -> datetime:
    return datetime(2026, 12, 1, 8, 0, tzinfo=ZoneInfo("Europe/Brussels")) + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("classified", "ends", "word"),
    [
        (6, 10, "inside the cap"),
        (20, 24, "inside the cap"),
        (23, 24, "cap ends earlier"),
        (24, 24, "cap ends earlier"),
        (26, 30, "only after the cap"),
    ],
)
def test_a_cap_binds_unless_the_stage_began_after_it(classified: float, ends: float, word: str) -> None:
    for stage_id in ("initial_notification", "initial_notification_cap"):
        reading = read(DORA, stage_id, aware_ict_incident=at(0), classified_major=at(classified))
        assert reading.plain == at(ends)
        assert word in reading.why[-1]


def test_without_the_other_event_the_result_says_that_it_may_change() -> None:
    reading = read(DORA, "initial_notification", classified_major=at(6))
    assert reading.plain == at(10)
    assert "“aware ict incident” has no time" in reading.caveats[-1]
    assert read(DORA, "initial_notification_cap", aware_ict_incident=at(0)).plain == at(24)


# ---------------------------------------------------------------- as a document


def test_the_document_says_what_the_reading_says() -> None:
    starts = {"aware_serious_incident": date(2026, 12, 10)}
    gen = LAW.duty("OBL-EU-AIA-73-GEN")
    reading = compute(gen, "report_outer_limit", starts, book=BOOK, authority=authority_of(BOOK.places["EU"]))
    document = clock_document(reading, starts, BOOK)
    assert (document["plain_deadline"], document["statutory_reading"]) == (None, None)
    assert document["other_readings"][0]["applies_from"] == "2026-08-02"
    assert document["starts"] == {"aware_serious_incident": "2026-12-10"}
    assert document["source"] == [*gen.sources, "S-1182-71"]
    assert document["rules"] == {"version": "1", "checked_at": "2026-11-23"}
    assert document["not_legal_advice"] is True


def test_instants_are_written_with_their_offset_and_no_more_than_is_there() -> None:
    assert written(AT) == "2027-12-10T15:00:00+00:00"
    assert written(AT.replace(microsecond=5)) == "2027-12-10T15:00:00.000005+00:00"
    assert written(DAY) == "2027-12-10"
    assert written(None) is None


def test_starts_are_read_by_the_names_of_events() -> None:
    first = DORA.stages[0]
    assert read_starts(DORA, first, [("", "2027-12-10"), ("aware", "2027-12-10T15:00:00Z")]) == {
        "classified_major": DAY,
        "aware_ict_incident": AT,
    }
