"""Logs for tests: a signer of a fixed seed, and small logs whose pieces are small too."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.tlog.storage import Log

ORIGIN = "example.org/log"
SIGNER = Signer(name=ORIGIN, key=Ed25519PrivateKey.from_private_bytes(bytes(32)))


def sign(checkpoint: Checkpoint) -> bytes:
    return sign_checkpoint(checkpoint, SIGNER).encode()


def opened(path: Path) -> Log:
    return Log.open(path, origin=ORIGIN, sign=sign)


def entry(number: int) -> bytes:
    """Entries of different lengths, none among them."""
    return f"entry {number} ".encode() * (number % 5)


def entries(low: int, high: int) -> list[bytes]:
    return [entry(number) for number in range(low, high)]


def files(path: Path) -> dict[str, bytes]:
    """Every file below the path with its bytes."""
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}
