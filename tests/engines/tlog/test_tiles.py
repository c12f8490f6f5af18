import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import merkle, tiles
from plimsoll.engines.tlog.tiles import ENTRIES, Tile, TileNodes
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.errors import BadInput, NotFound, Untrusted
from tests import shared
from tests.engines.tlog.test_tree import WHOLE


def published(size: int) -> dict[str, bytes]:
    return {
        tile.path: WHOLE.hashes(8 * tile.level, tile.number * 256, tile.number * 256 + tile.width)
        for tile in tiles.tiles_between(0, size)
    }


def test_the_tiles_of_70_000_leaves_are_those_that_the_standard_counts() -> None:
    by_level: dict[int, list[int]] = {}
    for tile in tiles.tiles_between(0, 70_000):
        by_level.setdefault(tile.level, []).append(tile.width)
    assert by_level == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}


def test_256_leaves_have_a_full_tile_and_one_hash_above_it() -> None:
    assert [t.path for t in tiles.tiles_between(0, 256)] == ["tile/0/000", "tile/1/000.p/1"]


def test_no_leaves_have_no_tiles() -> None:
    assert list(tiles.tiles_between(0, 0)) == list(tiles.bundles_between(0, 0)) == []


def test_what_comes_between_two_sizes_completes_what_was_there() -> None:
    for old, new in ((0, 300), (255, 256), (256, 257), (300, 300), (65_535, 65_537)):
        there = {t.path for t in tiles.tiles_between(0, old)}
        there |= {t.path for t in tiles.tiles_between(old, new)}
        assert there >= {t.path for t in tiles.tiles_between(0, new)}
    assert not list(tiles.tiles_between(300, 300))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, number=0), "tile/0/000"),
        (Tile(level=63, number=1_234_067), "tile/63/x001/x234/067"),
        (Tile(level=1, number=1000, width=255), "tile/1/x001/000.p/255"),
        (Tile(level=ENTRIES, number=1_234_067, width=112), "tile/entries/x001/x234/067.p/112"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tiles.parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
        "tile/0/x000/000", "tile/0/001/000", "tile/0/x001", "tile/0/000.p", "tile/0/000.p/0",
        "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/1/", "/tile/0/000", "tile/0/000\n",
        "tile/0/٠٠٠", "tile/data/000", "checkpoint", "tile/0/../000",
    ],
)  # fmt: skip
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(BadInput, match="not the path of a tile"):
        tiles.parse_tile_path(path)


