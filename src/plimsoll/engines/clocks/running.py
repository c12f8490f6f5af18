"""The clocks of an incident at a moment: which run, how long, and why the others do not.

Derived from records for a moment `now`; nothing that turns is stored. What lies after `now` is not
looked at, so the same records answer for any earlier moment too. States go by the plain deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plimsoll.engines.clocks.computing import Authority, Outcome, Reading, authority_of, compute
from plimsoll.engines.clocks.duty import ClockStage, Duty, Kind
from plimsoll.engines.clocks.periods import ends_at
from plimsoll.engines.clocks.records import Closing, IncidentRecord, ScopedDuty, Submission
from plimsoll.engines.clocks.rules import RuleBook
from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.kernel.errors import BadInput

__all__ = ["INCIDENT_CATEGORIES", "clocks_at"]

INCIDENT_CATEGORIES = frozenset({"incident_report", "incident_followup", "corrective_action"})
"""The categories of duties whose clocks an incident opens."""
SOON = 4
"""A clock is due soon when no more than one part in so many of its period is left."""
RESOLVED = "incident_resolved"


def clocks_at(
    duties: Mapping[str, Duty],
    scoped: Iterable[ScopedDuty],
    record: IncidentRecord,
    *,
    now: datetime,
    book: RuleBook,
    authorities: Mapping[str, Authority] | None = None,
) -> tuple[RunningClock, ...]:
    """Every clock that the incident opens or may open, in the order of `scoped` and of the law.

    Duties of other categories (documents, retention …) have no clock here. `authorities` gives zone and
    holidays by jurisdiction; the place of the rule book counts for the others. A duty that is open or not
    asked is shown like one that applies, and says so: unknown is never “no clock”. BadInput for an
    unknown duty and for a record about an event or stage that does not exist.
    """
    now = now.astimezone(UTC)
    known = record.until(now)
    _check_record(record, duties, book)
    clocks: list[RunningClock] = []
    for item in scoped:
        if item.duty not in duties:
            raise BadInput(f"There is no obligation “{item.duty[:60]}”.")
        duty = duties[item.duty]
        if duty.category not in INCIDENT_CATEGORIES:
            continue
        authority = (authorities or {}).get(duty.jurisdiction) or authority_of(book.places[duty.jurisdiction])
        starts = _starts(duty, known, book)
        for stage in duty.stages:
            clocks.append(_clock(duty, stage, item, known, starts, now=now, book=book, authority=authority))
    return tuple(clocks)


def _check_record(record: IncidentRecord, duties: Mapping[str, Duty], book: RuleBook) -> None:
    for trigger in record.triggers:
        if trigger.event not in book.events:
            raise BadInput(f"There is no trigger event “{trigger.event[:60]}”.")
    entered: tuple[Submission | Closing, ...] = (*record.submissions, *record.closings)
    for done in entered:
        stages = [stage.id for stage in duties[done.duty].stages] if done.duty in duties else []
        if done.stage not in stages:
            raise BadInput(
                f"{done.duty[:60]} has no stage “{done.stage[:60]}”.",
                hint=f"Its stages are {', '.join(stages)}." if stages else "",
            )


def _starts(duty: Duty, record: IncidentRecord, book: RuleBook) -> dict[str, datetime]:
    """Event → time. A submission gives its own event's time; of several reports of an event the earliest."""
    found: dict[str, datetime] = {}
    for event_id in duty.events:
        event = book.events[event_id]
        told = [trigger.at for trigger in record.triggers if trigger.event == event_id]
        sent = [
            done.at
            for done in record.submissions
            if done.duty in (event.of or (duty.id,)) and done.stage in event.submitted_by
        ]
        if sent:
            found[event_id] = max(sent) if event.latest else min(sent)
        elif told:
            found[event_id] = min(told)
    return found


