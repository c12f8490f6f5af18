"""Answers questions. Each change makes a version; Unknown makes an assumption in the same step."""

from __future__ import annotations

from collections.abc import Mapping

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.assumption import AssumptionState
from plimsoll.engines.scoping.question_set import (
    NOT_APPLICABLE,
    NotApplicable,
    QuestionSet,
    read_answers,
)
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed
from plimsoll.kernel.text import unprintable
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.records import record_key
from plimsoll.loop.scope.models import Answer, Assumption, ScopeVersion, System
from plimsoll.loop.scope.services.assumptions import (
    assume_within,
    close_by_answer,
    open_assumption,
)
from plimsoll.loop.scope.services.systems import subject, system_for
from plimsoll.people.actors import Actor

__all__ = ["answer", "answer_many", "resolve_assumption"]


def answer(
    *,
    actor: Actor,
    system_id: int,
    question: str,
    value: str,
    reason: str = "",
    source: str = "",
    expected: str | None = None,
) -> int:
    """Records one answer and returns the number of the new scope version.

    `value` is an option, "unknown" or "not_applicable" (then `reason` is a reason code). Unknown
    makes an assumption with the question's default policy. `expected` is the value that the asker
    saw ("unknown" for none); Conflict if somebody answered meanwhile.
    """
    given: object = {NOT_APPLICABLE: reason} if value == NOT_APPLICABLE else value
    return answer_many(
        actor=actor,
        system_id=system_id,
        answers={question: given},
        source=source,
        expected={question: expected} if expected is not None else {},
    )


def answer_many(
    *,
    actor: Actor,
    system_id: int,
    answers: Mapping[str, object],
    source: str = "",
    expected: Mapping[str, str] | None = None,
) -> int:
    """Records several answers as one version. Questions that are not named keep their answer."""
    system = system_for(actor, system_id, "scope:question:answer")
    if actor.user_id is None:
        raise NotAllowed("A question is answered by a person or on a person's token.")
    if unprintable(source):
        raise BadInput("The source contains control characters.", data={"field": "source"})
    questions = load_catalog().question_set
    read = read_answers(questions, dict(answers))
    with writing(system.program_id):
        System.objects.select_for_update(of=("self",)).get(pk=system.pk)
        before = {row.question: row for row in Answer.objects.filter(system=system)}
        _must_be_as_seen(questions, before, expected or {})
        changed, cleared = _apply(actor.user_id, system, answers, read, before, source or f"by {actor.name}")
        closed = [
            a
            for question, value in read.items()
            for a in close_by_answer(actor.user_id, system, question, value)
        ]
        made = [
            assume_within(actor.user_id, system, question)
            for question in answers
            if question not in read and not _has_open(system, question)
        ]
        version = _version(actor.user_id, system, questions)
        append(
            kind=EventKind.QUESTIONS_ANSWERED,
            actor=actor.pseudonym,
            subject=subject(system),
            payload={
                "system": system.pk,
                "version": version.number,
                "answers": {q: read.get(q, "unknown") for q in answers},
            },
            program_id=system.program_id,
            records=[version, *changed, *closed, *made],
            removed=cleared,
        )
    return version.number


def resolve_assumption(*, actor: Actor, assumption_id: int, value: str, source: str = "") -> int:
    """Answers the question of an assumption; returns the scope version that this made."""
    row = open_assumption(actor, assumption_id)
    return answer(
        actor=actor,
        system_id=row.system_id,
        question=row.question,
        value=value,
        source=source or f"ASM-{row.number}",
    )


def _must_be_as_seen(
    questions: QuestionSet, before: Mapping[str, Answer], expected: Mapping[str, str]
) -> None:
    for question, value in expected.items():
        now = before[question].value if question in before else "unknown"
        if now != value:
            raise Conflict(
                f"{question} was answered “{questions[question].label(now)}” meanwhile.",
                hint="Look at the answer and decide again.",
                data={"field": question},
            )


def _apply(
    user_id: int,
    system: System,
    given: Mapping[str, object],
    read: Mapping[str, str],
    before: Mapping[str, Answer],
    source: str,
) -> tuple[list[Answer], list[str]]:
    """Writes the answers; returns the rows written and the keys of those deleted."""
    changed, cleared = [], []
    for question, raw in given.items():
        if question not in read:
            if question in before:
                cleared.append(record_key(before[question]))
                Answer.objects.filter(pk=before[question].pk).delete()
            continue
        row, _ = Answer.objects.update_or_create(
            system=system,
            question=question,
            defaults={
                "value": read[question],
                "reason": _reason(raw) if read[question] == NOT_APPLICABLE else "",
                "source": source[:120],
                "answered_by_id": user_id,
                "answered_at": clock.now(),
            },
        )
        changed.append(row)
    return changed, cleared


def _reason(raw: object) -> str:
    reason = raw.get(NOT_APPLICABLE) if isinstance(raw, Mapping) else None
    if reason not in list(NotApplicable):
        raise BadInput("Not applicable needs a reason code.", data={"field": "reason"})
    return str(reason)


def _has_open(system: System, question: str) -> bool:
    return Assumption.objects.filter(
        system=system, question=question, state=AssumptionState.OPEN.value
    ).exists()


def _version(user_id: int, system: System, questions: QuestionSet) -> ScopeVersion:
    catalog = load_catalog()
    values = dict(Answer.objects.filter(system=system).values_list("question", "value"))
    last = (
        ScopeVersion.objects.filter(system=system)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return ScopeVersion.objects.create(
        system=system,
        number=(last or 0) + 1,
        catalog_version=(
            f"{questions.id} {questions.version}, "
            f"requirements {catalog.editions['requirements.yaml'].version}"
        ),
        answers=values,
        digest=digest_value(values),
        made_by_id=user_id,
        made_at=clock.now(),
    )
