"""Declaring: three times that are told apart, tasks that open at once, and who leads."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from plimsoll.engines.incidents.kinds import Component, Concern, IncidentKind, Sort
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound, PlimsollError
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.models import Incident, IncidentTask, Moment, TriggerTime
from plimsoll.people.actors import Actor
from tests.loop.respond.alarm import LEAK, declared, faults, last_entry
from tests.voyages import DAY, Voyage

HOUR = timedelta(hours=1)


def test_occurrence_awareness_and_declaration_are_three_times(sloop: Voyage) -> None:
    row = declared(sloop, aware_at=DAY - HOUR, occurred_at=DAY - 5 * HOUR)
    times = dict(Moment.objects.filter(incident=row).values_list("milestone", "at"))
    assert times == {"occurred": DAY - 5 * HOUR, "detected": DAY - HOUR}
    assert row.declared_at == DAY
    assert set(Moment.objects.values_list("entered_at", flat=True)) == {DAY}


def test_without_a_time_we_learned_of_it_when_it_was_declared(sloop: Voyage) -> None:
    row = declared(sloop)
    assert dict(Moment.objects.filter(incident=row).values_list("milestone", "at")) == {"detected": DAY}


def test_awareness_starts_only_what_asks_for_nothing_more_particular(sloop: Voyage) -> None:
    row = declared(sloop, aware_at=DAY - HOUR)
    assert set(TriggerTime.objects.filter(incident=row).values_list("event", "at")) == {
        (event, DAY - HOUR) for event in ("aware_incident", "discovered_incident", "incident_discovered")
    }


def test_a_hazard_starts_no_clock_by_itself(sloop: Voyage) -> None:
    row = declared(sloop, sort=Sort.HAZARD)
    assert not TriggerTime.objects.filter(incident=row).exists()
    assert selectors.incident_by_ref(sloop.crew.actor("odile"), sloop.program_id, "INC-1").sort is Sort.HAZARD


def test_the_log_holds_the_declaration_and_every_record_of_it(sloop: Voyage) -> None:
    declared(sloop, kind=LEAK)
    kind, payload = last_entry()
    assert kind == "respond:incident:declared"
    assert json.loads(payload)["sort"] == "incident"
    assert not faults()


def test_tasks_come_from_the_playbooks_that_fit_and_no_others(sloop: Voyage) -> None:
    unknown = declared(sloop)
    books = set(IncidentTask.objects.filter(incident=unknown).values_list("playbook", flat=True))
    assert books == {"any-incident"}
    row = declared(sloop, kind=LEAK)
    books = set(IncidentTask.objects.filter(incident=row).values_list("playbook", flat=True))
    assert books == {"any-incident", "data-exposure", "model-tampering"}


def test_tasks_are_due_from_the_declaration_and_name_the_evidence_to_take_first(sloop: Voyage) -> None:
    row = declared(sloop, kind=LEAK)
    first = selectors.tasks_of(row.pk)[0]
    assert first.due_at == DAY + timedelta(minutes=5)
    containing = [t for t in selectors.tasks_of(row.pk) if t.phase.value == "containment"]
    assert containing
    assert all(task.evidence_first for task in containing)


def test_tasks_go_to_whoever_has_the_role(bosun: Voyage) -> None:
    row = declared(bosun)
    owners = {t.role: t.owner for t in selectors.tasks_of(row.pk)}
    assert owners["commander"] == "Tess Marsh"
    assert owners["owner"] == "Dev Rao"
    assert owners["off_switch_holder"] == "Eve Lund"
    assert owners["scribe"] == ""


def test_who_declares_commands_and_a_rule_leaves_it_to_the_owner(sloop: Voyage) -> None:
    assert declared(sloop, by="cal").commander_id == sloop.crew.id("cal")
    made = services.declare_incident(
        actor=Actor.of_rule("operator"),
        program_id=sloop.program_id,
        system_id=sloop.system.pk,
        title="A monitor saw something",
    )
    assert made.commander_id == sloop.crew.id("dev")
    assert made.declared_by_id is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"title": "Oh"}, "The title of the incident has 2 characters"),
        ({"title": "x" * 161}, "161 characters"),
        ({"title": "It \x00 broke"}, "control characters"),
        ({"aware_at": DAY + HOUR}, "has not come"),
        ({"occurred_at": DAY + HOUR}, "has not come"),
        ({"aware_at": DAY.replace(tzinfo=None)}, "has no offset"),
        ({"aware_at": DAY - 2 * HOUR, "occurred_at": DAY - HOUR}, "lies before “occurred”"),
        ({"commander_id": 0}, "Dev Rao"),
    ],
)
def test_a_wrong_declaration_is_refused_and_nothing_is_written(
    sloop: Voyage, given: dict[str, object], words: str
) -> None:
    if given == {"commander_id": 0}:
        given, words = {"commander_id": sloop.crew.id("mallory")}, "must be a member"
    before = entry_count()
    with pytest.raises(BadInput, match=words):
        declared(sloop, **given)  # type: ignore[arg-type]  # wrong on purpose
    assert entry_count() == before
    assert not Incident.objects.exists()


def test_strangers_and_auditors_declare_nothing(sloop: Voyage) -> None:
    with pytest.raises(NotFound):
        declared(sloop, by="mallory")
    with pytest.raises(NotAllowed, match="do not let you declare an incident"):
        declared(sloop, by="odile")


def test_another_kind_brings_its_tasks_and_takes_none_away(sloop: Voyage) -> None:
    row = declared(sloop)
    tess = sloop.crew.actor("tess")
    services.change_incident(actor=tess, incident_id=row.pk, kind=LEAK)
    abuse = IncidentKind(component=Component.DEPLOYMENT, concern=Concern.MISUSE)
    services.change_incident(actor=tess, incident_id=row.pk, kind=abuse)
    books = set(IncidentTask.objects.filter(incident=row).values_list("playbook", flat=True))
    assert {"any-incident", "data-exposure", "abuse-and-cost"} <= books


def test_a_playbook_that_may_fit_is_added_once(sloop: Voyage) -> None:
    row, tess = declared(sloop), sloop.crew.actor("tess")
    count = services.add_playbook(actor=tess, incident_id=row.pk, playbook="data-exposure")
    assert count == IncidentTask.objects.filter(incident=row, playbook="data-exposure").count() > 0
    with pytest.raises(PlimsollError, match="has the tasks of that playbook already"):
        services.add_playbook(actor=tess, incident_id=row.pk, playbook="data-exposure")
    with pytest.raises(BadInput, match="There is no playbook"):
        services.add_playbook(actor=tess, incident_id=row.pk, playbook="made-up")


def test_open_tasks_follow_the_commander_and_done_ones_stay(sloop: Voyage) -> None:
    row, tess = declared(sloop), sloop.crew.actor("tess")
    first, *others = (t for t in selectors.tasks_of(row.pk) if t.role == "commander")
    services.tick_task(actor=tess, incident_id=row.pk, task_id=first.id)
    services.change_incident(
        actor=tess, incident_id=row.pk, commander_id=sloop.crew.id("cal"), scribe_id=sloop.crew.id("eve")
    )
    tasks = {t.id: t for t in selectors.tasks_of(row.pk)}
    assert tasks[first.id].owner == "Tess Marsh"
    assert {tasks[t.id].owner for t in others} == {"Cal Weiss"}
    assert {t.owner for t in tasks.values() if t.role == "scribe"} == {"Eve Lund"}
    assert not faults()


def test_one_person_does_not_command_and_write(sloop: Voyage) -> None:
    row = declared(sloop)
    with pytest.raises(BadInput, match="One person commands and another writes down"):
        services.change_incident(
            actor=sloop.crew.actor("tess"), incident_id=row.pk, scribe_id=sloop.crew.id("tess")
        )


def test_changing_nothing_writes_nothing(sloop: Voyage) -> None:
    row = declared(sloop)
    before = entry_count()
    services.change_incident(actor=sloop.crew.actor("tess"), incident_id=row.pk, title=row.title)
    assert entry_count() == before


@pytest.mark.parametrize(
    ("text", "component", "concern"),
    [
        ("model/misuse", Component.MODEL, Concern.MISUSE),
        ("User Interaction / ethics", Component.USER_INTERACTION, Concern.ETHICS),
        ("data", Component.DATA, None),
        ("/security", None, Concern.SECURITY),
        ("", None, None),
    ],
)
def test_a_kind_is_read_with_either_part_unknown(
    text: str, component: Component | None, concern: Concern | None
) -> None:
    assert services.read_kind(text) == IncidentKind(component=component, concern=concern)


@pytest.mark.parametrize("text", ["weather", "model/weather", "misuse/model", "a/b/c"])
def test_what_is_no_kind_is_told_what_there_is(text: str) -> None:
    with pytest.raises(BadInput, match="is not a kind of incident") as refusal:
        services.read_kind(text)
    assert "user_interaction" in refusal.value.hint


# ---------------------------------------------------------------- times, notes and tasks
def test_a_correction_keeps_the_former_time_in_the_log(sloop: Voyage) -> None:
    row, tess = declared(sloop, aware_at=DAY - HOUR), sloop.crew.actor("tess")
    services.record_moments(actor=tess, incident_id=row.pk, times={Milestone.DETECTED: DAY - 3 * HOUR})
    kind, payload = last_entry()
    assert kind == "respond:time:recorded"
    assert json.loads(payload)["before"] == {"detected": (DAY - HOUR).isoformat()}
    assert Moment.objects.get(incident=row, milestone="detected").at == DAY - 3 * HOUR


@pytest.mark.parametrize(
    ("milestone", "at", "words"),
    [
        (Milestone.CONTAINED, DAY + HOUR, "has not come"),
        (Milestone.CONTAINED, DAY - 2 * HOUR, "lies before “detected”"),
        (Milestone.OCCURRED, DAY, "lies before “occurred”"),
        (Milestone.DECLARED, DAY, "the time at which it was made"),
    ],
)
def test_impossible_times_are_refused(sloop: Voyage, milestone: Milestone, at: object, words: str) -> None:
    row = declared(sloop, aware_at=DAY - HOUR)
    with pytest.raises(BadInput, match=words):
        services.record_moments(
            actor=sloop.crew.actor("tess"),
            incident_id=row.pk,
            times={milestone: at},  # type: ignore[dict-item]  # a datetime of the table
        )


def test_a_time_that_is_known_already_writes_nothing(sloop: Voyage) -> None:
    row, before = declared(sloop), entry_count()
    tess = sloop.crew.actor("tess")
    assert services.record_moments(actor=tess, incident_id=row.pk, times={Milestone.DETECTED: DAY}) == []
    assert entry_count() == before


def test_a_trigger_event_has_one_time(sloop: Voyage) -> None:
    row, tess = declared(sloop), sloop.crew.actor("tess")
    for at in (DAY - HOUR, DAY - 2 * HOUR):
        services.record_trigger(actor=tess, incident_id=row.pk, event="classified_major", at=at)
    assert TriggerTime.objects.get(incident=row, event="classified_major").at == DAY - 2 * HOUR
    assert json.loads(last_entry()[1])["before"] == {"classified_major": (DAY - HOUR).isoformat()}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("full_moon", "There is no trigger event"),
        ("initial_report_submitted", "is the time of a submission"),
    ],
)
def test_what_is_no_event_or_follows_from_a_submission_is_refused(
    sloop: Voyage, event: str, words: str
) -> None:
    row = declared(sloop)
    with pytest.raises(BadInput, match=words):
        services.record_trigger(
            actor=sloop.crew.actor("tess"), incident_id=row.pk, event=event, at=DAY - HOUR
        )


def test_notes_stand_at_the_time_they_are_about(sloop: Voyage) -> None:
    row, eve = declared(sloop), sloop.crew.actor("eve")
    services.write_note(actor=eve, incident_id=row.pk, text="It stopped.")
    services.write_note(actor=eve, incident_id=row.pk, text="It began.", at=DAY - HOUR)
    assert [(n.text, n.at) for n in selectors.notes_of(row.pk)] == [
        ("It began.", DAY - HOUR),
        ("It stopped.", DAY),
    ]
    with pytest.raises(NotAllowed, match="A note is written by a person"):
        services.write_note(actor=Actor.of_rule("x"), incident_id=row.pk, text="It began.")


def test_a_task_is_given_moved_ticked_and_opened_again(sloop: Voyage) -> None:
    row, tess = declared(sloop), sloop.crew.actor("tess")
    task = selectors.tasks_of(row.pk)[0]
    services.change_task(
        actor=tess, incident_id=row.pk, task_id=task.id, owner_id=sloop.crew.id("eve"), due_at=DAY + 2 * HOUR
    )
    with clock.frozen_at(DAY + HOUR):
        services.tick_task(actor=tess, incident_id=row.pk, task_id=task.id)
    after = next(t for t in selectors.tasks_of(row.pk) if t.id == task.id)
    assert (after.owner, after.due_at, after.done_at, after.done_by) == (
        "Eve Lund", DAY + 2 * HOUR, DAY + HOUR, "Tess Marsh",
    )  # fmt: skip
    with pytest.raises(PlimsollError, match="no such open task"):
        services.tick_task(actor=tess, incident_id=row.pk, task_id=task.id)
    with pytest.raises(NotFound, match="no such open task"):
        services.change_task(actor=tess, incident_id=row.pk, task_id=task.id, due_at=DAY + HOUR)
    services.tick_task(actor=tess, incident_id=row.pk, task_id=task.id, done=False)
    assert next(t for t in selectors.tasks_of(row.pk) if t.id == task.id).done_at is None
    with pytest.raises(BadInput, match="due after the declaration"):
        services.change_task(actor=tess, incident_id=row.pk, task_id=task.id, due_at=DAY - HOUR)
    with pytest.raises(BadInput, match="Nothing was given"):
        services.change_task(actor=tess, incident_id=row.pk, task_id=task.id)


def test_whoever_owns_a_task_finds_it_until_it_is_done(sloop: Voyage) -> None:
    row, tess = declared(sloop), sloop.crew.actor("tess")

    def due() -> list[str]:
        rows = selectors.tasks_due(
            tess, sloop.program_id, owner_id=sloop.crew.id("tess"), until=DAY + timedelta(days=1)
        )
        return [r.task for r in rows]

    before = due()
    first = selectors.tasks_of(row.pk)[0]
    services.tick_task(actor=tess, incident_id=row.pk, task_id=first.id)
    assert before == [first.task, *due()]
