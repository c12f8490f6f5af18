from contextvars import Context
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from plimsoll.kernel import clock

THEN = datetime(2026, 3, 26, 23, 30, tzinfo=UTC)


def test_the_system_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)  # noqa: TID251 - compared with the clock under test
    told = clock.SystemClock().now()
    assert told.tzinfo is UTC
    assert before <= told <= before + timedelta(minutes=1)


def test_within_the_block_time_stands_still_and_afterwards_it_goes_on() -> None:
    outside = clock.now()
    with clock.frozen_at(THEN) as frozen:
        assert clock.now() == frozen.now() == THEN
        assert clock.today() == date(2026, 3, 26)
        with clock.frozen_at(THEN + timedelta(hours=1)):
            assert clock.today() == date(2026, 3, 27)
        assert clock.now() == THEN
    assert clock.now() >= outside > THEN


def test_without_a_frozen_clock_the_system_clock_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_system", clock.FrozenClock(THEN))
    assert Context().run(clock.now) == THEN


def test_time_goes_on_after_an_error_inside_the_block() -> None:
    with pytest.raises(RuntimeError, match="inside"), clock.frozen_at(THEN):
        raise RuntimeError("inside")
    assert clock.now() != THEN


def test_a_frozen_clock_answers_in_utc_whatever_zone_it_was_given() -> None:
    east = timezone(timedelta(hours=2))
    frozen = clock.FrozenClock(datetime(2026, 3, 27, 1, 30, tzinfo=east))
    assert frozen.now() == THEN
    assert frozen.now().tzinfo is UTC


def test_an_instant_without_zone_cannot_freeze_the_clock() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.FrozenClock(datetime(2026, 3, 26))  # noqa: DTZ001 - the mistake under test
