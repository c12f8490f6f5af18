from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from plimsoll.engines.tlog import fsck, rehash, tiles
from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.tree import Tree
from plimsoll.kernel.verdict import Verdict
from tests.engines.tlog.logs import ORIGIN, entries, sign

SIZE = 5 * 256 + 30


def published(folder: Path, texts: list[bytes]) -> Path:
    """A public folder, written without flushes."""
    tree = Tree()
    tree.extend(tiles.leaf_hashes(texts))
    for tile in (*tiles.bundles_between(0, len(texts)), *tiles.tiles_between(0, len(texts))):
        low, high = tile.number * 256, tile.number * 256 + tile.width
        content = (
            tree.hashes(8 * tile.level, low, high)
            if tile.level >= 0
            else tiles.encode_bundle(texts[low:high])
        )
        (folder / tile.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / tile.path).write_bytes(content)
    (folder / "checkpoint").write_bytes(sign(Checkpoint(origin=ORIGIN, size=len(texts), root=tree.root())))
    return folder


class Late(Future[Tree | None]):
    """Done when somebody waits for it, if nobody took it back."""

    step: Callable[[], Tree | None]

    def result(self, timeout: float | None = None) -> Tree | None:
        self.set_result(self.step())
        return super().result(timeout)


class Pool:
    """Does at once what it is asked for, except pieces that nobody begins and those whose process died."""

    untouched: frozenset[int] = frozenset()
    dead: frozenset[int] = frozenset()

    def __init__(self, processes: int, **_: object) -> None:
        assert processes == 1

    def submit(
        self, step: Callable[[Path, int], Tree | None], path: Path, number: int
    ) -> Future[Tree | None]:
        if number in self.untouched:
            late = Late()
            late.step = lambda: step(path, number)
            return late
        future: Future[Tree | None] = Future()
        if number in self.dead:
            future.set_exception(BrokenProcessPool("killed"))
        else:
            future.set_result(step(path, number))
        return future

    def shutdown(self, *, cancel_futures: bool) -> None:
        assert cancel_futures


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (rehash, fsck):
        monkeypatch.setattr(module, "PIECE", 1)
    monkeypatch.setattr(rehash, "ProcessPoolExecutor", Pool)
    return published(tmp_path, entries(0, SIZE))


@pytest.mark.parametrize(
    ("untouched", "dead"), [((), ()), ((2, 3, 4), ()), ((0, 1, 2, 3, 4), (0,)), ((3, 4), (1, 2))]
)
def test_the_report_of_two_processes_is_that_of_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, untouched: tuple[int, ...], dead: tuple[int, ...]
) -> None:
    monkeypatch.setattr(Pool, "untouched", frozenset(untouched) - frozenset(dead))
    monkeypatch.setattr(Pool, "dead", frozenset(dead))
    report = fsck.fsck(folder, processes=2)
    assert report == fsck.fsck(folder)
    assert report.judgement.verdict is Verdict.MET
    assert report.entries == SIZE


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("level", ["0", "entries"])
def test_what_is_wrong_in_a_piece_is_named_as_one_process_names_it(
    folder: Path, level: str, number: int
) -> None:
    path = folder / f"tile/{level}/{number:03}{'.p/30' if number == 5 else ''}"
    whole = path.read_bytes()
    for changed in (bytes([whole[0]]) + bytes([whole[1] ^ 1]) + whole[2:], whole[:-1], whole + b"x", None):
        path.unlink() if changed is None else path.write_bytes(changed)
        report = fsck.fsck(folder, processes=2)
        assert report == fsck.fsck(folder)
        assert report.judgement.verdict is not Verdict.MET


def test_entries_that_nothing_vouches_for_end_the_reading(folder: Path) -> None:
    for level in ("0", "entries"):
        (folder / f"tile/{level}/002").unlink()
    report = fsck.fsck(folder, processes=2)
    assert report == fsck.fsck(folder)
    assert "entries from 512 on cannot be judged" in [reason.text for reason in report.faults]


def test_one_process_and_a_short_log_need_no_other(folder: Path) -> None:
    assert not list(rehash.pieces(folder, SIZE, 1))
    assert not list(rehash.pieces(folder, 255, 2))


def test_a_process_of_its_own_finds_the_same(tmp_path: Path) -> None:
    texts = [b"%d" % number for number in range(rehash.PIECE * 256 + 1)]
    folder = published(tmp_path, texts)
    tree = Tree()
    tree.extend(tiles.leaf_hashes(texts[:-1]))
    (found,) = rehash.pieces(folder, len(texts), 2)
    assert found is not None
    assert found.root() == tree.root()
    assert fsck.fsck(folder, processes=2).judgement.verdict is Verdict.MET
