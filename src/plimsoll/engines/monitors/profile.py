"""Profiles: counts of rows under a frame. They add up, and no row can be read back from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.engines.monitors.frame import FARTHEST, Frame, NumberFrame
from plimsoll.kernel.errors import BadInput

__all__ = ["ColumnProfile", "Profile", "merge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """The rows of one column, counted."""

    frame: Frame
    """Where the column is cut."""
    counts: Mapping[int, int]
    """Bucket, or place of the level, → rows; only those with rows."""
    other: int
    """Rows whose value has no place: no number in a column of numbers, a value without a level else."""
    missing: int
    """Rows without a value."""

    def __post_init__(self) -> None:
        lowest, highest = (
            (-FARTHEST, FARTHEST) if isinstance(self.frame, NumberFrame) else (0, len(self.frame.levels) - 1)
        )
        places = all(lowest <= place <= highest for place in self.counts)
        if not places or min((*self.counts.values(), self.other + 1, self.missing + 1)) < 1:
            raise BadInput(
                f"The counts of “{self.frame.name[:60]}” are not those of its frame.",
                hint="Buckets and levels are those of the frame, and counts are whole numbers above 0.",
            )

    @property
    def valued(self) -> int:
        """Rows whose distribution is compared: without those that are missing, or no number."""
        other = 0 if isinstance(self.frame, NumberFrame) else self.other
        return sum(self.counts.values()) + other

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.counts.values()) + self.other + self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The rows of a table, counted column by column."""

    rows: int
    """Rows read."""
    columns: tuple[ColumnProfile, ...]
    """In the order of the frames; each counts all rows."""

    def __post_init__(self) -> None:
        for column in self.columns:
            if column.rows != self.rows:
                raise BadInput(
                    f"The counts of “{column.frame.name[:60]}” add up to {column.rows:,} rows, "
                    f"not to the {self.rows:,} that were read."
                )
        if len({column.frame.name for column in self.columns}) != len(self.columns):
            raise BadInput("A column stands twice in the profile.")

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Where the columns are cut; profiles with the same frames can be merged and compared."""
        return tuple(column.frame for column in self.columns)


def merge(one: Profile, other: Profile) -> Profile:
    """The profile of both sets of rows together: associative, commutative, exact.

    It is the same profile as if the rows had been counted at once. BadInput if the frames differ.
    """
    if one.frames != other.frames:
        raise BadInput(
            "The two profiles were counted on different frames.", hint="Count both on the same frames."
        )
    return Profile(
        rows=one.rows + other.rows,
        columns=tuple(_added(a, b) for a, b in zip(one.columns, other.columns, strict=True)),
    )


def _added(one: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    counts = dict(one.counts)
    for place, rows in other.counts.items():
        counts[place] = counts.get(place, 0) + rows
    return ColumnProfile(
        frame=one.frame,
        counts=counts,
        other=one.other + other.other,
        missing=one.missing + other.missing,
    )
