from __future__ import annotations

from typing import Any

import pytest

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.question_set import NotApplicable, Question
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import Answer, Assumption, ScopeVersion
from plimsoll.people import selectors as people
from plimsoll.people import services as people_services
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import BOSUN, Voyage

QUESTIONS = load_catalog().question_set.questions


def answer(voyage: Voyage, question: str, value: str, *, who: str = "dev", **more: Any) -> int:
    return services.answer(
        actor=voyage.crew.actor(who),
        system_id=voyage.system.pk,
        question=question,
        value=value,
        **more,
    )


def many(voyage: Voyage, answers: dict[str, object], *, who: str = "dev", **more: Any) -> int:
    return services.answer_many(
        actor=voyage.crew.actor(who), system_id=voyage.system.pk, answers=answers, **more
    )


def sheet(voyage: Voyage) -> selectors.ScopeSheet:
    actor = voyage.crew.actor("odile")
    return selectors.scope_sheet(actor, selectors.system_by_id(actor, voyage.system.pk), now=clock.now())


def newest() -> Entry:
    return Entry.objects.select_related("payload").order_by("-index")[0]


def nothing_written(voyage: Voyage, entries: int) -> bool:
    return (
        Entry.objects.count() == entries
        and not Answer.objects.exists()
        and not Assumption.objects.exists()
        and not ScopeVersion.objects.exists()
    )


# ------------------------------------------------------------ what is an answer


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_option_of_every_question_is_an_answer(sloop: Voyage, question: Question) -> None:
    for version, option in enumerate(question.options, start=1):
        assert answer(sloop, question.id, option.value) == version
        row = Answer.objects.get()
        assert str(row) == f"{question.id} = {option.value}"
        assert (row.reason, row.source, row.answered_by_id, row.answered_at) == (
            "",
            "by Dev Rao",
            sloop.crew.id("dev"),
            clock.now(),
        )
    found = sheet(sloop)
    assert found.values == {question.id: question.options[-1].value}
    assert found.answers[question.id].answered_by == "Dev Rao"
    assert question.id not in {u.question for u in found.unknowns}
    assert not Assumption.objects.exists()


@pytest.mark.parametrize("reason", NotApplicable)
def test_not_applicable_is_an_answer_with_a_reason(sloop: Voyage, reason: NotApplicable) -> None:
    answer(sloop, "A1", "not_applicable", reason=reason.value)
    found = sheet(sloop).answers["A1"]
    assert (found.value, found.reason) == ("not_applicable", reason.value)
    body = content(newest())
    assert body["answers"] == {"A1": "not_applicable"}


def test_not_applicable_puts_out_what_only_its_options_ask_for(sloop: Voyage) -> None:
    many(sloop, {**BOSUN})
    assert "tool-allow-list" in {item.rule.id for item in sheet(sloop).scope.open}
    answer(sloop, "A1", "not_applicable", reason="architecture_constraint")
    assert "tool-allow-list" in {item.rule.id for item in sheet(sloop).scope.out}


@pytest.mark.parametrize("reason", ["", "because", "OTHER", "not_applicable"])
def test_not_applicable_without_a_known_reason_is_refused(sloop: Voyage, reason: str) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        answer(sloop, "A1", "not_applicable", reason=reason)
    assert refused.value.message.startswith("A1 (Can it call tools or APIs?) cannot be")
    assert "out_of_scope, business_priority, architecture_constraint, other" in refused.value.hint
    assert nothing_written(sloop, entries)


def test_a_reason_goes_with_the_answer_it_was_given_for(sloop: Voyage) -> None:
    answer(sloop, "A1", "not_applicable", reason="other")
    answer(sloop, "A1", "none", reason="other")
    assert sheet(sloop).answers["A1"].reason == ""


@pytest.mark.parametrize(
    ("question", "value", "message"),
    [
        ("A1", "maybe", "A1 (Can it call tools or APIs?) cannot be “maybe”."),
        ("A1", "yes", "A1 (Can it call tools or APIs?) cannot be “yes”."),
        ("Z9", "yes", "There is no question Z9 in plimsoll-core."),
        ("", "yes", "There is no question  in plimsoll-core."),
        ("a1", "none", "There is no question a1 in plimsoll-core."),
    ],
)
def test_what_is_no_answer_is_refused_with_what_would_be_one(
    sloop: Voyage, question: str, value: str, message: str
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput) as refused:
        answer(sloop, question, value)
    assert refused.value.message == message
    assert refused.value.hint
    assert refused.value.data["field"] == question
    assert nothing_written(sloop, entries)


@pytest.mark.parametrize(
    "given",
    [
        {"K1": "language", "A1": "maybe"},
        {"A1": 3},
        {"A1": ["none"]},
        {"A1": True},
        {"A1": {"not_applicable": "other", "extra": 1}},
        {"A1": {"reason": "other"}},
        {"K1": "language", "Z9": "yes"},
    ],
)
def test_of_several_answers_none_is_taken_if_one_is_wrong(sloop: Voyage, given: dict[str, object]) -> None:
    entries = Entry.objects.count()
    with pytest.raises(BadInput):
        many(sloop, given)
    assert nothing_written(sloop, entries)


