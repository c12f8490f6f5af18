"""A witness over HTTP: two addresses, the right status for whatever is sent, and limits on everything."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.adapters.witness_folder import WitnessFolder, make_witness, origin_hash, trust_log
from plimsoll.adapters.witness_server import WitnessServer
from plimsoll.engines.tlog.note import parse_note, parse_signature_lines
from plimsoll.engines.tlog.witness import MAX_REQUEST, parse_add_checkpoint
from tests.logbook import ORIGIN, Logbook, serving

NOW = 1_800_000_000
LAST = f"/{origin_hash(ORIGIN)}/checkpoint"


@pytest.fixture
def log() -> Logbook:
    return Logbook.of(12)


@pytest.fixture
def witness(tmp_path: Path, log: Logbook) -> WitnessFolder:
    make_witness(tmp_path / "w", "witness.example.org")
    for key in log.verifiers:
        trust_log(tmp_path / "w", key)
    return WitnessFolder.open(tmp_path / "w")


@pytest.fixture
def server(witness: WitnessFolder) -> Iterator[WitnessServer]:
    with serving(witness, now=lambda: NOW, seconds=0.5) as running:
        yield running


def ask(
    server: WitnessServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
    response = connection.getresponse()
    response.content = response.read()  # type: ignore[attr-defined] # read while the connection is open
    connection.close()
    return response


def content(response: http.client.HTTPResponse) -> bytes:
    held = response.content  # type: ignore[attr-defined] # set above
    assert isinstance(held, bytes)
    assert response.headers["Content-Type"] in ("text/plain; charset=utf-8", "text/x.tlog.size")
    assert b"Traceback" not in held
    return held


def raw(server: WitnessServer, sent: bytes) -> bytes:
    """What comes back for these bytes, until the witness closes."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection:
        connection.sendall(sent)
        parts = []
        while part := connection.recv(4096):
            parts.append(part)
    return b"".join(parts)


def test_a_log_is_cosigned_and_anybody_can_fetch_what_was(server: WitnessServer, log: Logbook) -> None:
    assert ask(server, "GET", LAST).status == 404
    request = log.request(0, 7)
    answer = ask(server, "POST", "/add-checkpoint", request)
    assert answer.status == 200
    shown = ask(server, "GET", LAST)
    assert shown.status == 200
    note = parse_note(content(shown))
    assert note.signatures[2:] == parse_signature_lines(content(answer))
    assert note.signatures[:2] == parse_note(parse_add_checkpoint(request).note).signatures
    without_body = ask(server, "HEAD", LAST)
    assert (without_body.status, content(without_body)) == (200, b"")


def test_the_answers_have_the_statuses_of_the_specification(server: WitnessServer, log: Logbook) -> None:
    stranger = Logbook(entries=[b"one"], origin="other.example/log")
    thief = Logbook(entries=log.entries, signers=(Logbook.of(1).signers[0],), origin=ORIGIN)
    assert thief.verifiers[0] in log.verifiers
    ask(server, "POST", "/add-checkpoint", log.request(0, 7))
    forged = log.request(7).replace(b"\n12\n", b"\n13\n")
    wrong = log.request(7).replace(b"\n", b"\n" + b"A" * 43 + b"=\n", 1)
    for body, status in (
        (b"nonsense", 400),
        (stranger.request(0), 404),
        (forged, 403),
        (log.request(5), 409),
        (wrong, 422),
        (log.request(7), 200),
    ):
        answer = ask(server, "POST", "/add-checkpoint", body)
        assert answer.status == status, content(answer)
    conflict = ask(server, "POST", "/add-checkpoint", log.request(5))
    assert (content(conflict), conflict.headers["Content-Type"]) == (b"12\n", "text/x.tlog.size")


