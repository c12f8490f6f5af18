"""plimsoll up, migrate, tick: runs the server with its worker in one process group."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from plimsoll.cli.server import start
from plimsoll.cli.speaking import print_json, spoken
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict

EVERY = 20.0
LONGEST = 86_400


@spoken
def up(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for the first free one from 8765.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Web processes.")] = 1,
) -> None:
    """Migrates, then serves web and worker until it is stopped."""
    chosen = free_port(host, port)
    prepare()
    typer.echo(f"Serving at http://{host}:{chosen}/  (stop with Ctrl-C)")
    serve(host=host, port=chosen, workers=workers)


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the first free one from 8765; a sentence if it is taken or not ours to use."""
    for port in (wanted,) if wanted else range(8765, 8765 + 50):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                reason = error.strerror
                continue
            return port
    raise Conflict(
        f"Port {wanted or '8765 to 8814'} of {host} cannot be used: {reason}.",
        hint="Choose another with --port.",
    )


@spoken
def migrate() -> None:
    """Brings the database to this release; stops with a sentence if it cannot."""
    prepare()
    typer.echo("The database is at this release.")


@spoken
def tick(
    every: Annotated[float, typer.Option(help="Repeat after so many seconds; 0 for once.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Does what is due: announces expiries, looks at asset files, reassesses gates, signs the log."""
    if not 0 <= every <= LONGEST:
        raise BadInput(f"It cannot repeat after {every:g} seconds.", hint=f"Choose 0 to {LONGEST}.")
    start()
    from plimsoll.site.worker import Worker

    worker, parent = Worker(), os.getppid()
    done = worker.tick(now=clock.now())
    while every and os.getppid() == parent:  # an orphaned worker stops by itself
        time.sleep(every)
        done = worker.tick(now=clock.now())
    if as_json:
        print_json(done)
    else:
        for name, count in done.items():
            typer.echo(f"{name}: {count}")


def prepare() -> None:
    """Migrates and collects static files. A failed migration stops the command with a sentence."""
    start(migrated=False)
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder

    try:
        before = MigrationRecorder(connection).applied_migrations()
        call_command("migrate", verbosity=0, interactive=False)
        if ("ledger", "0002_insert_only") in before and ("ledger", "0003_outbox") not in before:
            # until then the log was a table only; its leaves go into the log on disk, byte for byte
            from plimsoll.ledger.restoring import restore

            restore()
    except DatabaseError as error:
        raise Conflict(
            f"The database could not be brought to this release: {error}.",
            hint="Nothing is served. Restore the backup or ask with this sentence.",
        ) from error
    call_command("collectstatic", verbosity=0, interactive=False, clear=False)


def serve(*, host: str, port: int, workers: int = 1) -> None:
    """Serves until stopped; the worker lives and dies with the web processes."""
    from granian import Granian
    from granian.constants import Interfaces

    with _worker():
        Granian(
            "plimsoll.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            log_access=False,
            websockets=False,
        ).serve()


@contextlib.contextmanager
def _worker() -> Iterator[None]:
    command = [sys.executable, "-m", "plimsoll.cli.main", "tick", "--every", str(EVERY)]
    process = subprocess.Popen(command)  # noqa: S603 - our own command, no input of others
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
