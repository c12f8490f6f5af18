"""The end of a waiver: by itself, announced once, renewed only by a new one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import NotAllowed
from plimsoll.ledger import subscriptions
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors, services
from plimsoll.people.actors import Actor
from tests.loop.decide.test_waivers import RULE, advise, ask, carried_by, granted, revoke, settle, state
from tests.voyages import DAY, Voyage, kinds_since


def test_a_waiver_counts_to_the_end_of_its_last_day_and_no_longer(skiff: Voyage) -> None:
    granted(skiff)
    assert (state(skiff, days=28), carried_by(skiff, days=28)) == ("in force", ("WVR-1",))
    assert (state(skiff, days=29), carried_by(skiff, days=29)) == ("expired", ())


def test_the_end_is_announced_once_and_only_of_what_was_granted(skiff: Voyage) -> None:
    granted(skiff)
    ask(skiff, rule="trace-logging")
    refused = ask(skiff, rule="evasion-tests")
    advise(skiff, refused)
    settle(skiff, refused, word="refuse")
    revoke(skiff, granted(skiff, rule="secrets-and-dependency-scan"))
    rule = Actor.of_rule("time")
    assert services.announce_expired(actor=rule, now=DAY + timedelta(days=28)) == 0
    before = entry_count()
    assert services.announce_expired(actor=rule, now=DAY + timedelta(days=29)) == 1
    assert services.announce_expired(actor=rule, now=DAY + timedelta(days=30)) == 0
    assert [k for k in kinds_since(before) if "waiver" in k] == ["decide:waiver:expired"]
    with pytest.raises(NotAllowed, match="announced by the product itself"):
        services.announce_expired(actor=skiff.crew.actor("omni"), now=DAY)


def test_two_workers_at_once_announce_each_end_once(skiff: Voyage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looks while the first is in the middle of its list."""
    granted(skiff)
    granted(skiff, rule="trace-logging")
    later, rule = DAY + timedelta(days=29), Actor.of_rule("time")
    second: list[int] = []

    def look(event: Event) -> None:
        if not second:
            second.append(-1)
            second.append(services.announce_expired(actor=rule, now=later))

    monkeypatch.setitem(subscriptions._subscribers, EventKind.WAIVER_EXPIRED, [look])
    before = entry_count()
    assert services.announce_expired(actor=rule, now=later) == 1
    assert second == [-1, 1]
    assert kinds_since(before) == [EventKind.WAIVER_EXPIRED] * 2


def test_a_waiver_is_renewed_by_a_new_one_that_again_takes_three_people(skiff: Voyage) -> None:
    granted(skiff)
    with frozen_at(DAY + timedelta(days=27)):
        second = ask(skiff, expires_on=date(2027, 3, 1))
        advise(skiff, second)
        settle(skiff, second)
    assert carried_by(skiff, days=29) == ("WVR-2",)
    assert carried_by(skiff, days=50) == ()
    rows = selectors.waivers_of(skiff.crew.actor("odile"), skiff.program_id)
    assert [(r.ref, r.state(date(2027, 2, 9))) for r in rows] == [("WVR-2", "in force"), ("WVR-1", "expired")]


def test_a_shorter_renewal_does_not_cut_the_first_one_short(skiff: Voyage) -> None:
    granted(skiff)
    granted(skiff, expires_on=date(2027, 1, 15))
    assert carried_by(skiff, days=10) == ("WVR-1",)


def test_waivers_are_listed_for_the_systems_asked_for(skiff: Voyage) -> None:
    ask(skiff)
    odile = skiff.crew.actor("odile")
    assert selectors.waivers_of(odile, skiff.program_id, system_ids=[]) == []
    (row,) = selectors.waivers_of(odile, skiff.program_id, system_ids=[skiff.system.pk])
    assert (row.ref, row.rule, row.system) == ("WVR-1", RULE, "Skiff")
