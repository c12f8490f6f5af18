"""The trusted log beside SQLite, a log kept as files, five other packages, and the machine's own limits.

    benchmarks/tlog.py [--rounds N] [--leaves N] [--patience SECONDS] [--no-peers] [--short]

Prints the targets T1 to T10 of the log with column A (must) and B (hoped for). Contenders run in turn, each
in a process of its own (benchmarks/contenders.py), round after round, so that a noisy moment meets all of
them; the median counts. Before each run it waits for a quiet moment, as long as patience lasts: flushes with
p50 < 0.5 ms and p90 < 1 ms, and a spinning loop that gets a core. Rates per second of wall time mean little
without one; ratios and processor time hold better. The peers are installed into an environment below a
temporary folder. Exits with 1 if a target of column A is missed. `--short` is for looking, not for figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = (
    "pymerkle==7.0.0",
    "tlog-scales==0.0.3",
    "witness-log==0.6.1",
    "auditchain==0.3.0",
    "tamperlog==0.1.0",
)
Result = Mapping[str, float]


class Bench:
    """Runs contenders in fresh folders on the disk of the current folder, and keeps the score."""

    def __init__(self, folder: Path, peer: Path | None, patience: float) -> None:
        self.folder, self.peer, self.patience = folder, peer, patience
        self.noisy, self.runs, self.missed = 0, 0, list[str]()

    def run(self, name: str, *numbers: int) -> Result:
        self.wait_for_quiet()
        theirs = name.startswith(("scales", "chain", "pymerkle", "witness", "peer"))
        python = str(self.peer) if theirs else sys.executable
        room = self.folder / "room"
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        done = subprocess.run(
            [python, str(HERE / "contenders.py"), name, str(room), *map(str, numbers)],
            env={**os.environ, "PYTHONPATH": str(HERE.parent / "src")},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{name} {numbers} failed:\n{done.stderr}")
        found: Result = json.loads(done.stdout)
        return found

    def wait_for_quiet(self) -> None:
        ends = time.monotonic() + self.patience
        self.runs += 1
        while not quiet(self.folder):
            if time.monotonic() > ends:
                self.noisy += 1
                return
            time.sleep(1)

    def target(self, name: str, what: str, value: float, must: float, hoped: float, unit: str = "x") -> None:
        """One line of the score; a value reaches a target from above, times and sizes from below."""
        rising = unit in ("x", "/s")
        met = [value >= goal if rising else value <= goal for goal in (must, hoped)]
        word = "B" if met[1] else "A" if met[0] else "MISSED"
        print(f"  {name:4} {what:58} {value:12,.2f} {unit:4} A {must:g} B {hoped:g}  {word}", flush=True)
        if not met[0]:
            self.missed.append(f"{name}, {what}: {value:,.2f} {unit}")


def quiet(folder: Path) -> bool:
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(60):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    times.sort()
    wall, cpu = time.perf_counter(), time.process_time()
    sum(range(3_000_000))
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    return times[30] < 0.5e-3 and times[54] < 1e-3 and share > 0.95


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--short", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.short:
        asked.rounds, asked.leaves, asked.patience = 1, 100_000, 0.0
    with tempfile.TemporaryDirectory(prefix="plimsoll-tlog-") as name:
        folder = Path(name)
        bench = Bench(folder, None if asked.no_peers else installed(folder), asked.patience)
        machine = bench.run("flushes", 500)
        print(f"The machine: {500 / machine['wall']:,.0f} flushes/s, {machine['hashes']:,.0f} hashes/s")
        single = appends(bench, asked.rounds, short=asked.short)
        concurrent(bench, asked.rounds, single)
        promptly(bench, asked.rounds, short=asked.short)
        whole(bench, asked.leaves)
        print(f"{bench.noisy} of {bench.runs} runs met no quiet moment.")
    print("\n".join(f"missed: {line}" for line in bench.missed) or "Every target of column A is met.")
    return 1 if bench.missed else 0


def installed(folder: Path) -> Path:
    """The Python of an environment with the peers."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder / "peers"], check=True)
    python = folder / "peers" / "bin" / "python"
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", python, *PEERS], check=True)
    return python


