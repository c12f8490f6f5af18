"""Tiles: the tree and the entries of a log as static files that any web server can hand out.

Source: C2SP tlog-tiles v0.1.0. A full tile is 256 hashes; tile n of level l holds, at place i, the root of
the 256**l leaves from (n * 256 + i) * 256**l. Only full tiles feed the level above. An entry bundle is
256 entries, each behind its length in two bytes, big endian; leaf hashes cover the entry without the length.

Everything here works on bytes and takes the canonical form only. What a tile claims is not established
by reading it: check the proof made from it against a root that somebody signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from plimsoll.engines.tlog.merkle import HASH_SIZE, parents
from plimsoll.engines.tlog.tree import consistency_path, fold, inclusion_path
from plimsoll.kernel.errors import BadInput, NotFound, Untrusted

__all__ = [
    "ENTRY_LIMIT",
    "WIDTH",
    "Rows",
    "Tile",
    "TileNodes",
    "bundle_leaves",
    "bundle_parts",
    "bundle_tile",
    "bundles_between",
    "encode_bundle",
    "leaf_hashes",
    "parse_bundle",
    "parse_tile",
    "parse_tile_path",
    "tiles_between",
]

WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""
ENTRY_LIMIT = 65_535
"""Bytes of the longest entry."""
ENTRIES = -1
"""The level of entry bundles, which stand below the hashes of the leaves."""

_PATH = re.compile(
    rb"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_LEVELS = 64
_LEAF = hashlib.sha256(b"\x00")

Reader = Callable[[str], bytes | None]
"""Gives the bytes at a path below the log's prefix, or None if there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """The name of a tile or, with level -1, of an entry bundle."""

    level: int
    """0 to 63, or -1 for a bundle of entries."""
    number: int
    """Which one of its level, from 0."""
    width: int = WIDTH
    """Hashes or entries in it: 256, or 1 to 255 for a partial one."""

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix: tile/0/x001/x234/067.p/112."""
        return f"tile/{'entries' if self.level == ENTRIES else self.level}/{self.stem}" + (
            f".p/{self.width}" if self.width < WIDTH else ""
        )

    @property
    def stem(self) -> str:
        """The number in groups of three digits, all but the last with an x: x001/x234/067."""
        rest, last = divmod(self.number, 1000)
        groups = [f"{last:03}"]
        while rest:
            rest, group = divmod(rest, 1000)
            groups.append(f"x{group:03}")
        return "/".join(reversed(groups))

    @property
    def full(self) -> Tile:
        """The full tile of the same level and number."""
        return Tile(level=self.level, number=self.number)


def bundle_tile(number: int, width: int = WIDTH) -> Tile:
    """The name of entry bundle `number`."""
    return Tile(level=ENTRIES, number=number, width=width)


def parse_tile_path(path: str) -> Tile:
    """The tile that the path names, if it is written in the one canonical way; BadInput otherwise."""
    found = _PATH.fullmatch(path.encode())
    if found:
        kind, groups, last, width = found.groups()
        number = int(groups.replace(b"x", b"").replace(b"/", b"") + last)
        level = ENTRIES if kind == b"entries" else int(kind)
        tile = Tile(level=level, number=number, width=int(width) if width else WIDTH)
        if level < _LEVELS and tile.path == path:
            return tile
    raise BadInput(
        f"{path!r} is not the path of a tile.", hint="It reads tile/0/x001/067 or tile/entries/000.p/12."
    )


def tiles_between(old: int, new: int) -> Iterator[Tile]:
    """The hash tiles that a log of `new` leaves has and one of `old` leaves lacks, level by level.

    `old` 0 gives every tile of the size. Empty tiles are never among them.
    """
    level = 0
    while new >> (8 * level):
        yield from _between(level, old >> (8 * level), new >> (8 * level))
        level += 1


def bundles_between(old: int, new: int) -> Iterator[Tile]:
    """The entry bundles that a log of `new` entries has and one of `old` entries lacks."""
    yield from _between(ENTRIES, old, new)


def _between(level: int, old: int, new: int) -> Iterator[Tile]:
    for number in range(old // WIDTH, new // WIDTH):
        yield Tile(level=level, number=number)
    if new % WIDTH and old != new:
        yield Tile(level=level, number=new // WIDTH, width=new % WIDTH)


def parse_tile(content: bytes, width: int = WIDTH) -> bytes:
    """The content, if it is exactly `width` hashes long; Untrusted otherwise."""
    if len(content) != width * HASH_SIZE:
        raise Untrusted(f"A tile of {width} hashes has {width * HASH_SIZE} bytes, not {len(content)}.")
    return content


def bundle_parts(entries: Sequence[bytes]) -> list[bytes]:
    """The length and the bytes of each entry in turn; BadInput if one is longer than 65,535 bytes."""
    parts: list[bytes] = [b""] * (2 * len(entries))
    lengths = list(map(len, entries))
    try:
        spelled = {length: length.to_bytes(2, "big") for length in set(lengths)}
    except OverflowError:
        raise BadInput(
            f"An entry has {max(lengths):,} bytes; at most {ENTRY_LIMIT:,} go into the log.",
            hint="Log a digest of the content and keep the content elsewhere.",
        ) from None
    parts[::2] = map(spelled.__getitem__, lengths)
    parts[1::2] = entries
    return parts


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The entries, each behind its length; BadInput if one is longer than 65,535 bytes."""
    return b"".join(bundle_parts(entries))


