"""The kept checkpoint of tests/vectors/tlog: forms that were valid once stay valid, byte by byte."""

from pathlib import Path

import pytest

from plimsoll.engines.tlog import checkpoint, cosignature, keys, merkle, note
from plimsoll.kernel.errors import PlimsollError, Untrusted

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "tlog"
KEYS = keys.parse_verifiers((VECTORS / "keys.txt").read_bytes())
LOG, WITNESS = KEYS[:2], KEYS[2:]
NOTES = sorted(VECTORS.glob("*.note"))


@pytest.mark.parametrize("file", NOTES, ids=lambda f: f.stem)
def test_the_kept_checkpoint_holds_for_all_keys_that_signed_it(file: Path) -> None:
    raw = file.read_bytes()
    state = checkpoint.open_checkpoint(raw, *LOG)
    assert state.root == merkle.root(merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(300))
    parsed = note.parse_note(raw)
    assert parsed.serialised == raw
    times = [
        cosignature.cosignature_time(state, line, key) for key in KEYS[1:] for line in parsed.lines_by(key)
    ]
    if file.stem == "by-plimsoll":
        assert times == [1_790_000_000, 1_790_000_060, 1_790_000_060]
    else:
        assert len(times) == 2
        assert all(1_795_000_000 < time < 1_796_000_000 for time in times)


@pytest.mark.parametrize("file", NOTES, ids=lambda f: f.stem)
def test_a_changed_byte_in_any_line_of_the_kept_checkpoint_is_refused(file: Path) -> None:
    raw = file.read_bytes()
    for at in range(0, len(raw), 5):
        with pytest.raises(PlimsollError):
            opened_by_all(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], lines=raw.count(b"\xe2"))


def opened_by_all(raw: bytes, *, lines: int) -> None:
    """Opens the note with every key that may have signed it; Untrusted if a line is not one of theirs."""
    state = checkpoint.open_checkpoint(raw, *LOG)
    parsed = note.parse_note(raw)
    known = [(line, key) for key in WITNESS for line in parsed.lines_by(key)]
    for line, key in known:
        cosignature.cosignature_time(state, line, key)
    if len(known) + len(LOG) != lines:
        raise Untrusted("a line is by none of the keys")


def test_the_keys_are_in_their_canonical_form() -> None:
    text = (VECTORS / "keys.txt").read_text()
    assert "".join(f"{key}\n" for key in KEYS) == text
    assert [key.type.value for key in KEYS] == [1, 6, 4, 6]
