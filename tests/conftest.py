"""Settings, database and clock for every test. tests/README.md is the guide."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management.commands import flush
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from plimsoll.kernel import clock
from plimsoll.ledger import log_file, sequencing, triggers
from tests.ledger import table_log

hypothesis_settings.register_profile(
    "plimsoll",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("plimsoll")

pytest_plugins = ("tests.voyages",)
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
"""The day on which most tests play."""


@pytest.fixture(autouse=True)
def _the_day() -> Iterator[None]:
    with clock.frozen_at(NOW):
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the local machine can be reached; PostgreSQL answers on a Unix socket."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_the_ledger() -> Iterator[None]:
    """Tests that commit are cleaned up by emptying tables, which the ledger's triggers refuse.

    For the whole session: the cleaning comes after the fixtures of the test are gone.
    """
    original = flush.Command.handle

    def handle(self: flush.Command, **options: object) -> None:
        triggers.drop(connection)
        try:
            original(self, **options)
        finally:
            triggers.create(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", handle)
        yield


@pytest.fixture(autouse=True)
def _places_without_commits() -> Iterator[None]:
    """Where the test's own transaction is undone nothing is ever committed: entries get their places at once.

    By the same function as after a commit. Subscribers hear nothing there; tests that want the loop to
    close commit for real.
    """

    def settle(call: Callable[[], object]) -> None:
        blocks = connection.atomic_blocks
        if blocks and blocks[0]._from_testcase:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sequencing, "must_have_written_nothing", lambda: None)
                sequencing.sequence()
        else:
            transaction.on_commit(call)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("plimsoll.ledger.append.on_commit", settle)
        yield


ON_DISK = {
    name: getattr(log_file, name) for name in ("opened", "inclusion", "consistency", "published_checkpoint")
}


@pytest.fixture(autouse=True, scope="session")
def _log_in_the_table() -> Iterator[None]:
    """The log of a test is its table, unless the test asks for `log_on_disk`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ON_DISK:
            patch.setattr(log_file, name, getattr(table_log, name))
        yield


@pytest.fixture
def log_on_disk(tmp_path: Path, settings: object) -> Iterator[Path]:
    """The log as it is served, in a folder of the test's own. Ask for it before the database."""
    settings.PLIMSOLL_LOG = tmp_path / "log"  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        for name, real in ON_DISK.items():
            patch.setattr(log_file, name, real)
        yield tmp_path / "log"
        log_file.close()


@pytest.fixture
def home(tmp_path: Path, settings: object) -> Path:
    """An own folder for keys, documents and assets."""
    for name in ("HOME", "PLIMSOLL_KEYS", "PLIMSOLL_ASSETS"):
        setattr(settings, name, tmp_path if name == "HOME" else tmp_path / name.lower())
    return tmp_path
