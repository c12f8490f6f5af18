"""The rules of RACI for one requirement.

The owner is the accountable person: one fact, kept once, so there are never two. What can go wrong is
that the owner is gone and nobody stands in, that nobody does the work, and that who answers for a
control also tests it. After PMBOK Guide (7th edition, responsibility assignment matrix): exactly one
accountable, at least one responsible; and after the separation of duties in NIST SP 800-53 Rev. 5
(AC-5, CA-2(1)): who tests is independent of who answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plimsoll.kernel.errors import BadInput

__all__ = ["Assignment", "Deputy", "Part", "accountable_now", "violations"]


class Part(StrEnum):
    """What somebody has to do with a requirement, besides answering for it."""

    RESPONSIBLE = "responsible"
    """Does the work."""
    CONSULTED = "consulted"
    """Is asked before."""
    INFORMED = "informed"
    """Is told after."""
    TESTER = "tester"
    """Tests whether it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One person's part in one requirement."""

    person: int
    """Key of the person."""
    part: Part
    """What they have to do with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """Somebody stands in for somebody else for a while."""

    person: int
    """Who is away."""
    deputy: int
    """Who stands in."""
    first: date
    """First day, included."""
    last: date
    """Last day, included."""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise BadInput(
                f"The deputy would stand in from {self.first} to {self.last}.", hint="Give the days in order."
            )
        if self.person == self.deputy:
            raise BadInput("Nobody is their own deputy.", hint="Choose somebody else.")

    def in_force(self, today: date) -> bool:
        """Whether the day lies within."""
        return self.first <= today <= self.last


def accountable_now(
    owner: int, *, members: frozenset[int], deputies: Sequence[Deputy], today: date
) -> int | None:
    """Who answers today: the owner's deputy while one stands in, else the owner; None if neither is here.

    Only members of the program answer. Of several deputies in force the first given stands in. A
    deputy's own deputy is not asked: who stands in says so directly.
    """
    for deputy in deputies:
        if deputy.person == owner and deputy.in_force(today) and deputy.deputy in members:
            return deputy.deputy
    return owner if owner in members else None


def violations(
    owner: int,
    assignments: Sequence[Assignment],
    *,
    members: frozenset[int],
    deputies: Sequence[Deputy],
    today: date,
) -> tuple[str, ...]:
    """The rules that are broken today, each as a sentence, in a fixed order; empty if none is.

    Parts of people who are no members any more do not count. It judges the plan, not what people did:
    who really tested stands in the evidence.
    """
    here = [a for a in assignments if a.person in members]
    answering = accountable_now(owner, members=members, deputies=deputies, today=today)
    found = []
    if answering is None:
        found.append("nobody is accountable: the owner is no member and has no deputy")
    if not any(a.part is Part.RESPONSIBLE for a in here):
        found.append("nobody is responsible")
    testers = {a.person for a in here if a.part is Part.TESTER}
    if testers & {owner, answering}:
        found.append("who is accountable is also the tester")
    return tuple(found)
