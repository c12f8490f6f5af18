"""What waits for each person: what they can do and others wait for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from django.test import Client

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.kernel import clock
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.loop.decide import services
from plimsoll.loop.plan import services as plan
from plimsoll.loop.report.selectors import Waiting, waiting_for
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.actors import Actor
from plimsoll.people.roles import Role
from plimsoll.people.selectors import actor_of, program_named
from tests.loop.decide.bridge import condition, decide, freeze, sign, signed
from tests.loop.decide.test_waivers import advise, ask, settle
from tests.voyages import DAY, Voyage, attested, requirement

Counting = Callable[[int], AbstractContextManager[object]]
WEEK = timedelta(days=7)


def waiting(voyage: Voyage, who: str, *, actor: Actor | None = None) -> list[Waiting]:
    actor = actor or voyage.crew.actor(who)
    return waiting_for(actor, program_named(actor, voyage.crew.program.slug), now=clock.now())


def refs(voyage: Voyage, who: str) -> list[str]:
    return [w.ref for w in waiting(voyage, who)]


def test_on_a_quiet_day_nothing_waits_for_anybody(sound: Voyage) -> None:
    for name in ("tess", "dev", "eve", "ada", "cal", "xan", "odile", "omni"):
        assert refs(sound, name) == [], name


def test_a_requirement_waits_for_its_owner_a_week_ahead(sound: Voyage) -> None:
    ref = requirement(sound, "secrets-and-dependency-scan").ref
    with frozen_at(DAY + timedelta(days=8)):
        assert refs(sound, "dev") == []
    with frozen_at(DAY + timedelta(days=9)):
        item = next(w for w in waiting(sound, "dev") if w.ref == ref)
        assert (item.what, item.due_on) == (
            f"Show: {requirement(sound, 'secrets-and-dependency-scan').title} (Skiff)",
            date(2027, 1, 27),
        )
        assert refs(sound, "eve") == []


def test_an_assumption_waits_for_who_finds_out(bosun: Voyage) -> None:
    scope.assume(
        actor=bosun.crew.actor("tess"),
        system_id=bosun.system.pk,
        question="S2",
        owner_id=bosun.crew.id("eve"),
        due_on=(DAY + WEEK).date(),
    )
    (item,) = waiting(bosun, "eve")
    assert (item.what, item.ref, item.due_on) == ("Find out S2 of Bosun", "ASM-1", (DAY + WEEK).date())
    assert item.url == "/halyard/assumptions/ASM-1/"
    assert refs(bosun, "tess") == []
    with frozen_at(DAY + timedelta(days=30)):
        assert refs(bosun, "eve") == ["ASM-1"]
    scope.answer(actor=bosun.crew.actor("tess"), system_id=bosun.system.pk, question="S2", value="no")
    assert refs(bosun, "eve") == []


def test_a_document_waits_for_everybody_who_may_review_it_but_its_author(skiff: Voyage) -> None:
    ref = attested(skiff, "threat-model", by="cal", reviewer="")
    seen = {name: ref in refs(skiff, name) for name in ("tess", "eve", "ada", "cal", "xan", "odile", "omni")}
    assert seen == {
        "tess": True, "eve": True, "ada": True, "omni": True, "cal": False, "xan": False, "odile": False,
    }  # fmt: skip


def test_a_document_does_not_wait_for_the_owner_of_its_requirement(skiff: Voyage) -> None:
    """Dev owns the requirement and would be refused."""
    ref = attested(skiff, "threat-model", by="cal", reviewer="")
    assert ref not in refs(skiff, "dev")


def test_a_waiver_waits_for_advice_then_for_a_decision_by_others(skiff: Voyage) -> None:
    waiver = ask(skiff, by="omni")
    names = ("tess", "eve", "ada", "cal", "xan", "omni")
    assert [n for n in names if "WVR-1" in refs(skiff, n)] == ["eve", "ada", "cal"]
    (item,) = [w for w in waiting(skiff, "cal") if w.ref == "WVR-1"]
    assert item.what == "Recommend on the waiver of threat model (Skiff)"
    advise(skiff, waiver, by="ada")
    assert [n for n in names if "WVR-1" in refs(skiff, n)] == ["xan"]
    (item,) = waiting(skiff, "xan")
    assert item.what == "Decide on the waiver of threat model (Skiff)"
    settle(skiff, waiver, by="xan")
    assert [n for n in names if "WVR-1" in refs(skiff, n)] == []


def test_advice_by_somebody_of_the_same_name_does_not_hide_the_waiver(skiff: Voyage) -> None:
    waiver = ask(skiff)
    advise(skiff, waiver, by="ada")
    twin = people.set_roles(
        actor=skiff.crew.actor("tess"),
        program_id=skiff.program_id,
        email="ada@elsewhere.example",
        roles=[Role.APPROVER],
        name="Ada Okafor",
    )
    assert "WVR-1" in [w.ref for w in waiting(skiff, "", actor=actor_of(twin))]
    assert "WVR-1" not in refs(skiff, "ada")


def test_a_waiver_that_would_be_over_waits_for_nobody(skiff: Voyage) -> None:
    ask(skiff)
    with frozen_at(DAY + timedelta(days=28)):
        assert "WVR-1" in refs(skiff, "cal")
    with frozen_at(DAY + timedelta(days=29)):
        assert "WVR-1" not in refs(skiff, "cal")


def test_a_frozen_gate_waits_for_signatures_until_it_is_decided(sound: Voyage) -> None:
    freeze(sound)
    seen = {n: "GTE-2" in refs(sound, n) for n in ("tess", "eve", "ada", "cal", "xan", "odile", "omni")}
    assert seen == {
        "tess": True, "eve": True, "ada": True, "cal": True, "xan": True, "omni": True, "odile": False,
    }  # fmt: skip
    (item,) = waiting(sound, "ada")
    assert (item.what, item.url) == ("Sign for Skiff → pilot", "/halyard/gates/GTE-2/")
    sign(sound, "ada", Role.APPROVER)
    assert refs(sound, "ada") == []
    sign(sound, "eve", Role.ENGINEER)
    decide(sound)
    assert refs(sound, "cal") == []


def test_a_gate_does_not_wait_for_who_owns_a_control_in_it(sound: Voyage) -> None:
    freeze(sound)
    assert refs(sound, "dev") == []


def test_a_condition_waits_for_its_owner_until_it_is_closed(sound: Voyage) -> None:
    scope.answer(actor=sound.crew.actor("tess"), system_id=sound.system.pk, question="S1", value="partners")
    signed(sound)
    row = decide(
        sound,
        Outcome.CONDITIONS,
        conditions=[condition(sound, "requirement:authn-authz-review", owner="cal")],
    )
    (item,) = waiting(sound, "cal")
    assert (item.ref, item.what, item.due_on) == (
        "CND-1",
        "Show it to somebody independent",
        date(2027, 2, 20),
    )
    assert item.url == f"/halyard/decisions/DEC-{row.number}/"
    assert "CND-1" not in refs(sound, "ada")
    services.close_condition(
        actor=sound.crew.actor("ada"),
        program_id=sound.program_id,
        condition_id=row.conditions.get().pk,
    )
    assert refs(sound, "cal") == []


def test_the_most_urgent_comes_first_and_what_has_no_day_last(sound: Voyage) -> None:
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[requirement(sound, "trace-logging").ref],
        owner_id=sound.crew.id("cal"),
        due_on=date(2027, 1, 14),
    )
    ref = attested(sound, "evasion-tests", by="eve", reviewer="")
    freeze(sound, Stage.PROTOTYPE)
    found = waiting(sound, "cal")
    assert [(w.ref, w.due_on) for w in found] == [
        (requirement(sound, "trace-logging").ref, date(2027, 1, 14)),
        (ref, date(2027, 1, 18)),
    ]
    found = waiting(sound, "ada")
    assert [(w.ref, w.due_on) for w in found] == [(ref, date(2027, 1, 18)), ("GTE-1", None)]


def test_strangers_wait_for_nothing_here(sound: Voyage) -> None:
    tess = sound.crew.actor("tess")
    program = program_named(tess, sound.crew.program.slug)
    with pytest.raises(NotFound):
        waiting_for(sound.crew.actor("mallory"), program, now=DAY)


def test_it_takes_a_fixed_number_of_queries(sound: Voyage, django_assert_max_num_queries: Counting) -> None:
    freeze(sound)
    actor = sound.crew.actor("omni")
    program = program_named(actor, sound.crew.program.slug)
    with django_assert_max_num_queries(12):
        waiting_for(actor, program, now=DAY)


def test_the_page_lists_it_and_the_frame_counts_it(sound: Voyage, client: Client) -> None:
    freeze(sound)
    client.force_login(sound.crew.users["ada"])
    page = client.get("/waiting/").content.decode()
    assert "Sign for Skiff → pilot" in page
    assert client.get("/waiting/?count=1").content == b"1"
    client.force_login(sound.crew.users["odile"])
    assert "Nothing waits for you." in client.get("/waiting/").content.decode()
    assert client.get("/waiting/?count=1").content == b""
