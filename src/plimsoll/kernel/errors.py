"""One error tree: every refusal has a code, a sentence, a hint and the thing it is about.

A message says what happened and to what; the hint says what would be right. The same words reach
the page, the API and the command line. The codes are documented in docs/reference/errors.md, which
is generated from `ErrorCode` and tested for completeness.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from plimsoll.kernel.text import readable

__all__ = [
    "BadInput",
    "Conflict",
    "ErrorCode",
    "MissingExtra",
    "NotAllowed",
    "NotFound",
    "PlimsollError",
    "Unauthenticated",
    "Untrusted",
]


class ErrorCode(Enum):
    """Every kind of refusal, with its HTTP status and what it means to the reader."""

    BAD_INPUT = ("bad_input", 422, "The input does not have the form that is asked for.")
    TOO_LARGE = ("too_large", 413, "The input is larger than the stated limit.")
    UNAUTHENTICATED = ("unauthenticated", 401, "The request carries no valid sign-in or token.")
    NOT_ALLOWED = ("not_allowed", 403, "The person is known but may not do this here.")
    NOT_FOUND = ("not_found", 404, "There is no such thing, or it is not visible to the asker.")
    CONFLICT = ("conflict", 409, "The thing has changed or its state does not allow the step.")
    UNTRUSTED = ("untrusted", 422, "A signature or digest does not hold, or the key is unknown.")
    MISSING_EXTRA = ("missing_extra", 501, "An optional part is not installed.")
    UNAVAILABLE = ("unavailable", 503, "Something outside could not be reached or timed out.")

    def __init__(self, word: str, status: int, meaning: str) -> None:
        self.word = word
        self.status = status
        self.meaning = meaning


class PlimsollError(Exception):
    """Any refusal of the product: `code`, `message`, `hint`, `data`.

    Raise one of the subclasses. `message` is one sentence; `hint` says what would be accepted;
    `data` holds machine-readable detail (field, value, allowed) and never secrets.
    """

    code: ErrorCode = ErrorCode.BAD_INPUT

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        data: Mapping[str, object] | None = None,
        code: ErrorCode | None = None,
    ) -> None:
        super().__init__(message)
        # What was sent is often quoted: no page, line or JSON text could carry its control characters.
        self.message = readable(message)
        self.hint = readable(hint)
        self.data: Mapping[str, object] = {
            key: readable(value) if isinstance(value, str) else value for key, value in (data or {}).items()
        }
        if code is not None:
            self.code = code

    @property
    def sentence(self) -> str:
        """Message and hint as one short text, for a line on a terminal or page."""
        return f"{self.message} {self.hint}".strip()


class BadInput(PlimsollError):
    """The input is malformed; nothing was written."""

    code = ErrorCode.BAD_INPUT


class Unauthenticated(PlimsollError):
    """No valid sign-in or token."""

    code = ErrorCode.UNAUTHENTICATED


class NotAllowed(PlimsollError):
    """The actor is known here but lacks the authority, or independence forbids the step."""

    code = ErrorCode.NOT_ALLOWED


class NotFound(PlimsollError):
    """There is no such thing, or the asker may not know of it; the two are never told apart."""

    code = ErrorCode.NOT_FOUND


class Conflict(PlimsollError):
    """The state of the thing does not allow the step, or somebody changed it meanwhile."""

    code = ErrorCode.CONFLICT


class Untrusted(PlimsollError):
    """A signature, key or digest does not hold."""

    code = ErrorCode.UNTRUSTED


class MissingExtra(PlimsollError):
    """An optional part is needed and not installed; the hint is the command that adds it."""

    code = ErrorCode.MISSING_EXTRA
