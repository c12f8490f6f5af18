"""A quick part of the crash tests; `make crash` runs one fault at each system call instead."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engines.tlog.survivors import examine

ROOT = Path(__file__).resolve().parents[3]


def sailor(path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.engines.tlog.sailor", str(path), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_process_that_is_killed_again_and_again_loses_nothing_it_promised(tmp_path: Path) -> None:
    promised = ""
    for wait in (0.0, 0.05, 0.13, 0.21):
        with sailor(tmp_path, "100000") as process:
            assert process.stdout is not None
            promised += process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            promised += process.stdout.read()
        # The writer's own entries go on from what `examine` appended.
        assert examine(tmp_path, promised) > 0
    assert promised.count("opened") == 4
    assert promised.count("entry") > 100


@pytest.mark.parametrize("limit", [1_000, 4_000, 6_000, 20_000])
def test_a_disk_that_is_full_stops_the_log_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    """No file may grow beyond the limit: a write is cut short, the next one fails."""
    with sailor(tmp_path, "2000", str(limit)) as process:
        promised, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    assert "cannot be used: File too large" in said
    assert examine(tmp_path, promised) > 0


def test_two_writers_cannot_sail_at_once(tmp_path: Path) -> None:
    with sailor(tmp_path, "100000") as first:
        assert first.stdout is not None
        promised = first.stdout.readline()
        with sailor(tmp_path, "3") as second:
            said, complaint = second.communicate(timeout=60)
        assert (second.returncode, said) == (3, "")
        assert "Another process writes to the log" in complaint
        first.kill()
        promised += first.stdout.read()
    assert examine(tmp_path, promised) > 0
