"""One fault at each system call of a log: EIO, ENOSPC, EROFS, SIGKILL on append, publish, retire, recovery.

    scripts/crash.py [--every N] [--rounds N] [--seconds S]

Runs tests/engines/tlog/sailor.py under strace, once to see which calls touch the log's folder, then once
for each of them with each fault. After every run the log is examined: all that was promised is there,
what readers see is signed and whole, the next process goes on, fsck finds nothing. Then it kills the
sailor under load for a while. Exits with 1 at the first log that breaks a promise; its folder is kept.
strace is installed with apt-get if it is missing and this may be done; otherwise it says so and ends with 3.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from plimsoll.engines.tlog import journal  # noqa: E402
from plimsoll.engines.tlog.frame import ENTRIES, frame_of  # noqa: E402
from tests.engines.tlog.logs import opened  # noqa: E402
from tests.engines.tlog.sailor import SEGMENTS, entry_at  # noqa: E402
from tests.engines.tlog.survivors import examine  # noqa: E402

CALLS = (
    "openat", "mkdir", "mkdirat", "pread64", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename",
    "renameat", "renameat2", "unlinkat", "getdents64", "flock", "fstat", "newfstatat", "fadvise64", "close",
)  # fmt: skip
WRITERS = {"openat", "mkdir", "mkdirat", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat"}
FAULTS = {
    "EIO": "error=EIO",
    "ENOSPC": "error=ENOSPC",  # a full disk
    "EROFS": "error=EROFS",  # a disk that was mounted read-only meanwhile
    "SIGKILL": "signal=SIGKILL",
}
OF_WRITERS = ("ENOSPC", "EROFS")
LINE = re.compile(r"(\d+) +(?:\d+\.\d+ )?(\w+)\(")
ENDINGS = (0, 3, -9, 137)


@dataclass(frozen=True, slots=True)
class Place:
    call: str
    number: int
    """The how manieth of its kind in the thread that makes it."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="try only each n-th place")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=30.0, help="of killing under load")
    asked = parser.parse_args(arguments)
    if not shutil.which("strace"):
        subprocess.run(["apt-get", "install", "-y", "-q", "strace"], check=False, capture_output=True)
    if not shutil.which("strace"):
        print("strace is not installed; without it no fault can be injected.", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-crash-"))
    wreck(folder / "wreck")
    (folder / "empty").mkdir()
    tried: Counter[str] = Counter()
    for start, rounds in (("empty", asked.rounds), ("wreck", 2)):
        found = list(places(folder, start, rounds))
        kinds = dict(Counter(place.call for place in found))
        print(f"{start}: {len(found)} calls touch the log: {kinds}", flush=True)
        for place in found[:: asked.every]:
            for fault in FAULTS:
                if fault not in OF_WRITERS or place.call in WRITERS:
                    attempt(folder, start, rounds, place, fault)
                    tried[f"{fault} {start}"] += 1
    kills = killed_under_load(folder, asked.seconds)
    shutil.rmtree(folder)
    print(f"{sum(tried.values())} faults {dict(tried)}, {kills} kills under load: no promise was broken.")
    return 0


def wreck(path: Path) -> None:
    """A log as a crash leaves it: signed and not shown, a batch and a checkpoint that were broken off."""
    journal.SEGMENT_BYTES = SEGMENTS
    with opened(path) as log:
        for step in (90, 170, 3, 60):
            log.append([entry_at(log.size + n) for n in range(step)])
            log.publish()
        assert log.retire()  # so that recovery reads tiles too
        log.append([entry_at(log.size)])
        log.checkpoint()
    last = sorted(name for name in (path / "segments").iterdir() if name.name != "spare")[-1]
    content = last.read_bytes()
    end = len(content.rstrip(b"\0"))
    broken = frame_of(ENTRIES, first=0, count=1, body=bytes([7]) * 2_000, covered=b"")
    written = broken[: 1_024 - end % 512]  # whole sectors, as a disk writes them
    last.write_bytes((content[:end] + written).ljust(max(len(content), end + len(broken)), b"\0"))
    kept = path / "checkpoints"
    kept.write_bytes(kept.read_bytes() + b"PLc1\0\0\0\1")


def command(path: Path, rounds: int, *alone: str) -> list[str]:
    return [sys.executable, "-m", "tests.engines.tlog.sailor", str(path), str(rounds), *alone]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def fresh(folder: Path, start: str) -> Path:
    path = folder / "log"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(folder / start, path)
    return path


def places(folder: Path, start: str, rounds: int) -> Iterator[Place]:
    """The calls on the log's folder in a run without faults, counted as strace counts: by thread and kind."""
    path, traced = fresh(folder, start), folder / "trace"
    tracing = ["strace", "-f", "-y", "-e", f"trace={','.join(CALLS)}", "-o", str(traced)]
    sailing = [*tracing, *command(path, rounds, "alone")]
    subprocess.run(sailing, cwd=ROOT, env=environment(), check=True, capture_output=True)
    counts: Counter[tuple[str, str]] = Counter()
    seen: set[Place] = set()
    for line in traced.read_text(errors="replace").splitlines():
        if found := LINE.match(line):
            thread, call = found.groups()
            counts[thread, call] += 1
            place = Place(call, counts[thread, call])
            if str(path) in line and place not in seen:
                seen.add(place)
                yield place


def attempt(folder: Path, start: str, rounds: int, place: Place, fault: str) -> None:
    path = fresh(folder, start)
    inject = f"inject={place.call}:{FAULTS[fault]}:when={place.number}"
    tracing = ["strace", "-f", "-o", os.devnull, "-e", f"trace={place.call}", "-e", inject]
    sailing = [*tracing, *command(path, rounds, "alone")]
    done = subprocess.run(sailing, cwd=ROOT, env=environment(), check=False, capture_output=True, text=True)
    what = f"{fault} at {place.call} number {place.number} of {start}"
    if done.returncode not in ENDINGS:
        raise SystemExit(f"{what}: the process ended with {done.returncode}:\n{done.stderr}\n{path}")
    checked(path, done.stdout, what)


def killed_under_load(folder: Path, seconds: float) -> int:
    chance = random.Random(4)  # noqa: S311 - when to kill is no secret
    kills, ends = 0, time.monotonic() + seconds
    path, promised = fresh(folder, "empty"), ""
    while time.monotonic() < ends:
        with subprocess.Popen(
            command(path, 10**6), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            promised = process.stdout.readline()
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
            promised += process.stdout.read()
        checked(path, promised, f"kill {kills}")
        kills += 1
        if kills % 20 == 0:
            path = fresh(folder, "empty")
    return kills


def checked(path: Path, promised: str, what: str) -> None:
    try:
        examine(path, promised)
    except Exception as error:  # whatever it is, the promise and the fault are named with it
        raise SystemExit(f"{what}: {error!r}; look at {path}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
