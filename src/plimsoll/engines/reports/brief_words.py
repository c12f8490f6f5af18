"""What the lines of the brief have in common: limits, runs of text, gaps in measurement, "and n more"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.engines.reports.brief_facts import Measured, NotMeasured
from plimsoll.engines.reports.document import Paragraph
from plimsoll.engines.reports.inlines import Inline, Inlines, Status, StatusWord, Text
from plimsoll.engines.reports.wording import clip, counted, listed, sentence

__all__ = ["LEVELS", "WHITE", "Limits", "capital", "figures", "gap", "gaps", "more", "run", "says"]

WHITE: Final = StatusWord(Status.WHITE)
"""Not enough data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of each thing is printed."""

    systems: int
    """Systems that get a row of their own."""
    reasons: int
    """Different reasons why one thing is not measured."""
    name: int
    """Characters of the name of a person, a system or an option."""
    sentence: int
    """Characters of a sentence about a risk, an unknown, an option or an exception."""
    why: int
    """Characters of a reason beside such a sentence."""
    reason: int
    """Characters of what is not measured, and of what is missing for it."""
    risks: int = 3
    """Risks that are shown."""
    unknowns: int = 5
    """Unknowns that are shown."""
    options: int = 3
    """Options that are shown of the decision asked."""
    positions: int = 2
    """Disagreeing positions that are shown."""
    exceptions: int = 4
    """Exceptions that are shown."""


LEVELS: Final = (
    Limits(systems=4, reasons=2, name=40, sentence=160, why=120, reason=120),
    Limits(systems=3, reasons=2, name=32, sentence=120, why=90, reason=90),
    Limits(systems=3, reasons=1, name=28, sentence=90, why=66, reason=70),
    Limits(systems=3, reasons=1, name=18, sentence=56, why=36, reason=44),
    Limits(systems=2, reasons=1, name=16, sentence=48, why=30, reason=36),
)
"""From roomy to tight. The first level at which the brief fits on a page is used."""


def run(*parts: Inline | str) -> Inlines:
    """The parts as one run of inlines; strings become text, empty ones are left out."""
    return tuple(Text(part) if isinstance(part, str) else part for part in parts if part != "")


def says(*parts: Inline | str) -> Paragraph:
    """The parts as one paragraph."""
    return Paragraph(run(*parts))


def more(number: int, noun: str, *extra: Inline | str) -> tuple[Paragraph, ...]:
    """The line “And n more …” with what else is worth saying about them; nothing if there are none."""
    if number < 1:
        return ()
    shown = counted(number, noun).replace(" ", " more ", 1)
    return (says(f"And {shown}", *extra, "."),)


def gap(missing: NotMeasured, *, limits: Limits) -> str:
    """Why there is no figure and what would have to be there, in one or two sentences."""
    reason = sentence(clip(missing.reason, limit=limits.reason))
    needed = sentence(clip(missing.missing, limit=limits.reason))
    return f"{reason} Missing: {needed}" if needed else reason


def gaps(what: str, facts: Iterable[tuple[str, object]], *, limits: Limits) -> tuple[Paragraph, ...]:
    """Why `what` is not measured: one paragraph per reason, and how many more reasons there are.

    `facts` pairs a name with a fact; facts that are measured are passed over. The names concerned are
    said unless it is all of them.
    """
    pairs = list(facts)
    found: dict[NotMeasured, list[str]] = {}
    for name, fact in pairs:
        if isinstance(fact, NotMeasured):
            found.setdefault(fact, []).append(name)
    shown = list(found.items())[: limits.reasons]
    hidden = len(found) - len(shown)
    return tuple(
        says(
            f"{what}{_of(names, len(pairs))} ",
            WHITE,
            f": {gap(missing, limits=limits)}",
            f" And {counted(hidden, 'more reason')}." if hidden and missing == shown[-1][0] else "",
        )
        for missing, names in shown
    )


def figures(measured: Measured, *, limits: Limits) -> Inlines:
    """The figures with their labels, such as "P50: Thu 18 Mar, P80: Wed 24 Mar"."""
    parts: list[Inline | str] = []
    for label, number in measured.figures:
        parts += [f"{', ' if parts else ''}{clip(label, limit=limits.name)}: ", number]
    return run(*parts)


def capital(text: str) -> str:
    """The text with its first letter in upper case, for a sentence that opens a paragraph."""
    return text[:1].upper() + text[1:]


def _of(names: Sequence[str], everyone: int) -> str:
    return "" if len(names) == everyone else f" of {listed(names)}"
