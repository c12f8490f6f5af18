from __future__ import annotations

import logging
from collections import defaultdict

import pytest

from plimsoll.kernel.errors import Conflict
from plimsoll.ledger import subscriptions
from plimsoll.ledger.events import Event, EventKind

EVENT = Event(kind=EventKind.RISK_RAISED, index=7, subject="halyard/RSK-1", program_id=1)


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "_subscribers", defaultdict(list))


def test_every_subscriber_of_a_kind_hears_of_it_in_the_order_of_subscribing() -> None:
    heard: list[tuple[str, Event]] = []
    subscriptions.subscribe(EventKind.RISK_RAISED, lambda event: heard.append(("first", event)))
    subscriptions.subscribe(EventKind.RISK_RAISED, lambda event: heard.append(("second", event)))
    subscriptions.subscribe(EventKind.RISK_CHANGED, lambda event: heard.append(("other", event)))
    subscriptions.publish(EVENT)
    assert heard == [("first", EVENT), ("second", EVENT)]


def test_subscribing_twice_changes_nothing() -> None:
    heard: list[Event] = []
    for _ in range(2):
        subscriptions.subscribe(EventKind.RISK_RAISED, heard.append)
    subscriptions.publish(EVENT)
    assert heard == [EVENT]


@pytest.mark.parametrize("failure", [Conflict("It was changed meanwhile."), ZeroDivisionError()])
def test_a_subscriber_that_fails_is_reported_and_the_others_still_hear(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Event] = []

    def fail(event: Event) -> None:
        raise failure

    subscriptions.subscribe(EventKind.RISK_RAISED, fail)
    subscriptions.subscribe(EventKind.RISK_RAISED, heard.append)
    with caplog.at_level(logging.ERROR):
        subscriptions.publish(EVENT)
    assert heard == [EVENT]
    assert caplog.messages == ["a subscriber of plan:risk:raised failed on entry 7"]


def test_an_event_that_nobody_waits_for_is_published_to_nobody() -> None:
    subscriptions.publish(EVENT)
    assert subscriptions._subscribers[EventKind.RISK_RAISED] == []
