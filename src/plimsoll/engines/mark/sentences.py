"""The words beside and behind the drawing."""

from __future__ import annotations

from decimal import Decimal

from plimsoll.engines.mark.facts import MarkFacts
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.kernel.units import Money

__all__ = ["beside", "describe", "is_over", "rung_name"]

_SHORT = {Stage.GA: "GA"}


def rung_name(stage: Stage) -> str:
    """A stage as it stands beside its rung: one short word."""
    return _SHORT.get(stage, stage.value)


def beside(facts: MarkFacts) -> tuple[str, str]:
    """Two short lines: the margin or why there is none, and the load with its range.

    The second is empty where the load is not measured.
    """
    load = facts.load
    if load is None:
        return ("not in service", "") if facts.stage is Stage.RETIRED else ("load not yet measured", "")
    ranged = f"load {load.best} a year (90 %: {load.low.amount:,.0f}–{load.high.amount:,.0f})"
    margin = facts.margin
    if facts.stage is Stage.RETIRED:
        return "no line: retired", ranged
    if margin is None:
        return f"no line set for {facts.stage.label}", ranged
    room = Money(amount=abs(margin), currency=load.best.currency)
    if margin == 0:
        return "on the line", ranged
    return (f"{room} below the line" if margin > 0 else f"{room} over the line"), ranged


def describe(facts: MarkFacts) -> str:
    """The drawing in sentences, for readers who cannot see it; every figure of it is in them."""
    words = [f"Stage: {facts.stage.label}."]
    known = facts.known_lines
    if known:
        set_lines = ", ".join(f"{stage.label} {line}" for stage, line in known.items())
        words.append(f"Annual loss allowed by stage: {set_lines}.")
    else:
        words.append("No line is set for any stage.")
    missing = [stage.label for stage in GATED if stage not in known]
    if known and missing:
        words.append(f"No line is set for {', '.join(missing)}.")
    first, second = beside(facts)
    words += [f"{text[:1].upper()}{text[1:]}." for text in (first, second) if text]
    return " ".join(words)


def is_over(margin: Decimal | None) -> bool:
    """Whether the best load lies above the line of the stage; unknown counts as not over."""
    return margin is not None and margin < 0
