"""The moments of an incident and how long each step took."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.incidents.metrics import Measure, Span, Summary, spans, summarise
from plimsoll.engines.incidents.timeline import Milestone, Timeline
from plimsoll.kernel.errors import BadInput

T0 = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
M = Milestone


def timeline(**hours: float) -> Timeline:
    return Timeline(moments={M(name): T0 + h * HOUR for name, h in hours.items()})


def by_measure(found: tuple[Span, ...]) -> dict[Measure, Span]:
    return {span.measure: span for span in found}


def test_every_step_of_a_finished_incident_has_its_length() -> None:
    whole = timeline(
        occurred=0,
        detected=5,
        declared=6,
        first_action=6.5,
        contained=9,
        eradicated=30,
        restored=40,
        users_told=10,
    )
    lengths = {span.measure: span.length for span in spans(whole, now=T0 + 100 * HOUR)}
    assert [lengths[measure] for measure in Measure] == [hours * HOUR for hours in (5, 1, 1.5, 4, 25, 35, 5)]
    assert all(span.ended for span in spans(whole, now=T0 + 100 * HOUR))


def test_a_step_that_lasts_counts_with_the_time_so_far() -> None:
    found = by_measure(spans(timeline(detected=0, contained=8), now=T0 + 5 * HOUR))
    contain = found[Measure.TIME_TO_CONTAIN]
    assert (contain.length, contain.ended, contain.why) == (5 * HOUR, False, "not yet contained")


def test_a_step_whose_beginning_nobody_knows_is_unknown() -> None:
    found = by_measure(spans(timeline(detected=0), now=T0 + HOUR))
    detect = found[Measure.TIME_TO_DETECT]
    assert (detect.length, detect.ended) == (None, False)
    assert detect.why == "nobody knows when it occurred"
    before = by_measure(spans(timeline(detected=5, contained=6), now=T0 + HOUR))
    assert before[Measure.TIME_TO_CONTAIN].length is None


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"occurred": 5, "detected": 4}, "“detected” .* lies before “occurred”"),
        ({"occurred": 5, "contained": 4}, "“contained” .* lies before “occurred”"),
        ({"detected": 5, "first_action": 4}, "“first action” .* lies before “detected”"),
    ],
)
def test_moments_out_of_order_are_refused(hours: dict[str, float], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        timeline(**hours)


def test_times_need_an_offset_and_are_kept_in_utc() -> None:
    with pytest.raises(BadInput, match="has no offset"):
        Timeline(moments={M.DETECTED: T0.replace(tzinfo=None)})
    brussels = ZoneInfo("Europe/Brussels")
    night = Timeline(
        moments={
            M.DETECTED: datetime(2027, 3, 28, 1, 0, tzinfo=brussels),
            M.CONTAINED: datetime(2027, 3, 28, 4, 0, tzinfo=brussels),
        }
    )
    assert by_measure(spans(night, now=T0 + 10000 * HOUR))[Measure.TIME_TO_CONTAIN].length == 2 * HOUR
    assert night.at(M.OCCURRED) is None


def summary(*found: Timeline, now: datetime, measure: Measure = Measure.TIME_TO_CONTAIN) -> Summary:
    every = summarise(span for one in found for span in spans(one, now=now))
    assert [item.measure for item in every] == list(Measure)
    return next(item for item in every if item.measure is measure)


def test_medians_and_worst_count_what_lasts_and_say_so() -> None:
    finished = [timeline(detected=0, contained=h) for h in (1, 3, 8)]
    all_over = summary(*finished, now=T0 + 20 * HOUR)
    assert (all_over.median, all_over.worst, all_over.worst_lasts) == (3 * HOUR, 8 * HOUR, False)
    assert (all_over.ended, all_over.lasting, all_over.unknown, all_over.at_least) == (3, 0, 0, False)
    one_lasts = summary(*finished, timeline(detected=0), timeline(occurred=0), now=T0 + 20 * HOUR)
    assert (one_lasts.median, one_lasts.worst, one_lasts.worst_lasts) == (5.5 * HOUR, 20 * HOUR, True)
    assert (one_lasts.ended, one_lasts.lasting, one_lasts.unknown, one_lasts.at_least) == (3, 1, 1, True)


def test_without_any_length_there_is_no_figure() -> None:
    none = summary(now=T0)
    assert (none.median, none.worst, none.worst_lasts, none.ended) == (None, None, False, 0)
    assert Measure.TIME_TO_TELL_USERS.words == "time to tell users"


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_the_median_is_that_of_the_lengths(seconds: list[int]) -> None:
    found = [timeline(detected=0, contained=s / 3600) for s in seconds]
    result = summary(*found, now=T0 + timedelta(days=30))
    assert result.median is not None
    assert abs(result.median.total_seconds() - statistics.median(seconds)) < 0.001
    assert result.worst is not None
    assert abs(result.worst.total_seconds() - max(seconds)) < 0.001


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=8),
    st.integers(0, 200),
    st.integers(0, 100),
)
def test_waiting_never_makes_the_worst_better(pairs: list[tuple[int, int]], when: int, more: int) -> None:
    found = [timeline(detected=a, contained=a + b) for a, b in pairs]
    early = summary(*found, now=T0 + when * HOUR)
    late = summary(*found, now=T0 + (when + more) * HOUR)
    assert (early.worst or timedelta(0)) <= (late.worst or timedelta(0))
    assert early.lasting + early.ended <= late.lasting + late.ended
