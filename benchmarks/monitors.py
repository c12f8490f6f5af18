"""The drift monitor beside evidently: processor time, wall time and peak memory of whole processes.

    benchmarks/monitors.py [--rows N] [--large N] [--runs N] [--no-peer] [--patience SECONDS]

Makes a reference and a current table of N × 20 mixed columns (1M and 10M unless told; Parquet, row groups
of 122,880), installs evidently into an environment of its own below a temporary folder, and runs, in turn
and in one go, `plimsoll monitor compare` and evidently with the same statistics (PSI, Jensen–Shannon,
Wasserstein and Kolmogorov–Smirnov for numbers; PSI and Jensen–Shannon for categories). Waits for a quiet
moment of the machine before each run, as long as patience lasts; processor time is valid without one.
Exits with 1 if a target is missed. Peak memory is the largest sum over a process and its children, sampled.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

RATIO, CPU_SECONDS, PEAK_MIB = 30.0, 20.0, 400.0
PEER = ("evidently==0.7.23", "pandas<3", "pyarrow")
READING = """
import sys
import pandas
from evidently import Dataset, DataDefinition, Report
reference, current = (pandas.read_parquet(path) for path in sys.argv[1:])
categories = [name for name in reference if not pandas.api.types.is_numeric_dtype(reference[name])]
numbers = [name for name in reference if name not in categories]
shape = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
both = [Dataset.from_pandas(table, data_definition=shape) for table in (current, reference)]
"""
LEAN = f"""{READING}
from evidently.metrics import ValueDrift
wanted = [(name, method) for name in numbers for method in ("psi", "jensenshannon", "wasserstein", "ks")]
wanted += [(name, method) for name in categories for method in ("psi", "jensenshannon")]
found = Report([ValueDrift(column=name, method=method) for name, method in wanted]).run(*both).dict()
print(len(found["metrics"]), "statistics by ValueDrift")
"""
PRESETS = f"""{READING}
from evidently.presets import DataDriftPreset
pairs = ("psi", "psi"), ("jensenshannon", "jensenshannon"), ("wasserstein", "psi"), ("ks", "psi")
found = [Report([DataDriftPreset(num_method=n, cat_method=c)]).run(*both).dict() for n, c in pairs]
print(len(found), "DataDriftPresets, one per statistic")
"""
COLUMNS = """
    normal() AS n0, normal() + 0.01 * {d} AS n1, normal() + 0.1 * {d} AS n2, normal() + 0.5 * {d} AS n3,
    exp(normal() + 0.2 * {d}) AS n4, -ln(1 - random()) AS n5,
    CASE WHEN random() < 0.05 + 0.05 * {d} THEN NULL ELSE -ln(1 - random()) - ln(1 - random()) END AS n6,
    normal() / sqrt((pow(normal(), 2) + pow(normal(), 2) + pow(normal(), 2)) / 3) AS n7,
    random() AS n8, pow(random(), 2 + 0.3 * {d}) AS n9,
    (random() * 8 + random() * (4 + {d}))::BIGINT AS i0, (random() * 1e6)::INTEGER AS i1,
    (random() * 100)::SMALLINT AS i2, normal()::FLOAT AS f0,
    'v' || (random() * 2)::INTEGER AS c0, 'v' || (pow(random(), 1 + 0.3 * {d}) * 5)::INTEGER AS c1,
    'v' || (pow(random(), 2) * 12)::INTEGER AS c2, 'v' || (pow(random(), 2 + 0.5 * {d}) * 50)::INTEGER AS c3,
    'v' || (pow(random(), 3) * 200)::INTEGER AS c4, 'v' || (pow(random(), 3) * 5000)::INTEGER AS c5
