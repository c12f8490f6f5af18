"""One fault at each system call with which a witness touches its folder: EIO, ENOSPC and SIGKILL.

    scripts/crash_witness.py [--every N]

Runs tests/adapters/lookout.py under strace: once to see which calls name the folder, then once for each of
them with each fault. Afterwards the witness must open again, must remember at least what it answered, and
must refuse a second history. Exits with 1 at the first promise that was broken, with 3 without strace.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from plimsoll.adapters.witness_folder import WitnessFolder, make_witness, trust_log  # noqa: E402
from tests.adapters.lookout import LOG  # noqa: E402
from tests.logbook import AT, ORIGIN, Logbook  # noqa: E402

CALLS = (
    "openat", "read", "write", "fsync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "flock",
    "newfstatat", "fstat", "close", "lseek", "getdents64", "fcntl", "ioctl",
)  # fmt: skip
FAULTS = {"EIO": "error=EIO", "ENOSPC": "error=ENOSPC", "SIGKILL": "signal=SIGKILL"}
WRITERS = {"openat", "write", "fsync", "rename", "renameat", "renameat2"}
SIZES = ("5", "5", "9", "17", "40")
LINE = re.compile(r"(\w+)\(")


@dataclass(frozen=True, slots=True)
class Place:
    call: str
    number: int


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="try only each n-th place")
    asked = parser.parse_args(arguments)
    if not shutil.which("strace"):
        print("strace is not installed; without it no fault can be injected.", file=sys.stderr)
        return 3
    place = Path(tempfile.mkdtemp(prefix="plimsoll-witness-"))
    fresh = place / "fresh"
    make_witness(fresh, "witness.example.org")
    trust_log(fresh, LOG.verifiers[0])
    found = list(places(place, fresh))
    print(f"{len(found)} calls touch the folder: {dict(Counter(each.call for each in found))}", flush=True)
    tried: Counter[str] = Counter()
    for each in found[:: asked.every]:
        for fault in FAULTS:
            if fault != "ENOSPC" or each.call in WRITERS:
                broken = attempt(place, fresh, each, fault)
                if broken:
                    print(f"{fault} at {each.call} number {each.number}: {broken}; see {place}")
                    return 1
                tried[fault] += 1
    shutil.rmtree(place)
    print(f"{sum(tried.values())} faults {dict(tried)}: no promise was broken.")
    return 0


def lookout(place: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    trace = ["strace", "-y", "-f", "-o", str(place / "trace"), *options]
    program = [sys.executable, "-B", "-m", "tests.adapters.lookout", str(folder), *SIZES]
    return subprocess.run(
        [*trace, *program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def places(place: Path, fresh: Path) -> Iterator[Place]:
    """The calls that name the folder or a file in it, counted among all calls of their kind."""
    run = again(place, fresh)
    done = lookout(place, run, "-e", f"trace={','.join(CALLS)}")
    assert done.stdout.count("cosigned") == len(SIZES), done.stderr
    counts: Counter[str] = Counter()
    for line in (place / "trace").read_text(errors="replace").splitlines():
        match = LINE.search(line)
        if match and "resumed>" not in line:
            counts[match[1]] += 1
            if str(run) in line:
                yield Place(match[1], counts[match[1]])


def again(place: Path, fresh: Path) -> Path:
    run = place / "run"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(fresh, run)
    return run


def attempt(place: Path, fresh: Path, where: Place, fault: str) -> str:
    """What was broken by the fault; empty if nothing was."""
    run = again(place, fresh)
    inject = f"inject={where.call}:{FAULTS[fault]}:when={where.number}"
    done = lookout(place, run, "-e", f"trace={where.call}", "-e", inject)
    if "INJECTED" not in (place / "trace").read_text(errors="replace") and fault != "SIGKILL":
        return "the fault was not injected"
    if done.returncode not in (0, 3, -9, 137) or "Traceback" in done.stderr:
        return f"it ended with {done.returncode}: {done.stderr[-500:]}"
    promised = max((int(line.split()[1]) for line in done.stdout.splitlines()), default=0)
    opened = WitnessFolder.open(run)
    state = opened.cosigned.get(ORIGIN)
    kept = state.checkpoint.size if state else 0
    if kept < promised:
        return f"it answered {promised} and remembers {kept}"
    if state and state.checkpoint != LOG.checkpoint(kept):
        return "it remembers another checkpoint than was asked for"
    other = Logbook(entries=[b"another", *LOG.entries[1:]], signers=LOG.signers)
    if kept and opened.answer(other.request(kept), now=AT).status != 422:
        return "it cosigns a second history"
    if kept < 40 and opened.answer(LOG.request(kept), now=AT).status != 200:
        return "it does not go on"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
