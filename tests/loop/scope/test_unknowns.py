from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.stages import Stage
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Answer, Assumption, ScopeVersion
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import Voyage

QUESTIONS = load_catalog().question_set.questions


def answer(voyage: Voyage, question: str, value: str, *, who: str = "dev", **more: Any) -> int:
    return services.answer(
        actor=voyage.crew.actor(who),
        system_id=voyage.system.pk,
        question=question,
        value=value,
        **more,
    )


def many(voyage: Voyage, answers: dict[str, object], *, who: str = "dev", **more: Any) -> int:
    return services.answer_many(
        actor=voyage.crew.actor(who), system_id=voyage.system.pk, answers=answers, **more
    )


def sheet(voyage: Voyage) -> selectors.ScopeSheet:
    actor = voyage.crew.actor("odile")
    return selectors.scope_sheet(actor, selectors.system_by_id(actor, voyage.system.pk), now=clock.now())


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


# ------------------------------------------------------------ unknown makes an assumption


@pytest.mark.parametrize("question", [q.id for q in QUESTIONS])
def test_unknown_makes_an_assumption_in_the_same_step(sloop: Voyage, question: str) -> None:
    entries = Entry.objects.count()
    answer(sloop, question, "unknown")
    assert Entry.objects.count() == entries + 1
    made = Assumption.objects.get()
    asked = load_catalog().question_set[question]
    assert (made.question, made.policy, made.find_out) == (question, asked.policy.value, asked.find_out)
    assert (made.owner_id, made.made_by_id, made.made_at) == (
        sloop.crew.id("dev"),
        sloop.crew.id("dev"),
        clock.now(),
    )
    assert made.state == AssumptionState.OPEN.value
    assert str(made) == f"ASM-1 {question}"
    assert set(content(newest())["records"]) == {
        f"scope.Assumption:{made.pk}",
        f"scope.ScopeVersion:{ScopeVersion.objects.get().pk}",
    }
    valued = asked.policy in (Policy.WORST_CASE, Policy.NEUTRAL_WITH_DEADLINE)
    assert (made.value in asked.values) if valued else (made.value == "")


def test_it_is_due_half_the_time_to_the_next_gate(sloop: Voyage) -> None:
    answer(sloop, "A1", "unknown")
    # 74 days from 11 January to 26 March
    assert Assumption.objects.get().due_on == date(2027, 1, 11) + timedelta(days=37)


@pytest.mark.parametrize(
    ("promises", "label", "due"),
    [
        ({}, Stage.PROTOTYPE, date(2027, 1, 25)),
        ({Stage.PILOT: date(2027, 1, 12)}, Stage.PROTOTYPE, date(2027, 1, 12)),
        ({Stage.PILOT: date(2027, 1, 11)}, Stage.PROTOTYPE, date(2027, 1, 12)),
        ({Stage.PILOT: date(2026, 12, 1)}, Stage.PROTOTYPE, date(2027, 1, 12)),
        (
            {Stage.LIMITED: date(2027, 1, 31), Stage.PILOT: date(2027, 2, 20)},
            Stage.PROTOTYPE,
            date(2027, 1, 21),
        ),
        ({Stage.PILOT: date(2027, 2, 20), Stage.GA: date(2027, 4, 11)}, Stage.PILOT, date(2027, 2, 25)),
    ],
    ids=["no gate", "tomorrow", "today", "past", "the earlier of two", "of those still ahead"],
)
def test_the_gate_that_counts_is_the_next_one_ahead(
    sloop: Voyage, promises: dict[Stage, date], label: Stage, due: date
) -> None:
    sloop.system.promises.all().delete()
    for stage, day in promises.items():
        services.promise_stage(
            actor=sloop.crew.actor("tess"), system_id=sloop.system.pk, stage=stage, committed_on=day
        )
    services.enter_stage(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk, stage=label)
    answer(sloop, "A1", "unknown")
    assert Assumption.objects.get().due_on == due


