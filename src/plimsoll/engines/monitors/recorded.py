"""Profiles as JSON values and back, read as strictly as a stranger's input: in a recording they are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plimsoll.engines.monitors.frame import CategoryFrame, Frame, NumberFrame
from plimsoll.engines.monitors.profile import ColumnProfile, Profile
from plimsoll.kernel.errors import BadInput

__all__ = [
    "MAX_COLUMNS",
    "frames_from_json",
    "frames_to_json",
    "profile_from_json",
    "profile_to_json",
    "read_items",
    "read_object",
    "read_text",
]

MAX_COLUMNS = 2000
"""Most columns of one profile."""
_MOST = 2**53 - 1
_LONGEST = 200
_FARTHEST = 1.7e308


def frames_to_json(frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """The frames as JSON values with stable keys."""
    return [
        {"name": f.name, "kind": "number", "centre": f.centre, "scale": f.scale}
        if isinstance(f, NumberFrame)
        else {"name": f.name, "kind": "category", "levels": list(f.levels)}
        for f in frames
    ]


def frames_from_json(value: object) -> tuple[Frame, ...]:
    """The frames that `frames_to_json` wrote; BadInput names what does not fit."""
    return tuple(_frame(item) for item in read_items(value, MAX_COLUMNS))


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """The counts as a JSON value, without the frames; places ascending."""
    return {
        "rows": profile.rows,
        "columns": [
            {
                "counts": [[place, column.counts[place]] for place in sorted(column.counts)],
                "other": column.other,
                "missing": column.missing,
            }
            for column in profile.columns
        ],
    }


def profile_from_json(value: object, frames: Sequence[Frame]) -> Profile:
    """The profile that `profile_to_json` wrote, on its frames.

    BadInput if a part is missing, malformed or left over, if a place is none of its frame, or if the
    counts of a column do not add up to the rows.
    """
    written = read_object(value, {"rows", "columns"}, "profile")
    columns = read_items(written["columns"], MAX_COLUMNS)
    if len(columns) != len(frames):
        raise BadInput("The recording's profile does not have one column per frame.")
    return Profile(
        rows=_count(written["rows"]),
        columns=tuple(_column(item, frame) for item, frame in zip(columns, frames, strict=True)),
    )


def _frame(value: object) -> Frame:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if kind == "number":
        written = read_object(value, {"name", "kind", "centre", "scale"}, "frame")
        centre, scale = _number(written["centre"]), _number(written["scale"])
        return NumberFrame(name=read_text(written["name"]), centre=centre, scale=scale)
    if kind == "category":
        written = read_object(value, {"name", "kind", "levels"}, "frame")
        levels = tuple(read_text(level) for level in read_items(written["levels"], MAX_COLUMNS))
        return CategoryFrame(name=read_text(written["name"]), levels=levels)
    raise BadInput("A frame of the recording is neither of a number nor of a category.")


def _column(value: object, frame: Frame) -> ColumnProfile:
    written = read_object(value, {"counts", "other", "missing"}, "column")
    counts: dict[int, int] = {}
    for pair in read_items(written["counts"], _MOST):
        place, rows = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)
        if type(place) is not int or place in counts:
            raise BadInput(f"A count of “{frame.name[:60]}” is no pair of a place and a number of rows.")
        counts[place] = _count(rows)
    return ColumnProfile(
        frame=frame, counts=counts, other=_count(written["other"]), missing=_count(written["missing"])
    )


def read_object(value: object, keys: set[str], what: str) -> Mapping[str, Any]:
    """The value as an object with exactly these keys; BadInput says `what` has not."""
    if not isinstance(value, Mapping) or set(value) != keys:
        raise BadInput(f"A {what} of the recording does not have the keys {', '.join(sorted(keys))}.")
    return value


def read_items(value: object, most: int) -> Sequence[object]:
    """The value as a list of at most `most` items; else BadInput."""
    if not isinstance(value, list | tuple) or len(value) > most:
        raise BadInput(f"A list of the recording is missing or has more than {most:,} items.")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST:
        raise BadInput(f"A count of the recording is “{str(value)[:40]}”.", hint="Counts are whole numbers.")
    return value


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FARTHEST:
        return float(value)
    raise BadInput(f"A number of the recording is “{str(value)[:40]}”.", hint="Numbers are finite.")


def read_text(value: object) -> str:
    """The value as printable text of at most 200 characters; else BadInput."""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise BadInput(f"A name in the recording is not printable text of at most {_LONGEST} characters.")
    return value
