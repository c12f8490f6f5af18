"""What witnesses said of the log's checkpoints: kept after the log signed, read by pages and proofs.

A line is kept only once its signature was verified under a key of the policy. It can be checked again by
anybody, so the table needs no guard: taking a line out makes the log look worse, never better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Count, Q, Subquery, Value

from plimsoll.engines.tlog.checkpoint import parse_checkpoint
from plimsoll.engines.tlog.cosignature import cosignature_time
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel.errors import BadInput
from plimsoll.ledger.models import Checkpoint, Cosignature, WitnessAnswer

__all__ = [
    "Answer",
    "CheckpointRow",
    "CosignatureRow",
    "Cover",
    "answers",
    "best_checkpoint",
    "checkpoint_at",
    "checkpoints",
    "cosigned_note",
    "cover_of",
    "keep_answers",
    "keep_cosignatures",
]


_LOOKED_AT = 64
"""Cosignatures after an entry among which the checkpoint with the most names is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignatureRow:
    """Who cosigned a checkpoint, and when by their clock."""

    witness: str
    """Its name in the policy."""
    key_id: str
    """Four bytes of the key, in hexadecimal."""
    at: datetime
    """When, by the witness's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed state of the log."""

    size: int
    """Entries that it is over."""
    at: datetime
    """When the log signed it, by its own clock."""
    root: str
    """Root over the entries, in hexadecimal."""
    cosignatures: tuple[CosignatureRow, ...]
    """Who cosigned it, by their names in the policy."""

    @property
    def witnesses(self) -> int:
        """How many witnesses of the policy cosigned; each has one key there."""
        return len({row.witness for row in self.cosignatures})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Under which checkpoints an entry stands."""

    size: int
    """Entries that the first checkpoint covers which covers it."""
    at: datetime
    """When that one was signed, by the log's clock."""
    before: datetime | None
    """When the last one was signed that does not cover it; None if there is none."""
    cosigned_size: int | None
    """Of the first that were cosigned, the one that most witnesses cosigned; None if nobody did."""
    cosigned_by: tuple[str, ...]
    """Names of the witnesses that cosigned that one."""
    asked: int
    """How many witnesses are asked today; 0 if no policy names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a witness last."""

    witness: str
    """Its name in the policy."""
    standing: str
    """In one word, such as cosigned or unreachable."""
    words: str
    """In one sentence."""
    asked_at: datetime
    """When it was asked."""
    size: int | None
    """The size that it cosigned last, as far as it said so."""


def cosigned_note(checkpoint: Checkpoint) -> bytes:
    """The signed checkpoint with every cosignature that is kept; one query."""
    lines = Cosignature.objects.filter(checkpoint=checkpoint).order_by("pk").values_list("line", flat=True)
    return (checkpoint.note + "".join(lines)).encode()


def best_checkpoint(index: int) -> Checkpoint | None:
    """What to prove the entry at that position under; None if nothing covers it yet. Four queries at most.

    Of the first that were cosigned, the one that most witnesses cosigned; the newest if nobody did.
    """
    cover = cover_of(index)
    if cover is None:
        return None
    found = Checkpoint.objects.filter(size=cover.cosigned_size) if cover.cosigned_size else Checkpoint.objects
    return found.order_by("-size").first()


def keep_cosignatures(note: bytes, policy: Policy) -> int:
    """Keeps each line of the note by a witness of the policy that is new; returns how many were.

    The note must be a checkpoint that the log signed and kept. BadInput if it is none, Untrusted if a
    line by a key of the policy does not hold: then nothing is kept.
    """
    parsed = parse_note(note)
    state = parse_checkpoint(parsed.body)
    checkpoint = Checkpoint.objects.filter(size=state.size, root=state.root.hex()).first()
    if checkpoint is None:
        raise BadInput(f"The log never signed a checkpoint of {state.size} entries with this root.")
    fresh = [
        Cosignature(
            checkpoint=checkpoint,
            witness=witness.name,
            key_id=line.key_id.hex(),
            at=datetime.fromtimestamp(cosignature_time(state, line, witness.verifier), UTC),
            line=line.serialised.decode(),
        )
        for witness in policy.witnesses
        if not witness.twin_of
        for line in parsed.lines_by(witness.verifier)
    ]
    before = Cosignature.objects.filter(checkpoint=checkpoint).count()
    Cosignature.objects.bulk_create(fresh, ignore_conflicts=True)
    return Cosignature.objects.filter(checkpoint=checkpoint).count() - before


