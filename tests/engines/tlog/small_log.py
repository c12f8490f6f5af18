"""A log of seven entries and three witnesses, one of them with ML-DSA-44; always the same keys."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from plimsoll.engines.tlog import merkle
from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
from plimsoll.engines.tlog.cosignature import cosign
from plimsoll.engines.tlog.keys import KeyType, Signer
from plimsoll.engines.tlog.proof import Proof

ORIGIN = "log.example/one"
SEEN = 1_790_000_000
"""When the witnesses cosigned: 21 September 2026."""
ENTRIES = tuple(f"entry {n}".encode() for n in range(7))


def ed25519(name: str, seed: bytes, kind: KeyType = KeyType.ED25519) -> Signer:
    return Signer(name=name, type=kind, key=Ed25519PrivateKey.from_private_bytes(seed * 32))


LOG = ed25519(ORIGIN, b"1")
OTHER_LOG = ed25519(ORIGIN, b"2")
ALPHA = ed25519("alpha.example", b"a", KeyType.ED25519_COSIGNATURE)
BETA = ed25519("beta.example", b"b", KeyType.ED25519_COSIGNATURE)
GAMMA = Signer(name="gamma.example", type=KeyType.MLDSA44, key=MLDSA44PrivateKey.from_seed_bytes(b"c" * 32))
LOG_MLDSA = Signer(name=ORIGIN, type=KeyType.MLDSA44, key=MLDSA44PrivateKey.from_seed_bytes(b"3" * 32))


def checkpoint(size: int = len(ENTRIES), origin: str = ORIGIN) -> Checkpoint:
    return Checkpoint(origin=origin, size=size, root=merkle.root(leaves(size)))


def leaves(size: int = len(ENTRIES)) -> list[bytes]:
    return [merkle.leaf_hash(entry) for entry in ENTRIES[:size]]


def cosigned(*witnesses: Signer, size: int = len(ENTRIES), at: int = SEEN, log: Signer = LOG) -> bytes:
    """The signed checkpoint with the cosignatures of these witnesses."""
    state = checkpoint(size)
    note = sign_checkpoint(state, log).encode()
    return note + b"".join(cosign(state, witness, at).serialised for witness in witnesses)


def policy(quorum: str = "group both all alpha beta\nquorum both") -> bytes:
    """The log, alpha, beta and gamma, and this quorum."""
    return (
        f"log {LOG.verifier}\nwitness alpha {ALPHA.verifier}\nwitness beta {BETA.verifier}\n"
        f"witness gamma {GAMMA.verifier}\n{quorum}\n"
    ).encode()


def proof(index: int, *witnesses: Signer, size: int = len(ENTRIES), extra: bytes = b"") -> Proof:
    return Proof(
        index=index,
        path=merkle.inclusion_proof(leaves(size), index),
        note=cosigned(*witnesses, size=size),
        extra=extra,
    )
