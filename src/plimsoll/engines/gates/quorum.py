"""Signatures: who may sign, what counts, and which outcomes a verdict allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from plimsoll.engines.gates.evaluate import GateResult
from plimsoll.engines.gates.facts import GateFacts, Standing
from plimsoll.kernel.stages import Level
from plimsoll.kernel.verdict import Judgement, Verdict, all_of, met, unknown

__all__ = [
    "Outcome",
    "QuorumSeat",
    "Signature",
    "Stance",
    "allowed_outcomes",
    "own_controls",
    "quorum",
]


class Stance(StrEnum):
    """What a signature says."""

    AGREE = "agree"
    SUPPORT = "disagree_but_support"
    DISSENT = "dissent"
    RECUSE = "recuse"

    @property
    def label(self) -> str:
        """As people say it."""
        return "disagree but will support" if self is Stance.SUPPORT else self.value

    @property
    def counts(self) -> bool:
        """Whether it fills a seat of the quorum."""
        return self in (Stance.AGREE, Stance.SUPPORT)


class Outcome(StrEnum):
    """What can be decided at a gate."""

    GO = "go"
    CONDITIONS = "go_with_conditions"
    NO_GO = "no_go"
    DEFER = "defer"

    @property
    def label(self) -> str:
        """As people say it."""
        return {"no_go": "no-go"}.get(self.value, self.value.replace("_", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuorumSeat:
    """How many people of a role must sign."""

    role: str
    """Role."""
    count: int
    """People."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One person's signature on a snapshot."""

    person_id: int
    """Who."""
    role: str
    """In which role."""
    stance: Stance
    """What it says."""
    digest: str
    """The snapshot it binds to."""


def own_controls(person_id: int, facts: GateFacts) -> tuple[str, ...]:
    """Refs of the requirements in the gate that the person owns; who owns one cannot sign the gate."""
    return tuple(
        fact.ref or fact.rule
        for fact in facts.requirements
        if fact.owner_id == person_id
        and fact.standing in (Standing.CERTAIN, Standing.ASSUMED)
        and fact.level is not Level.NOT_YET
    )


def quorum(seats: Iterable[QuorumSeat], signatures: Sequence[Signature], *, digest: str) -> Judgement:
    """Whether every seat is filled by current signatures; silence is never consent.

    A person fills one seat only, whatever roles they hold; if any assignment of people to seats fills
    them all, it is found. Signatures on another digest are stale and fill none. Who dissents or recuses
    on this digest in one role fills no seat in another; pass each person's latest word only.
    It does not look at independence: `own_controls` does, before somebody signs.
    """
    asked = [seat for seat in seats if seat.count > 0]
    current = [s for s in signatures if s.digest == digest]
    against = {s.person_id for s in current if not s.stance.counts}
    willing: dict[str, list[int]] = {seat.role: [] for seat in asked}
    for person, role in sorted({(s.person_id, s.role) for s in current if s.person_id not in against}):
        if role in willing:
            willing[role].append(person)
    places = [index for index, seat in enumerate(asked) for _ in range(seat.count)]
    filled = _fill([asked[index].role for index in places], willing)
    parts = []
    for index, seat in enumerate(asked):
        count = sum(places[place] == index for place in filled)
        text = f"{seat.role}: {count} of {seat.count} signed"
        parts.append(met(text) if count == seat.count else unknown(text))
    return all_of(parts, nothing="the policy names nobody who must sign")


def _fill(roles: Sequence[str], willing: Mapping[str, Sequence[int]]) -> list[int]:
    """The places that can be filled by different people, as many as possible.

    Kuhn's algorithm for bipartite matching: who already sits moves on if another place will do.
    """
    sits: dict[int, int] = {}

    def seated(place: int, asked: set[int]) -> bool:
        for person in willing[roles[place]]:
            if person not in asked:
                asked.add(person)
                if person not in sits or seated(sits[person], asked):
                    sits[person] = place
                    return True
        return False

    return [place for place in range(len(roles)) if seated(place, set())]


def allowed_outcomes(result: GateResult, signed: Judgement) -> dict[Outcome, str]:
    """Outcome → everything that keeps it from being open ("" if it is).

    go needs every criterion met without waiver and the quorum; go with conditions needs the quorum
    and no criterion refuted without waiver; no-go and defer are always open.
    """
    both = []
    if signed.verdict is not Verdict.MET:
        seats = ", ".join(r.text for r in signed.reasons if r.verdict is not Verdict.MET)
        both.append(f"the quorum is not complete ({seats})")
    if not result.applicable:
        both.append("the gate asks nothing of this system")
    unmet = [r for r in result.applicable if r.judgement.verdict is not Verdict.MET]
    refuted = [r for r in unmet if r.judgement.verdict is Verdict.NOT_MET and not r.waived_by]
    go = [*both, _criteria(len(unmet), "not met or not known")]
    conditions = [*both, _criteria(len(refuted), "not met and not waived")]
    return {
        Outcome.GO: "; ".join(filter(None, go)),
        Outcome.CONDITIONS: "; ".join(filter(None, conditions)),
        Outcome.NO_GO: "",
        Outcome.DEFER: "",
    }


def _criteria(count: int, how: str) -> str:
    if not count:
        return ""
    return f"1 criterion is {how}" if count == 1 else f"{count} criteria are {how}"
