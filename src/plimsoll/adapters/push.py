"""Sends evidence to a Plimsoll server."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError

__all__ = ["push_evidence"]

TIMEOUT = 30
LARGEST_ANSWER = 2**20
_LOCAL = ("localhost", "127.0.0.1", "::1")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to another host; it is an error here."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:  # the signature of urllib
        return None


def push_evidence(address: str, envelope: bytes, *, token: str, system: str = "") -> list[dict[str, Any]]:
    """Posts the envelope and returns what it became: ref, system, outcome for each.

    The token is only sent over https, or to this machine. A refusal by the server is raised with its
    own words; a server that cannot be reached raises UNAVAILABLE.
    """
    host = _host(address)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        # Checked here, because the libraries below would repeat the token in their complaint.
        raise BadInput(
            "The token holds characters that no token has.",
            hint="Copy it again; a line break at its end is enough to spoil it.",
        )
    query = f"?{urllib.parse.urlencode({'system': system})}" if system else ""
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
        f"{address.rstrip('/')}/api/v1/evidence{query}",
        data=envelope,
        method="POST",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        raise _refusal(error) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PlimsollError(
            f"{host} could not be reached: {error}.",
            hint="The evidence was written; push it again later.",
            code=ErrorCode.UNAVAILABLE,
        ) from error
    stored = answer.get("evidence") if isinstance(answer, dict) else None
    if not isinstance(stored, list):
        raise PlimsollError(f"{host} did not answer like a Plimsoll server.", code=ErrorCode.UNAVAILABLE)
    return stored


def _host(address: str) -> str:
    """The host of the server; BadInput for what is no address, or would send the token in the clear."""
    try:
        parts = urllib.parse.urlsplit(address)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host = "", None
    if scheme not in ("https", "http") or not host:
        raise BadInput(f"“{address[:80]}” is not the address of a server.", hint="It starts with https://.")
    if scheme == "http" and host not in _LOCAL:
        raise BadInput(f"{host} would receive the token unencrypted.", hint="Use https://.")
    return host


def _refusal(error: urllib.error.HTTPError) -> PlimsollError:
    try:
        said = json.loads(error.read(LARGEST_ANSWER))["error"]
        message, hint, word = str(said["message"]), str(said["hint"]), str(said["code"])
    except (ValueError, KeyError, TypeError):
        return PlimsollError(f"The server refused with status {error.code}.", code=ErrorCode.UNAVAILABLE)
    code = next((c for c in ErrorCode if c.word == word), ErrorCode.UNAVAILABLE)
    return PlimsollError(message, hint=hint, code=code)
