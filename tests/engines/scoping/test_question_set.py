import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.scoping.predicate import AllOf, Always
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE, NotApplicable, read_answers
from plimsoll.kernel.errors import BadInput
from tests.engines.scoping.samples import QUESTIONS, answers_given, is_, rule


def test_known_answers_come_out_in_the_order_of_the_questions() -> None:
    given_answers = {"A1": " Write ", "S2": True, "K1": "LANGUAGE", "D1": None, "S1": "unknown"}
    read = read_answers(QUESTIONS, given_answers)
    assert list(read.items()) == [("K1", "language"), ("S2", "yes"), ("A1", "write")]


@pytest.mark.parametrize("value", [None, "", "unknown", " UNKNOWN ", "null", "~"])
def test_unknown_is_an_answer_that_is_left_out(value: object) -> None:
    assert read_answers(QUESTIONS, {"K1": value}) == {}


@pytest.mark.parametrize(
    ("value", "read"),
    [(True, "yes"), (False, "no"), ("true", "yes"), ("False", "no"), ("yes", "yes"), ("NO", "no")],
)
def test_yes_and_no_may_be_written_as_true_and_false(value: object, read: str) -> None:
    assert read_answers(QUESTIONS, {"S2": value}) == {"S2": read}


@pytest.mark.parametrize("reason", list(NotApplicable))
def test_not_applicable_needs_a_reason_and_then_counts_as_answered(reason: NotApplicable) -> None:
    assert read_answers(QUESTIONS, {"D1": {"not_applicable": reason.value}}) == {"D1": NOT_APPLICABLE}


@pytest.mark.parametrize(
    "value",
    [
        "not_applicable", "", "robot", "yes", True, False, 0, 1, 1.5, [], ["language"], {},
        {"language": True},
        {"not_applicable": "because"}, {"not_applicable": None}, {"not_applicable": ["other"]},
        {"not_applicable": "other", "note": "x"}, "language, vision", "ｌanguage", b"language",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_question_and_what_it_may_be(value: object) -> None:
    if value == "":
        assert read_answers(QUESTIONS, {"K1": value}) == {}
        return
    with pytest.raises(BadInput) as caught:
        read_answers(QUESTIONS, {"S1": "public", "K1": value})
    assert caught.value.message.startswith("K1 (What about K1?) cannot be “")
    assert "language, tabular, vision, unknown" in caught.value.hint
    assert "business_priority" in caught.value.hint
    assert caught.value.data["field"] == "K1"


def test_an_unknown_question_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput) as caught:
        read_answers(QUESTIONS, {"K1": "language", "Z9": "yes", 5: "no"})
    assert caught.value.message == "There is no question Z9, 5 in sample."
    assert "K1, S1, S2, D1, A1" in caught.value.hint
    assert caught.value.data == {"field": "Z9"}


def test_messages_stay_short_whatever_is_given() -> None:
    for given_answers in ({"Z" * 100_000: 1}, dict.fromkeys(range(100_000)), {"K1": "x" * 100_000}):
        with pytest.raises(BadInput) as caught:
            read_answers(QUESTIONS, given_answers)
        assert len(caught.value.message) < 300


@given(answers_given)
def test_a_world_is_the_answer_or_every_option(answers: dict[str, str]) -> None:
    world = QUESTIONS.world(answers)
    assert list(world) == [q.id for q in QUESTIONS.questions]
    for question in QUESTIONS.questions:
        if question.id in answers:
            assert world[question.id] == {answers[question.id]}
        else:
            assert world[question.id] == question.values
    unknown = [q.id for q in QUESTIONS.unknown(answers)]
    assert set(unknown).isdisjoint(answers)
    assert set(unknown) | set(answers) == set(world)


@pytest.mark.parametrize("value", ["robot", "", "Language"])
def test_an_answer_that_is_no_option_any_more_counts_as_unknown(value: str) -> None:
    # Questions change; an answer to a former option must not put every rule on it out of scope.
    answers = {"K1": value, "Z9": "dropped question", "S2": "yes"}
    assert QUESTIONS.world(answers) == QUESTIONS.world({"S2": "yes"})
    assert QUESTIONS.unknown(answers) == QUESTIONS.unknown({"S2": "yes"})


anything = st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["public", "no"])


@given(st.dictionaries(st.sampled_from(["K1", "S1", "S2", "Z9"]), anything))
def test_what_is_read_is_an_option_or_not_applicable_or_it_is_refused(given_answers: dict) -> None:
    try:
        read = read_answers(QUESTIONS, given_answers)
    except BadInput:
        return
    for code, value in read.items():
        assert value in QUESTIONS[code].values
    assert read_answers(QUESTIONS, read) == read


def test_a_question_is_found_by_its_code() -> None:
    assert QUESTIONS["S2"].ask == "What about S2?"
    assert "S2" in QUESTIONS
    assert "s2" not in QUESTIONS
    assert 5 not in QUESTIONS
    with pytest.raises(KeyError):
        QUESTIONS["Z9"]


def test_an_answer_is_shown_by_its_label() -> None:
    assert QUESTIONS["K1"].label("language") == "Language"
    assert QUESTIONS["K1"].label(NOT_APPLICABLE) == "not applicable"


def test_a_rule_over_strange_questions_or_answers_is_refused() -> None:
    QUESTIONS.check_rule(rule("fine", AllOf((Always(), is_("K1", "language")))))
    with pytest.raises(BadInput, match="The rule lost asks Z9, which is no question of sample"):
        QUESTIONS.check_rule(rule("lost", AllOf((is_("K1", "language"), is_("Z9", "yes")))))
    with pytest.raises(BadInput, match="The rule odd expects K1 = robot, toaster") as caught:
        QUESTIONS.check_rule(rule("odd", is_("K1", "language", "toaster", "robot")))
    assert caught.value.hint == "K1 can be language, tabular, vision."
