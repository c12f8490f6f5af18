from hypothesis import given

from plimsoll.engines.scoping.difference import ScopeDiff, compare
from plimsoll.engines.scoping.evaluation import evaluate
from plimsoll.engines.scoping.predicate import Always
from plimsoll.engines.scoping.question_set import Rule
from tests.engines.scoping.samples import QUESTIONS, answers_given, is_, rule, rule_lists

RULES = [
    rule("always", Always()),
    rule("public", is_("S1", "public")),
    rule("internal", is_("S1", "internal")),
    rule("acts", is_("S2", "yes")),
]


def diff(before: dict[str, str], after: dict[str, str], rules: list[Rule] = RULES) -> ScopeDiff:
    return compare(
        QUESTIONS,
        (before, evaluate(QUESTIONS, rules, before)),
        (after, evaluate(QUESTIONS, rules, after)),
    )


@given(rule_lists, answers_given)
def test_nothing_changes_between_equal_answers(rules, answers) -> None:
    assert diff(answers, dict(answers), rules) == ScopeDiff(answers=(), moves=())


@given(rule_lists, answers_given, answers_given)
def test_the_way_back_is_the_way_there_reversed(rules, before, after) -> None:
    there, back = diff(before, after, rules), diff(after, before, rules)
    assert [(m.id, m.before, m.after) for m in there.moves] == [(m.id, m.after, m.before) for m in back.moves]
    assert there.answers == tuple((q, b, a) for q, a, b in back.answers)
    assert {m.id for m in there.added} == {m.id for m in back.removed}
    assert there.moves == tuple(m for m in there.moves if m.before is not m.after)


@given(rule_lists, answers_given, answers_given)
def test_every_move_is_named_by_where_it_came_from_or_went(rules, before, after) -> None:
    found = diff(before, after, rules)
    named = {m.id for group in (found.added, found.removed, found.now_certain, found.now_open) for m in group}
    assert named == {m.id for m in found.moves}
    assert all(m.reasons for m in found.moves)
    assert bool(found.moves) <= bool(found.answers)


def test_an_answer_moves_open_items_to_certain_and_out() -> None:
    found = diff({}, {"S1": "public"})
    assert found.answers == (("S1", None, "public"),)
    assert [(m.id, m.words) for m in found.moves] == [
        ("public", ("open", "certain")),
        ("internal", ("open", "out")),
    ]
    assert [m.id for m in found.now_certain] == ["public"]
    assert [m.id for m in found.removed] == ["internal"]
    assert found.added == found.now_open == ()
    assert found.moves[1].reasons == ("S1 is public, not internal",)
    assert found.moves[0].title == "public"


def test_an_answer_taken_back_opens_what_it_had_settled() -> None:
    found = diff({"S1": "public", "S2": "no"}, {"S2": "yes"})
    assert [m.id for m in found.now_open] == ["public"]
    assert [m.id for m in found.added] == ["internal", "acts"]
    assert found.answers == (("S1", "public", None), ("S2", "no", "yes"))


def test_a_rule_that_only_one_version_has_was_or_is_out() -> None:
    answers = {"S1": "public"}
    less = evaluate(QUESTIONS, RULES[:1], answers)
    more = evaluate(QUESTIONS, [*RULES[1:], RULES[0]], answers)
    grown = compare(QUESTIONS, (answers, less), (answers, more))
    assert [(m.id, m.words) for m in grown.moves] == [
        ("public", ("out", "certain")),
        ("acts", ("out", "open")),
    ]
    shrunk = compare(QUESTIONS, (answers, more), (answers, less))
    assert {m.id: m.reasons for m in shrunk.removed} == {
        "public": ("no longer in the catalog",),
        "acts": ("no longer in the catalog",),
    }
