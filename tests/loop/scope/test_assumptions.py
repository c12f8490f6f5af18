from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Assumption
from plimsoll.people.actors import Actor
from tests.conftest import NOW
from tests.opened import content
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


def rows(voyage: Voyage, *, on: date | None = None) -> list[selectors.AssumptionRow]:
    now = NOW.replace(year=on.year, month=on.month, day=on.day) if on else NOW
    return selectors.assumptions_of(voyage.crew.actor("odile"), voyage.program_id, now=now)


def sheet(voyage: Voyage, *, on: date | None = None) -> selectors.ScopeSheet:
    now = NOW.replace(year=on.year, month=on.month, day=on.day) if on else NOW
    actor = voyage.crew.actor("odile")
    return selectors.scope_sheet(actor, selectors.system_by_id(actor, voyage.system.pk), now=now)


def work(voyage: Voyage) -> dict[str, str]:
    """Rule → standing of the work that the scope makes now."""
    planning.derive_requirements(actor=RULE, system_id=voyage.system.pk)
    found = plan.requirements_of(voyage.crew.actor("odile"), voyage.program_id, [voyage.system.pk])
    return {row.rule: row.standing for row in found}


# ------------------------------------------------------------ making and changing


def test_an_assumption_names_value_policy_owner_and_day(sloop: Voyage) -> None:
    made = assume(
        sloop,
        "A1",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        value="read",
        owner_id=sloop.crew.id("eve"),
        due_on=date(2027, 2, 1),
        find_out="  Ask the\nengineer ",
    )
    (row,) = rows(sloop)
    assert row == selectors.AssumptionRow(
        id=made.pk,
        system_id=sloop.system.pk,
        system="Sloop",
        system_ref="SYS-1",
        ref="ASM-1",
        question="A1",
        value="read",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        in_force=Policy.NEUTRAL_WITH_DEADLINE,
        state=AssumptionState.OPEN,
        owner_id=sloop.crew.id("eve"),
        owner="Eve Lund",
        due_on=date(2027, 2, 1),
        find_out="Ask the engineer",
        made_at=NOW,
    )
    assert row.acts
    entry = Entry.objects.select_related("payload").order_by("-index")[0]
    assert (entry.kind, entry.subject) == ("scope:assumption:made", "halyard/ASM-1")
    assert content(entry)["policy"] == "neutral_with_deadline"


def test_what_is_not_given_is_the_questions_default(sloop: Voyage) -> None:
    made = assume(sloop, "A1")
    assert (made.policy, made.value, made.owner_id) == ("worst_case", "write", sloop.crew.id("dev"))
    assert made.due_on == date(2027, 2, 17)


def test_assuming_again_changes_the_open_assumption_and_keeps_the_rest(sloop: Voyage) -> None:
    first = assume(sloop, "A1", value="read", due_on=date(2027, 2, 1))
    second = assume(sloop, "A1", who="cal", policy=Policy.BLOCK_AT_GATE)
    assert first.pk == second.pk
    assert (second.value, second.due_on, second.policy) == ("read", date(2027, 2, 1), "block_at_gate")
    assert second.owner_id == sloop.crew.id("dev")
    assert Assumption.objects.count() == 1


