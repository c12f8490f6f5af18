"""The process that reads: opens both tables, frames the reference, counts both, answers in JSON lines.

Runs under `plimsoll.adapters.limited`. Its request is `{reference, current, columns, categories, hash}`
with absolute paths; its answer one line, an observation with digests, or a refusal in words.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from io import BufferedReader
from typing import Any

from plimsoll.adapters.profiles.confined import connect
from plimsoll.adapters.profiles.counting import count
from plimsoll.adapters.profiles.framing import frame_columns
from plimsoll.adapters.profiles.source import open_source, reached
from plimsoll.engines.monitors.observation import Observation
from plimsoll.kernel.errors import BadInput, PlimsollError

__all__ = ["main", "observe"]

_SIDES = ("reference", "current")


def observe(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request: `observation` and `subjects`; BadInput for what cannot be read."""
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(open(request[side], "rb")) for side in _SIDES]  # noqa: PTH123
        names = [request[f"{side}_name"] for side in _SIDES]
        before = [_state(stream) for stream in streams]
        paths = [reached(stream) for stream in streams]
        connection = connect(paths)
        reference, current = (
            open_source(connection, stream, path, name=name, view=side)
            for stream, path, name, side in zip(streams, paths, names, _SIDES, strict=True)
        )
        framed = frame_columns(
            connection, reference, current, columns=request["columns"], categories=request["categories"]
        )
        observation = Observation(
            forms=(reference.form, current.form),
            reference=count(connection, reference, framed.frames),
            current=count(connection, current, framed.frames),
            absent=framed.absent,
            left_out=framed.left_out,
        )
        digests = [_digest(stream) if request["hash"] else "" for stream in streams]
        for stream, name, state in zip(streams, names, before, strict=True):
            if _state(stream) != state:
                raise BadInput(f"{name} changed while it was read.", hint="Compare a copy that stays.")
        return {
            "observation": observation.to_json(),
            "subjects": [
                {"name": name, "sha256": digest, "size": state[0]}
                for name, digest, state in zip(names, digests, before, strict=True)
            ],
        }


def _state(stream: BufferedReader) -> tuple[int, int]:
    status = os.fstat(stream.fileno())
    return status.st_size, status.st_mtime_ns


def _digest(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> None:
    """Answers the request on standard input."""
    request = json.load(sys.stdin)
    try:
        answer = observe(request)
    except PlimsollError as error:
        refused = {"code": error.code.word, "message": error.message, "hint": error.hint}
        answer = {"refused": refused}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