def test_answers_are_read_in_the_forms_that_files_have(sloop: Voyage) -> None:
    many(sloop, {"S2": True, "S3": False, "A1": " WRITE ", "A2": {"not_applicable": "other"}, "D1": None})
    values = dict(sheet(sloop).values)
    assert values == {"S2": "yes", "S3": "no", "A1": "write", "A2": "not_applicable"}


def test_the_source_says_where_the_answer_comes_from(sloop: Voyage) -> None:
    many(sloop, {"K1": "language"}, source="interview of 8 January")
    assert sheet(sloop).answers["K1"].source == "interview of 8 January"
    with pytest.raises(BadInput, match="The source contains control characters"):
        many(sloop, {"K1": "language"}, source="a\x00b")


# ------------------------------------------------------------ who answers


@pytest.mark.parametrize("who", ["tess", "dev", "cal"])
def test_those_who_know_answer(sloop: Voyage, who: str) -> None:
    answer(sloop, "K1", "language", who=who)
    assert newest().actor == f"person:{sloop.crew.id(who)}"


@pytest.mark.parametrize(
    ("who", "error"), [("ada", NotAllowed), ("xan", NotAllowed), ("odile", NotAllowed), ("mallory", NotFound)]
)
def test_others_do_not(sloop: Voyage, who: str, error: type[Exception]) -> None:
    entries = Entry.objects.count()
    with pytest.raises(error):
        answer(sloop, "K1", "language", who=who)
    assert nothing_written(sloop, entries)


def test_a_token_answers_on_behalf_of_its_person(sloop: Voyage) -> None:
    token, secret = people_services.issue_token(
        actor=sloop.crew.actor("dev"),
        program_id=sloop.program_id,
        name="ci",
        scopes=["scope"],
        days=1,
    )
    actor, _ = people.actor_of_token(secret, now=clock.now())
    services.answer(actor=actor, system_id=sloop.system.pk, question="K1", value="language")
    assert newest().actor == f"token:{token.pk}/person:{sloop.crew.id('dev')}"
    assert sheet(sloop).answers["K1"].answered_by == "Dev Rao"


def test_a_rule_answers_nothing(sloop: Voyage) -> None:
    with pytest.raises(NotAllowed, match="answered by a person or on a person's token"):
        services.answer(
            actor=Actor.of_rule("time"), system_id=sloop.system.pk, question="K1", value="language"
        )


def test_there_is_nothing_to_answer_where_there_is_no_system(sloop: Voyage) -> None:
    with pytest.raises(NotFound, match="There is no such system"):
        services.answer(
            actor=sloop.crew.actor("dev"), system_id=sloop.system.pk + 99, question="K1", value="language"
        )


# ------------------------------------------------------------ somebody was faster


@pytest.mark.parametrize("seen", ["unknown", "read"])
def test_an_answer_to_something_that_changed_meanwhile_is_refused(sloop: Voyage, seen: str) -> None:
    answer(sloop, "A1", "write")
    entries = Entry.objects.count()
    with pytest.raises(Conflict) as refused:
        answer(sloop, "A1", "none", who="cal", expected=seen)
    assert refused.value.message == "A1 was answered “Changes things” meanwhile."
    assert refused.value.hint == "Look at the answer and decide again."
    assert refused.value.data == {"field": "A1"}
    assert Entry.objects.count() == entries
    assert sheet(sloop).values == {"A1": "write"}


def test_an_answer_that_was_taken_back_meanwhile_is_named_as_unknown(sloop: Voyage) -> None:
    answer(sloop, "A1", "write")
    answer(sloop, "A1", "unknown")
    with pytest.raises(Conflict, match="A1 was answered “unknown” meanwhile"):
        answer(sloop, "A1", "none", expected="write")


def test_an_answer_to_what_was_seen_is_taken(sloop: Voyage) -> None:
    assert answer(sloop, "A1", "write", expected="unknown") == 1
    assert answer(sloop, "A1", "none", expected="write") == 2
    assert answer(sloop, "A1", "not_applicable", reason="other", expected="none") == 3
    assert answer(sloop, "A1", "read", expected="not_applicable") == 4


def test_of_several_answers_none_is_taken_if_one_changed_meanwhile(sloop: Voyage) -> None:
    answer(sloop, "A1", "write")
    with pytest.raises(Conflict):
        many(sloop, {"K1": "language", "A1": "none"}, expected={"K1": "unknown", "A1": "read"})
    assert sheet(sloop).values == {"A1": "write"}


# ------------------------------------------------------------ the worked system


def test_bosun_on_day_0_has_fifteen_certain_twelve_open_and_ten_out(sloop: Voyage) -> None:
    many(sloop, {**BOSUN})
    found = sheet(sloop).scope
    assert (len(found.certain), len(found.open), len(found.out)) == (15, 12, 10)
    assert found.confidence == 15 / 27
    many(sloop, {"A1": "write", "D2": "yes", "M2": "yes", "R2": "transparency"})
    found = sheet(sloop).scope
    assert (len(found.certain), len(found.open), len(found.out)) == (20, 4, 13)


def test_the_newest_version_holds_the_answers_in_force_and_their_digest(sloop: Voyage) -> None:
    many(sloop, {**BOSUN})
    version = ScopeVersion.objects.get()
    assert version.answers == BOSUN
    assert version.digest == digest_value(BOSUN)
