import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.scoping.evaluation import EXACT, KLEENE, Item, decide_rule, evaluate
from plimsoll.engines.scoping.predicate import AllOf, Always, AnyOf, Predicate
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, Rule
from tests.engines.scoping.samples import (
    QUESTIONS,
    answers_given,
    brute_force,
    is_,
    matters,
    predicates,
    rule,
    rule_lists,
)

EITHER = AnyOf((is_("S2", "yes"), is_("S2", "no")))


def item(when: Predicate, answers: dict[str, str], budget: int = 1000) -> Item:
    (only,) = evaluate(QUESTIONS, [rule("r", when)], answers, node_budget=budget).items
    return only


@given(rule_lists, answers_given)
def test_the_three_sets_are_those_of_all_worlds_together(rules: list[Rule], answers: dict[str, str]) -> None:
    scope = evaluate(QUESTIONS, iter(rules), answers)
    assert [i.rule for i in scope.items] == rules
    for each in scope.items:
        assert each.truth is brute_force(each.rule.when, answers)
        assert each.truth is decide_rule(each.rule, QUESTIONS.world(answers))
    assert len(scope.certain) + len(scope.open) + len(scope.out) == len(rules)
    assert scope.method == EXACT


@given(rule_lists, answers_given, st.integers(0, 4))
def test_with_little_budget_nothing_is_wrongly_certain_and_the_method_is_named(
    rules: list[Rule], answers: dict[str, str], budget: int
) -> None:
    scope = evaluate(QUESTIONS, rules, answers, node_budget=budget)
    exact = {i.rule.id: i.truth for i in evaluate(QUESTIONS, rules, answers).items}
    for each in scope.items:
        assert each.truth is None or each.truth is exact[each.rule.id]
        assert each.exact or each.truth is None
        assert each.reasons
    assert scope.method == (EXACT if all(i.exact for i in scope.items) else KLEENE)


@given(predicates, answers_given)
def test_reasons_are_never_empty_and_agree_with_the_place(
    predicate: Predicate, answers: dict[str, str]
) -> None:
    each = item(predicate, answers)
    assert each.reasons
    assert len(set(each.reasons)) == len(each.reasons)
    for reason in each.reasons:
        assert ("is unknown and counts if" in reason) == (each.truth is None)


@given(predicates, answers_given)
def test_the_answers_that_the_reasons_name_carry_the_verdict_alone(
    predicate: Predicate, answers: dict[str, str]
) -> None:
    each = item(predicate, answers)
    if each.truth is None:
        return
    named = {reason.split()[0] for reason in each.reasons}
    kept = {code: value for code, value in answers.items() if code in named}
    assert brute_force(predicate, kept) is each.truth


@given(predicates, answers_given)
def test_an_open_item_depends_on_every_question_that_can_still_turn_it(
    predicate: Predicate, answers: dict[str, str]
) -> None:
    each = item(predicate, answers)
    if each.truth is not None:
        assert each.depends_on == ()
        return
    named = {reason.split()[0] for reason in each.reasons}
    assert set(each.depends_on) == named
    assert not named & set(answers)
    for question in QUESTIONS.questions:
        if matters(predicate, answers, question.id):
            assert question.id in each.depends_on


