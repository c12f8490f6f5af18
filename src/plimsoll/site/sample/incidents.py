"""What happened, and what nearly did: an incident of Bosun and a hazard of Lookout, answered in full."""

from __future__ import annotations

from datetime import timedelta

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.kernel import clock
from plimsoll.kernel.stages import Stage
from plimsoll.loop.respond import selectors as incidents
from plimsoll.loop.respond import services as respond
from plimsoll.loop.scope import services as scope
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]

LAW = {
    "places": ["EU"], "established_in_eu": "yes", "personal_data": "ordinary", "data_roles": ["controller"],
    "size": "medium", "financial_entity": "no", "sec_registrant": "no", "us_critical_infrastructure": "no",
    "frontier_developer": "no", "china_operator": "no", "digital_product": "no", "nis2_any_size": "no",
    "sectors": ["none"], "uk_nis_operator": "no", "gpai_code_signatory": "no",
}  # fmt: skip
BREACH = "aware_personal_data_breach"
REQUESTS = "07:41 tenant 118 asks for its contract\n07:41 the answer quotes the contract of tenant 92\n"
FRAMES = "frame 2210 person behind boom: confidence 0.31, no stop; operator stopped the crane by hand\n"


def acts(story: Story) -> list[Act]:
    """The two, each up to its review."""
    return [_contract(story), _crane(story)]


def _contract(story: Story) -> Act:
    """Bosun quotes one customer's contract to another; the authority is told in time."""
    yield -9
    system = story.system("bosun")
    scope.answer_law(
        actor=story.who("weiss"), system_id=system.id, answers=LAW, source="memo of legal, Lena Weiss"
    )
    yield -8
    now = clock.now()
    noor, ines = story.who("noor"), story.who("ines")
    row = respond.declare_incident(
        actor=noor,
        program_id=story.program_id,
        system_id=system.id,
        title="Bosun quoted one customer's contract to another",
        kind=IncidentKind(component=Component.DATA, concern=Concern.SECURITY),
        aware_at=now - timedelta(minutes=25),
        occurred_at=now - timedelta(minutes=79),
    )
    respond.change_incident(actor=noor, incident_id=row.pk, scribe_id=story.id("marc"))
    respond.deposit_item(
        actor=ines, incident_id=row.pk, file_name="requests.log", content=REQUESTS.encode(),
        sentence="Requests and answers of the hour, from the trace.", retained_until=story.day(1095),
    )  # fmt: skip
    respond.record_trigger(
        actor=story.who("marc"), incident_id=row.pk, event=BREACH, at=now - timedelta(minutes=10)
    )
    respond.write_note(actor=ines, incident_id=row.pk, text="Retrieval across tenants was switched off.")
    respond.record_moments(
        actor=ines,
        incident_id=row.pk,
        times={Milestone.FIRST_ACTION: now - timedelta(minutes=5), Milestone.CONTAINED: now},
    )
    for task in incidents.tasks_of(row.pk)[:5]:
        respond.tick_task(actor=noor, incident_id=row.pk, task_id=task.id)
    yield -6
    weiss = story.who("weiss")
    respond.submit_stage(
        actor=weiss, incident_id=row.pk, duty="OBL-EU-GDPR-33", stage="notify", reference="Portal, file 2231"
    )
    respond.close_clock(
        actor=weiss, incident_id=row.pk, duty="OBL-EU-GDPR-34", stage="tell_people",
        reason="One contract went to one known recipient, who confirmed in writing that it is deleted.",
        holds_until=clock.now() + timedelta(days=30),
    )  # fmt: skip
    respond.record_moments(actor=ines, incident_id=row.pk, times={Milestone.ERADICATED: clock.now()})
    yield -5
    _review_contract(story, row.pk)


def _review_contract(story: Story, incident_id: int) -> None:
    """No gate had been decided; what is to be asked from now on is proposed, and waits for somebody."""
    respond.write_review(
        actor=story.who("noor"), incident_id=incident_id,
        trigger="An article index was rebuilt without the tenant in its key.",
        root_causes=[
            "No test asks the same question for two tenants.",
            "The rebuild runs without a second person looking at its result.",
        ],
    )  # fmt: skip
    respond.propose_lesson(
        actor=story.who("ines"),
        incident_id=incident_id,
        lesson=respond.NewLesson(
            title="Tenants are kept apart in every index",
            why="Bosun quoted the contract of one customer to another after an index was rebuilt.",
            acceptance="A test asks the same question for two tenants, and each gets only its own.",
            evidence="The report of the test, with both tenants and the day of the index.",
            severity="high",
            place="data pipeline",
            required_from=Stage.PILOT,
            controls=("CTL-DAT-01",),
            answers={"D3": frozenset({"yes"})},
        ),
    )


def _crane(story: Story) -> Act:
    """Lookout sees a person too late; the operator does not. The lesson is accepted."""
    yield -15
    priya, system = story.who("priya"), story.system("lookout")
    row = respond.declare_incident(
        actor=priya,
        program_id=story.program_id,
        system_id=system.id,
        title="Lookout missed a person behind the boom; the operator stopped the crane",
        sort=Sort.HAZARD,
        kind=IncidentKind(component=Component.MODEL, concern=Concern.PERFORMANCE),
        occurred_at=clock.now() - timedelta(hours=3),
    )
    respond.change_incident(actor=priya, incident_id=row.pk, scribe_id=story.id("tomas"))
    respond.deposit_item(
        actor=priya, incident_id=row.pk, file_name="frames.txt", content=FRAMES.encode(),
        sentence="What the detector said, frame by frame.", retained_until=story.day(3650),
    )  # fmt: skip
    respond.record_moments(
        actor=priya, incident_id=row.pk,
        times={Milestone.FIRST_ACTION: clock.now(), Milestone.CONTAINED: clock.now()},
    )  # fmt: skip
    yield -12
    respond.write_review(
        actor=priya, incident_id=row.pk,
        trigger="A person stood half behind the boom in low light.",
        root_causes=["The training frames hold nobody who is half covered."],
        criterion="scope-answers",
    )  # fmt: skip
    lesson = respond.propose_lesson(
        actor=story.who("tomas"),
        incident_id=row.pk,
        lesson=respond.NewLesson(
            title="People who are half covered are seen",
            why="Lookout missed a person who stood half behind the boom.",
            acceptance="A test set of half covered people, and the share that is missed, by light.",
            evidence="The report on the test set, with its digest and the limit that was set before.",
            severity="critical",
            place="model",
            required_from=Stage.PILOT,
            controls=("CTL-MOD-01",),
            answers={"K1": frozenset({"vision"})},
        ),
    )
    respond.decide_lesson(actor=story.who("okafor"), incident_id=row.pk, lesson_id=lesson.pk, accept=True)
