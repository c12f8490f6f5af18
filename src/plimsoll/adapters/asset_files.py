"""Looks whether the file of an asset still has the content that was registered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from plimsoll.kernel.ids import Digest

__all__ = ["AssetFiles"]

_CHUNK = 2**20


@dataclass(slots=True)
class AssetFiles:
    """The files below one folder. A file is read again only when its size, time or inode changed."""

    root: Path
    """The asset folder; nothing outside it is ever opened."""
    known: dict[str, tuple[tuple[int, int, int], Digest]] = field(default_factory=dict)
    """Location → what the file looked like, and its digest."""

    def digest(self, location: str) -> Digest | None:
        """The SHA-256 of the file now; None if it is missing, no regular file, or outside the folder."""
        path = self.root / location
        try:
            real = path.resolve(strict=True)
            state = real.stat()
        except OSError:
            return None
        if not real.is_relative_to(self.root.resolve()) or not real.is_file():
            return None
        looks = (state.st_size, state.st_mtime_ns, state.st_ino)
        if location in self.known and self.known[location][0] == looks:
            return self.known[location][1]
        hashed = hashlib.sha256()
        try:
            with real.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    hashed.update(chunk)
        except OSError:
            return None
        found = Digest(hashed.hexdigest())
        self.known[location] = (looks, found)
        return found
