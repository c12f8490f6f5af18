"""Reviews: trigger and root causes apart, what the gate had said, and what is asked from now on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from plimsoll.adapters.catalog import load_catalog
from plimsoll.adapters.lessons import written_criterion
from plimsoll.adapters.playbooks import lesson_requirement
from plimsoll.engines.incidents.lesson import Fits, NewCriterion, check_criterion, what_the_gate_said
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.stages import GATED, Level, Stage
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond import facts, selectors
from plimsoll.loop.respond.models import Incident, IncidentReview, Lesson
from plimsoll.loop.respond.services.opening import incident_for, note, person, words
from plimsoll.people.actors import Actor

__all__ = ["NewLesson", "close_incident", "decide_lesson", "propose_lesson", "write_review"]

MOST_CAUSES = 12


def write_review(
    *, actor: Actor, incident_id: int, trigger: str, root_causes: Sequence[str], criterion: str = ""
) -> IncidentReview:
    """Writes the review, or writes it again while the incident is open; the log keeps both.

    `trigger` is what set it off, `root_causes` what let it happen. `criterion` is the one, of those that
    the gate had asked when the system went on, that should have caught it; empty if none asked for it.
    How the gate stood to it is read from the snapshot that was decided on, by the engine.
    """
    row = incident_for(actor, incident_id, "respond:incident:review")
    who = person(actor, what="A review is written")
    said = words(trigger, field="trigger", what="What set it off", shortest=10, longest=500)
    causes = [
        words(cause, field="root_causes", what="A root cause", shortest=10, longest=300)
        for cause in root_causes
        if cause.strip()
    ]
    if not 1 <= len(causes) <= MOST_CAUSES:
        raise BadInput(
            f"The review names {len(causes)} root causes.",
            hint=f"Name 1 to {MOST_CAUSES}, apart from what set it off.",
            data={"field": "root_causes"},
        )
    passed = facts.passed_gate(actor, selectors.incident_by_id(actor, row.pk))
    asked = passed.said(criterion) if passed and criterion else None
    if criterion and asked is None:
        raise BadInput(
            f"The gate had no criterion “{criterion[:60]}” when the system went on.",
            hint="Choose one that it had, or say that none asked for it.",
            data={"field": "criterion"},
        )
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        made, _ = IncidentReview.objects.update_or_create(
            incident=row,
            defaults={
                "trigger": said,
                "root_causes": causes,
                "decision": passed.decision.ref if passed else "",
                "snapshot": passed.snapshot.digest if passed else "",
                "criterion": criterion,
                "criterion_title": dict(passed.asked)[criterion][:160] if passed and criterion else "",
                "finding": what_the_gate_said(asked).value,
                "written_by_id": who,
                "written_at": clock.now(),
            },
        )
        note(actor, row, EventKind.INCIDENT_REVIEWED, {"finding": made.finding}, [made])
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLesson:
    """A criterion as a person proposes it."""

    title: str
    why: str
    acceptance: str
    evidence: str
    severity: str
    place: str
    required_from: Stage
    """The first stage whose gate asks for it; all later ones do too."""
    controls: tuple[str, ...]
    everywhere: bool = False
    answers: Mapping[str, frozenset[str]]
    requirements: frozenset[str] = frozenset()


def propose_lesson(*, actor: Actor, incident_id: int, lesson: NewLesson) -> Lesson:
    """Proposes a new criterion from a reviewed incident; it is asked of nobody until it is accepted.

    Conflict before the review: a lesson answers a cause. BadInput names the field that cannot be asked.
    """
    row = incident_for(actor, incident_id, "respond:lesson:propose", closed=True)
    who = person(actor, what="A lesson is proposed")
    if not IncidentReview.objects.filter(incident=row).exists():
        raise Conflict(f"INC-{row.number} is not reviewed yet.", hint="Write the review first.")
    criterion = _criterion(row, lesson)
    catalog = load_catalog()
    check_criterion(
        criterion,
        questions={
            q.id: frozenset(option.value for option in q.options) for q in catalog.question_set.questions
        },
        requirements=(*catalog.requirements, *catalog.baseline),
        controls=catalog.controls,
    )
    lesson_requirement(criterion, today=clock.today())
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if Lesson.objects.filter(program_id=row.program_id, rule=criterion.id).exists():
            raise Conflict(
                f"INC-{row.number} has proposed that already.",
                hint="Give it another title.",
                data={"field": "title"},
            )
        made = Lesson.objects.create(
            program_id=row.program_id,
            incident=row,
            rule=criterion.id,
            criterion=written_criterion(criterion),
            proposed_by_id=who,
            proposed_at=clock.now(),
        )
        note(actor, row, EventKind.LESSON_PROPOSED, {"rule": made.rule}, [made])
    return made


def _criterion(row: Incident, lesson: NewLesson) -> NewCriterion:
    first = lesson.required_from.order
    slug = re.sub(r"^[^a-z]+", "", slugify(lesson.title))[:38].strip("-") or "criterion"
    return NewCriterion(
        id=f"lesson-inc-{row.number}-{slug}",
        title=" ".join(lesson.title.split()),
        incident=f"INC-{row.number}",
        why=lesson.why.strip(),
        acceptance=lesson.acceptance.strip(),
        evidence=lesson.evidence.strip(),
        severity=lesson.severity,
        place=lesson.place,
        levels={stage: Level.REQUIRED if stage.order >= first else Level.NOT_YET for stage in GATED},
        controls=lesson.controls,
        fits=Fits(everywhere=lesson.everywhere, facts=dict(lesson.answers), requirements=lesson.requirements),
    )


def decide_lesson(*, actor: Actor, incident_id: int, lesson_id: int, accept: bool) -> Lesson:
    """Accepts or declines a proposed criterion, by a person. Accepted, every system that it fits gets it."""
    row = incident_for(actor, incident_id, "respond:lesson:decide", closed=True)
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("A lesson is accepted by a person, not by a token or a rule.")
    if not Lesson.objects.filter(pk=lesson_id, incident=row).exists():
        raise NotFound(f"INC-{row.number} has no such lesson.")
    with writing(row.program_id):
        changed = Lesson.objects.filter(pk=lesson_id, decision="").update(
            decision="accept" if accept else "decline", decided_by_id=actor.user_id, decided_at=clock.now()
        )
        if changed != 1:
            raise Conflict("The lesson was decided already.")
        lesson = Lesson.objects.get(pk=lesson_id)
        kind = EventKind.LESSON_ACCEPTED if accept else EventKind.LESSON_DECLINED
        note(actor, row, kind, {"rule": lesson.rule, "criterion": lesson.criterion}, [lesson])
    return lesson


def close_incident(*, actor: Actor, incident_id: int) -> Incident:
    """Closes an incident that is reviewed and has no open clock; Conflict says what is missing.

    A clock of a duty that may apply is open too: somebody answers the law or signs that nothing is to be
    done.
    """
    row = incident_for(actor, incident_id, "respond:incident:close")
    if actor.user_id is None or actor.scopes is not None:
        raise NotAllowed("An incident is closed by a person, not by a token or a rule.")
    if not IncidentReview.objects.filter(incident=row).exists():
        raise Conflict(f"INC-{row.number} is not reviewed yet.", hint="Write the review first.")
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        incident = selectors.incident_by_id(actor, row.pk)
        pending = facts.incident_clocks(actor, [incident], now=clock.now())[0].pending
        if pending:
            named = ", ".join(" ".join(c.key).replace("_", " ") for c in pending[:3])
            more = f" and {len(pending) - 3} more" if len(pending) > 3 else ""
            raise Conflict(
                f"{len(pending)} clocks of INC-{row.number} are open: {named}{more}.",
                hint="Record what was sent, or close each with its reason.",
            )
        if (
            Incident.objects.filter(pk=row.pk, closed_at=None).update(
                closed_at=clock.now(), closed_by_id=actor.user_id
            )
            != 1
        ):
            raise Conflict(f"INC-{row.number} was closed already.")
        row.refresh_from_db()
        note(actor, row, EventKind.INCIDENT_CLOSED, {}, [row])
    return row
