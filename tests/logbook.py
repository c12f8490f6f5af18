"""A small log with its operator's keys, as honest or dishonest as a test wants it, and witnesses' keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from plimsoll.adapters.witness_folder import WitnessFolder
from plimsoll.adapters.witness_server import WitnessServer
from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import consistency_proof, leaf_hash, root
from plimsoll.engines.tlog.witness import AddCheckpoint

ORIGIN = "log.example.org/halyard"


def signer(name: str, type: KeyType = KeyType.ED25519, *, seed: int = 1) -> Signer:
    """The same key for the same seed."""
    raw = bytes([seed, type]) * 16
    key = (
        MLDSA44PrivateKey.from_seed_bytes(raw)
        if type is KeyType.MLDSA44
        else Ed25519PrivateKey.from_private_bytes(raw)
    )
    return Signer(name=name, type=type, key=key)


def witness_signers(name: str, *, seed: int = 50) -> tuple[Signer, ...]:
    """The two keys of a witness."""
    return tuple(signer(name, type, seed=seed) for type in (KeyType.ED25519_COSIGNATURE, KeyType.MLDSA44))


@dataclass
class Logbook:
    """Entries and the keys to sign them; `entries` may be changed behind everybody's back."""

    entries: list[bytes] = field(default_factory=list)
    origin: str = ORIGIN
    signers: tuple[Signer, ...] = ()

    def __post_init__(self) -> None:
        self.signers = self.signers or (
            signer(self.origin),
            signer(self.origin, KeyType.MLDSA44),
        )

    @classmethod
    def of(cls, size: int) -> Logbook:
        return cls(entries=[b"entry %d" % number for number in range(size)])

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        return tuple(each.verifier for each in self.signers)

    def leaves(self, size: int | None = None) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.entries[:size]]

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        leaves = self.leaves(size)
        return Checkpoint(origin=self.origin, size=len(leaves), root=root(leaves))

    def note(self, size: int | None = None, *, by: Sequence[Signer] = ()) -> bytes:
        return sign_checkpoint(self.checkpoint(size), *(by or self.signers), at=1).encode()

    def proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        leaves = self.leaves(new)
        return () if old in (0, len(leaves)) else consistency_proof(leaves, old)

    def request(self, old: int, new: int | None = None) -> bytes:
        return AddCheckpoint(old_size=old, proof=self.proof(old, new), note=self.note(new)).serialised


@contextmanager
def serving(witness: WitnessFolder, *, now: Callable[[], int], **more: Any) -> Iterator[WitnessServer]:
    """The witness on a free port of this machine, for as long as the block runs."""
    said: list[str] = []
    server = WitnessServer(("127.0.0.1", 0), witness, now=now, say=said.append, **more)
    server.said = said  # type: ignore[attr-defined] # for tests only
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