def test_unknown_again_keeps_the_open_assumption_as_somebody_made_it(sloop: Voyage) -> None:
    answer(sloop, "A1", "unknown")
    services.assume(
        actor=sloop.crew.actor("dev"), system_id=sloop.system.pk, question="A1", policy=Policy.INCLUDE_ALL
    )
    assert answer(sloop, "A1", "unknown", who="cal") == 2
    made = Assumption.objects.get()
    assert (made.policy, made.owner_id) == ("include_all", sloop.crew.id("dev"))


def test_several_unknowns_make_several_assumptions_and_one_version(sloop: Voyage) -> None:
    assert many(sloop, {"K1": "language", "A1": "unknown", "D2": None, "R2": ""}) == 1
    assert list(Assumption.objects.order_by("number").values_list("number", "question")) == [
        (1, "A1"),
        (2, "D2"),
        (3, "R2"),
    ]
    assert content(newest())["answers"] == {
        "K1": "language",
        "A1": "unknown",
        "D2": "unknown",
        "R2": "unknown",
    }


def test_unknown_after_an_answer_takes_the_answer_back(sloop: Voyage) -> None:
    answer(sloop, "A1", "none")
    row = Answer.objects.get()
    answer(sloop, "A1", "unknown")
    assert "A1" not in sheet(sloop).values
    records = content(newest())["records"]
    assert records[f"scope.Answer:{row.pk}"] is None
    assert Assumption.objects.get().state == "open"


# ------------------------------------------------------------ an answer settles an assumption


@pytest.mark.parametrize(
    ("assumed", "answered", "state"),
    [("write", "write", "confirmed"), ("write", "none", "refuted"), ("write", "read", "refuted")],
)
def test_an_answer_confirms_or_refutes_what_was_assumed(
    sloop: Voyage, assumed: str, answered: str, state: str
) -> None:
    answer(sloop, "A1", "unknown", who="cal")
    services.assume(actor=sloop.crew.actor("cal"), system_id=sloop.system.pk, question="A1", value=assumed)
    later = clock.now() + timedelta(days=3)
    with clock.frozen_at(later):
        answer(sloop, "A1", answered)
    closed = Assumption.objects.get()
    assert (closed.state, closed.resolved_by_id, closed.resolved_at) == (state, sloop.crew.id("dev"), later)
    assert f"scope.Assumption:{closed.pk}" in content(newest())["records"]
    assert sheet(sloop).open_assumptions == {}


def test_an_assumption_without_a_working_value_cannot_have_been_wrong(sloop: Voyage) -> None:
    answer(sloop, "R2", "unknown")
    assert Assumption.objects.get().value == ""
    answer(sloop, "R2", "minimal")
    assert Assumption.objects.get().state == "confirmed"


def test_a_question_that_does_not_apply_refutes_the_value_that_was_assumed(sloop: Voyage) -> None:
    answer(sloop, "A1", "unknown")
    answer(sloop, "A1", "not_applicable", reason="other")
    assert Assumption.objects.get().state == "refuted"


def test_an_unknown_after_a_settled_assumption_makes_a_new_one(sloop: Voyage) -> None:
    for value in ("unknown", "write", "unknown"):
        answer(sloop, "A1", value)
    assert list(Assumption.objects.order_by("number").values_list("number", "state")) == [
        (1, "confirmed"),
        (2, "open"),
    ]


def test_an_assumption_is_resolved_by_answering_its_question(sloop: Voyage) -> None:
    answer(sloop, "A1", "unknown")
    made = Assumption.objects.get()
    version = services.resolve_assumption(actor=sloop.crew.actor("cal"), assumption_id=made.pk, value="none")
    assert version == 2
    assert Assumption.objects.get().state == "refuted"
    assert sheet(sloop).answers["A1"].source == "ASM-1"
    services.answer(actor=sloop.crew.actor("cal"), system_id=sloop.system.pk, question="A1", value="unknown")
    again = Assumption.objects.get(state="open")
    services.resolve_assumption(
        actor=sloop.crew.actor("cal"), assumption_id=again.pk, value="read", source="the engineer"
    )
    assert sheet(sloop).answers["A1"].source == "the engineer"
