"""Signs the state of the log, and reads what was signed."""

from __future__ import annotations

from plimsoll.engines.tlog import checkpoint as form
from plimsoll.engines.tlog.merkle import Frontier, inclusion_proof
from plimsoll.engines.tlog.note import Signer
from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict, NotFound
from plimsoll.ledger.append import writing
from plimsoll.ledger.models import Checkpoint, Entry

__all__ = ["entry_count", "latest_checkpoint", "make_checkpoint", "prove"]


def entry_count() -> int:
    """Entries in the log; equals the next index."""
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def latest_checkpoint() -> Checkpoint | None:
    """The checkpoint over the most entries; None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def make_checkpoint(signer: Signer) -> Checkpoint:
    """The signed checkpoint over all entries, made now unless the latest already covers them.

    Goes on from the frontier of the latest checkpoint, O(new entries). Raises Conflict if entries
    are missing since then: a log with a hole is not signed.
    """
    with writing():
        latest = latest_checkpoint()
        before = (
            Frontier(size=latest.size, edge=tuple(bytes.fromhex(h) for h in latest.frontier))
            if latest
            else Frontier()
        )
        rows = Entry.objects.filter(index__gte=before.size).order_by("index")
        leaves = []
        for expected, (index, hashed) in enumerate(
            rows.values_list("index", "leaf_hash").iterator(), start=before.size
        ):
            if index != expected:
                raise Conflict(
                    f"Entry {expected} of the log is missing; the next is {index}.",
                    hint="Nothing was signed. Restore the database from its backup.",
                )
            leaves.append(bytes.fromhex(hashed))
        if entry_count() < before.size:
            raise Conflict(
                f"The log ends at entry {entry_count() - 1}, but {before.size} entries were signed.",
                hint="Nothing was signed. Restore the database from its backup.",
            )
        if latest and not leaves:
            return latest
        frontier = before.extended(leaves)
        state = form.Checkpoint(origin=signer.name, size=frontier.size, root=frontier.root)
        made = Checkpoint(
            size=frontier.size,
            at=clock.now(),
            root=frontier.root.hex(),
            frontier=[h.hex() for h in frontier.edge],
            note=form.sign_checkpoint(state, signer),
        )
        made.save(force_insert=True)
        return made


def prove(index: int, *, size: int) -> tuple[str, ...]:
    """The inclusion proof of entry `index` in the log of `size` entries, as hexadecimal hashes.

    NotFound if the log has no such entry at that size.
    """
    leaves = [
        bytes.fromhex(h)
        for h in Entry.objects.filter(index__lt=size).order_by("index").values_list("leaf_hash", flat=True)
    ]
    if not 0 <= index < len(leaves):
        raise NotFound(f"The log has no entry {index} at size {size}.")
    return tuple(h.hex() for h in inclusion_proof(leaves, index))
