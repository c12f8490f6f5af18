"""The clocks of incidents at a moment, from what was entered and from the law of each system.

Everything here is derived for a moment `now`; nothing is stored. Pages, API, worker and brief read the
same functions, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.adapters.clocks import load_clock_law
from plimsoll.engines.clocks.duty import Duty
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
from plimsoll.engines.incidents.kinds import Sort
from plimsoll.engines.incidents.lesson import Asked, NewCriterion, fits
from plimsoll.engines.incidents.metrics import Summary, spans, summarise
from plimsoll.engines.incidents.timeline import Milestone
from plimsoll.engines.law.obligations import DutyFound, Standing
from plimsoll.kernel.verdict import Judgement, Verdict
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.respond import selectors
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = [
    "OVER",
    "Entered",
    "IncidentClocks",
    "PassedGate",
    "ResponseTimes",
    "WithoutClock",
    "incident_clocks",
    "passed_gate",
    "response_times",
    "would_fit",
]

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
class Entered:
    """What people entered about the clocks of one incident."""

    triggers: tuple[selectors.TimeRow, ...]
    submissions: tuple[selectors.SubmissionRow, ...]
    closings: tuple[selectors.ClosingRow, ...]

    @property
    def record(self) -> IncidentRecord:
        """As the engine takes it, as far as the law of today still knows it: what it no longer names stops
        no clock."""
        law = load_clock_law()
        stages = {(duty.id, stage.id) for duty in law.duties.values() for stage in duty.stages}
        return IncidentRecord(
            triggers=tuple(
                Trigger(event=row.name, at=row.at) for row in self.triggers if row.name in law.book.events
            ),
            submissions=tuple(
                Submission(duty=row.duty, stage=row.stage, at=row.at)
                for row in self.submissions
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
                for row in self.closings
                if (row.duty, row.stage) in stages
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClocks:
    """One incident with its clocks, and what was entered about them."""

    incident: selectors.IncidentRow
    system: scope.SystemRow
    clocks: tuple[RunningClock, ...]
    without: tuple[WithoutClock, ...]
    entered: Entered

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
    sheets = {s.system.id: s for s in scope.law_sheets(actor, systems, as_of=now.date())}
    duties = {system_id: _duties(sheet) for system_id, sheet in sheets.items()}
    entered = _entered([incident.id for incident in incidents])
    law = load_clock_law()
    found = []
    for incident in incidents:
        scoped, without = duties[incident.system_id]
        record = entered[incident.id].record
        found.append(
            IncidentClocks(
                incident=incident,
                system=sheets[incident.system_id].system,
                clocks=clocks_at(law.duties, scoped, record, now=now, book=law.book),
                without=without,
                entered=entered[incident.id],
            )
        )
    return found


def _duties(sheet: scope.LawSheet) -> tuple[tuple[ScopedDuty, ...], tuple[WithoutClock, ...]]:
    """The duties that open clocks for the system, and those that do not."""
    runs: list[ScopedDuty] = []
    without: list[WithoutClock] = []
    for item in sheet.duties.found:
        duty = load_clock_law().duties[item.rule.duty.id]
        if duty.category not in INCIDENT_CATEGORIES:
            continue
        if item.standing in RUNS:
            runs.append(
                ScopedDuty(
                    duty=duty.id,
                    applies=RUNS[item.standing],
                    because=_because(item),
                    system_class=_system_class(item, duty),
                )
            )
        else:
            without.append(_without(item))
    return tuple(runs), tuple(without)


def _system_class(item: DutyFound, duty: Duty) -> str:
    """Whose date of application it is, where the facts leave one; empty, and the earliest counts, if not."""
    days = {start.day for start in item.when.starts}
    named = [key for key, day in duty.applies_from.items() if day in days]
    return named[0] if len(days) == len(named) == 1 else ""


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


def _entered(incident_ids: Sequence[int]) -> dict[int, Entered]:
    triggers = selectors.triggers_of(incident_ids)
    submissions = selectors.submissions_of(incident_ids)
    closings = selectors.closings_of(incident_ids)
    return {
        pk: Entered(
            triggers=tuple(triggers.get(pk, ())),
            submissions=tuple(submissions.get(pk, ())),
            closings=tuple(closings.get(pk, ())),
        )
        for pk in incident_ids
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """How many there were, and how long each step took over all of them."""

    count: int
    steps: tuple[Summary, ...]


def response_times(actor: Actor, program_id: int, *, now: datetime) -> dict[Sort, ResponseTimes]:
    """Medians and worst of a program, incidents and hazards apart; two queries."""
    rows = selectors.incidents_of(actor, program_id)
    moments = selectors.moments_of([row.id for row in rows])
    found = {}
    for sort in Sort:
        lines = [
            selectors.timeline(row.declared_at, moments.get(row.id, ())) for row in rows if row.sort is sort
        ]
        steps = summarise(span for line in lines for span in spans(line, now=now))
        found[sort] = ResponseTimes(count=len(lines), steps=steps)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedGate:
    """What had been decided on when an incident happened."""

    decision: decide.DecisionRow
    snapshot: decide.SnapshotRow

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Id and title of every criterion of the snapshot."""
        return [(item["id"], item["title"]) for item in self.snapshot.body["criteria"]]

    def said(self, criterion: str) -> Asked | None:
        """What the snapshot said of a criterion; None if it did not ask for it."""
        for item in self.snapshot.body["criteria"]:
            if item["id"] == criterion:
                return Asked(
                    gate=self.decision.gate_ref,
                    criterion=criterion,
                    applies=bool(item["applies"]),
                    verdict=Verdict(item["verdict"]),
                    waived_by=tuple(item["waived_by"]),
                )
        return None


def passed_gate(actor: Actor, incident: selectors.IncidentRow) -> PassedGate | None:
    """The last decision by which the system had gone on before it happened, with its snapshot.

    Before it occurred; if nobody knows when that was, before it was declared. None if nothing had been
    decided: then no gate was asked.
    """
    moments = selectors.moments_of([incident.id]).get(incident.id, [])
    occurred = next((m.at for m in moments if m.name == Milestone.OCCURRED.value), incident.declared_at)
    for decision in decide.decisions_of(actor, incident.program_id):
        went_on = decision.outcome.value.startswith("go")
        if decision.system_ref == incident.system_ref and went_on and decision.decided_at <= occurred:
            return PassedGate(decision=decision, snapshot=decide.snapshot_by_id(actor, decision.snapshot_id))
    return None


def would_fit(
    actor: Actor, program_id: int, criteria: Sequence[NewCriterion], *, now: datetime
) -> list[list[tuple[scope.SystemRow, Judgement]]]:
    """For each criterion every system of the program, and whether it would be for it."""
    if not criteria:
        return []
    sheets = scope.scope_sheets(actor, scope.systems_of(actor, program_id), now=now)
    return [[(sheet.system, fits(item, sheet.for_lessons)) for sheet in sheets] for item in criteria]
