"""Checks a log's files: every tile, root and promise is derived anew from the entries.

What it shows: entries, bundles, tiles, segments and checkpoints agree with each other to the last byte.
What it does not show: who signed the checkpoints (verify their signatures), or that the log is the one
that others were shown (compare with a checkpoint kept outside).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plimsoll.engines.tlog import frame
from plimsoll.engines.tlog.checkpoint import Checkpoint, parse_checkpoint
from plimsoll.engines.tlog.folder import Folder
from plimsoll.engines.tlog.journal import header_of
from plimsoll.engines.tlog.merkle import HASH_SIZE
from plimsoll.engines.tlog.note import parse_note
from plimsoll.engines.tlog.published import Published
from plimsoll.engines.tlog.rehash import PIECE, pieces
from plimsoll.engines.tlog.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    bundle_leaves,
    bundles_between,
    parse_bundle,
    parse_tile_path,
    tiles_between,
)
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import NotFound, PlimsollError
from plimsoll.kernel.verdict import Judgement, Reason, Verdict, all_of, met, not_met, unknown

__all__ = ["Report", "fsck"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the check of a log's files found."""

    judgement: Judgement
    """MET if everything agrees; NOT_MET with a reason per fault; UNKNOWN if nothing was published yet."""
    entries: int
    """Entries that were hashed."""
    checkpoints: int
    """Signed checkpoints that were compared; in a public folder alone only the one that it shows."""
    root: bytes
    """The root over the entries, as derived here."""

    @property
    def faults(self) -> tuple[Reason, ...]:
        """One reason per file or promise that does not agree; empty if there is none."""
        return tuple(r for r in self.judgement.reasons if r.verdict is Verdict.NOT_MET)


def fsck(path: Path | str, *, processes: int = 1) -> Report:
    """The report on a log's folder, or on a public folder alone (a copy or a mirror).

    With more than one process, published entries are hashed in so many at once; the report is the same.
    Each imports the main module of this one anew, so guard what that does (`if __name__ == "__main__"`).
    Reads only. A log that is being written to may show a fault at its end that is none: check a closed
    log, or a public folder. StorageFault if the folder cannot be read at all.
    """
    folder = Folder.at(Path(path))
    try:
        return _Check(folder, Path(path), processes).report()
    finally:
        folder.close()


