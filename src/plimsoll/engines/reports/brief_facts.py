"""Everything that the one-page brief says, as one frozen value.

Figures are `Number`s and so carry their source. What nobody has measured is `NotMeasured` with a
reason; there is no way to leave a line out or to show a blank as a zero. Sentences are in the
reader's words, without a final full stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from plimsoll.engines.reports.inlines import Number, Status, check_link, require
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.stages import Stage

__all__ = [
    "BriefFacts",
    "DecisionFact",
    "ExceptionFact",
    "ExceptionKind",
    "GateFact",
    "Measured",
    "Movement",
    "NotMeasured",
    "OptionFact",
    "PositionFact",
    "RiskFact",
    "SystemFact",
    "UnknownFact",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """Nobody has looked, or there is too little to say anything; shown as white."""

    reason: str
    """Why there is no figure, in one short sentence."""
    missing: str = ""
    """What would have to be there, such as "three-point durations of the open tasks"."""

    def __post_init__(self) -> None:
        require(self.reason, what="The reason why something is not measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures with their labels, and the status that was computed from them if a rule does so."""

    figures: tuple[tuple[str, Number], ...]
    """Label and figure, such as ("P50", …), ("P80", …); one to four."""
    sentence: str = ""
    """What the figures mean, in one sentence; empty if they speak for themselves."""
    status: Status | None = None
    """None where no rule computes one."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.figures) <= 4:
            raise BadInput(
                f"A measurement has {len(self.figures)} figures.",
                hint="Give one to four; where there is none, say NotMeasured with the reason.",
            )
        for label, _ in self.figures:
            require(label, what="The label of a figure")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFact:
    """How the criteria of the next gate stand; the three counts are of the same snapshot."""

    ref: str
    """The gate, such as GTE-2."""
    met: Number
    """Criteria that were shown to hold."""
    not_met: Number
    """Criteria that were shown not to hold."""
    unknown: Number
    """Criteria about which too little was seen."""
    href: str = ""
    """Page of the gate; empty if there is none."""

    def __post_init__(self) -> None:
        require(self.ref, what="The ref of a gate")
        check_link(self.href, what="The gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFact:
    """One system of the program: what ships, to whom, when, and how it stands."""

    ref: str
    """Such as SYS-1."""
    name: str
    """As people call it."""
    audience: str
    """Who gets it, in one sentence."""
    stage: Stage
    """Where it is."""
    status: Status
    """Computed by the status rules, never typed in."""
    rule: str
    """The rule that won, in one sentence."""
    dates: Measured | NotMeasured
    """P50 and P80 of the next stage."""
    load: Measured | NotMeasured
    """Load, line and margin."""
    gate: GateFact | NotMeasured
    """Criteria of the next gate."""
    evidence: Number
    """How many pieces of evidence hold today."""
    scope_confidence: Number | NotMeasured
    """Certain ÷ (certain + open)."""
    next_stage: Stage | None = None
    """Where it goes next; None at the end of its life."""
    committed_on: date | None = None
    """The date that was promised; None if nothing is."""
    href: str = ""
    """Page of the system; empty if there is none."""

    def __post_init__(self) -> None:
        for text, what in ((self.ref, "ref"), (self.name, "name"), (self.rule, "status rule")):
            require(text, what=f"The {what} of a system")
        require(self.audience, what=f"The audience of {self.name[:40]}")
        check_link(self.href, what=f"The system {self.ref[:20]}")


class Movement(StrEnum):
    """How a risk has moved since the last brief."""

    NEW = "new"
    RISING = "rising"
    FALLING = "falling"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFact:
    """A risk in business words."""

    ref: str
    """Such as RSK-14."""
    sentence: str
    """Cause, event and consequence as an owner would say them."""
    movement: Movement | NotMeasured
    """Since the last brief."""
    why: str
    """What moved it, or what holds it."""
    exposure: Number | NotMeasured
    """Loss a year; a catalog prior says so itself."""
    href: str = ""
    """Page of the risk; empty if there is none."""

    def __post_init__(self) -> None:
        require(self.ref, what="The ref of a risk")
        require(self.sentence, what=f"The sentence of {self.ref[:20]}")
        check_link(self.href, what=f"The risk {self.ref[:20]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFact:
    """Something nobody knows yet, and when it will be known."""

    ref: str
    """The assumption (ASM-3) or the question (A1)."""
    sentence: str
    """What is not known."""
    assumed: str = ""
    """What is acted on meanwhile; empty if nothing is assumed."""
    owner: str = ""
    """The person who finds out; empty if nobody has taken it."""
    due_on: date | None = None
    """When it will be known; None if nobody has named a day."""
    href: str = ""
    """Page of it; empty if there is none."""

    def __post_init__(self) -> None:
        require(self.ref, what="The ref of an unknown")
        require(self.sentence, what=f"The sentence of {self.ref[:20]}")
        check_link(self.href, what=f"The unknown {self.ref[:20]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFact:
    """One way to go."""

    name: str
    """Such as "A"."""
    sentence: str
    """What would be done."""
    loss: Number | NotMeasured
    """Expected loss a year."""
    delay: Number | NotMeasured
    """Days, or their cost."""

    def __post_init__(self) -> None:
        require(self.name, what="The name of an option")
        require(self.sentence, what=f"The sentence of option {self.name[:20]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFact:
    """Somebody who does not simply agree."""

    person: str
    """Name."""
    stance: str
    """Such as "dissents" or "disagrees but will support"."""
    why: str
    """Their reason, in their words."""

    def __post_init__(self) -> None:
        require(self.person, what="The person of a position")
        require(self.stance, what=f"The stance of {self.person[:40]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFact:
    """A decision that is asked of a person."""

    ref: str
    """Such as DEC-7."""
    question: str
    """What is to be decided."""
    asked_of: str
    """The person who decides."""
    options: tuple[OptionFact, ...]
    """At least three: two options are a threat and a wish."""
    due_on: date | None = None
    """When it is needed; None if no day was named."""
    positions: tuple[PositionFact, ...] = ()
    """Who disagrees; empty if no disagreement is recorded."""
    href: str = ""
    """Page of the decision; empty if there is none."""

    def __post_init__(self) -> None:
        require(self.ref, what="The ref of a decision")
        require(self.question, what=f"The question of {self.ref[:20]}")
        require(self.asked_of, what=f"The person asked by {self.ref[:20]}")
        check_link(self.href, what=f"The decision {self.ref[:20]}")
        if len(self.options) < 3:
            raise BadInput(
                f"The decision {self.ref[:20]} compares {len(self.options)} options.",
                hint="A decision compares at least three.",
            )


class ExceptionKind(StrEnum):
    """What kind of exception is in force."""

    WAIVER = "waiver"
    ACCEPTANCE = "acceptance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFact:
    """A requirement that is not met for a while, or a risk that is carried knowingly."""

    ref: str
    """Such as WVR-2."""
    kind: ExceptionKind
    """Waiver or acceptance."""
    sentence: str
    """What is excepted, and what stands in for it."""
    owner: str
    """The person who carries it."""
    expires_on: date
    """Last day on which it holds."""
    href: str = ""
    """Page of it; empty if there is none."""

    def __post_init__(self) -> None:
        require(self.ref, what="The ref of an exception")
        require(self.sentence, what=f"The sentence of {self.ref[:20]}")
        require(self.owner, what=f"The owner of {self.ref[:20]}")
        check_link(self.href, what=f"The exception {self.ref[:20]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefFacts:
    """What the nine lines of a program's brief say on one day."""

    program: str
    """Name of the program."""
    as_of: datetime
    """The instant the facts were read, with its zone; also decides what is past due."""
    record: Digest
    """Digest of the record that the facts were read from."""
    log_position: int
    """Number of entries in the trusted log at that instant."""
    systems: tuple[SystemFact, ...]
    """Every system of the program; at least one."""
    risks: tuple[RiskFact, ...]
    """Most pressing first, all of them; empty if none is recorded."""
    unknowns: tuple[UnknownFact, ...]
    """Those that settle most first, all of them; empty if none is open."""
    decisions: tuple[DecisionFact, ...]
    """Most urgent first; empty if none is asked."""
    exceptions: tuple[ExceptionFact, ...]
    """Ending soonest first; empty if none is in force."""
    incidents: Measured | NotMeasured
    """Incidents, near misses, and whether the gate would have caught them."""
    forecasts: Measured | NotMeasured
    """How good the resolved forecasts were."""
    earned: Measured | NotMeasured
    """What security work earned or saved."""
    language: str = "en"
    """Language tag; the wording itself is English."""

    def __post_init__(self) -> None:
        require(self.program, what="The name of the program")
        if not self.systems:
            raise BadInput(
                f"The program {self.program[:40]} has no systems.",
                hint="A brief needs at least one; add a system first.",
            )
        if self.as_of.tzinfo is None:
            raise BadInput("The date of the brief has no time zone.", hint="Pass an instant with its zone.")
        if self.log_position < 0:
            raise BadInput(f"The log position is {self.log_position}.", hint="It counts entries from zero.")
