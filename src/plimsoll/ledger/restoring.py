"""Brings log and database together again after one of them was put back to an older state.

Neither is cut: what only the database knows goes into the log again, byte for byte; what only the log
knows goes into the database again, without the content that is lost. Where they contradict each other
nothing is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.engines.tlog.erasure import FIELD, Basis, Erasure
from plimsoll.engines.tlog.leaf import Leaf
from plimsoll.engines.tlog.merkle import Frontier, leaf_hash
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import Conflict
from plimsoll.ledger import log_file
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.checkpoints import latest_checkpoint
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.log_file import LeafLog
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count, leaf_bytes, note_found, sequence

__all__ = ["Restored", "restore"]

_AT_ONCE = 1000
_HINT = "One of the two was changed. Put back a copy of both that were made together."


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was brought back."""

    into_log: int
    """Entries that only the database had."""
    into_database: int
    """Entries that only the log had; their content is lost."""


def restore() -> Restored:
    """Gives the log what only the database has, and the database what only the log has.

    Conflict, and nothing changed, if the two contradict each other, or the database its own latest
    checkpoint. What came back without content is written down as an entry of its own. Stop everything
    else that writes before. It does not bring back content, nor the records that were lost with it.
    """
    with log_file.opened() as log:
        with writing():
            _must_agree(log)
            into_log = _refill(log)
            lost = _take_over(log)
            if lost:
                append(
                    kind=EventKind.LOG_RESTORED,
                    actor="rule:restore",
                    subject="log",
                    payload={FIELD: _lost([row.index for row in lost if row.index is not None])},
                )
        sequence()
        return Restored(into_log=into_log, into_database=len(lost))


def _lost(indexes: Sequence[int]) -> dict[str, object]:
    """What the verifier has to know of entries whose content is gone."""
    ranges: list[tuple[int, int]] = []
    for index in sorted(indexes):
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1] = (ranges[-1][0], index)
        else:
            ranges.append((index, index))
    return Erasure(entries=tuple(ranges), basis=Basis.LOST.code, requester="rule:restore").to_json()


def _must_agree(log: LeafLog) -> None:
    """The entries that both have are the same, and those of the database are what was signed."""
    latest, noted = latest_checkpoint(), entry_count()
    common = _frontier(min(noted, log.size))
    rest = [leaf_hash(log.entry(index)) for index in range(common.size, log.size)]
    if common.extended(rest).root != log.root:
        raise Conflict(
            f"Log and database contradict each other in their first {common.size} entries.", hint=_HINT
        )
    if latest and latest.size <= noted and _frontier(latest.size).root.hex() != latest.root:
        raise Conflict(f"The database contradicts its own checkpoint over {latest.size} entries.", hint=_HINT)


def _frontier(size: int) -> Frontier:
    frontier = Frontier()
    for hashes in _hashes(size):
        frontier = frontier.extended(hashes)
    return frontier


def _hashes(size: int) -> Iterator[list[bytes]]:
    for start in range(0, size, _AT_ONCE):
        rows = Entry.objects.filter(index__gte=start, index__lt=min(size, start + _AT_ONCE)).order_by("index")
        found = [bytes.fromhex(text) for text in rows.values_list("leaf_hash", flat=True)]
        if len(found) != min(size, start + _AT_ONCE) - start:
            raise Conflict(f"An entry between {start} and {start + _AT_ONCE} is missing.", hint=_HINT)
        yield found


def _refill(log: LeafLog) -> int:
    """Appends what the log lacks; returns how many entries."""
    first = log.size
    while log.size < entry_count():
        rows = Entry.objects.filter(index__gte=log.size).order_by("index")[:_AT_ONCE]
        log.append([leaf_bytes(row) for row in rows])
    return log.size - first


def _take_over(log: LeafLog) -> Sequence[Entry]:
    """Rows for the entries that the database lacks; returns those whose content is lost."""
    lost = []
    waiting = {row.leaf_hash: row for row in Entry.objects.filter(index=None)}
    for index in range(entry_count(), log.size):
        content = log.entry(index)
        row = waiting.get(leaf_hash(content).hex())
        if row is not None:
            note_found([row], index)
        else:
            lost.append(_row(index, content))
    return lost


def _row(index: int, content: bytes) -> Entry:
    leaf = Leaf.from_json(read_json(content, what=f"entry {index} of the log", limit=len(content)))
    slug = leaf.subject.partition("/")[0]
    earlier = Entry.objects.filter(subject__startswith=f"{slug}/", program_id__isnull=False)
    row = Entry(
        index=index,
        kind=leaf.kind,
        at=datetime.fromisoformat(leaf.at),
        actor=leaf.actor,
        subject=leaf.subject,
        # a program is named by its slug in the log; its other entries know its number
        program_id=earlier.values_list("program_id", flat=True).order_by("-id").first(),
        commit=leaf.commit,
        leaf_hash=leaf_hash(content).hex(),
        version=leaf.version,
    )
    row.save(force_insert=True)
    return row