class _Check:
    def __init__(self, folder: Folder, path: Path, processes: int) -> None:
        self._folder = folder
        self._path = path
        self._processes = processes
        self._whole = "public" in folder.names()
        self._tree = Tree()
        self._parts: list[Judgement] = []
        self._checkpoints = 0
        self._compared: set[str] = set()  # files that agreed when they were read for the tree

    def report(self) -> Report:
        public = self._folder.below("public") if self._whole else self._folder.below(".")
        with Published(public) as published:
            shown = self._shown(published)
            size = shown.size if shown else 0
            self._read_bundles(published, size)
            if shown and self._tree.size >= size:
                self._judge(
                    self._tree.root(size) == shown.root,
                    f"the published checkpoint of size {size} follows from the entries",
                    f"the published checkpoint of size {size} has another root than the entries",
                )
            if self._whole:
                self._read_segments(shown)
                self._read_checkpoints(published if shown else None)
            self._compare_files(public, published, size)
        return Report(
            judgement=all_of(self._parts),
            entries=self._tree.size,
            checkpoints=self._checkpoints,
            root=self._tree.root(),
        )

    def _judge(self, holds: bool, good: str, bad: str) -> None:  # noqa: FBT001 - the condition itself
        self._parts.append(met(good) if holds else not_met(bad))

    def _fault(self, text: str) -> None:
        self._parts.append(not_met(text))

    def _shown(self, published: Published) -> Checkpoint | None:
        try:
            shown = parse_checkpoint(parse_note(published.checkpoint()).body)
        except NotFound:
            self._parts.append(unknown("no checkpoint was published"))
            return None
        except PlimsollError as error:
            self._fault(f"checkpoint: {error.message}")
            return None
        self._checkpoints = 1
        return shown

    # ------------------------------------------------------------ the public folder

    def _read_bundles(self, published: Published, size: int) -> None:
        """Feeds the tree from the bundles; where one is not what its tile says, with the tile's hashes."""
        path = self._path / "public" if self._whole else self._path
        for tree in pieces(path, size, self._processes):
            low = self._tree.size
            if tree is not None:
                self._tree.graft(tree)
                for tile in bundles_between(low, self._tree.size):
                    self._compared |= {tile.path, Tile(level=0, number=tile.number).path}
            elif not self._read_each(published, low, low + PIECE * WIDTH):
                return
        self._read_each(published, self._tree.size, size)

    def _read_each(self, published: Published, low: int, high: int) -> bool:
        """Whether the tree could be fed with the entries [low, high); low is where a bundle begins."""
        for tile in bundles_between(low, high):
            hashes = Tile(level=0, number=tile.number, width=tile.width)
            told = self._read(published, hashes)
            entries = self._read(published, tile)
            leaves = _leaves(entries, tile.width)
            if leaves is None or leaves != told:
                self._fault(f"{tile.path} and {hashes.path} do not agree{_where(leaves, told, tile)}")
            else:
                self._compared |= {tile.path, hashes.path}
            chosen = told if told is not None and len(told) == tile.width * HASH_SIZE else leaves
            if chosen is None:
                self._fault(f"entries from {tile.number * WIDTH} on cannot be judged")
                return False
            self._tree.extend(chosen)
        return True

    def _read(self, published: Published, tile: Tile) -> bytes | None:
        """The file's bytes, of a partial tile the full one's beginning if only that is there."""
        try:
            content = published.tile(tile)
            if content is None and tile.width < WIDTH:
                content = published.tile(tile.full)
                if content is not None:
                    return _beginning(content, tile)
        except PlimsollError as error:
            self._fault(f"{tile.path}: {error.message}")
            return None
        if content is None:
            self._fault(f"{tile.path} is missing")
        return content

    def _compare_files(self, public: Folder, published: Published, size: int) -> None:
        for tile in tiles_between(0, size):
            if tile.level and published.tile(tile) is None and published.tile(tile.full) is None:
                self._fault(f"{tile.path} is missing")
        for path in _files(public, ""):
            if path == "checkpoint" or path in self._compared:
                continue
            try:
                tile = parse_tile_path(path)
                content = published.read(path)
            except PlimsollError:
                self._fault(f"{path} does not belong to a log")
                continue
            self._compare(tile, content or b"")

    def _compare(self, tile: Tile, content: bytes) -> None:
        low = tile.number * WIDTH
        level = max(0, tile.level)
        expected = self._tree.hashes(8 * level, low, low + tile.width)
        if len(expected) < tile.width * HASH_SIZE:
            self._parts.append(unknown(f"{tile.path} covers entries beyond the checkpoint"))
        elif (_leaves(content, tile.width) if tile.level == ENTRIES else content) != expected:
            self._fault(f"{tile.path} does not follow from the entries")

    # ------------------------------------------------------------ the writer's own files

    def _read_segments(self, shown: Checkpoint | None) -> None:
        folder = self._folder.below("segments")
        try:
            for name in folder.names():
                if name != "spare":
                    self._read_segment(f"segments/{name}", folder.read(name) or b"", shown)
        finally:
            folder.close()

    def _read_segment(self, path: str, content: bytes, shown: Checkpoint | None) -> None:
        stem = path.rpartition("/")[2]
        first = int(stem) if stem.isascii() and stem.isdigit() else -1
        length = int.from_bytes(content[27:29], "big")
        origin = content[29 : 29 + length].decode(errors="replace")
        header = header_of(shown.origin if shown else origin, max(0, first))
        if first < 0 or not content.startswith(header):
            self._fault(f"{path} is not the segment that its name says")
            return
        at, upcoming = len(header), first
        try:
            while found := frame.frame_at(content, at, frame.ENTRIES):
                self._compare_frame(path, found, upcoming)
                at, upcoming = found.end, found.first + found.count
        except PlimsollError as error:
            self._fault(f"{path}: {error.message}")
            return
        self._judge(
            frame.blank(content, at),
            f"{path} agrees up to entry {upcoming}",
            f"{path} ends in a frame that was broken off, behind entry {upcoming}",
        )

    def _compare_frame(self, path: str, found: frame.Frame, upcoming: int) -> None:
        low, high, known = found.first, found.first + found.count, self._tree.size
        shared = max(0, min(high, known) - low)
        if low != upcoming or low > known:
            self._fault(f"{path} has entry {low} where entry {min(upcoming, known)} belongs")
        elif found.leaves[: shared * HASH_SIZE] != self._tree.hashes(0, low, low + shared):
            self._fault(f"{path} and the published entries {low} to {high - 1} do not agree")
        else:
            self._tree.extend(found.leaves[shared * HASH_SIZE :])

    def _read_checkpoints(self, published: Published | None) -> None:
        shown = published.checkpoint() if published else None
        content = self._folder.read("checkpoints") or b""
        at, seen = 0, False
        try:
            while found := frame.frame_at(content, at, frame.CHECKPOINT):
                kept = parse_checkpoint(parse_note(found.body).body)
                seen = seen or found.body == shown
                self._checkpoints += found.body != shown
                if kept.size > self._tree.size:
                    self._fault(f"a signed checkpoint covers {kept.size} entries; {self._tree.size} are here")
                elif self._tree.root(kept.size) != kept.root:
                    self._fault(
                        f"the signed checkpoint of size {kept.size} has another root than the entries"
                    )
                at = found.end
        except PlimsollError as error:
            self._fault(f"checkpoints: {error.message}")
            return
        self._judge(
            at == len(content), "the kept checkpoints agree", "checkpoints ends in one that was broken off"
        )
        if shown and not seen:
            self._fault("the published checkpoint is not among those that the log kept")


def _leaves(bundle: bytes | None, width: int) -> bytes | None:
    try:
        return None if bundle is None else bundle_leaves(bundle, width)
    except PlimsollError:
        return None


def _where(leaves: bytes | None, told: bytes | None, tile: Tile) -> str:
    """Which entry is the first that differs, if that can be said."""
    if leaves is None or told is None or len(leaves) != len(told):
        return ""
    place = next(n for n in range(tile.width) if leaves[n * 32 : n * 32 + 32] != told[n * 32 : n * 32 + 32])
    return f" from entry {tile.number * WIDTH + place} on"


def _beginning(content: bytes, tile: Tile) -> bytes:
    if tile.level != ENTRIES:
        return content[: tile.width * HASH_SIZE]
    return b"".join(len(e).to_bytes(2, "big") + e for e in parse_bundle(content)[: tile.width])


def _files(folder: Folder, prefix: str) -> Iterator[str]:
    """The paths of everything below the folder that is no folder, links among them."""
    for name in folder.names():
        if folder.is_folder(name):
            inner = folder.below(name)
            try:
                yield from _files(inner, f"{prefix}{name}/")
            finally:
                inner.close()
        else:
            yield prefix + name