def appends(bench: Bench, rounds: int, *, short: bool) -> Mapping[str, float]:
    """T1, T2 and T4; returns the rates of those who make each entry durable by itself."""
    cores: list[float] = []
    single: dict[str, float] = {}
    for batch, count, goals in (
        (1, 500, {}),
        (256, 400, {"rows": (1.1, 1.5), "file_set": (3.0, 4.0), "scales_append": (5.0, 7.0)}),
        (4096, 50, {"rows": (1.3, 1.9), "file_set": (2.5, 3.5), "scales_append": (5.0, 7.0)}),
    ):
        names = ["log_append", "rows", *(["file_set"] if batch > 1 else [])]
        if bench.peer:
            names += ["scales_append", "pymerkle_append", "chain_append", "witness_append"]
        rates: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                few = count // 10 if short or name not in ("log_append", "rows") else count
                found = bench.run(name, batch, few)
                rates[name].append(batch * few / found["wall"])
                if name == "log_append" and batch > 1:
                    cores.append(found["cpu"] / (batch * few) * 1e6)
        middle = {name: statistics.median(values) for name, values in rates.items()}
        print(f"Durable appends, batch {batch}: " + ", ".join(f"{n} {r:,.0f}/s" for n, r in middle.items()))
        for name, (must, hoped) in goals.items():
            if name in middle:
                label = "T1" if batch == 256 else "T2"
                bench.target(label, f"against {name}", middle["log_append"] / middle[name], must, hoped)
        if batch == 1:
            single = middle
    bench.target("T4", "processor time per entry", statistics.median(cores), 2.0, 1.3, "us")
    return single


def concurrent(bench: Bench, rounds: int, single: Mapping[str, float]) -> None:
    """T3: 64 threads that wait for their own entry."""
    runs = [bench.run("log_threads", 64, 200) for _ in range(rounds)]
    rate = statistics.median(64 * 200 / run["wall"] for run in runs)
    alone = statistics.median(run["alone"] for run in runs)
    print(f"64 callers: {rate:,.0f}/s, p99 {1e3 * statistics.median(r['p99'] for r in runs):.1f} ms")
    bench.target("T3", "against one caller", rate / alone, 5, 15)
    bench.target("T3", "entries of 64 callers", rate, 25_000, 80_000, "/s")
    for name in ("scales_append", "pymerkle_append", "chain_append", "witness_append"):
        if name in single:
            bench.target("T3", f"against {name}, one by one", rate / single[name], 25, 25)


def promptly(bench: Bench, rounds: int, *, short: bool) -> None:
    """T5: from the entry to the proof under a checkpoint that is signed twice and kept."""
    runs = [bench.run("log_proof", 50 if short else 200, 10_000) for _ in range(rounds)]
    print(f"Showing a checkpoint: {1e3 * statistics.median(run['publish'] for run in runs):.1f} ms")
    bench.target("T5", "entry to proof, p50", 1e3 * statistics.median(r["p50"] for r in runs), 5, 2.5, "ms")
    bench.target("T5", "entry to proof, p99", 1e3 * statistics.median(r["p99"] for r in runs), 25, 25, "ms")


def whole(bench: Bench, leaves: int) -> None:
    """T6 to T10 on a log of so many leaves; times of the whole are scaled to a million."""
    found = bench.run("log_whole", leaves)
    million = 1_000_000 / leaves
    left = found["segments"] / 2**20
    print(f"{leaves:,} leaves; opened again in {found['wall']:.2f} s, segments left {left:.0f} MiB,")
    print(f"  one entry read in {found['entry'] * 1e6:.0f} us, memory before {found['begin'] / 1e6:.0f} MB")
    bench.target("T6", "whole log with all files, per million", found["fsck"] * million, 1.8, 1.25, "s")
    bench.target("T6", "two processes against one, wall", found["fsck, two against one"], 1.7, 1.7)
    bench.target("T7", "inclusion proof, warm", found["warm"] * 1e6, 15, 8, "us")
    bench.target("T7", "inclusion proof, from files, nothing kept", found["cold"] * 1e6, 200, 100, "us")
    kept = found["cold, upper tiles kept"] * 1e6
    bench.target("T7", "inclusion proof, from files, upper tiles kept", kept, 200, 100, "us")
    bench.target("T8", "inclusion proof checked", found["verify"] * 1e6, 16, 10, "us")
    bench.target("T9", "bytes per entry beside its own", found["overhead"], 36, 34.2, "B")
    bench.target("T10", "memory of the writer's process", found["peak"] / 1e6, 100, 45, "MB")
    if bench.peer:
        theirs = bench.run("peer_proofs", min(leaves, 200_000))
        scale = leaves / min(leaves, 200_000)  # two of them walk all leaves for each proof
        goals = {"pymerkle": 5.0, "witness-log": 7_000.0, "tamperlog": 70_000.0}
        for name, goal in goals.items():
            seconds = theirs[f"{name}, proof"] * (1 if name == "pymerkle" else scale)
            bench.target(
                "T7", f"warm against {name}", seconds / found["warm"], goal / million, goal / million
            )
        scales = bench.run("scales_proof", min(leaves, 100_000))
        bench.target("T7", "from files against tlog-scales", scales["cold"] / found["cold"], 5, 5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
