from datetime import date

import pytest

from plimsoll.engines.gates.conditions import CONDITIONS, requirement_judgement
from plimsoll.engines.gates.facts import CriterionSpec, GateFacts, Standing
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Judgement, Verdict
from tests.engines.gates.samples import (
    PROVEN,
    REFUTED,
    TODAY,
    TOMORROW,
    UNPROVEN,
    YESTERDAY,
    assumption,
    facts,
    requirement,
    spec,
)

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def judge(condition: str, given: GateFacts, about: CriterionSpec | None = None) -> Judgement:
    judgement = CONDITIONS[condition](about or spec(condition=condition), given)
    assert judgement is not None
    assert judgement.deciding
    return judgement


def said(judgement: Judgement) -> list[str]:
    return [reason.text for reason in judgement.reasons]


def test_every_condition_has_a_slug_and_a_docstring() -> None:
    for name, condition in CONDITIONS.items():
        assert name == condition.__name__.replace("_", "-")
        assert condition.__doc__


def test_somebody_must_own_it_and_somebody_must_hold_the_off_switch() -> None:
    name = "owner-and-off-switch-named"
    assert judge(name, facts()).verdict is MET
    assert said(judge(name, facts())) == ["owner: Dana", "off-switch holder: Priya"]
    assert judge(name, facts(owner="")).verdict is NOT_MET
    missing = judge(name, facts(off_switch_holder=""))
    assert (missing.verdict, said(missing)) == (NOT_MET, ["owner: Dana", "no off-switch holder is named"])


@pytest.mark.parametrize(
    ("sentence", "count", "verdict", "words"),
    [
        ("It answers.", 2, MET, ["it says what it does for whom", "2 assets registered"]),
        ("It answers.", 1, MET, ["it says what it does for whom", "1 asset registered"]),
        ("", 2, NOT_MET, ["it does not say what it does for whom", "2 assets registered"]),
    ],
)
def test_the_inventory_needs_a_sentence_and_an_asset(sentence, count, verdict, words) -> None:
    judgement = judge("inventory-complete", facts(sentence=sentence, asset_count=count))
    assert (judgement.verdict, said(judgement)) == (verdict, words)


def test_an_inventory_without_assets_is_not_complete() -> None:
    judgement = judge("inventory-complete", facts(asset_count=0))
    assert judgement.verdict is NOT_MET
    assert said(judgement)[1].startswith("no asset (model, dataset")


@pytest.mark.parametrize(
    ("assumptions", "verdict", "words"),
    [
        ((), NOT_MET, "A1 is unknown and nobody owns finding out"),
        ((assumption("A1"),), MET, "A1 is assumed and owned"),
        ((assumption("A1", expired=True),), NOT_MET, "the assumption on A1 has expired"),
        ((assumption("A1", blocks=True),), UNKNOWN, "A1 must be answered before the gate"),
        ((assumption("A1", blocks=True, expired=True),), NOT_MET, "the assumption on A1 has expired"),
        ((assumption("D1"),), NOT_MET, "A1 is unknown and nobody owns finding out"),
        ((assumption("A1", expired=True), assumption("A1", ref="ASM-2")), NOT_MET,
         "the assumption on A1 has expired"),
        ((assumption("A1", ref="ASM-2"), assumption("A1", blocks=True)), UNKNOWN,
         "A1 must be answered before the gate"),
    ],
)  # fmt: skip
def test_every_unknown_needs_an_assumption_in_force(assumptions, verdict, words) -> None:
    judgement = judge("unknowns-owned", facts(unknown=("A1",), assumptions=assumptions))
    assert judgement.verdict is verdict
    assert words in [r.text for r in judgement.deciding]


def test_one_expired_assumption_outweighs_all_that_hold() -> None:
    given = facts(
        unknown=("A1", "D1", "S1"),
        assumptions=(assumption("A1"), assumption("D1", blocks=True), assumption("S1", expired=True)),
    )
    judgement = judge("unknowns-owned", given)
    assert judgement.verdict is NOT_MET
    assert [r.verdict for r in judgement.reasons] == [MET, UNKNOWN, NOT_MET]
    assert [r.source for r in judgement.reasons] == ["ASM-A1", "ASM-D1", "ASM-S1"]


def test_without_unknowns_an_expired_assumption_does_not_matter() -> None:
    given = facts(assumptions=(assumption("A1", expired=True),))
    judgement = judge("unknowns-owned", given)
    assert (judgement.verdict, said(judgement)) == (MET, ["every question is answered"])


@pytest.mark.parametrize(
    ("reachable_by", "verdict"),
    [("internal", MET), ("partners", NOT_MET), ("public", NOT_MET), (None, UNKNOWN),
     ("not_applicable", UNKNOWN), ("", UNKNOWN), ("nobody", UNKNOWN)],
)  # fmt: skip
def test_a_prototype_is_for_insiders_only(reachable_by: str | None, verdict: Verdict) -> None:
    assert judge("not-on-the-internet", facts(reachable_by=reachable_by)).verdict is verdict


DPIA = spec("dpia", condition="personal-data-screened")


def screened(personal_data: str | None, **changes) -> Judgement:
    given = facts(requirement("dpia", **changes), personal_data=personal_data)
    return judge("personal-data-screened", given, DPIA)


