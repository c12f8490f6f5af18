from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.gates.evaluate import evaluate
from plimsoll.engines.gates.facts import CriterionResult, GateFacts, RequirementFact, Standing
from plimsoll.engines.gates.proof import Proof
from plimsoll.engines.gates.quorum import Outcome, allowed_outcomes
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Verdict, met
from tests.engines.gates.samples import (
    PROVEN,
    REFUTED,
    TODAY,
    TOMORROW,
    UNPROVEN,
    YESTERDAY,
    assumption,
    evidence,
    facts,
    requirement,
    spec,
    waiver,
)

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def only(given: GateFacts) -> CriterionResult:
    (result,) = evaluate(given).criteria
    return result


def test_an_empty_gate_cannot_be_met() -> None:
    result = evaluate(facts())
    assert result.judgement.verdict is UNKNOWN
    assert result.judgement.reasons[0].text == "the gate asks nothing of this system"
    assert result.criteria == result.applicable == result.waived == ()


def test_a_gate_of_which_nothing_applies_cannot_be_met() -> None:
    out = requirement("a", standing=Standing.OUT, because="K1 is vision, not language")
    result = evaluate(facts(out))
    assert result.judgement.verdict is UNKNOWN
    assert [c.applies for c in result.criteria] == [False]
    (reason,) = result.criteria[0].judgement.reasons
    assert reason.text == "does not apply: K1 is vision, not language"
    assert result.count(UNKNOWN) == 0


def test_a_criterion_that_does_not_apply_says_so_even_without_a_reason() -> None:
    out = requirement("a", standing=Standing.OUT)
    (reason,) = only(facts(out)).judgement.reasons
    assert reason.text == "does not apply: nothing that it is about is in scope"


def test_every_criterion_is_judged_and_named_in_order() -> None:
    given = facts(requirement("a", REFUTED), requirement("b", PROVEN), requirement("c", UNPROVEN))
    result = evaluate(given)
    assert result.judgement.verdict is NOT_MET
    assert [r.verdict for r in result.judgement.reasons] == [NOT_MET, MET, UNKNOWN]
    assert [r.text.split(":")[0] for r in result.judgement.reasons] == [
        "criterion a",
        "criterion b",
        "criterion c",
    ]
    assert [result.count(v) for v in (MET, NOT_MET, UNKNOWN)] == [1, 1, 1]


def test_a_criterion_names_the_evidence_and_refs_it_rests_on() -> None:
    first, second = evidence(ref="EVD-1", statement="b" * 64), evidence(ref="EVD-2", statement="a" * 64)
    proof = Proof(judgement=met("seen", source="EVD-1"), used=(first, second))
    result = only(facts(requirement("a", proof)))
    assert result.evidence == ("a" * 64, "b" * 64)
    assert result.sources == ("REQ-a", "EVD-1")


# ---------------------------------------------------------------- waivers


@pytest.mark.parametrize("proof", [REFUTED, UNPROVEN, None])
@pytest.mark.parametrize("standing", [Standing.CERTAIN, Standing.ASSUMED])
def test_a_waiver_carries_its_requirement_until_its_last_day(proof, standing) -> None:
    held = facts(requirement("a", proof, standing=standing, waiver=waiver(TODAY)))
    result = evaluate(held)
    assert result.judgement.verdict is MET
    assert result.judgement.reasons[0].text == "criterion a: waived by WVR-1"
    assert result.waived == result.criteria
    assert result.criteria[0].judgement.verdict is not MET

    lapsed = facts(requirement("a", proof, standing=standing, waiver=waiver(YESTERDAY)))
    result = evaluate(lapsed)
    assert result.judgement.verdict is not MET
    assert result.waived == ()


def test_a_waiver_covers_its_own_requirement_only() -> None:
    a = requirement("a", REFUTED, waiver=waiver())
    b = requirement("b", UNPROVEN)
    together = facts(a, b, criteria=(spec("a", "b"),))
    assert only(together).waived_by == ()
    assert evaluate(together).judgement.verdict is NOT_MET
    apart = evaluate(facts(a, b))
    assert [c.waived_by for c in apart.criteria] == [("WVR-1",), ()]
    assert apart.judgement.verdict is UNKNOWN


def test_several_waivers_carry_a_criterion_together() -> None:
    a = requirement("a", REFUTED, waiver=waiver(ref="WVR-2"))
    b = requirement("b", UNPROVEN, waiver=waiver(ref="WVR-1"))
    c = requirement("c", PROVEN, waiver=waiver(ref="WVR-3"))
    result = only(facts(a, b, c, criteria=(spec("a", "b", "c"),)))
    assert result.waived_by == ("WVR-1", "WVR-2")
    lapsed = requirement("b", UNPROVEN, waiver=waiver(YESTERDAY))
    assert only(facts(a, lapsed, c, criteria=(spec("a", "b", "c"),))).waived_by == ()


def test_a_waiver_does_not_cover_an_open_requirement() -> None:
    opened = requirement("a", UNPROVEN, standing=Standing.OPEN, because="S1", waiver=waiver())
    assert evaluate(facts(opened)).judgement.verdict is UNKNOWN
    assert only(facts(opened)).waived_by == ()
    beside = facts(requirement("b", REFUTED, waiver=waiver()), opened, criteria=(spec("a", "b"),))
    assert only(beside).waived_by == ()


def test_a_waiver_of_something_out_of_scope_carries_nothing() -> None:
    out = requirement("a", UNPROVEN, standing=Standing.OUT, waiver=waiver())
    b = requirement("b", UNPROVEN)
    result = only(facts(out, b, criteria=(spec("a", "b"),)))
    assert (result.applies, result.waived_by) == (True, ())


