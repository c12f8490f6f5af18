"""Walks model files in a limited process and writes down what loading them would import.

Run through `plimsoll.adapters.limited`: the request on standard input names the files, one JSON line
per file comes back on standard output, and one line at once for every dangerous name, so that it is
known even if the process is ended later. Nothing is loaded.
"""

from __future__ import annotations

import gc
import json
import os
import stat
import sys
from typing import Any

from plimsoll.adapters.model_files.bytes import Budget, Slab
from plimsoll.adapters.model_files.machine import Import
from plimsoll.adapters.model_files.opinion import LEVELS
from plimsoll.adapters.model_files.parts import OnDanger, Walk
from plimsoll.adapters.model_files.reading import Reading

__all__ = ["MOST_OPCODES", "examine_file", "main"]

MOST_OPCODES = 5_000_000
"""Pickle opcodes that are followed in one file."""
_MOST_TOLD = 20


def examine_file(descriptor: int, size: int, budget: Budget, on_danger: OnDanger) -> dict[str, Any]:
    """The record of one open file as a JSON value."""
    return Walk(budget, on_danger).walk(Slab(descriptor, size=size)).to_json()


def main() -> None:
    """Answer the request on standard input, one line per file, in order."""
    gc.disable()  # what is made for a file lives until it is done; collecting before only costs time
    gc.freeze()
    request = json.load(sys.stdin)
    budget = Budget(seconds=request["seconds"], inflated=request["inflated"], opcodes=MOST_OPCODES)
    for index, entry in enumerate(request["files"]):
        budget.opcodes, budget.inflated = MOST_OPCODES, request["inflated"]
        _tell({"index": index, "reading": _examine_path(index, entry, budget)})
        gc.collect()


def _examine_path(index: int, entry: dict[str, Any], budget: Budget) -> dict[str, Any]:
    told = 0

    def on_danger(found: Import, where: str) -> None:
        nonlocal told
        told += 1
        if told <= _MOST_TOLD:
            reading = Reading()
            reading.name(found, LEVELS[0], where)
            _tell({"index": index, "danger": reading.to_json()["names"][0]})

    descriptor = os.open(entry["path"], os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        there = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]
        if not stat.S_ISREG(status.st_mode) or there != entry["identity"]:
            reading = Reading()
            reading.doubt("the file was changed while it was being read")
            return reading.to_json()
        return examine_file(descriptor, status.st_size, budget, on_danger)
    finally:
        os.close(descriptor)


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
