"""Gates, snapshots, signatures, options and announced verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from plimsoll.engines.gates.quorum import Stance
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.decide.models import Gate, GateVerdict, Option, SignOff, Snapshot
from plimsoll.loop.scope.selectors import must_see, number_of
from plimsoll.people.actors import Actor

__all__ = [
    "GateRow",
    "OptionRow",
    "SignatureRow",
    "SnapshotRow",
    "gate_by_id",
    "gate_by_ref",
    "gates_of",
    "last_verdicts",
    "latest_snapshots",
    "options_of",
    "signatures_on",
    "snapshot_by_id",
    "verdict_history",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    id: int
    program_id: int
    system_id: int
    system: str
    system_ref: str
    ref: str
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    id: int
    gate_id: int
    number: int
    digest: str
    body: Mapping[str, Any]
    frozen_by: str
    frozen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    snapshot_id: int
    person_id: int
    person: str
    role: str
    stance: Stance
    reason: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    id: int
    gate_id: int
    position: int
    label: str
    sentence: str
    delay_days: int
    cost: Decimal | None
    currency: str
    cost_source: str


def gates_of(actor: Actor, program_id: int) -> list[GateRow]:
    """All gates of a program, by number; one query."""
    must_see(actor, program_id)
    return _rows(Gate.objects.filter(program_id=program_id))


def gate_by_ref(actor: Actor, program_id: int, ref: str) -> GateRow:
    must_see(actor, program_id)
    rows = _rows(Gate.objects.filter(program_id=program_id, number=number_of(ref, "GTE")))
    if not rows:
        raise NotFound(f"There is no gate {ref[:20]} in this program.")
    return rows[0]


def gate_by_id(actor: Actor, gate_id: int) -> GateRow:
    rows = _rows(Gate.objects.filter(pk=gate_id))
    if not rows or not actor.sees(rows[0].program_id):
        raise NotFound("There is no such gate.")
    return rows[0]


def _rows(gates: QuerySet[Gate]) -> list[GateRow]:
    return [
        GateRow(
            id=row.pk,
            program_id=row.program_id,
            system_id=row.system_id,
            system=row.system.name,
            system_ref=f"SYS-{row.system.number}",
            ref=f"GTE-{row.number}",
            stage=Stage(row.stage),
        )
        for row in gates.select_related("system").order_by("number")
    ]


def latest_snapshots(gate_ids: Iterable[int]) -> dict[int, SnapshotRow]:
    """Gate → its newest snapshot; one query. The caller has read the gates as somebody."""
    found: dict[int, SnapshotRow] = {}
    rows = Snapshot.objects.filter(gate_id__in=list(gate_ids)).select_related("frozen_by")
    for row in rows.order_by("number"):
        found[row.gate_id] = SnapshotRow(
            id=row.pk,
            gate_id=row.gate_id,
            number=row.number,
            digest=row.digest,
            body=row.body,
            frozen_by=row.frozen_by.name,
            frozen_at=row.frozen_at,
        )
    return found


def snapshot_by_id(actor: Actor, snapshot_id: int) -> SnapshotRow:
    """A snapshot as it was frozen, such as the one that a decision was made on."""
    row = Snapshot.objects.filter(pk=snapshot_id).select_related("frozen_by", "gate").first()
    if row is None or not actor.sees(row.gate.program_id):
        raise NotFound("There is no such snapshot.")
    return SnapshotRow(
        id=row.pk,
        gate_id=row.gate_id,
        number=row.number,
        digest=row.digest,
        body=row.body,
        frozen_by=row.frozen_by.name,
        frozen_at=row.frozen_at,
    )


def signatures_on(snapshot_ids: Iterable[int]) -> dict[int, list[SignatureRow]]:
    """Snapshot → its signatures in order; one query."""
    found: dict[int, list[SignatureRow]] = {}
    rows = SignOff.objects.filter(snapshot_id__in=list(snapshot_ids)).select_related("person")
    for row in rows.order_by("signed_at", "pk"):
        found.setdefault(row.snapshot_id, []).append(
            SignatureRow(
                snapshot_id=row.snapshot_id,
                person_id=row.person_id,
                person=row.person.name,
                role=row.role,
                stance=Stance(row.stance),
                reason=row.reason,
                signed_at=row.signed_at,
            )
        )
    return found


def options_of(gate_ids: Iterable[int]) -> dict[int, list[OptionRow]]:
    """Gate → its options in order; one query."""
    found: dict[int, list[OptionRow]] = {}
    for row in Option.objects.filter(gate_id__in=list(gate_ids)).order_by("position"):
        found.setdefault(row.gate_id, []).append(
            OptionRow(
                id=row.pk,
                gate_id=row.gate_id,
                position=row.position,
                label=row.label,
                sentence=row.sentence,
                delay_days=row.delay_days,
                cost=row.cost,
                currency=row.currency,
                cost_source=row.cost_source,
            )
        )
    return found


def last_verdicts(gate_ids: Iterable[int]) -> dict[int, tuple[Verdict, dict[str, str]]]:
    """Gate → the verdict last announced and how each criterion stood then; one query."""
    found: dict[int, tuple[Verdict, dict[str, str]]] = {}
    rows = GateVerdict.objects.filter(gate_id__in=list(gate_ids)).order_by("announced_at", "pk")
    for gate_id, verdict, standing in rows.values_list("gate_id", "verdict", "standing"):
        found[gate_id] = (Verdict(verdict), standing)
    return found


def verdict_history(gate_id: int, *, limit: int = 12) -> list[tuple[datetime, Verdict, str]]:
    """When the gate turned, to what, and why; newest first."""
    rows = GateVerdict.objects.filter(gate_id=gate_id).order_by("-announced_at", "-pk")
    return [
        (at, Verdict(verdict), reason)
        for at, verdict, reason in rows.values_list("announced_at", "verdict", "reason")[:limit]
    ]
