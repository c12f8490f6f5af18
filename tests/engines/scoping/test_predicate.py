import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.scoping.predicate import (
    AllOf,
    Always,
    AnyOf,
    Budget,
    Predicate,
    atoms,
    decide,
    kleene,
    parse_predicate,
    support,
)
from plimsoll.kernel.errors import BadInput
from tests.engines.scoping.samples import (
    QUESTIONS,
    answers_given,
    brute_force,
    holds,
    is_,
    predicates,
    worlds,
)

PLENTY = 10_000


def as_data(predicate: Predicate) -> object:
    if isinstance(predicate, Always):
        return "always"
    if isinstance(predicate, AllOf):
        return {"all": [as_data(part) for part in predicate.parts]}
    if isinstance(predicate, AnyOf):
        return {"any": [as_data(part) for part in predicate.parts]}
    return {predicate.question: sorted(predicate.values)}


@given(predicates, answers_given)
def test_the_decision_is_that_of_all_worlds_together(predicate: Predicate, answers: dict[str, str]) -> None:
    world = QUESTIONS.world(answers)
    assert decide(predicate, world, Budget(PLENTY)) == (brute_force(predicate, answers), True)


@given(predicates, answers_given)
def test_kleene_is_never_certain_of_what_some_world_denies(
    predicate: Predicate, answers: dict[str, str]
) -> None:
    quick = kleene(predicate, QUESTIONS.world(answers))
    assert quick is None or quick is brute_force(predicate, answers)


@given(predicates, answers_given, st.integers(0, 6))
def test_a_small_budget_leaves_things_open_and_says_so_but_never_claims_wrongly(
    predicate: Predicate, answers: dict[str, str], budget: int
) -> None:
    truth, exact = decide(predicate, QUESTIONS.world(answers), Budget(budget))
    if exact:
        assert truth is brute_force(predicate, answers)
    else:
        assert truth is None


@given(predicates, answers_given)
def test_without_budget_the_decision_is_kleenes(predicate: Predicate, answers: dict[str, str]) -> None:
    world = QUESTIONS.world(answers)
    truth, exact = decide(predicate, world, Budget(0))
    assert truth is kleene(predicate, world)
    assert exact == (truth is not None)


@given(predicates, answers_given, st.data())
def test_a_further_answer_never_overturns_what_was_certain_or_out(
    predicate: Predicate, answers: dict[str, str], data: st.DataObject
) -> None:
    before = decide(predicate, QUESTIONS.world(answers), Budget(PLENTY))[0]
    open_questions = QUESTIONS.unknown(answers)
    if before is None or not open_questions:
        return
    asked = data.draw(st.sampled_from(open_questions))
    value = data.draw(st.sampled_from(sorted(asked.values)))
    after = decide(predicate, QUESTIONS.world({**answers, asked.id: value}), Budget(PLENTY))[0]
    assert after is before


@given(predicates)
def test_what_is_parsed_from_plain_data_means_the_same(predicate: Predicate) -> None:
    parsed = parse_predicate(as_data(predicate), what="R1")
    assert support(parsed) == support(predicate)
    for world in worlds({}, support(predicate)):
        assert holds(parsed, world) == holds(predicate, world)


def test_several_questions_in_one_mapping_must_all_hold() -> None:
    parsed = parse_predicate({"K1": "language", "S1": ["partners", "public"]}, what="R1")
    assert parsed == AllOf((is_("K1", "language"), is_("S1", "partners", "public")))
    assert parse_predicate({"K1": ["language"]}, what="R1") == is_("K1", "language")
    assert parse_predicate("always", what="R1") == Always()


@pytest.mark.parametrize(
    "value",
    [
        None, True, "", "Always", "never", [], {}, 5, ["always"], {"all": []}, {"any": {}}, {"all": "always"},
        {"any": [None]}, {"all": [{"any": []}]}, {"K1": []}, {"K1": None}, {"K1": True}, {"K1": [True]},
        {"K1": ["language", 5]}, {"K1": {"language": True}}, {5: "language"}, {True: ["x"]},
        {"all": ["always"], "any": ["always"], "K1": 5}, {"not": [{"K1": "language"}], "K1": 1},
    ],
)  # fmt: skip
def test_a_malformed_condition_is_refused_by_the_rule_and_the_place(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        parse_predicate(value, what="threat-model")
    assert caught.value.message.startswith("The condition of threat-model is malformed at “")
    assert "{any: [...]}" in caught.value.hint


def test_a_long_malformed_condition_is_shortened_in_the_message() -> None:
    with pytest.raises(BadInput) as caught:
        parse_predicate(["x" * 10_000], what="R1")
    assert len(caught.value.message) < 140


def test_atoms_come_from_left_to_right() -> None:
    first, second, third = is_("S2", "yes"), is_("K1", "vision"), is_("A1", "read")
    assert list(atoms(AnyOf((AllOf((first, second)), Always(), third)))) == [first, second, third]
    assert list(atoms(Always())) == []
    assert support(AnyOf((first, AllOf((first, third))))) == {"S2", "A1"}


def test_a_rule_that_holds_either_way_is_certain_although_the_question_is_unknown() -> None:
    either = AnyOf((is_("S2", "yes"), is_("S2", "no")))
    world = QUESTIONS.world({})
    assert kleene(either, world) is None
    assert decide(either, world, Budget(2)) == (True, True)
    assert decide(either, world, Budget(1)) == (None, False)
    neither = AllOf((is_("S2", "yes"), is_("S2", "no")))
    assert decide(neither, world, Budget(2)) == (False, True)


def test_what_was_seen_before_the_budget_ran_out_is_not_taken_for_everything() -> None:
    # S2 = no makes it true; for S2 = yes it turns on K1, for which nothing is left.
    when = AnyOf((is_("S2", "no"), is_("K1", "language")))
    assert decide(when, QUESTIONS.world({}), Budget(2)) == (None, False)
    assert decide(when, QUESTIONS.world({}), Budget(4)) == (None, True)


def test_an_open_branch_settles_the_matter_before_the_rest_is_looked_at() -> None:
    inner = AnyOf((is_("A1", "read"), is_("D1", "special")))
    nested = AnyOf((AllOf((is_("K1", "language", "tabular"), inner)), AllOf((is_("K1", "vision"), inner))))
    # K1 splits first; its first value leaves `inner` open, which needs two worlds of A1.
    assert decide(nested, QUESTIONS.world({}), Budget(20)) == (None, True)
