"""Signs the state of the log, and reads what was signed."""

from __future__ import annotations

from collections.abc import Iterator

from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.merkle import Frontier
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotFound
from plimsoll.ledger import log_file
from plimsoll.ledger.models import Checkpoint, Entry
from plimsoll.ledger.sequencing import entry_count, sequence, turn

__all__ = ["entry_count", "latest_checkpoint", "make_checkpoint", "prove", "prove_consistency"]

_RESTORE = "Nothing is signed over that. Restore the database from its backup."


def latest_checkpoint() -> Checkpoint | None:
    """The checkpoint over the most entries; None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def make_checkpoint(signer: Signer, *others: Signer) -> Checkpoint:
    """The checkpoint over all entries, signed now by all signers unless the latest already covers them.

    What waits gets its position first. Goes on from the frontier of the latest checkpoint, O(new
    entries). Raises Conflict if that cannot be, if entries are missing since then, or if the frontier
    is not the one that was signed: a damaged log is not signed.
    """
    with log_file.opened() as log:
        sequence()
        with turn():
            latest = latest_checkpoint()
            before = _frontier(latest) if latest else Frontier()
            frontier = before.extended(_leaves_since(before.size))
            if latest and frontier.size == before.size:
                return latest
            if (log.size, log.root) != (frontier.size, frontier.root):
                raise Conflict(
                    f"The log and the database are not the same at {frontier.size} entries.", hint=_RESTORE
                )
            now = clock.now()
            made = Checkpoint(
                size=frontier.size,
                at=now,
                root=frontier.root.hex(),
                frontier=[h.hex() for h in frontier.edge],
                note=log.publish(signer, *others, at=int(now.timestamp())).decode(),
            )
            made.save(force_insert=True)
            return made


def _leaves_since(size: int) -> Iterator[bytes]:
    """The leaf hashes of the entries from a position on; Conflict where one is missing."""
    if entry_count() < size:
        raise Conflict(f"The log holds {entry_count()} entries, but {size} were signed.", hint=_RESTORE)
    rows = Entry.objects.filter(index__gte=size).order_by("index").values_list("index", "leaf_hash")
    for expected, (index, hashed) in enumerate(rows.iterator(), start=size):
        if index != expected:
            raise Conflict(f"Entry {expected} of the log is missing; the next is {index}.", hint=_RESTORE)
        yield _hash(hashed, where=f"entry {index}")


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

    NotFound if the log has no such entry at that size, or if that size was never signed.
    """
    if not 0 <= index < size:
        raise NotFound(f"The log has no entry {index} at size {size}.")
    return tuple(h.hex() for h in log_file.inclusion(index, size))


def prove_consistency(old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the signed log of `new` entries continues that of `old` entries.

    Read from what is published. NotFound if it was never `old` entries long on its way there, or if
    `new` was never signed.
    """
    if not 0 < old <= new:
        raise NotFound(f"The log was never {old} entries long on its way to {new}.")
    return log_file.consistency(old, new)
