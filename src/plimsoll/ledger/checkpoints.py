"""Signs the state of the log, and reads what was signed."""

from __future__ import annotations

from plimsoll.engines.tlog import checkpoint as form
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.merkle import Frontier, inclusion_proof
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.ledger.append import writing
from plimsoll.ledger.models import Checkpoint, Entry

__all__ = ["entry_count", "latest_checkpoint", "make_checkpoint", "prove"]

_RESTORE = "Nothing is signed over that. Restore the database from its backup."


def entry_count() -> int:
    """Entries in the log; equals the next index."""
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def latest_checkpoint() -> Checkpoint | None:
    """The checkpoint over the most entries; None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def make_checkpoint(signer: Signer, *others: Signer) -> Checkpoint:
    """The checkpoint over all entries, signed now by all signers unless the latest already covers them.

    Goes on from the frontier of the latest checkpoint, O(new entries). Raises Conflict if entries
    are missing since then, or if the frontier is not the one that was signed: a damaged log is not
    signed.
    """
    with writing():
        latest = latest_checkpoint()
        before = _frontier(latest) if latest else Frontier()
        rows = Entry.objects.filter(index__gte=before.size).order_by("index")
        leaves = []
        for expected, (index, hashed) in enumerate(
            rows.values_list("index", "leaf_hash").iterator(), start=before.size
        ):
            if index != expected:
                raise Conflict(
                    f"Entry {expected} of the log is missing; the next is {index}.",
                    hint=_RESTORE,
                )
            leaves.append(_hash(hashed, where=f"entry {index}"))
        if entry_count() < before.size:
            raise Conflict(
                f"The log holds {entry_count()} entries, but {before.size} were signed.",
                hint=_RESTORE,
            )
        if latest and not leaves:
            return latest
        frontier = before.extended(leaves)
        now = clock.now()
        state = form.Checkpoint(origin=signer.name, size=frontier.size, root=frontier.root)
        made = Checkpoint(
            size=frontier.size,
            at=now,
            root=frontier.root.hex(),
            frontier=[h.hex() for h in frontier.edge],
            note=form.sign_checkpoint(state, signer, *others, at=int(now.timestamp())),
        )
        made.save(force_insert=True)
        return made


def _frontier(latest: Checkpoint) -> Frontier:
    """The frontier that was kept with a checkpoint; Conflict if it does not lead to the signed root."""
    where = f"the checkpoint at size {latest.size}"
    kept = latest.frontier if isinstance(latest.frontier, list) else []
    edge = tuple(_hash(text, where=where) for text in kept)
    try:
        frontier = Frontier(size=latest.size, edge=edge)
    except BadInput as error:
        raise Conflict(error.message, hint=_RESTORE) from error
    if frontier.root.hex() != latest.root:
        raise Conflict(f"The frontier kept with {where} does not lead to its root.", hint=_RESTORE)
    return frontier


def _hash(text: object, *, where: str) -> bytes:
    try:
        return bytes.fromhex(str(text))
    except ValueError as error:
        raise Conflict(f"The hash kept with {where} cannot be read.", hint=_RESTORE) from error


def prove(index: int, *, size: int) -> tuple[str, ...]:
    """The inclusion proof of entry `index` in the log of `size` entries, as hexadecimal hashes.

    NotFound if the log has no such entry at that size; Conflict if a hash cannot be read.
    """
    rows = Entry.objects.filter(index__lt=size).order_by("index").values_list("index", "leaf_hash")
    leaves = [_hash(hashed, where=f"entry {position}") for position, hashed in rows]
    if not 0 <= index < len(leaves):
        raise NotFound(f"The log has no entry {index} at size {size}.")
    return tuple(h.hex() for h in inclusion_proof(leaves, index))
