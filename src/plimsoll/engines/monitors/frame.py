"""Frames: where the values of a column are cut, fixed once by the reference, so that counts add up.

A number is counted on a grid that is linear around the centre of the reference and logarithmic in the
tails: with y = (x − centre) ÷ scale its bucket is floor(asinh(y) × 64). One grid serves years, prices
and probabilities alike, and a bucket is nowhere wider than 1/64 of its distance from the centre (or of
the scale, where that is more). What is infinite, or more than 1e150 scales away, counts as no number.
A category is counted by level; what has no level is counted together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plimsoll.kernel.errors import BadInput

__all__ = ["FARTHEST", "MAX_LEVELS", "RESOLUTION", "CategoryFrame", "Frame", "NumberFrame", "edge"]

RESOLUTION = 64
"""Buckets per unit of asinh(y)."""
FARTHEST = 2048
"""The last bucket on either side; it is open, and begins 4e13 scales from the centre."""
MAX_LEVELS = 100
"""Most levels of a category that are counted by themselves."""
_RARE = 3
_NARROW = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFrame:
    """The grid of a column of numbers."""

    name: str
    """The column."""
    centre: float
    """About the median of the reference, in units of the column."""
    scale: float
    """About the standard deviation of the reference, above 0, in units of the column."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.centre) and math.isfinite(self.scale) and self.scale > 0):
            raise BadInput(
                f"The grid of “{self.name[:60]}” has centre {self.centre} and scale {self.scale}.",
                hint="Both are finite numbers, and the scale is above 0.",
            )

    @classmethod
    def from_sample(cls, name: str, sample: Sequence[float]) -> NumberFrame:
        """The grid for a sample of the reference: its median, and its interquartile range ÷ 1.35.

        Where half of the sample is one value, the range is that of the other values; where all of it is,
        a thousandth of that value, or of 1. Values that are not finite are passed over; without any
        other, the centre is 0 and the scale 1. A poor sample makes the grid coarser where the rows are,
        never the counts wrong.
        """
        with np.errstate(over="ignore"):
            values = np.asarray([v for v in sample if math.isfinite(v)], dtype=float)
            if not len(values):
                return cls(name=name, centre=0.0, scale=1.0)
            low, centre, high = np.quantile(values, (0.25, 0.5, 0.75))
            spread = (high - low) / 1.35
            others = values[values != centre]
            if not spread > 0 and len(others):
                spread = float(np.median(np.abs(others - centre)))
        if not (math.isfinite(spread) and spread > 0):
            spread = _NARROW * max(abs(float(centre)), 1.0)
        return cls(name=name, centre=float(centre), scale=float(spread))


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryFrame:
    """The levels of a column of categories."""

    name: str
    """The column."""
    levels: tuple[str, ...]
    """The values counted by themselves, each once, at most `MAX_LEVELS`; all others are counted together."""

    def __post_init__(self) -> None:
        if len(self.levels) > MAX_LEVELS or len(set(self.levels)) != len(self.levels):
            raise BadInput(
                f"The levels of “{self.name[:60]}” are more than {MAX_LEVELS} or not all different."
            )

    @classmethod
    def from_sample(cls, name: str, sample: Sequence[str]) -> CategoryFrame:
        """The most frequent values of a sample of the reference, most frequent first, ties by text.

        A value seen fewer than three times has no level: it may name one person, and no count of it
        could show anything.
        """
        counted = sorted(Counter(sample).items(), key=lambda item: (-item[1], item[0]))
        frequent = [value for value, times in counted[:MAX_LEVELS] if times >= _RARE]
        return cls(name=name, levels=tuple(frequent))


Frame = NumberFrame | CategoryFrame


def edge(frame: NumberFrame, bucket: int) -> float:
    """The lower end of a bucket, in units of the column; always finite.

    Buckets run from −`FARTHEST` to `FARTHEST`; a bucket ends where the next begins. The two last ones
    are open, and this is where their rows are taken to be.
    """
    place = frame.centre + frame.scale * math.sinh(bucket / RESOLUTION)
    return min(max(place, -_LARGEST), _LARGEST)


_LARGEST = 1e300
