"""The way back: a review names the criterion, and what it teaches is asked of every system it fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.engines.incidents.lesson import Finding
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import selectors as gates
from plimsoll.loop.decide.models import GateVerdict
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.plan.models import AdoptedRequirement, Requirement
from plimsoll.loop.respond import facts, selectors, services
from plimsoll.loop.respond.models import ClockClosing, Incident, IncidentReview, Lesson
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import System
from plimsoll.people.actors import Actor
from plimsoll.site.worker import Worker
from tests.loop.decide.bridge import decide as settle
from tests.loop.decide.bridge import freeze, signed, unmet
from tests.loop.plan.lessons import LESSON, for_answers
from tests.loop.respond.alarm import declared, faults, known, last_entry
from tests.voyages import DAY, Voyage, attested, gate_at, kinds_since

CAUSES = ["Nobody had tested it above its limit."]
RULE = Actor.of_rule("wiring")


def review(voyage: Voyage, row: Incident, criterion: str = "", *, by: str = "tess") -> IncidentReview:
    return services.write_review(
        actor=voyage.crew.actor(by),
        incident_id=row.pk,
        trigger="A document told it to refund.",
        root_causes=CAUSES,
        criterion=criterion,
    )


def new_lesson(**changes: Any) -> services.NewLesson:
    lesson = services.NewLesson(
        title="Limits of tools are tested",
        why="A tool refunded more than anybody had meant it to.",
        acceptance="A test calls each tool above its limit and is refused.",
        evidence="The report of the test, with dates and limits.",
        severity="high",
        place="deployment",
        required_from=Stage.PILOT,
        controls=("CTL-GOV-01",),
        everywhere=True,
        answers={},
    )
    return replace(lesson, **changes)


def propose(voyage: Voyage, row: Incident, **changes: Any) -> Lesson:
    return services.propose_lesson(
        actor=voyage.crew.actor("tess"), incident_id=row.pk, lesson=new_lesson(**changes)
    )


def accept(voyage: Voyage, lesson: Lesson, *, yes: bool = True) -> Lesson:
    return services.decide_lesson(
        actor=voyage.crew.actor("ada"), incident_id=lesson.incident_id, lesson_id=lesson.pk, accept=yes
    )


def other_system(voyage: Voyage, name: str = "Tender") -> Voyage:
    """Another system of the same program, described by the same people."""
    made = scope.describe_system(
        actor=voyage.crew.actor("tess"),
        program_id=voyage.program_id,
        name=name,
        sentence="Refunds small amounts",
        owner_id=voyage.crew.id("dev"),
    )
    return Voyage(crew=voyage.crew, system=System.objects.get(pk=made.pk))


# ---------------------------------------------------------------- the loop closes
def test_another_systems_gate_turns_to_unknown_and_names_the_lesson(sound: Voyage) -> None:
    """Sound's gate is met; an incident of another system teaches something that fits it too."""
    hit = other_system(sound)
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET
    row = declared(hit)
    review(hit, row)
    lesson = propose(hit, row)
    before = entry_count()
    accept(hit, lesson)
    after = gate_at(sound, Stage.PILOT)
    assert after.result.judgement.verdict is Verdict.UNKNOWN
    (open_one,) = (c for c in after.result.applicable if c.judgement.verdict is Verdict.UNKNOWN)
    assert open_one.spec.id == f"requirement:{lesson.rule}"
    assert open_one.spec.why == "A tool refunded more than anybody had meant it to."
    kinds = kinds_since(before)
    assert kinds[0] == "respond:lesson:accepted"
    assert kinds[1] == "plan:requirement:adopted"
    assert kinds.count("plan:requirements:derived") == 2
    assert "decide:gate:turned" in kinds
    turned = GateVerdict.objects.filter(gate__system=sound.system, gate__stage="pilot").latest("pk")
    assert (turned.verdict, turned.reason) == (
        "unknown", "Limits of tools are tested: not asked → unknown",
    )  # fmt: skip
    assert not faults()


