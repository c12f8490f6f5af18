"""Where an amount stands on the hull: higher for more load, above every line that it exceeds."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Final

from plimsoll.engines.mark.facts import MarkFacts
from plimsoll.kernel.stages import Stage

__all__ = ["RUNGS", "height_of"]

DECK: Final = 13.0
"""Where an unbounded load would stand."""
LIGHT: Final = 80.0
"""Where no load at all stands: an empty ship still floats on its keel."""
RUNGS: Final = {Stage.PROTOTYPE: 23.0, Stage.PILOT: 36.0, Stage.LIMITED: 49.0, Stage.GA: 62.0}
"""Height of each stage's line on the hull, in drawing units from the top; evenly spaced."""


def height_of(amount: Decimal, facts: MarkFacts) -> float:
    """The distance from the top of the drawing at which a yearly amount stands, in drawing units.

    The rungs are evenly spaced whatever their amounts; between two rungs the height is linear, below
    the lowest it falls to the keel at zero, above the highest it nears the deck without reaching it.
    So the drawing shows which lines an amount is above and says nothing by distance; an excess too
    small to be seen is drawn on the line, and the words beside the drawing say it.
    Needs at least one known line; with none the amount has no place and ValueError is raised. An
    amount equal to the line of the system's own stage stands on that line even if others are equal.
    """
    known = facts.known_lines
    if not known:
        raise ValueError("without any line an amount has no place on the hull")
    own = known.get(facts.stage)
    if own is not None and own.amount == amount:
        return RUNGS[facts.stage]
    rungs = [(Decimal(0), LIGHT)]
    rungs += [(line.amount, RUNGS[stage]) for stage, line in reversed(known.items())]
    for (below, low), (above, high) in pairwise(rungs):
        if amount < above or (amount == above and amount > below):
            return low + (high - low) * float((amount - below) / (above - below))
    top, height = rungs[-1]
    if amount == top:  # every line is zero and so is the load
        return height
    return DECK + (height - DECK) * float(top / amount)
