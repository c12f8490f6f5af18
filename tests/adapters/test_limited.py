from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plimsoll.adapters import limited
from plimsoll.adapters.limited import Ending, Limits, run_limited

WALK = "plimsoll.adapters.model_files.walk"
EMPTY = {"seconds": 5, "inflated": 1000, "files": []}


def confined(
    attempt: str, *, memory: int = 2**29, seconds: int = 5, output: int = 1000
) -> subprocess.Popen[str]:
    """A process that confines itself and then tries something."""
    program = (
        "import sys, os, io, socket, pickle\n"
        "from plimsoll.adapters.limited import confine\n"
        f"confine(memory={memory}, seconds={seconds}, output={output})\n"
        f"try:\n    {attempt}\nexcept BaseException as error:\n    sys.stdout.write(type(error).__name__)\n"
    )
    return subprocess.Popen([sys.executable, "-I", "-B", "-c", program], stdout=subprocess.PIPE, text=True)


def said(attempt: str, **limits: int) -> str:
    with confined(attempt, **limits) as child:
        return child.communicate(timeout=20)[0]


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.getaddrinfo('localhost', 80)",
        "os.system('true')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "__import__('subprocess').run(['true'])",
        "os.remove('nothing')",
        "os.kill(os.getpid(), 0)",
        "pickle.loads(b'cbuiltins\\nlen\\n.')",
        "__import__('ctypes').CDLL(None)",
    ],
)
def test_a_confined_process_is_refused_what_reading_never_needs(attempt: str) -> None:
    assert said(attempt) == "PermissionError"


def test_a_confined_process_cannot_write_files(tmp_path: Path) -> None:
    target = tmp_path / "written"

    assert said(f"open({str(target)!r}, 'w')") == "PermissionError"
    assert said(f"os.open({str(target)!r}, os.O_WRONLY | os.O_CREAT)") == "PermissionError"
    assert not target.exists()


def test_a_confined_process_can_read_files(tmp_path: Path) -> None:
    target = tmp_path / "read"
    target.write_text("words")

    assert said(f"sys.stdout.write(open({str(target)!r}).read())") == "words"


def test_a_confined_process_runs_out_of_memory_instead_of_taking_the_machines() -> None:
    assert said("bytearray(2**30)") == "MemoryError"


def test_a_confined_process_that_computes_for_ever_is_ended() -> None:
    with confined("exec('while True: pass')", seconds=1) as child:
        child.communicate(timeout=20)

    assert child.returncode == -signal.SIGXCPU


def test_a_module_answers_with_json_lines() -> None:
    run = run_limited(WALK, EMPTY | {"files": []}, limits=Limits(seconds=5))

    assert run.ending is Ending.FINISHED
    assert run.lines == ()


def test_the_environment_does_not_reach_the_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "picklescan").mkdir()
    (tmp_path / "picklescan" / "__init__.py").write_text("raise SystemExit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert run_limited(WALK, EMPTY, limits=Limits(seconds=5)).ending is Ending.FINISHED


def test_a_module_that_does_not_exist_has_not_finished() -> None:
    run = run_limited("plimsoll.adapters.nowhere", EMPTY, limits=Limits(seconds=5))

    assert run.ending is Ending.CRASHED
    assert run.lines == ()


def test_a_module_that_answers_with_anything_but_json_has_not_finished() -> None:
    assert run_limited("this", EMPTY, limits=Limits(seconds=5)).ending is Ending.CRASHED


def test_a_module_that_answers_too_much_has_not_finished(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x")
    request = EMPTY | {"files": [{"path": str(file), "identity": [0, 0, 0, 0]}] * 3}
    whole = run_limited(WALK, request, limits=Limits(seconds=5))

    run = run_limited(WALK, request, limits=Limits(seconds=5, output=600))

    assert whole.ending is Ending.FINISHED
    assert len(whole.lines) == 3
    assert run.ending is Ending.CRASHED
    assert list(run.lines) == list(whole.lines[: len(run.lines)])
    assert len(run.lines) < 3


def test_a_module_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "_GRACE", 0)

    assert run_limited(WALK, EMPTY, limits=Limits(seconds=0.001)).ending is Ending.TIME


def test_processor_time_that_is_used_up_counts_as_taking_too_long() -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)"
    with Path("/dev/null").open("r+b") as nothing:
        ending = limited._run([sys.executable, "-c", program], nothing.fileno(), nothing.fileno(), 20)

    assert ending is Ending.TIME
