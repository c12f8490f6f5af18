from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from plimsoll.adapters.calendar import DayEvent, write_calendar

WHEN = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200)


def event(summary: str = "TSK-1 Look", **given: str) -> DayEvent:
    fields = {"uid": "tsk-1.halyard@plimsoll.local.log", "url": "https://p.example/halyard/tasks/TSK-1/"}
    return DayEvent(on=date(2027, 3, 26), summary=summary, **{**fields, **given})


def test_a_calendar_is_written_as_rfc_5545_asks() -> None:
    lines = write_calendar(name="Halyard: what", events=[event()], changed_at=WHEN).split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    for line in (
        b"VERSION:2.0", b"METHOD:PUBLISH", b"NAME:Halyard: what", b"X-WR-CALNAME:Halyard: what",
        b"REFRESH-INTERVAL;VALUE=DURATION:PT4H", b"BEGIN:VEVENT", b"DTSTAMP:20270111T090000Z",
        b"UID:tsk-1.halyard@plimsoll.local.log", b"DTSTART;VALUE=DATE:20270326",
        b"DTEND;VALUE=DATE:20270327", b"SUMMARY:TSK-1 Look", b"TRANSP:TRANSPARENT",
        b"URL:https://p.example/halyard/tasks/TSK-1/", b"END:VEVENT", b"END:VCALENDAR",
    ):  # fmt: skip
        assert line in lines, line
    assert lines[-1] == b""


def test_the_same_events_give_the_same_bytes() -> None:
    assert write_calendar(name="x", events=[event()], changed_at=WHEN) == write_calendar(
        name="x", events=[event()], changed_at=WHEN
    )


def test_a_calendar_without_days_is_a_calendar() -> None:
    assert b"VEVENT" not in write_calendar(name="x", events=[], changed_at=WHEN)


@given(TEXT)
def test_no_title_breaks_out_of_its_line(text: str) -> None:
    content = write_calendar(name="x", events=[event(text)], changed_at=WHEN)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    read = Calendar.from_ical(content)
    (found,) = read.walk("VEVENT")
    assert str(found["summary"]) == text
    assert len(found) == 7