@given(st.integers(-1, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_every_tile_is_read_back_from_its_path(level: int, number: int, width: int) -> None:
    tile = Tile(level=level, number=number, width=width)
    assert tiles.parse_tile_path(tile.path) == tile


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries_and_no_other_bytes_do(entries: list[bytes]) -> None:
    content = tiles.encode_bundle(entries)
    assert tiles.parse_bundle(content, len(entries)) == entries
    assert tiles.parse_bundle(content, None) == entries
    for wrong in (content + b"\x00", content[:-1] if content else b"\x00"):
        with pytest.raises(Untrusted):
            tiles.parse_bundle(wrong, len(entries))


def test_entries_have_at_most_65_535_bytes() -> None:
    longest = bytes(65_535)
    assert tiles.parse_bundle(tiles.encode_bundle([longest]), 1) == [longest]
    with pytest.raises(BadInput, match="65,536 bytes"):
        tiles.encode_bundle([bytes(65_536)])


def test_a_tile_of_another_length_is_refused() -> None:
    for length in (0, 31, 33, 8191, 8193):
        with pytest.raises(Untrusted, match="8192 bytes"):
            tiles.parse_tile(bytes(length))
    assert len(tiles.parse_tile(bytes(64), 2)) == 64


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 513, 65_535, 65_536, 65_537, 70_000])
def test_proofs_from_tiles_are_those_of_the_whole_tree(size: int) -> None:
    nodes = TileNodes(published(size).get, size)
    assert nodes.root() == WHOLE.root(size)
    for place in {0, 1, size // 2, size - 2, size - 1, 255, 256, 65_535} & set(range(size)):
        assert nodes.inclusion(place) == WHOLE.inclusion(place, size)
        assert nodes.consistency(place + 1) == WHOLE.consistency(place + 1, size)


@given(st.integers(1, 70_000), st.data())
def test_a_proof_from_the_tiles_of_a_later_log_is_the_same(size: int, data: st.DataObject) -> None:
    """Partial tiles may be gone: then the full tile's beginning serves."""
    later = published(70_000)
    kept = {path: c for path, c in published(size).items() if path.partition(".p/")[0] not in later}
    nodes = TileNodes((kept | later).get, size)
    place = data.draw(st.integers(0, size - 1))
    assert nodes.inclusion(place) == WHOLE.inclusion(place, size)


def test_a_missing_tile_is_named_and_one_of_another_length_refused() -> None:
    with pytest.raises(NotFound, match=r"tile/0/000\.p/3"):
        TileNodes({}.get, 3).root()
    with pytest.raises(Untrusted):
        TileNodes({"tile/0/000.p/3": bytes(95)}.get, 3).root()


def test_entries_come_from_a_partial_bundle_or_the_full_one() -> None:
    texts = [str(n).encode() for n in range(256)]
    full = {"tile/entries/000": tiles.encode_bundle(texts)}
    assert TileNodes(full.get, 3).entries(0) == texts[:3]
    partial = {"tile/entries/000.p/3": tiles.encode_bundle(texts[:3])}
    assert TileNodes(partial.get, 3).entries(0) == texts[:3]


def test_leaf_hashes_stand_one_behind_the_other() -> None:
    assert tiles.leaf_hashes([b"a", b""]) == merkle.leaf_hash(b"a") + merkle.leaf_hash(b"")


def test_a_log_that_another_project_wrote_is_read() -> None:
    """Sixteen sizes of a log that Tessera wrote: bundles, tiles and checkpoints of each."""
    folder = shared.path("vectors/transparency-dev-tessera/testdata/log")

    def read(path: str) -> bytes | None:
        return (folder / path).read_bytes() if (folder / path).exists() else None

    for size in range(1, 16):
        lines = (folder / f"checkpoint.{size}").read_bytes().split(b"\n")
        nodes = TileNodes(read, size)
        tree = Tree()
        tree.extend(tiles.leaf_hashes(nodes.entries(0)))
        assert tree.root() == nodes.root()
        assert int(lines[1]) == size
        assert base64.b64decode(lines[2]) == nodes.root()


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_the_leaf_hashes_of_a_bundle_are_those_of_its_entries(entries: list[bytes]) -> None:
    content = tiles.encode_bundle(entries)
    assert tiles.bundle_leaves(content, len(entries)) == tiles.leaf_hashes(entries)
    for wrong, width in ((content + b"\x00", len(entries)), (content, len(entries) + 1)):
        with pytest.raises(Untrusted) as parsed:
            tiles.parse_bundle(wrong, width)
        with pytest.raises(Untrusted) as hashed:
            tiles.bundle_leaves(wrong, width)
        assert hashed.value.message == parsed.value.message


def test_what_every_proof_needs_is_read_once_for_all_of_them() -> None:
    content, read, kept = published(70_000), list[str](), tiles.Rows()

    def reader(path: str) -> bytes | None:
        read.append(path)
        return content.get(path)

    for place in (0, 300, 600):
        assert TileNodes(reader, 70_000, kept).inclusion(place) == WHOLE.inclusion(place, 70_000)
    above = ["tile/1/000", "tile/1/001.p/17", "tile/0/273.p/112"]
    assert sorted(read) == sorted(["tile/0/000", "tile/0/001", "tile/0/002", *above])
