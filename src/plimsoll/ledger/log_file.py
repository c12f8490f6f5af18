"""Where the leaves are kept, in the order of their positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from django.db.models import Max

from plimsoll.engines.tlog.leaf import Leaf, timestamp
from plimsoll.kernel.ids import Digest
from plimsoll.ledger.models import Entry

__all__ = ["LeafLog", "opened"]


class LeafLog(Protocol):
    """What sequencing asks of a log."""

    @property
    def size(self) -> int:
        """Entries that are kept."""

    def append(self, entries: Sequence[bytes]) -> range:
        """Keeps the entries and returns their positions; what is returned is durable."""

    def entry(self, index: int) -> bytes:
        """The bytes of one entry."""


class _Table:
    """The table of entries itself."""

    @property
    def size(self) -> int:
        last: int | None = Entry.objects.aggregate(last=Max("index"))["last"]
        return 0 if last is None else last + 1

    def append(self, entries: Sequence[bytes]) -> range:
        return range(self.size, self.size + len(entries))

    def entry(self, index: int) -> bytes:
        row = Entry.objects.get(index=index)
        return Leaf(
            kind=row.kind,
            at=timestamp(row.at),
            actor=row.actor,
            subject=row.subject,
            commit=Digest(row.commit),
        ).entry


@contextmanager
def opened() -> Iterator[LeafLog]:
    """The log of this installation, for as long as the block lasts."""
    yield _Table()
