"""How every command speaks: results on stdout, refusals in one sentence, documented exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError
from plimsoll.kernel.verdict import Verdict

__all__ = [
    "error_document",
    "exit_code",
    "leave",
    "print_json",
    "read_input",
    "refuse",
    "spoken",
    "write_output",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")
EXIT = {Verdict.MET: 0, Verdict.NOT_MET: 1, Verdict.UNKNOWN: 3}
USAGE = 2


def exit_code(verdict: Verdict) -> int:
    """0 met, 1 not met, 3 cannot tell."""
    return EXIT[verdict]


def leave(verdict: Verdict) -> NoReturn:
    """Ends the command with the verdict's exit code."""
    raise typer.Exit(exit_code(verdict))


def print_json(value: Any) -> None:  # any JSON value
    """The value as indented JSON on stdout, keys in the order they were made."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def refuse(error: PlimsollError, *, as_json: bool) -> NoReturn:
    """Says the refusal and ends: 1 if something does not hold, 3 if it could not be reached, else 2."""
    if as_json:
        print_json({"error": error_document(error)})
    typer.echo(f"plimsoll: {error.sentence}", err=True)
    raise typer.Exit(
        {ErrorCode.UNTRUSTED: 1, ErrorCode.CONFLICT: 1, ErrorCode.UNAVAILABLE: 3}.get(error.code, USAGE)
    )


def error_document(error: PlimsollError) -> dict[str, Any]:
    """A refusal in the one shape that the API and the commands share."""
    return {
        "code": error.code.word,
        "message": error.message,
        "hint": error.hint,
        "data": dict(error.data),
    }


def spoken(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turns refusals inside a command into one sentence and an exit code; never a traceback."""

    @wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # What the terminal cannot show is written as an escape: a file may have any bytes as name.
                stream.reconfigure(errors="backslashreplace")
        try:
            return command(*args, **kwargs)
        except PlimsollError as error:
            refuse(error, as_json=bool(kwargs.get("as_json")))
        except BrokenPipeError:
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            typer.echo("plimsoll: stopped; nothing was written.", err=True)
            raise typer.Exit(130) from None

    return wrapped


def read_input(path: Path, *, what: str, limit: int) -> bytes:
    """The bytes of a small input file ("-" is standard input); BadInput if it is missing or too large."""
    try:
        if str(path) == "-":
            content = sys.stdin.buffer.read(limit + 1)
        else:
            if not path.is_file():
                raise BadInput(
                    f"{what} {path} is not a file." if path.exists() else f"There is no file {path}."
                )
            with path.open("rb") as file:
                content = file.read(limit + 1)
    except OSError as error:
        raise BadInput(f"{what} {path} cannot be read: {error.strerror}.") from error
    if len(content) > limit:
        raise BadInput(
            f"{what} {path} is longer than {limit:,} bytes.",
            hint="Give a smaller file.",
            code=ErrorCode.TOO_LARGE,
        )
    return content


def write_output(target: Path, content: Iterable[bytes], *, what: str) -> None:
    """Writes beside the target and renames: what breaks leaves no half file, and BadInput says why."""
    try:
        part = target.with_name(f".{target.name}.part")
        try:
            with part.open("wb") as file:
                file.writelines(content)
            part.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it names no file"
        raise BadInput(
            f"{what} cannot be written to {target}: {reason}.", hint="Choose another place."
        ) from error
