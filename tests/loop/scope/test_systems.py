from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import StagePromise, System
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests import personas
from tests.opened import content
from tests.voyages import Voyage

RULE = Actor.of_rule("wiring")


def describe(crew: personas.Crew, who: str = "tess", **given: Any) -> System:
    asked: dict[str, Any] = {
        "name": "Bosun",
        "sentence": "Answers customers' questions",
        "owner_id": crew.id("dev"),
        **given,
    }
    return services.describe_system(actor=crew.actor(who), program_id=crew.program.pk, **asked)


def row(voyage: Voyage, who: str = "odile") -> selectors.SystemRow:
    return selectors.system_by_id(voyage.crew.actor(who), voyage.system.pk)


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


# ------------------------------------------------------------ describing


def test_a_system_enters_the_inventory_with_ref_owner_and_entry(ship: personas.Crew) -> None:
    system = describe(
        ship,
        name=" Bosun  the second ",
        sentence="Answers\ncustomers' questions",
        off_switch_holder_id=ship.id("eve"),
        real_data_since=date(2027, 1, 4),
    )
    assert str(system) == "SYS-1 Bosun the second"
    assert selectors.system_by_ref(ship.actor("odile"), ship.program.pk, "sys-1") == selectors.SystemRow(
        id=system.pk,
        program_id=ship.program.pk,
        ref="SYS-1",
        name="Bosun the second",
        sentence="Answers customers' questions",
        stage=selectors.system_by_id(RULE, system.pk).stage,
        label=Stage.PROTOTYPE,
        owner_id=ship.id("dev"),
        owner="Dev Rao",
        holder_id=ship.id("eve"),
        holder="Eve Lund",
        real_data_since=date(2027, 1, 4),
        promises=(),
    )
    entry = newest()
    assert (entry.kind, entry.subject) == ("scope:system:described", "halyard/SYS-1")
    body = content(entry)
    assert (body["system"], body["name"]) == (system.pk, "Bosun the second")


def test_systems_are_numbered_in_their_program(ship: personas.Crew) -> None:
    other = people.open_program(actor=ship.actor("tess"), name="Other")
    first, second = describe(ship), describe(ship, name="Keel")
    services.describe_system(
        actor=ship.actor("tess"), program_id=other.pk, name="Bosun", sentence="x", owner_id=ship.id("tess")
    )
    assert (first.number, second.number) == (1, 2)
    assert [s.ref for s in selectors.systems_of(ship.actor("tess"), ship.program.pk)] == ["SYS-1", "SYS-2"]
    assert selectors.system_choices(ship.actor("tess"), ship.program.pk) == [("1", "Bosun"), ("2", "Keel")]
    assert [s.name for s in selectors.systems_of(ship.actor("tess"), other.pk)] == ["Bosun"]


def test_two_systems_of_a_program_have_different_names(ship: personas.Crew) -> None:
    describe(ship)
    before = Entry.objects.count()
    with pytest.raises(Conflict) as refused:
        describe(ship, name="  Bosun ")
    assert refused.value.message == "There is already a system called Bosun."
    assert refused.value.data == {"field": "name"}
    assert Entry.objects.count() == before
    assert describe(ship, name="Keel").number == 2


@pytest.mark.parametrize(
    ("given", "message", "field"),
    [
        ({"name": " "}, "The name of the system is empty.", "name"),
        ({"name": "x" * 81}, "The name of the system has 81 characters.", "name"),
        ({"name": "a\x00b"}, "The name of the system contains control characters.", "name"),
        ({"sentence": ""}, "The sentence about the system is empty.", "sentence"),
        ({"sentence": "x" * 301}, "The sentence about the system has 301 characters.", "sentence"),
        ({"owner_id": None}, "The owner must be a member of the program.", "owner"),
        ({"owner_id": 10**9}, "The owner must be a member of the program.", "owner"),
    ],
    ids=ascii,
)
def test_a_system_that_is_not_described_is_refused(
    ship: personas.Crew, given: dict[str, Any], message: str, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        describe(ship, **given)
    assert (refused.value.message, refused.value.data) == (message, {"field": field})
    assert not System.objects.exists()


def test_a_system_is_described_and_promised_in_one_step(ship: personas.Crew) -> None:
    promised = services.Promised(stage=Stage.PILOT, committed_on=date(2027, 3, 26), promised_to="the board")
    system = describe(ship, promise=promised)
    assert selectors.system_by_id(RULE, system.pk).promises == (
        selectors.Promise(stage=Stage.PILOT, committed_on=date(2027, 3, 26), promised_to="the board"),
    )
    kinds = Entry.objects.order_by("-index").values_list("kind", flat=True)
    assert list(kinds[:2]) == ["scope:stage:promised", "scope:system:described"]


def test_a_system_whose_promise_is_refused_is_not_described_either(ship: personas.Crew) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput, match="retired has no gate"):
        describe(ship, promise=services.Promised(stage=Stage.RETIRED, committed_on=date(2027, 3, 26)))
    assert not System.objects.exists()
    assert Entry.objects.count() == entries
    assert describe(ship).number == 1


