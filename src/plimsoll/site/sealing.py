"""Fills in the ledger's vault: boxes as `adapters.vault` makes them, keys from the secret folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from plimsoll.adapters.vault import SealedFields, Vault
from plimsoll.adapters.vault_keys import Keyring, SubjectKey, load_or_create_keyring
from plimsoll.engines.tlog.fields import Field
from plimsoll.kernel.ids import Digest
from plimsoll.ledger import content
from plimsoll.ledger.content import SealedBox

__all__ = ["InstallationVault", "connect"]


def connect() -> None:
    """Called once, when the apps are ready."""
    content.use(InstallationVault())


class InstallationVault:
    """Keeps the wrapping keys that it has read, per folder, and looks again when one is not among them."""

    def __init__(self) -> None:
        self._rings: dict[str, Keyring] = {}

    def make_key(self, subject: str) -> bytes:
        # read anew: another process may have rotated, and a key that is to be destroyed must wrap nothing
        return Vault(self._read()).make_key(subject).wrapped

    def seal(
        self, payload: Mapping[str, Any], *, subject_of: Callable[[str], str], keys: Mapping[str, bytes]
    ) -> tuple[Digest, list[SealedBox]]:
        stored = {name: SubjectKey(subject=name, wrapped=wrapped) for name, wrapped in keys.items()}
        vault = Vault(self._ring_for(*stored.values()))
        commit, boxes = vault.seal_entry(payload, key_of=lambda name: stored[subject_of(name)])
        return commit, [SealedBox(subject=b.subject, digests=b.digests, box=b.box) for b in boxes]

    def open(self, sealed: SealedBox, *, wrapped: bytes, entry: Digest) -> tuple[Field, ...]:
        key = SubjectKey(subject=sealed.subject, wrapped=wrapped)
        return Vault(self._ring_for(key)).open_fields(
            key,
            entry=entry,
            sealed=SealedFields(subject=sealed.subject, digests=sealed.digests, box=sealed.box),
        )

    def _read(self) -> Keyring:
        folder = settings.PLIMSOLL_VAULT_KEYS
        ring = self._rings[str(folder)] = load_or_create_keyring(folder)
        return ring

    def _ring_for(self, *keys: SubjectKey) -> Keyring:
        """The wrapping keys, read anew if one that is needed is not among those read before."""
        ring = self._rings.get(str(settings.PLIMSOLL_VAULT_KEYS))
        if ring is None or any(key.wrapping not in ring.keys for key in keys):
            ring = self._read()
        return ring
