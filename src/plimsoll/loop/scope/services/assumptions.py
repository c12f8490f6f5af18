"""Makes, resolves and announces assumptions. Expiry is derived from the date; it is only announced here."""

from __future__ import annotations

from datetime import date, datetime

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.scoping.assumption import AssumptionState, due_date
from plimsoll.engines.scoping.chasing import rank_unknowns
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.ids import RefKind
from plimsoll.kernel.stages import Stage
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.scope.models import Answer, Assumption, StagePromise, System
from plimsoll.loop.scope.services.systems import subject, system_for
from plimsoll.loop.scope.services.wording import member, one_line, sensible_date
from plimsoll.people.actors import Actor
from plimsoll.people.refs import next_ref

__all__ = [
    "announce_expired",
    "assume",
    "assume_within",
    "close_by_answer",
    "open_assumption",
    "retire_assumption",
]


def assume(
    *,
    actor: Actor,
    system_id: int,
    question: str,
    policy: Policy | None = None,
    value: str = "",
    owner_id: int | None = None,
    due_on: date | None = None,
    find_out: str = "",
) -> Assumption:
    """Makes the assumption on an unknown question, or changes the open one.

    What is not given is the question's default policy and way to find out, the actor as owner, and
    half the time to the next gate as due date. Conflict for a new date, value or policy once it has
    expired: only an answer makes the worst case go away.
    """
    system = system_for(actor, system_id, "scope:assumption:make")
    if actor.user_id is None:
        raise NotAllowed("An assumption is made by a person.")
    if question not in load_catalog().question_set:
        raise BadInput(f"There is no question {question[:10]}.", data={"field": "question"})
    if Answer.objects.filter(system=system, question=question).exists():
        raise Conflict(f"{question} is answered; there is nothing to assume.")
    with writing(system.program_id):
        row = Assumption.objects.filter(
            system=system, question=question, state=AssumptionState.OPEN.value
        ).first() or assume_within(actor.user_id, system, question)
        _change(row, policy=policy, value=value, owner_id=owner_id, due_on=due_on, find_out=find_out)
        append(
            kind=EventKind.ASSUMPTION_MADE,
            actor=actor.pseudonym,
            subject=subject(system, f"ASM-{row.number}"),
            payload={"system": system.pk, "question": question, "policy": row.policy},
            program_id=system.program_id,
            records=[row],
        )
    return row


def _change(
    row: Assumption,
    *,
    policy: Policy | None,
    value: str,
    owner_id: int | None,
    due_on: date | None,
    find_out: str,
) -> None:
    _must_not_revive(row, policy=policy, value=value, due_on=due_on)
    question = load_catalog().question_set[row.question]
    if value and value not in question.values:
        raise BadInput(
            f"{row.question} cannot be “{value[:30]}”.",
            hint=f"Choose from {', '.join(sorted(question.values))}.",
            data={"field": "value"},
        )
    row.policy = policy.value if policy else row.policy
    row.value = value or row.value
    if row.policy == Policy.NEUTRAL_WITH_DEADLINE.value and not row.value:
        raise BadInput(
            "This policy acts on a working value.",
            hint="Choose the value to work with.",
            data={"field": "value"},
        )
    if owner_id is not None:
        row.owner_id = member(owner_id, row.program_id, field="owner", what="The owner")
    if due_on is not None:
        row.due_on = sensible_date(due_on, today=clock.today(), field="due_on", what="The due date")
    if find_out:
        row.find_out = one_line(find_out, field="find_out", what="How we will find out", longest=300)
    row.save()


def _must_not_revive(row: Assumption, *, policy: Policy | None, value: str, due_on: date | None) -> None:
    """An expired assumption counts as the worst case until the question is answered, by nobody's leave."""
    wanted = (policy.value if policy else row.policy, value or row.value, due_on or row.due_on)
    if row.due_on < clock.today() and wanted != (row.policy, row.value, row.due_on):
        raise Conflict(
            f"ASM-{row.number} expired on {row.due_on:%d %b %Y} and counts as the worst case.",
            hint=f"Answer {row.question}. Neither a new date nor another policy brings it back.",
        )


