from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.leaf import timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-14 * 60, 14 * 60))


def test_an_instant_is_written_in_utc_with_six_decimals() -> None:
    assert timestamp(datetime(2026, 3, 26, 9, 0, tzinfo=UTC)) == "2026-03-26T09:00:00.000000Z"
    east = timezone(timedelta(hours=2))
    assert timestamp(datetime(2026, 3, 26, 1, 30, 0, 7, tzinfo=east)) == "2026-03-25T23:30:00.000007Z"


MOMENTS = st.integers(-62_000_000_000, 253_000_000_000).map(
    lambda s: EPOCH + timedelta(seconds=s, microseconds=s % 7)
)


@given(MOMENTS, ZONES)
def test_the_same_instant_has_one_form_whatever_zone_it_comes_in(instant: datetime, zone: timezone) -> None:
    written = timestamp(instant)
    assert timestamp(instant.astimezone(zone)) == written
    assert len(written) == 27
    assert datetime.fromisoformat(written) == instant


def test_an_instant_without_zone_has_no_form() -> None:
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 3, 26))  # noqa: DTZ001 - the mistake under test
