"""Two table files observed: opened, counted in a limited process, and handed back as an Observation."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from plimsoll.adapters.limited import Ending, Limits, run_limited
from plimsoll.adapters.tables import open_regular
from plimsoll.engines.checks.recording import Subject
from plimsoll.engines.monitors.observation import Observation
from plimsoll.kernel.errors import BadInput, ErrorCode, MissingExtra
from plimsoll.kernel.ids import Digest

__all__ = ["Observed", "observe_tables"]

CHILD = "plimsoll.adapters.profiles.child"
_ADDRESSES = 8 * 2**30
"""Address space of the child: most of it is never touched; memory itself is bounded inside DuckDB."""
_LIBRARIES = ("numpy", "duckdb")
_CODES = {code.word: code for code in ErrorCode}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the limited process saw."""

    observation: Observation
    """The counts."""
    subjects: tuple[Subject, ...]
    """The reference and the current table; without digests unless they were asked for."""


def observe_tables(
    reference: Path,
    current: Path,
    *,
    columns: Sequence[str] = (),
    categories: Sequence[str] = (),
    hashed: bool = False,
    seconds: float = 6 * 3600,
) -> Observed:
    """Both tables counted on frames of the reference: one pass over each, in bounded memory.

    With `hashed`, the bytes are read once more for their digests. MissingExtra if DuckDB is not
    installed; BadInput, in one sentence, for whatever is wrong with a file or a column.
    """
    if not _installed("duckdb"):
        raise MissingExtra(
            "Comparing tables needs the package duckdb, which is not installed.",
            hint="Run: pip install 'plimsoll[watch]'",
        )
    request: dict[str, object] = {"columns": list(columns), "categories": list(categories), "hash": hashed}
    for side, path, what in (
        ("reference", reference, "The reference"),
        ("current", current, "The current table"),
    ):
        with open_regular(path, what=what) as stream:
            if not stream.read(1):
                raise BadInput(f"{what} “{_shown(path)[:80]}” is empty.", hint="Give a file with rows.")
        request |= {side: str(path.absolute()), f"{side}_name": _shown(path)}
    ran = run_limited(
        CHILD, request, limits=Limits(seconds=seconds, memory=_ADDRESSES), loaded_first=_LIBRARIES
    )
    answer = ran.lines[0] if len(ran.lines) == 1 else None
    if ran.ending is not Ending.FINISHED or not isinstance(answer, dict):
        raise BadInput(
            f"{_shown(reference)} and {_shown(current)} cannot be compared: the process that read them "
            f"did not answer ({ran.ending.value}).",
            hint="Look at both files with the tool that wrote them.",
        )
    if "refused" in answer:
        refused = answer["refused"]
        raise BadInput(refused["message"], hint=refused["hint"], code=_CODES[refused["code"]])
    return Observed(
        observation=Observation.from_json(answer["observation"]),
        subjects=tuple(
            Subject(name=s["name"], digest=Digest(s["sha256"]), size=s["size"]) for s in answer["subjects"]
        ),
    )


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:  # what stands in for it may refuse outright
        return False


def _shown(path: Path) -> str:
    # a file name is bytes; those that are no text are replaced, because a recording is text
    return os.fsencode(path.name).decode("utf-8", "replace")
