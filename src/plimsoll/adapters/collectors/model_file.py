"""Collects for `model-file`: hashes the subject and has every file walked in a limited process.

Nothing of the subject is loaded or unpickled, here or there. A walk that does not come to its end
is written down as such, with the dangerous names that it reported before.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from plimsoll.adapters.limited import Ending, Limits, run_limited
from plimsoll.adapters.model_files.subject import Listing, SubjectFile, list_subject
from plimsoll.engines.checks.card import ParameterValue
from plimsoll.engines.checks.model_file import MODEL_FILE, accepted_names, folder_digest
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject

__all__ = ["collect"]

WALK = "plimsoll.adapters.model_files.walk"
MOST_NAMES = 5_000
"""Names kept over all files of a folder; dangerous ones are kept beyond it."""


def collect(subject: Path, parameters: Mapping[str, ParameterValue]) -> Recording:
    """What was seen in the file or folder `subject`, hashed; nothing in it was loaded.

    BadInput if the subject is missing, unreadable, special, or changes meanwhile, and for parameters
    that the card does not accept. A file that cannot be followed is no error but a doubt in the record.
    """
    read = read_parameters(MODEL_FILE.card, parameters)
    accepted_names(read)  # a wrong word is refused before a long reading, not after it
    listing = list_subject(subject)
    readings = _walk_all(
        listing.files,
        seconds=float(str(read["max_seconds"])),
        inflated=int(str(read["max_inflated_mb"])) * 2**20,
    )
    _cut_names(readings)
    return Recording(
        check=MODEL_FILE.card.id,
        version=MODEL_FILE.card.version,
        subjects=(_subject(subject, listing),),
        seen={
            "kind": "folder" if listing.is_folder else "file",
            "files": [
                {"path": file.name, "sha256": file.digest, "size": file.size, "reading": reading}
                for file, reading in zip(listing.files, readings, strict=True)
            ],
            "not_read": [{"path": name, "why": why} for name, why in listing.not_read],
        },
        tools={"picklescan": version("picklescan"), "python": platform.python_version()},
    )


def _subject(subject: Path, listing: Listing) -> Subject:
    files = [(file.name, file.digest, file.size) for file in listing.files]
    name = subject.name or subject.resolve().name
    return Subject(
        name=name if listing.is_folder else files[0][0],
        digest=folder_digest(files) if listing.is_folder else files[0][1],
        size=sum(size for _, _, size in files),
    )


# ---------------------------------------------------------------- walking


def _walk_all(files: Sequence[SubjectFile], *, seconds: float, inflated: int) -> list[dict[str, Any]]:
    """One reading per file, in order. A process that ends early is followed by one for the files after."""
    ends = time.monotonic() + seconds
    readings: list[dict[str, Any]] = []
    while len(readings) < len(files):
        left = ends - time.monotonic()
        if left <= 0:
            readings.append(_unfinished(f"the {seconds:g} seconds for this subject were used up"))
            continue
        pending = files[len(readings) :]
        request = {
            "seconds": left,
            "inflated": inflated,
            "files": [{"path": file.place, "identity": list(file.identity)} for file in pending],
        }
        run = run_limited(WALK, request, limits=Limits(seconds=left))
        done = [line["reading"] for line in run.lines if "reading" in line]
        readings += done
        if len(done) < len(pending):
            why = run.ending.value if run.ending is not Ending.FINISHED else Ending.CRASHED.value
            dangers = [
                line["danger"] for line in run.lines if line.get("danger") and line["index"] == len(done)
            ]
            readings.append(_unfinished(f"the reading process was stopped: {why}", dangers))
    return readings


def _unfinished(why: str, dangers: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The reading of a file that no process came to the end of, with what it reported before."""
    return {
        "format": "unknown",
        "streams": 0,
        "numeric": 0,
        "opcodes": 0,
        "names": list(dangers),
        "alarms": [],
        "doubts": [{"text": why, "where": ""}],
        "not_covered": [],
        "left_out": dict.fromkeys(
            ("alarms", "doubts", "not_covered", "dangerous", "suspicious", "innocuous"), 0
        ),
        "read": [],
    }


def _cut_names(readings: list[dict[str, Any]]) -> None:
    """Keep a hostile folder's record small: count what goes over, and never cut a dangerous name."""
    room = MOST_NAMES
    for reading in readings:
        kept: list[dict[str, Any]] = []
        for name in reading["names"]:
            if name["level"] == "dangerous" or room > 0:
                kept.append(name)
                room -= 1
            else:
                reading["left_out"][name["level"]] += 1
        reading["names"] = kept