def test_a_lesson_is_shown_like_any_requirement_and_then_the_gate_is_met_again(sound: Voyage) -> None:
    hit = other_system(sound)
    row = declared(hit)
    review(hit, row)
    lesson = accept(hit, propose(hit, row))
    work = Requirement.objects.get(system=sound.system, rule=lesson.rule)
    assert (work.standing, work.title) == ("certain", "Limits of tools are tested")
    assert work.because == "INC-1: it is for every system"
    attested(sound, lesson.rule)
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_a_stage_before_the_lesson_asks_for_nothing_new(sound: Voyage) -> None:
    row = declared(sound)
    review(sound, row)
    accept(sound, propose(sound, row, required_from=Stage.GA))
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_a_lesson_for_others_leaves_a_gate_and_its_signatures_alone(sound: Voyage) -> None:
    snapshot = freeze(sound)
    row = declared(sound)
    review(sound, row)
    accept(sound, propose(sound, row, everywhere=False, answers={"S1": frozenset({"public"})}))
    after = gate_at(sound, Stage.PILOT)
    assert after.result.judgement.verdict is Verdict.MET
    assert after.digest == snapshot.digest
    assert not Requirement.objects.filter(rule__startswith="lesson-").exists()


def test_where_an_unknown_decides_the_lesson_is_asked_all_the_same(skiff: Voyage) -> None:
    row = declared(skiff)
    review(skiff, row)
    scope.answer(actor=skiff.crew.actor("tess"), system_id=skiff.system.pk, question="A1", value="unknown")
    lesson = accept(skiff, propose(skiff, row, everywhere=False, answers={"A1": frozenset({"write"})}))
    work = Requirement.objects.get(rule=lesson.rule)
    assert (work.standing, work.because) == (
        "assumed", "INC-1: A1 is unknown and counts if it is write",
    )  # fmt: skip
    scope.answer(actor=skiff.crew.actor("tess"), system_id=skiff.system.pk, question="A1", value="none")
    work.refresh_from_db()
    assert work.standing == "dropped"
    assert all(lesson.rule not in c.spec.requirements for c in gate_at(skiff, Stage.PILOT).result.criteria)


def test_a_system_that_is_described_later_gets_the_lesson_too(sound: Voyage) -> None:
    row = declared(sound)
    review(sound, row)
    lesson = accept(sound, propose(sound, row))
    late = other_system(sound, "Latecomer")
    assert Requirement.objects.filter(system=late.system, rule=lesson.rule, standing="certain").exists()


def test_what_is_declined_is_asked_of_nobody(sound: Voyage) -> None:
    row = declared(sound)
    review(sound, row)
    accept(sound, propose(sound, row), yes=False)
    assert last_entry()[0] == "respond:lesson:declined"
    assert not AdoptedRequirement.objects.exists()
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.MET


def test_a_lost_message_is_made_up_for_by_the_next_tick(sound: Voyage) -> None:
    row = declared(sound)
    review(sound, row)
    lesson = propose(sound, row)
    Lesson.objects.filter(pk=lesson.pk).update(
        decision="accept", decided_by_id=sound.crew.id("ada"), decided_at=DAY
    )
    assert Worker().tick(now=DAY)["lessons adopted"] == 1
    assert Worker().tick(now=DAY)["lessons adopted"] == 0
    assert gate_at(sound, Stage.PILOT).result.judgement.verdict is Verdict.UNKNOWN


def test_the_past_is_asked_without_lessons_of_later(sound: Voyage) -> None:
    row = declared(sound)
    review(sound, row)
    with frozen_at(DAY + timedelta(days=1)):
        accept(sound, propose(sound, row))
    assert gate_at(sound, Stage.PILOT, now=DAY).result.judgement.verdict is Verdict.MET


# ---------------------------------------------------------------- what the gate had said
def passed(voyage: Voyage) -> None:
    """The system went on by a decision."""
    signed(voyage)
    settle(voyage, Outcome.GO)


def asked(voyage: Voyage, wanted: Verdict) -> str:
    """A criterion of the decided snapshot that stood so."""
    gate = facts.passed_gate(voyage.crew.actor("tess"), incident(voyage))
    assert gate is not None
    return next(
        c["id"] for c in gate.snapshot.body["criteria"] if c["applies"] and c["verdict"] == wanted.value
    )


def incident(voyage: Voyage) -> selectors.IncidentRow:
    return selectors.incidents_of(voyage.crew.actor("tess"), voyage.program_id)[0]


def test_without_a_decision_no_gate_was_asked(sloop: Voyage) -> None:
    row = declared(sloop)
    made = review(sloop, row)
    assert (made.finding, made.decision, made.snapshot) == ("not_asked", "", "")
    assert facts.passed_gate(sloop.crew.actor("tess"), incident(sloop)) is None
    with pytest.raises(BadInput, match="had no criterion “threat-model”"):
        review(sloop, row, "threat-model")


