"""What a changed answer, and the mere passing of time, do to gates and to the signatures on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.engines.gates.status import Colour
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide import selectors, services
from plimsoll.loop.decide.models import SignOff
from plimsoll.loop.plan import services as plan
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import Asset
from plimsoll.people import services as people
from tests.loop.decide.bridge import ADA, EVE, decide, freeze, quorum, sign, signed
from tests.loop.decide.test_waivers import granted
from tests.voyages import DAY, Voyage, criterion, gate_at, gate_of, model_bytes, requirement

PROTOTYPE, PILOT = Stage.PROTOTYPE, Stage.PILOT


@pytest.fixture
def both_signed(sound: Voyage) -> Voyage:
    """Both gates frozen and signed by everybody who must."""
    freeze(sound, PROTOTYPE)
    sign(sound, *ADA, stage=PROTOTYPE)
    signed(sound)
    assert standing(sound) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.MET}
    return sound


def standing(voyage: Voyage) -> dict[Stage, Verdict]:
    """Whether the quorum of each gate still holds."""
    return {stage: quorum(voyage, stage).verdict for stage in (PROTOTYPE, PILOT)}


def answer(voyage: Voyage, question: str, value: str) -> int:
    return scope.answer(
        actor=voyage.crew.actor("tess"), system_id=voyage.system.pk, question=question, value=value
    )


# ------------------------------------------------------------ a changed answer


def test_one_changed_answer_shows_a_diff_and_makes_the_signatures_it_touches_stale(
    both_signed: Voyage,
) -> None:
    version = answer(both_signed, "B1", "yes")
    tess = both_signed.crew.actor("tess")
    system = scope_selectors.system_by_id(tess, both_signed.system.pk)
    diff = scope_selectors.scope_diff(tess, system, version - 1, version)
    assert diff.answers == (("B1", "no", "yes"),)
    assert [(m.id, m.words) for m in diff.moves] == [("schedule-buffer", ("out", "certain"))]
    # The buffer is asked for at the pilot's gate and not at the prototype's.
    assert standing(both_signed) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.UNKNOWN}
    with pytest.raises(Conflict, match="the quorum is not complete"):
        decide(both_signed)
    assert SignOff.objects.count() == 3


def test_the_stale_signature_says_what_it_no_longer_covers(both_signed: Voyage) -> None:
    answer(both_signed, "B1", "yes")
    gate = gate_of(both_signed, PILOT)
    snapshot = selectors.latest_snapshots([gate.id])[gate.id]
    with pytest.raises(Conflict) as caught:
        sign(both_signed, "omni", EVE[1], digest=snapshot.digest)
    assert caught.value.message == (
        "The facts have changed since snapshot 1: schedule buffer at P80 for review: applies now."
    )


@pytest.mark.parametrize(("question", "value"), [("B3", "some"), ("O1", "no"), ("M3", "yes"), ("R1", "yes")])
def test_an_answer_that_moves_nothing_leaves_every_signature_as_it_is(
    both_signed: Voyage, question: str, value: str
) -> None:
    version = answer(both_signed, question, value)
    tess = both_signed.crew.actor("tess")
    system = scope_selectors.system_by_id(tess, both_signed.system.pk)
    diff = scope_selectors.scope_diff(tess, system, version - 1, version)
    assert diff.answers[0][0] == question
    assert diff.moves == ()
    assert standing(both_signed) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.MET}


def test_the_same_answer_given_again_changes_nothing(both_signed: Voyage) -> None:
    answer(both_signed, "S1", "internal")
    assert standing(both_signed) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.MET}


def test_an_answer_taken_back_makes_the_signatures_hold_again(both_signed: Voyage) -> None:
    """They were given for these very facts."""
    answer(both_signed, "S1", "partners")
    assert standing(both_signed) == {PROTOTYPE: Verdict.UNKNOWN, PILOT: Verdict.UNKNOWN}
    answer(both_signed, "S1", "internal")
    assert standing(both_signed) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.MET}


def test_on_day_zero_the_question_that_settles_nothing_moves_no_gate(bosun: Voyage) -> None:
    before = gate_at(bosun, PILOT).digest
    answer(bosun, "O1", "yes")
    assert gate_at(bosun, PILOT).digest == before
    answer(bosun, "A1", "write")
    assert gate_at(bosun, PILOT).digest != before


def _other_model(voyage: Voyage) -> None:
    scope.replace_asset(
        actor=voyage.crew.actor("dev"),
        asset_id=Asset.objects.get(name="Sorter").pk,
        digest=digest_bytes(model_bytes(last=1)),
    )


def _other_owner(voyage: Voyage) -> None:
    plan.change_requirements(
        actor=voyage.crew.actor("tess"),
        program_id=voyage.program_id,
        refs=[requirement(voyage, "trace-logging").ref],
        owner_id=voyage.crew.id("cal"),
    )


def _later_plan(voyage: Voyage) -> None:
    plan.change_requirements(
        actor=voyage.crew.actor("tess"),
        program_id=voyage.program_id,
        refs=[requirement(voyage, "incident-playbook").ref],
        due_on=date(2027, 6, 1),
    )


def _other_sentence(voyage: Voyage) -> None:
    scope.change_system(
        actor=voyage.crew.actor("tess"),
        system_id=voyage.system.pk,
        sentence="Sorts the mail of two departments",
    )


def _other_holder(voyage: Voyage) -> None:
    scope.change_system(
        actor=voyage.crew.actor("tess"),
        system_id=voyage.system.pk,
        off_switch_holder_id=voyage.crew.id("cal"),
    )


def _unknown_answer(voyage: Voyage) -> None:
    answer(voyage, "O2", "unknown")


@pytest.mark.parametrize(
    "change", [_other_model, _other_owner, _other_sentence, _other_holder, _later_plan, _unknown_answer]
)
def test_whatever_a_signature_rests_on_makes_it_stale(
    both_signed: Voyage, change: Callable[[Voyage], None]
) -> None:
    change(both_signed)
    assert standing(both_signed)[PILOT] is Verdict.UNKNOWN


def test_what_is_only_said_about_a_gate_leaves_its_signatures(both_signed: Voyage) -> None:
    """Tickets, comments, risks and a member's word are no facts that were signed."""
    tess = both_signed.crew.actor("tess")
    plan.change_requirements(
        actor=tess,
        program_id=both_signed.program_id,
        refs=[requirement(both_signed, "incident-playbook").ref],
        ticket_url="https://tracker.example/7",
    )
    plan.raise_risks(
        actor=tess,
        program_id=both_signed.program_id,
        risks=[plan.NewRisk(title="Mail is lost", system_id=both_signed.system.pk)],
    )
    services.update_status(
        actor=tess, system_id=both_signed.system.pk, sentence="The mail is late.", worse=Colour.RED
    )
    people.write_comment(actor=tess, program_id=both_signed.program_id, ref="GTE-2", text="Is it?")
    assert standing(both_signed) == {PROTOTYPE: Verdict.MET, PILOT: Verdict.MET}