def assume_within(user_id: int, system: System, question: str) -> Assumption:
    """The default assumption, inside the transaction of the caller, who appends the entry."""
    asked = load_catalog().question_set[question]
    next_gate = (
        StagePromise.objects.filter(
            system=system, stage__in=[s.value for s in Stage if s.order > Stage(system.stage).order]
        )
        .order_by("committed_on")
        .values_list("committed_on", flat=True)
        .first()
    )
    return Assumption.objects.create(
        program_id=system.program_id,
        system=system,
        number=next_ref(system.program_id, RefKind.ASSUMPTION).number,
        question=question,
        value=_default_value(system, question, asked.policy),
        policy=asked.policy.value,
        owner_id=user_id,
        due_on=due_date(clock.today(), next_gate),
        find_out=asked.find_out,
        state=AssumptionState.OPEN.value,
        made_by_id=user_id,
        made_at=clock.now(),
    )


def _default_value(system: System, question: str, policy: Policy) -> str:
    """The value that adds most, where the policy works with one; the person may lower it knowingly."""
    if policy not in (Policy.WORST_CASE, Policy.NEUTRAL_WITH_DEADLINE):
        return ""
    catalog = load_catalog()
    answers = dict(
        Answer.objects.filter(system=system).exclude(question=question).values_list("question", "value")
    )
    ranked = rank_unknowns(catalog.question_set, catalog.rules, answers)
    return next(u.worst_case.value for u in ranked if u.question == question)


def close_by_answer(user_id: int, system: System, question: str, value: str) -> list[Assumption]:
    """Closes the open assumption that an answer settles: confirmed if it was right, refuted if not."""
    rows = list(Assumption.objects.filter(system=system, question=question, state=AssumptionState.OPEN.value))
    for row in rows:
        right = row.value in ("", value)
        row.state = (AssumptionState.CONFIRMED if right else AssumptionState.REFUTED).value
        row.resolved_by_id = user_id
        row.resolved_at = clock.now()
        row.save()
    return rows


def retire_assumption(*, actor: Actor, assumption_id: int) -> Assumption:
    """Ends an assumption that no longer matters; its question must have become idle or answered."""
    row = open_assumption(actor, assumption_id)
    catalog = load_catalog()
    answers = dict(Answer.objects.filter(system_id=row.system_id).values_list("question", "value"))
    if row.question not in answers:
        ranked = rank_unknowns(catalog.question_set, catalog.rules, answers)
        if next(u for u in ranked if u.question == row.question).settles_best:
            raise Conflict(
                f"{row.question} still decides requirements.", hint="Answer it, or keep the assumption."
            )
    with writing(row.program_id):
        changed = Assumption.objects.filter(pk=row.pk, state=AssumptionState.OPEN.value).update(
            state=AssumptionState.RETIRED.value,
            resolved_by_id=actor.user_id,
            resolved_at=clock.now(),
        )
        if changed != 1:
            raise Conflict(f"ASM-{row.number} was closed meanwhile.")
        row.refresh_from_db()
        append(
            kind=EventKind.ASSUMPTION_RESOLVED,
            actor=actor.pseudonym,
            subject=subject(row.system, f"ASM-{row.number}"),
            payload={"system": row.system_id, "question": row.question, "state": row.state},
            program_id=row.program_id,
            records=[row],
        )
    return row


def open_assumption(actor: Actor, assumption_id: int) -> Assumption:
    """The assumption, if it is open and the actor may close it."""
    row = Assumption.objects.select_related("system").filter(pk=assumption_id).first()
    if row is None or not actor.sees(row.program_id):
        raise NotFound("There is no such assumption.")
    actor.must("scope:assumption:make", row.program_id)
    if row.state != AssumptionState.OPEN.value:
        raise Conflict(f"ASM-{row.number} is {row.state} already.")
    return row


def announce_expired(*, actor: Actor, now: datetime) -> int:
    """Enters every assumption that has newly expired into the log; returns how many.

    The expiry itself needs nobody: it is derived wherever an assumption is read.
    """
    if not actor.rule:
        raise NotAllowed("What has expired is announced by the product itself.")
    rows = Assumption.objects.filter(
        state=AssumptionState.OPEN.value, due_on__lt=now.date(), expiry_announced_at=None
    ).select_related("system")
    count = 0
    for row in rows:
        with writing(row.program_id):
            fresh = Assumption.objects.filter(pk=row.pk, expiry_announced_at=None)
            if fresh.update(expiry_announced_at=now) != 1:
                continue
            row.refresh_from_db()
            append(
                kind=EventKind.ASSUMPTION_EXPIRED,
                actor=actor.pseudonym,
                subject=subject(row.system, f"ASM-{row.number}"),
                payload={"system": row.system_id, "question": row.question},
                program_id=row.program_id,
                records=[row],
            )
            count += 1
    return count
