"""A process that appends to a log and publishes it until somebody stops it; run by the crash tests.

    python -m tests.engines.tlog.sailor FOLDER ROUNDS [FILE_LIMIT | alone]

Writes one line to standard output when something is promised: `entry PLACE` after an append returned,
`signed SIZE ROOT` after a checkpoint was kept. Ends with 0 after its rounds, 3 if the log refused.
With `alone` it has no second thread: faults are counted by thread, and so each is met where it is meant.
Every entry says its own place, so that whoever reads the log knows what belongs where.
"""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from plimsoll.engines.tlog import journal
from plimsoll.engines.tlog.checkpoint import parse_checkpoint
from plimsoll.engines.tlog.note import parse_note
from plimsoll.kernel.errors import PlimsollError
from tests.engines.tlog.logs import opened

SEGMENTS = (4_096, 16_384)
"""Small ones, so that a few rounds rotate."""


def entry_at(place: int) -> bytes:
    return b"place %d " % place * (1 + place % 40)


class Alone(threading.Thread):
    """Does its work in the thread that starts it."""

    def start(self) -> None:
        self.run()

    def join(self, timeout: float | None = None) -> None:
        """Nothing to wait for."""


def main(arguments: list[str]) -> int:
    path, rounds = Path(arguments[0]), int(arguments[1])
    if arguments[2:] == ["alone"]:
        threading.Thread = Alone  # type: ignore[misc]
    elif len(arguments) > 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(arguments[2]), resource.RLIM_INFINITY))
    journal.SEGMENT_BYTES = SEGMENTS
    try:
        with opened(path) as log:
            say(f"opened {log.size}")
            for number in range(rounds):
                step = (1, 2, 17, 90)[number % 4]
                places = log.append([entry_at(log.size + n) for n in range(step)])
                say(*(f"entry {place}" for place in places))
                if number % 3 == 1:
                    signed = parse_checkpoint(parse_note(log.publish()).body)
                    say(f"signed {signed.size} {signed.root.hex()}")
                if number % 5 == 4:
                    log.retire()
    except PlimsollError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 3
    return 0


def say(*lines: str) -> None:
    # One write, so that a killed process leaves whole lines behind.
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