@pytest.mark.parametrize("field", ["owner_id", "off_switch_holder_id"])
def test_an_outsider_neither_owns_a_system_nor_holds_its_switch(ship: personas.Crew, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        describe(ship, **{field: ship.id("mallory")})
    assert "must be a member of the program" in refused.value.message
    assert refused.value.hint == "Add the person under People first."


@pytest.mark.parametrize("who", ["ada", "cal", "xan", "odile"])
def test_members_without_the_role_describe_nothing(ship: personas.Crew, who: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you describe a system"):
        describe(ship, who)


def test_strangers_describe_nothing(ship: personas.Crew) -> None:
    with pytest.raises(NotFound):
        describe(ship, "mallory")


# ------------------------------------------------------------ changing


def test_a_change_touches_what_is_given_and_leaves_the_rest(sloop: Voyage) -> None:
    before = row(sloop)
    services.change_system(
        actor=sloop.crew.actor("tess"),
        system_id=sloop.system.pk,
        sentence="Sorts all mail",
        off_switch_holder_id=sloop.crew.id("eve"),
    )
    after = row(sloop)
    assert (after.sentence, after.holder, after.owner) == ("Sorts all mail", "Eve Lund", before.owner)
    entry = newest()
    assert entry.kind == "scope:system:changed"
    assert content(entry)["changed"] == ["off_switch_holder_id", "sentence"]


def test_a_change_of_nothing_writes_nothing(sloop: Voyage) -> None:
    before = Entry.objects.count()
    services.change_system(actor=sloop.crew.actor("tess"), system_id=sloop.system.pk)
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sentence": ""}, "sentence"),
        ({"owner_id": 0}, "owner"),
        ({"off_switch_holder_id": 10**9}, "off_switch_holder"),
    ],
)
def test_a_change_to_something_impossible_is_refused(
    sloop: Voyage, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        services.change_system(actor=sloop.crew.actor("tess"), system_id=sloop.system.pk, **given)
    assert refused.value.data == {"field": field}


@pytest.mark.parametrize("stage", [Stage.PILOT, Stage.LIMITED, Stage.GA])
def test_nobody_moves_a_system_up_by_hand(sloop: Voyage, stage: Stage) -> None:
    for who in ("tess", "omni"):
        with pytest.raises(BadInput) as refused:
            services.change_system(actor=sloop.crew.actor(who), system_id=sloop.system.pk, stage=stage)
        assert refused.value.message == f"Sloop cannot be moved to {stage.label} by hand."
        assert refused.value.hint == "A stage is entered by a decision at its gate."
    assert row(sloop).label is Stage.PROTOTYPE


def test_a_system_may_be_taken_back_by_hand(sloop: Voyage) -> None:
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.LIMITED)
    services.change_system(actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, stage=Stage.PILOT)
    assert row(sloop).label is Stage.PILOT


def test_a_system_that_was_a_pilot_is_no_prototype_again(sloop: Voyage) -> None:
    services.enter_stage(actor=RULE, system_id=sloop.system.pk, stage=Stage.PILOT)
    with pytest.raises(BadInput) as refused:
        services.change_system(
            actor=sloop.crew.actor("omni"), system_id=sloop.system.pk, stage=Stage.PROTOTYPE
        )
    assert refused.value.message == "Sloop was a pilot and cannot be called a prototype again."
    assert row(sloop).label is Stage.PILOT


@pytest.mark.parametrize(
    ("who", "error"), [("odile", NotAllowed), ("ada", NotAllowed), ("mallory", NotFound)]
)
def test_others_change_nothing(sloop: Voyage, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        services.change_system(actor=sloop.crew.actor(who), system_id=sloop.system.pk, sentence="Mine")


# ------------------------------------------------------------ reading


@pytest.mark.parametrize(
    "ref", ["SYS-2", "SYS-0", "SYS-", "RSK-1", "SYS-٣", "SYS-1234567890", "1", "", "SYS--1", "SYS-1.0"]
)
def test_a_ref_that_names_no_system_finds_none(sloop: Voyage, ref: str) -> None:
    with pytest.raises(NotFound) as refused:
        selectors.system_by_ref(sloop.crew.actor("dev"), sloop.program_id, ref)
    assert refused.value.message.startswith("There is no")


def test_systems_are_read_in_three_queries_however_many(
    sloop: Voyage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    actor = sloop.crew.actor("odile")
    for number in range(12):
        made = describe(sloop.crew, name=f"System {number}", off_switch_holder_id=sloop.crew.id("eve"))
        services.promise_stage(
            actor=sloop.crew.actor("tess"),
            system_id=made.pk,
            stage=Stage.PILOT,
            committed_on=date(2027, 6, 1) + timedelta(number),
        )
    with django_assert_num_queries(3):
        assert len(selectors.systems_of(actor, sloop.program_id)) == 13


# ------------------------------------------------------------ what the database itself refuses


@pytest.mark.parametrize(
    "broken",
    [
        lambda s: System.objects.filter(pk=s.pk).update(stage="launched"),
        lambda s: StagePromise.objects.filter(system=s).update(stage="retired"),
        lambda s: StagePromise.objects.create(
            system=s, stage="pilot", committed_on=date(2027, 1, 1), promised_at=clock.now()
        ),
        lambda s: System.objects.create(
            program_id=s.program_id,
            number=s.number,
            name="Twin",
            owner_id=s.owner_id,
            stage="prototype",
            described_at=clock.now(),
        ),
    ],
)
def test_what_no_service_writes_the_database_refuses_too(sloop: Voyage, broken: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        broken(sloop.system)
