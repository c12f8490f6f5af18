"""Whatever a stranger asks of plan does not exist for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.http import QueryDict

from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import Column, ListQuery, ListSpec
from tests.conftest import NOW
from tests.loop.plan.lessons import LESSON
from tests.voyages import Voyage

QUERY = ListQuery.read(
    ListSpec(name="rows", columns=(Column(key="ref", label="Ref", sort=("number",)),)), QueryDict()
)
READ: dict[str, Callable[[Actor, Voyage], Any]] = {
    "adopted_requirements": lambda a, v: selectors.adopted_requirements(a, v.program_id),
    "requirement_by_ref": lambda a, v: selectors.requirement_by_ref(a, v.program_id, "REQ-1"),
    "requirements_after": lambda a, v: selectors.requirements_after(a, v.program_id, after="", limit=5),
    "requirements_due": lambda a, v: selectors.requirements_due(
        a, v.program_id, owner_id=v.crew.id("dev"), until=date(2030, 1, 1)
    ),
    "requirements_in_force": lambda a, v: selectors.requirements_in_force(a, v.program_id),
    "requirements_named": lambda a, v: selectors.requirements_named(a, v.program_id, "", most=5),
    "requirements_of": lambda a, v: selectors.requirements_of(a, v.program_id, [v.system.pk]),
    "requirements_page": lambda a, v: selectors.requirements_page(a, v.program_id, QUERY),
    "risk_by_ref": lambda a, v: selectors.risk_by_ref(a, v.program_id, "RSK-1"),
    "risks_after": lambda a, v: selectors.risks_after(a, v.program_id, after="", limit=5),
    "risks_named": lambda a, v: selectors.risks_named(a, v.program_id, "", most=5),
    "risks_of": lambda a, v: selectors.risks_of(a, v.program_id),
    "task_by_ref": lambda a, v: selectors.task_by_ref(a, v.program_id, "TSK-1"),
    "tasks_after": lambda a, v: selectors.tasks_after(a, v.program_id, after="", limit=5),
    "tasks_due": lambda a, v: selectors.tasks_due(
        a, v.program_id, owner_id=v.crew.id("dev"), until=date(2030, 1, 1)
    ),
    "tasks_following": lambda a, v: selectors.tasks_following(
        a, v.program_id, selectors.task_by_ref(a, v.program_id, "TSK-1").id
    ),
    "tasks_named": lambda a, v: selectors.tasks_named(a, v.program_id, "", most=5),
    "tasks_of": lambda a, v: selectors.tasks_of(a, v.program_id),
    "tasks_page": lambda a, v: selectors.tasks_page(a, v.program_id, QUERY),
    "tasks_under": lambda a, v: selectors.tasks_under(
        a, v.program_id, selectors.requirement_by_ref(a, v.program_id, "REQ-1").id
    ),
    "parts_of": lambda a, v: selectors.parts_of(a, v.program_id, today=date(2027, 1, 11)),
    "matter_by_ref": lambda a, v: selectors.matter_by_ref(a, v.program_id, "ISS-1"),
    "raid_of": lambda a, v: selectors.raid_of(a, v.program_id, now=NOW),
    "thread_of": lambda a, v: selectors.thread_of(a, v.program_id, "RSK-1"),
    "deputies_of": lambda a, v: selectors.deputies_of(a, v.program_id),
    "worksheet_records": lambda a, v: selectors.worksheet_records(
        a, v.program_id, selectors.sheet_named("tasks")
    ),
    "risks_page": lambda a, v: selectors.risks_page(a, v.program_id, QUERY),
}


DECLARED = {"sheet_named"}
"""Reads no record: tells the columns of a list."""


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    """With one risk, its requirements, two tasks, an issue and a deputy."""
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    services.adopt_requirement(actor=Actor.of_rule("wiring"), program_id=sloop.program_id, criterion=LESSON)
    services.raise_risks(
        actor=sloop.crew.actor("dev"), program_id=sloop.program_id, risks=[services.NewRisk(title="It leaks")]
    )
    day = date(2027, 2, 1)
    services.convert_record(
        actor=sloop.crew.actor("dev"),
        program_id=sloop.program_id,
        ref="RSK-1",
        into="issue",
        title="It leaks",
    )
    services.name_deputy(
        actor=sloop.crew.actor("dev"),
        program_id=sloop.program_id,
        person_id=sloop.crew.id("dev"),
        deputy_id=sloop.crew.id("eve"),
        first_on=day,
        last_on=day,
    )
    for tasks in (
        services.TaskPlan(title="Look", requirement="REQ-1", due_on=day),
        services.TaskPlan(title="Tell", after=("TSK-1",), due_on=day),
    ):
        services.plan_tasks(actor=sloop.crew.actor("dev"), program_id=sloop.program_id, tasks=[tasks])
    return sloop


def test_every_selector_of_plan_is_asked_here() -> None:
    assert {name for name in selectors.__all__ if name[0].islower()} == {*READ, *DECLARED}


@pytest.mark.parametrize("name", READ)
def test_a_stranger_reads_nothing_and_learns_nothing(sloop: Voyage, name: str) -> None:
    assert READ[name](sloop.crew.actor("odile"), sloop)
    with pytest.raises(NotFound) as refused:
        READ[name](sloop.crew.actor("mallory"), sloop)
    assert refused.value.message == "There is no such program."
