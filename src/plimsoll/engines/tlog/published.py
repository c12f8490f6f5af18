"""Reading a log from its public folder: no lock, nothing is written, a read-only disk will do.

What is read here is what the log shows to everybody. It is as good as the check of its checkpoint's
signature and of the proofs made from it.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from plimsoll.engines.tlog.folder import Folder, missing
from plimsoll.engines.tlog.publication import CHECKPOINT
from plimsoll.engines.tlog.tiles import Rows, Tile, TileNodes, parse_tile_path
from plimsoll.kernel.errors import NotFound, PlimsollError

__all__ = ["Published"]

_KEPT = 1_024  # tiles above the leaves, about 16 KiB each
_FOLDERS = 64  # descriptors; each folder holds a thousand tiles


class Published:
    """A log's public folder, open for reading; any thread may read."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._kept: Rows = {}
        self._folders: dict[str, Folder] = {}

    @classmethod
    def open(cls, path: Path | str) -> Published:
        """The public folder at the path. StorageFault if it cannot be read."""
        return cls(Folder.at(Path(path)))

    def checkpoint(self) -> bytes:
        """The signed checkpoint that the log shows now, unverified; NotFound before the first."""
        note = self._folder.read(CHECKPOINT)
        if note is None:
            raise NotFound(f"{self._folder.name} has no checkpoint.", hint="The log has not published yet.")
        return note

    def read(self, path: str) -> bytes | None:
        """The bytes of a tile or bundle by its path below the prefix; None if it is not there.

        BadInput if the path is not that of a tile.
        """
        return self._content(parse_tile_path(path).path)

    def tile(self, tile: Tile) -> bytes | None:
        """The bytes of that tile or bundle; None if it is not there."""
        return self._content(tile.path)

    def _content(self, path: str) -> bytes | None:
        parent, _, name = path.rpartition("/")
        kept = self._folders.get(parent)
        if kept is not None:
            return kept.read(name)
        try:
            folder = self._folder.below(*parent.split("/"))
        except PlimsollError as error:
            if missing(error):
                return None
            raise
        # Folders of partial tiles come and go, the others stay. None is given up for another: a thread may
        # be reading in it. If two threads opened the same one, the first is kept.
        if (
            not parent.endswith(".p")
            and len(self._folders) < _FOLDERS
            and self._folders.setdefault(parent, folder) is folder
        ):
            return folder.read(name)
        try:
            return folder.read(name)
        finally:
            folder.close()

    def nodes(self, size: int) -> TileNodes:
        """Proofs, root and entries of the log at a size that it has shown, from tiles alone."""
        if len(self._kept) > _KEPT:
            self._kept.clear()
        return TileNodes(self._content, size, self._kept)

    def close(self) -> None:
        """Gives the descriptors back."""
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()
        self._folder.close()

    def __enter__(self) -> Published:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
