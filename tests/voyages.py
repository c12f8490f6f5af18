from __future__ import annotations

import base64
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from plimsoll.adapters.evidence import run_check
from plimsoll.engines.gates.facts import CriterionResult
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Level, Stage
from plimsoll.ledger.models import Entry
from plimsoll.loop.decide import facts
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove import services as prove
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import System
from plimsoll.people.models import Program
from tests import personas

BOSUN = {
    "K1": "language", "S1": "public", "S3": "no", "S4": "no", "D3": "yes", "D4": "no", "M1": "api",
    "M3": "no", "A2": "no", "P1": "no", "R1": "yes", "B1": "yes", "B2": "no", "B3": "some",
    "O2": "no", "D1": "ordinary",
}  # fmt: skip
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
DAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
"""The same day as conftest.NOW."""
T = TypeVar("T")
_MADE: dict[str, tuple[Any, Any]] = {}
_KEPT_BY_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}


@dataclass(frozen=True, slots=True)
class Voyage:
    crew: personas.Crew
    system: System

    @property
    def program_id(self) -> int:
        return int(self.crew.program.pk)


def once(name: str, make: Callable[[], T]) -> T:
    """What `make` gives and leaves in the database. It is made once and copied from then on."""
    if name in _MADE:
        pasted(_MADE[name][0])
    else:
        made = make()
        _MADE[name] = (copied(), made)
    found: T = deepcopy(_MADE[name][1])
    return found


def copied() -> Any:
    """Everything in the database: on SQLite as a database, on PostgreSQL as one file per table."""
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(":memory:")
        connection.connection.backup(copy)
        return copy
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - _KEPT_BY_DJANGO
        return {table: _out(cursor, f'COPY "{table}" TO STDOUT (FORMAT binary)') for table in tables}


def pasted(copy: Any) -> None:
    """Puts a copy in the place of what is there; neither triggers nor keys are asked meanwhile."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        copy.backup(connection.connection)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, content in copy.items():
            cursor.execute(f'DELETE FROM "{table}"')
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as into:
                into.write(content)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def _out(cursor: Any, statement: str) -> bytes:
    with cursor.copy(statement) as out:
        return b"".join(out)


@pytest.fixture
def crew(transactional_db: None) -> personas.Crew:
    """Committed for real, because the loop closes after commits."""
    if "crew" in _MADE and Program.objects.exists():  # a voyage with the same people is there already
        made: personas.Crew = deepcopy(_MADE["crew"][1])
        return made
    return once("crew", personas.board)


@pytest.fixture
def bosun(transactional_db: None, request: pytest.FixtureRequest) -> Voyage:
    """A support assistant on day 0: sixteen answers, nine unknowns, a pilot promised."""
    return once("bosun", lambda: _bosun(request.getfixturevalue("crew")))


def _bosun(crew: personas.Crew) -> Voyage:
    tess = crew.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=crew.program.pk,
        name="Bosun",
        sentence="Answers customers' questions and refunds small amounts",
        owner_id=crew.id("dev"),
        off_switch_holder_id=crew.id("eve"),
    )
    scope.promise_stage(actor=tess, system_id=system.pk, stage=Stage.PILOT, committed_on=date(2027, 3, 26))
    scope.answer_many(actor=tess, system_id=system.pk, answers=BOSUN)
    return Voyage(crew=crew, system=system)


# ------------------------------------------------------------ a voyage that can be proven to its end

SKIFF = {
    "K1": "tabular", "S1": "internal", "S2": "no", "S3": "no", "S4": "no", "D1": "none", "D2": "no",
    "D3": "no", "D4": "no", "M1": "ours", "M2": "yes", "M3": "no", "A1": "none", "A2": "no", "A3": "no",
    "P1": "no", "P2": "no", "O1": "yes", "O2": "yes", "O3": "yes", "R1": "no", "R2": "minimal",
    "B1": "no", "B2": "no", "B3": "none",
}  # fmt: skip
"""Every question answered: a small model of our own, for insiders, without personal data."""
SAYS = "What the requirement asks for, with names and dates."


def model_bytes(*, last: int = 0) -> bytes:
    """A small safetensors file; `last` is its last byte."""
    header = b'{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}   '
    return len(header).to_bytes(8, "little") + header + bytes([1, 2, 3, last])


@pytest.fixture
def skiff(transactional_db: None, home: Path, request: pytest.FixtureRequest) -> Voyage:
    """Described, answered to the last question, two stages promised, its model registered; nothing proven."""
    put_model(home, model_bytes())
    return once("skiff", lambda: _skiff(request.getfixturevalue("crew")))


def _skiff(crew: personas.Crew) -> Voyage:
    tess = crew.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=crew.program.pk,
        name="Skiff",
        sentence="Sorts the mail of one department",
        owner_id=crew.id("dev"),
        off_switch_holder_id=crew.id("eve"),
    )
    for stage, day in ((Stage.PROTOTYPE, date(2027, 2, 1)), (Stage.PILOT, date(2027, 3, 26))):
        scope.promise_stage(actor=tess, system_id=system.pk, stage=stage, committed_on=day)
    scope.answer_many(actor=tess, system_id=system.pk, answers=SKIFF)
    voyage = Voyage(crew=crew, system=system)
    scope.register_asset(
        actor=crew.actor("dev"),
        system_id=system.pk,
        kind="model",
        name="Sorter",
        digest=digest_bytes(model_bytes()),
        location="skiff/model.safetensors",
    )
    trust(voyage)
    return voyage


@pytest.fixture
def sound(transactional_db: None, home: Path, clean_model: bytes, request: pytest.FixtureRequest) -> Voyage:
    """The skiff with all that its pilot asks attested, reviewed and checked: both its gates are met."""
    put_model(home, model_bytes())
    return once("sound", lambda: _sound(request.getfixturevalue("skiff"), clean_model))


def _sound(skiff: Voyage, clean_model: bytes) -> Voyage:
    for row in in_force(skiff):
        asked = row.entry.stages[Stage.PILOT] if row.entry else Level.NOT_YET
        if row.entry and asked is Level.REQUIRED and row.entry.evidence.attestation:
            attested(skiff, row.rule)
    prove.accept_statement(actor=skiff.crew.actor("dev"), program_id=skiff.program_id, envelope=clean_model)
    return skiff


@pytest.fixture(scope="session")
def clean_model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What `plimsoll check run model-file` writes about the skiff's model on the day of the tests."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    path.write_bytes(model_bytes())
    return run_check("model-file", path, {}, key=KEY, now=DAY).envelope


def put_model(home: Path, content: bytes) -> Path:
    """Writes the skiff's model where the worker looks for it."""
    path = home / "plimsoll_assets" / "skiff" / "model.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def trust(voyage: Voyage, key: Ed25519PrivateKey = KEY) -> int:
    """From now on the program accepts statements by this key; returns the key's row."""
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    row = prove.trust_key(
        actor=voyage.crew.actor("tess"), program_id=voyage.program_id, name="CI", public_key=public
    )
    return int(row.pk)


