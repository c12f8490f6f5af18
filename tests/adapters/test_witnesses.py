"""Asking witnesses: what they say is believed as far as a known key signed it, and no further."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from plimsoll.adapters import witness_post
from plimsoll.adapters.witnesses import Collected, Outcome, Standing, collect
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.note import Note, SignatureLine, parse_note
from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict
from tests.logbook import AT, NOW, ORIGIN, Logbook, policy, serving, witness_signers, witnessed


@pytest.fixture
def log() -> Logbook:
    return Logbook.of(12)


def ask(log: Logbook, asked: Policy, **more: object) -> Collected:
    return collect(
        log.note(),
        asked,
        consistency=lambda old, new: log.proof(old, new),
        now=NOW,
        **more,  # type: ignore[arg-type] # options of the function under test
    )


# ---------------------------------------------------------------- real witnesses


def test_what_witnesses_cosign_satisfies_the_policy(tmp_path: Path, log: Logbook) -> None:
    with witnessed(tmp_path, log, 3) as (_, asked):
        before = asked.judge(log.note())
        got = ask(log, asked)
    assert before.verdict is not Verdict.MET
    assert got.cosigned == ("w1-ed", "w1-pq", "w2-ed", "w2-pq", "w3-ed", "w3-pq")
    assert {each.at for each in got.outcomes} == {NOW}
    assert {each.size for each in got.outcomes} == {12}
    assert got.alarms == ()
    assert len(parse_note(got.note).signatures) == 2 + 6
    assert asked.judge(got.note).verdict is Verdict.MET


def test_a_log_that_grew_is_proven_from_the_size_that_each_witness_names(tmp_path: Path) -> None:
    log = Logbook.of(40)
    proven: list[tuple[int, int]] = []

    def consistency(old: int, new: int) -> Sequence[bytes]:
        proven.append((old, new))
        assert threading.current_thread() is threading.main_thread()
        return log.proof(old, new)

    with witnessed(tmp_path, log, 2) as (folders, asked):
        folders[0].answer(log.request(0, 9), now=AT)
        folders[1].answer(log.request(0, 40), now=AT)
        got = collect(log.note(), asked, consistency=consistency, now=NOW)
        assert len(got.cosigned) == 4
        assert proven == [(9, 40)]  # from the same size nothing is proven
        sizes = {each.witness: each.size or 0 for each in got.outcomes}
        log.entries.append(b"one more")
        proven.clear()
        assert len(collect(log.note(), asked, consistency=consistency, now=NOW, known=sizes).cosigned) == 4
        assert proven == [(40, 41), (40, 41)]


def test_new_cosignatures_take_the_place_of_old_ones_and_others_stay(tmp_path: Path, log: Logbook) -> None:
    stranger = cosign(log.checkpoint(), witness_signers("elsewhere.example")[0], AT)
    with witnessed(tmp_path, log, 1) as (_, asked):
        first = ask(log, asked)
        note = parse_note(first.note)
        sent = Note(body=note.body, signatures=(*note.signatures, stranger)).serialised
        again = collect(sent, asked, consistency=log.proof, now=NOW)
    lines = parse_note(again.note).signatures
    assert len(lines) == 5
    assert lines[:3] == (*note.signatures[:2], stranger)
    assert len({(line.name, line.key_id) for line in lines}) == 5


def test_one_that_cannot_be_reached_does_not_keep_the_others_from_cosigning(
    tmp_path: Path, log: Logbook
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    dead = f"witness dead {witness_signers('dead.example')[0].verifier} http://127.0.0.1:{port}"
    with witnessed(tmp_path, log, 1) as (folders, _), serving(folders[0], now=lambda: AT) as server:
        alive = f"witness alive {folders[0].verifiers[0]} http://127.0.0.1:{server.server_port}/"
        got = ask(log, policy(dead, alive))
    assert [each.standing for each in got.outcomes] == [Standing.UNREACHABLE, Standing.COSIGNED]
    assert got.outcomes[0].words.startswith("could not be reached: ")


# ---------------------------------------------------------------- others


Answer = tuple[int, bytes] | tuple[int, bytes, str]


@contextmanager
def answering(*answers: Answer | Callable[[bytes], Answer]) -> Iterator[tuple[str, list[bytes]]]:
    """A machine that answers what it is told, the last answer for ever, and remembers what it was asked."""
    seen: list[bytes] = []

    class Harbour(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = answers[min(len(seen), len(answers)) - 1]
            status, body, *kind = answer(seen[-1]) if callable(answer) else answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", kind[0] if kind else "text/plain")
            if status == 302:
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Harbour)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OWN = witness_signers("w.example")
SIZE = "text/x.tlog.size"


def one(
    log: Logbook, *answers: Answer | Callable[[bytes], Answer], **more: object
) -> tuple[Outcome, Collected]:
    with answering(*answers) as (url, _):
        got = ask(log, policy(f"witness w {OWN[0].verifier} {url}"))
    (outcome,) = got.outcomes
    if outcome.standing is not Standing.COSIGNED:
        assert parse_note(got.note).body == log.checkpoint().body
        assert len(parse_note(got.note).signatures) == 2
    return outcome, got


def line(log: Logbook, by: Signer = OWN[0], *, at: int = AT, size: int | None = None) -> bytes:
    return cosign(log.checkpoint(size), by, at).serialised


def test_a_cosignature_of_the_known_key_is_kept_and_lines_of_others_are_not(log: Logbook) -> None:
    stranger = line(log, witness_signers("x.example", seed=60)[0])
    same_name = line(log, witness_signers("w.example", seed=61)[0])
    outcome, got = one(log, (200, stranger + line(log) + same_name))
    assert (outcome.standing, outcome.at) == (Standing.COSIGNED, NOW)
    assert [each.name for each in parse_note(got.note).signatures] == [ORIGIN, ORIGIN, "w.example"]
    believed = policy(f"log {log.verifiers[0]}", f"witness w {OWN[0].verifier}", quorum="w")
    assert believed.judge(got.note).verdict is Verdict.MET


def test_an_answer_without_the_known_key_is_no_cosignature(log: Logbook) -> None:
    outcome, _ = one(log, (200, line(log, witness_signers("w.example", seed=61)[0])))
    assert (outcome.standing, outcome.at) == (Standing.REFUSED, None)


@pytest.mark.parametrize("forged", ["garbage", "other size", "one of two"])
def test_a_forged_line_under_the_known_key_spoils_the_whole_answer(log: Logbook, forged: str) -> None:
    key = OWN[0].verifier
    bad = SignatureLine(name=key.name, key_id=key.key_id, blob=AT.to_bytes(8, "big") + bytes(64)).serialised
    answer = {"garbage": bad, "other size": line(log, size=11), "one of two": line(log) + bad}[forged]
    outcome, got = one(log, (200, answer))
    assert outcome.standing is Standing.DISHONEST
    assert got.alarms == (outcome,)


@pytest.mark.parametrize(
    ("off", "word"), [(301, "301 seconds ahead"), (-301, "301 seconds back"), (10**9, "ahead")]
)
def test_a_witness_that_lies_about_time_is_not_believed(log: Logbook, off: int, word: str) -> None:
    outcome, _ = one(log, (200, line(log, at=AT + off)))
    assert outcome.standing is Standing.DISHONEST
    assert word in outcome.words
    assert one(log, (200, line(log, at=AT + (300 if off > 0 else -300))))[0].standing is Standing.COSIGNED


@pytest.mark.parametrize(
    ("answer", "standing"),
    [
        ((200, b""), Standing.UNREACHABLE),
        ((200, b"<html>hello</html>"), Standing.UNREACHABLE),
        ((200, b"x" * (witness_post.LARGEST_ANSWER + 1)), Standing.UNREACHABLE),
        ((302, b""), Standing.UNREACHABLE),
        ((500, b"broken"), Standing.UNREACHABLE),
        ((503, b"\x1b[31m"), Standing.UNREACHABLE),
        ((400, b"invalid input"), Standing.REFUSED),
        ((403, b"invalid signature"), Standing.REFUSED),
        ((404, b"unknown log"), Standing.REFUSED),
        ((422, b"no"), Standing.INCONSISTENT),
        ((409, b"7\n"), Standing.UNREACHABLE),
        ((409, b"seven\n", SIZE), Standing.UNREACHABLE),
        ((409, b"07\n", SIZE), Standing.UNREACHABLE),
        ((409, b"7", SIZE), Standing.UNREACHABLE),
        ((409, b"13\n", SIZE), Standing.AHEAD),
        ((409, b"9223372036854775807\n", SIZE + "; charset=utf-8"), Standing.AHEAD),
        ((409, b"7\n", SIZE), Standing.UNREACHABLE),  # and again, and again
    ],
)
def test_every_other_answer_has_a_standing_and_words(
    log: Logbook, answer: Answer, standing: Standing
) -> None:
    outcome, got = one(log, answer)
    assert outcome.standing is standing
    assert outcome.words
    assert outcome.words.isprintable()
    assert got.cosigned == ()


def test_a_redirect_is_not_followed(log: Logbook) -> None:
    with answering((302, b"")) as (url, seen):
        ask(log, policy(f"witness w {OWN[0].verifier} {url}"))
    assert len(seen) == 1


def test_a_witness_that_somebody_moved_meanwhile_is_asked_once_more(log: Logbook) -> None:
    outcome, _ = one(log, (409, b"5\n", SIZE), (409, b"9\n", SIZE), (200, line(log)))
    assert outcome.standing is Standing.COSIGNED
    outcome, _ = one(log, (409, b"5\n", SIZE), (409, b"9\n", SIZE), (409, b"10\n", SIZE))
    assert (outcome.standing, outcome.size) == (Standing.UNREACHABLE, 10)
    assert "another size each time" in outcome.words


def test_a_witness_is_sent_the_signatures_of_the_log_and_of_nobody_else(log: Logbook) -> None:
    note = parse_note(log.note())
    other = cosign(log.checkpoint(), witness_signers("x.example", seed=60)[0], AT)
    sent = Note(body=note.body, signatures=(*note.signatures, other)).serialised
    with answering((200, line(log))) as (url, seen):
        asked = policy(f"witness w {OWN[0].verifier} {url}")
        got = collect(sent, asked, consistency=log.proof, now=NOW)
    assert b"x.example" not in seen[0]
    assert other in parse_note(got.note).signatures


def test_a_witness_that_feeds_byte_by_byte_does_not_hold_up_the_caller(log: Logbook) -> None:
    release = threading.Event()

    def slow(_: bytes) -> Answer:
        release.wait(10)
        return 500, b""

    started = time.monotonic()
    with answering(slow) as (url, _):
        got = ask(log, policy(f"witness w {OWN[0].verifier} {url}"), timeout=0.3)
        release.set()
    assert time.monotonic() - started < 5
    assert got.outcomes[0].words.startswith("could not be reached: ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://w.example",
        "http://w.example",
        "https://",
        "https://w.example/?x",
        "https://[w",
        "https://w:x",
    ],
)
def test_an_address_that_is_not_https_or_this_machine_is_not_asked(log: Logbook, url: str) -> None:
    got = ask(log, policy(f"witness w {OWN[0].verifier} {url}"))
    assert got.outcomes[0].standing is Standing.UNREACHABLE
    assert got.outcomes[0].words.startswith("was not asked: ")


def test_a_proof_that_cannot_be_made_is_an_outcome(log: Logbook) -> None:
    def consistency(old: int, new: int) -> Sequence[bytes]:
        raise BadInput(f"There is no tree of size {old}.")

    with answering((409, b"7\n", SIZE)) as (url, _):
        asked = policy(f"witness w {OWN[0].verifier} {url}")
        got = collect(log.note(), asked, consistency=consistency, now=NOW)
    assert got.outcomes[0].words == "was not asked: There is no tree of size 7."


def test_what_is_no_checkpoint_is_refused_before_anybody_is_asked(log: Logbook) -> None:
    with pytest.raises(BadInput):
        collect(b"nothing", policy(), consistency=log.proof, now=NOW)
    assert collect(log.note(), policy(), consistency=log.proof, now=NOW).outcomes == ()
