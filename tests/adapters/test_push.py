"""Evidence on its way to a server: what is sent, to whom, and what a refusal sounds like."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from plimsoll.adapters import push
from plimsoll.adapters.push import push_evidence
from plimsoll.kernel.errors import BadInput, ErrorCode, PlimsollError

STORED = {"ref": "EVD-1", "system": "SYS-1", "outcome": "pass", "answer": "clean"}


@dataclass
class Harbour:
    """The other side: answers what it is told, and remembers what it was sent."""

    address: str = ""
    status: int = 201
    body: bytes = json.dumps({"evidence": [STORED]}).encode()
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def harbour() -> Iterator[Harbour]:
    here = Harbour()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            here.seen.append((self.command, self.path, dict(self.headers), body))
            self.send_response(here.status)
            for name, value in here.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(here.body)))
            self.end_headers()
            self.wfile.write(here.body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    here.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


def send(address: str, **more: str) -> list[dict[str, object]]:
    return push_evidence(address, b'{"payload":"e30="}', token="plm_secret", **more)


def test_the_statement_goes_out_unchanged_with_the_token(harbour: Harbour) -> None:
    assert send(f"{harbour.address}/") == [STORED]
    ((method, path, headers, body),) = harbour.seen
    assert (method, path, body) == ("POST", "/api/v1/evidence", b'{"payload":"e30="}')
    assert headers["Authorization"] == "Bearer plm_secret"
    assert headers["Content-Type"] == "application/json"


def test_the_system_is_named_in_the_address(harbour: Harbour) -> None:
    send(harbour.address, system="SYS-1&x=2")
    assert harbour.seen[0][1] == "/api/v1/evidence?system=SYS-1%26x%3D2"


@pytest.mark.parametrize(
    ("status", "word", "code"),
    [
        (401, "unauthenticated", ErrorCode.UNAUTHENTICATED),
        (403, "not_allowed", ErrorCode.NOT_ALLOWED),
        (413, "too_large", ErrorCode.TOO_LARGE),
        (422, "untrusted", ErrorCode.UNTRUSTED),
        (422, "something_new", ErrorCode.UNAVAILABLE),
    ],
)
def test_a_refusal_is_told_in_the_server_s_own_words(
    harbour: Harbour, status: int, word: str, code: ErrorCode
) -> None:
    harbour.status = status
    harbour.body = json.dumps({"error": {"code": word, "message": "No.", "hint": "Do so."}}).encode()
    with pytest.raises(PlimsollError) as caught:
        send(harbour.address)
    assert (caught.value.message, caught.value.hint, caught.value.code) == ("No.", "Do so.", code)


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"{}", b'{"error":"no"}', b"[1]", b"null"]
)
def test_a_refusal_of_another_kind_is_told_by_its_status(harbour: Harbour, body: bytes) -> None:
    harbour.status, harbour.body = 502, body
    with pytest.raises(PlimsollError, match=r"^The server refused with status 502\.$") as caught:
        send(harbour.address)
    assert caught.value.code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_is_not_carried_to_another_host(harbour: Harbour, status: int) -> None:
    harbour.status, harbour.body = status, b""
    harbour.headers = {"Location": f"{harbour.address}/elsewhere"}
    with pytest.raises(PlimsollError, match=f"The server refused with status {status}"):
        send(harbour.address)
    assert [path for _, path, _, _ in harbour.seen] == ["/api/v1/evidence"]


@pytest.mark.parametrize("body", [b"[]", b'{"evidence": 3}', b"{}", b'"evidence"'])
def test_what_does_not_answer_like_plimsoll_is_said_to_be_something_else(
    harbour: Harbour, body: bytes
) -> None:
    harbour.body = body
    with pytest.raises(PlimsollError, match="did not answer like a Plimsoll server") as caught:
        send(harbour.address)
    assert caught.value.code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe\xfd"])
def test_an_answer_that_cannot_be_read_keeps_the_evidence_for_later(harbour: Harbour, body: bytes) -> None:
    harbour.body = body
    with pytest.raises(PlimsollError, match=r"^127\.0\.0\.1 could not be reached: ") as caught:
        send(harbour.address)
    assert caught.value.hint == "The evidence was written; push it again later."


def test_an_endless_answer_is_read_no_further_than_a_mebibyte(harbour: Harbour) -> None:
    harbour.body = json.dumps({"evidence": [STORED], "padding": "x" * push.LARGEST_ANSWER}).encode()
    with pytest.raises(PlimsollError) as caught:
        send(harbour.address)
    assert caught.value.code is ErrorCode.UNAVAILABLE


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(PlimsollError, match=r"^127\.0\.0\.1 could not be reached: ") as caught:
        send(f"http://127.0.0.1:{port}")
    assert caught.value.code is ErrorCode.UNAVAILABLE


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "TIMEOUT", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(PlimsollError, match="could not be reached: timed out"):
            send(f"http://127.0.0.1:{silent.getsockname()[1]}")


@pytest.mark.parametrize(
    "address",
    ["", "plimsoll.example", "ftp://plimsoll.example", "https://", "file:///etc/passwd", "http:///x"],
)
def test_what_is_no_address_of_a_server_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="is not the address of a server"):
        send(address)


@pytest.mark.parametrize(
    "address", ["http://[", "https://[::1", "http://localhost:port", "http://localhost:99999", "https://x:-1"]
)
def test_a_broken_address_is_one_sentence(address: str) -> None:
    with pytest.raises(BadInput, match="is not the address of a server"):
        send(address)


@pytest.mark.parametrize(
    "answer", [b"220 mail.example ESMTP\r\n", b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"]
)
def test_what_does_not_speak_http_to_its_end_is_one_sentence(answer: bytes) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def speak() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(answer)

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(PlimsollError, match=r"^127\.0\.0\.1 could not be reached: ") as caught:
            send(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
    assert caught.value.code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize("token", ["plm_secret\n", "plm_sécret", "plm secret", "", "plm_\x00"])
def test_a_broken_token_is_refused_without_repeating_it(harbour: Harbour, token: str) -> None:
    with pytest.raises(BadInput) as caught:
        push_evidence(harbour.address, b"{}", token=token)
    assert caught.value.message == "The token holds characters that no token has."
    assert "cret" not in caught.value.sentence
    assert harbour.seen == []


def test_the_token_goes_out_unencrypted_to_this_machine_only() -> None:
    with pytest.raises(BadInput) as caught:
        send("http://plimsoll.example")
    assert caught.value.message == "plimsoll.example would receive the token unencrypted."
    assert caught.value.hint == "Use https://."
