"""The HTTP side of a witness: add-checkpoint and the last checkpoint of each log, behind limits.

Source: C2SP tlog-witness v1.0.0. The standard library's server is enough for two small addresses; it runs
behind limits of our own: bytes of a request, seconds for all of it, connections at once. It speaks plain
HTTP: put a proxy that speaks TLS before it if it is to be reached from elsewhere.
"""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from plimsoll.adapters.witness_folder import WitnessFolder
from plimsoll.engines.tlog.witness import MAX_REQUEST, TEXT_TYPE
from plimsoll.kernel.errors import PlimsollError

__all__ = ["WitnessServer"]

REQUEST_SECONDS = 20.0
"""For one request, from waiting for its first byte to the last byte of the body."""
MOST_CONNECTIONS = 64
"""At once; one more is closed at once."""
_LENGTH = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness, one thread per connection.

    `now` gives POSIX seconds; `say` takes one line per request. `stopped_because` is set, and serving ends,
    once the witness can no longer write.
    """

    daemon_threads = True  # an idle connection must not keep a stopping witness alive
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        witness: WitnessFolder,
        *,
        now: Callable[[], int],
        say: Callable[[str], None],
        seconds: float = REQUEST_SECONDS,
    ) -> None:
        self.witness = witness
        self.now = now
        self.say = say
        self.seconds = seconds
        self.stopped_because = ""
        self._places = threading.BoundedSemaphore(MOST_CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Exchange)

    def server_bind(self) -> None:
        """Binds without asking a name server for the machine's name, as the parent would."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # the signature of socketserver
        """Starts a thread for the connection, or closes it if there are too many."""
        if not self._places.acquire(blocking=False):
            self.say("closed a connection: too many at once")
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # the machine gives no more threads
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serves the connection in its thread and gives its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says that a connection broke; the parent would print a traceback."""
        self.say("a connection broke off")

    def stop(self, reason: str) -> None:
        """Ends serving, from within a request."""
        self.stopped_because = reason
        threading.Thread(target=self.shutdown, daemon=True).start()  # waits for the loop, which we may block


class _Until(io.RawIOBase):
    """A connection to read from until a deadline: a byte now and then does not buy more time."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # any writable buffer
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the request took too long")
        self.connection.settimeout(left)
        return self.connection.recv_into(buffer)


class _Exchange(BaseHTTPRequestHandler):
    """One connection; may carry several requests."""

    protocol_version = "HTTP/1.1"
    server: WitnessServer

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._source = _Until(self.connection)
        self.rfile = io.BufferedReader(self._source, buffer_size=2**13)

    def handle_one_request(self) -> None:
        self._source.deadline = time.monotonic() + self.server.seconds
        super().handle_one_request()

    def version_string(self) -> str:
        return "plimsoll-witness"

    def do_GET(self) -> None:
        """The last cosigned checkpoint of the log that the address names."""
        found = _CHECKPOINT.fullmatch(self.path)
        note = self.server.witness.checkpoint(found[1]) if found else None
        if note is None:
            self._refuse(404, "not found: this witness has cosigned nothing for such a log.")
        else:
            self._answer(200, note, TEXT_TYPE)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Asks the witness to cosign a checkpoint."""
        if self.path != "/add-checkpoint":
            self._refuse(404, "not found: requests go to /add-checkpoint.")
            return
        body = self._body()
        if body is None:
            return
        try:
            answer = self.server.witness.answer(body, now=self.server.now())
        except PlimsollError as error:
            self._refuse(503, error.sentence)
            if self.server.witness.broken:
                self.server.stop(error.sentence)
            return
        if answer.doubt is not None:
            self.server.say(f"{answer.origin}: refused and kept as evidence ({answer.doubt})")
        self._answer(answer.status, answer.body, answer.content_type)

    def _body(self) -> bytes | None:
        lengths = self.headers.get_all("Content-Length", [])
        if self.headers.get_all("Transfer-Encoding") or len(lengths) != 1:
            self._refuse(411, "length required: send the body with one Content-Length.")
            return None
        if not _LENGTH.fullmatch(lengths[0]):
            self._refuse(400, "invalid input: the Content-Length is not a number.")
            return None
        length = int(lengths[0])
        if length > MAX_REQUEST:
            self._refuse(413, f"too large: a request has at most {MAX_REQUEST} bytes.")
            return None
        try:
            body = self.rfile.read(length)
        except OSError:
            body = b""
        if len(body) != length:
            self._refuse(408, "timed out: the body did not come whole.")
            return None
        return body

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, sentence: str) -> None:
        # What follows on the connection may be the rest of a body that was not read.
        self.close_connection = True
        self._answer(status, f"{sentence}\n".encode(), TEXT_TYPE)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses by itself, as one line of text instead of its page."""
        self._refuse(code, f"{HTTPStatus(code).phrase.lower()}: {message or HTTPStatus(code).description}")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        # Nothing of the request but its kind: strangers choose the rest.
        kind = {"POST": "asked to cosign", "GET": "asked for a checkpoint"}.get(self.command or "", "other")
        self.server.say(f"{kind}: {int(code)}")

    def log_message(self, format: str, *args: Any) -> None:  # the signature of http.server
        self.server.say("a request took too long or broke off")
