"""How every command speaks: results on stdout, refusals in one sentence, documented exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError
from plimsoll.kernel.verdict import Verdict

__all__ = ["exit_code", "leave", "print_json", "read_input", "refuse", "spoken"]

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
        print_json(
            {
                "error": {
                    "code": error.code.word,
                    "message": error.message,
                    "hint": error.hint,
                    "data": dict(error.data),
                }
            }
        )
    typer.echo(f"plimsoll: {error.sentence}", err=True)
    raise typer.Exit(
        {ErrorCode.UNTRUSTED: 1, ErrorCode.CONFLICT: 1, ErrorCode.UNAVAILABLE: 3}.get(error.code, USAGE)
    )


def spoken(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turns refusals inside a command into one sentence and an exit code; never a traceback."""

    @wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
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