# ------------------------------------------------------------ time alone


def later(voyage: Voyage, name: str, days: int, stage: Stage = PILOT) -> tuple[Verdict, str]:
    found = criterion(gate_at(voyage, stage, now=DAY + timedelta(days=days)), name)
    return found.judgement.verdict, found.judgement.deciding[0].text


def test_an_expired_assumption_changes_the_gate_by_time_alone(sound: Voyage) -> None:
    answer(sound, "K1", "unknown")
    scope.assume(
        actor=sound.crew.actor("tess"),
        system_id=sound.system.pk,
        question="K1",
        policy=Policy.INCLUDE_ALL,
        due_on=date(2027, 1, 20),
    )
    assert gate_at(sound, PILOT).result.judgement.verdict is Verdict.MET
    assert later(sound, "scope-answers", 9) == (Verdict.MET, "K1 is assumed and owned")
    assert later(sound, "scope-answers", 10) == (Verdict.NOT_MET, "the assumption on K1 has expired")
    tenth = gate_at(sound, PILOT, now=DAY + timedelta(days=10))
    assert tenth.result.judgement.verdict is Verdict.NOT_MET


def test_an_expired_assumption_counts_as_the_worst_case_and_brings_its_requirement_in(
    sound: Voyage,
) -> None:
    answer(sound, "B3", "unknown")
    scope.assume(
        actor=sound.crew.actor("tess"),
        system_id=sound.system.pk,
        question="B3",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        value="none",
        due_on=date(2027, 1, 20),
    )

    def how(days: int) -> str:
        facts = gate_at(sound, PILOT, now=DAY + timedelta(days=days)).facts
        return facts.requirement("continuity-plan").standing.value

    assert (how(9), how(10)) == ("open", "assumed")


def test_an_expired_waiver_changes_the_gate_by_time_alone(skiff: Voyage) -> None:
    granted(skiff)
    before = gate_at(skiff, PILOT, now=DAY + timedelta(days=28))
    after = gate_at(skiff, PILOT, now=DAY + timedelta(days=29))
    assert criterion(before, "threat-model").waived_by == ("WVR-1",)
    assert criterion(after, "threat-model").waived_by == ()
    assert before.digest != after.digest


def test_expired_evidence_changes_the_gate_by_time_alone(sound: Voyage) -> None:
    assert later(sound, "secrets-and-dependencies", 29)[0] is Verdict.MET
    assert later(sound, "secrets-and-dependencies", 30) == (
        Verdict.UNKNOWN,
        "the attested document expired on 10 Feb 2027",
    )
    assert gate_at(sound, PILOT, now=DAY + timedelta(days=29)).result.judgement.verdict is Verdict.MET
    assert gate_at(sound, PILOT, now=DAY + timedelta(days=30)).result.judgement.verdict is Verdict.UNKNOWN


def test_a_plan_that_is_overdue_changes_the_gate_by_time_alone(sound: Voyage) -> None:
    plan.change_requirements(
        actor=sound.crew.actor("tess"),
        program_id=sound.program_id,
        refs=[requirement(sound, "incident-playbook").ref],
        due_on=date(2027, 1, 20),
    )
    assert later(sound, "incident-playbook", 9)[0] is Verdict.MET
    assert later(sound, "incident-playbook", 10) == (
        Verdict.NOT_MET,
        "incident playbook and contact list: planned for 20 Jan 2027, overdue",
    )


def test_what_was_decided_stays_decided_and_the_gate_says_what_is_true_since(sound: Voyage) -> None:
    signed(sound)
    decide(sound, Outcome.GO)
    expired = gate_at(sound, PILOT, now=DAY + timedelta(days=30))
    assert expired.result.judgement.verdict is Verdict.UNKNOWN
    (row,) = selectors.decisions_of(sound.crew.actor("odile"), sound.program_id)
    assert row.outcome is Outcome.GO
