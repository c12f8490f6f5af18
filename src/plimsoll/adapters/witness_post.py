"""Posts requests to several witnesses at once, within limits of bytes and seconds."""

from __future__ import annotations

import http.client
import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plimsoll.kernel.errors import BadInput

__all__ = ["Reply", "add_checkpoint_address", "post_all"]

LARGEST_ANSWER = 2**17
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, believed by nobody yet."""

    status: int
    """HTTP status; 0 if there was no answer, and then the body says why."""
    body: bytes
    """At most `LARGEST_ANSWER` bytes."""
    content_type: str = ""
    """As the header says."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would let one witness answer in the place of another; it is an error here."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:  # the signature of urllib
        return None


def add_checkpoint_address(url: str) -> str:
    """Where to ask; BadInput for what is no address, or is neither encrypted nor this machine."""
    try:
        parts = urllib.parse.urlsplit(url)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host = "", None
    if scheme not in ("https", "http") or not host or parts.query or parts.fragment:
        raise BadInput("The policy names no address to ask.", hint="It starts with https://.")
    if scheme == "http" and host not in _LOCAL:
        raise BadInput(f"{host} would be asked unencrypted.", hint="Use https://.")
    return f"{url.rstrip('/')}/add-checkpoint"


def post_all(requests: Sequence[tuple[str, bytes]], timeout: float) -> list[Reply]:
    """The replies in the order of the requests, asked at once; what is late has status 0.

    Daemon threads, so that a witness that feeds one byte at a time delays neither the caller nor the end of
    the process.
    """
    replies = [Reply(status=0, body=b"no answer in time")] * len(requests)
    done: queue.SimpleQueue[tuple[int, Reply]] = queue.SimpleQueue()
    for place, (address, body) in enumerate(requests):
        threading.Thread(target=_post, args=(done, place, address, body, timeout), daemon=True).start()
    end = time.monotonic() + timeout
    for _ in requests:
        try:
            place, reply = done.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        replies[place] = reply
    return replies


def _post(
    done: queue.SimpleQueue[tuple[int, Reply]], place: int, address: str, body: bytes, timeout: float
) -> None:
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
        address, data=body, method="POST", headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        try:
            with opener.open(request, timeout=timeout) as response:
                reply = _read(response.status, response)
        except urllib.error.HTTPError as error:
            with error:
                reply = _read(error.code, error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        reply = Reply(status=0, body=str(error).encode())
    done.put((place, reply))


def _read(status: int, response: Any) -> Reply:  # an answer of urllib or its error, which are read alike
    body = response.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        return Reply(status=0, body=b"the answer is too long")
    return Reply(status=status, body=body, content_type=response.headers.get("Content-Type", ""))
