"""A small log with its operator's keys, as honest or dishonest as a test wants it, and witnesses' keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from plimsoll.adapters.witness_folder import WitnessFolder, make_witness, trust_log
from plimsoll.adapters.witness_server import WitnessServer
from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.merkle import consistency_proof, leaf_hash, root
from plimsoll.engines.tlog.policy import Policy, parse_policy
from plimsoll.engines.tlog.witness import AddCheckpoint

ORIGIN = "log.example.org/halyard"
NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())


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


def policy(*lines: str, quorum: str = "none") -> Policy:
    return parse_policy("".join(f"{line}\n" for line in (*lines, f"quorum {quorum}")).encode())


@contextmanager
def witnessed(
    place: Path, log: Logbook, count: int, *, quorum: int = 0, now: Callable[[], int] = lambda: AT
) -> Iterator[tuple[list[WitnessFolder], Policy]]:
    """So many witnesses that listen and trust the log, and the policy that asks for `quorum` or most of them.

    Each has two keys; both must have cosigned for it to count.
    """
    with ExitStack() as stack:
        folders, lines, groups = [], [], []
        for name in (f"w{number}" for number in range(1, count + 1)):
            keys = make_witness(place / name, f"{name}.example")
            for key in log.verifiers:
                trust_log(place / name, key)
            folders.append(WitnessFolder.open(place / name))
            server = stack.enter_context(serving(folders[-1], now=now))
            url = f"http://127.0.0.1:{server.server_port}"
            lines += [f"witness {name}-ed {keys[0]} {url}", f"witness {name}-pq {keys[1]} {url}"]
            groups.append(f"group {name} all {name}-ed {name}-pq")
        names = " ".join(f"w{number}" for number in range(1, count + 1))
        most = f"group enough {quorum or count // 2 + 1} {names}"
        yield folders, policy(f"log {log.verifiers[0]}", *lines, *groups, most, quorum="enough")
