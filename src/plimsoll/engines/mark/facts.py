"""What the mark of one system shows: its stage, the line of each stage, and its load if it is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.stages import GATED, Stage
from plimsoll.kernel.units import Money

__all__ = ["Load", "MarkFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Simulated annual loss of a system: the best value within its 90 % range.

    Raises BadInput if the three are not in order or not in one currency. It does not say what the
    range rests on; that stands with the simulation.
    """

    low: Money
    """Lower end of the 90 % range, per year."""
    best: Money
    """Where the water line is drawn, per year."""
    high: Money
    """Upper end of the 90 % range, per year."""

    def __post_init__(self) -> None:
        _one_currency((self.low, self.best, self.high), what="The load")
        if not self.low.amount <= self.best.amount <= self.high.amount:
            raise BadInput(
                f"The load {self.best} lies outside its range {self.low} to {self.high}.",
                hint="Give the lower end, the best value and the upper end in this order.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFacts:
    """Everything the mark shows about one system.

    Raises BadInput if amounts are in different currencies, if a stage without a gate has a line, or if
    a later stage is allowed more than an earlier one. Lines of equal amount are accepted.
    """

    system: str
    """The system's name, for readers who cannot see the drawing."""
    stage: Stage
    """Where the system is; its line is the one that counts."""
    lines: Mapping[Stage, Money | None] = field(default_factory=dict)
    """Annual loss that each stage allows; None or absent where nobody has set a line."""
    load: Load | None = None
    """Simulated annual loss; None while it is not measured."""

    def __post_init__(self) -> None:
        strange = [stage.label for stage in self.lines if stage not in GATED]
        if strange:
            raise BadInput(
                f"The stage {strange[0]} has a line.",
                hint=f"Lines belong to {', '.join(stage.label for stage in GATED)}.",
            )
        amounts = self.known_lines
        load = (self.load.best,) if self.load else ()
        _one_currency((*amounts.values(), *load), what="The mark")
        for (earlier, more), (later, less) in pairwise(amounts.items()):
            if less.amount > more.amount:
                raise BadInput(
                    f"The line of {later.label} ({less}) is above the line of {earlier.label} ({more}).",
                    hint="A later stage allows at most what the stage before it allows.",
                )

    @property
    def known_lines(self) -> dict[Stage, Money]:
        """The lines that are set, in the order of the stages."""
        found = ((stage, self.lines.get(stage)) for stage in GATED)
        return {stage: line for stage, line in found if line is not None}

    @property
    def margin(self) -> Decimal | None:
        """Line of the system's stage minus best load; negative if over; None if either is missing."""
        line = self.lines.get(self.stage)
        if line is None or self.load is None:
            return None
        return line.amount - self.load.best.amount


def _one_currency(amounts: Iterable[Money], *, what: str) -> None:
    found = sorted({money.currency for money in amounts})
    if len(found) > 1:
        raise BadInput(
            f"{what} mixes the currencies {' and '.join(found)}.",
            hint="Give every amount in the currency of the program.",
        )
