"""Promises: a log signs what it is at one size, and shows it, in an order that no crash can turn into a lie.

Data durable, then the root, then what was written is read again and hashed again, then the signature, then
the note is kept on disk behind the last one, then tiles, then witnesses, then the checkpoint for readers.
Reading again catches a bit that flipped in memory or on the way: a log that signs such a root is dead for
ever, because nobody can show the entries that it follows from.
"""

from __future__ import annotations

from collections.abc import Callable

from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.history import History, check_note
from plimsoll.engines.tlog.merkle import HASH_SIZE, Frontier
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.publication import Bundle, Publication
from plimsoll.engines.tlog.tiles import WIDTH, bundle_leaves
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = ["Cosign", "Promises", "Sign"]

Sign = Callable[[Checkpoint], bytes]
"""Makes the signed note of a checkpoint."""
Cosign = Callable[[bytes], bytes]
"""Gets the signed note and returns it with the lines of witnesses behind its own."""


class Promises:
    """What a log has signed and what of it readers see; one thread at a time."""

    def __init__(
        self,
        *,
        origin: str,
        sign: Sign | None,
        tree: Tree,
        bundle: Bundle,
        history: History,
        publication: Publication,
    ) -> None:
        self._origin = origin
        self._sign = sign
        self._tree = tree
        self._bundle = bundle
        self._history = history
        self._publication = publication
        self._signed = Frontier()
        self._shown = 0

    @property
    def shown(self) -> int:
        """The size that readers see."""
        return self._shown

    def recover(self) -> None:
        """Compares what was signed with the entries and what is shown with what was signed; shows the rest.

        Untrusted if they disagree. Nothing is signed.
        """
        self._history.recover(self._tree)
        self._signed = _frontier(self._tree, self._history.size)
        self._shown = self._exposed_size()
        last = self._history.last
        if last is not None and last != self._publication.exposed():
            self._show(last)

    def _exposed_size(self) -> int:
        exposed = self._publication.exposed()
        if exposed is None:
            return 0
        try:
            size = parse_checkpoint(parse_note(exposed).body).size
        except BadInput:
            size = -1
        if exposed not in self._history.notes(size):
            raise Untrusted(
                f"The published checkpoint of {self._origin} is not among those that the log kept.",
                hint="The log was put back to an older state, or the file was changed: compare the copies.",
            )
        return size

    def sign(self, size: int) -> bytes:
        """The signed checkpoint of that size, which is durable; kept on disk before it is returned.

        The newest one, if nothing came since. BadInput if the log has no signer or it returns something
        else; Untrusted if what is on disk is not what was appended, or the file of checkpoints changed.
        """
        if self._history.last is not None and self._history.size == size:
            return self._history.last
        if self._sign is None:
            raise BadInput(
                f"The log {self._origin} was opened without a signer.", hint="Give Log.open sign=."
            )
        frontier = self._signed.extended(self._read_again(self._signed.size, size))
        checkpoint = Checkpoint(origin=self._origin, size=size, root=self._tree.root(size))
        if frontier.root != checkpoint.root:
            raise Untrusted(
                f"The root at size {size} does not follow from the entries on disk; nothing was signed."
            )
        note = self._sign(checkpoint)
        check_note(note, checkpoint)
        self._history.append(checkpoint, note)
        self._signed = frontier
        return note

    def _read_again(self, low: int, high: int) -> list[bytes]:
        """The leaf hashes of the entries [low, high) as they stand on disk."""
        leaves: list[bytes] = []
        for number in range(low // WIDTH, -(-high // WIDTH)):
            width = min(WIDTH, high - number * WIDTH)
            content = bundle_leaves(self._bundle(number, width), width)
            skipped = max(0, low - number * WIDTH)
            leaves += [
                content[at : at + HASH_SIZE] for at in range(skipped * HASH_SIZE, len(content), HASH_SIZE)
            ]
        return leaves

    def show(self, cosign: Cosign | None) -> bytes:
        """Exposes the newest checkpoint with everything that it needs, and returns it as readers see it.

        `cosign` is asked between tiles and checkpoint; BadInput if it changes what was signed.
        """
        note = self._history.last
        assert note is not None
        if cosign is None:
            return self._show(note)
        self._write_tiles()
        cosigned = cosign(note)
        if cosigned != note:
            size = self._history.size
            checkpoint = Checkpoint(origin=self._origin, size=size, root=self._tree.root(size))
            if not cosigned.startswith(note):
                raise BadInput("The witnesses' lines do not stand behind the signed checkpoint.")
            check_note(cosigned, checkpoint)
            self._history.append(checkpoint, cosigned)
        return self._show(cosigned)

    def _write_tiles(self) -> None:
        # Each size that was signed gets its partial tiles, also those that nobody was shown.
        old = self._shown
        for size in self._history.sizes(old, self._history.size):
            self._publication.write_tiles(old, size)
            old = size

    def _show(self, note: bytes) -> bytes:
        if note != self._publication.exposed():
            self._write_tiles()
            self._publication.show(note)
            before, self._shown = self._shown, self._history.size
            self._publication.drop_partials(before, self._shown)
        return note


def _frontier(tree: Tree, size: int) -> Frontier:
    """The right edge of the tree at that size."""
    edge, at = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            edge.append(tree.node(level, at >> level))
            at += 1 << level
    return Frontier(size=size, edge=tuple(edge))