def test_one_connection_carries_several_requests(server: WitnessServer, log: Logbook) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    for old, new in ((0, 5), (5, 9), (9, 12)):
        connection.request("POST", "/add-checkpoint", log.request(old, new))
        response = connection.getresponse()
        assert (response.status, bool(response.read())) == (200, True)
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", f"{LAST}/", 404),
        ("GET", f"{LAST}?x", 404),
        ("GET", LAST.upper(), 404),
        ("GET", "/../keys/checkpoint", 404),
        ("GET", "/add-checkpoint", 404),
        ("POST", "/", 404),
        ("POST", "/sign-subtree", 404),
        ("PUT", "/add-checkpoint", 501),
        ("HEAD", LAST, 404),
        ("X" * 70_000, "/", 414),
    ],
)
def test_other_addresses_and_methods_are_refused_in_one_line(
    server: WitnessServer, method: str, path: str, status: int
) -> None:
    answer = ask(server, method, path, b"")
    assert answer.status == status
    assert content(answer).count(b"\n") == (0 if method == "HEAD" else 1)
    assert b"<" not in content(answer)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"", 411),
        (b"Content-Length: 3\r\nContent-Length: 3\r\n", 411),
        (b"Transfer-Encoding: chunked\r\n", 411),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 411),
        (b"Content-Length: +3\r\n", 400),
        (b"Content-Length: 0x3\r\n", 400),
        (b"Content-Length: 99999999999\r\n", 400),
        (b"Content-Length: %d\r\n" % (MAX_REQUEST + 1), 413),
        (b"Content-Length: 9\r\n", 408),
        (b"X: y\r\n" * 200, 431),
    ],
)
def test_a_body_whose_length_is_not_plain_is_refused_and_the_connection_closed(
    server: WitnessServer, head: bytes, status: int
) -> None:
    answer = raw(server, b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n" + head + b"\r\nold")
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"Connection: close" in answer
    assert answer.count(b"HTTP/1.1") == 1


def test_a_request_that_drips_in_is_cut_off(server: WitnessServer, log: Logbook) -> None:
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        received = b""
        for _ in range(100):
            try:
                connection.sendall(b"x")
            except OSError:
                break
            connection.settimeout(0.05)
            try:
                received += connection.recv(4096)
            except TimeoutError:
                continue
            break
    assert received.startswith(b"HTTP/1.1 408 ")
    assert ask(server, "POST", "/add-checkpoint", log.request(0)).status == 200


def test_who_says_nothing_is_closed_without_an_answer(server: WitnessServer) -> None:
    assert raw(server, b"") == b""
    assert raw(server, b"GET / HT") == b""


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"\r\n" * 3]
)
def test_what_is_no_http_gets_a_line_or_nothing(server: WitnessServer, log: Logbook, sent: bytes) -> None:
    assert b"Traceback" not in raw(server, sent)
    assert ask(server, "POST", "/add-checkpoint", log.request(0)).status == 200


def test_one_connection_too_many_is_closed(
    server: WitnessServer, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_places", threading.BoundedSemaphore(1))
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as first:
        first.sendall(b"GET / HTTP/1.1\r\n")
        while server._places._value:
            pass
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            ask(server, "GET", "/")
    said = server.said  # type: ignore[attr-defined] # set by the fixture
    assert "closed a connection: too many at once" in said


def test_a_machine_without_threads_gives_the_place_back(
    server: WitnessServer, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(server, "_places", threading.BoundedSemaphore(1))
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", refuse)
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            ask(server, "GET", "/")
    assert ask(server, "POST", "/add-checkpoint", log.request(0)).status == 200


def test_of_two_that_race_from_one_size_one_is_told_the_new_size(server: WitnessServer) -> None:
    log = Logbook.of(40)
    assert ask(server, "POST", "/add-checkpoint", log.request(0, 4)).status == 200
    requests = [log.request(4, size) for size in range(5, 21)]
    statuses: list[int] = []
    start = threading.Barrier(len(requests))

    def race(body: bytes) -> None:
        start.wait()
        statuses.append(ask(server, "POST", "/add-checkpoint", body).status)

    threads = [threading.Thread(target=race, args=(body,)) for body in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 15


def test_what_it_says_of_a_request_does_not_quote_it(server: WitnessServer, log: Logbook) -> None:
    ask(server, "GET", "/%1b[31mred")
    ask(server, "POST", "/add-checkpoint", log.request(0))
    log.entries[0] = b"rewritten"
    ask(server, "POST", "/add-checkpoint", log.request(12))
    said = server.said  # type: ignore[attr-defined] # set by the fixture
    assert said == [
        "asked for a checkpoint: 404",
        "asked to cosign: 200",
        f"{ORIGIN}: refused and kept as evidence (fork)",
        "asked to cosign: 422",
    ]


def test_a_witness_that_cannot_write_says_so_and_stops(
    witness: WitnessFolder, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    server = WitnessServer(("127.0.0.1", 0), witness, now=lambda: NOW, say=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(os, "fsync", fail)
    answer = ask(server, "POST", "/add-checkpoint", log.request(0))
    assert (answer.status, b"Input/output error" in content(answer)) == (503, True)
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.server_close()
    assert "cosigns nothing any more" in server.stopped_because


def test_a_fault_of_the_moment_is_answered_and_does_not_stop_it(server: WitnessServer, log: Logbook) -> None:
    logs = server.witness.folder / "logs"
    held = logs.read_bytes()
    logs.write_bytes(b"nonsense\n")
    answer = ask(server, "POST", "/add-checkpoint", log.request(0))
    assert (answer.status, b"is not a verifier key" in content(answer)) == (503, True)
    logs.write_bytes(held)
    assert ask(server, "POST", "/add-checkpoint", log.request(0)).status == 200
