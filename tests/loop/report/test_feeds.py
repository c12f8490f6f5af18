"""Calendar feeds: secret, revocable, without names, and cheap to ask again."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import services as plan
from plimsoll.loop.report import selectors, services
from plimsoll.loop.report.models import CalendarFeed
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.conftest import NOW
from tests.lading import Laden, laden_program  # noqa: F401 - the fixture
from tests.opened import content
from tests.pages import Pages
from tests.voyages import KEY, Voyage


def issued(voyage: Voyage, who: str = "dev", reach: str = "mine") -> tuple[CalendarFeed, str]:
    return services.issue_feed(actor=voyage.crew.actor(who), program_id=voyage.program_id, reach=reach)


def days(client: Client, secret: str) -> dict[str, tuple[date, str]]:
    """Uid → day and summary."""
    answer = client.get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200, answer.content[:300]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return {
        str(event["uid"]): (event["dtstart"].dt, str(event["summary"]))
        for event in Calendar.from_ical(answer.content).walk("VEVENT")
    }


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    dev = sloop.crew.actor("dev")
    scope.promise_stage(
        actor=dev, system_id=sloop.system.pk, stage=Stage.PILOT, committed_on=date(2027, 3, 26)
    )
    day = date(2027, 2, 1)
    plan.plan_tasks(
        actor=dev,
        program_id=sloop.program_id,
        tasks=[
            plan.TaskPlan(title="Look; closely, now", due_on=day),
            plan.TaskPlan(title="Tell", due_on=day, owner_id=sloop.crew.id("eve")),
            plan.TaskPlan(title="The partner starts", kind="milestone", due_on=date(2027, 4, 1)),
            plan.TaskPlan(title="Done", due_on=day, state="done"),
            plan.TaskPlan(title="Long ago", due_on=date(2026, 1, 1)),
        ],
    )
    plan.raise_risks(
        actor=dev, program_id=sloop.program_id, risks=[plan.NewRisk(title="It leaks", due_on=day)]
    )
    return sloop


# ------------------------------------------------------------ addresses


def test_the_secret_is_kept_nowhere_only_its_hash(sloop: Voyage) -> None:
    feed, secret = issued(sloop)
    assert (secret[:4], len(secret)) == ("ics_", 47)
    assert feed.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert all(secret[4:] not in str(content(entry)) for entry in Entry.objects.all())
    newest = Entry.objects.order_by("-index")[0]
    assert (newest.kind, newest.subject) == ("report:feed:issued", f"halyard/feed:{feed.pk}")
    assert reconcile(Signer(name="test", key=KEY)).faults == []
    assert str(feed) == f"feed {feed.pk}: mine"


def test_a_revoked_feed_gives_nothing_and_is_revoked_once(sloop: Voyage, client: Client) -> None:
    feed, secret = issued(sloop)
    dev, program_id = sloop.crew.actor("dev"), sloop.program_id
    assert days(client, secret)
    services.revoke_feed(actor=dev, program_id=program_id, feed_id=feed.pk)
    assert Pages(client).get(f"/calendar/{secret}.ics", 404).heading == "There is nothing here"
    with pytest.raises(Conflict, match="already revoked"):
        services.revoke_feed(actor=dev, program_id=program_id, feed_id=feed.pk)
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_a_feed_ends_with_membership_and_account(sloop: Voyage, client: Client) -> None:
    _, secret = issued(sloop)
    tess, program_id = sloop.crew.actor("tess"), sloop.program_id
    user = sloop.crew.users["dev"]
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(f"/calendar/{secret}.ics").status_code == 404
    type(user).objects.filter(pk=user.pk).update(is_active=True)
    assert days(client, secret)
    people.set_roles(actor=tess, program_id=program_id, email="dev@halyard.example", roles=[])
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_own_feeds_are_revoked_by_oneself_and_anybodys_by_who_changes_members(sloop: Voyage) -> None:
    feed, _ = issued(sloop)
    for who, error in (("eve", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)):
        with pytest.raises(error):
            services.revoke_feed(actor=sloop.crew.actor(who), program_id=sloop.program_id, feed_id=feed.pk)
    services.revoke_feed(actor=sloop.crew.actor("tess"), program_id=sloop.program_id, feed_id=feed.pk)


def test_feeds_are_for_members_who_are_persons(sloop: Voyage) -> None:
    for who, error in (("odile", NotAllowed), ("mallory", NotFound)):
        with pytest.raises(error):
            issued(sloop, who)
    with pytest.raises(NotAllowed, match="by a person"):
        services.issue_feed(actor=Actor.of_rule("time"), program_id=sloop.program_id, reach="mine")
    with pytest.raises(BadInput, match="no feed of “all”"):
        issued(sloop, reach="all")
    row, secret = people.issue_token(
        actor=sloop.crew.actor("dev"), program_id=sloop.program_id, name="x", scopes=["read"], days=3
    )
    from plimsoll.people.selectors import actor_of_token

    token = actor_of_token(secret, now=clock.now())[0]
    with pytest.raises(NotAllowed):
        services.issue_feed(actor=token, program_id=sloop.program_id, reach="mine")
    with pytest.raises(NotAllowed):
        services.revoke_feed(actor=token, program_id=sloop.program_id, feed_id=row.pk)


def test_nobody_has_more_than_ten_feeds_in_a_program(sloop: Voyage) -> None:
    for _ in range(10):
        issued(sloop)
    with pytest.raises(Conflict, match="You have 10 feeds here"):
        issued(sloop)
    assert len(selectors.feeds_of(sloop.crew.actor("tess"), sloop.program_id)) == 10
    assert selectors.feeds_of(sloop.crew.actor("eve"), sloop.program_id) == []
    with pytest.raises(NotFound):
        selectors.feeds_of(sloop.crew.actor("mallory"), sloop.program_id)


# ------------------------------------------------------------ what they tell


def test_my_feed_tells_what_i_own_and_nobody_elses(sloop: Voyage, client: Client) -> None:
    found = days(client, issued(sloop)[1])
    titles = {summary for _, summary in found.values()}
    assert {"TSK-1 Look; closely, now", "TSK-3 The partner starts", "RSK-1 Plan for: It leaks"} <= titles
    assert not titles & {"TSK-2 Tell", "TSK-4 Done", "TSK-5 Long ago"}
    assert found["tsk-1.halyard@plimsoll.local.log"][0] == date(2027, 2, 1)


def test_the_programs_feed_tells_promises_milestones_and_work(sloop: Voyage, client: Client) -> None:
    plan.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    found = days(client, issued(sloop, reach="program")[1])
    titles = {summary for _, summary in found.values()}
    assert {
        "Sloop → pilot, as promised",
        "TSK-3 ◆ The partner starts",
    } <= titles
    assert "TSK-2 Tell" in titles
    assert any(title.endswith("requirements of Sloop") for title in titles)
    assert found["promise-pilot-sys-1.halyard@plimsoll.local.log"][0] == date(2027, 3, 26)


def test_a_feed_names_no_person(laden: Laden, client: Client) -> None:
    for who, reach in (("tess", "program"), ("dev", "mine"), ("eve", "mine")):
        _, secret = services.issue_feed(actor=laden.actor(who), program_id=laden.program_id, reach=reach)
        text = client.get(f"/calendar/{secret}.ics").content.decode().replace("\r\n ", "")
        assert "BEGIN:VEVENT" in text
        for name in ("Tess", "Dev Rao", "Eve", "Ada", "Cal Weiss", "example.org", "halyard.example"):
            assert name not in text, name


def test_every_kind_of_day_is_told(laden: Laden, client: Client) -> None:
    told = {}
    for who, reach in (("tess", "program"), ("dev", "mine")):
        _, secret = services.issue_feed(actor=laden.actor(who), program_id=laden.program_id, reach=reach)
        told[reach] = {uid.partition("-")[0] for uid in days(client, secret)}
    assert told["program"] == {"promise", "requirements", "tsk", "cnd", "wvr"}
    assert told["mine"] >= {"req", "tsk", "asm", "cnd"}


# ------------------------------------------------------------ asking again


def test_a_day_that_moves_moves_under_the_same_uid(sloop: Voyage, client: Client) -> None:
    _, secret = issued(sloop)
    before = client.get(f"/calendar/{secret}.ics")
    plan.change_tasks(
        actor=sloop.crew.actor("dev"), program_id=sloop.program_id, refs=["TSK-1"], due_on=date(2027, 2, 9)
    )
    after = client.get(f"/calendar/{secret}.ics")
    assert before["ETag"] != after["ETag"]
    assert days(client, secret)["tsk-1.halyard@plimsoll.local.log"][0] == date(2027, 2, 9)


def test_asking_again_costs_five_queries_and_no_content(
    sloop: Voyage, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = issued(sloop)
    first = client.get(f"/calendar/{secret}.ics")
    assert first["Cache-Control"] == "private, no-cache"
    with django_assert_num_queries(5):
        again = client.get(f"/calendar/{secret}.ics", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with clock.frozen_at(NOW + timedelta(days=1)):
        tomorrow = client.get(f"/calendar/{secret}.ics", headers={"If-None-Match": first["ETag"]})
    assert tomorrow.status_code == 200


@pytest.mark.parametrize("secret", ["ics_", "x" * 3000, "ä", "ics_%00", "..", "ics_ ' or 1=1"])
def test_a_made_up_address_is_not_found(sloop: Voyage, client: Client, secret: str) -> None:
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


# ------------------------------------------------------------ pages


@pytest.fixture
def pages(sloop: Voyage, client: Client) -> Pages:
    client.force_login(sloop.crew.users["dev"])
    return Pages(client)


def test_an_address_is_taken_and_revoked_on_the_page(sloop: Voyage, pages: Pages) -> None:
    made = pages.post("/halyard/feeds/issue/", {"reach": "program"}, status=200)
    assert "http://testserver/calendar/ics_" in made.main
    shown = pages.get("/halyard/feeds/")
    assert "Everything with a day in the program Dev Rao" in shown.main
    assert "ics_" not in shown.main
    (revoke,) = (path for path in shown.posts() if path.endswith("/revoke/"))
    assert "No calendar reads from here." in pages.follow(revoke).main