def _clock(
    duty: Duty,
    stage: ClockStage,
    scoped: ScopedDuty,
    record: IncidentRecord,
    starts: Mapping[str, datetime],
    *,
    now: datetime,
    book: RuleBook,
    authority: Authority,
) -> RunningClock:
    own = [done for done in record.submissions if _fulfils(duty, stage, done)]
    repeats = stage.kind in (Kind.REPEAT, Kind.REPEAT_EVERY_UNTIL_RESOLVED)
    if repeats and own:
        starts = {**starts, stage.start_event: max(done.at for done in own)}
    reading = compute(
        duty, stage.id, starts, book=book, authority=authority, system_class=scoped.system_class
    )
    closing, stale = _closing(reading, record, now)
    clock = RunningClock(reading=reading, scoped=scoped, state=State.NOT_RUNNING, why="", stale_closing=stale)
    if own and not repeats:
        return _submitted(clock, min(own, key=lambda done: done.at))
    if closing:
        return replace(
            clock, state=State.CLOSED, why=f"Closed by {closing.signer}: {closing.reason}", closing=closing
        )
    resolved = [trigger.at for trigger in record.triggers if trigger.event == RESOLVED]
    if stage.kind is Kind.REPEAT_EVERY_UNTIL_RESOLVED and resolved:
        return replace(
            clock,
            state=State.NOT_RUNNING,
            why="The incident is resolved; no further report of this kind is due.",
        )
    return _open(clock, now, book)


def _fulfils(duty: Duty, stage: ClockStage, done: Submission) -> bool:
    if done.duty != duty.id:
        return False
    other = duty.stage(done.stage)
    return done.stage in (stage.id, stage.same_act) or other.same_act == stage.id


def _closing(
    reading: Reading, record: IncidentRecord, now: datetime
) -> tuple[Closing | None, Closing | None]:
    """The closing that counts, and the newest that does not, for the stage."""
    key = (reading.duty.id, reading.stage.id)
    made = sorted((c for c in record.closings if (c.duty, c.stage) == key), key=lambda c: c.at)
    holding = [
        c for c in made if c.of_start == reading.start and (c.holds_until is None or now < c.holds_until)
    ]
    if holding:
        return holding[-1], None
    return None, made[-1] if made else None


def _submitted(clock: RunningClock, done: Submission) -> RunningClock:
    reading = clock.reading
    start = reading.start
    elapsed = done.at - start if isinstance(start, datetime) else None
    if reading.plain is None:
        return replace(
            clock, state=State.DONE, why="Done; there was no deadline.", submission=done, elapsed=elapsed
        )
    if done.at <= ends_at(reading.plain, reading.authority.zone):
        return replace(
            clock, state=State.MET, why="Done by the plain deadline.", submission=done, elapsed=elapsed
        )
    late = replace(
        clock, state=State.LATE, why="Done after the plain deadline.", submission=done, elapsed=elapsed
    )
    if late.within_reading:
        why = "Done after the plain deadline and within the statutory reading, which counsel must confirm."
        return replace(late, state=State.LATE, why=why)
    return late


def _open(clock: RunningClock, now: datetime, book: RuleBook) -> RunningClock:
    reading = clock.reading
    start, zone = reading.start, reading.authority.zone
    first = reading.why[0]
    if reading.outcome is Outcome.WATCH_ITEM:
        return replace(clock, state=State.NOT_RUNNING, why=first)
    if reading.outcome is Outcome.NOT_STARTED or not isinstance(start, datetime):
        event = book.events[reading.stage.start_event]
        return replace(clock, state=State.NOT_STARTED, why=first, ask="" if event.submitted_by else event.ask)
    elapsed = now - start
    if reading.plain is None:
        return replace(clock, state=State.ELAPSING, why=first, elapsed=elapsed)
    end = ends_at(reading.plain, zone)
    remaining = end - now
    if remaining < timedelta(0):
        why = "The plain deadline has passed."
        if reading.statutory is not None and now <= ends_at(reading.statutory, zone):
            why += " The statutory reading has not ended; counsel must confirm it."
        return replace(clock, state=State.OVERDUE, why=why, elapsed=elapsed, remaining=remaining)
    soon = remaining * SOON <= end - start
    return replace(
        clock,
        state=State.DUE_SOON if soon else State.RUNNING,
        why=first,
        elapsed=elapsed,
        remaining=remaining,
    )