@pytest.mark.parametrize("personal_data", [None, "not_applicable", "", "some"])
def test_whether_there_is_personal_data_must_be_answered(personal_data: str | None) -> None:
    for proof in (PROVEN, REFUTED, UNPROVEN):
        assert screened(personal_data, proof=proof).verdict is UNKNOWN
    assert screened(personal_data, standing=Standing.OUT).verdict is UNKNOWN


def test_without_personal_data_nothing_needs_screening() -> None:
    for proof in (None, REFUTED, UNPROVEN):
        assert screened("none", proof=proof).verdict is MET


@pytest.mark.parametrize("personal_data", ["ordinary", "special"])
def test_with_personal_data_the_assessment_decides(personal_data: str) -> None:
    assert screened(personal_data, proof=PROVEN).verdict is MET
    assert screened(personal_data, proof=REFUTED).verdict is NOT_MET
    assert screened(personal_data, proof=UNPROVEN).verdict is UNKNOWN
    assert screened(personal_data, proof=None).verdict is UNKNOWN
    assert screened(personal_data, standing=Standing.ASSUMED, proof=UNPROVEN).verdict is UNKNOWN
    waiting = screened(personal_data, standing=Standing.OPEN, because="R1")
    assert (waiting.verdict, said(waiting)) == (UNKNOWN, ["dpia: depends on R1"])


def test_an_assessment_that_is_not_due_meets_the_criterion_and_says_why() -> None:
    judgement = screened("ordinary", standing=Standing.OUT, because="R1 is no, not yes", proof=None)
    assert judgement.verdict is MET
    assert said(judgement) == ["personal data is ordinary; no assessment is due: R1 is no, not yes"]


def test_screening_without_a_requirement_to_judge_by_shows_nothing() -> None:
    about = spec(condition="personal-data-screened")
    assert judge("personal-data-screened", facts(personal_data="special"), about).verdict is UNKNOWN


def proven(*requirements, about: CriterionSpec | None = None) -> Judgement | None:
    about = about or spec(*[r.rule for r in requirements])
    return CONDITIONS["requirements-proven"](about, facts(*requirements))


def test_every_requirement_in_scope_must_be_proven() -> None:
    a, b = requirement("a"), requirement("b", REFUTED)
    out = requirement("c", None, standing=Standing.OUT, because="K1 is vision, not language")
    assert proven(a).verdict is MET
    assert proven(a, b).verdict is NOT_MET
    assert proven(a, out).verdict is MET
    assert proven(a, requirement("d", standing=Standing.OPEN, because="S1, A1")).verdict is UNKNOWN


def test_a_criterion_about_nothing_in_scope_does_not_apply() -> None:
    assert proven(requirement("c", standing=Standing.OUT)) is None


def test_a_criterion_that_names_no_requirement_is_unknown_instead_of_left_out() -> None:
    judgement = proven(about=spec(id="empty"))
    assert judgement is not None
    assert judgement.verdict is UNKNOWN


@pytest.mark.parametrize("proof", [PROVEN, REFUTED, UNPROVEN, None])
@pytest.mark.parametrize("level", list(Level))
def test_an_open_requirement_is_unknown_whatever_is_shown(proof, level) -> None:
    fact = requirement("a", proof, standing=Standing.OPEN, because="S1, A1")
    judgement = requirement_judgement(fact, facts(fact), level=level)
    assert (judgement.verdict, said(judgement)) == (UNKNOWN, ["a: depends on S1, A1"])
    assert judgement.reasons[0].source == "S1"


@pytest.mark.parametrize("standing", [Standing.CERTAIN, Standing.ASSUMED])
def test_where_proof_is_required_a_plan_does_not_do(standing: Standing) -> None:
    for proof, verdict in ((PROVEN, MET), (REFUTED, NOT_MET), (UNPROVEN, UNKNOWN), (None, UNKNOWN)):
        fact = requirement("a", proof, standing=standing, due_on=TOMORROW)
        assert requirement_judgement(fact, facts(fact), level=Level.REQUIRED).verdict is verdict


@pytest.mark.parametrize(
    ("due_on", "owner", "verdict", "words"),
    [
        (TOMORROW, "Ines", MET, "a: planned, Ines by 27 Mar 2026"),
        (TODAY, "Ines", MET, "a: planned, Ines by 26 Mar 2026"),
        (YESTERDAY, "Ines", NOT_MET, "a: planned for 25 Mar 2026, overdue"),
        (None, "Ines", NOT_MET, "a: no owner or due date"),
        (TOMORROW, "", NOT_MET, "a: no owner or due date"),
    ],
)
@pytest.mark.parametrize("proof", [REFUTED, UNPROVEN, None])
def test_where_a_plan_is_required_owner_and_due_date_decide(
    proof, due_on: date | None, owner: str, verdict: Verdict, words: str
) -> None:
    fact = requirement("a", proof, due_on=due_on, owner=owner)
    judgement = requirement_judgement(fact, facts(fact), level=Level.PLAN)
    assert (judgement.verdict, said(judgement)) == (verdict, [words])


def test_a_requirement_that_the_facts_lack_is_our_mistake_and_not_a_verdict() -> None:
    with pytest.raises(KeyError, match="missing"):
        proven(about=spec("missing"))


def test_what_is_proven_needs_no_plan() -> None:
    fact = requirement("a", PROVEN, due_on=None, owner="")
    assert requirement_judgement(fact, facts(fact), level=Level.PLAN).verdict is MET
