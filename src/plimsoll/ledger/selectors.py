"""Reads the log for pages: entries of a program, one entry with its content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plimsoll.ledger.content import Content, content_of
from plimsoll.ledger.models import Entry

__all__ = ["EntryRow", "entries_of", "entry_with_content", "has_entry", "history_of", "latest_entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry as pages show it."""

    id: int
    """The order in which entries were written."""
    index: int | None
    """Position in the log; None while the entry waits for it."""
    kind: str
    """Event kind."""
    at: datetime
    """When."""
    actor: str
    """Pseudonym."""
    subject: str
    """Program slug and ref."""
    commit: str
    """Commitment to the payload."""
    leaf_hash: str
    """Hash of the entry."""

    @property
    def ref(self) -> str:
        """The subject without its program."""
        return self.subject.rpartition("/")[2]


def _row(entry: Entry) -> EntryRow:
    return EntryRow(
        id=entry.pk,
        index=entry.index,
        kind=entry.kind,
        at=entry.at,
        actor=entry.actor,
        subject=entry.subject,
        commit=entry.commit,
        leaf_hash=entry.leaf_hash,
    )


def entries_of(
    program_id: int,
    *,
    kind: str = "",
    subject: str = "",
    actor: str = "",
    since: datetime | None = None,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[EntryRow], int]:
    """Entries of a program, newest first, and how many there are; the caller checks who may see.

    `actor` is a pseudonym, such as person:7, which also finds what was done by a token of that person; or
    the beginning of one that ends in a colon, such as rule:.
    """
    rows = Entry.objects.filter(program_id=program_id).order_by("-id")
    if kind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(subject=subject)
    if actor:
        rows = rows.filter(**{"actor__startswith" if actor.endswith(":") else "actor__endswith": actor})
    if since:
        rows = rows.filter(at__gte=since)
    return [_row(entry) for entry in rows[offset : offset + limit]], rows.count()


def latest_entry(program_id: int) -> EntryRow | None:
    """The newest entry of a program, None before its first; one query. The caller checks who may see."""
    entry = Entry.objects.filter(program_id=program_id).order_by("-id").first()
    return _row(entry) if entry else None


def history_of(program_id: int, subject: str, *, limit: int = 20) -> list[EntryRow]:
    """The newest entries about one record; one query."""
    rows = Entry.objects.filter(program_id=program_id, subject=subject).order_by("-id")
    return [_row(entry) for entry in rows[:limit]]


def has_entry(program_id: int, index: int) -> bool:
    """Whether the entry at this position is one of the program."""
    return Entry.objects.filter(program_id=program_id, index=index).exists()


def entry_with_content(program_id: int, index: int) -> tuple[EntryRow, Content] | None:
    """One entry of a program with what can still be read of it; None if the program has no such entry."""
    entry = Entry.objects.filter(program_id=program_id, index=index).first()
    return None if entry is None else (_row(entry), content_of(entry))
