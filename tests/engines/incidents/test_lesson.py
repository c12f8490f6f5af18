"""What the gate said, which systems a new criterion fits, and when it cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.playbooks import lesson_requirement
from plimsoll.engines.incidents.lesson import (
    Asked,
    Finding,
    Fits,
    NewCriterion,
    SystemScope,
    check_criterion,
    fits,
    fitting_systems,
    what_the_gate_said,
)
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED, Level, Stage
from plimsoll.kernel.verdict import Verdict

CATALOG = load_catalog()
WRITES = {"A1": frozenset({"write"})}
DPIA = frozenset({"dpia"})
QUESTIONS = {question.id: question.values for question in CATALOG.question_set.questions}
LEVELS = {Stage.PILOT: Level.PLAN, Stage.LIMITED: Level.REQUIRED, Stage.GA: Level.REQUIRED}


def criterion(**changes: Any) -> NewCriterion:
    found = NewCriterion(
        id="lesson-inc-4-tool-limits",
        title="refunds need a limit per customer and day",
        incident="INC-4",
        why="A page told the assistant to refund every order it could see.",
        acceptance="A test sends two refunds over the limit, and the second is refused.",
        evidence="The test's record with date and version.",
        severity="high",
        place="deployment",
        levels=LEVELS,
        controls=(next(iter(CATALOG.controls)),),
        fits=Fits(facts=WRITES),
    )
    return replace(found, **changes)


def check(found: NewCriterion) -> None:
    check_criterion(
        found,
        questions=QUESTIONS,
        requirements={*CATALOG.requirements, *CATALOG.baseline},
        controls=CATALOG.controls,
    )


def scope(system: str = "SYS-1", certain: str = "", unsure: str = "", **answers: str) -> SystemScope:
    return SystemScope(
        system=system, answers=answers, certain=frozenset(certain.split()), open=frozenset(unsure.split())
    )


# ---------------------------------------------------------------- what the gate said


@pytest.mark.parametrize(
    ("asked", "finding"),
    [
        (None, Finding.NOT_ASKED),
        ({"applies": False, "verdict": Verdict.UNKNOWN}, Finding.RULED_OUT),
        ({"applies": True, "verdict": Verdict.UNKNOWN}, Finding.UNKNOWN),
        ({"applies": True, "verdict": Verdict.UNKNOWN, "waived_by": ("WVR-1",)}, Finding.WAIVED),
        ({"applies": True, "verdict": Verdict.NOT_MET, "waived_by": ("WVR-1",)}, Finding.WAIVED),
        ({"applies": True, "verdict": Verdict.NOT_MET}, Finding.OVERRULED),
        ({"applies": True, "verdict": Verdict.MET}, Finding.ANSWERED),
    ],
)
def test_how_the_gate_stood_to_the_cause(asked: dict[str, Any] | None, finding: Finding) -> None:
    said = Asked(gate="GTE-1", criterion="injection-tests", **asked) if asked else None
    assert what_the_gate_said(said) is finding
    assert finding.sentence.endswith(".")


# ---------------------------------------------------------------- where it fits


@pytest.mark.parametrize(
    ("found", "system", "verdict"),
    [
        (Fits(everywhere=True, facts={}), scope(), Verdict.MET),
        (Fits(facts=WRITES), scope(A1="write"), Verdict.MET),
        (Fits(facts=WRITES), scope(A1="read"), Verdict.NOT_MET),
        (Fits(facts=WRITES), scope(), Verdict.UNKNOWN),
        (Fits(facts=WRITES), scope(A1="not_applicable"), Verdict.NOT_MET),
        (Fits(facts=WRITES | {"S2": frozenset({"yes"})}), scope(A1="write"), Verdict.UNKNOWN),
        (Fits(facts=WRITES | {"S2": frozenset({"yes"})}), scope(S2="no"), Verdict.NOT_MET),
        (Fits(facts={}, requirements=DPIA), scope(certain="dpia"), Verdict.MET),
        (Fits(facts={}, requirements=DPIA), scope(unsure="dpia"), Verdict.UNKNOWN),
        (Fits(facts={}, requirements=DPIA), scope(certain="other"), Verdict.NOT_MET),
        (Fits(facts={}, requirements=frozenset({"dpia", "x"})), scope(certain="x"), Verdict.MET),
        (Fits(facts=WRITES, requirements=DPIA), scope(A1="write"), Verdict.NOT_MET),
        (Fits(facts={}), scope(A1="write"), Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_a_criterion_fits_by_facts_and_requirements(
    found: Fits, system: SystemScope, verdict: Verdict
) -> None:
    judgement = fits(criterion(fits=found), system)
    assert judgement.verdict is verdict
    assert judgement.reasons


def test_it_is_opened_wherever_it_is_not_known_to_be_out() -> None:
    systems = [scope("SYS-1", A1="write"), scope("SYS-2", A1="none"), scope("SYS-3")]
    found = fitting_systems(criterion(), systems)
    assert [(item.system, item.judgement.verdict) for item in found] == [
        ("SYS-1", Verdict.MET),
        ("SYS-3", Verdict.UNKNOWN),
    ]


answers = st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["x", "y"]))


@given(
    answers,
    st.dictionaries(st.sampled_from("ABC"), st.sampled_from(["x", "y"]).map(lambda v: frozenset({v}))),
)
def test_learning_an_answer_never_turns_a_known_fit_around(
    known: dict[str, str], facts: dict[str, frozenset[str]]
) -> None:
    found = criterion(fits=Fits(everywhere=not facts, facts=facts))
    before = fits(found, scope(**known)).verdict
    for question in "ABC":
        for value in ("x", "y"):
            after = fits(found, scope(**{question: value} | known)).verdict
            assert before in (Verdict.UNKNOWN, after)


# ---------------------------------------------------------------- what cannot be asked


def test_a_criterion_that_can_be_asked_becomes_a_requirement() -> None:
    check(criterion())
    entry = lesson_requirement(criterion(), today=date(2027, 1, 11))
    assert (entry.id, entry.why.kind, entry.basis.name) == (
        "lesson-inc-4-tool-limits",
        "incident",
        "Own incident INC-4",
    )
    assert entry.evidence.attestation == criterion().evidence
    assert entry.evidence.checks == []
    assert dict(entry.stages) == {Stage.PROTOTYPE: Level.NOT_YET, **LEVELS}
    assert tuple(entry.stages) == GATED


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"evidence": ""}, "evidence"),
        ({"levels": {Stage.GA: Level.PLAN}}, "levels"),
        ({"levels": {}}, "levels"),
        ({"levels": LEVELS | {Stage.PROTOTYPE: Level.REQUIRED}}, "levels"),
        ({"controls": ()}, "controls"),
        ({"controls": ("CTL-NO-1",)}, "controls"),
        ({"fits": Fits(facts={})}, "fits"),
        ({"fits": Fits(everywhere=True, facts=WRITES)}, "fits"),
        ({"fits": Fits(facts={"A1": frozenset()})}, "fits"),
        ({"fits": Fits(facts={"A1": frozenset({"sometimes"})})}, "fits"),
        ({"fits": Fits(facts={"Z9": frozenset({"yes"})})}, "fits"),
        ({"fits": Fits(facts={}, requirements=frozenset({"nothing"}))}, "fits"),
    ],
)  # fmt: skip
def test_a_criterion_that_cannot_be_asked_is_refused_by_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(criterion(**changes))
    assert refused.value.data["field"] == field
    assert refused.value.hint


def test_requirements_and_everywhere_are_enough_for_scope() -> None:
    check(criterion(fits=Fits(everywhere=True, facts={})))
    check(criterion(fits=Fits(facts={}, requirements=DPIA)))


@pytest.mark.parametrize(
    ("changes", "field"), [({"id": "Lesson 4"}, "id"), ({"severity": "awful"}, "severity")]
)
def test_a_form_that_the_catalog_does_not_know_is_refused(changes: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput, match=f"The field {field} of the new criterion cannot be used"):
        lesson_requirement(criterion(**changes), today=date(2027, 1, 11))