def test_a_criterion_that_was_met_did_not_show_what_it_should(sound: Voyage) -> None:
    passed(sound)
    row = declared(sound)
    made = review(sound, row, asked(sound, Verdict.MET))
    assert made.finding == Finding.ANSWERED.value
    assert made.decision == "DEC-1"
    assert len(made.snapshot) == 64
    assert made.criterion_title


def test_a_criterion_out_of_scope_had_been_ruled_out(sound: Voyage) -> None:
    passed(sound)
    row = declared(sound)
    gate = facts.passed_gate(sound.crew.actor("tess"), incident(sound))
    assert gate is not None
    out = next(c["id"] for c in gate.snapshot.body["criteria"] if not c["applies"])
    assert review(sound, row, out).finding == Finding.RULED_OUT.value


def test_what_no_criterion_asked_for_needs_a_new_one(sound: Voyage) -> None:
    passed(sound)
    made = review(sound, declared(sound))
    assert (made.finding, made.decision) == ("not_asked", "DEC-1")


def test_only_what_was_decided_before_it_happened_counts(sound: Voyage) -> None:
    row = declared(sound, occurred_at=DAY - timedelta(days=3))
    passed(sound)
    assert facts.passed_gate(sound.crew.actor("tess"), incident(sound)) is None
    assert review(sound, row).decision == ""


# ---------------------------------------------------------------- reviews, proposals, closing
@pytest.mark.parametrize(
    ("trigger", "causes", "words"),
    [
        ("Short", CAUSES, "What set it off has 5 characters"),
        ("A document told it to refund.", [], "names 0 root causes"),
        ("A document told it to refund.", ["no"], "A root cause has 2 characters"),
        ("A document told it to refund.", CAUSES * 13, "names 13 root causes"),
    ],
)
def test_a_review_names_trigger_and_root_causes_apart(
    sloop: Voyage, trigger: str, causes: list[str], words: str
) -> None:
    row = declared(sloop)
    with pytest.raises(BadInput, match=words):
        services.write_review(
            actor=sloop.crew.actor("tess"), incident_id=row.pk, trigger=trigger, root_causes=causes
        )


def test_a_review_is_written_again_and_the_log_keeps_both(sloop: Voyage) -> None:
    row, before = declared(sloop), entry_count()
    review(sloop, row)
    review(sloop, row, by="cal")
    assert IncidentReview.objects.get().written_by_id == sloop.crew.id("cal")
    assert kinds_since(before) == ["respond:incident:reviewed"] * 2


def test_no_lesson_before_the_review(sloop: Voyage) -> None:
    with pytest.raises(Conflict, match="INC-1 is not reviewed yet"):
        propose(sloop, declared(sloop))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"controls": ()}, "controls"),
        ({"controls": ("CTL-NO-1",)}, "controls"),
        ({"everywhere": False}, "fits"),
        ({"everywhere": False, "answers": {"A1": frozenset({"fly"})}}, "fits"),
        ({"everywhere": False, "requirements": frozenset({"no-such-thing"})}, "fits"),
        ({"severity": "mild"}, "severity"),
        ({"place": "sea"}, "place"),
        ({"acceptance": " "}, "acceptance"),
        ({"title": "ab"}, "title"),
    ],
)
def test_a_lesson_that_cannot_be_asked_is_refused_at_its_field(
    sloop: Voyage, changes: dict[str, Any], field: str
) -> None:
    row = declared(sloop)
    review(sloop, row)
    with pytest.raises(BadInput) as refusal:
        propose(sloop, row, **changes)
    assert refusal.value.data["field"] == field
    assert not Lesson.objects.exists()


def test_the_same_lesson_is_proposed_once_and_decided_once(sloop: Voyage) -> None:
    row = declared(sloop)
    review(sloop, row)
    lesson = propose(sloop, row)
    with pytest.raises(Conflict, match="has proposed that already"):
        propose(sloop, row)
    accept(sloop, lesson)
    with pytest.raises(Conflict, match="was decided already"):
        accept(sloop, lesson, yes=False)
    assert [
        r.criterion.id for r in selectors.accepted_lessons(sloop.crew.actor("odile"), sloop.program_id)
    ] == [lesson.rule]


def test_only_a_person_who_may_accepts_a_lesson(sloop: Voyage) -> None:
    row = declared(sloop)
    review(sloop, row)
    lesson = propose(sloop, row)
    for actor in (sloop.crew.actor("dev"), Actor.of_rule("time")):
        with pytest.raises(NotAllowed):
            services.decide_lesson(actor=actor, incident_id=row.pk, lesson_id=lesson.pk, accept=True)
    with pytest.raises(NotFound, match="has no such lesson"):
        services.decide_lesson(
            actor=sloop.crew.actor("ada"), incident_id=declared(sloop).pk, lesson_id=lesson.pk, accept=True
        )


