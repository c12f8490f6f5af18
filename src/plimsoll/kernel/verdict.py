"""Three-valued verdicts with their reasons.

MET, NOT_MET and UNKNOWN are made, combined and explained by the same code, so an explanation can
never disagree with the verdict it explains. Combining nothing is UNKNOWN: missing is not false and
skipped is never green. Every part is evaluated and its reasons come out in input order.

The connectives are Kleene's strong three-valued logic (S. C. Kleene, Introduction to
Metamathematics, 1952, section 64), with one deliberate difference: the empty conjunction is
UNKNOWN instead of true, because a gate without criteria has shown nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Judgement", "Reason", "Verdict", "all_of", "any_of", "met", "not_met", "unknown"]


class Verdict(StrEnum):
    """What is known about a condition: shown, refuted, or neither."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"

    @property
    def word(self) -> str:
        """The verdict as people read it: "met", "not met" or "unknown"."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sentence that a verdict rests on, and where it comes from."""

    verdict: Verdict
    """What this reason alone says."""
    text: str
    """A sentence in the reader's words, without a final full stop."""
    source: str = ""
    """What it was read from: a ref (EVD-3), a question (A1), a catalog id; empty if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with every reason that was considered, in input order."""

    verdict: Verdict
    """The combined verdict."""
    reasons: tuple[Reason, ...]
    """All reasons, also those that did not decide."""

    @property
    def deciding(self) -> tuple[Reason, ...]:
        """The reasons that agree with the verdict; never empty for a judgement made here."""
        return tuple(reason for reason in self.reasons if reason.verdict is self.verdict)


def _single(verdict: Verdict, text: str, source: str) -> Judgement:
    return Judgement(verdict=verdict, reasons=(Reason(verdict=verdict, text=text, source=source),))


def met(text: str, *, source: str = "") -> Judgement:
    """A condition that was shown to hold, with the sentence that shows it."""
    return _single(Verdict.MET, text, source)


def not_met(text: str, *, source: str = "") -> Judgement:
    """A condition that was shown not to hold, with the sentence that shows it."""
    return _single(Verdict.NOT_MET, text, source)


def unknown(text: str, *, source: str = "") -> Judgement:
    """A condition about which nothing decisive was seen, with the sentence that says what is missing."""
    return _single(Verdict.UNKNOWN, text, source)


def all_of(parts: Iterable[Judgement], *, nothing: str = "there is nothing to judge") -> Judgement:
    """MET if every part is met; NOT_MET if any is not met; UNKNOWN otherwise, and for no parts.

    Every part is consumed and keeps its reasons, in input order. `nothing` is the reason given when
    there are no parts.
    """
    return _combine(parts, strongest=Verdict.NOT_MET, weakest=Verdict.MET, nothing=nothing)


def any_of(parts: Iterable[Judgement], *, nothing: str = "there is nothing to judge") -> Judgement:
    """MET if any part is met; NOT_MET if every part is not met; UNKNOWN otherwise, and for no parts."""
    return _combine(parts, strongest=Verdict.MET, weakest=Verdict.NOT_MET, nothing=nothing)


def _combine(parts: Iterable[Judgement], *, strongest: Verdict, weakest: Verdict, nothing: str) -> Judgement:
    collected = list(parts)
    if not collected:
        return unknown(nothing)
    verdicts = {part.verdict for part in collected}
    reasons = tuple(reason for part in collected for reason in part.reasons)
    if strongest in verdicts:
        return Judgement(verdict=strongest, reasons=reasons)
    if Verdict.UNKNOWN in verdicts:
        return Judgement(verdict=Verdict.UNKNOWN, reasons=reasons)
    return Judgement(verdict=weakest, reasons=reasons)
