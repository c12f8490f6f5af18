"""One timeline of a program: everything with a day, drawn and listed, without a query per row."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plimsoll.loop.plan import services as plan
from plimsoll.people.actors import Actor
from tests import personas
from tests.pages import Page, Pages
from tests.voyages import Voyage


@pytest.fixture
def bosun(bosun: Voyage) -> Voyage:
    dev = bosun.crew.actor("dev")
    plan.plan_tasks(
        actor=dev,
        program_id=bosun.program_id,
        tasks=[
            plan.TaskPlan(
                title="List it <now>",
                system_id=bosun.system.pk,
                starts_on=date(2027, 1, 18),
                due_on=date(2027, 1, 29),
                days=(Decimal(3), Decimal(5), Decimal(12)),
            ),
            plan.TaskPlan(title="The partner starts", kind="milestone", due_on=date(2027, 4, 1)),
            plan.TaskPlan(title="Was due", due_on=date(2027, 1, 4), system_id=bosun.system.pk),
            plan.TaskPlan(title="Was done", due_on=date(2027, 1, 4), state="done"),
            plan.TaskPlan(title="Forgotten", due_on=date(2027, 1, 4), state="dropped"),
        ],
    )
    return bosun


def drawing(page: Page) -> str:
    return page.text.partition('class="broad timeline"')[2].partition("</svg>")[0]


def test_gates_milestones_tasks_and_requirements_stand_on_one_axis(bosun: Voyage, client: Client) -> None:
    client.force_login(bosun.crew.users["odile"])
    page = Pages(client).get("/halyard/timeline/")
    assert "1 gate, 1 milestone, 3 tasks, " in page.main
    svg = drawing(page)
    for label in (
        "GTE-1 pilot, as promised", "TSK-1 List it &lt;now&gt;", "TSK-2 The partner starts", "late", "ended",
        "The whole program", "Bosun", "requirements due",
    ):  # fmt: skip
        assert label in svg, label
    assert "Forgotten" not in page.text
    assert {"/halyard/gates/GTE-1/", "/halyard/tasks/TSK-1/", "/halyard/requirements/?system=1"} <= set(
        page.links()
    )


def test_one_system_is_shown_alone_and_no_other_name_is_taken(bosun: Voyage, client: Client) -> None:
    client.force_login(bosun.crew.users["dev"])
    page = Pages(client).get("/halyard/timeline/?system=SYS-1")
    assert "The partner starts" not in page.main
    assert "GTE-1" in page.main
    assert "no system “SYS-9”" in Pages(client).get("/halyard/timeline/?system=SYS-9", 422).main


def test_many_lines_cost_no_more_queries_and_stand_in_the_table(bosun: Voyage, client: Client) -> None:
    client.force_login(bosun.crew.users["dev"])

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/halyard/timeline/")
        return len(queries)

    few = asked()
    plan.plan_tasks(
        actor=bosun.crew.actor("dev"),
        program_id=bosun.program_id,
        tasks=[
            plan.TaskPlan(title=f"Step {n:03}", due_on=date(2027, 2, 1) + timedelta(days=n))
            for n in range(200)
        ],
    )
    assert asked() == few <= 10
    page = Pages(client).get("/halyard/timeline/")
    assert "Step 199" in page.main
    assert "Step 199" not in drawing(page)
    assert "more lines stand in the table only" in page.main


def test_a_program_without_days_says_what_to_do(crew: personas.Crew, client: Client) -> None:
    client.force_login(crew.users["dev"])
    assert "Nothing has a day yet." in Pages(client).get("/halyard/timeline/").main


def test_requirements_that_derive_later_appear(sloop: Voyage, client: Client) -> None:
    plan.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    client.force_login(sloop.crew.users["dev"])
    assert "requirements due" in Pages(client).get("/halyard/timeline/").main
