"""The gate room shows each person what they may do there, and says why not otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plimsoll.kernel import clock
from plimsoll.ledger.models import Entry
from plimsoll.loop.decide.models import Decision, SignOff
from plimsoll.loop.scope import services as scope
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Page, Pages

pytestmark = pytest.mark.django_db


def room(laden: Laden, name: str, gate: str = "gate") -> tuple[Pages, Page]:
    client = Client()
    client.force_login(laden.crew.users[name])
    return Pages(client), Pages(client).get(laden.at(f"gates/{{{gate}}}/"))


def signed(laden: Laden, role: str = "approver", stance: str = "agree", **more: str) -> dict[str, str]:
    return {"role": role, "stance": stance, "digest": laden.refs["digest"], **more}


def test_the_owner_of_a_control_is_told_why_they_cannot_sign(laden: Laden) -> None:
    pages, page = room(laden, "dev")
    assert "You cannot sign here" in page.main
    assert "Nobody signs for a control of their own." in page.main
    assert laden.at("gates/{gate}/sign/") not in page.posts()
    refused = pages.post(laden.at("gates/{gate}/sign/"), signed(laden, "engineer"), status=403)
    assert "nobody signs for a control of their own" in refused.main


def test_each_signs_once_in_a_role_that_they_hold(laden: Laden) -> None:
    pages, page = room(laden, "ada")
    assert laden.at("gates/{gate}/sign/") in page.posts()
    options = [o.get("value") for o in page.field("role").iter("option")]
    assert options == ["approver"]
    after = pages.follow(laden.at("gates/{gate}/sign/"), signed(laden))
    assert "Ada Okafor as approver: agree" in after.main
    assert laden.at("gates/{gate}/sign/") not in after.posts()
    again = pages.post(laden.at("gates/{gate}/sign/"), signed(laden), status=422)
    assert "You have signed snapshot 1 already." in again.main
    foreign = room(laden, "xan")[0].post(
        laden.at("gates/{gate}/sign/"), signed(laden, "approver"), status=422
    )
    assert "Nothing was saved yet." in foreign.main


def test_dissent_needs_a_reason_and_is_shown_with_it(laden: Laden) -> None:
    pages, _ = room(laden, "ada")
    refused = pages.post(laden.at("gates/{gate}/sign/"), signed(laden, stance="dissent"), status=422)
    assert "A signature that says “dissent” needs a reason." in refused.main
    reason = "The refunds have no limit."
    after = pages.follow(laden.at("gates/{gate}/sign/"), signed(laden, stance="dissent", reason=reason))
    assert reason in after.main


def test_a_signature_on_something_else_is_refused(laden: Laden) -> None:
    pages, _ = room(laden, "ada")
    before = SignOff.objects.count()
    refused = pages.post(laden.at("gates/{gate}/sign/"), {**signed(laden), "digest": "0" * 64}, status=422)
    assert "was frozen again as snapshot 1" in refused.main
    assert SignOff.objects.count() == before


def test_a_changed_answer_shows_what_changed_and_nobody_can_sign(laden: Laden) -> None:
    scope.answer(
        actor=laden.actor("tess"), system_id=int(laden.refs["system_id"]), question="A1", value="write",
        source="review",
    )  # fmt: skip
    pages, page = room(laden, "ada")
    assert "Stale since snapshot 1" in page.main
    assert "signatures on that snapshot do not count" in page.main
    assert laden.at("gates/{gate}/sign/") not in page.posts()
    refused = pages.post(laden.at("gates/{gate}/sign/"), signed(laden), status=422)
    assert refused.heading
    tess, room_of_tess = room(laden, "tess")
    assert laden.at("gates/{gate}/freeze/") in room_of_tess.posts()
    after = tess.follow(laden.at("gates/{gate}/freeze/"))
    assert "Snapshot 2" in after.main
    assert "Stale since" not in after.main


def test_time_alone_makes_a_snapshot_stale(laden: Laden) -> None:
    with clock.frozen_at(NOW + timedelta(days=400)):  # all evidence has expired by then
        _, page = room(laden, "ada")
    assert "Stale since snapshot 1" in page.main


def test_go_is_not_open_while_criteria_are(laden: Laden) -> None:
    pages, page = room(laden, "ada")
    assert laden.at("gates/{gate}/decide/") in page.posts()
    body = {"outcome": "go", "reason": "It simply has to go now."}
    refused = pages.post(laden.at("gates/{gate}/decide/"), body, status=422)
    assert "“go” is not open" in refused.main
    assert "the quorum is not complete" in refused.main
    assert not Decision.objects.filter(gate_id=laden.refs["gate_id"]).exists()


def test_what_was_decided_is_shown_with_who_signed(laden: Laden) -> None:
    pages, _ = room(laden, "ada")
    page = pages.follow(
        laden.at("gates/{gate}/decide/"),
        {"outcome": "defer", "reason": "We meet again in three days.", "option": ""},
    )
    assert page.heading == "Defer: Bosun → pilot"
    assert "Cal Weiss as compliance: dissent" in page.main
    assert Entry.objects.latest("index").kind == "decide:gate:decided"


def test_the_owner_of_a_condition_cannot_close_it(laden: Laden) -> None:
    client = Client()
    client.force_login(laden.crew.users["tess"])
    page = Pages(client).get(laden.at("decisions/{decision}/"))
    closing = laden.at("conditions/{condition}/close/")
    assert closing in page.posts()
    after = Pages(client).follow(closing)
    assert closing not in after.posts()


@pytest.mark.parametrize(("name", "offered"), [("dev", False), ("cal", True), ("ada", True), ("xan", False)])
def test_only_others_recommend_on_a_waiver(laden: Laden, name: str, offered: bool) -> None:
    client = Client()
    client.force_login(laden.crew.users[name])
    page = Pages(client).get(laden.at("waivers/{asked}/"))
    assert (laden.at("waivers/{asked}/recommend/") in page.posts()) is offered
    if name == "dev":
        assert "You asked for it, so you neither recommend nor decide." in page.main


@pytest.mark.parametrize(("name", "offered"), [("dev", False), ("cal", False), ("ada", True), ("xan", True)])
def test_whoever_recommended_does_not_decide(laden: Laden, name: str, offered: bool) -> None:
    client = Client()
    client.force_login(laden.crew.users[name])
    page = Pages(client).get(laden.at("waivers/{recommended}/"))
    assert (laden.at("waivers/{recommended}/decide/") in page.posts()) is offered
