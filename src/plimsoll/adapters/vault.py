"""The vault: the content of entries, encrypted per subject, so that destroying a key erases a person.

Three layers. *Wrapping keys* lie in the installation's secret folder (`vault_keys`); the newest wraps.
A *subject key* (AES-256, random) belongs to one subject, such as person:7 or program:3, and is kept only
wrapped. A *box* holds the fields of one entry about one subject with their salts (AES-256-GCM). Boxes and
wrapped keys are bytes; the caller stores them, next to the digests of the fields, which stay after
an erasure.

Associated data binds a wrapped key to its subject, and a box to subject, entry (by its commitment) and
fields (by their digests): a box that is moved to another entry does not open.

What it does not do: it cannot make Python forget a key that was in memory, nor reach copies of boxes and
wrapped keys made before they were destroyed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plimsoll.adapters.vault_keys import ID_SIZE, KEY_SIZE, Keyring, SubjectKey
from plimsoll.engines.tlog import commitment
from plimsoll.engines.tlog.commitment import SALT_SIZE, commit_digests
from plimsoll.engines.tlog.fields import Field, split
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput, Conflict, Untrusted
from plimsoll.kernel.ids import Digest

__all__ = [
    "SealedFields",
    "SealedPayload",
    "Vault",
    "draw_fields",
]

_NONCE_SIZE = 12
_WRAP = b"plimsoll/vault/key/v1\n"
_FIELDS = b"plimsoll/vault/fields/v1\n"
_PAYLOAD = b"plimsoll/vault/payload/v1\n"
_SUBJECT = re.compile(r"[a-z]{1,20}:[A-Za-z0-9._-]{1,60}")


# ---------------------------------------------------------------- what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFields:
    """Fields of one entry (version 2) about one subject, as they are stored."""

    subject: str
    """Whose key opens the box."""
    digests: tuple[Digest, ...]
    """Digests of the fields in the box, ascending. They are kept when the box is destroyed."""
    box: bytes = field(repr=False)
    """Nonce (12 bytes) and encrypted fields with their salts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPayload:
    """The payload of one entry of version 1 with its salt, as it is stored."""

    subject: str
    """Whose key opens the box."""
    box: bytes = field(repr=False)
    """Nonce (12 bytes) and encrypted salt and payload."""


def draw_fields(values: Mapping[str, object]) -> tuple[Field, ...]:
    """The fields with fresh salts from the operating system, in the order given."""
    drawn = secrets.token_bytes(SALT_SIZE * len(values))
    return tuple(
        Field(name=name, value=value, salt=drawn[place * SALT_SIZE : (place + 1) * SALT_SIZE])
        for place, (name, value) in enumerate(values.items())
    )


# ---------------------------------------------------------------- the vault


