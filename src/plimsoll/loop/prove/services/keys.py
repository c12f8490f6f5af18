"""Trusts and revokes the public keys that sign evidence."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from plimsoll.adapters.keys import load_or_create_key
from plimsoll.engines.statements.envelope import key_id
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.prove.models import Evidence, TrustedKey
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["attestation_key", "read_public_key", "revoke_key", "trust_key", "trusted_keys"]


def trust_key(*, actor: Actor, program_id: int, name: str, public_key: str) -> TrustedKey:
    """From now on statements signed by this Ed25519 key are accepted in the program."""
    actor.must("prove:key:trust", program_id)
    if actor.user_id is None:
        raise NotAllowed("A key is trusted by a person.")
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise BadInput(
            "The key needs a name of 1 to 80 characters.",
            hint="Say whose it is and where it is used.",
            data={"field": "name"},
        )
    key = read_public_key(public_key)
    with writing(program_id):
        if TrustedKey.objects.filter(program_id=program_id, key_id=key_id(key)).exists():
            raise Conflict(f"The key {key_id(key)} is registered already.", data={"field": "public_key"})
        row = TrustedKey.objects.create(
            program_id=program_id,
            name=name,
            key_id=key_id(key),
            public_key=base64.b64encode(key.public_bytes_raw()).decode(),
            added_by_id=actor.user_id,
            added_at=clock.now(),
        )
        append(
            kind=EventKind.KEY_TRUSTED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/key:{row.key_id}",
            payload={"name": name},
            program_id=program_id,
            records=[row],
        )
    return row


def read_public_key(text: str) -> Ed25519PublicKey:
    """The key in base64 of its 32 raw bytes, or in PEM; BadInput for anything else."""
    stripped = text.strip()
    try:
        if stripped.startswith("-----BEGIN"):
            loaded = serialization.load_pem_public_key(stripped.encode())
            if isinstance(loaded, Ed25519PublicKey):
                return loaded
            raise ValueError(stripped)
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(stripped, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise BadInput(
            "This is not an Ed25519 public key.",
            hint="Paste what `plimsoll key show` prints: 44 characters of base64.",
            data={"field": "public_key"},
        ) from error


def revoke_key(*, actor: Actor, program_id: int, key_row_id: int) -> TrustedKey:
    """From now on nothing counts that this key signed, before or after; what it signed stays readable.

    Whoever holds a key that cannot be believed could have dated a statement as they liked. A key that
    is merely replaced is left to rest until its evidence has expired.
    """
    actor.must("prove:key:trust", program_id)
    with writing(program_id):
        changed = TrustedKey.objects.filter(pk=key_row_id, program_id=program_id, revoked_at=None).update(
            revoked_at=clock.now()
        )
        row = TrustedKey.objects.filter(pk=key_row_id, program_id=program_id).first()
        if row is None:
            raise NotFound("There is no such key.")
        if changed != 1:
            raise Conflict(f"The key {row.key_id} was revoked already.")
        append(
            kind=EventKind.KEY_REVOKED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/key:{row.key_id}",
            payload={
                "name": row.name,
                "systems": sorted(
                    Evidence.objects.filter(program_id=program_id, key_id=row.key_id)
                    .order_by()
                    .values_list("system_id", flat=True)
                    .distinct()
                ),
            },
            program_id=program_id,
            records=[row],
        )
    return row


def attestation_key() -> Ed25519PrivateKey:
    """The key of this installation that signs what people attest on pages; made on first use."""
    key, _ = load_or_create_key(
        settings.PLIMSOLL_KEYS / "attestations.pem", passphrase=settings.PLIMSOLL_KEY_PASSPHRASE
    )
    return key


def trusted_keys(program_id: int) -> dict[str, Ed25519PublicKey]:
    """Key id → key, without the revoked ones."""
    rows = TrustedKey.objects.filter(program_id=program_id, revoked_at=None)
    return {row.key_id: Ed25519PublicKey.from_public_bytes(base64.b64decode(row.public_key)) for row in rows}