"""


@dataclass(frozen=True, slots=True)
class Cost:
    cpu: float
    wall: float
    peak: float
    output: str


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args(arguments)
    missed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="plimsoll-monitors-") as name:
        folder = Path(name)
        peer = None if asked.no_peer else installed(folder)
        pair = tables(folder, asked.rows)
        print(f"{asked.rows:,} × 20, {asked.runs} runs; median CPU s, wall s, largest peak MiB")
        ours = [ours_on(pair, asked.patience) for _ in range(asked.runs)]
        line("plimsoll monitor compare", ours)
        judge(missed, f"{asked.rows:,} rows", ours)
        if peer:
            best = min(beside(peer, program, pair, asked.patience) for program in (LEAN, PRESETS))
            missed += [f"CPU is 1/{best:.0f} of evidently's"] if best < RATIO else []
        pair = tables(folder, asked.large)
        print(f"{asked.large:,} × 20")
        large = [ours_on(pair, asked.patience)]
        line("plimsoll monitor compare", large)
        judge(missed, f"{asked.large:,} rows", large)
    print("\n".join(f"missed: {reason}" for reason in missed) or "Every target is met.")
    return 1 if missed else 0


def beside(peer: Path, program: str, pair: tuple[Path, Path], patience: float) -> float:
    """How many times our CPU the peer takes: once, because it takes minutes, with a run of ours before it."""
    ours = ours_on(pair, patience)
    theirs = measured([str(peer), "-c", program, *map(str, pair)], patience)
    line(f"evidently, {theirs.output.strip()}", [theirs])
    print(
        f"  CPU {theirs.cpu / ours.cpu:.1f} times ours, peak {theirs.peak / ours.peak:.1f} times", flush=True
    )
    return theirs.cpu / ours.cpu


def installed(folder: Path) -> Path:
    """The Python of an environment with the peer."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, folder / "peer"], check=True)
    python = folder / "peer" / "bin" / "python"
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", python, *PEER], check=True)
    # compiled beforehand, so that the first import does not pay for it
    subprocess.run([python, "-c", READING.partition("reference,")[0]], check=True, capture_output=True)
    return python


def tables(folder: Path, rows: int) -> tuple[Path, Path]:
    """Reference and current table; the second has drifted in nine columns."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    connection.execute(
        "CREATE MACRO normal() AS sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random());SELECT setseed(0.5)"
    )
    paths = folder / "reference.parquet", folder / "current.parquet"
    for drifted, path in enumerate(paths):
        connection.execute(
            f"COPY (SELECT {COLUMNS.format(d=drifted)} FROM range({rows})) TO '{path}' "
            "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
        )
    return paths


def ours_on(pair: tuple[Path, Path], patience: float) -> Cost:
    command = Path(sys.executable).with_name("plimsoll")
    return measured([str(command), "monitor", "compare", *map(str, pair)], patience)


def measured(command: list[str], patience: float) -> Cost:
    """What the whole process costs, its children included."""
    wait_for_quiet(patience)
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL) as process:
            peak = 0
            while True:
                found, status, usage = os.wait4(process.pid, os.WNOHANG)
                if found:
                    break
                peak = max(peak, resident(process.pid))
                time.sleep(0.02)
            process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - begun
        said.seek(0)
        output = said.read()
    if process.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak / 2**20, output)


def resident(process: int) -> int:
    """Bytes in memory of a process and its descendants."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (OSError, IndexError):
        return 0  # it ended meanwhile
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children)


def wait_for_quiet(patience: float) -> None:
    """Until a spinning loop gets a core and little else runs, or patience ends."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        wall, cpu = time.perf_counter(), time.process_time()
        sum(range(3_000_000))
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        if share > 0.95 and os.getloadavg()[0] < 0.5 * (os.cpu_count() or 1):
            return
        time.sleep(2)
    print(f"  no quiet moment within {patience:.0f} s (load {os.getloadavg()[0]:.1f}); running anyway")


def line(name: str, runs: list[Cost]) -> None:
    cpu, wall = (statistics.median(getattr(run, what) for run in runs) for what in ("cpu", "wall"))
    print(f"  {name:52} {cpu:8.2f} {wall:8.2f} {max(run.peak for run in runs):8.0f}", flush=True)


def judge(missed: list[str], what: str, runs: list[Cost]) -> None:
    cpu, peak = statistics.median(run.cpu for run in runs), max(run.peak for run in runs)
    missed += [f"{what} took {cpu:.1f} CPU s, not under {CPU_SECONDS:g}"] if cpu >= CPU_SECONDS else []
    missed += [f"{what} held {peak:.0f} MiB, not under {PEAK_MIB:g}"] if peak >= PEAK_MIB else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