def keep_answers(given: Iterable[Answer]) -> None:
    """Replaces what is known of each witness; what others said is forgotten: they left the policy."""
    rows = [
        WitnessAnswer(
            witness=one.witness,
            standing=one.standing,
            words=one.words,
            asked_at=one.asked_at,
            size=one.size,
        )
        for one in given
    ]
    with transaction.atomic():
        WitnessAnswer.objects.exclude(witness__in=[row.witness for row in rows]).delete()
        WitnessAnswer.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["witness"],
            update_fields=["standing", "words", "asked_at", "size"],
        )


def answers() -> list[Answer]:
    """What came of asking each witness last, by name; one query."""
    return [
        Answer(
            witness=row.witness,
            standing=row.standing,
            words=row.words,
            asked_at=row.asked_at,
            size=row.size,
        )
        for row in WitnessAnswer.objects.order_by("witness")
    ]


def checkpoints(*, search: str = "", offset: int = 0, limit: int = 50) -> tuple[list[CheckpointRow], int]:
    """Signed states of the log, newest first, and how many there are; three queries.

    With `search` those whose root begins with it, or that a witness of such a name cosigned.
    """
    found = Checkpoint.objects.order_by("-size")
    if search:
        by_name = Cosignature.objects.filter(witness__icontains=search).values("checkpoint")
        found = found.filter(Q(root__startswith=search.lower()) | Q(size__in=by_name))
    return _rows(found[offset : offset + limit]), found.count()


def checkpoint_at(size: int) -> tuple[CheckpointRow, str] | None:
    """The signed state at that size, and its note with every cosignature; None if none was signed there."""
    found = Checkpoint.objects.filter(size=size).first()
    return (_rows([found])[0], cosigned_note(found).decode()) if found else None


def cover_of(index: int) -> Cover | None:
    """Under which checkpoints the entry at that position stands; None before the first. Two queries."""
    earlier = Checkpoint.objects.filter(size__lte=index).order_by("-size").values("at")[:1]
    asked = WitnessAnswer.objects.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")
    covering = Checkpoint.objects.filter(size__gt=index).order_by("size")
    first = covering.annotate(before=Subquery(earlier), asked=Subquery(asked)).first()
    if first is None:
        return None
    lines = Cosignature.objects.filter(checkpoint__size__gt=index).order_by("checkpoint_id", "witness")
    names: dict[int, dict[str, None]] = {}
    for size, witness in lines.values_list("checkpoint_id", "witness")[:_LOOKED_AT]:
        names.setdefault(size, {})[witness] = None
    best = max(names, key=lambda size: (len(names[size]), -size), default=None)
    return Cover(
        size=first.size,
        at=first.at,
        before=first.before,
        cosigned_size=best,
        cosigned_by=tuple(names[best]) if best else (),
        asked=first.asked or 0,
    )


def _rows(found: Iterable[Checkpoint]) -> list[CheckpointRow]:
    listed = list(found)
    by_size: dict[int, list[CosignatureRow]] = {row.size: [] for row in listed}
    lines = Cosignature.objects.filter(checkpoint__in=list(by_size)).order_by("witness", "key_id")
    for line in lines.defer("line"):
        by_size[line.checkpoint_id].append(
            CosignatureRow(witness=line.witness, key_id=line.key_id, at=line.at)
        )
    return [
        CheckpointRow(size=row.size, at=row.at, root=row.root, cosignatures=tuple(by_size[row.size]))
        for row in listed
    ]
