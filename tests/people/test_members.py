from __future__ import annotations

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.people import selectors, services
from plimsoll.people.models import Membership, User
from plimsoll.people.roles import Role
from tests import personas
from tests.opened import content


def give(ship: personas.Crew, who: str, *roles: Role, by: str = "tess", name: str = "") -> User:
    email = who if "@" in who else f"{who}@halyard.example"
    return services.set_roles(
        actor=ship.actor(by), program_id=ship.program.pk, email=email, roles=roles, name=name
    )


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


def test_roles_are_set_exactly_and_the_log_names_what_came_and_went(ship: personas.Crew) -> None:
    old = Membership.objects.get(user=ship.users["eve"])
    give(ship, "eve", Role.COMPLIANCE, Role.AUDITOR)
    assert ship.actor("eve").roles(ship.program.pk) == {Role.COMPLIANCE, Role.AUDITOR}
    entry = newest()
    assert (entry.kind, entry.subject) == ("people:member:added", f"halyard/person:{ship.id('eve')}")
    body = content(entry)
    assert body["roles"] == ["auditor", "compliance"]
    assert body["records"][f"people.Membership:{old.pk}"] is None
    assert len(body["records"]) == 3
    for row in Membership.objects.filter(user=ship.users["eve"]):
        assert row.since == clock.now()
        assert str(row) == f"{ship.id('eve')} is {row.role} in {ship.program.pk}"


def test_a_role_that_stays_keeps_its_date(ship: personas.Crew) -> None:
    kept = Membership.objects.get(user=ship.users["eve"])
    with clock.frozen_at(clock.now().replace(day=20)):
        give(ship, "eve", Role.ENGINEER, Role.AUDITOR)
    assert Membership.objects.get(pk=kept.pk).since == kept.since


def test_setting_the_roles_that_somebody_has_writes_nothing(ship: personas.Crew) -> None:
    before = Entry.objects.count()
    give(ship, "eve", Role.ENGINEER, Role.ENGINEER)
    assert Entry.objects.count() == before


def test_without_roles_a_person_is_no_member_any_more(ship: personas.Crew) -> None:
    give(ship, "eve")
    assert newest().kind == "people:member:removed"
    assert not ship.actor("eve").sees(ship.program.pk)
    assert "Eve Lund" not in [p.name for p in selectors.members_of(ship.actor("tess"), ship.program.pk)]


def test_a_person_without_account_gets_one_without_password(ship: personas.Crew) -> None:
    user = give(ship, " Noor@Halyard.example ", Role.EXECUTIVE, name="Noor Haddad")
    assert (user.email, user.name, user.handle) == ("noor@halyard.example", "Noor Haddad", "noor")
    assert not user.has_usable_password()
    assert selectors.invited_person(user.pk) == user
    kinds = list(Entry.objects.order_by("-index").values_list("kind", flat=True)[:2])
    assert kinds == ["people:member:added", "people:person:joined"]


def test_a_person_added_without_name_is_called_by_the_address(ship: personas.Crew) -> None:
    assert give(ship, "noor.haddad@halyard.example", Role.AUDITOR).name == "noor.haddad"


def test_nobody_gets_an_account_by_being_given_no_role(ship: personas.Crew) -> None:
    before = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        give(ship, "noor@halyard.example")
    assert refused.value.message == "There is nobody with the address noor@halyard.example here."
    assert not User.objects.filter(email="noor@halyard.example").exists()
    assert Entry.objects.count() == before


@pytest.mark.parametrize("email", ["", "noor", "a b@c", "a\x00@b.c", "n" * 250 + "@h.example"], ids=ascii)
def test_what_is_no_address_is_refused(ship: personas.Crew, email: str) -> None:
    with pytest.raises(BadInput, match="is not an e-mail address"):
        services.set_roles(
            actor=ship.actor("tess"), program_id=ship.program.pk, email=email, roles=[Role.AUDITOR]
        )


