"""What a restart does with files that a crash, a disk or a person left behind."""

import shutil
from pathlib import Path

import pytest

from plimsoll.engines.tlog import frame
from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.fsck import fsck
from plimsoll.engines.tlog.journal import header_of
from plimsoll.engines.tlog.published import Published
from plimsoll.engines.tlog.storage import Log
from plimsoll.engines.tlog.tiles import encode_bundle, leaf_hashes
from plimsoll.kernel.errors import PlimsollError, Untrusted
from tests.engines.tlog.logs import ORIGIN, entries, files, opened, sign

FIRST = Path("segments") / f"{0:020}"
START = len(header_of(ORIGIN, 0))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three batches, the first two of them signed and shown."""
    with opened(tmp_path / "log") as made:
        made.append(entries(0, 3))
        made.append([bytes([n]) * 700 for n in range(1, 4)])
        made.publish()
        made.append([b"\x07" * 900, b"\x08" * 900])
    return tmp_path / "log"


def bounds(path: Path) -> list[tuple[int, int]]:
    """Start and end of each frame of the first segment."""
    content, at, found = (path / FIRST).read_bytes(), START, []
    while there := frame.frame_at(content, at, frame.ENTRIES):
        found.append((at, there.end))
        at = there.end
    return found


def patch(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def test_a_batch_that_was_broken_off_at_any_byte_is_dropped_and_no_other(log: Path, tmp_path: Path) -> None:
    """Written from the front, as a killed process leaves it; the rest of the file is zeros."""
    content = (log / FIRST).read_bytes()
    start, end = bounds(log)[-1]
    # A piece that ends within a sector was not written alone; the sectors are what a disk writes.
    cuts = [start, *range(start // 512 * 512 + 512, end, 512)]
    for at in cuts:
        copy = tmp_path / f"cut {at}"
        shutil.copytree(log, copy)
        patch(copy / FIRST, at, bytes(len(content) - at))
        with opened(copy) as again:
            assert again.size == 6
            assert again.append([b"next"]) == range(6, 7)
        with opened(copy) as again:
            assert again.entry(6) == b"next"
        assert not fsck(copy).faults


def test_a_batch_of_which_any_one_sector_was_not_written_is_dropped(log: Path, tmp_path: Path) -> None:
    """A power cut may leave any sectors of the last write behind, not only the first ones."""
    start, end = bounds(log)[-1]
    for sector in range(start // 512, -(-end // 512)):
        low, high = max(start, sector * 512), min(end, sector * 512 + 512)
        copy = tmp_path / f"without {sector}"
        shutil.copytree(log, copy)
        patch(copy / FIRST, low, bytes(high - low))
        with opened(copy) as again:
            assert again.size == 6


def test_a_file_that_ends_within_the_last_batch_loses_that_batch_only(log: Path, tmp_path: Path) -> None:
    start, end = bounds(log)[-1]
    for at in range(start, end, 97):
        copy = tmp_path / f"short {at}"
        shutil.copytree(log, copy)
        with (copy / FIRST).open("r+b") as file:
            file.truncate(at)
        with opened(copy) as again:
            assert again.size == 6
            again.append(entries(6, 300))
            again.publish()
        assert not fsck(copy).faults


def test_any_changed_byte_of_any_batch_is_refused(log: Path) -> None:
    """Also in the last batch, which no checkpoint covers: it was written whole, so it is not dropped."""
    ends = bounds(log)
    content = (log / FIRST).read_bytes()[: ends[-1][1] + 600]
    for low, high in ends:
        for at in range(low, high):
            changed = content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :]
            with pytest.raises(Untrusted, match=f"byte {low:,} was changed"):
                frame.frame_at(changed, low, frame.ENTRIES)


def test_a_changed_byte_of_a_segment_stops_the_start(log: Path) -> None:
    content = (log / FIRST).read_bytes()
    for at in [*range(0, START, 5), *range(START, bounds(log)[-1][1], 331)]:
        (log / FIRST).write_bytes(content[:at] + bytes([content[at] ^ 0x80]) + content[at + 1 :])
        with pytest.raises(Untrusted, match=r"segments/0{20}"):
            opened(log)


def test_a_batch_that_went_missing_before_another_stops_the_start(log: Path) -> None:
    (low, high), *_ = bounds(log)
    patch(log / FIRST, low, bytes(high - low))
    with pytest.raises(Untrusted, match="was changed after it was written"):
        opened(log)


def test_batches_in_another_order_stop_the_start(log: Path) -> None:
    content = (log / FIRST).read_bytes()
    (a, b), (_, c), _ = bounds(log)
    patch(log / FIRST, a, content[b:c] + content[a:b])
    with pytest.raises(Untrusted, match="has entry 3 where entry 0 belongs"):
        opened(log)


def test_fewer_entries_than_were_promised_stop_the_start(log: Path) -> None:
    content = (log / FIRST).read_bytes()
    low = bounds(log)[1][0]
    patch(log / FIRST, low, bytes(len(content) - low))
    with pytest.raises(Untrusted, match="covers 6 entries, and the log has only 3"):
        opened(log)
    (log / FIRST).unlink()
    with pytest.raises(Untrusted, match="covers 6 entries, and the log has only 0"):
        opened(log)


def test_other_entries_than_were_promised_stop_the_start(log: Path) -> None:
    texts = [*entries(0, 3), b"rewritten", b"history", b"here"]
    body = encode_bundle(texts)
    rewritten = frame.frame_of(frame.ENTRIES, first=0, count=6, body=body, covered=leaf_hashes(texts))
    (log / FIRST).write_bytes(header_of(ORIGIN, 0) + rewritten)
    with pytest.raises(Untrusted, match=r"checkpoint of size 6 in .* does not follow from the entries"):
        opened(log)


def test_a_checkpoint_that_was_broken_off_is_dropped_and_a_changed_one_stops_the_start(log: Path) -> None:
    kept = log / "checkpoints"
    content = kept.read_bytes()
    kept.write_bytes(content + content[: len(content) // 2])
    opened(log).close()
    assert kept.read_bytes() == content
    for at in range(0, len(content), 9):
        kept.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(Untrusted, match="checkpoints: The frame at byte"):
            opened(log)


def test_a_lost_file_of_checkpoints_stops_the_start(log: Path) -> None:
    (log / "checkpoints").unlink()
    with pytest.raises(Untrusted, match=r"published checkpoint .* is not among those"):
        opened(log)


def test_a_checkpoint_that_this_log_did_not_sign_stops_the_start(log: Path) -> None:
    shown = log / "public" / "checkpoint"
    for foreign in (b"rubbish", sign(Checkpoint(origin=ORIGIN, size=6, root=bytes(32)))):
        shown.write_bytes(foreign)
        with pytest.raises(Untrusted, match=r"published checkpoint .* is not among those"):
            opened(log)


def test_a_folder_that_was_put_back_to_an_older_state_stops_the_start(log: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(log, older)
    with opened(log) as made:
        made.publish()
    shutil.rmtree(older / "public")
    shutil.copytree(log / "public", older / "public")
    with pytest.raises(Untrusted, match=r"published checkpoint .* is not among those"):
        opened(older)


def test_a_public_folder_that_was_lost_is_made_again(log: Path) -> None:
    before = files(log / "public")
    shutil.rmtree(log / "public")
    opened(log).close()
    assert files(log / "public") == before


def test_checkpoints_out_of_order_stop_the_start(log: Path) -> None:
    kept = log / "checkpoints"
    older = sign(Checkpoint(origin=ORIGIN, size=0, root=opened_root(log, 0)))
    kept.write_bytes(
        kept.read_bytes() + frame.frame_of(frame.CHECKPOINT, first=0, count=1, body=older, covered=older)
    )
    with pytest.raises(Untrusted, match=r"size 0 in .* does not follow"):
        opened(log)


def opened_root(log: Path, size: int) -> bytes:
    with Log.open(log, origin=ORIGIN) as made:
        return made._tree.root(size)


def test_a_checkpoint_that_somebody_else_wrote_meanwhile_stops_the_log(log: Path) -> None:
    with opened(log) as made:
        kept = log / "checkpoints"
        content = kept.read_bytes()
        kept.write_bytes(content + b"x")
        with pytest.raises(PlimsollError, match="changed by somebody else"):
            made.publish()
        kept.write_bytes(content)
        with pytest.raises(PlimsollError, match="takes nothing more"):
            made.publish()


@pytest.mark.parametrize("name", ["rubbish", "1", "00000000000000000099"])
def test_what_is_no_segment_of_this_log_stops_the_start(log: Path, name: str) -> None:
    (log / "segments" / name).write_bytes(header_of(ORIGIN, 99))
    with pytest.raises(Untrusted, match=name):
        opened(log)


@pytest.mark.parametrize("part", ["lock", "segments", "public", "staging", "checkpoints", str(FIRST)])
def test_no_symbolic_link_is_followed(log: Path, tmp_path: Path, part: str) -> None:
    (log / part).rename(tmp_path / "elsewhere")
    (log / part).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Untrusted, match="symbolic link"):
        opened(log)


def test_a_link_in_the_place_of_the_log_itself_is_not_followed(log: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(log)
    with pytest.raises(Untrusted, match="symbolic link"):
        opened(tmp_path / "link")


def test_a_link_among_the_tiles_is_not_followed(log: Path, tmp_path: Path) -> None:
    shutil.rmtree(log / "public" / "tile" / "0")
    (log / "public" / "tile" / "0").symlink_to(tmp_path)
    with pytest.raises(Untrusted, match="symbolic link"), opened(log) as made:
        made.publish()


def test_a_place_that_cannot_hold_a_log_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "missing" / "log"):
        with pytest.raises(PlimsollError, match=place.name):
            opened(place)


def test_a_header_that_was_not_written_is_a_broken_batch_only_if_none_comes_later(log: Path) -> None:
    """The first sector of a write may be the one that is missing."""
    content = (log / FIRST).read_bytes()
    low = bounds(log)[-1][0]
    patch(log / FIRST, low, bytes(-low % 512))
    with opened(log) as again:
        assert again.size == 6
    (log / FIRST).write_bytes(content)
    low = bounds(log)[-2][0]
    patch(log / FIRST, low, bytes(frame.HEADER))
    with pytest.raises(Untrusted, match=f"byte {low:,} was changed"):
        opened(log)


def test_a_magic_inside_an_entry_is_no_later_batch(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        made.append([b"first"])
        made.append([frame.ENTRIES * 300])
    low, high = bounds(tmp_path)[-1]
    patch(tmp_path / FIRST, low, bytes(min(-low % 512, high - low)))
    with opened(tmp_path) as again:
        assert again.size == 1


def test_checkpoints_that_were_cut_meanwhile_stop_the_log(log: Path) -> None:
    with opened(log) as made:
        size = (log / "checkpoints").stat().st_size
        with (log / "checkpoints").open("r+b") as file:
            file.truncate(0)
            file.truncate(size)
        with pytest.raises(PlimsollError, match="changed by somebody else"):
            made.publish()


def test_a_link_where_readers_look_is_not_followed(log: Path, tmp_path: Path) -> None:
    shutil.rmtree(log / "public" / "tile" / "0")
    (log / "public" / "tile" / "0").symlink_to(tmp_path)
    with Published.open(log / "public") as public, pytest.raises(Untrusted, match="symbolic link"):
        public.read("tile/0/000.p/6")


def test_the_kept_checkpoints_of_a_size_are_given_back(log: Path) -> None:
    with opened(log) as made:
        assert made._promises.shown == 6
        made.publish(lambda note: note + "\u2014 witness AAAAAAAAAAA=\n".encode())
        first, second = made._history.notes(8)
        assert second.startswith(first)
