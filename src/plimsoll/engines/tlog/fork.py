"""Whether two views of one log are one history, and where they part.

For whoever kept something from earlier: a checkpoint, several of them, or every leaf. The more was kept, the
more exactly the answer can say what happened; from two roots alone nobody can tell which entry was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from plimsoll.engines.tlog.checkpoint import Checkpoint, open_checkpoint
from plimsoll.engines.tlog.keys import Verifier
from plimsoll.engines.tlog.merkle import verify_consistency
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, met, not_met, unknown

__all__ = ["Departure", "compare", "first_changed", "where_they_part"]


def compare(
    kept: bytes, shown: bytes, *, keys: Sequence[Verifier], proof: Sequence[bytes] | None = None
) -> Judgement:
    """Whether the checkpoint that the log shows now continues one that was kept; both signed notes.

    `proof` is the consistency proof from the kept to the shown size. NOT_MET with two roots of one size (the
    two notes together prove it to anybody), with fewer entries than were kept, and with a proof that does not
    hold; UNKNOWN without a proof. BadInput without a key; BadInput or Untrusted if a note is not signed by
    each of `keys`, which are one log's. A smaller size is only proof of a rollback if `shown` really is what
    the log shows now.
    """
    if not keys:
        raise BadInput("Two checkpoints cannot be compared without a key of the log.")
    old, new = open_checkpoint(kept, *keys), open_checkpoint(shown, *keys)
    if new.size == old.size:
        if new.root == old.root:
            return met(f"both show the same {old.size} entries")
        return not_met(
            f"{old.origin} signed two histories of {old.size} entries: one with root {old.root.hex()}, "
            f"one with root {new.root.hex()}; keep both notes, together they prove it to anybody"
        )
    if new.size < old.size:
        return not_met(
            f"{old.origin} signed {old.size} entries and now shows {new.size}: "
            f"the last {old.size - new.size} were cut off, or an older state was put back"
        )
    if old.size == 0:
        return met(f"nothing was kept that the {new.size} entries could contradict")
    if proof is None:
        return unknown(f"no proof shows that the {old.size} entries are the first of the {new.size}")
    if verify_consistency(
        old_size=old.size, new_size=new.size, old_root=old.root, new_root=new.root, proof=proof
    ):
        return met(f"the first {old.size} of {new.size} entries are those that were signed before")
    return not_met(f"the proof does not show that the first {old.size} of {new.size} entries are unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a log departs from what was kept of it."""

    first: int
    """The first entry that may have been changed; all before it are proven unchanged."""
    last: int
    """The last entry that may be the first changed one."""

    @property
    def words(self) -> str:
        """As a sentence without its full stop."""
        if self.first == self.last:
            return f"entry {self.first} is not the one that was signed; entries before it are"
        return (
            f"one of the entries {self.first} to {self.last} is not the one that was signed; "
            f"entries before {self.first} are"
        )


def where_they_part(kept: Iterable[Checkpoint], root_at: Callable[[int], bytes]) -> Departure | None:
    """Where the log with these roots departs from kept checkpoints of it; None if it agrees with all.

    `root_at` gives the root of the first so many entries of the log as it is now; it is asked for the sizes
    of the kept checkpoints only. The entry lies behind the largest size that still agrees and before the
    smallest that does not: the more checkpoints were kept, the closer.
    """
    agreeing = 0
    for checkpoint in sorted(kept, key=lambda each: each.size):
        if root_at(checkpoint.size) != checkpoint.root:
            # Of size 0 there is one root; a checkpoint with another never described a log.
            return Departure(first=agreeing, last=max(checkpoint.size - 1, agreeing))
        agreeing = checkpoint.size
    return None


def first_changed(kept: Iterable[bytes], shown: Iterable[bytes]) -> int | None:
    """Position of the first entry that is not the kept one, by leaf hashes in order; None if all are there.

    An entry that is missing at the end counts as changed; further ones that were never kept do not.
    """
    for position, (old, new) in enumerate(zip_longest(kept, shown)):
        if old is None:
            return None
        if old != new:
            return position
    return None
