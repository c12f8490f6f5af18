from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

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


LEAF = Leaf(
    kind="decide:gate:signed",
    at="2026-03-26T09:00:00.000000Z",
    actor="person:7",
    subject="halyard/GTE-2",
    commit=Digest("ab" * 32),
    version=2,
)


@pytest.mark.parametrize("version", [1, 2])
def test_an_entry_is_read_as_it_was_written(version: int) -> None:
    leaf = replace(LEAF, version=version)
    assert Leaf.parse(leaf.entry) == leaf
    assert list(leaf.to_json()) == ["v", "kind", "at", "actor", "subject", "commit"]


@pytest.mark.parametrize("version", [0, 3, True, 1.0, "2", None])
def test_an_unknown_version_is_refused(version: object) -> None:
    with pytest.raises(BadInput, match="version that is not known"):
        Leaf.from_json({**LEAF.to_json(), "v": version})


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"[]",
        b" " + LEAF.entry,
        LEAF.entry + b"\n",
        LEAF.entry.replace(b":2}", b":2.0}"),
        LEAF.entry.replace(b"decide", b"d\\u0065cide"),
        LEAF.entry.replace(b'"commit":"', b'"commit":"sha256:'),
        LEAF.entry.replace(b"ab", b"AB"),
        LEAF.entry.replace(b"person:7", b"p" * 2**16),
    ],
)
def test_only_the_canonical_bytes_are_an_entry(entry: bytes) -> None:
    with pytest.raises(BadInput):
        Leaf.parse(entry)