def test_a_lesson_is_adopted_once_and_only_by_a_rule(sloop: Voyage) -> None:
    with pytest.raises(NotAllowed, match="adopted when it was accepted"):
        planning.adopt_requirement(
            actor=sloop.crew.actor("omni"), program_id=sloop.program_id, criterion=LESSON
        )
    assert planning.adopt_requirement(actor=RULE, program_id=sloop.program_id, criterion=LESSON)
    assert not planning.adopt_requirement(actor=RULE, program_id=sloop.program_id, criterion=LESSON)
    with pytest.raises(BadInput, match="not one of a lesson"):
        planning.adopt_requirement(
            actor=RULE, program_id=sloop.program_id, criterion={**LESSON, "id": "threat-model"}
        )
    with pytest.raises(BadInput, match="cannot be read: fits"):
        planning.adopt_requirement(actor=RULE, program_id=sloop.program_id, criterion={**LESSON, "fits": 1})


def test_a_lesson_counts_for_the_due_dates_that_follow_promises(sloop: Voyage) -> None:
    planning.adopt_requirement(actor=RULE, program_id=sloop.program_id, criterion=for_answers(A1=["write"]))
    row = Requirement.objects.get(rule=LESSON["id"])
    assert row.due_on == date(2027, 3, 21)
    scope.promise_stage(
        actor=sloop.crew.actor("tess"), system_id=sloop.system.pk, stage=Stage.PILOT,
        committed_on=date(2027, 5, 26),
    )  # fmt: skip
    planning.derive_requirements(actor=RULE, system_id=sloop.system.pk)
    row.refresh_from_db()
    assert row.due_on == date(2027, 5, 21)
    found = plan.requirement_by_ref(sloop.crew.actor("tess"), sloop.program_id, f"REQ-{row.number}")
    assert found.entry is not None
    assert found.entry.basis.name == "Own incident INC-1"


def test_an_incident_is_closed_after_its_review_with_no_clock_left(sloop: Voyage) -> None:
    row, ada = declared(sloop), sloop.crew.actor("ada")
    with pytest.raises(Conflict, match="is not reviewed yet"):
        services.close_incident(actor=ada, incident_id=row.pk)
    review(sloop, row)
    with pytest.raises(Conflict, match="clocks of INC-1 are open"):
        services.close_incident(actor=ada, incident_id=row.pk)
    why = "Nothing was sent to anybody; it was a rehearsal."
    services.close_waiting_clocks(actor=ada, incident_id=row.pk, reason=why)
    for clock in known(sloop, row).pending:
        services.close_clock(actor=ada, incident_id=row.pk, duty=clock.key[0], stage=clock.key[1], reason=why)
    closed = services.close_incident(actor=ada, incident_id=row.pk)
    assert (closed.closed_at, closed.closed_by_id) == (DAY, sloop.crew.id("ada"))
    with pytest.raises(Conflict, match="INC-1 is closed"):
        services.change_incident(actor=ada, incident_id=row.pk, title="Something else")
    with pytest.raises(Conflict, match="INC-1 is closed"):
        services.close_incident(actor=ada, incident_id=row.pk)
    assert not faults()


def test_clocks_that_wait_are_closed_with_one_reason_and_one_signer(sloop: Voyage) -> None:
    row, ada = declared(sloop), sloop.crew.actor("ada")
    with pytest.raises(NotAllowed):
        services.close_waiting_clocks(actor=Actor.of_rule("x"), incident_id=row.pk, reason="None of these.")
    count = services.close_waiting_clocks(actor=ada, incident_id=row.pk, reason="None of these is about us.")
    assert ClockClosing.objects.filter(signer_id=sloop.crew.id("ada"), of_start=None).count() == count > 3
    with pytest.raises(Conflict, match="No clock of INC-1 waits"):
        services.close_waiting_clocks(actor=ada, incident_id=row.pk, reason="None of these is about us.")


def test_gates_of_a_stranger_are_no_snapshots(sound: Voyage) -> None:
    snapshot = freeze(sound)
    with pytest.raises(NotFound, match="no such snapshot"):
        gates.snapshot_by_id(sound.crew.actor("mallory"), snapshot.pk)
    assert unmet(sound) == []
