import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plimsoll.engines.tlog import journal, merkle, published
from plimsoll.engines.tlog.checkpoint import Checkpoint, open_checkpoint
from plimsoll.engines.tlog.folder import StorageFault
from plimsoll.engines.tlog.fsck import fsck
from plimsoll.engines.tlog.published import Published
from plimsoll.engines.tlog.storage import Log
from plimsoll.kernel.errors import BadInput, Conflict, NotFound, Untrusted
from plimsoll.kernel.verdict import Verdict
from tests.engines.tlog.logs import ORIGIN, SIGNER, entries, entry, files, opened, sign
from tests.engines.tlog.test_folder import files_of_at_most


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments so small that a test fills several."""
    monkeypatch.setattr(journal, "SEGMENT_BYTES", (2_000, 8_000))


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names, not paths


def root_of(texts: list[bytes]) -> bytes:
    return merkle.root([merkle.leaf_hash(text) for text in texts])


def test_a_new_log_is_empty_and_stays_so(tmp_path: Path) -> None:
    for _ in range(2):
        with opened(tmp_path / "log") as log:
            assert (log.size, log.root) == (0, merkle.EMPTY_ROOT)
            assert log.append([]) == range(0)


def test_entries_keep_their_order_and_places_over_restarts(tmp_path: Path) -> None:
    at = 0
    for step in (1, 255, 1, 0, 513, 4_097, 3):
        with opened(tmp_path) as log:
            assert log.size == at
            assert log.append(entries(at, at + step)) == range(at, at + step)
            at += step
            assert log.root == root_of(entries(0, at))
            for index in {0, 1, 255, 256, 257, 769, 770, 4_866, at - 1} & set(range(at)):
                assert log.entry(index) == entry(index)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.data())
def test_any_batches_in_any_segments_read_back_after_any_restart(
    tmp_path_factory: pytest.TempPathFactory, small_segments: None, steps: list[int], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log")
    log, at = opened(path), 0
    for step in steps:
        log.append(entries(at, at + step))
        at += step
        if data.draw(st.booleans()):
            log.publish()
            if data.draw(st.booleans()):
                log.retire()
        if data.draw(st.booleans()):
            log.close()
            log = opened(path)
    assert log.root == root_of(entries(0, at))
    assert [log.entry(index) for index in range(0, at, 37)] == [entry(index) for index in range(0, at, 37)]
    log.publish()
    log.close()
    assert not fsck(path).faults


def test_proofs_of_any_size_that_was_durable_verify(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 300))
        assert merkle.verify_inclusion(
            leaf=merkle.leaf_hash(entry(7)),
            index=7,
            size=300,
            proof=log.inclusion(7),
            expected_root=log.root,
        )
        assert log.inclusion(7, 9) == log.inclusion(7, 9)
        assert merkle.verify_consistency(
            old_size=9,
            new_size=300,
            old_root=root_of(entries(0, 9)),
            new_root=log.root,
            proof=log.consistency(9),
        )
        with pytest.raises(BadInput, match="never had 301"):
            log.inclusion(7, 301)
        with pytest.raises(BadInput, match="no entry 300"):
            log.inclusion(300)
        with pytest.raises(NotFound, match="no entry 300"):
            log.entry(300)


def test_what_is_no_entry_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        with pytest.raises(BadInput, match="65,536 bytes"):
            log.append([b"fine", bytes(65_536)])
        with pytest.raises(BadInput, match="is bytes"):
            log.append(["text"])  # type: ignore[list-item]
        for step in (log.submit, log.append_one):
            with pytest.raises(BadInput, match="is bytes"):
                step(bytearray(b"x"))
        assert log.append([bytes(65_535)]) == range(1)
        assert log.entry(0) == bytes(65_535)


def test_a_large_batch_is_cut_into_flushes_that_memory_can_bear(tmp_path: Path) -> None:
    texts = [bytes([n % 256]) * 60_000 for n in range(150)]
    with opened(tmp_path) as log:
        assert log.append(texts) == range(150)
        assert log.entry(149) == texts[149]
    with opened(tmp_path) as log:
        assert log.root == root_of(texts)


@pytest.mark.parametrize("way", ["append_one", "submit"])
def test_entries_of_many_threads_share_flushes_and_each_gets_its_own_place(tmp_path: Path, way: str) -> None:
    places: dict[int, int] = {}

    def write(worker: int) -> None:
        for number in range(20):
            text = b"%d %d" % (worker, number)
            place = log.append_one(text) if way == "append_one" else log.submit(text).result(timeout=30)
            places[worker * 100 + number] = place

    with opened(tmp_path) as log:
        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(places.values()) == list(range(320))
        for key, place in places.items():
            assert log.entry(place) == b"%d %d" % divmod(key, 100)
        for worker in range(16):
            own = [places[worker * 100 + number] for number in range(20)]
            assert own == sorted(own)


def test_closing_makes_durable_what_waits(tmp_path: Path) -> None:
    log = opened(tmp_path)
    futures = [log.submit(b"%d" % n) for n in range(100)]
    log.close()
    log.close()
    assert [future.result(timeout=1) for future in futures] == list(range(100))
    with opened(tmp_path) as again:
        assert again.size == 100
    for step in (lambda: log.append([b"x"]), lambda: log.submit(b"x"), lambda: log.entry(0), log.publish):
        with pytest.raises(StorageFault, match="it was closed"):
            step()


def test_a_second_writer_gets_one_clear_sentence(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(Conflict, match="Another process writes to the log"):
        opened(tmp_path)
    opened(tmp_path).close()


def test_a_forked_child_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as log:
        own = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: own + 1)
        with pytest.raises(Conflict, match="belongs to the process that opened it"):
            log.append([b"x"])
        monkeypatch.undo()
        assert log.append([b"x"]) == range(1)


@pytest.mark.parametrize("origin", ["", "two\nlines", "x" * 256])
def test_an_origin_that_no_checkpoint_carries_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(BadInput):
        Log.open(tmp_path, origin=origin)


def test_a_log_opens_under_its_own_origin_only(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(Untrusted, match=r"is not the segment of the log example\.org/other"):
        Log.open(tmp_path, origin="example.org/other")


# ---------------------------------------------------------------- publication


def test_what_is_published_is_read_without_the_log_and_from_a_read_only_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 700))
        note = log.publish()
        log.append(entries(700, 710))
    before = files(tmp_path)
    with Published.open(tmp_path / "public") as public:
        assert public.checkpoint() == note
        checkpoint = open_checkpoint(note, SIGNER.verifier)
        assert (checkpoint.size, checkpoint.root) == (700, root_of(entries(0, 700)))
        nodes = public.nodes(700)
        assert nodes.root() == checkpoint.root
        assert nodes.entries(2) == entries(512, 700)
        assert nodes.inclusion(699) == log._tree.inclusion(699, 700)
        assert public.read("tile/0/999") is None
        assert public.read("tile/9/x001/000") is None
        with pytest.raises(BadInput):
            public.read("../lock")
    assert files(tmp_path) == before


def test_a_reader_keeps_only_so_many_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 300))
        log.publish()
        monkeypatch.setattr(published, "_KEPT", -1)
        with Published.open(tmp_path / "public") as public:
            assert public.nodes(300).inclusion(7) == public.nodes(300).inclusion(7) == log.inclusion(7)


@pytest.mark.parametrize("kept", [0, 1, 64])
def test_a_reader_keeps_only_so_many_folders_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(published, "_FOLDERS", kept)
    with opened(tmp_path) as log:
        log.append(entries(0, 300))
        log.publish()
        before = descriptors()
        with Published.open(tmp_path / "public") as public:
            for _ in range(2):
                assert public.nodes(300).entries(0) == entries(0, 256)
                assert public.nodes(300).inclusion(7) == log.inclusion(7)
                assert public.nodes(300).inclusion(299) == log.inclusion(299)
            # The public folder, and of entries, tile/0 and tile/1 as many as may be; none of partial tiles.
            assert len(descriptors() - before) <= 1 + min(kept, 3)
        assert descriptors() == before


def test_a_partial_tile_that_goes_while_a_reader_is_open_is_read_from_the_full_one(tmp_path: Path) -> None:
    with opened(tmp_path) as log, Published.open(tmp_path / "public") as public:
        log.append(entries(0, 200))
        log.publish()
        proof = public.nodes(200).inclusion(7)
        log.append(entries(200, 300))
        log.publish()
        assert public.read("tile/0/000.p/200") is None
        with Published.open(tmp_path / "public") as later:
            assert later.nodes(200).inclusion(7) == proof


def test_a_bundle_that_ends_too_early_is_not_cut() -> None:
    assert journal.cut(b"\x00\x01a\x00\x01b", 1) == b"\x00\x01a"
    with pytest.raises(Untrusted, match="before its entry 2"):
        journal.cut(b"\x00\x01a\x00\x09b", 2)


def test_what_was_signed_and_not_yet_shown_is_shown_at_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append([b"a"])
        signed = log.checkpoint()
    with Published.open(tmp_path / "public") as public, pytest.raises(NotFound, match="has no checkpoint"):
        public.checkpoint()
    opened(tmp_path).close()
    with Published.open(tmp_path / "public") as public:
        assert public.checkpoint() == signed


def test_every_signed_size_keeps_its_partial_tiles_until_the_full_one_is_there(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        for size in (3, 5, 9):
            log.append(entries(log.size, size))
            log.checkpoint()
        log.publish()
        names = {name for name in files(tmp_path / "public") if name.startswith("tile/")}
        assert names == {f"tile/{kind}/000.p/{size}" for kind in ("0", "entries") for size in (3, 5, 9)}
        log.append(entries(9, 256))
        log.publish()
        names = {name for name in files(tmp_path / "public") if name.startswith("tile/")}
        assert names == {"tile/0/000", "tile/entries/000", "tile/1/000.p/1"}


def test_publishing_again_without_new_entries_signs_nothing_new(tmp_path: Path) -> None:
    signed: list[Checkpoint] = []

    def count(checkpoint: Checkpoint) -> bytes:
        signed.append(checkpoint)
        return sign(checkpoint)

    with Log.open(tmp_path, origin=ORIGIN, sign=count) as log:
        assert log.publish() == log.publish() == log.checkpoint()
        log.append([b"x"])
        log.publish()
        log.publish()
    assert [checkpoint.size for checkpoint in signed] == [0, 1]


def test_a_log_without_signer_publishes_nothing(tmp_path: Path) -> None:
    with Log.open(tmp_path, origin=ORIGIN) as log:
        log.append([b"x"])
        with pytest.raises(BadInput, match="without a signer"):
            log.publish()
        assert log.append([b"y"]) == range(1, 2)


def test_a_signer_that_signs_something_else_is_refused_and_nothing_kept(tmp_path: Path) -> None:
    def other(checkpoint: Checkpoint) -> bytes:
        return sign(Checkpoint(origin=ORIGIN, size=checkpoint.size + 1, root=checkpoint.root))

    with Log.open(tmp_path, origin=ORIGIN, sign=other) as log:
        log.append([b"x"])
        with pytest.raises(BadInput, match="not the checkpoint"):
            log.publish()
    assert files(tmp_path)["checkpoints"] == b""


def test_cosignatures_stand_behind_the_logs_own_line_and_are_kept(tmp_path: Path) -> None:
    line = "\u2014 witness AAAAAAAAAAA=\n".encode()
    with opened(tmp_path) as log:
        log.append([b"x"])
        note = log.checkpoint()
        assert log.publish(lambda signed: signed + line) == note + line
        assert log.publish(lambda signed: signed) == note + line
        with pytest.raises(BadInput, match="do not stand behind"):
            log.publish(lambda signed: sign(Checkpoint(origin=ORIGIN, size=1, root=bytes(32))))
        assert (tmp_path / "public" / "checkpoint").read_bytes() == note + line
    with opened(tmp_path) as log:
        assert log.checkpoint() == note + line


def test_a_witness_that_fails_leaves_the_old_checkpoint_in_its_place(tmp_path: Path) -> None:
    def fails(note: bytes) -> bytes:
        raise Conflict("The witness has seen a larger log.")

    with opened(tmp_path) as log:
        log.append([b"x"])
        first = log.publish()
        log.append([b"y"])
        with pytest.raises(Conflict, match="larger log"):
            log.publish(fails)
        assert (tmp_path / "public" / "checkpoint").read_bytes() == first
        assert log.publish() != first


def test_a_bit_that_flips_on_disk_before_signing_is_found_and_nothing_is_signed(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append([b"before", b"a long entry with a bit to flip"])
        segment = tmp_path / "segments" / f"{0:020}"
        content = segment.read_bytes()
        segment.write_bytes(content.replace(b"bit to flip", b"bit to flap"))
        with pytest.raises(Untrusted, match="does not follow from the entries on disk; nothing was signed"):
            log.publish()
        with pytest.raises(StorageFault, match="takes nothing more"):
            log.append([b"y"])
    assert files(tmp_path)["checkpoints"] == b""


def test_an_entry_that_was_changed_on_disk_is_not_handed_out(tmp_path: Path) -> None:
    with opened(tmp_path) as log:
        log.append([b"before", b"a long entry"])
        segment = tmp_path / "segments" / f"{0:020}"
        segment.write_bytes(segment.read_bytes().replace(b"long entry", b"lost entry"))
        assert log.entry(0) == b"before"
        with pytest.raises(Untrusted, match="Entry 1 was changed on disk"):
            log.entry(1)


# ---------------------------------------------------------------- segments


def test_retired_segments_leave_their_entries_in_the_published_bundles(
    tmp_path: Path, small_segments: None
) -> None:
    with opened(tmp_path) as log:
        for low in range(0, 1_400, 100):
            log.append(entries(low, low + 100))
        log.publish()
        root, there = log.root, len(list((tmp_path / "segments").iterdir()))
        dropped = log.retire()
        assert dropped > 1
        assert len([n for n in (tmp_path / "segments").iterdir() if n.name != "spare"]) <= there - dropped + 1
        assert [log.entry(n) for n in range(0, 1_400, 7)] == [entry(n) for n in range(0, 1_400, 7)]
    with opened(tmp_path) as log:
        assert log.root == root
        assert [log.entry(n) for n in range(0, 1_400, 7)] == [entry(n) for n in range(0, 1_400, 7)]
        log.append(entries(1_400, 1_500))
        log.publish()
    assert fsck(tmp_path).judgement.verdict is Verdict.MET


def test_a_segment_is_not_retired_if_its_bundle_was_changed(tmp_path: Path, small_segments: None) -> None:
    with opened(tmp_path) as log:
        log.append(entries(0, 300))
        log.append(entries(300, 1_000))
        log.publish()
        bundle = tmp_path / "public" / "tile" / "entries" / "000"
        bundle.write_bytes(bundle.read_bytes().replace(b"entry 11", b"entry 12"))
        with pytest.raises(Untrusted, match="published files of bundle 0"):
            log.retire()
    assert (tmp_path / "segments" / f"{0:020}").exists()


def test_a_published_file_that_is_the_only_place_of_entries_must_be_there(
    tmp_path: Path, small_segments: None
) -> None:
    with opened(tmp_path) as log:
        for low in range(0, 1_000, 100):
            log.append(entries(low, low + 100))
        log.publish()
        assert log.retire()
        (tmp_path / "public" / "tile" / "entries" / "000").unlink()
        with pytest.raises(NotFound, match="tile/entries/000 is missing"):
            log.entry(3)
    (tmp_path / "public" / "tile" / "0" / "000").unlink()
    with pytest.raises(Untrusted, match="tile/0/000 is missing"):
        opened(tmp_path)


# ---------------------------------------------------------------- a disk that refuses


def test_after_a_refused_write_the_log_takes_nothing_and_the_next_start_knows_what_is_in_it(
    tmp_path: Path,
) -> None:
    log = opened(tmp_path)
    log.append([b"before"])
    future = log.submit(b"also before")
    assert future.result(timeout=30) == 1
    with files_of_at_most(5_000), pytest.raises(StorageFault, match=r"segments/.* cannot be used: File too"):
        log.append([bytes(60_000)] * 20)
    for step in (lambda: log.append_one(b"x"), lambda: log.submit(b"x"), log.checkpoint, log.retire):
        with pytest.raises(StorageFault, match=r"takes nothing more: .*File too large"):
            step()
    log.close()
    with opened(tmp_path) as again:
        assert [again.entry(0), again.entry(1)] == [b"before", b"also before"]
        assert again.size == 2


def test_a_segment_that_could_not_be_made_ready_stops_the_log_when_it_is_needed(
    tmp_path: Path, small_segments: None
) -> None:
    log = opened(tmp_path)
    with files_of_at_most(2_500):
        log.append([bytes(1_200)])
        with pytest.raises(StorageFault, match="segments/spare cannot be used"):
            log.append([bytes(1_200)])
    log.close()
    with opened(tmp_path) as again:
        assert again.append([bytes(1_200)]) == range(1, 2)


def test_an_interrupt_between_write_and_flush_stops_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(file: int) -> None:
        raise KeyboardInterrupt

    with opened(tmp_path) as log:
        monkeypatch.setattr(os, "fdatasync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            log.append([b"x"])
        monkeypatch.undo()
        with pytest.raises(StorageFault, match="a batch was interrupted"):
            log.append([b"x"])
        assert log.size == 0
