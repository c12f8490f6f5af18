"""A witness in a process of its own that says what it answered: `lookout.py FOLDER SIZE...`.

Each size is a checkpoint of one fixed log that is asked for; `cosigned SIZE` is printed once the answer is
there. Ends with 3 when the witness cannot go on. For tests that break it from outside.
"""

from __future__ import annotations

import sys
from pathlib import Path

from plimsoll.adapters.witness_folder import WitnessFolder
from plimsoll.kernel.errors import PlimsollError
from tests.logbook import AT, ORIGIN, Logbook, signer

LOG = Logbook(entries=[b"entry %d" % number for number in range(40)], signers=(signer(ORIGIN),))


def main(folder: str, *sizes: str) -> int:
    try:
        witness = WitnessFolder.open(Path(folder))
        with witness.serving():
            for size in map(int, sizes):
                known = witness.cosigned.get(ORIGIN)
                answer = witness.answer(LOG.request(known.checkpoint.size if known else 0, size), now=AT)
                if answer.status == 200:
                    sys.stdout.write(f"cosigned {size}\n")
                    sys.stdout.flush()
    except PlimsollError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
