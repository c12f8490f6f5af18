"""The public face of a log: a folder of static files, written so that a reader never sees a promise unkept.

Order: the files of tiles and bundles are written aside and flushed, get their names, their folders are
flushed, and only then the checkpoint that needs them takes its place. All of it follows from the
segments and the signed checkpoints, so what a crash broke off is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice

from plimsoll.engines.tlog.folder import Folder
from plimsoll.engines.tlog.tiles import ENTRIES, WIDTH, Tile, bundles_between, tiles_between
from plimsoll.engines.tlog.tree import Tree

__all__ = ["CHECKPOINT", "Publication"]

CHECKPOINT = "checkpoint"
_GROUP = 64  # files that are written aside before they get their names

Bundle = Callable[[int, int], bytes]
"""Gives the bytes of the first `width` entries of bundle `number`."""


class Publication:
    """Writes tiles, bundles and checkpoint of a log into its public folder."""

    def __init__(self, public: Folder, staging: Folder, tree: Tree, bundle: Bundle) -> None:
        self._public = public
        self._staging = staging
        self._tree = tree
        self._bundle = bundle

    def exposed(self) -> bytes | None:
        """The checkpoint that readers see; None before the first."""
        return self._public.read(CHECKPOINT)

    def tile(self, tile: Tile) -> bytes | None:
        """The bytes of a published tile or bundle; None if it is not there."""
        *folders, name = tile.path.split("/")
        folder = self._public.below(*folders, create=True)
        try:
            return folder.read(name)
        finally:
            folder.close()

    def write_tiles(self, old: int, new: int) -> None:
        """Every file that size `new` needs and size `old` did not, durable when it returns."""
        wanted = chain(bundles_between(old, new), tiles_between(old, new))
        while group := list(islice(wanted, _GROUP)):
            for place, tile in enumerate(group):
                self._staging.write(str(place), self._content(tile))
            self._place(group)

    def _content(self, tile: Tile) -> bytes:
        if tile.level == ENTRIES:
            return self._bundle(tile.number, tile.width)
        low = tile.number * WIDTH
        return self._tree.hashes(8 * tile.level, low, low + tile.width)

    def _place(self, group: list[Tile]) -> None:
        touched: dict[str, Folder] = {}
        try:
            for place, tile in enumerate(group):
                parent, _, name = tile.path.rpartition("/")
                if parent not in touched:
                    touched[parent] = self._public.below(*parent.split("/"), create=True)
                self._staging.move(str(place), touched[parent], name)
            for folder in touched.values():
                folder.flush()
        finally:
            for folder in touched.values():
                folder.close()

    def show(self, note: bytes) -> None:
        """Puts the checkpoint in its place in one step; its tiles must be there."""
        self._staging.write(CHECKPOINT, note)
        self._staging.move(CHECKPOINT, self._public, CHECKPOINT)
        self._public.flush()

    def drop_partials(self, old: int, new: int) -> None:
        """Takes away the partial tiles whose full tiles came between the two sizes: clients read those."""
        whole: Iterable[Tile] = chain(bundles_between(old, new), tiles_between(old, new))
        for tile in whole:
            if tile.width == WIDTH:
                *folders, name = tile.path.split("/")
                folder = self._public.below(*folders)
                try:
                    folder.remove_folder(f"{name}.p")
                finally:
                    folder.close()

    def close(self) -> None:
        """Gives the descriptors back."""
        self._public.close()
        self._staging.close()
