"""Private keys and secrets in files that only their owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from plimsoll.kernel.errors import BadInput, Untrusted

__all__ = [
    "load_key",
    "load_mldsa_key",
    "load_or_create_key",
    "load_or_create_mldsa_key",
    "load_or_create_secret",
    "write_private",
]

_SHORTEST_SECRET = 50
"""Characters; Django asks for as many."""


def load_or_create_key(path: Path, *, passphrase: str = "") -> tuple[Ed25519PrivateKey, bool]:
    """The Ed25519 key in `path`, and whether it was made just now.

    A new key is written as PKCS #8 PEM with mode 0600, encrypted if a passphrase is given. Untrusted
    if the file may be read by others; BadInput if it holds no such key.
    """
    if path.exists():
        return load_key(path, passphrase=passphrase), False
    key = Ed25519PrivateKey.generate()
    if not _write_key(path, key, passphrase):
        return load_key(path, passphrase=passphrase), False
    return key, True


def load_or_create_mldsa_key(path: Path, *, passphrase: str = "") -> tuple[MLDSA44PrivateKey, bool]:
    """The ML-DSA-44 key in `path`, and whether it was made just now; form and errors as above."""
    if path.exists():
        return load_mldsa_key(path, passphrase=passphrase), False
    key = MLDSA44PrivateKey.generate()
    if not _write_key(path, key, passphrase):
        return load_mldsa_key(path, passphrase=passphrase), False
    return key, True


def load_key(path: Path, *, passphrase: str = "") -> Ed25519PrivateKey:
    """The Ed25519 key in `path`; errors as `load_or_create_key`, and BadInput if there is no file."""
    key = _read_key(path, passphrase, kind="an Ed25519 key")
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(f"{path.name} holds a key of another kind.", hint="Use an Ed25519 key.")
    return key


def load_mldsa_key(path: Path, *, passphrase: str = "") -> MLDSA44PrivateKey:
    """The ML-DSA-44 key in `path`; errors as `load_or_create_key`, and BadInput if there is no file."""
    key = _read_key(path, passphrase, kind="an ML-DSA-44 key")
    if not isinstance(key, MLDSA44PrivateKey):
        raise BadInput(f"{path.name} holds a key of another kind.", hint="Use an ML-DSA-44 key.")
    return key


def _write_key(path: Path, key: Ed25519PrivateKey | MLDSA44PrivateKey, passphrase: str) -> bool:
    """Whether the key was written; not if another process was first."""
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    try:
        write_private(path, pem)
    except FileExistsError:
        return False
    return True


def _read_key(path: Path, passphrase: str, *, kind: str) -> PrivateKeyTypes:
    _must_be_private(path)
    try:
        return serialization.load_pem_private_key(
            path.read_bytes(), password=passphrase.encode() if passphrase else None
        )
    except (ValueError, TypeError, OSError, UnsupportedAlgorithm) as error:
        raise BadInput(
            f"{path.name} cannot be read as a private key.",
            hint=f"It must be {kind} in PKCS #8 PEM form; check the passphrase.",
        ) from error


def load_or_create_secret(path: Path) -> str:
    """The random secret in `path` (50 bytes of randomness, URL-safe), made on first use with mode 0600.

    Untrusted if the file may be read by others; BadInput if it is empty, short or no text: a secret
    that can be guessed is worse than none.
    """
    if not path.exists():
        # Another process may be first; then its secret is read below.
        with contextlib.suppress(FileExistsError):
            write_private(path, secrets.token_urlsafe(50).encode())
    _must_be_private(path)
    secret = path.read_bytes().strip()
    if not secret.isascii() or len(secret) < _SHORTEST_SECRET:
        raise BadInput(
            f"{path.name} holds no secret of at least {_SHORTEST_SECRET} characters.",
            hint="Delete it; a new one is made at the next start, and everybody signs in again.",
        )
    return secret.decode("ascii")


def write_private(path: Path, content: bytes) -> None:
    """Writes a new file that only its owner may read; FileExistsError if there is one.

    The file appears whole or not at all, so that a second process never reads half a key.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(name)  # refuses to replace, where a rename would
    finally:
        Path(name).unlink()


def _must_be_private(path: Path) -> None:
    if not path.exists():
        raise BadInput(f"There is no file {path.name}.", hint=f"Looked for {path}.")
    if path.stat().st_mode & 0o077:
        raise Untrusted(f"{path.name} may be read by others.", hint=f"Run: chmod 600 {path}")
