"""Facts for the brief: a tiny program and the realistic maximum."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from plimsoll.engines.reports.brief_facts import (
    BriefFacts,
    DecisionFact,
    ExceptionFact,
    ExceptionKind,
    GateFact,
    Movement,
    NotMeasured,
    OptionFact,
    PositionFact,
    RiskFact,
    SystemFact,
    UnknownFact,
)
from plimsoll.engines.reports.inlines import (
    Number,
    Status,
)
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.stages import Stage

NOW = datetime(2027, 3, 15, 14, 5, tzinfo=UTC)
RECORD = Digest("3f2a" * 16)
NO_SCHEDULE = NotMeasured(reason="no schedule is simulated", missing="durations of the open tasks")
NO_LOAD = NotMeasured(reason="nobody has estimated a loss", missing="estimates for the recorded risks")
NO_MOVEMENT = NotMeasured(reason="this is the first brief")


def count(value: int, unit: str, source: str, href: str = "") -> Number:
    return Number(value=f"{value:,}", unit=unit, source=source, href=href)


def gate(ref: str, *, met: int, not_met: int, unknown: int) -> GateFact:
    source, href = f"gate {ref}, Mon 15 Mar", f"/decide/gates/{ref}"
    return GateFact(
        ref=ref,
        href=href,
        met=count(met, "met", source, href),
        not_met=count(not_met, "not met", source, href),
        unknown=count(unknown, "unknown", source, href),
    )


def system(number: int, name: str, audience: str, **changes: object) -> SystemFact:
    ref = f"SYS-{number}"
    fact = SystemFact(
        ref=ref,
        name=name,
        href=f"/scope/{ref}",
        audience=audience,
        stage=Stage.PILOT,
        next_stage=Stage.LIMITED,
        committed_on=date(2027, 3, 26),
        status=Status.AMBER,
        rule="12 % of the evidence of required controls is stale (limit 10 %)",
        dates=NO_SCHEDULE,
        load=NO_LOAD,
        gate=gate(f"GTE-{number}", met=12, not_met=3, unknown=4),
        evidence=count(14, "pieces of evidence", f"evidence of {ref}, Mon 15 Mar", f"/prove/{ref}"),
        scope_confidence=Number(value="83 %", source=f"scope 5 of {ref}, Fri 22 Jan", href=f"/scope/{ref}/5"),
    )
    return replace(fact, **changes)  # type: ignore[arg-type] # the tests name fields of SystemFact


def option(name: str, sentence: str) -> OptionFact:
    return OptionFact(name=name, sentence=sentence, loss=NO_LOAD, delay=NO_SCHEDULE)


def tiny() -> BriefFacts:
    return BriefFacts(
        program="Halyard assistants",
        as_of=NOW,
        record=RECORD,
        log_position=1,
        systems=(
            system(
                1,
                "Bosun",
                "nobody yet",
                status=Status.WHITE,
                rule="no update from the owner for 11 days",
                stage=Stage.PROTOTYPE,
                committed_on=None,
                gate=NotMeasured(reason="no gate is planned"),
                evidence=count(0, "pieces of evidence", "evidence of SYS-1, Mon 15 Mar"),
                scope_confidence=NotMeasured(reason="no question is answered"),
            ),
        ),
        risks=(),
        unknowns=(),
        decisions=(),
        exceptions=(),
        incidents=NotMeasured(
            reason="no incident record is kept yet", missing="the first declared incident or near miss"
        ),
        forecasts=NotMeasured(reason="no forecast is resolved yet", missing="20 resolved forecasts"),
        earned=NotMeasured(
            reason="nothing is measured yet", missing="answers reused in questionnaires and tenders"
        ),
    )


def realistic() -> BriefFacts:
    return replace(
        tiny(),
        program="Halyard AI products",
        log_position=1204,
        systems=(
            system(
                1,
                "Bosun",
                "Support staff of 212 business tenants; answers from 41,000 articles, refunds up to €50",
            ),
            system(
                2,
                "Keel",
                "Partner banks: automatic credit decisions under €3,000 through an API",
                stage=Stage.LIMITED,
                next_stage=Stage.GA,
                committed_on=date(2027, 6, 30),
                status=Status.GREEN,
                rule="no rule is broken; scope confidence is 61 %",
                gate=gate("GTE-2", met=21, not_met=0, unknown=2),
                scope_confidence=Number(
                    value="61 %", source="scope 3 of SYS-2, Mon 1 Mar", href="/scope/SYS-2/3"
                ),
            ),
            system(
                3,
                "Lookout",
                "Crane crews in six port yards: stops the crane when a person stands in the zone",
                stage=Stage.PROTOTYPE,
                next_stage=Stage.PILOT,
                status=Status.RED,
                rule="2 assumptions are past due, one of the worst-case class",
                gate=gate("GTE-3", met=4, not_met=6, unknown=9),
                scope_confidence=Number(
                    value="54 %", source="scope 2 of SYS-3, Tue 9 Mar", href="/scope/SYS-3/2"
                ),
            ),
        ),
        risks=(
            RiskFact(
                ref="RSK-1",
                href="/plan/risks/RSK-1",
                sentence="Instructions hidden in a vendor's document make the assistant refund strangers",
                movement=Movement.RISING,
                why="two vendors were added on 1 March and their documents are not screened",
                exposure=Number(
                    value="EUR 68,000",
                    unit="a year",
                    interval="90 %: 15,000–400,000",
                    source="catalog prior of RSK-1, edition 2027-01",
                    prior=True,
                ),
            ),
            RiskFact(
                ref="RSK-6",
                href="/plan/risks/RSK-6",
                sentence="Brokers' notes teach the credit model to favour their own customers",
                movement=Movement.UNCHANGED,
                why="provenance of the notes is still not recorded",
                exposure=NO_LOAD,
            ),
            RiskFact(
                ref="RSK-11",
                href="/plan/risks/RSK-11",
                sentence="A camera misses a person at dusk and the crane does not stop",
                movement=Movement.NEW,
                why="found by a foreman during the shadow run",
                exposure=NO_LOAD,
            ),
        ),
        unknowns=tuple(
            UnknownFact(
                ref=ref, sentence=text, assumed=assumed, owner=owner, due_on=due, href=f"/scope/{ref}"
            )
            for ref, text, assumed, owner, due in (
                (
                    "ASM-3",
                    "Does the model vendor keep prompts longer than 30 days?",
                    "it does",
                    "Weiss",
                    date(2027, 2, 5),
                ),
                ("ASM-5", "Can tenants' uploads be trusted?", "they cannot", "Ines", date(2027, 3, 19)),
                ("ASM-8", "Is Lookout a safety component in law?", "it is", "Weiss", date(2027, 3, 22)),
                ("D3", "Do brokers' notes enter the training data?", "", "Tomas", date(2027, 4, 1)),
                ("D1", "Are faces visible in the pictures that are kept?", "", "", None),
                ("O1", "Who answers at night?", "", "", None),
                ("O2", "Who pays for the red team?", "", "", date(2027, 3, 1)),
            )
        ),
        decisions=(
            DecisionFact(
                ref="DEC-7",
                href="/decide/DEC-7",
                question="How does Bosun reach its partner on 26 March?",
                asked_of="Okafor",
                due_on=date(2027, 3, 18),
                options=(
                    option("A", "Ship on the day with refunds switched on"),
                    option("B", "Wait for the injection test and ship everything in April"),
                    option("C", "Ship read-only on the day, refunds after the test"),
                ),
                positions=(
                    PositionFact(
                        person="Dana", stance="disagrees but will support", why="the partner paid for refunds"
                    ),
                    PositionFact(person="Marc", stance="dissents", why="retention of prompts is not settled"),
                ),
            ),
        ),
        exceptions=tuple(
            ExceptionFact(
                ref=ref, kind=kind, sentence=text, owner=owner, expires_on=end, href=f"/decide/{ref}"
            )
            for ref, kind, text, owner, end in (
                (
                    "WVR-1",
                    ExceptionKind.WAIVER,
                    "prototype key shared by two engineers; rotated weekly",
                    "Tomas",
                    date(2027, 3, 12),
                ),
                (
                    "WVR-2",
                    ExceptionKind.WAIVER,
                    "traces sampled at 20 % instead of 100 %; tool calls are traced in full",
                    "Priya",
                    date(2027, 4, 30),
                ),
                (
                    "WVR-3",
                    ExceptionKind.WAIVER,
                    "feature-store write logs kept for 30 days instead of 180",
                    "Tomas",
                    date(2027, 5, 31),
                ),
                (
                    "RSK-9",
                    ExceptionKind.ACCEPTANCE,
                    "theft of the model from a camera in the yard",
                    "Almeida",
                    date(2027, 6, 30),
                ),
            )
        ),
    )