@dataclass(frozen=True, slots=True)
class Vault:
    """Makes subject keys, seals content and opens it. It stores nothing."""

    keyring: Keyring

    def make_key(self, subject: str) -> SubjectKey:
        """A new key for the subject; BadInput if that is no pseudonym.

        One subject has one key at a time. After an erasure a new one may be made; it opens nothing older.
        """
        if not _SUBJECT.fullmatch(subject):
            raise BadInput("A subject of the vault is named by a pseudonym, such as person:7 or program:3.")
        return self._wrap(subject, secrets.token_bytes(KEY_SIZE))

    def rewrap(self, key: SubjectKey) -> SubjectKey:
        """The same key, wrapped with the current wrapping key; errors as `open_fields`."""
        return key if key.wrapping == self.keyring.current else self._wrap(key.subject, self._unwrap(key))

    def seal_entry(
        self, payload: Mapping[str, Any], *, key_of: Callable[[str], SubjectKey]
    ) -> tuple[Digest, tuple[SealedFields, ...]]:
        """What an entry of version 2 over this payload commits to, and its boxes, one per subject.

        `key_of` gives, for the name of a field, the key of the subject that it is about. Salts are drawn
        here. Errors as `seal_fields`; BadInput for a payload without canonical form.
        """
        fields = draw_fields(split(payload))
        entry = commit_digests(one.digest for one in fields)
        groups: dict[str, tuple[SubjectKey, list[Field]]] = {}
        for one in fields:
            key = key_of(one.name)
            groups.setdefault(key.subject, (key, []))[1].append(one)
        return entry, tuple(
            self.seal_fields(key, entry=entry, fields=group) for key, group in groups.values()
        )

    def seal_fields(self, key: SubjectKey, *, entry: Digest, fields: Collection[Field]) -> SealedFields:
        """The fields in a box that opens only with this key and for this entry.

        `entry` is the commitment that the entry carries. Untrusted if the key cannot be unwrapped.
        """
        digests = tuple(sorted(one.digest for one in fields))
        rows = [(one.name, one.salt.hex(), one.value) for one in fields]
        plain = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
        box = self._encrypt(key, plain, _about_fields(key.subject, entry, digests))
        return SealedFields(subject=key.subject, digests=digests, box=box)

    def open_fields(self, key: SubjectKey, *, entry: Digest, sealed: SealedFields) -> tuple[Field, ...]:
        """The fields in the box, in the order in which they were sealed.

        Untrusted if box, digests, subject or entry are not those that were sealed together; Conflict if
        the wrapping key that the subject key needs is gone.
        """
        plain = self._decrypt(key, sealed.box, _about_fields(sealed.subject, entry, sealed.digests))
        fields = tuple(
            Field(name=name, value=value, salt=bytes.fromhex(salt)) for name, salt, value in json.loads(plain)
        )
        if tuple(sorted(one.digest for one in fields)) != sealed.digests:
            raise Untrusted(f"A box about {sealed.subject} holds other fields than it says.")
        return fields

    def erase_fields(
        self, key: SubjectKey, *, entry: Digest, sealed: SealedFields, names: Collection[str]
    ) -> tuple[SealedFields | None, tuple[Digest, ...]]:
        """What stays when the named fields are destroyed, and the digests of those.

        The caller replaces the old box, or deletes it if nothing stays (None), and keeps the digests.
        BadInput if the box has no such field; other errors as `open_fields`.
        """
        fields = self.open_fields(key, entry=entry, sealed=sealed)
        unknown = sorted(set(names) - {one.name for one in fields})
        if unknown or not names:
            raise BadInput(
                f"The box has no field “{unknown[0][:80]}”." if unknown else "No field is named.",
                hint="It has " + ", ".join(sorted(one.name for one in fields)[:20]) + ".",
            )
        kept = [one for one in fields if one.name not in names]
        gone = tuple(sorted(one.digest for one in fields if one.name in names))
        return (self.seal_fields(key, entry=entry, fields=kept) if kept else None), gone

    def seal_payload(self, key: SubjectKey, *, entry: Digest, payload: bytes, salt: bytes) -> SealedPayload:
        """The payload of an entry of version 1 (its exact bytes) and its salt in a box, for migration.

        Untrusted if they are not what the entry commits to: a damaged payload is not hidden in the vault.
        """
        if commitment.commit(payload, salt) != entry:
            raise Untrusted("The payload is not the one that its entry commits to.")
        box = self._encrypt(key, salt + payload, _about_payload(key.subject, entry))
        return SealedPayload(subject=key.subject, box=box)

    def open_payload(self, key: SubjectKey, *, entry: Digest, sealed: SealedPayload) -> tuple[bytes, bytes]:
        """Payload and salt of an entry of version 1; errors as `open_fields`."""
        plain = self._decrypt(key, sealed.box, _about_payload(sealed.subject, entry))
        return plain[SALT_SIZE:], plain[:SALT_SIZE]

    # ------------------------------------------------------------ AES-256-GCM

    def _wrap(self, subject: str, secret: bytes) -> SubjectKey:
        name = self.keyring.current
        nonce = secrets.token_bytes(_NONCE_SIZE)
        sealed = AESGCM(self.keyring.keys[name]).encrypt(nonce, secret, _WRAP + subject.encode())
        return SubjectKey(subject=subject, wrapped=name + nonce + sealed)

    def _unwrap(self, key: SubjectKey) -> bytes:
        wrapping = self.keyring.keys.get(key.wrapping)
        if wrapping is None:
            raise Conflict(
                f"The key of {key.subject} needs the wrapping key {key.wrapping.hex()}, which is gone.",
                hint="Restore the file vault-NNNN.key from a backup of the secret folder.",
            )
        nonce, sealed = key.wrapped[ID_SIZE:][:_NONCE_SIZE], key.wrapped[ID_SIZE + _NONCE_SIZE :]
        with suppress(InvalidTag, ValueError):
            return AESGCM(wrapping).decrypt(nonce, sealed, _WRAP + key.subject.encode())
        raise Untrusted(f"The key of {key.subject} was changed, or belongs to another subject.")

    def _encrypt(self, key: SubjectKey, plain: bytes, about: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + AESGCM(self._unwrap(key)).encrypt(nonce, plain, about)

    def _decrypt(self, key: SubjectKey, box: bytes, about: bytes) -> bytes:
        cipher = AESGCM(self._unwrap(key))
        with suppress(InvalidTag, ValueError):
            return cipher.decrypt(box[:_NONCE_SIZE], box[_NONCE_SIZE:], about)
        raise Untrusted(
            f"A box about {key.subject} does not open.",
            hint="It was changed, belongs to another entry, or its subject's key was made anew.",
        )


def _about_fields(subject: str, entry: Digest, digests: tuple[Digest, ...]) -> bytes:
    return _FIELDS + canonical_bytes([subject, entry, digests])


def _about_payload(subject: str, entry: Digest) -> bytes:
    return _PAYLOAD + canonical_bytes([subject, entry])