def in_force(voyage: Voyage) -> list[plan.RequirementRow]:
    return plan.requirements_of(voyage.crew.actor("tess"), voyage.program_id, [voyage.system.pk])


def requirement(voyage: Voyage, rule: str) -> plan.RequirementRow:
    return next(row for row in in_force(voyage) if row.rule == rule)


def attested(voyage: Voyage, rule: str, *, by: str = "dev", reviewer: str = "eve", meets: bool = True) -> str:
    """Somebody attests a document for the requirement, and somebody else reviews it; returns its ref."""
    made = prove.attest(
        actor=voyage.crew.actor(by),
        program_id=voyage.program_id,
        requirement_ref=requirement(voyage, rule).ref,
        file_name=f"{rule}.md",
        content=f"# {rule} of {voyage.system.name}\n".encode(),
        sentence=SAYS,
    )
    if reviewer:
        prove.review_evidence(
            actor=voyage.crew.actor(reviewer),
            program_id=voyage.program_id,
            evidence_ref=f"EVD-{made.number}",
            meets_intent=meets,
            remark="" if meets else "It does not say who did it.",
        )
    return f"EVD-{made.number}"


def gate_of(voyage: Voyage, stage: Stage) -> decide.GateRow:
    rows = decide.gates_of(voyage.crew.actor("tess"), voyage.program_id)
    return next(row for row in rows if row.system_id == voyage.system.pk and row.stage is stage)


def dossier_of(voyage: Voyage, *, now: datetime | None = None) -> facts.Dossier:
    tess = voyage.crew.actor("tess")
    row = scope_selectors.system_by_id(tess, voyage.system.pk)
    return facts.dossiers(tess, voyage.program_id, [row], now=now or clock.now())[row.id]


def gate_at(voyage: Voyage, stage: Stage, *, now: datetime | None = None) -> facts.EvaluatedGate:
    """The gate as anybody would find it at `now`; nothing is written."""
    return facts.evaluate_gate(gate_of(voyage, stage), dossier_of(voyage, now=now))


def criterion(gate: facts.EvaluatedGate, name: str) -> CriterionResult:
    return next(c for c in gate.result.criteria if c.spec.id == name)


def kinds_since(index: int) -> list[str]:
    """The kinds of the entries from a position of the log on."""
    return list(Entry.objects.filter(index__gte=index).order_by("index").values_list("kind", flat=True))


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """A part of a test that is undone like the test itself: what is committed in it never happened."""
    block = transaction.atomic()
    block._from_testcase = True  # so that Django, too, takes it for the outside of a transaction
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ship(db: None) -> personas.Crew:
    """The crew in a transaction that is undone: quick, and what follows commits does not follow."""
    return personas.board()


@pytest.fixture
def sloop(ship: personas.Crew) -> Voyage:
    """A system on an undone ship: a pilot is promised for 26 March 2027, nothing is answered."""
    tess = ship.actor("tess")
    system = scope.describe_system(
        actor=tess,
        program_id=ship.program.pk,
        name="Sloop",
        sentence="Sorts the harbour's mail by what it is about",
        owner_id=ship.id("dev"),
    )
    scope.promise_stage(actor=tess, system_id=system.pk, stage=Stage.PILOT, committed_on=date(2027, 3, 26))
    return Voyage(crew=ship, system=system)


@pytest.fixture
def several_at_once(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads may use: as served, on SQLite a file instead of memory.

    The test database of SQLite lives in memory, where a second connection is refused while the first
    writes; it is copied into a file for the test, which is how Plimsoll keeps it.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    on_disk = tmp_path / "plimsoll.db"
    with contextlib.closing(sqlite3.connect(on_disk)) as copy:
        memory.backup(copy)
        copy.execute("PRAGMA journal_mode=WAL")  # migrating has done it before anybody else connects
    connection.connection = None
    connection.settings_dict["NAME"] = str(on_disk)
    connection.ensure_connection()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        connection.connection = memory
