"""Erases the content about one person: boxes and key go, entries say so, records are stated anew.

Each program gets its own entry of what was erased in it, so that an export of one program accounts for
everything that is missing there, and shows nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from plimsoll.engines.tlog.erasure import FIELD, Erasure
from plimsoll.engines.tlog.export import LINE_LIMIT, last_states
from plimsoll.engines.tlog.fields import joined
from plimsoll.kernel.canonical import read_json
from plimsoll.kernel.errors import Conflict
from plimsoll.kernel.ids import Digest
from plimsoll.ledger.append import append
from plimsoll.ledger.content import digests_in, opened, subject_keys
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.models import Box, Entry, Payload, SubjectKey
from plimsoll.ledger.records import personal_columns, record_key, rows_of

__all__ = ["About", "clear_traces", "erase", "find_about"]


@dataclass(slots=True, kw_only=True)
class About:
    """The content of one program, or of none, about a person."""

    slug: str = ""
    """The program's name in the log; empty outside any."""
    boxes: list[Box] = field(default_factory=list)
    """Sealed fields, by position."""
    payloads: list[Payload] = field(default_factory=list)
    """Entries of version 1 that can go only as a whole, by position."""
    records: set[str] = field(default_factory=set)
    """Keys of the records whose words are among them."""

    @property
    def entries(self) -> int:
        """Entries that lose content."""
        return len(self.boxes) + len(self.payloads)


def find_about(subject: str) -> dict[int | None, About]:
    """What is there about a person, such as person:7: program → content, None outside any.

    Reads every payload of version 1. Conflict if an entry among them waits for its place in the log;
    Untrusted if a box does not open: `plimsoll log reconcile` then says more.
    """
    found: dict[int | None, About] = {}
    keys = subject_keys()
    boxes = Box.objects.filter(subject=subject, box__isnull=False).select_related("entry")
    for box in boxes.order_by("entry__index"):
        about = _about(found, box.entry)
        fields = opened(box, keys=keys, entry=Digest(box.entry.commit))
        about.boxes.append(box)
        about.records.update(last_states(joined((one.name, one.value) for one in fields)))
    payloads = Payload.objects.filter(erased_by=None).select_related("entry").order_by("entry__index")
    for payload in payloads.iterator(chunk_size=500):
        states = _states(payload)
        if any(_is_about(subject, record, state) for record, state in states.items()):
            about = _about(found, payload.entry)
            about.payloads.append(payload)
            about.records.update(states)
    return found


def _about(found: dict[int | None, About], entry: Entry) -> About:
    if entry.index is None:
        raise Conflict(
            "An entry about this person waits for its place in the log.",
            hint="Try again in a moment. The reason: plimsoll log status",
        )
    slug = entry.subject.partition("/")[0] if entry.program_id is not None else ""
    return found.setdefault(entry.program_id, About(slug=slug))


def _states(payload: Payload) -> Mapping[str, Any]:
    body = read_json(payload.body.encode(), what=f"the content of {payload.entry}", limit=LINE_LIMIT)
    return last_states(body) if isinstance(body, Mapping) else {}


def _is_about(subject: str, record: str, state: object) -> bool:
    columns = personal_columns().get(record.partition(":")[0], {})
    return isinstance(state, Mapping) and any(
        f"person:{state.get(owner)}" == subject for owner in columns.values()
    )


def erase(
    subject: str,
    found: Mapping[int | None, About],
    *,
    actor: str,
    requester: str,
    basis: str,
    removed: Mapping[int | None, Iterable[str]],
    slugs: Mapping[int, str],
) -> int:
    """Erases what `find_about` found; returns how many entries lost content. Inside `writing()`.

    The records are already without their words. `removed` are keys of rows that were deleted, by
    program; `slugs` are the names of those programs. All is one transaction: either everything is
    erased and said, or nothing.
    """
    for program_id, about in found.items():
        said = append(
            kind=EventKind.CONTENT_ERASED,
            actor=actor,
            subject=_subject(about.slug, subject),
            payload={FIELD: _erasure(about, basis=basis, requester=requester).to_json()},
            program_id=program_id,
        )
        Box.objects.filter(pk__in=[row.pk for row in about.boxes]).update(box=None, erased_by=said)
        pks = [row.pk for row in about.payloads]
        Payload.objects.filter(pk__in=pks).update(salt="", body="", erased_by=said)
    SubjectKey.objects.filter(subject=subject).delete()  # what follows makes another
    for program_id in sorted({None, *found, *removed}, key=lambda pk: -1 if pk is None else pk):
        about = found.get(program_id) or About()
        rows = rows_of(sorted(about.records))
        gone = {*about.records, *removed.get(program_id, ())} - {record_key(row) for row in rows}
        append(
            kind=EventKind.PERSON_ERASED,
            actor=actor,
            subject=_subject(about.slug or slugs.get(program_id or 0, ""), subject),
            payload={"basis": basis},
            program_id=program_id,
            records=rows,
            removed=sorted(gone),
        )
    return sum(about.entries for about in found.values())


def _subject(slug: str, subject: str) -> str:
    return f"{slug}/{subject}" if slug else subject


def _erasure(about: About, *, basis: str, requester: str) -> Erasure:
    return Erasure(
        entries=tuple(_runs(row.entry.index for row in about.payloads)),
        fields={row.entry.index: digests_in(row) for row in about.boxes if row.entry.index is not None},
        basis=basis,
        requester=requester,
    )


def _runs(indices: Iterable[int | None]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for index in indices:
        assert index is not None  # `find_about` refuses what has none
        if first >= 0 and index != last + 1:
            yield first, last
            first = index
        first, last = (index if first < 0 else first), index
    if first >= 0:
        yield first, last


def clear_traces() -> bool:
    """Empties SQLite's write-ahead log, which still holds the pages from before; after the commit.

    Returns whether nothing is left there: not while somebody else reads an older state. PostgreSQL
    keeps old rows until its own vacuum, and is not asked here: True.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
    return not busy
