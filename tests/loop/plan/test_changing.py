from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Requirement
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import BOSUN, Voyage


@pytest.fixture
def planned(sloop: Voyage) -> Voyage:
    """Bosun's answers with A1 = none, and the work that follows; REQ-23 was dropped again."""
    dev, system = sloop.crew.actor("dev"), sloop.system.pk
    scope.answer_many(actor=dev, system_id=system, answers={**BOSUN, "A1": "write"})
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=system)
    scope.answer_many(actor=dev, system_id=system, answers={"A1": "none"})
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=system)
    return sloop


def change(voyage: Voyage, *refs: str, who: str = "dev", **given: Any) -> list[Requirement]:
    return services.change_requirements(
        actor=voyage.crew.actor(who), program_id=voyage.program_id, refs=refs, **given
    )


def row(voyage: Voyage, ref: str) -> selectors.RequirementRow:
    return selectors.requirement_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


def dropped() -> str:
    return f"REQ-{Requirement.objects.filter(standing='dropped')[0].number}"


def test_owner_date_and_ticket_are_changed_and_the_rest_stays(planned: Voyage) -> None:
    before = row(planned, "REQ-1")
    change(planned, "REQ-1", owner_id=planned.crew.id("eve"))
    change(planned, "req-1", due_on=date(2027, 2, 2))
    change(planned, "REQ-1", ticket_url=" https://tickets.example/7?x=1 ")
    after = row(planned, "REQ-1")
    assert (after.owner, after.due_on, after.ticket_url) == (
        "Eve Lund",
        date(2027, 2, 2),
        "https://tickets.example/7?x=1",
    )
    assert (after.title, after.standing, after.because) == (before.title, before.standing, before.because)
    change(planned, "REQ-1", ticket_url="  ")
    assert row(planned, "REQ-1").ticket_url == ""


def test_many_are_changed_at_once_each_with_its_own_entry(planned: Voyage) -> None:
    before = Entry.objects.count()
    refs = [f"REQ-{n}" for n in range(1, 9)]
    changed = change(planned, *refs, owner_id=planned.crew.id("eve"), due_on=date(2027, 2, 2))
    assert [f"REQ-{r.number}" for r in changed] == refs
    entries = Entry.objects.filter(index__gte=before).order_by("index").select_related("payload")
    assert [e.subject for e in entries] == [f"halyard/{ref}" for ref in refs]
    for entry in entries:
        body = content(entry)
        assert entry.kind == "plan:requirement:changed"
        assert body["changed"] == ["due_by_person", "due_on", "owner_id"]
        assert (body["system"], len(body["records"])) == (planned.system.pk, 1)
    assert row(planned, "REQ-9").owner == "Dev Rao"


def test_a_ref_that_was_chosen_twice_is_changed_once(planned: Voyage) -> None:
    before = Entry.objects.count()
    assert len(change(planned, "REQ-1", "req-1", due_on=date(2027, 2, 2))) == 1
    assert Entry.objects.count() == before + 1


@pytest.mark.parametrize(
    ("others", "named"),
    [
        (["REQ-999"], "REQ-999"),
        (["REQ-999", "REQ-998"], "REQ-998, REQ-999"),
        ([f"REQ-{n}" for n in range(900, 910)], "REQ-900, REQ-901, REQ-902, REQ-903, REQ-904"),
    ],
)
def test_all_are_changed_or_none(planned: Voyage, others: list[str], named: str) -> None:
    before, entries = row(planned, "REQ-1"), Entry.objects.count()
    with pytest.raises(NotFound) as refused:
        change(planned, "REQ-1", *others, owner_id=planned.crew.id("eve"))
    assert refused.value.message == f"There is no requirement {named} in force."
    assert row(planned, "REQ-1") == before
    assert Entry.objects.count() == entries


def test_what_was_dropped_is_not_in_force_and_not_changed(planned: Voyage) -> None:
    with pytest.raises(NotFound) as refused:
        change(planned, "REQ-1", dropped(), due_on=date(2027, 2, 2))
    assert refused.value.message == f"There is no requirement {dropped()} in force."


@pytest.mark.parametrize("ref", ["RSK-1", "REQ", "REQ-", "1", "REQ-1x", "REQ-٣"])
def test_what_is_no_ref_of_a_requirement_is_named(planned: Voyage, ref: str) -> None:
    with pytest.raises(NotFound) as refused:
        change(planned, "REQ-1", ref, due_on=date(2027, 2, 2))
    assert refused.value.message == f"There is no {ref} in this program."