def test_a_refused_name_leaves_no_account_behind(ship: personas.Crew) -> None:
    with pytest.raises(BadInput, match="The name has 121 characters"):
        give(ship, "noor@halyard.example", Role.AUDITOR, name="x" * 121)
    assert not User.objects.filter(email="noor@halyard.example").exists()


# ------------------------------------------------------------ the last who could undo it


def alone(ship: personas.Crew) -> None:
    """Tess is the only TPM and admin."""
    give(ship, "omni", Role.ENGINEER)


@pytest.mark.parametrize("roles", [(), (Role.ENGINEER,), tuple(set(Role) - {Role.TPM, Role.ADMIN})])
def test_the_last_tpm_and_admin_cannot_go(ship: personas.Crew, roles: tuple[Role, ...]) -> None:
    alone(ship)
    before = Entry.objects.count()
    with pytest.raises(Conflict) as refused:
        give(ship, "tess", *roles)
    assert refused.value.message == "The program would be left without a TPM or admin."
    assert refused.value.hint == "Give somebody else that role first."
    assert ship.actor("tess").roles(ship.program.pk) == {Role.TPM, Role.ADMIN}
    assert Entry.objects.count() == before


@pytest.mark.parametrize("kept", [Role.TPM, Role.ADMIN])
def test_one_of_the_two_roles_is_enough_to_undo_things(ship: personas.Crew, kept: Role) -> None:
    alone(ship)
    give(ship, "tess", kept)
    assert ship.actor("tess").roles(ship.program.pk) == {kept}
    with pytest.raises(Conflict):
        give(ship, "tess", Role.ENGINEER)


def test_after_a_successor_is_named_the_last_one_may_go(ship: personas.Crew) -> None:
    alone(ship)
    give(ship, "ada", Role.ADMIN)
    give(ship, "tess", by="ada")
    assert not ship.actor("tess").sees(ship.program.pk)


# ------------------------------------------------------------ who may


@pytest.mark.parametrize("by", ["dev", "ada", "cal", "xan", "odile"])
def test_members_without_the_role_change_nobody_not_even_themselves(ship: personas.Crew, by: str) -> None:
    for who in ("eve", by):
        with pytest.raises(NotAllowed, match="do not let you change a member"):
            give(ship, who, Role.TPM, by=by)


def test_a_stranger_is_told_that_there_is_no_program(ship: personas.Crew) -> None:
    with pytest.raises(NotFound, match=re.escape("There is no such program.")):
        give(ship, "mallory", Role.ADMIN, by="mallory")


def test_a_role_in_one_program_is_none_in_another(ship: personas.Crew) -> None:
    other = services.open_program(actor=ship.actor("mallory"), name="Other")
    assert ship.actor("mallory").roles(other.pk) == {Role.TPM, Role.ADMIN}
    with pytest.raises(NotFound):
        give(ship, "mallory", Role.ADMIN, by="mallory")


# ------------------------------------------------------------ reading


def test_members_come_by_name_with_all_their_roles_in_one_query(
    ship: personas.Crew, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tess = ship.actor("tess")
    with django_assert_num_queries(1):
        members = selectors.members_of(tess, ship.program.pk)
    assert [m.name for m in members] == sorted(
        full for name, (full, _) in personas.CAST.items() if name != "mallory"
    )
    shown = next(m for m in members if m.name == "Tess Marsh")
    assert shown == selectors.Person(
        id=ship.id("tess"),
        name="Tess Marsh",
        handle="tess",
        email="tess@halyard.example",
        roles=(Role.ADMIN, Role.TPM),
    )


def test_the_roles_of_a_person_are_read_per_program(ship: personas.Crew) -> None:
    assert selectors.roles_of(ship.id("ada"), ship.program.pk) == {Role.APPROVER}
    assert selectors.roles_of(ship.id("mallory"), ship.program.pk) == frozenset()
    assert selectors.roles_of(ship.id("ada"), ship.program.pk + 1) == frozenset()
