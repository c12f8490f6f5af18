"""RACI: parts in requirements, deputies with dates, and the rules that are broken."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plimsoll.engines.raci import Part
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Assignment, Deputy
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.conftest import NOW
from tests.pages import Pages
from tests.voyages import KEY, Voyage

TODAY = NOW.date()


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    return sloop


def assign(voyage: Voyage, person: str, part: str, *refs: str, who: str = "dev") -> list[Assignment]:
    return services.assign_part(
        actor=voyage.crew.actor(who),
        program_id=voyage.program_id,
        refs=refs or ("REQ-1",),
        person_id=voyage.crew.id(person),
        part=part,
    )


def deputise(voyage: Voyage, person: str, deputy: str, first: int, last: int, who: str = "") -> Deputy:
    return services.name_deputy(
        actor=voyage.crew.actor(who or person),
        program_id=voyage.program_id,
        person_id=voyage.crew.id(person),
        deputy_id=voyage.crew.id(deputy),
        first_on=TODAY + timedelta(days=first),
        last_on=TODAY + timedelta(days=last),
    )


def part(voyage: Voyage, number: int = 1, on: date = TODAY) -> selectors.PartRow:
    rows = selectors.parts_of(voyage.crew.actor("odile"), voyage.program_id, today=on)
    return next(row for row in rows if row.requirement.ref == f"REQ-{number}")


def test_the_owner_is_accountable_and_nobody_does_it_until_somebody_is_said_to(sloop: Voyage) -> None:
    assert (part(sloop).accountable, part(sloop).violations) == ("Dev Rao", ("nobody is responsible",))
    assign(sloop, "eve", "responsible")
    assign(sloop, "ada", "tester")
    assign(sloop, "cal", "consulted", "REQ-1", "REQ-2")
    found = part(sloop)
    assert found.people == {
        Part.RESPONSIBLE: ("Eve Lund",),
        Part.CONSULTED: ("Cal Weiss",),
        Part.INFORMED: (),
        Part.TESTER: ("Ada Okafor",),
    }
    assert found.violations == ()
    newest = Entry.objects.filter(subject="halyard/REQ-2").order_by("-index")[0]
    assert newest.kind == "plan:part:assigned"
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_a_part_given_twice_is_there_once(sloop: Voyage) -> None:
    assert len(assign(sloop, "eve", "responsible", "REQ-1", "REQ-2")) == 2
    entries = Entry.objects.count()
    assert assign(sloop, "eve", "responsible") == []
    assert Entry.objects.count() == entries


def test_who_answers_for_a_control_does_not_test_it(sloop: Voyage) -> None:
    assign(sloop, "eve", "responsible")
    assign(sloop, "dev", "tester")
    assert part(sloop).violations == ("who is accountable is also the tester",)
    services.withdraw_parts(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        refs=["REQ-1"],
        person_id=sloop.crew.id("dev"),
    )
    assert part(sloop).violations == ()
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_taking_out_who_has_no_part_writes_nothing(sloop: Voyage) -> None:
    entries = Entry.objects.count()
    count = services.withdraw_parts(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        refs=["REQ-1"],
        person_id=sloop.crew.id("eve"),
    )
    assert (count, Entry.objects.count()) == (0, entries)


def test_a_deputy_answers_on_the_days_that_were_said(sloop: Voyage) -> None:
    assign(sloop, "cal", "responsible")
    row = deputise(sloop, "dev", "eve", 0, 5)
    assert (part(sloop).accountable, part(sloop).stands_in) == ("Eve Lund", True)
    later = part(sloop, on=TODAY + timedelta(days=6))
    assert (later.accountable, later.stands_in) == ("Dev Rao", False)
    services.end_deputy(actor=sloop.crew.actor("dev"), program_id=sloop.program_id, deputy_id=row.pk)
    assert part(sloop).accountable == "Dev Rao"
    kinds = Entry.objects.filter(subject=f"halyard/person:{sloop.crew.id('dev')}").order_by("index")
    assert [e.kind for e in kinds][-2:] == ["plan:deputy:named", "plan:deputy:ended"]
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_when_the_owner_leaves_nobody_is_accountable_until_a_deputy_stands_in(sloop: Voyage) -> None:
    tess, program_id = sloop.crew.actor("tess"), sloop.program_id
    assign(sloop, "cal", "responsible")
    assign(sloop, "dev", "consulted")
    people.set_roles(actor=tess, program_id=program_id, email="dev@halyard.example", roles=[])
    found = part(sloop)
    assert (found.accountable, found.people[Part.CONSULTED]) == ("", ())
    assert found.violations == ("nobody is accountable: the owner is no member and has no deputy",)
    deputise(sloop, "dev", "eve", 0, 5, who="tess")
    assert (part(sloop).accountable, part(sloop).violations) == ("Eve Lund", ())


def test_what_cannot_be_is_refused_and_nothing_is_written(sloop: Voyage) -> None:
    entries = Entry.objects.count()
    for refs, person, name, error in (
        (("REQ-1",), "eve", "boss", BadInput),
        (("REQ-1",), "mallory", "tester", BadInput),
        (("REQ-1", "REQ-999"), "eve", "tester", NotFound),
        (("RSK-1",), "eve", "tester", NotFound),
    ):
        with pytest.raises(error):
            assign(sloop, person, name, *refs)
    for who, error in (("ada", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)):
        with pytest.raises(error):
            assign(sloop, "eve", "tester", who=who)
    assert (Entry.objects.count(), Assignment.objects.count()) == (entries, 0)


def test_deputies_are_named_for_oneself_or_by_who_changes_members(sloop: Voyage) -> None:
    for person, deputy, days, who, error in (
        ("dev", "dev", (0, 1), "", BadInput),
        ("dev", "mallory", (0, 1), "", BadInput),
        ("dev", "eve", (2, 1), "", BadInput),
        ("dev", "eve", (0, 1), "eve", NotAllowed),
        ("odile", "eve", (0, 1), "", NotAllowed),
        ("dev", "eve", (0, 1), "mallory", NotFound),
    ):
        with pytest.raises(error):
            deputise(sloop, person, deputy, *days, who=who)
    row = deputise(sloop, "dev", "eve", 0, 5)
    assert str(row) == f"{sloop.crew.id('eve')} for {sloop.crew.id('dev')}"
    with pytest.raises(BadInput, match="a deputy for some of these days"):
        deputise(sloop, "dev", "cal", 5, 9)
    deputise(sloop, "dev", "cal", 6, 9, who="tess")
    for who, pk, error in (
        ("eve", row.pk, NotAllowed),
        ("dev", row.pk + 99, NotFound),
        ("mallory", row.pk, NotFound),
    ):
        with pytest.raises(error):
            services.end_deputy(actor=sloop.crew.actor(who), program_id=sloop.program_id, deputy_id=pk)
    assert Deputy.objects.count() == 2


def test_the_database_keeps_the_rules_too(sloop: Voyage) -> None:
    row = deputise(sloop, "dev", "eve", 0, 5)
    (part_row,) = assign(sloop, "eve", "tester")
    for model, pk, values in (
        (Deputy, row.pk, {"last_on": date(2020, 1, 1)}),
        (Deputy, row.pk, {"deputy_id": row.person_id}),
        (Assignment, part_row.pk, {"part": "boss"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(pk=pk).update(**values)  # type: ignore[attr-defined]


# ------------------------------------------------------------ pages


def test_parts_are_given_and_taken_in_the_browser(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    eve = str(sloop.crew.id("eve"))
    done = pages.follow(
        "/halyard/raci/change/", {"ref": ["REQ-1", "REQ-2"], "action": "responsible", "responsible": eve}
    )
    assert "2 parts were changed." in done.text
    assert "REQ-2 " not in pages.get("/halyard/raci/?rules=broken").main
    assert "REQ-3 " not in pages.get("/halyard/raci/?rules=kept&system=1").main
    pages.follow("/halyard/raci/change/", {"ref": ["REQ-2"], "action": "withdraw", "withdraw": eve})
    assert "REQ-2 " in pages.get("/halyard/raci/?rules=broken").main
    assert "nobody is responsible" in pages.get("/halyard/raci/?format=csv").text
    pages.post("/halyard/raci/change/", {"ref": ["REQ-1"], "action": "tester"}, status=422)
    pages.post("/halyard/raci/change/", {"action": "tester", "tester": eve}, status=422)
    pages.post("/halyard/raci/change/", {"ref": ["REQ-1"], "action": "boss", "boss": eve}, status=422)


def test_a_deputy_is_named_and_taken_back_in_the_browser(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    body = {
        "person": str(sloop.crew.id("dev")), "deputy": str(sloop.crew.id("eve")),
        "first_on": "2027-01-11", "last_on": "2027-01-20",
    }  # fmt: skip
    named = pages.follow("/halyard/raci/deputies/", body)
    assert "Eve Lund for Dev Rao" in named.main
    assert "for Dev Rao" in pages.get("/halyard/raci/").main
    wrong = pages.post("/halyard/raci/deputies/", body, status=422)
    assert "There is a deputy for some of these days already." in wrong.main
    (end,) = (path for path in named.posts() if path.endswith("/end/"))
    assert "Nobody stands in for anybody." in pages.follow(end).main


def test_the_page_asks_as_often_whatever_the_number_of_parts(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["odile"])

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/halyard/raci/")
        return len(queries)

    few = asked()
    refs = [
        row.requirement.ref
        for row in selectors.parts_of(sloop.crew.actor("odile"), sloop.program_id, today=TODAY)
    ]
    for name in ("eve", "cal", "ada"):
        assign(sloop, name, "responsible", *refs)
    assert asked() == few
