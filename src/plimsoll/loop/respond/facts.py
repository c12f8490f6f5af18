"""The clocks of incidents at a moment, from what was entered and from the law of each system.

Everything here is derived for a moment `now`; nothing is stored. Pages, API, worker and brief read the
same functions, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.records import (
    Applies,
    Closing,
    IncidentRecord,
    ScopedDuty,
    Submission,
    Trigger,
)
from plimsoll.engines.clocks.running import INCIDENT_CATEGORIES, clocks_at
from plimsoll.engines.clocks.states import RunningClock, State
from plimsoll.engines.law.obligations import DutyFound, Standing
from plimsoll.loop.respond import selectors
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["OVER", "IncidentClocks", "WithoutClock", "incident_clocks"]

RUNS = {Standing.APPLIES: Applies.CERTAIN, Standing.GRACE: Applies.CERTAIN, Standing.OPEN: Applies.OPEN}
"""The standings that open clocks. What is open is shown like what applies: unknown is never “no clock”."""
OVER = frozenset({State.MET, State.LATE, State.DONE, State.CLOSED, State.NOT_RUNNING})
"""The states of a clock that nobody has to act on any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutClock:
    """A duty that starts no clock for this system, and why."""

    duty: str
    title: str
    law: str
    standing: Standing
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClocks:
    """One incident with its clocks."""

    incident: selectors.IncidentRow
    clocks: tuple[RunningClock, ...]
    without: tuple[WithoutClock, ...]
    record: IncidentRecord

    @property
    def pending(self) -> tuple[RunningClock, ...]:
        """Clocks that somebody has to act on, the most urgent first."""
        left = [clock for clock in self.clocks if clock.state not in OVER]
        return tuple(sorted(left, key=lambda clock: clock.urgency))

    def clock(self, duty: str, stage: str) -> RunningClock | None:
        """The clock of a stage; None if this incident has none."""
        return next((clock for clock in self.clocks if clock.key == (duty, stage)), None)


def incident_clocks(
    actor: Actor, incidents: Sequence[selectors.IncidentRow], *, now: datetime
) -> list[IncidentClocks]:
    """The clocks of each incident; seven queries whatever the number of incidents, none without any."""
    if not incidents:
        return []
    wanted = {incident.system_id for incident in incidents}
    systems = [
        system
        for program_id in sorted({incident.program_id for incident in incidents})
        for system in scope.systems_of(actor, program_id)
        if system.id in wanted
    ]
    sheets = scope.law_sheets(actor, systems, as_of=now.date())
    duties = {sheet.system.id: _duties(sheet) for sheet in sheets}
    records = _records([incident.id for incident in incidents])
    law = load_clock_law()
    return [
        IncidentClocks(
            incident=incident,
            clocks=clocks_at(
                law.duties, duties[incident.system_id][0], records[incident.id], now=now, book=law.book
            ),
            without=duties[incident.system_id][1],
            record=records[incident.id],
        )
        for incident in incidents
    ]


def _duties(sheet: scope.LawSheet) -> tuple[tuple[ScopedDuty, ...], tuple[WithoutClock, ...]]:
    """The duties that open clocks for the system, and those that do not."""
    runs: list[ScopedDuty] = []
    without: list[WithoutClock] = []
    for item in sheet.duties.found:
        if load_clock_law().duties[item.rule.duty.id].category not in INCIDENT_CATEGORIES:
            continue
        if item.standing in RUNS:
            applies = RUNS[item.standing]
            runs.append(ScopedDuty(duty=item.rule.duty.id, applies=applies, because=_because(item)))
        else:
            without.append(_without(item))
    return tuple(runs), tuple(without)


def _because(item: DutyFound) -> str:
    if item.standing is Standing.OPEN and not item.facts:
        return f"nobody has answered {', '.join(item.questions)}"
    return "; ".join(item.facts) or item.standing.word


def _without(item: DutyFound) -> WithoutClock:
    duty = item.rule.duty
    because = "; ".join(item.facts)
    if item.standing is Standing.NOT_YET and item.when.day:
        because = f"it applies from {item.when.day:%d %b %Y}; {because}".removesuffix("; ")
    return WithoutClock(
        duty=duty.id,
        title=duty.title,
        law=f"{duty.instrument}, {duty.provision}",
        standing=item.standing,
        because=because,
    )


def _records(incident_ids: Sequence[int]) -> dict[int, IncidentRecord]:
    """What was entered, as far as the law of today still knows it: what it no longer names stops no clock."""
    law = load_clock_law()
    stages = {(duty.id, stage.id) for duty in law.duties.values() for stage in duty.stages}
    triggers = selectors.triggers_of(incident_ids)
    submissions = selectors.submissions_of(incident_ids)
    closings = selectors.closings_of(incident_ids)
    return {
        incident_id: IncidentRecord(
            triggers=tuple(
                Trigger(event=row.name, at=row.at)
                for row in triggers.get(incident_id, [])
                if row.name in law.book.events
            ),
            submissions=tuple(
                Submission(duty=row.duty, stage=row.stage, at=row.at)
                for row in submissions.get(incident_id, [])
                if (row.duty, row.stage) in stages
            ),
            closings=tuple(
                Closing(
                    duty=row.duty,
                    stage=row.stage,
                    at=row.signed_at,
                    reason=row.reason,
                    signer=row.signer,
                    of_start=row.of_start,
                    holds_until=row.holds_until,
                )
                for row in closings.get(incident_id, [])
                if (row.duty, row.stage) in stages
            ),
        )
        for incident_id in incident_ids
    }
