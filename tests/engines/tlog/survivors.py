"""What must be true of a log after any crash: nothing that was promised is lost, nothing shown is untrue."""

from __future__ import annotations

from pathlib import Path

from plimsoll.engines.tlog import merkle
from plimsoll.engines.tlog.checkpoint import open_checkpoint
from plimsoll.engines.tlog.fsck import fsck
from plimsoll.engines.tlog.published import Published
from plimsoll.kernel.errors import NotFound
from tests.engines.tlog.logs import SIGNER, opened
from tests.engines.tlog.sailor import entry_at


def examine_shown(path: Path) -> int:
    """What readers see before anybody repairs anything: a signed checkpoint with all that it needs."""
    if not (path / "public").exists():
        return 0
    with Published.open(path / "public") as public:
        try:
            note = public.checkpoint()
        except NotFound:
            return 0
        shown = open_checkpoint(note, SIGNER.verifier)
        nodes = public.nodes(shown.size)
        found = [entry for number in range(-(-shown.size // 256)) for entry in nodes.entries(number)]
        assert found == [entry_at(place) for place in range(shown.size)]
        assert nodes.root() == shown.root == merkle.root(merkle.leaf_hash(entry) for entry in found)
        return shown.size


def examine(path: Path, promised: str) -> int:
    """Reads the lines of a sailor, then what the next process finds; returns the size."""
    lines = [line.split() for line in promised.splitlines()]
    entries = [int(line[1]) for line in lines if line[0] == "entry"]
    signed = {int(line[1]): bytes.fromhex(line[2]) for line in lines if line[0] == "signed"}
    shown = examine_shown(path)
    assert shown >= max(signed, default=0)
    with opened(path) as log:
        assert log.size > max(entries, default=-1)
        assert all(log.entry(place) == entry_at(place) for place in range(log.size))
        assert all(log._tree.root(size) == root for size, root in signed.items())
        log.append([entry_at(log.size)])
        log.publish()
        size = log.size
    assert examine_shown(path) == size
    assert not fsck(path).faults, [fault.text for fault in fsck(path).faults]
    return size
