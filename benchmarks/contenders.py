"""What benchmarks/tlog.py measures, one process each: the log, what others wrote, and the disk by itself.

    python contenders.py NAME FOLDER NUMBER...

Prints one JSON object. Entries are 256 bytes. Each contender imports what it needs and nothing else, so
that it runs in an environment of its own; `wall` and `cpu` are seconds of the measured part only.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

Result = dict[str, float]


@contextmanager
def measured(result: Result) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    result["wall"], result["cpu"] = time.perf_counter() - wall, time.process_time() - cpu


def texts(count: int) -> list[bytes]:
    return [os.urandom(256) for _ in range(count)]


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


# ---------------------------------------------------------------- the machine


def flushes(folder: Path, count: int) -> Result:
    """Small overwrites with fdatasync, and hashes of an entry and of a node."""
    import hashlib

    result: Result = {}
    file = os.open(folder / "flushed", os.O_RDWR | os.O_CREAT)
    os.pwrite(file, bytes(1 << 16), 0)
    os.fsync(file)
    with measured(result):
        for _ in range(count):
            os.pwrite(file, b"x" * 4096, 0)
            os.fdatasync(file)
    entry, node = os.urandom(257), os.urandom(65)
    begun = time.process_time()
    for _ in range(100_000):
        hashlib.sha256(entry).digest()
        hashlib.sha256(node).digest()
    result["hashes"] = 200_000 / (time.process_time() - begun)
    return result


def rows(folder: Path, batch: int, count: int) -> Result:
    """SQLite, WAL, synchronous=FULL: rows without any hash."""
    result: Result = {}
    database = sqlite3.connect(folder / "rows.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (place INTEGER PRIMARY KEY, content BLOB)")
    made = [(text,) for text in texts(batch)]
    with measured(result):
        for _ in range(count):
            database.execute("BEGIN")
            database.executemany("INSERT INTO entry (content) VALUES (?)", made)
            database.execute("COMMIT")
    return result


def file_set(folder: Path, batch: int, count: int) -> Result:
    """The pattern of a log kept as files: bundle, tiles, state; each written aside, flushed, renamed."""
    result: Result = {}
    made, hashes = b"".join(b"\x01\x00" + text for text in texts(256)), os.urandom(8192)
    handle = os.open(folder, os.O_RDONLY)

    def put(name: str, content: bytes) -> None:
        file = os.open(folder / "aside", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(file, content)
        os.fsync(file)
        os.close(file)
        (folder / "aside").rename(folder / name)
        os.fsync(handle)

    with measured(result):
        for number in range(count):
            for part in range(max(1, batch // 256)):
                put(f"bundle-{number}-{part}", made)
                put(f"tile-{number}-{part}", hashes)
            put(f"above-{number}", hashes)
            put("state", b"x" * 100)
    return result


# ---------------------------------------------------------------- the log


def log_at(folder: Path):  # type: ignore[no-untyped-def]  # only the contenders of the log import it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from plimsoll.engines.tlog.checkpoint import sign_checkpoint
    from plimsoll.engines.tlog.keys import KeyType, Signer
    from plimsoll.engines.tlog.storage import Log

    both = (
        Signer(name="bench.example/log", key=Ed25519PrivateKey.generate()),
        Signer(name="bench.example/log", type=KeyType.MLDSA44, key=MLDSA44PrivateKey.generate()),
    )
    return Log.open(
        folder / "log", origin="bench.example/log", sign=lambda c: sign_checkpoint(c, *both).encode()
    )


def log_append(folder: Path, batch: int, count: int) -> Result:
    result: Result = {}
    made = texts(batch)
    with log_at(folder) as log, measured(result):
        for _ in range(count):
            log.append(made)
    return result


def log_threads(folder: Path, threads: int, each: int) -> Result:
    """Threads that hand over one entry and wait for it; `alone` is the rate of one caller."""
    result: Result = {}
    text, times = os.urandom(256), list[float]()

    def write(_: int) -> None:
        for _ in range(each):
            begun = time.perf_counter()
            log.append_one(text)
            times.append(time.perf_counter() - begun)

    with log_at(folder) as log:
        begun = time.perf_counter()
        for _ in range(each):
            log.append([text])
        result["alone"] = each / (time.perf_counter() - begun)
        with ThreadPoolExecutor(threads) as pool:
            barrier = threading.Barrier(threads)
            list(pool.map(lambda _: barrier.wait(), range(threads)))
            with measured(result):
                list(pool.map(write, range(threads)))
    result["p99"] = percentile(times, 0.99)
    return result


def log_proof(folder: Path, count: int, before: int) -> Result:
    """Entry handed over, durable, in a checkpoint signed with both keys, proof in hand."""
    times = []
    with log_at(folder) as log:
        log.append(texts(before))
        log.publish()
        for _ in range(count):
            text = os.urandom(256)
            begun = time.perf_counter()
            place = log.append([text]).start
            note = log.checkpoint()
            proof = log.inclusion(place)
            times.append(time.perf_counter() - begun)
            assert note
            assert proof
        begun = time.perf_counter()
        log.publish()
        shown = time.perf_counter() - begun
    return {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "publish": shown}


def log_whole(folder: Path, leaves: int) -> Result:
    """Memory of a writer, bytes on disk, verification of the whole log, proofs warm and from files."""
    from plimsoll.engines.tlog.fsck import fsck
    from plimsoll.engines.tlog.merkle import leaf_hash, verify_inclusion
    from plimsoll.engines.tlog.published import Published
    from plimsoll.engines.tlog.tiles import TileNodes

    result: Result = {"begin": peak()}
    made = texts(1024)
    with log_at(folder) as log:
        while log.size < leaves:
            log.append(made[: leaves - log.size])
        result["peak"] = peak()
        log.publish()
        log.retire()
        places = random.Random(1).sample(range(leaves), 1000)
        begun = time.process_time()
        proofs = [log.inclusion(place) for place in places]
        result["warm"] = (time.process_time() - begun) / 1000
        root, hashes = log.root, [leaf_hash(made[place % 1024]) for place in places]
        result["entry"] = timed(lambda: [log.entry(place) for place in places[:200]]) / 200
    begun = time.process_time()
    for place, leaf, proof in zip(places, hashes, proofs, strict=True):
        assert verify_inclusion(leaf=leaf, index=place, size=leaves, proof=proof, expected_root=root)
    result["verify"] = (time.process_time() - begun) / 1000
    with Published.open(folder / "log" / "public") as public:
        begun = time.process_time()
        for place, proof in zip(places[:100], proofs, strict=False):
            assert TileNodes(public.read, leaves).inclusion(place) == proof
        result["cold"] = (time.process_time() - begun) / 100
        begun = time.process_time()
        for place, proof in zip(places[100:], proofs[100:], strict=True):
            assert public.nodes(leaves).inclusion(place) == proof
        result["cold, upper tiles kept"] = (time.process_time() - begun) / 900
    used = sum(file.stat().st_size for file in (folder / "log" / "public").rglob("*") if file.is_file())
    kept = sum(file.stat().st_size for file in (folder / "log" / "segments").iterdir())
    result["overhead"] = used / leaves - 256
    result["segments"] = float(kept)
    begun = time.process_time()
    report = fsck(folder / "log" / "public")
    assert report.root == root
    assert not report.faults
    result["fsck"] = time.process_time() - begun
    walls = []
    for processes in (1, 2):
        started = time.perf_counter()
        assert fsck(folder / "log" / "public", processes=processes) == report
        walls.append(time.perf_counter() - started)
    result["fsck, two against one"] = walls[0] / walls[1]
    with measured(result):
        again = log_at(folder)
    assert again.root == root
    again.close()
    return result


def timed(step: Callable[[], object]) -> float:
    begun = time.process_time()
    step()
    return time.process_time() - begun


# ---------------------------------------------------------------- the peers


def scales_append(folder: Path, batch: int, count: int) -> Result:
    from tlog_scales.signing import PlainEd25519Signer
    from tlog_scales.writer import TilesWriter

    result: Result = {}
    writer, signer = TilesWriter.create(folder / "scales", "x"), PlainEd25519Signer("x", os.urandom(32))
    made = texts(batch)
    with measured(result):
        for _ in range(count):
            for text in made:
                writer.add_leaf(text)
            writer.commit([signer])
    return result


def scales_proof(folder: Path, leaves: int) -> Result:
    from tlog_scales.backend import LocalBackend
    from tlog_scales.reader import TilesReader

    scales_append(folder, min(4096, leaves), max(1, leaves // 4096))
    size = min(4096, leaves) * max(1, leaves // 4096)
    places = random.Random(1).sample(range(size), 100)
    begun = time.process_time()
    for place in places:
        reader = TilesReader(LocalBackend(folder / "scales"))
        reader.set_size(size)
        reader.get_inclusion_proof(place, size)
    return {"cold": (time.process_time() - begun) / 100}


def chain_append(folder: Path, batch: int, count: int) -> Result:
    from auditchain.backends.sqlite import SqliteBackend
    from auditchain.sync import SyncAuditLog

    result: Result = {}
    log = SyncAuditLog(SqliteBackend(folder / "chain.sqlite"))
    made = [("actor", text.hex()[:256], "", None) for text in texts(batch)]
    with measured(result):
        for _ in range(count):
            log.append_many(made)
    return result


def pymerkle_append(folder: Path, batch: int, count: int) -> Result:
    from pymerkle import SqliteTree

    result: Result = {}
    tree, made = SqliteTree(str(folder / "pymerkle.sqlite")), texts(batch)
    with measured(result):
        for _ in range(count):
            if batch == 1:
                tree.append_entry(made[0])
            else:
                tree.append_entries(made)
    return result


def witness_append(folder: Path, batch: int, count: int) -> Result:
    from witness_log import JournaledLog

    result: Result = {}
    log, made = JournaledLog.create_ephemeral(str(folder / "journal")), texts(batch)
    with measured(result):
        for _ in range(count):
            for text in made:
                log.append_memory(text)
            if hasattr(log, "sync"):
                log.sync()
    result["bytes"] = (folder / "journal").stat().st_size / (batch * count)
    return result


def peer_proofs(folder: Path, leaves: int) -> Result:
    """Inclusion proofs of those that keep their leaves in memory; CPU seconds each."""
    from pymerkle import InmemoryTree
    from tamperlog.log import AppendOnlyLog
    from witness_log import WitnessLog

    found: Result = {}
    trees = {"pymerkle": InmemoryTree(), "tamperlog": AppendOnlyLog(), "witness-log": WitnessLog.generate()}
    add = {"pymerkle": "append_entry", "tamperlog": "append", "witness-log": "append_memory"}
    prove = {"pymerkle": "prove_inclusion", "tamperlog": "prove_inclusion", "witness-log": "inclusion_proof"}
    text = os.urandom(256)
    for name, tree in trees.items():
        before, append = peak(), getattr(tree, add[name])
        found[f"{name}, append"] = timed(lambda a=append: [a(text) for _ in range(leaves)]) / leaves
        found[f"{name}, memory"] = peak() - before
        tries = 3 if name == "tamperlog" else 20
        places = random.Random(1).sample(range(1, leaves), tries)
        act = getattr(tree, prove[name])
        found[f"{name}, proof"] = timed(lambda a=act, p=places: [a(place) for place in p]) / tries
    return found


CONTENDERS: dict[str, Callable[..., Result]] = {
    name: made
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name.count("_") <= 1
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(CONTENDERS[sys.argv[1]](Path(sys.argv[2]), *map(int, sys.argv[3:]))) + "\n")
