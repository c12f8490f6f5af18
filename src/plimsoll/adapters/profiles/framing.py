"""Frames for the columns of a reference, made from a sample of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyConnection

from plimsoll.adapters.profiles.source import SHOWN, Holds, Source
from plimsoll.engines.monitors.frame import CategoryFrame, Frame, NumberFrame
from plimsoll.engines.monitors.observation import Absent, LeftOut
from plimsoll.kernel.errors import BadInput

__all__ = ["Framed", "frame_columns"]

_UNSEEN = {Holds.TIMES: LeftOut.TIME, Holds.PARTS: LeftOut.NESTED}
_MOSTLY = 0.9
"""Share of a text column's sample that must be numbers for the column to hold numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """What is to be counted, and what is not."""

    frames: tuple[Frame, ...]
    """One per column to count in both tables."""
    absent: dict[str, Absent]
    """Columns of the reference that the current table does not have again."""
    left_out: dict[str, LeftOut]
    """Columns not looked at."""


def frame_columns(
    connection: DuckDBPyConnection,
    reference: Source,
    current: Source,
    *,
    columns: Sequence[str],
    categories: Sequence[str],
) -> Framed:
    """Frames for the columns asked for (all, if none), and why others have none.

    BadInput for a column that is asked for and that the reference lacks or cannot be compared by, and
    if no column of the reference is in the current table.
    """
    for name in (*columns, *categories):
        if name not in reference.columns:
            raise _no_such(name, reference)
    wanted = list(dict.fromkeys(columns)) or list(reference.columns)
    if not set(wanted) & set(current.columns):
        raise BadInput(
            f"{current.name} has none of the columns of {reference.name}.",
            hint=f"The reference has: {_listed(reference)}.",
        )
    left_out = (
        {} if columns else {name: LeftOut.NEW for name in current.columns if name not in reference.columns}
    )
    nameable = [name for name in wanted if _printable(name)]
    left_out |= {name: LeftOut.NAMELESS for name in wanted if not _printable(name)}
    sampled = [name for name in nameable if reference.columns[name].holds not in _UNSEEN]
    left_out |= {name: _UNSEEN[reference.columns[name].holds] for name in nameable if name not in sampled}
    frames, absent = [], {}
    for name, sample in reference.samples(connection, sampled, as_text=categories):
        frame = _frame(name, reference.columns[name].holds, sample, as_category=name in categories)
        if isinstance(frame, LeftOut):
            left_out[name] = frame
        elif why := _absence(frame, current):
            absent[name] = why
        else:
            frames.append(frame)
    asked = [name for name in columns if name in left_out]
    if asked:
        raise BadInput(
            f"The column “{asked[0][:60]}” {left_out[asked[0]].value}.", hint="Name other columns."
        )
    printable = {name if _printable(name) else "?": why for name, why in left_out.items()}
    return Framed(frames=tuple(frames), absent=absent, left_out=printable)


def _printable(name: str) -> bool:
    """Whether a recording can hold it."""
    return 0 < len(name) <= SHOWN and name.isprintable()


def _frame(name: str, holds: Holds, sample: Sequence[Any], *, as_category: bool) -> Frame | LeftOut:
    if holds is Holds.TEXT and not as_category:
        numbers = [number for value in sample if (number := _number(value)) is not None]
        if sample and len(numbers) >= _MOSTLY * len(sample):
            return NumberFrame.from_sample(name, numbers)
        if sample and all(_is_time(value) for value in sample):
            return LeftOut.TIME
        if sample and all(value[0] in "{[" for value in sample):
            return LeftOut.NESTED
    if holds is Holds.NUMBERS and not as_category:
        return NumberFrame.from_sample(name, sample)
    words = [word for value in sample if _printable(word := str(value))]
    return CategoryFrame.from_sample(name, words)


def _absence(frame: Frame, current: Source) -> Absent | None:
    column = current.columns.get(frame.name)
    if column is None:
        return Absent.GONE
    number = isinstance(frame, NumberFrame)
    if column.holds in _UNSEEN or (number and column.holds is Holds.WORDS):
        return Absent.OTHER_FORM
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_such(name: str, source: Source) -> BadInput:
    return BadInput(f"{source.name} has no column “{name[:60]}”.", hint=f"It has: {_listed(source)}.")


def _listed(source: Source) -> str:
    names = list(source.columns)
    return ", ".join(name[:40] for name in names[:20]) + (" …" if len(names) > 20 else "")