def parse_bundle(content: bytes, width: int | None = WIDTH) -> list[bytes]:
    """The entries of a bundle, in order.

    Untrusted if the bytes end within an entry, or if a width is given and there are not exactly so many.
    """
    entries: list[bytes] = []
    at, last = 0, len(content) - 1
    while at < last:
        start = at + 2
        at = start + (content[at] << 8 | content[at + 1])
        entries.append(content[start:at])
    _refuse_broken(at, len(content), len(entries), width)
    return entries


def bundle_leaves(content: bytes, width: int | None = WIDTH) -> bytes:
    """The leaf hashes of a bundle's entries, one behind the other; Untrusted like `parse_bundle`."""
    hashes: list[bytes] = []
    add, fresh = hashes.append, _LEAF.copy
    at, last = 0, len(content) - 1
    while at < last:
        start = at + 2
        at = start + (content[at] << 8 | content[at + 1])
        hashed = fresh()
        hashed.update(content[start:at])
        add(hashed.digest())
    _refuse_broken(at, len(content), len(hashes), width)
    return b"".join(hashes)


def _refuse_broken(at: int, end: int, found: int, width: int | None) -> None:
    if at != end:
        raise Untrusted("The bytes end within an entry.")
    if width is not None and found != width:
        raise Untrusted(f"A bundle of {width} entries holds {found} of them.")


def leaf_hashes(entries: Sequence[bytes]) -> bytes:
    """H(0x00 || entry) of each entry, one behind the other."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])


Rows = dict[Tile, list[bytes]]
"""Of tiles: their hashes, and the nodes above those as far as they were needed."""


class TileNodes:
    """Proofs of a log of one size from its tiles alone, read one by one through a reader.

    Tiles are kept once read, so many proofs at one size cost few reads. A partial tile that is gone is
    read from the full one, as clients of a log do. `kept` may be shared between sizes of one log: tiles
    above the leaves and partial ones go there, since no tile ever changes. The hashes are as good as the
    reader: check each proof against the root of a checkpoint.
    """

    __slots__ = ("_here", "_kept", "_read", "size")

    def __init__(self, read: Reader, size: int, kept: Rows | None = None) -> None:
        self._read = read
        self._here: dict[tuple[int, int], list[bytes]] = {}
        self._kept: Rows = {} if kept is None else kept
        self.size = size

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete node (level, index).

        NotFound if the tile is missing; Untrusted if it has another length than its width.
        """
        inner = level & 7
        place = index << inner
        number = place // WIDTH
        rows = self._here.get((level - inner, number))
        if rows is None:
            rows = self._here[level - inner, number] = self._opened(level // 8, number)
        while len(rows) <= inner:
            rows.append(parents(rows[-1][: len(rows[-1]) // 64 * 64]))
        at = (place % WIDTH >> inner) * HASH_SIZE
        return rows[inner][at : at + HASH_SIZE]

    def root(self) -> bytes:
        """The root over the whole size."""
        return fold(0, self.size, self.node)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The audit path of leaf `index` at this size; BadInput if there is no such leaf."""
        return inclusion_path(index, self.size, self.node)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The proof that this size continues the older one; BadInput unless 0 < old <= size."""
        return consistency_path(old, self.size, self.node)

    def entries(self, number: int) -> list[bytes]:
        """The entries of bundle `number` within this size; NotFound or Untrusted like `node`."""
        width = min(WIDTH, self.size - number * WIDTH)
        content, found = self._content(bundle_tile(number, width))
        return parse_bundle(content, found)[:width]

    def _width(self, level: int, number: int) -> int:
        return min(WIDTH, (self.size >> (8 * level)) - number * WIDTH)

    def _opened(self, level: int, number: int) -> list[bytes]:
        tile = Tile(level=level, number=number, width=self._width(level, number))
        edge = level > 0 or tile.width < WIDTH  # every proof at this size needs some of these
        rows = self._kept.get(tile) if edge else None
        if rows is None:
            rows = [self._tile(tile)]
            if edge:
                self._kept[tile] = rows
        return rows

    def _tile(self, tile: Tile) -> bytes:
        content, found = self._content(tile)
        return parse_tile(content, found)[: tile.width * HASH_SIZE]

    def _content(self, tile: Tile) -> tuple[bytes, int]:
        for candidate in (tile, tile.full):
            content = self._read(candidate.path)
            if content is not None:
                return content, candidate.width
        raise NotFound(f"The log's file {tile.path} is missing.")
