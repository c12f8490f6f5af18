"""Runs one of our own modules in a process of its own that can do little harm and costs little.

For work on hostile bytes. The child gets a cleared environment, no inherited files, bounded memory,
processor time and output, and a hook that refuses sockets, other programs, writing, and unpickling
by name (CPython "audit events" table). It reads its request as JSON from standard input and answers
with JSON lines. The parent reads nothing but those lines, and a child that ends in any other way
than by itself is reported as such. It bounds what a mistake in our reading costs; it is no
sandbox against code that already runs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import BadInput

__all__ = ["Ending", "LimitedRun", "Limits", "confine", "run_limited"]

_GRACE = 5
_REFUSED = (
    "socket.", "subprocess.", "pty.", "shutil.", "ctypes.", "os.system", "os.exec", "os.fork",
    "os.posix_spawn", "os.spawn", "os.kill", "os.putenv", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate", "pickle.find_class",
)  # fmt: skip


class Ending(StrEnum):
    """How a limited process came to its end."""

    FINISHED = "finished"
    TIME = "it took longer than allowed"
    CRASHED = "it ended before it was done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a limited process may use."""

    seconds: float
    """Of wall clock, and of processor time."""
    memory: int = 3 * 2**29
    """Bytes of address space."""
    output: int = 64 * 2**20
    """Bytes that it may answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedRun:
    """What came back."""

    ending: Ending
    """How it ended; only FINISHED means that it answered all it was asked."""
    lines: tuple[Any, ...]
    """The JSON values that it wrote, in order; whole lines only."""


def run_limited(
    module: str, request: object, *, limits: Limits, loaded_first: Sequence[str] = ()
) -> LimitedRun:
    """Run `module.main()` of ours with the JSON value `request` on its standard input.

    `loaded_first` names libraries that are imported before the process is bound, because their import
    does what is refused afterwards (loading a shared library by name); no request was read by then.

    Never raises for what the child does; a line that is no JSON ends the answer as a crash would.
    """
    arguments = [
        sys.executable, "-I", "-B", "-m", "plimsoll.adapters.limited",
        module, str(limits.memory), str(int(limits.seconds) + _GRACE), str(limits.output), *loaded_first,
    ]  # fmt: skip
    # files instead of pipes: neither side can block the other, and the size limit holds for the answer
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(json.dumps(request).encode())
        question.seek(0)
        ending = _run(arguments, question.fileno(), answer.fileno(), limits.seconds + _GRACE)
        answer.seek(0)
        content = answer.read(limits.output)
    whole, _, _ = content.rpartition(b"\n")
    lines: list[Any] = []
    try:
        lines.extend(
            read_json(line, what="A line", limit=limits.output) for line in whole.split(b"\n") if line
        )
    except BadInput:
        ending = Ending.CRASHED
    return LimitedRun(ending=ending, lines=tuple(lines))


def _run(arguments: list[str], question: int, answer: int, seconds: float) -> Ending:
    # the arguments are our own module and numbers, never anything from the subject
    with subprocess.Popen(  # noqa: S603
        arguments,
        stdin=question,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    ) as child:
        try:
            code = child.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(child)
            return Ending.TIME
        except BaseException:
            _end(child)  # an interrupted parent leaves nobody behind
            raise
    if code == -signal.SIGXCPU:
        return Ending.TIME
    return Ending.FINISHED if code == 0 else Ending.CRASHED


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


# ---------------------------------------------------------------- in the child


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: raise PermissionError for what reading never needs."""
    if event == "open":
        _, mode, flags = arguments
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        if writes or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            raise PermissionError("writing is refused here")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"{event} is refused here")


def confine(*, memory: int, seconds: int, output: int) -> None:
    """Bind this process, for good, to the limits and to reading only."""
    import resource  # only the child needs it, and some systems lack it

    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
    ):
        _, hard = resource.getrlimit(kind)
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (bound, bound + 1 if kind == resource.RLIMIT_CPU else bound))
    sys.addaudithook(_refuse)


def main() -> None:
    """Import what the command line names to be loaded first, confine this process, then run the module."""
    module, memory, seconds, output, *loaded_first = sys.argv[1:]
    sys.argv = [module]
    for name in loaded_first:
        importlib.import_module(name)
    confine(memory=int(memory), seconds=int(seconds), output=int(output))
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
