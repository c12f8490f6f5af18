from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.test import Client

from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Predecessor, Task
from plimsoll.loop.plan.pages.tasks import _spec
from plimsoll.people.actors import Actor
from plimsoll.ui.lists import ListQuery
from tests.pages import Pages
from tests.voyages import KEY, Voyage

DAY = date(2027, 2, 1)


def new(title: str = "List what reaches the model", **given: Any) -> services.TaskPlan:
    return services.TaskPlan(**{"title": title, "due_on": DAY, **given})


def planned(voyage: Voyage, *tasks: services.TaskPlan, who: str = "dev") -> list[Task]:
    return services.plan_tasks(actor=voyage.crew.actor(who), program_id=voyage.program_id, tasks=tasks)


def rewritten(voyage: Voyage, who: str = "dev", **tasks: services.TaskPlan) -> list[Task]:
    return services.rewrite_tasks(
        actor=voyage.crew.actor(who),
        program_id=voyage.program_id,
        tasks={ref.replace("_", "-"): plan for ref, plan in tasks.items()},
    )


def row(voyage: Voyage, ref: str = "TSK-1") -> selectors.TaskRow:
    return selectors.task_by_ref(voyage.crew.actor("odile"), voyage.program_id, ref)


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    return sloop


# ------------------------------------------------------------ planning


def test_a_task_is_planned_with_all_that_can_be_said_of_it(sloop: Voyage) -> None:
    planned(sloop, new("First"))
    planned(
        sloop,
        new(
            " Second\n task ",
            requirement="req-1",
            owner_id=sloop.crew.id("eve"),
            state="doing",
            starts_on=date(2027, 1, 20),
            days=(Decimal("1.5"), Decimal(2), Decimal(4)),
            after=("TSK-1",),
            ticket_url=" https://tickets.example/1 ",
        ),
    )
    found = row(sloop, "tsk-2")
    assert (found.title, found.kind, found.state) == ("Second task", "task", "doing")
    assert (found.requirement, found.system_ref) == ("REQ-1", "SYS-1")
    assert (found.owner, found.owner_handle) == ("Eve Lund", "eve")
    assert (found.starts_on, found.due_on) == (date(2027, 1, 20), DAY)
    assert found.days == (Decimal("1.5"), Decimal(2), Decimal(4))
    assert (found.after, found.waits_for) == (("TSK-1",), ("TSK-1",))
    assert found.ticket_url == "https://tickets.example/1"
    newest = Entry.objects.order_by("-index")[0]
    assert (newest.kind, newest.subject) == ("plan:task:planned", "halyard/TSK-2")
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_a_task_belongs_to_its_planner_and_to_the_program_unless_said_otherwise(sloop: Voyage) -> None:
    planned(sloop, new(), who="cal")
    found = row(sloop)
    assert (found.owner, found.system, found.requirement, found.days) == ("Cal Weiss", "", "", None)


