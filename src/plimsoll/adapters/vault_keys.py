"""The wrapping keys of the vault: files in the secret folder, their rotation and retirement."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plimsoll.adapters.keys import load_or_create_secret
from plimsoll.kernel.errors import BadInput, Conflict

__all__ = [
    "Keyring",
    "SubjectKey",
    "load_or_create_keyring",
    "retire_wrapping_keys",
    "rotate_wrapping_key",
]

KEY_SIZE = 32
"""Bytes of every key here."""
ID_SIZE = 8
"""Bytes that name a wrapping key."""
_FILE = re.compile(r"vault-([0-9]{4})\.key")
_LAST_FILE = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The wrapping keys of an installation."""

    keys: dict[bytes, bytes] = field(repr=False)
    """Eight bytes that name it → key; nothing here prints them."""
    current: bytes
    """Name of the key that wraps; the others only unwrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectKey:
    """The key of one subject as it is stored: wrapped. Destroying it erases all boxes about the subject."""

    subject: str
    """Pseudonym that the boxes are about, such as person:7 or program:3."""
    wrapped: bytes = field(repr=False)
    """Name of the wrapping key (8 bytes), nonce (12), encrypted key (48)."""

    @property
    def wrapping(self) -> bytes:
        """Name of the wrapping key that it needs."""
        return self.wrapped[:ID_SIZE]


def load_or_create_keyring(folder: Path) -> Keyring:
    """The wrapping keys in `folder` (vault-0001.key and so on), the first made now if there is none.

    Untrusted if a file may be read by others; BadInput if one holds no key.
    """
    return _read(folder, _files(folder) or [folder / "vault-0001.key"])


def rotate_wrapping_key(folder: Path) -> Keyring:
    """The wrapping keys with a new one, which wraps from now on; older ones still unwrap.

    Afterwards every subject key is to be wrapped anew (`Vault.rewrap`), then the older wrapping keys are
    to be destroyed (`retire_wrapping_keys`). Conflict if there is no number left.
    """
    files = _files(folder)
    newest = int(_FILE.fullmatch(files[-1].name)[1]) if files else 0  # type: ignore[index] # _files matched
    if newest == _LAST_FILE:
        raise Conflict("The vault has no number left for another wrapping key.")
    return _read(folder, [*files, folder / f"vault-{newest + 1:04}.key"])


def retire_wrapping_keys(folder: Path, keys: Iterable[SubjectKey]) -> Keyring:
    """The newest wrapping key alone; the files of the older ones are deleted.

    `keys` are all subject keys of the installation. Conflict, and nothing is deleted, if one of them
    still needs an older wrapping key.
    """
    ring = load_or_create_keyring(folder)
    for key in keys:
        if key.wrapping != ring.current:
            raise Conflict(
                f"The key of {key.subject} is still wrapped with an older wrapping key.",
                hint="Wrap every subject key anew first.",
            )
    for path in _files(folder)[:-1]:
        path.unlink(missing_ok=True)
    return load_or_create_keyring(folder)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))


def _read(folder: Path, files: list[Path]) -> Keyring:
    keys: dict[bytes, bytes] = {}
    for path in files:
        key = _derived(path)
        keys[hashlib.sha256(b"plimsoll/vault/wrapping-key-id/v1\n" + key).digest()[:ID_SIZE]] = key
    return Keyring(keys=keys, current=list(keys)[-1])


def _derived(path: Path) -> bytes:
    try:
        secret = load_or_create_secret(path)
    except BadInput as error:
        raise BadInput(
            error.message,
            hint="Restore it from a backup of the secret folder: without it the vault cannot be read.",
        ) from error
    derivation = HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=b"plimsoll/vault/wrapping/v1")
    return derivation.derive(secret.encode())
