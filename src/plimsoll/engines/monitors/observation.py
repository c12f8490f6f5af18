"""What a collector saw of two tables: their profiles, and the columns that could not be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from plimsoll.engines.monitors.drift import Drift, Limits, compare
from plimsoll.engines.monitors.profile import Profile
from plimsoll.engines.monitors.recorded import (
    MAX_COLUMNS,
    frames_from_json,
    frames_to_json,
    profile_from_json,
    profile_to_json,
    read_items,
    read_object,
    read_text,
)
from plimsoll.kernel.errors import BadInput

__all__ = ["Absent", "LeftOut", "Observation"]

_Word = TypeVar("_Word", bound=StrEnum)


class Absent(StrEnum):
    """Why a column of the reference could not be found again: a change that was seen."""

    GONE = "the current table has no such column"
    OTHER_FORM = "it holds numbers in the reference and something else in the current table"


class LeftOut(StrEnum):
    """Why a column was not looked at."""

    TIME = "holds dates or times, which always move on"
    NESTED = "holds lists, objects or bytes"
    NEW = "is new in the current table"
    NAMELESS = "has a name that cannot be written down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Two tables, counted on the frames of the first."""

    forms: tuple[str, str]
    """How reference and current table are written, such as Parquet."""
    reference: Profile
    """The reference, counted."""
    current: Profile
    """The current rows, counted on the same frames."""
    absent: Mapping[str, Absent]
    """Column of the reference → why it could not be found again."""
    left_out: Mapping[str, LeftOut]
    """Column of either table → why it was not looked at."""

    def __post_init__(self) -> None:
        if {frame.name for frame in self.reference.frames} & set(self.absent):
            raise BadInput("A column of the recording is both counted and absent.")

    def judge(self, limits: Limits) -> Drift:
        """The comparison of the two profiles; a column that could not be found again is not met."""
        return compare(
            self.reference,
            self.current,
            limits=limits,
            absent={name: f"{name}: {why.value}" for name, why in self.absent.items()},
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was read, and what was not, for the reader of a result."""
        read = f"Reference: {self.forms[0]}, {self.reference.rows:,} rows; current: {self.forms[1]}, "
        compared = len(self.reference.columns)
        return (
            f"{read}{self.current.rows:,} rows; {compared:,} columns compared.",
            *(
                f"Not compared, because each {why.value}: {_listed(names)}."
                for why in LeftOut
                if (names := [name for name, found in self.left_out.items() if found is why])
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The observation as a JSON value with stable keys."""
        return {
            "forms": list(self.forms),
            "frames": frames_to_json(self.reference.frames),
            "reference": profile_to_json(self.reference),
            "current": profile_to_json(self.current),
            "absent": [[name, why.name.lower()] for name, why in self.absent.items()],
            "left_out": [[name, why.name.lower()] for name, why in self.left_out.items()],
        }

    @classmethod
    def from_json(cls, value: object) -> Observation:
        """The observation that `to_json` wrote; BadInput names what is missing, malformed or left over."""
        written = read_object(
            value, {"forms", "frames", "reference", "current", "absent", "left_out"}, "observation"
        )
        forms = [read_text(form) for form in read_items(written["forms"], 2)]
        if len(forms) != 2:
            raise BadInput("The recording does not say how both tables are written.")
        frames = frames_from_json(written["frames"])
        return cls(
            forms=(forms[0], forms[1]),
            reference=profile_from_json(written["reference"], frames),
            current=profile_from_json(written["current"], frames),
            absent=_named(written["absent"], Absent),
            left_out=_named(written["left_out"], LeftOut),
        )


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name[:60]}”" for name in names[:10]) + (" …" if len(names) > 10 else "")


def _named(value: object, words: type[_Word]) -> dict[str, _Word]:
    known = {word.name.lower(): word for word in words}
    named: dict[str, _Word] = {}
    for pair in read_items(value, 2 * MAX_COLUMNS):  # of either table
        name, word = pair if isinstance(pair, list | tuple) and len(pair) == 2 else ("", "")
        if word not in known or name in named:
            raise BadInput("A column of the recording stands twice, or for no known reason.")
        named[read_text(name)] = known[word]
    return named
