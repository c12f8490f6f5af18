"""Several writers at once, each with a connection of its own, as web server and worker have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from plimsoll.engines.tlog.export import verify_export
from plimsoll.engines.tlog.keys import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import exporting
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import make_checkpoint
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import export_lines, reconcile
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.people import services
from tests import personas
from tests.conftest import NOW
from tests.voyages import KEY

SIGNER = Signer(name="log.test", key=KEY)
WRITERS, EACH = 8, 12


def as_another(work: Callable[[], None]) -> None:
    """Does the work in a thread of the pool, on its own connection, on the same day."""
    try:
        with clock.frozen_at(NOW):
            work()
    finally:
        connection.close()


def at_once(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(as_another, work) for work in works]:
            done.result(timeout=60)


@pytest.mark.usefixtures("several_at_once")
def test_eight_writers_at_once_leave_no_gap_and_no_double() -> None:
    start = threading.Barrier(WRITERS)

    def writer(number: int) -> None:
        start.wait(30)
        for count in range(EACH):
            undone = count % 3 == 2
            try:
                with writing():
                    append(
                        kind=EventKind.PERSON_JOINED,
                        actor=f"person:{number}",
                        subject=f"person:{number}",
                        payload={"count": count},
                    )
                    if undone:
                        raise Conflict("changed my mind")
            except Conflict:
                assert undone

    at_once(*[lambda number=n: writer(number) for n in range(WRITERS)])
    kept = WRITERS * EACH * 2 // 3
    assert list(Entry.objects.order_by("index").values_list("index", flat=True)) == list(range(kept))
    for number in range(WRITERS):
        assert Entry.objects.filter(actor=f"person:{number}").count() == EACH * 2 // 3
    assert make_checkpoint(SIGNER).size == kept
    assert reconcile(SIGNER).judgement.verdict is Verdict.MET


@pytest.mark.usefixtures("several_at_once")
def test_checkpoints_made_while_others_write_are_of_one_history() -> None:
    """Every size is signed once, and each later checkpoint extends the earlier ones."""
    start = threading.Barrier(4)

    def writer() -> None:
        start.wait(30)
        for number in range(10):
            with writing():
                append(
                    kind=EventKind.PERSON_JOINED,
                    actor="person:1",
                    subject=f"person:{number}",
                    payload={},
                )

    def signer() -> None:
        start.wait(30)
        for _ in range(8):
            make_checkpoint(SIGNER)

    at_once(writer, writer, signer, signer)
    final = make_checkpoint(SIGNER)
    assert final.size == 20
    lines = list(export_lines(SIGNER))
    report = verify_export(lines, key=SIGNER.verifier)
    assert report.faults == []
    marks = sum(line.startswith(b'{"mark"') for line in lines)
    assert marks == Checkpoint.objects.count() - 1 - Checkpoint.objects.filter(size=0).count()


class Rival:
    """Somebody else who takes away a role: a record goes that the entries before still speak of."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.crew = personas.board()
        self.pool = pool
        self.written = threading.Event()

    def begin(self) -> None:
        """Begins, and gives the rival time to finish, unless it has to wait for us."""
        self.pool.submit(as_another, self._write)
        self.written.wait(0.4)

    def _write(self) -> None:
        services.set_roles(
            actor=self.crew.actor("tess"),
            program_id=self.crew.program.pk,
            email=self.crew.users["eve"].email,
            roles=[],
        )
        self.written.set()


@pytest.fixture
def rival(several_at_once: None) -> Iterator[Rival]:
    with ThreadPoolExecutor(1) as pool:
        yield Rival(pool)


def test_a_change_during_an_export_is_not_half_in_it(rival: Rival) -> None:
    """Entries, register and checkpoint belong together; otherwise a change would look like tampering."""
    lines = export_lines(SIGNER)
    read = [next(lines)]
    rival.begin()
    read += lines
    assert verify_export(read, key=SIGNER.verifier).faults == []
    assert rival.written.wait(30)
    assert reconcile(SIGNER).faults == []


def test_a_change_between_signing_and_reading_is_not_half_in_the_export(
    rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sign_and_wait(signer: Signer) -> Checkpoint:
        made = make_checkpoint(signer)
        rival.begin()
        return made

    monkeypatch.setattr(exporting, "make_checkpoint", sign_and_wait)
    assert reconcile(SIGNER).faults == []
    assert rival.written.wait(30)
    monkeypatch.undo()
    assert reconcile(SIGNER).faults == []
