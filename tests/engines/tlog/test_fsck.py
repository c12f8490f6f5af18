import base64
import shutil
from pathlib import Path

import pytest

from plimsoll.engines.tlog import frame, journal
from plimsoll.engines.tlog.checkpoint import Checkpoint
from plimsoll.engines.tlog.fsck import fsck
from plimsoll.engines.tlog.journal import header_of
from plimsoll.engines.tlog.tiles import encode_bundle, leaf_hashes
from plimsoll.kernel.errors import PlimsollError
from plimsoll.kernel.verdict import Verdict
from tests import shared
from tests.engines.tlog.logs import ORIGIN, entries, files, opened, sign

FIRST = f"segments/{0:020}"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """270 entries shown, ten more not yet."""
    with opened(tmp_path / "log") as made:
        made.append(entries(0, 100))
        made.publish()
        made.append(entries(100, 270))
        made.publish()
        made.append(entries(270, 280))
    return tmp_path / "log"


def faults(path: Path) -> list[str]:
    report = fsck(path)
    assert (report.judgement.verdict is Verdict.NOT_MET) is bool(report.faults)
    return [reason.text for reason in report.faults]


def test_an_untouched_log_agrees_with_itself(log: Path) -> None:
    report = fsck(log)
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.checkpoints) == (280, 2)
    with opened(log) as again:
        assert report.root == again.root


def test_the_public_folder_is_checked_alone(log: Path) -> None:
    report = fsck(log / "public")
    assert report.judgement.verdict is Verdict.MET
    assert (report.entries, report.checkpoints) == (270, 1)


def test_a_log_that_shows_nothing_yet_cannot_be_judged(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        made.append(entries(0, 3))
    report = fsck(tmp_path)
    assert (report.judgement.verdict, report.entries) == (Verdict.UNKNOWN, 3)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlimsollError, match="missing"):
        fsck(tmp_path / "missing")


