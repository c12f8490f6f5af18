"""What picklescan says about names and about streams, asked through its API.

picklescan keeps a list of names known to be dangerous and one of names known to be innocuous;
everything between is "suspicious". Its own reading of a stream is a second opinion beside ours: it
says "nothing found" for what it cannot parse, so it is never asked whether a stream was read.
Used only inside the limited process.
"""

from __future__ import annotations

import io
import struct
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Iterable
from itertools import pairwise

from picklescan.scanner import SafetyLevel, ScanResult, scan_pickle_bytes

from plimsoll.adapters.model_files.machine import Import

__all__ = ["LEVELS", "levels_of", "second_opinion"]

LEVELS = ("dangerous", "suspicious", "innocuous")
"""picklescan's words, worst first."""
_WORD = {
    SafetyLevel.Dangerous: "dangerous",
    SafetyLevel.Suspicious: "suspicious",
    SafetyLevel.Innocuous: "innocuous",
}
_AT_ONCE = 1000


def levels_of(names: Iterable[Import]) -> dict[Import, str]:
    """The word of picklescan for each name, the worst over everything that the name may reach.

    A name of protocol 2 or less is also asked under its Python 3 spelling, and a dotted name by each
    of its steps, because `torch` and `os.system` reach what `os` and `system` reach.
    """
    asked = {name: _readings(name) for name in names}
    known = _ask({reading for readings in asked.values() for reading in readings})
    return {
        name: min((known[reading] for reading in readings), key=LEVELS.index)
        for name, readings in asked.items()
    }


def second_opinion(stream: bytes) -> tuple[dict[Import, str], str]:
    """The names that picklescan itself finds in one stream, with its word, and why it failed if so."""
    try:
        result = scan_pickle_bytes(io.BytesIO(stream), "stream", multiple_pickles=False)
    except MemoryError:
        return {}, "needed more memory than allowed"
    except Exception as error:  # noqa: BLE001 - another's parser over hostile bytes: any failure is recorded
        return {}, f"gave up ({type(error).__name__})"
    return _words(result), "reported an error" if result.scan_err else ""


def _readings(name: Import) -> set[Import]:
    readings = {name}
    module = IMPORT_MAPPING.get(name.module)
    if module is not None:
        readings.add(Import(module, name.name))
    mapped = NAME_MAPPING.get((name.module, name.name))
    if mapped is not None:
        readings.add(Import(*mapped))
    steps = name.name.split(".")
    if len(steps) > 1:
        readings.add(Import(name.module, steps[0]))
        readings.update(Import(first, second) for first, second in pairwise(steps))
        readings.update(Import(".".join(steps[:cut]), steps[cut]) for cut in range(1, len(steps)))
    return readings


def _ask(names: set[Import]) -> dict[Import, str]:
    """Its word for each name, by streams that do nothing but import; "suspicious" if it has none."""
    known = dict.fromkeys(names, LEVELS[1])
    pending = sorted(names, key=lambda name: (name.module, name.name))
    for start in range(0, len(pending), _AT_ONCE):
        imports = (_text(n.module) + _text(n.name) + b"\x93" for n in pending[start : start + _AT_ONCE])
        known.update(second_opinion(b"\x80\x04" + b"".join(imports) + b".")[0])
    return known


def _text(text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(content)) + content


def _words(result: ScanResult) -> dict[Import, str]:
    return {Import(found.module, found.name): _WORD[found.safety] for found in result.globals}
