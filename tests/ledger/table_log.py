"""A twin of the log on disk that is nothing but the table of entries: its positions, its leaves.

It follows what a test undoes or pastes into the database, which a file could not. What is special about
files (two processes, crashes, lost folders) is tested with the real one, in test_log_file and
test_restoring.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from plimsoll.engines.tlog import checkpoint as form
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.merkle import Frontier, consistency_proof, inclusion_proof
from plimsoll.ledger import sequencing
from plimsoll.ledger.models import Checkpoint, Entry


class TableLog:
    @property
    def size(self) -> int:
        return sequencing.entry_count()

    @property
    def root(self) -> bytes:
        """As a writer that goes on from what was signed has it, whatever happened to older rows since."""
        latest = Checkpoint.objects.order_by("-size").first()
        size, edge = (latest.size, latest.frontier) if latest else (0, [])
        before = Frontier(size=size, edge=tuple(bytes.fromhex(h) for h in edge))
        return before.extended(_leaves(size, self.size)).root

    def append(self, entries: Sequence[bytes]) -> range:
        return range(self.size, self.size + len(entries))

    def entry(self, index: int) -> bytes:
        return sequencing.leaf_of(Entry.objects.get(index=index)).entry

    def publish(self, *signers: Signer, at: int) -> bytes:
        state = form.Checkpoint(origin=signers[0].name, size=self.size, root=self.root)
        return form.sign_checkpoint(state, *signers, at=at).encode()


@contextmanager
def opened(*, patience: float = 0.0) -> Iterator[TableLog]:
    yield TableLog()


def published_checkpoint() -> bytes:
    return str(Checkpoint.objects.order_by("-size")[0].note).encode()


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return inclusion_proof(_leaves(0, size), index)


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    return consistency_proof(_leaves(0, new), old)


def _leaves(low: int, high: int) -> list[bytes]:
    rows = Entry.objects.filter(index__gte=low, index__lt=high).order_by("index")
    return [bytes.fromhex(hashed) for hashed in rows.values_list("leaf_hash", flat=True)]
