"""What an incident teaches the gates: which criterion should have caught it, and where a new one fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED, Level, Stage
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, any_of, met, not_met, unknown

__all__ = [
    "Asked",
    "Finding",
    "Fits",
    "FittingSystem",
    "NewCriterion",
    "SystemScope",
    "check_criterion",
    "fits",
    "fitting_systems",
    "what_the_gate_said",
]


class Finding(StrEnum):
    """How the gate stood to the cause of an incident."""

    NOT_ASKED = "not_asked"
    RULED_OUT = "ruled_out"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    OVERRULED = "overruled"
    ANSWERED = "answered"

    @property
    def sentence(self) -> str:
        """What it means, and what follows."""
        return _SENTENCES[self]


_SENTENCES = {
    Finding.NOT_ASKED: "No criterion asked for it: a new one is needed.",
    Finding.RULED_OUT: "A criterion asks for it and did not apply to this system: its scope is too narrow.",
    Finding.UNKNOWN: "A criterion asked, nobody knew, and the decision was made all the same.",
    Finding.WAIVED: "A criterion asked, and a waiver carried it.",
    Finding.OVERRULED: "A criterion was not met, and the decision was made all the same.",
    Finding.ANSWERED: "A criterion was met by its evidence: the evidence does not show what it should.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a gate's snapshot said of one criterion when it was decided on."""

    gate: str
    """GTE-n."""
    criterion: str
    """Id of the criterion."""
    applies: bool
    """Whether it counted for the system."""
    verdict: Verdict
    """By facts, before any waiver."""
    waived_by: tuple[str, ...] = ()
    """Waivers that carried it."""


def what_the_gate_said(asked: Asked | None) -> Finding:
    """How the gate stood to the cause: not asked, ruled out, waived, unknown, overruled, or answered.

    `asked` is the criterion that should have caught it as the deciding snapshot had it, None if there was
    none. It does not establish that meeting it would have prevented the incident.
    """
    if asked is None:
        return Finding.NOT_ASKED
    if not asked.applies:
        return Finding.RULED_OUT
    if asked.waived_by:
        return Finding.WAIVED
    return {
        Verdict.UNKNOWN: Finding.UNKNOWN,
        Verdict.NOT_MET: Finding.OVERRULED,
        Verdict.MET: Finding.ANSWERED,
    }[asked.verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """For which systems a criterion is: by answers, by requirements in scope, or for every one.

    Every named answer must hold, and at least one of the named requirements must be in scope.
    """

    everywhere: bool = False
    """For every system; then nothing else is named."""
    facts: Mapping[str, frozenset[str]]
    """Question → answers, any of which will do."""
    requirements: frozenset[str] = frozenset()
    """Catalog ids, any of which will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCriterion:
    """A criterion that a review wrote. It is asked as a requirement of its own, so it starts unknown."""

    id: str
    """Slug, such as lesson-inc-4-tool-limits."""
    title: str
    """One line."""
    incident: str
    """INC-n, from which it was learned."""
    why: str
    """What happened, in one sentence."""
    acceptance: str
    """What a stranger can check."""
    evidence: str
    """What document or record shows it."""
    severity: str
    """critical, high or medium."""
    place: str
    """architecture, data pipeline, model, deployment, operation or process."""
    levels: Mapping[Stage, Level]
    """What each gated stage asks; never less at a later one, and required in the end."""
    controls: tuple[str, ...]
    """Catalog controls that it checks; at least one."""
    fits: Fits
    """For which systems it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemScope:
    """A system's scope as far as a criterion needs it."""

    system: str
    """SYS-n."""
    answers: Mapping[str, str]
    """Question → answer, only what is known."""
    certain: frozenset[str]
    """Requirements that are in scope, certainly or by assumption."""
    open: frozenset[str]
    """Requirements that an unknown decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittingSystem:
    """A system that a criterion is opened in."""

    system: str
    """SYS-n."""
    judgement: Judgement
    """MET if the criterion is for it; UNKNOWN while an unknown decides."""


def check_criterion(
    criterion: NewCriterion,
    *,
    questions: Mapping[str, frozenset[str]],
    requirements: Iterable[str],
    controls: Iterable[str],
) -> None:
    """Raises BadInput, naming the field, if the criterion cannot be asked.

    `questions` are codes with their possible answers; `requirements` and `controls` the known catalog ids.
    """
    for field in ("id", "title", "incident", "why", "acceptance", "evidence", "severity", "place"):
        if not getattr(criterion, field).strip():
            raise _refused(field, "is empty", "Fill it in.")
    order = list(Level)[::-1]  # not yet, plan, required
    levels = [criterion.levels.get(stage, Level.NOT_YET) for stage in GATED]
    if sorted(levels, key=order.index) != levels or levels[-1] is not Level.REQUIRED:
        raise _refused(
            "levels", "ask less at a later stage", "Ask the same or more from stage to stage, and all at GA."
        )
    if not criterion.controls or set(criterion.controls) - set(controls):
        raise _refused("controls", "name no control, or one that does not exist", "Name catalog controls.")
    _check_fits(criterion.fits, questions, set(requirements))


def _check_fits(found: Fits, questions: Mapping[str, frozenset[str]], requirements: set[str]) -> None:
    if found.everywhere == bool(found.facts or found.requirements):
        raise _refused("fits", "is not decided", "Name answers or requirements, or say that it is for all.")
    for question, answers in found.facts.items():
        if not answers or answers - questions.get(question, frozenset()):
            possible = ", ".join(sorted(questions.get(question, ()))) or "no such question"
            raise _refused("fits", f"expects answers that {question} does not have", f"It has: {possible}.")
    strange = sorted(found.requirements - requirements)
    if strange:
        raise _refused("fits", f"names {', '.join(strange)}, which does not exist", "Name catalog ids.")


def _refused(field: str, problem: str, hint: str) -> BadInput:
    return BadInput(f"The field {field} of the new criterion {problem}.", hint=hint, data={"field": field})


def fits(criterion: NewCriterion, scope: SystemScope) -> Judgement:
    """Whether the criterion is for the system, with the facts that decide; UNKNOWN while an unknown does."""
    found = criterion.fits
    if found.everywhere:
        return met("it is for every system")
    parts = [_answered(q, wanted, scope) for q, wanted in found.facts.items()]
    if found.requirements:
        parts.append(any_of(_in_scope(rule, scope) for rule in sorted(found.requirements)))
    return all_of(parts, nothing="it does not say for which systems it is")


def _answered(question: str, wanted: frozenset[str], scope: SystemScope) -> Judgement:
    words = " or ".join(sorted(wanted))
    answer = scope.answers.get(question)
    if answer is None:
        return unknown(f"{question} is unknown and counts if it is {words}", source=question)
    if answer in wanted:
        return met(f"{question} is {answer}", source=question)
    return not_met(f"{question} is {answer}, not {words}", source=question)


def _in_scope(rule: str, scope: SystemScope) -> Judgement:
    if rule in scope.certain:
        return met(f"{rule} is in scope", source=rule)
    if rule in scope.open:
        return unknown(f"{rule} is open", source=rule)
    return not_met(f"{rule} is out of scope", source=rule)


def fitting_systems(criterion: NewCriterion, scopes: Iterable[SystemScope]) -> tuple[FittingSystem, ...]:
    """The systems in which the criterion is to be opened, in the given order.

    It is opened where it fits and where nobody knows whether it does; only a known “no” leaves it out.
    """
    found = (FittingSystem(system=scope.system, judgement=fits(criterion, scope)) for scope in scopes)
    return tuple(item for item in found if item.judgement.verdict is not Verdict.NOT_MET)