def test_a_change_of_nothing_or_to_nothing_is_refused(planned: Voyage) -> None:
    with pytest.raises(BadInput, match="Nothing was given to change"):
        change(planned, "REQ-1")
    with pytest.raises(NotFound, match="No requirement was chosen"):
        change(planned, due_on=date(2027, 2, 2))


@pytest.mark.parametrize("who", ["mallory", None])
def test_the_owner_is_a_member(planned: Voyage, who: str | None) -> None:
    with pytest.raises(BadInput) as refused:
        change(planned, "REQ-1", owner_id=planned.crew.id(who) if who else 10**9)
    assert refused.value.message == "The owner must be a member of the program."
    assert refused.value.data == {"field": "owner"}


@pytest.mark.parametrize(
    "url",
    ["tickets.example/7", "javascript:alert(1)", "ftp://a.example/x", "https://", "http://a b.example", "x"],
)
def test_a_ticket_is_a_web_address(planned: Voyage, url: str) -> None:
    with pytest.raises(BadInput) as refused:
        change(planned, "REQ-1", ticket_url=url)
    assert refused.value.message == f"“{url}” is not a web address."
    assert refused.value.data == {"field": "ticket_url"}
    assert row(planned, "REQ-1").ticket_url == ""


def test_an_address_that_is_too_long_is_refused_and_not_cut(planned: Voyage) -> None:
    """Half an address leads somewhere else."""
    address = "https://tickets.example/".ljust(300, "x")
    change(planned, "REQ-1", ticket_url=address)
    assert row(planned, "REQ-1").ticket_url == address
    with pytest.raises(BadInput) as refused:
        change(planned, "REQ-1", ticket_url=address + "x")
    assert refused.value.message == "The ticket's address has 301 characters."
    assert refused.value.hint == "At most 300."


@pytest.mark.parametrize(
    ("who", "error"), [("ada", NotAllowed), ("cal", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)]
)
def test_others_change_nothing(planned: Voyage, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        change(planned, "REQ-1", who=who, due_on=date(2027, 2, 2))


def test_a_requirement_of_another_program_is_not_there(planned: Voyage) -> None:
    other = people.open_program(actor=planned.crew.actor("dev"), name="Other")
    with pytest.raises(NotFound, match="There is no requirement REQ-1 in force"):
        services.change_requirements(
            actor=planned.crew.actor("dev"),
            program_id=other.pk,
            refs=["REQ-1"],
            owner_id=planned.crew.id("dev"),
        )


# ------------------------------------------------------------ reading


def test_what_a_person_owes_until_a_day(planned: Voyage) -> None:
    change(planned, "REQ-1", "REQ-2", "REQ-3", owner_id=planned.crew.id("eve"))
    change(planned, "REQ-1", due_on=date(2027, 2, 3))
    change(planned, "REQ-2", due_on=date(2027, 2, 1))
    change(planned, "REQ-3", due_on=date(2027, 2, 4))
    due = selectors.requirements_due(
        planned.crew.actor("eve"),
        planned.program_id,
        owner_id=planned.crew.id("eve"),
        until=date(2027, 2, 3),
    )
    assert [r.ref for r in due] == ["REQ-2", "REQ-1"]


def test_what_was_dropped_is_owed_by_nobody(planned: Voyage) -> None:
    actor = planned.crew.actor("odile")
    far = date(2027, 1, 11) + timedelta(days=4000)
    due = selectors.requirements_due(actor, planned.program_id, owner_id=planned.crew.id("dev"), until=far)
    shown = selectors.requirements_of(actor, planned.program_id, [planned.system.pk])
    assert dropped() not in {r.ref for r in (*due, *shown)}
    assert row(planned, dropped()).standing == "dropped"


def test_requirements_are_found_by_words_of_their_title(planned: Voyage) -> None:
    actor = planned.crew.actor("odile")
    found = selectors.requirements_named(actor, planned.program_id, "INJECTION", most=9)
    assert {r.rule for r in found} == {"direct-injection-tests", "indirect-injection-tests"}
    numbers = [int(r.ref.partition("-")[2]) for r in found]
    assert numbers == sorted(numbers)
    assert len(selectors.requirements_named(actor, planned.program_id, "", most=3)) == 3
    assert selectors.requirements_named(actor, planned.program_id, "100% of_nothing", most=9) == []


@pytest.mark.parametrize("ref", ["REQ-999", "REQ-0", "RSK-1", ""])
def test_a_ref_that_names_no_requirement_finds_none(planned: Voyage, ref: str) -> None:
    with pytest.raises(NotFound):
        row(planned, ref)
