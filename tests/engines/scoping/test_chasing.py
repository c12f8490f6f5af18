from hypothesis import given

from plimsoll.engines.scoping.chasing import Consequence, Unknown, rank_unknowns
from plimsoll.engines.scoping.evaluation import Scope, evaluate
from plimsoll.engines.scoping.predicate import AllOf, Always, AnyOf
from plimsoll.engines.scoping.question_set import Rule
from tests.engines.scoping.samples import QUESTIONS, answers_given, is_, rule, rule_lists


def ids(items) -> set[str]:
    return {i.rule.id for i in items}


def naive(rules: list[Rule], answers: dict[str, str]) -> list[tuple[str, list[tuple[str, set, set]]]]:
    """Answer each unknown in every way, scope again, and count what is no longer open."""
    before = evaluate(QUESTIONS, rules, answers)
    ranked = []
    for question in QUESTIONS.unknown(answers):
        outcomes = []
        for option in question.options:
            after: Scope = evaluate(QUESTIONS, rules, {**answers, question.id: option.value})
            opened = ids(before.open)
            outcomes.append((option.value, opened & ids(after.certain), opened & ids(after.out)))
        ranked.append((question.id, outcomes))

    def usefulness(row: tuple[str, list[tuple[str, set, set]]]) -> tuple[int, int]:
        settled = [len(added) + len(removed) for _, added, removed in row[1]]
        return (-min(settled), -max(settled))

    return sorted(ranked, key=usefulness)


@given(rule_lists, answers_given)
def test_the_ranking_is_that_of_scoping_again_after_every_answer(rules, answers) -> None:
    found = rank_unknowns(QUESTIONS, rules, answers)
    expected = naive(rules, answers)
    assert [u.question for u in found] == [code for code, _ in expected]
    for unknown, (_, outcomes) in zip(found, expected, strict=True):
        assert [(c.value, set(c.added), set(c.removed)) for c in unknown.consequences] == outcomes
        for consequence in unknown.consequences:
            assert consequence.adds == len(consequence.added)
            assert consequence.settles == len(consequence.added) + len(consequence.removed)


@given(rule_lists, answers_given)
def test_a_scope_at_hand_saves_work_and_changes_nothing(rules, answers) -> None:
    scope = evaluate(QUESTIONS, rules, answers)
    assert rank_unknowns(QUESTIONS, rules, answers, scope=scope) == rank_unknowns(
        QUESTIONS, iter(rules), answers
    )


@given(rule_lists, answers_given)
def test_unknowns_that_settle_nothing_come_last(rules, answers) -> None:
    useless = [u.settles_best == 0 for u in rank_unknowns(QUESTIONS, rules, answers)]
    assert useless == sorted(useless)


def test_the_useful_question_comes_first_and_ties_keep_the_order_of_asking() -> None:
    rules = [
        rule("pen-test", is_("S1", "public")),
        rule("rate-limit", is_("S1", "partners", "public")),
        rule("isolation", is_("D1", "special")),
        rule("always", Always()),
    ]
    ranked = rank_unknowns(QUESTIONS, rules, {})
    assert [u.question for u in ranked] == ["S1", "D1", "K1", "S2", "A1"]
    first = ranked[0]
    assert (first.settles_worst, first.settles_best) == (2, 2)
    assert first.worst_case.value == "public"
    assert ranked[-1].settles_best == 0


def test_a_tiny_budget_settles_less_and_never_something_else() -> None:
    either = AnyOf((is_("S2", "yes"), is_("S2", "no")))
    rules = [rule("wide", AllOf((either, is_("K1", "language"))))]
    (first, *_) = rank_unknowns(QUESTIONS, rules, {}, node_budget=0)
    assert first.question == "S2" or first.settles_best <= 1
    exact = {u.question: u.settles_best for u in rank_unknowns(QUESTIONS, rules, {})}
    for unknown in rank_unknowns(QUESTIONS, rules, {}, node_budget=0):
        assert unknown.settles_best <= exact[unknown.question]


def consequence(value: str, added: int, removed: int) -> Consequence:
    return Consequence(
        value=value,
        settles=added + removed,
        adds=added,
        added=tuple(f"a{n}" for n in range(added)),
        removed=tuple(f"r{n}" for n in range(removed)),
    )


def test_the_worst_case_adds_most_and_of_these_removes_least() -> None:
    unknown = Unknown(
        question="S2",
        consequences=(consequence("a", 1, 0), consequence("b", 2, 3), consequence("c", 2, 1)),
    )
    assert unknown.worst_case.value == "c"


def test_an_answer_that_rules_things_out_is_never_the_worst_case_of_a_tie() -> None:
    # Neither answer adds anything while D1 is unknown, but “yes” would put the rule out.
    rules = [rule("rehearsal", AllOf((is_("D1", "special"), is_("S2", "no"))))]
    (unknown,) = [u for u in rank_unknowns(QUESTIONS, rules, {}) if u.question == "S2"]
    assert [(c.value, c.adds, len(c.removed)) for c in unknown.consequences] == [("yes", 0, 1), ("no", 0, 0)]
    assert unknown.worst_case.value == "no"