def test_every_changed_byte_of_every_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a small log, each byte once: segment, checkpoints, tiles, bundles, shown checkpoint."""
    path = tmp_path / "log"
    monkeypatch.setattr(journal, "SEGMENT_BYTES", (1_000, 1_000))
    with opened(path) as made:
        made.append([b"one", b"", b"three " * 4])
        made.publish()
        made.append([b"four"])
        made.publish()
    for name, content in files(path).items():
        if name == "lock":
            continue
        written = len(content.rstrip(b"\0")) if name == FIRST else len(content)
        for at in range(written):
            (path / name).write_bytes(content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :])
            assert faults(path), (name, at)
        (path / name).write_bytes(content)
    assert not faults(path)


def test_a_public_file_that_is_missing_is_named(log: Path) -> None:
    for name in files(log / "public"):
        if name.startswith("tile/") and not name.endswith(".p/100"):
            content = (log / "public" / name).read_bytes()
            (log / "public" / name).unlink()
            assert any(name in fault for fault in faults(log)), name
            (log / "public" / name).write_bytes(content)
    (log / "public" / "checkpoint").unlink()
    assert fsck(log).judgement.verdict is Verdict.UNKNOWN
    assert fsck(log / "public").judgement.verdict is Verdict.UNKNOWN


def test_a_copy_whose_tiles_are_newer_than_its_checkpoint_has_no_fault(log: Path, tmp_path: Path) -> None:
    """Who copies a log while it publishes gets this: partial tiles are gone, the full ones are there."""
    older = (log / "public" / "checkpoint").read_bytes()
    with opened(log) as made:
        made.append(entries(280, 512))
        made.publish()
    copy = tmp_path / "copy"
    shutil.copytree(log / "public", copy)
    (copy / "checkpoint").write_bytes(older)
    assert "tile/entries/001.p/14" not in files(copy)
    report = fsck(copy)
    assert not report.faults
    assert (report.judgement.verdict, report.entries) == (Verdict.UNKNOWN, 270)
    assert "tile/0/001 covers entries beyond the checkpoint" in [r.text for r in report.judgement.reasons]


def test_the_first_entry_that_differs_is_named(log: Path) -> None:
    bundle = log / "public" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"entry 201", b"entry 202"))
    assert "tile/entries/000 and tile/0/000 do not agree from entry 201 on" in faults(log)


def test_entries_that_neither_bundle_nor_tile_tells_cannot_be_judged(log: Path) -> None:
    (log / "public" / "tile" / "0" / "000").write_bytes(bytes(31))
    (log / "public" / "tile" / "entries" / "000").write_bytes(b"\xff")
    found = faults(log / "public")
    assert "entries from 0 on cannot be judged" in found
    assert "tile/entries/000 and tile/0/000 do not agree" in found


def test_what_does_not_belong_among_the_files_is_named(log: Path) -> None:
    (log / "public" / "tile" / "0" / "notes.txt").write_text("x")
    (log / "public" / "tile" / "0" / "005").write_bytes(bytes(8192))
    (log / "public" / "tile" / "0" / "002").symlink_to(log / "lock")
    found = faults(log)
    assert "tile/0/notes.txt does not belong to a log" in found
    assert "tile/0/005" not in " ".join(found)
    assert "tile/0/002 does not belong to a log" in found


def test_a_link_in_the_place_of_a_needed_tile_is_named(log: Path, tmp_path: Path) -> None:
    tile = log / "public" / "tile" / "0" / "000"
    tile.rename(tmp_path / "elsewhere")
    tile.symlink_to(tmp_path / "elsewhere")
    assert any("tile/0/000: " in fault and "symbolic link" in fault for fault in faults(log))


def test_a_rewritten_history_disagrees_with_the_kept_checkpoints(log: Path) -> None:
    texts = [b"rewritten", *entries(1, 280)]
    rewritten = frame.frame_of(
        frame.ENTRIES, first=0, count=280, body=encode_bundle(texts), covered=leaf_hashes(texts)
    )
    shutil.rmtree(log / "public")
    (log / "public").mkdir()
    (log / FIRST).write_bytes(header_of(ORIGIN, 0) + rewritten)
    assert "the signed checkpoint of size 270 has another root than the entries" in faults(log)


def test_a_shortened_history_is_found_from_the_kept_checkpoints(log: Path) -> None:
    texts = entries(0, 5)
    short = frame.frame_of(
        frame.ENTRIES, first=0, count=5, body=encode_bundle(texts), covered=leaf_hashes(texts)
    )
    shutil.rmtree(log / "public")
    (log / "public").mkdir()
    (log / FIRST).write_bytes(header_of(ORIGIN, 0) + short)
    assert "a signed checkpoint covers 270 entries; 5 are here" in faults(log)


def test_a_shown_checkpoint_that_was_not_kept_is_named(log: Path) -> None:
    shown = Checkpoint(origin=ORIGIN, size=270, root=bytes(32))
    (log / "public" / "checkpoint").write_bytes(sign(shown))
    found = faults(log)
    assert "the published checkpoint of size 270 has another root than the entries" in found
    assert "the published checkpoint is not among those that the log kept" in found


def test_a_batch_or_checkpoint_that_was_broken_off_is_named_until_the_next_start(log: Path) -> None:
    content = (log / FIRST).read_bytes()
    at = len(content.rstrip(b"\0"))
    (log / FIRST).write_bytes(content[:at] + b"\x07" * 5)
    assert any("ends in a frame that was broken off" in fault for fault in faults(log))
    (log / FIRST).write_bytes(content)
    kept = (log / "checkpoints").read_bytes()
    (log / "checkpoints").write_bytes(kept + kept[:50])
    assert "checkpoints ends in one that was broken off" in faults(log)
    opened(log).close()
    assert not faults(log)


def test_segments_that_do_not_follow_each_other_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", (2_000, 4_000))
    with opened(tmp_path) as made:
        for low in range(0, 600, 100):
            made.append(entries(low, low + 100))
        made.publish()
    names = sorted(n for n in (tmp_path / "segments").iterdir() if n.name != "spare")
    assert len(names) > 2
    assert not faults(tmp_path)
    content = names[1].read_bytes()
    names[1].write_bytes(content.replace(b"entry 1", b"entry 8", 1))
    assert any(names[1].name in fault for fault in faults(tmp_path))
    names[1].write_bytes(content)
    names[1].rename(tmp_path / "segments" / "7")
    assert "segments/7 is not the segment that its name says" in faults(tmp_path)
    (tmp_path / "segments" / "7").rename(tmp_path / "segments" / "x")
    assert "segments/x is not the segment that its name says" in faults(tmp_path)
    (tmp_path / "segments" / "x").unlink()
    shutil.rmtree(tmp_path / "public")
    (tmp_path / "public").mkdir()
    assert any("belongs" in fault for fault in faults(tmp_path))


def test_a_segment_and_the_published_entries_must_agree(log: Path) -> None:
    texts = [*entries(0, 99), b"other"]
    segment = (log / FIRST).read_bytes()
    start = len(header_of(ORIGIN, 0))
    first = frame.frame_at(segment, start, frame.ENTRIES)
    assert first is not None
    other = frame.frame_of(
        frame.ENTRIES, first=0, count=100, body=encode_bundle(texts), covered=leaf_hashes(texts)
    )
    (log / FIRST).write_bytes(segment[:start] + other + segment[first.end :])
    assert f"{FIRST} and the published entries 0 to 99 do not agree" in faults(log)


def test_a_log_that_another_project_wrote_agrees_and_any_flipped_byte_is_found(tmp_path: Path) -> None:
    theirs = shared.path("vectors/transparency-dev-tessera/testdata/log")
    public = tmp_path / "log"
    shutil.copytree(theirs, public)
    for note in public.glob("checkpoint.*"):
        if note.name == "checkpoint.15":
            (public / "checkpoint").write_bytes(note.read_bytes())
        note.unlink()
    kept = {name for name in files(public) if name == "checkpoint" or name.startswith("tile/")}
    for name in set(files(public)) - kept:
        (public / name).unlink()
    assert not faults(public)
    for name, content in files(public).items():
        if name != "checkpoint":
            for at in range(0, len(content), 29):
                (public / name).write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
                assert any(name in fault for fault in faults(public))
            (public / name).write_bytes(content)
    root = base64.b64decode((public / "checkpoint").read_bytes().split(b"\n")[2])
    assert fsck(public).root == root