def test_what_is_done_or_dropped_is_waited_for_no_more(sloop: Voyage) -> None:
    planned(sloop, new("a"), new("b"), new("c", after=()))
    planned(sloop, new("d", after=("TSK-3", "TSK-1", "TSK-2")))
    for ref, state in (("TSK-1", "done"), ("TSK-2", "dropped")):
        services.change_tasks(
            actor=sloop.crew.actor("dev"), program_id=sloop.program_id, refs=[ref], state=state
        )
    assert (row(sloop, "TSK-4").after, row(sloop, "TSK-4").waits_for) == (
        ("TSK-1", "TSK-2", "TSK-3"),
        ("TSK-3",),
    )


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"title": " "}, "The title has 0 characters.", "title"),
    ({"title": "x" * 161}, "The title has 161 characters.", "title"),
    ({"title": "a\x00b"}, "The title contains control characters.", "title"),
    ({"kind": "epic"}, "There is no kind “epic”.", "kind"),
    ({"state": "paused"}, "There is no state “paused”.", "state"),
    ({"owner_id": 0}, "The owner must be a member of the program.", "owner"),
    ({"system_id": 0}, "There is no such system in this program.", "system"),
    ({"requirement": "REQ-999"}, "There is no requirement REQ-999 in this program.", "requirement"),
    ({"kind": "milestone", "starts_on": DAY}, "A milestone has a day and no length.", "starts_on"),
    ({"kind": "milestone", "state": "doing"}, "A milestone has a day and no length.", "starts_on"),
    (
        {"kind": "milestone", "days": (Decimal(1), Decimal(1), Decimal(1))},
        "A milestone has a day and no length.",
        "starts_on",
    ),
    ({"starts_on": date(2027, 2, 2)}, "It starts on 2027-02-02 and is due on 2027-02-01.", "starts_on"),
    (
        {"days": (Decimal(2), Decimal(1), Decimal(3))},
        "The working days 2, 1, 3 are not in order.",
        "days_best",
    ),
    (
        {"days": (Decimal(0), Decimal(1), Decimal(3))},
        "The working days 0, 1, 3 are not in order.",
        "days_best",
    ),
    (
        {"days": (Decimal("0.25"), Decimal(1), Decimal(3))},
        "The working days are finer than tenths.",
        "days_best",
    ),
    ({"after": ("TSK-9",)}, "There is no task TSK-9 to wait for.", "after"),
    ({"after": tuple(f"TSK-{n}" for n in range(51))}, "It waits for 51 tasks.", "after"),
    ({"ticket_url": "tickets"}, "“tickets” is not a web address.", "ticket_url"),
]


