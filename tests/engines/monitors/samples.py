"""Profiles made from values in plain Python: what the adapters make with a query."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from plimsoll.engines.monitors.frame import FARTHEST, RESOLUTION, CategoryFrame, NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile


def bucket(frame: NumberFrame, value: float) -> int:
    y = (value - frame.centre) / frame.scale
    return math.floor(max(-FARTHEST, min(FARTHEST, math.asinh(y) * RESOLUTION)))


def numbers(
    frame: NumberFrame, values: Sequence[float], *, missing: int = 0, other: int = 0
) -> ColumnProfile:
    counts = dict(Counter(bucket(frame, value) for value in values))
    return ColumnProfile(frame=frame, counts=counts, other=other, missing=missing)


def words(frame: CategoryFrame, values: Sequence[str], *, missing: int = 0) -> ColumnProfile:
    places = {level: place for place, level in enumerate(frame.levels)}
    counts = dict(Counter(places[value] for value in values if value in places))
    other = sum(value not in places for value in values)
    return ColumnProfile(frame=frame, counts=counts, other=other, missing=missing)


def profile(*columns: ColumnProfile) -> Profile:
    return Profile(rows=columns[0].rows if columns else 0, columns=columns)