@pytest.mark.parametrize(
    ("when", "answers", "truth", "reasons"),
    [
        (Always(), {}, True, ("always required",)),
        (is_("K1", "language"), {"K1": "language"}, True, ("K1 is language",)),
        (is_("K1", "language"), {"K1": "vision"}, False, ("K1 is vision, not language",)),
        (is_("S1", "public", "partners"), {"S1": "internal"}, False,
         ("S1 is internal, not partners or public",)),
        (is_("K1", "language"), {}, None, ("K1 is unknown and counts if it is language",)),
        (is_("K1", "language"), {"K1": NOT_APPLICABLE}, False, ("K1 does not apply",)),
        (is_("S2", "yes", "no"), {}, True, ("S2 is no or yes",)),
        (AllOf((is_("K1", "language"), is_("S2", "yes"))), {"K1": "language", "S2": "no"}, False,
         ("S2 is no, not yes",)),
        (AllOf((is_("K1", "language"), is_("S2", "yes"))), {"K1": "language"}, None,
         ("S2 is unknown and counts if it is yes",)),
        (AnyOf((is_("K1", "language"), is_("S2", "yes"))), {"S2": "yes"}, True, ("S2 is yes",)),
        (AnyOf((is_("K1", "language"), is_("S2", "yes"))), {"K1": "vision", "S2": "no"}, False,
         ("K1 is vision, not language", "S2 is no, not yes")),
        (AllOf((Always(), is_("S2", "yes"))), {"S2": "yes"}, True, ("always required", "S2 is yes")),
        (EITHER, {}, True, ("whatever S2 turns out to be",)),
        (AllOf((is_("S2", "yes"), is_("S2", "no"))), {}, False, ("whatever S2 turns out to be",)),
        # What is known and needed is named beside the cases.
        (AllOf((is_("K1", "language"), EITHER)), {"K1": "language"}, True,
         ("K1 is language", "whatever S2 turns out to be")),
        (AnyOf((AllOf((is_("K1", "language"), is_("S2", "yes"))), is_("S2", "no"))), {"K1": "language"}, True,
         ("K1 is language", "whatever S2 turns out to be")),
        (AnyOf((AllOf((AllOf((is_("K1", "language"), is_("D1", "none"))), is_("S2", "yes"))),
                is_("S2", "no"))),
         {"K1": "language", "D1": "none"}, True,
         ("K1 is language", "D1 is none", "whatever S2 turns out to be")),
        (AnyOf((AllOf((is_("K1", "vision"), is_("D1", "none"))), EITHER)), {"K1": "language"}, True,
         ("whatever S2 turns out to be",)),
        (AnyOf((is_("K1", "vision"), EITHER)), {"K1": "language"}, True, ("whatever S2 turns out to be",)),
    ],
)  # fmt: skip
def test_reasons_read_as_sentences(
    when: Predicate, answers: dict[str, str], truth: bool | None, reasons: tuple[str, ...]
) -> None:
    each = item(when, answers)
    assert (each.truth, each.reasons) == (truth, reasons)


def test_an_open_item_does_not_depend_on_a_branch_that_is_already_dead() -> None:
    when = AnyOf((AllOf((is_("K1", "vision"), is_("A1", "write"))), is_("S2", "yes")))
    assert item(when, {"K1": "language"}).depends_on == ("S2",)
    assert item(when, {}).depends_on == ("K1", "S2", "A1")


def test_an_item_that_the_budget_leaves_open_names_what_it_may_turn_on() -> None:
    wide = AllOf((EITHER, AnyOf((is_("D1", "none", "ordinary"), is_("D1", "special")))))
    each = item(wide, {}, budget=3)
    assert (each.truth, each.exact, each.depends_on) == (None, False, ("S2", "D1"))
    scope = evaluate(QUESTIONS, [rule("wide", wide), rule("a", Always())], {}, node_budget=3)
    assert scope.method == KLEENE
    assert item(wide, {}, budget=30).truth is True


def test_confidence_is_the_certain_part_of_what_is_not_out() -> None:
    rules = [rule("a", Always()), rule("b", is_("S2", "yes")), rule("c", is_("K1", "vision"))]
    assert evaluate(QUESTIONS, rules, {}).confidence == pytest.approx(1 / 3)
    assert evaluate(QUESTIONS, rules, {"K1": "language"}).confidence == 0.5
    assert evaluate(QUESTIONS, rules, {"K1": "language", "S2": "no"}).confidence == 1.0
    assert evaluate(QUESTIONS, rules[2:], {"K1": "language"}).confidence is None
    assert evaluate(QUESTIONS, [], {}).confidence is None
    assert evaluate(QUESTIONS, [], {}).method == EXACT
