"""What can be asked, and answers read strictly against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from plimsoll.engines.scoping.predicate import Predicate, atoms, support
from plimsoll.kernel.errors import BadInput

__all__ = [
    "NOT_APPLICABLE",
    "Answers",
    "NotApplicable",
    "Option",
    "Policy",
    "Question",
    "QuestionSet",
    "Rule",
    "read_answers",
]

NOT_APPLICABLE = "not_applicable"
"""The value of a question that does not arise; no condition on its options is then true."""


class NotApplicable(StrEnum):
    """Why a question does not apply."""

    OUT_OF_SCOPE = "out_of_scope"
    BUSINESS_PRIORITY = "business_priority"
    ARCHITECTURE_CONSTRAINT = "architecture_constraint"
    OTHER = "other"


class Policy(StrEnum):
    """What is acted on while a question is unknown."""

    WORST_CASE = "worst_case"
    NEUTRAL_WITH_DEADLINE = "neutral_with_deadline"
    INCLUDE_ALL = "include_all"
    BLOCK_AT_GATE = "block_at_gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One possible answer."""

    value: str
    """As written in files."""
    label: str
    """As read on pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question that a product person can answer in ten seconds."""

    id: str
    """Code, such as K1."""
    ask: str
    """The question."""
    options: tuple[Option, ...]
    """Two or more answers; exactly one is true of a system."""
    group: str = ""
    """Heading under which it is asked."""
    help: str = ""
    """How to know, in one or two sentences."""
    policy: Policy = Policy.WORST_CASE
    """Default policy while it is unknown."""
    find_out: str = ""
    """How the answer is usually found."""

    @property
    def values(self) -> frozenset[str]:
        """All answers."""
        return frozenset(option.value for option in self.options)

    def label(self, value: str) -> str:
        """The answer as read on pages; the value itself for anything else."""
        return next((o.label for o in self.options if o.value == value), value.replace("_", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something that applies to a system when its predicate holds: a requirement, risk, tier or duty."""

    id: str
    """Catalog id."""
    title: str
    """One line."""
    when: Predicate
    """Condition over facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """A versioned list of questions."""

    id: str
    """Name of the set."""
    version: str
    """Changes whenever a question, option or rule changes."""
    questions: tuple[Question, ...]
    """In the order they are asked."""

    def __getitem__(self, code: str) -> Question:
        for question in self.questions:
            if question.id == code:
                return question
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return any(question.id == code for question in self.questions)

    def world(self, answers: Answers) -> dict[str, frozenset[str]]:
        """What each question may still be: the answer, or every option while it is unknown.

        An answer that is no option (any more) counts as unknown: it must put nothing out of scope.
        """
        return {
            question.id: frozenset((answers[question.id],)) if _known(question, answers) else question.values
            for question in self.questions
        }

    def unknown(self, answers: Answers) -> tuple[Question, ...]:
        """The questions without an answer that they offer, in the order they are asked."""
        return tuple(q for q in self.questions if not _known(q, answers))

    def check_rule(self, rule: Rule) -> None:
        """Raises BadInput if the rule speaks of a question or an answer that does not exist."""
        for code in sorted(support(rule.when)):
            if code not in self:
                raise BadInput(f"The rule {rule.id} asks {code}, which is no question of {self.id}.")
        for atom in atoms(rule.when):
            strange = atom.values - self[atom.question].values
            if strange:
                raise BadInput(
                    f"The rule {rule.id} expects {atom.question} = {', '.join(sorted(strange))}.",
                    hint=f"{atom.question} can be {', '.join(sorted(self[atom.question].values))}.",
                )


Answers = Mapping[str, str]
"""Question → value, only for what is known; the value is an option or NOT_APPLICABLE."""


def _known(question: Question, answers: Answers) -> bool:
    value = answers.get(question.id)
    return value == NOT_APPLICABLE or value in question.values


def read_answers(question_set: QuestionSet, given: Mapping[str, object]) -> dict[str, str]:
    """The known answers in `given`, in the order of the question set.

    Accepted values: an option, in any case; "unknown", null or empty for unknown (left out);
    true and false where the options are yes and no; {not_applicable: REASON} with a reason code.
    BadInput names the question, the value and what would be accepted.
    """
    strange = [str(code)[:40] for code in given if code not in question_set]
    if strange:
        raise BadInput(
            f"There is no question {', '.join(strange[:5])} in {question_set.id}.",
            hint=f"Questions are {', '.join(q.id for q in question_set.questions)}.",
            data={"field": strange[0]},
        )
    read: dict[str, str] = {}
    for question in question_set.questions:
        value = _read_answer(question, given.get(question.id))
        if value is not None:
            read[question.id] = value
    return read


def _read_answer(question: Question, value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) and question.values == {"yes", "no"}:
        return "yes" if value else "no"
    if isinstance(value, dict):
        reason = value.get(NOT_APPLICABLE)
        if set(value) == {NOT_APPLICABLE} and reason in list(NotApplicable):
            return NOT_APPLICABLE
        raise _refused(question, value)
    if not isinstance(value, str):
        raise _refused(question, value)
    word = value.strip().lower()
    if word in ("unknown", "null", "~"):
        return None
    if question.values == {"yes", "no"}:
        word = {"true": "yes", "false": "no"}.get(word, word)
    if word not in question.values:
        raise _refused(question, value)
    return word


def _refused(question: Question, value: object) -> BadInput:
    reasons = ", ".join(NotApplicable)
    return BadInput(
        f"{question.id} ({question.ask}) cannot be “{str(value)[:60]}”.",
        hint=(
            f"Answer {', '.join(o.value for o in question.options)}, unknown, or "
            f"{{{NOT_APPLICABLE}: REASON}} with one of {reasons}."
        ),
        data={"field": question.id, "value": str(value)[:60]},
    )