def test_a_waiver_is_not_named_where_the_requirement_is_proven() -> None:
    result = evaluate(facts(requirement("a", PROVEN, waiver=waiver())))
    assert result.waived == ()
    assert result.judgement.verdict is MET


def test_a_planned_requirement_beside_a_waived_one_needs_no_waiver_of_its_own() -> None:
    planned = requirement("a", UNPROVEN, due_on=TOMORROW)
    overdue = requirement("b", UNPROVEN, due_on=YESTERDAY, waiver=waiver())
    result = only(facts(planned, overdue, criteria=(spec("a", "b", level=Level.PLAN),)))
    assert (result.judgement.verdict, result.waived_by) == (NOT_MET, ("WVR-1",))


def test_a_waiver_does_not_cover_a_fact_that_is_no_requirement() -> None:
    # The criterion is about a requirement, but what fails is that nobody holds the off switch.
    about = spec("a", condition="owner-and-off-switch-named")
    given = facts(requirement("a", UNPROVEN, waiver=waiver()), off_switch_holder="", criteria=(about,))
    assert only(given).waived_by == ()
    assert evaluate(given).judgement.verdict is NOT_MET


def test_a_waived_assessment_does_not_answer_whether_there_is_personal_data() -> None:
    about = spec("dpia", condition="personal-data-screened")
    dpia = requirement("dpia", UNPROVEN, standing=Standing.ASSUMED, waiver=waiver())
    unanswered = facts(dpia, personal_data=None, criteria=(about,))
    assert evaluate(unanswered).judgement.verdict is UNKNOWN
    answered = facts(dpia, personal_data="special", criteria=(about,))
    assert evaluate(answered).judgement.verdict is MET
    assert only(answered).waived_by == ("WVR-1",)


def test_an_unowned_unknown_cannot_be_waived() -> None:
    given = facts(
        requirement("a", UNPROVEN, waiver=waiver()),
        unknown=("S1",),
        assumptions=(assumption("S1", expired=True),),
        criteria=(spec("a", condition="unknowns-owned"),),
    )
    assert evaluate(given).judgement.verdict is NOT_MET


# ---------------------------------------------------------------- all together

requirement_facts = st.builds(
    lambda rule, proof, standing, until, due, owner: requirement(
        rule,
        proof,
        standing=standing,
        because="S1",
        waiver=None if until is None else waiver(TODAY + timedelta(days=until), ref=f"WVR-{rule}"),
        due_on=None if due is None else TODAY + timedelta(days=due),
        owner=owner,
    ),
    st.just("?"),
    st.sampled_from([PROVEN, REFUTED, UNPROVEN, None]),
    st.sampled_from(Standing),
    st.none() | st.integers(-1, 1),
    st.none() | st.integers(-1, 1),
    st.sampled_from(["", "Ines"]),
)


@st.composite
def gates(draw) -> GateFacts:
    made = draw(st.lists(requirement_facts, min_size=0, max_size=5))
    named = [requirement(f"r{n}", f.proof, standing=f.standing, because=f.because, waiver=f.waiver,
                         due_on=f.due_on, owner=f.owner) for n, f in enumerate(made)]  # fmt: skip
    criteria = [
        spec(*chosen, id=f"c{n}", level=draw(st.sampled_from([Level.REQUIRED, Level.PLAN])))
        for n, chosen in enumerate(
            draw(st.lists(st.lists(st.sampled_from([f.rule for f in named]), min_size=1, max_size=3,
                                   unique=True), max_size=3)) if named else []
        )
    ]  # fmt: skip
    return facts(*named, criteria=tuple(criteria))


def met_by_facts(fact: RequirementFact, level: Level) -> bool:
    if fact.standing is Standing.OPEN:
        return False
    planned = fact.due_on is not None and fact.due_on >= TODAY and bool(fact.owner)
    shown = fact.proof is not None and fact.proof.judgement.verdict is MET
    return shown or (level is Level.PLAN and planned)


@given(gates())
def test_a_gate_is_green_only_if_all_that_applies_is_met_or_waived(given: GateFacts) -> None:
    result = evaluate(given)
    green = []
    for each in result.criteria:
        in_scope = [
            f for f in map(given.requirement, each.spec.requirements) if f.standing is not Standing.OUT
        ]
        assert each.applies == bool(in_scope)
        if not each.applies:
            continue
        by_facts = all(met_by_facts(f, each.spec.level) for f in in_scope)
        carried = all(
            met_by_facts(f, each.spec.level)
            or (f.standing is not Standing.OPEN and f.waiver is not None and f.waiver.holds(TODAY))
            for f in in_scope
        )
        assert (each.judgement.verdict is MET) == by_facts
        assert bool(each.waived_by) == (carried and not by_facts)
        green.append(by_facts or bool(each.waived_by))
    assert (result.judgement.verdict is MET) == (bool(green) and all(green))
    assert result.judgement.deciding


@given(gates())
def test_go_needs_every_criterion_by_facts_and_conditions_none_refuted(given: GateFacts) -> None:
    result = evaluate(given)
    outcomes = allowed_outcomes(result, met("approver: 1 of 1 signed"))
    by_facts = [c.judgement.verdict for c in result.applicable]
    assert (outcomes[Outcome.GO] == "") == (bool(by_facts) and set(by_facts) == {MET})
    refuted = [c for c in result.applicable if c.judgement.verdict is NOT_MET and not c.waived_by]
    assert (outcomes[Outcome.CONDITIONS] == "") == (bool(by_facts) and not refuted)
    if outcomes[Outcome.GO] == "":
        assert outcomes[Outcome.CONDITIONS] == ""
        assert result.judgement.verdict is MET
