"""The work behind the three systems: who does what by when, what is needed from outside, what went wrong."""

from __future__ import annotations

from decimal import Decimal

from plimsoll.loop.plan import selectors as planned
from plimsoll.loop.plan import services as plan
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]


def acts(story: Story) -> list[Act]:
    """Tasks and a milestone of Bosun, parts in Bosun's requirements, and the RAID list."""
    return [_tasks(story), _parts(story), _matters(story)]


# title, owner, starts, due, days lowest, best, highest, served requirement, waits for
BOSUN = (
    ("Draw the trust boundaries and list the threats", "ines", -44, -31, "3", "5", "9",
     "bosun/threat-model", ()),
    ("Filter retrieval by tenant before it ranks", "tomas", -40, -12, "6", "9", "20",
     "bosun/retrieval-authorisation", (1,)),
    ("Write fifty hidden instructions into test documents", "ines", -14, 3, "5", "8", "15",
     "bosun/indirect-injection-tests", (1,)),
    ("Limit refunds in the service and not in the prompt", "tomas", -8, 6, "2", "4", "10",
     "bosun/tool-allow-list", (1,)),
    ("Drill the off switch with the people on call", "priya", 4, 7, "1", "1", "2",
     "bosun/off-switch-drill", ()),
    ("Walk through the results with the partner", "dana", 8, 9, "1", "1", "1.5", "", (3, 4, 5)),
)  # fmt: skip


def _tasks(story: Story) -> Act:
    yield -45
    noor, system = story.who("noor"), story.system("bosun").id
    refs: list[str] = []
    for title, owner, starts, due, low, best, high, requirement, after in BOSUN:
        refs += _planned(
            story,
            plan.TaskPlan(
                title=title,
                owner_id=story.id(owner),
                starts_on=story.day(starts),
                due_on=story.day(due),
                days=(Decimal(low), Decimal(best), Decimal(high)),
                requirement=story.refs[requirement] if requirement else "",
                system_id=None if requirement else system,
                after=tuple(refs[number - 1] for number in after),
            ),
        )
    refs += _planned(
        story,
        plan.TaskPlan(
            title="The first partner starts",
            kind="milestone",
            owner_id=story.id("dana"),
            system_id=system,
            due_on=story.day(15),
            after=(refs[-1],),
        ),
    )
    for day, number, state in ((-30, 1, "done"), (-14, 3, "doing"), (-11, 2, "done"), (-8, 4, "doing")):
        yield day
        plan.change_tasks(actor=noor, program_id=story.program_id, refs=[refs[number - 1]], state=state)


def _planned(story: Story, task: plan.TaskPlan) -> list[str]:
    made = plan.plan_tasks(actor=story.who("noor"), program_id=story.program_id, tasks=[task])
    return [f"TSK-{row.number}" for row in made]


def _parts(story: Story) -> Act:
    yield -43
    for who, part, rules in (
        ("ines", "responsible", ("direct-injection-tests", "indirect-injection-tests", "tool-allow-list")),
        (
            "tomas",
            "responsible",
            ("retrieval-authorisation", "cross-tenant-test", "trace-logging", "threat-model"),
        ),
        ("priya", "tester", ("direct-injection-tests", "indirect-injection-tests", "threat-model")),
        ("priya", "responsible", ("rollback-drill", "off-switch-drill")),
        ("marc", "consulted", ("trace-logging", "log-minimisation")),
        ("dana", "informed", ("indirect-injection-tests", "cross-tenant-test")),
        ("tomas", "tester", ("cross-tenant-test",)),
    ):
        plan.assign_part(
            actor=story.who("noor"),
            program_id=story.program_id,
            refs=[story.refs[f"bosun/{rule}"] for rule in rules],
            person_id=story.id(who),
            part=part,
        )
    yield -3
    plan.name_deputy(
        actor=story.who("ines"),
        program_id=story.program_id,
        person_id=story.id("ines"),
        deputy_id=story.id("priya"),
        first_on=story.day(12),
        last_on=story.day(19),
    )


def _matters(story: Story) -> Act:
    yield -36
    noor, system = story.who("noor"), story.system("bosun").id
    vendor = plan.raise_matter(
        actor=noor,
        program_id=story.program_id,
        matter=plan.NewMatter(
            kind="dependency",
            title="The pinned version of the model stays until the pilot has ended",
            provider="Model vendor",
            note="Their notice is ninety days; the pilot needs sixty.",
            system_id=system,
            owner_id=story.id("tomas"),
            due_on=story.day(11),
        ),
    )
    yield -15
    plan.confirm_dependency(actor=story.who("tomas"), program_id=story.program_id, ref=vendor, confidence=0.8)
    yield -12
    risk = next(
        row for row in planned.risks_of(noor, story.program_id) if row.title == "Credentials end up in traces"
    )
    plan.convert_record(
        actor=story.who("priya"),
        program_id=story.program_id,
        ref=risk.ref,
        into="issue",
        title="A token of the test system stood in a trace",
    )
    yield -9
    plan.raise_matter(
        actor=story.who("noor"),
        program_id=story.program_id,
        matter=plan.NewMatter(
            kind="issue",
            title="The partner's test tenant is not there yet",
            system_id=system,
            owner_id=story.id("dana"),
            due_on=story.day(2),
        ),
    )