@pytest.mark.parametrize(("given", "message", "field"), BAD, ids=[message for _, message, _ in BAD])
def test_of_several_tasks_none_is_planned_if_one_is_wrong_and_it_is_named(
    sloop: Voyage, given: dict[str, Any], message: str, field: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        planned(sloop, new(), new(**given, where="line 3"))
    assert refused.value.message == f"Line 3: {message}"
    assert refused.value.data["field"] == field
    with pytest.raises(BadInput, match="^" + message.replace("(", r"\(")[:20]):
        planned(sloop, new(**given))
    assert not Task.objects.exists()
    assert Entry.objects.count() == entries


def test_a_requirement_of_another_system_is_refused(bosun: Voyage) -> None:
    from plimsoll.loop.scope import services as scope

    other = scope.describe_system(
        actor=bosun.crew.actor("tess"), program_id=bosun.program_id, name="Keel", sentence="x",
        owner_id=bosun.crew.id("dev"),
    )  # fmt: skip
    with pytest.raises(BadInput, match="REQ-1 belongs to another system"):
        planned(bosun, new(requirement="REQ-1", system_id=other.pk))


@pytest.mark.parametrize(
    "values",
    [
        {"state": "paused"},
        {"kind": "epic"},
        {"kind": "milestone", "starts_on": DAY},
        {"starts_on": date(2027, 2, 2)},
        {"days_low": Decimal(3), "days_best": Decimal(2), "days_high": Decimal(4)},
        {"number": 1},
    ],
)
def test_the_database_keeps_the_rules_too(sloop: Voyage, values: dict[str, Any]) -> None:
    planned(sloop, new(), new())
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(number=2).update(**values)


# ------------------------------------------------------------ changing


def test_a_task_is_rewritten_as_a_whole_and_its_history_says_so(sloop: Voyage) -> None:
    planned(sloop, new("a"), new("b"))
    planned(sloop, new("c", after=("TSK-1",), days=(Decimal(1), Decimal(2), Decimal(3))))
    (changed,) = rewritten(sloop, TSK_3=new("d", after=("TSK-2",), state="done"))
    assert changed.number == 3
    found = row(sloop, "TSK-3")
    assert (found.title, found.after, found.days, found.state) == ("d", ("TSK-2",), None, "done")
    assert [e.kind for e in Entry.objects.filter(subject="halyard/TSK-3").order_by("index")] == [
        "plan:task:planned",
        "plan:task:changed",
    ]
    assert reconcile(Signer(name="test", key=KEY)).faults == []


def test_nothing_is_written_for_a_task_that_stays_as_it_is(sloop: Voyage) -> None:
    made = planned(sloop, new("a"), new("b", owner_id=sloop.crew.id("eve")))
    entries = Entry.objects.count()
    assert rewritten(sloop, TSK_2=new("b", owner_id=made[1].owner_id, where="line 2")) == []
    assert Entry.objects.count() == entries


def test_tasks_cannot_wait_for_each_other_in_a_circle(sloop: Voyage) -> None:
    planned(sloop, new("a"))
    planned(sloop, new("b", after=("TSK-1",)))
    planned(sloop, new("c", after=("TSK-2",)))
    with pytest.raises(BadInput) as refused:
        rewritten(sloop, TSK_1=new("a", after=("TSK-3",)))
    assert refused.value.message.startswith("The tasks would wait for each other in a circle: TSK-")
    with pytest.raises(BadInput, match="in a circle"):
        rewritten(sloop, TSK_1=new("a", after=("TSK-1",)))
    # the other way round is fine, all at once
    rewritten(sloop, TSK_1=new("a", after=("TSK-2",)), TSK_2=new("b"))
    assert Predecessor.objects.count() == 2


def test_owner_state_or_day_of_many_is_changed_at_once_or_not_at_all(sloop: Voyage) -> None:
    planned(sloop, new("a"), new("b"), new("c", kind="milestone"))
    actor, program_id = sloop.crew.actor("tess"), sloop.program_id
    changed = services.change_tasks(
        actor=actor, program_id=program_id, refs=["TSK-1", "tsk-3", "TSK-3"], owner_id=sloop.crew.id("ada")
    )
    assert [task.number for task in changed] == [1, 3]
    services.change_tasks(
        actor=actor, program_id=program_id, refs=["TSK-2"], due_on=date(2027, 3, 1), state="doing"
    )
    assert [(row(sloop, f"TSK-{n}").owner, row(sloop, f"TSK-{n}").due_on.month) for n in (1, 2, 3)] == [
        ("Ada Okafor", 2),
        ("Dev Rao", 3),
        ("Ada Okafor", 2),
    ]
    with pytest.raises(BadInput, match=r"^TSK-3: A milestone"):
        services.change_tasks(actor=actor, program_id=program_id, refs=["TSK-1", "TSK-3"], state="doing")
    assert row(sloop).state == "open"
    for refs, given, error in (
        ([], {"state": "done"}, NotFound),
        (["TSK-1", "TSK-9"], {"state": "done"}, NotFound),
        (["RSK-1"], {"state": "done"}, NotFound),
        (["TSK-1"], {}, BadInput),
    ):
        with pytest.raises(error):
            services.change_tasks(actor=actor, program_id=program_id, refs=refs, **given)  # type: ignore[arg-type]
    assert row(sloop).state == "open"


def test_those_who_may_not_plan_do_not(sloop: Voyage) -> None:
    for who, error in (("odile", NotAllowed), ("ada", NotAllowed), ("mallory", NotFound)):
        with pytest.raises(error):
            planned(sloop, new(), who=who)
    with pytest.raises(NotAllowed, match="by a person"):
        services.plan_tasks(actor=Actor.of_rule("time"), program_id=sloop.program_id, tasks=[new()])


# ------------------------------------------------------------ reading


def test_the_list_is_searched_filtered_and_ordered(sloop: Voyage) -> None:
    planned(
        sloop,
        new("alpha", system_id=sloop.system.pk, due_on=date(2027, 3, 3)),
        new("beta", kind="milestone", owner_id=sloop.crew.id("eve")),
        new("gamma", requirement="REQ-1", state="done", due_on=date(2027, 1, 9)),
    )
    actor = sloop.crew.actor("odile")
    spec = _spec([("1", "Sloop")], [(str(sloop.crew.id("eve")), "Eve")])

    def listed(address: str) -> list[str]:
        rows, total = selectors.tasks_page(actor, sloop.program_id, ListQuery.read(spec, QueryDict(address)))
        assert total == len(rows)
        return [r.title for r in rows]

    assert listed("") == ["gamma", "beta", "alpha"]
    assert listed("kind=milestone") == ["beta"]
    assert listed("state=done") == ["gamma"]
    assert listed("system=1&sort=title") == ["alpha", "gamma"]
    assert listed(f"owner={sloop.crew.id('eve')}") == ["beta"]
    assert listed("q=AMM") == ["gamma"]
    due = selectors.tasks_due(actor, sloop.program_id, owner_id=sloop.crew.id("dev"), until=date(2027, 12, 1))
    assert [r.title for r in due] == ["alpha"]


def test_tasks_come_in_parts_by_cursor(sloop: Voyage) -> None:
    planned(sloop, *(new(f"task {n}") for n in range(5)))
    actor = sloop.crew.actor("odile")
    first, following = selectors.tasks_after(actor, sloop.program_id, after="", limit=3)
    assert ([r.ref for r in first], following) == (["TSK-1", "TSK-2", "TSK-3"], "3")
    rest, end = selectors.tasks_after(actor, sloop.program_id, after="3", limit=3)
    assert ([r.ref for r in rest], end) == (["TSK-4", "TSK-5"], None)


# ------------------------------------------------------------ pages


def test_a_task_is_planned_changed_and_read_in_the_browser(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    body = {
        "title": "Name the owner of traces", "kind": "task", "state": "open", "due_on": "2027-02-01",
        "owner": str(sloop.crew.id("eve")), "requirement": "req-1", "days_low": "1", "days_best": "2",
        "days_high": "3.5",
    }  # fmt: skip
    made = pages.follow("/halyard/tasks/new/", body)
    assert made.heading == "Name the owner of traces"
    assert made.facts()["Working days"] == "2 1 – 3.5"
    wrong = pages.post("/halyard/tasks/TSK-1/", {**body, "days_high": ""}, status=422)
    assert "The working days are not complete." in wrong.main
    wrong = pages.post("/halyard/tasks/TSK-1/", {**body, "after": "TSK-1"}, status=422)
    assert "in a circle" in wrong.main
    changed = pages.follow("/halyard/tasks/TSK-1/", {**body, "state": "done"})
    assert "done" in changed.main
    assert "Name the owner of traces" in pages.get("/halyard/requirements/REQ-1/").main
    assert "Name the owner of traces" in pages.get("/halyard/tasks/?group=under").main
    exported = pages.get("/halyard/tasks/?format=csv").text.splitlines()
    assert exported[1].startswith('TSK-1,Name the owner of traces,"Sloop, REQ-1",done,,Eve Lund,2027-02-01')


def test_what_waits_for_what_stands_on_both_pages(sloop: Voyage, client: Client) -> None:
    planned(sloop, new("First"))
    planned(sloop, new("Second", after=("TSK-1",), kind="milestone"))
    client.force_login(sloop.crew.users["odile"])
    pages = Pages(client)
    assert "Second" in pages.get("/halyard/tasks/TSK-1/").main
    assert "not done yet" in pages.get("/halyard/tasks/TSK-2/").main
    assert pages.get("/halyard/tasks/TSK-2/").posts() & {"/halyard/tasks/TSK-2/"} == set()


def test_the_palette_finds_tasks_and_sets_their_state(sloop: Voyage, client: Client) -> None:
    planned(sloop, new("Rotate the keys"))
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    assert "Rotate the keys" in pages.get("/go?q=rotate").main
    found = pages.get("/go?q=TSK-1+state+done")
    assert "/halyard/do/" in found.posts()
    pages.post("/halyard/do/", {"ref": "TSK-1", "verb": "state", "value": "done"})
    assert row(sloop).state == "done"
