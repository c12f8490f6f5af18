"""When this happened, that follows: the loop's return path, on one screen.

No other reaction between stages exists. Each line names an event and the service that hears of it,
after the commit, in order. What is announced is derived from the records, so a lost message is made
up for by the worker's next tick.
"""

from __future__ import annotations

from plimsoll.kernel import clock
from plimsoll.kernel.stages import Stage
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.subscriptions import subscribe
from plimsoll.loop.decide import services as decide
from plimsoll.loop.plan import services as plan
from plimsoll.loop.prove import services as prove
from plimsoll.loop.scope import services as scope
from plimsoll.loop.watch import services as watch
from plimsoll.people.actors import Actor

RULE = Actor.of_rule("wiring")


def connect() -> None:
    """Called once, when the apps are ready."""
    for kind in (
        EventKind.SYSTEM_DESCRIBED,
        EventKind.STAGE_PROMISED,
        EventKind.QUESTIONS_ANSWERED,
        EventKind.ASSUMPTION_MADE,
        EventKind.ASSUMPTION_RESOLVED,
        EventKind.ASSUMPTION_EXPIRED,
    ):
        subscribe(kind, derive_requirements)
    subscribe(EventKind.STAGE_PROMISED, open_gate)
    subscribe(EventKind.GATE_DECIDED, enter_stage)
    for kind in (
        EventKind.SYSTEM_CHANGED,
        EventKind.STAGE_PROMISED,
        EventKind.QUESTIONS_ANSWERED,
        EventKind.ASSUMPTION_MADE,
        EventKind.ASSUMPTION_RESOLVED,
        EventKind.ASSUMPTION_EXPIRED,
        EventKind.ASSET_REGISTERED,
        EventKind.ASSET_REPLACED,
        EventKind.REQUIREMENTS_DERIVED,
        EventKind.REQUIREMENT_CHANGED,
        EventKind.EVIDENCE_STORED,
        EventKind.EVIDENCE_REVIEWED,
        EventKind.EVIDENCE_EXPIRED,
        EventKind.EVIDENCE_REOPENED,
        EventKind.WAIVER_DECIDED,
        EventKind.WAIVER_REVOKED,
        EventKind.WAIVER_EXPIRED,
    ):
        subscribe(kind, reassess_gates)
    subscribe(EventKind.LESSON_ACCEPTED, adopt_requirement)
    subscribe(EventKind.KEY_REVOKED, reassess_gates_of_a_key)
    subscribe(EventKind.EVIDENCE_STORED, raise_signal)
    subscribe(EventKind.SIGNAL_RAISED, reopen_what_a_signal_contradicts)
    subscribe(EventKind.FRAMEWORK_IMPORTED, reopen_what_a_framework_changed)


def derive_requirements(event: Event) -> None:
    """Scope moved: the work list follows."""
    plan.derive_requirements(actor=RULE, system_id=int(event.details["system"]))


def adopt_requirement(event: Event) -> None:
    """A lesson was accepted: it is asked in every system that it fits."""
    assert event.program_id is not None
    plan.adopt_requirement(actor=RULE, program_id=event.program_id, criterion=event.details["criterion"])


def open_gate(event: Event) -> None:
    """A stage was promised: its gate opens."""
    decide.open_gate(actor=RULE, system_id=int(event.details["system"]), stage=Stage(event.details["stage"]))


def enter_stage(event: Event) -> None:
    """A gate was decided go: the system enters the stage."""
    if str(event.details["outcome"]).startswith("go"):
        scope.enter_stage(
            actor=RULE, system_id=int(event.details["system"]), stage=Stage(event.details["stage"])
        )


def reassess_gates(event: Event) -> None:
    """Something that gates rest on moved: announce those that turned."""
    decide.reassess(actor=RULE, system_id=int(event.details["system"]), now=clock.now())


def reassess_gates_of_a_key(event: Event) -> None:
    """A key is no longer trusted: what it signed carries nothing any more."""
    for system_id in event.details["systems"]:
        decide.reassess(actor=RULE, system_id=int(system_id), now=clock.now())


def raise_signal(event: Event) -> None:
    """Something was seen that speaks against what other checks have shown: say so."""
    check = str(event.details.get("check", ""))
    if event.details.get("outcome") == "fail" and prove.checks_contradicted_by(check):
        watch.raise_signal(
            actor=RULE,
            program_id=int(event.program_id or 0),
            evidence_ref=event.subject.partition("/")[2],
            now=clock.now(),
        )


def reopen_what_a_signal_contradicts(event: Event) -> None:
    """Older passes about the same models count no more until somebody has looked."""
    ref = event.subject.partition("/")[2]
    prove.reopen_evidence(
        actor=RULE,
        program_id=int(event.program_id or 0),
        system_id=int(event.details["system"]),
        source=ref,
        reason=f"{ref} was raised: {event.details['reason']}",
        digests=event.details["digests"],
        checks=prove.checks_contradicted_by(str(event.details["check"])),
        now=clock.now(),
    )


def reopen_what_a_framework_changed(event: Event) -> None:
    """Another edition says other things: what was shown for what it changed is looked at again."""
    rules = event.details["rules"]
    if not rules:
        return
    edition = f"{event.details['framework']}@{event.details['edition']}"
    prove.reopen_evidence(
        actor=RULE,
        program_id=int(event.program_id or 0),
        source=f"{edition} {event.details['digest'][:12]}",
        reason=f"{edition} came in, which changed what its requirement cites",
        rules=rules,
        now=clock.now(),
    )
