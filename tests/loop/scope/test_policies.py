from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from plimsoll.engines.scoping.question_set import Policy
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Assumption
from plimsoll.people.actors import Actor
from tests.conftest import NOW
from tests.voyages import BOSUN, Voyage

RULE = Actor.of_rule("time")
UNKNOWN = ("A1", "D2", "M2", "R2", "A3", "P2", "O3", "S2", "O1")
"""What Bosun's answers leave open."""


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    """A system with Bosun's sixteen answers; the assumptions on the rest are still to be made."""
    services.answer_many(actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, answers={**BOSUN})
    return sloop


def assume(voyage: Voyage, question: str, who: str = "dev", **given: Any) -> Assumption:
    return services.assume(
        actor=voyage.crew.actor(who), system_id=voyage.system.pk, question=question, **given
    )


def answer(voyage: Voyage, question: str, value: str) -> int:
    return services.answer(
        actor=voyage.crew.actor("dev"), system_id=voyage.system.pk, question=question, value=value
    )


def sheet(voyage: Voyage, *, on: date | None = None) -> selectors.ScopeSheet:
    now = NOW.replace(year=on.year, month=on.month, day=on.day) if on else NOW
    actor = voyage.crew.actor("odile")
    return selectors.scope_sheet(actor, selectors.system_by_id(actor, voyage.system.pk), now=now)


def work(voyage: Voyage) -> dict[str, str]:
    """Rule → standing of the work that the scope makes now."""
    planning.derive_requirements(actor=RULE, system_id=voyage.system.pk)
    found = plan.requirements_of(voyage.crew.actor("odile"), voyage.program_id, [voyage.system.pk])
    return {row.rule: row.standing for row in found}


def test_worst_case_works_on_what_the_worst_answer_asks(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.WORST_CASE)
    found = sheet(sloop).working
    assert {rule: question for rule, (_, question) in found.assumed.items()} == {
        "tool-allow-list": "A1",
        "incident-tabletop": "A1",
    }
    assert work(sloop)["tool-allow-list"] == "assumed"
    assert "value-limit-confirmation" in found.blocked


def test_a_working_value_works_on_what_that_answer_asks(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.NEUTRAL_WITH_DEADLINE, value="read")
    assert set(sheet(sloop).working.assumed) == {"tool-allow-list"}
    assume(sloop, "A1", value="none")
    assert set(sheet(sloop).working.assumed) == set()
    assert "tool-allow-list" not in work(sloop)


def test_include_all_works_on_whatever_any_answer_could_ask(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.INCLUDE_ALL)
    assert set(sheet(sloop).working.assumed) == {
        "tool-allow-list",
        "value-limit-confirmation",
        "incident-tabletop",
    }
    assume(sloop, "M2", policy=Policy.INCLUDE_ALL)
    assert {"rollback-drill", "unpinned-model-compensation"} <= set(work(sloop))


def test_block_at_gate_makes_no_work_and_leaves_it_open(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.BLOCK_AT_GATE)
    found = sheet(sloop).working
    assert set(found.assumed) == set()
    assert {"tool-allow-list", "incident-tabletop", "value-limit-confirmation"} <= set(found.blocked)
    assert "tool-allow-list" not in work(sloop)


def test_assumptions_act_together(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.WORST_CASE)
    assume(sloop, "S2", policy=Policy.WORST_CASE)
    assert "value-limit-confirmation" in sheet(sloop).working.assumed


def test_without_assumptions_nothing_open_becomes_work(sloop: Voyage) -> None:
    found = sheet(sloop)
    assert found.working.assumed == {}
    assert set(work(sloop)) == {i.rule.id for i in (*found.scope.certain, *found.baseline.certain)}


def test_the_defaults_bring_in_what_each_question_stands_for(sloop: Voyage) -> None:
    for question in UNKNOWN:
        assume(sloop, question)
    standing = work(sloop)
    assumed = {rule for rule, how in standing.items() if how == "assumed"}
    assert {"tool-allow-list", "retrieval-authorisation", "agent-credential-vaulting"} <= assumed
    # R2 and P2 block at the gate
    assert not assumed & {"human-oversight", "technical-file", "sub-processor-agreement"}