@pytest.mark.parametrize(
    ("question", "given", "message", "field"),
    [
        ("A1", {"value": "maybe"}, "A1 cannot be “maybe”.", "value"),
        ("A1", {"value": "not_applicable"}, "A1 cannot be “not_applicable”.", "value"),
        (
            "R2",
            {"policy": Policy.NEUTRAL_WITH_DEADLINE},
            "This policy acts on a working value.",
            "value",
        ),
        ("A1", {"owner_id": 10**9}, "The owner must be a member of the program.", "owner"),
        ("A1", {"due_on": date(2027, 1, 10)}, "The due date is 2027-01-10.", "due_on"),
        ("A1", {"due_on": date(2037, 1, 12)}, "The due date is 2037-01-12.", "due_on"),
        ("A1", {"find_out": "x" * 301}, "How we will find out has 301 characters.", "find_out"),
        ("A1", {"find_out": "a\x00b"}, "How we will find out contains control characters.", "find_out"),
        ("Z9", {}, "There is no question Z9.", "question"),
    ],
    ids=ascii,
)
def test_an_impossible_assumption_is_refused_and_none_is_made(
    sloop: Voyage, question: str, given: dict[str, Any], message: str, field: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        assume(sloop, question, **given)
    assert (refused.value.message, refused.value.data) == (message, {"field": field})
    assert not Assumption.objects.exists()
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("due", [date(2027, 1, 11), date(2037, 1, 11)])
def test_the_due_date_lies_from_today_to_ten_years_ahead(sloop: Voyage, due: date) -> None:
    assert assume(sloop, "A1", due_on=due).due_on == due


def test_only_members_own_an_assumption(sloop: Voyage) -> None:
    with pytest.raises(BadInput, match="must be a member"):
        assume(sloop, "A1", owner_id=sloop.crew.id("mallory"))


def test_what_is_answered_is_not_assumed(sloop: Voyage) -> None:
    with pytest.raises(Conflict) as refused:
        assume(sloop, "K1")
    assert refused.value.message == "K1 is answered; there is nothing to assume."


@pytest.mark.parametrize(
    ("who", "error"), [("ada", NotAllowed), ("odile", NotAllowed), ("xan", NotAllowed), ("mallory", NotFound)]
)
def test_others_assume_nothing(sloop: Voyage, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        assume(sloop, "A1", who=who)


def test_a_rule_assumes_nothing(sloop: Voyage) -> None:
    with pytest.raises(NotAllowed, match="An assumption is made by a person"):
        services.assume(actor=RULE, system_id=sloop.system.pk, question="A1")


def test_the_database_keeps_one_open_assumption_per_question(sloop: Voyage) -> None:
    made = assume(sloop, "A1")
    made.pk, made.number = None, 99
    with pytest.raises(IntegrityError), transaction.atomic():
        made.save()


# ------------------------------------------------------------ time makes it expire


def test_an_assumption_holds_on_its_day_and_is_the_worst_case_from_the_next(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.NEUTRAL_WITH_DEADLINE, value="none", due_on=date(2027, 2, 1))
    (on_the_day,) = rows(sloop, on=date(2027, 2, 1))
    (day_after,) = rows(sloop, on=date(2027, 2, 2))
    assert (on_the_day.state, on_the_day.in_force) == (
        AssumptionState.OPEN,
        Policy.NEUTRAL_WITH_DEADLINE,
    )
    assert (day_after.state, day_after.in_force) == (AssumptionState.EXPIRED, Policy.WORST_CASE)
    assert day_after.acts
    assert day_after.policy is Policy.NEUTRAL_WITH_DEADLINE
    assert Assumption.objects.get().state == "open"


def test_expiry_brings_in_by_itself_what_the_worst_case_asks(sloop: Voyage) -> None:
    assume(sloop, "A1", policy=Policy.NEUTRAL_WITH_DEADLINE, value="none", due_on=date(2027, 2, 1))
    assert "tool-allow-list" not in sheet(sloop, on=date(2027, 2, 1)).working.assumed
    assert "tool-allow-list" in sheet(sloop, on=date(2027, 2, 2)).working.assumed


@pytest.mark.parametrize(
    "given", [{"due_on": date(2027, 2, 1)}, {"policy": Policy.BLOCK_AT_GATE}, {"value": "none"}]
)
def test_an_expired_assumption_is_not_brought_back_by_hand(sloop: Voyage, given: dict[str, Any]) -> None:
    assume(sloop, "A1", due_on=date(2027, 1, 12))
    with clock.frozen_at(NOW + timedelta(days=2)), pytest.raises(Conflict) as refused:
        assume(sloop, "A1", who="omni", **given)
    assert refused.value.message == "ASM-1 expired on 12 Jan 2027 and counts as the worst case."
    assert refused.value.hint.startswith("Answer A1.")
    (row,) = rows(sloop, on=date(2027, 1, 13))
    assert (row.state, row.in_force) == (AssumptionState.EXPIRED, Policy.WORST_CASE)


def test_an_expired_assumption_may_still_change_hands(sloop: Voyage) -> None:
    assume(sloop, "A1", due_on=date(2027, 1, 12))
    with clock.frozen_at(NOW + timedelta(days=2)):
        made = assume(sloop, "A1", owner_id=sloop.crew.id("eve"), find_out="Ask the supplier")
    assert (made.owner_id, made.find_out, made.due_on) == (
        sloop.crew.id("eve"),
        "Ask the supplier",
        date(2027, 1, 12),
    )


def test_expiry_is_announced_once_and_nobody_has_to_look(sloop: Voyage) -> None:
    assume(sloop, "A1", due_on=date(2027, 1, 20))
    assume(sloop, "D2", due_on=date(2027, 1, 22))
    assert services.announce_expired(actor=RULE, now=NOW.replace(day=20)) == 0
    assert services.announce_expired(actor=RULE, now=NOW.replace(day=21)) == 1
    entry = Entry.objects.select_related("payload").order_by("-index")[0]
    assert (entry.kind, entry.actor, entry.subject) == (
        "scope:assumption:expired",
        "rule:time",
        "halyard/ASM-1",
    )
    assert content(entry)["question"] == "A1"
    assert Assumption.objects.get(question="A1").expiry_announced_at == NOW.replace(day=21)
    assert services.announce_expired(actor=RULE, now=NOW.replace(day=21)) == 0
    assert services.announce_expired(actor=RULE, now=NOW.replace(day=29)) == 1
    assert services.announce_expired(actor=RULE, now=NOW.replace(year=2030)) == 0
    assert Entry.objects.filter(kind="scope:assumption:expired").count() == 2


def test_what_is_settled_or_retired_does_not_expire(sloop: Voyage) -> None:
    for question in ("A1", "O1"):
        assume(sloop, question, due_on=date(2027, 1, 20))
    answer(sloop, "A1", "none")
    services.retire_assumption(
        actor=sloop.crew.actor("dev"), assumption_id=Assumption.objects.get(question="O1").pk
    )
    assert services.announce_expired(actor=RULE, now=NOW.replace(year=2028)) == 0
    assert [row.state.value for row in rows(sloop, on=date(2028, 1, 1))] == ["refuted", "retired"]


def test_a_person_does_not_announce_expiry(sloop: Voyage) -> None:
    assume(sloop, "A1", due_on=date(2027, 1, 20))
    with pytest.raises(NotAllowed):
        services.announce_expired(actor=sloop.crew.actor("omni"), now=NOW.replace(month=3))


# ------------------------------------------------------------ retiring


def test_an_assumption_that_settles_nothing_is_retired(sloop: Voyage) -> None:
    made = assume(sloop, "O1")
    retired = services.retire_assumption(actor=sloop.crew.actor("cal"), assumption_id=made.pk)
    assert (retired.state, retired.resolved_by_id, retired.resolved_at) == (
        "retired",
        sloop.crew.id("cal"),
        NOW,
    )
    entry = Entry.objects.select_related("payload").order_by("-index")[0]
    assert entry.kind == "scope:assumption:resolved"
    assert content(entry)["state"] == "retired"
    assert not rows(sloop)[0].acts


@pytest.mark.parametrize("question", ["A1", "S2", "D2", "R2"])
def test_an_assumption_that_still_decides_something_is_kept(sloop: Voyage, question: str) -> None:
    made = assume(sloop, question)
    with pytest.raises(Conflict) as refused:
        services.retire_assumption(actor=sloop.crew.actor("dev"), assumption_id=made.pk)
    assert refused.value.message == f"{question} still decides requirements."
    assert refused.value.hint == "Answer it, or keep the assumption."
    assert Assumption.objects.get().state == "open"


def test_an_assumption_becomes_idle_when_another_answer_settles_it(sloop: Voyage) -> None:
    made = assume(sloop, "S2")
    answer(sloop, "A1", "none")
    services.retire_assumption(actor=sloop.crew.actor("dev"), assumption_id=made.pk)
    assert Assumption.objects.get(question="S2").state == "retired"


@pytest.mark.parametrize("value", ["write", "none"])
def test_a_closed_assumption_is_closed_once(sloop: Voyage, value: str) -> None:
    made = assume(sloop, "A1")
    answer(sloop, "A1", value)
    state = Assumption.objects.get().state
    with pytest.raises(Conflict) as refused:
        services.retire_assumption(actor=sloop.crew.actor("dev"), assumption_id=made.pk)
    assert refused.value.message == f"ASM-1 is {state} already."
    with pytest.raises(Conflict):
        services.resolve_assumption(actor=sloop.crew.actor("dev"), assumption_id=made.pk, value="read")


@pytest.mark.parametrize(
    ("who", "error"), [("odile", NotAllowed), ("ada", NotAllowed), ("mallory", NotFound)]
)
def test_others_close_nothing(sloop: Voyage, who: str, error: type[Exception]) -> None:
    made = assume(sloop, "O1")
    with pytest.raises(error):
        services.retire_assumption(actor=sloop.crew.actor(who), assumption_id=made.pk)
    with pytest.raises(error):
        services.resolve_assumption(actor=sloop.crew.actor(who), assumption_id=made.pk, value="yes")
    assert Assumption.objects.get().state == "open"


# ------------------------------------------------------------ reading


def test_open_assumptions_come_first_by_due_date(sloop: Voyage) -> None:
    assume(sloop, "A1", due_on=date(2027, 3, 1))
    assume(sloop, "D2", due_on=date(2027, 1, 15))
    assume(sloop, "O1", due_on=date(2027, 1, 12))
    assume(sloop, "M2", due_on=date(2027, 2, 1))
    answer(sloop, "D2", "no")
    assert [row.question for row in rows(sloop)] == ["O1", "M2", "A1", "D2"]
    assert [row.question for row in rows(sloop, on=date(2027, 1, 13))] == ["O1", "M2", "A1", "D2"]


def test_an_assumption_is_found_by_its_ref(sloop: Voyage) -> None:
    assume(sloop, "A1")
    actor = sloop.crew.actor("odile")
    assert selectors.assumption_by_ref(actor, sloop.program_id, "asm-1", now=NOW).question == "A1"
    for ref in ("ASM-2", "SYS-1", "ASM-x"):
        with pytest.raises(NotFound):
            selectors.assumption_by_ref(actor, sloop.program_id, ref, now=NOW)


def test_assumptions_are_read_in_one_query(
    sloop: Voyage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for question in UNKNOWN:
        assume(sloop, question)
    actor = sloop.crew.actor("odile")
    with django_assert_num_queries(1):
        found = selectors.assumptions_of(actor, sloop.program_id, now=NOW)
    assert len(found) == len(UNKNOWN)
