from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.ids import RefKind
from plimsoll.ledger.append import writing
from plimsoll.people import services
from plimsoll.people.models import RefCounter
from plimsoll.people.refs import next_ref, reserve_refs
from tests import personas


def test_refs_count_from_one_within_program_and_kind(ship: personas.Crew) -> None:
    other = services.open_program(actor=ship.actor("tess"), name="Other").pk
    here = ship.program.pk
    given = [
        str(next_ref(program, kind))
        for program, kind in (
            (here, RefKind.RISK),
            (here, RefKind.RISK),
            (here, RefKind.SYSTEM),
            (other, RefKind.RISK),
            (here, RefKind.RISK),
        )
    ]
    assert given == ["RSK-1", "RSK-2", "SYS-1", "RSK-1", "RSK-3"]
    assert str(RefCounter.objects.get(program_id=here, kind="RSK")) == "RSK-3"


def test_many_refs_are_reserved_at_once(ship: personas.Crew) -> None:
    next_ref(ship.program.pk, RefKind.RISK)
    refs = reserve_refs(ship.program.pk, RefKind.RISK, count=3)
    assert [str(ref) for ref in refs] == ["RSK-2", "RSK-3", "RSK-4"]
    assert reserve_refs(ship.program.pk, RefKind.RISK, count=0) == []
    assert str(next_ref(ship.program.pk, RefKind.RISK)) == "RSK-5"


def test_reserving_many_costs_what_reserving_one_does(
    ship: personas.Crew, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    next_ref(ship.program.pk, RefKind.RISK)
    for count in (1, 5000):
        with django_assert_num_queries(2):
            reserve_refs(ship.program.pk, RefKind.RISK, count=count)


def test_a_step_that_is_undone_gives_its_ref_back(ship: personas.Crew) -> None:
    """No record ever had it, so nothing that was said of it can be mistaken for another's."""

    def undone() -> None:
        with writing():
            next_ref(ship.program.pk, RefKind.RISK)
            raise Conflict("Somebody else was faster.")

    with pytest.raises(Conflict):
        undone()
    assert str(next_ref(ship.program.pk, RefKind.RISK)) == "RSK-1"
