"""What the walk writes down about one file, in bounded space.

Dangerous names are kept before all others, and everything that is left out is counted, so that a
long list can never push a finding out of sight. Used only inside the limited process.
"""

from __future__ import annotations

from typing import Any

from plimsoll.adapters.model_files.machine import Import
from plimsoll.adapters.model_files.opinion import LEVELS

__all__ = ["MOST_NAMES", "MOST_NOTES", "Reading"]

MOST_NAMES = 500
MOST_NOTES = 200
_LONGEST = 300


class Reading:
    """The growing record of one file: format, names, alarms, doubts, and what was not covered."""

    def __init__(self) -> None:
        self.format = ""
        self.streams = 0
        self.numeric = 0
        self.opcodes = 0
        self.names: dict[Import, tuple[str, str]] = {}
        self.notes: dict[str, list[dict[str, str]]] = {"alarms": [], "doubts": [], "not_covered": []}
        self.left_out = {"alarms": 0, "doubts": 0, "not_covered": 0}
        self.read: list[str] = []

    def alarm(self, text: str, where: str = "") -> None:
        """Write down something that is dangerous in itself."""
        self._note("alarms", text, where)

    def doubt(self, text: str, where: str = "") -> None:
        """Write down something that keeps the file from being called clean."""
        self._note("doubts", text, where)

    def not_covered(self, text: str, where: str = "") -> None:
        """Write down a part whose format was not interpreted."""
        self._note("not_covered", text, where)

    def say(self, sentence: str) -> None:
        """Add a sentence about what was read; the same sentence is said once."""
        line = _printable(sentence)
        if line not in self.read and len(self.read) < MOST_NOTES:
            self.read.append(line)

    def name(self, found: Import, level: str, where: str) -> bool:
        """Write down an import with picklescan's word; true if that word is new and "dangerous"."""
        before = self.names.get(found)
        if before is not None and LEVELS.index(before[0]) <= LEVELS.index(level):
            return False
        self.names[found] = (level, where)
        return level == LEVELS[0]

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON value, its lists cut to size and what was cut counted."""
        order = sorted(
            self.names.items(),
            key=lambda item: (LEVELS.index(item[1][0]), item[0].module, item[0].name),
        )
        kept, cut = order[:MOST_NAMES], order[MOST_NAMES:]
        return {
            "format": self.format,
            "streams": self.streams,
            "numeric": self.numeric,
            "opcodes": self.opcodes,
            "names": [
                {
                    "module": _printable(found.module),
                    "name": _printable(found.name),
                    "level": level,
                    "where": _printable(where),
                }
                for found, (level, where) in kept
            ],
            **self.notes,
            "left_out": {
                **self.left_out,
                **{level: sum(word == level for _, (word, _) in cut) for level in LEVELS},
            },
            "read": self.read,
        }

    def _note(self, kind: str, text: str, where: str) -> None:
        note = {"text": _printable(text), "where": _printable(where)}
        if note in self.notes[kind]:
            return
        if len(self.notes[kind]) < MOST_NOTES:
            self.notes[kind].append(note)
        else:
            self.left_out[kind] += 1


def _printable(text: str) -> str:
    """The text with every character that does not print spelled out, and not too long."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
