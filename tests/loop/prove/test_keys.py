"""Which public keys a program believes."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.engines.statements.envelope import key_id
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.models import TrustedKey
from plimsoll.loop.prove.services.keys import attestation_key, trusted_keys
from plimsoll.people.actors import Actor
from tests.personas import Crew
from tests.voyages import DAY, KEY, kinds_since

PUBLIC = KEY.public_key()
RAW = base64.b64encode(PUBLIC.public_bytes_raw()).decode()
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def pem(key: object) -> str:
    return key.public_bytes(serialization.Encoding.PEM, SPKI).decode()  # type: ignore[attr-defined,no-any-return]


def trust(crew: Crew, public_key: str = RAW, *, by: str = "tess", name: str = "CI of Keel") -> TrustedKey:
    return services.trust_key(
        actor=crew.actor(by), program_id=crew.program.pk, name=name, public_key=public_key
    )


def test_a_trusted_key_is_known_by_its_id_with_who_added_it_and_when(crew: Crew) -> None:
    before = entry_count()
    trust(crew, name="  CI   of Keel ")
    (row,) = selectors.keys_of(crew.actor("odile"), crew.program.pk)
    assert (row.name, row.key_id, row.public_key) == ("CI of Keel", key_id(PUBLIC), RAW)
    assert (row.added_by, row.added_at, row.revoked_at) == ("Tess Marsh", DAY, None)
    assert kinds_since(before) == ["prove:key:trusted"]
    assert trusted_keys(crew.program.pk).keys() == {key_id(PUBLIC)}


def test_a_key_may_also_come_as_pem(crew: Crew) -> None:
    assert trust(crew, f"\n{pem(PUBLIC)}\n").public_key == RAW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        base64.b64encode(b"short").decode(),
        base64.b64encode(b"x" * 33).decode(),
        RAW.replace("=", ""),
        "-----BEGIN PUBLIC KEY-----\nnot base64\n-----END PUBLIC KEY-----",
        pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
        pem(x25519.X25519PrivateKey.generate().public_key()),
        "é" * 44,
    ],
)
def test_what_is_no_ed25519_public_key_is_refused(crew: Crew, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        trust(crew, text)
    assert caught.value.message == "This is not an Ed25519 public key."
    assert caught.value.hint == "Paste what `plimsoll key show` prints: 44 characters of base64."
    assert caught.value.data == {"field": "public_key"}
    assert TrustedKey.objects.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "n" * 81])
def test_a_key_needs_a_name(crew: Crew, name: str) -> None:
    with pytest.raises(BadInput, match="The key needs a name of 1 to 80 characters"):
        trust(crew, name=name)


def test_a_key_is_registered_once_in_a_program_also_after_it_was_revoked(crew: Crew) -> None:
    row = trust(crew)
    for _ in range(2):
        with pytest.raises(Conflict, match=rf"The key {key_id(PUBLIC)} is registered already"):
            trust(crew, pem(PUBLIC), name="again")
        if row.revoked_at is None:
            row = services.revoke_key(actor=crew.actor("tess"), program_id=crew.program.pk, key_row_id=row.pk)


def test_a_key_is_revoked_once_and_then_counts_no_more(crew: Crew) -> None:
    row = trust(crew)
    before = entry_count()
    with frozen_at(DAY + timedelta(hours=1)):
        services.revoke_key(actor=crew.actor("tess"), program_id=crew.program.pk, key_row_id=row.pk)
    assert kinds_since(before) == ["prove:key:revoked"]
    (seen,) = selectors.keys_of(crew.actor("tess"), crew.program.pk)
    assert seen.revoked_at == DAY + timedelta(hours=1)
    assert trusted_keys(crew.program.pk) == {}
    with pytest.raises(Conflict, match=rf"The key {key_id(PUBLIC)} was revoked already"):
        services.revoke_key(actor=crew.actor("tess"), program_id=crew.program.pk, key_row_id=row.pk)
    with pytest.raises(NotFound, match="There is no such key"):
        services.revoke_key(actor=crew.actor("tess"), program_id=crew.program.pk, key_row_id=row.pk + 1)


@pytest.mark.parametrize("name", ["dev", "ada", "cal", "xan", "odile"])
def test_only_tpm_and_admin_say_which_keys_are_trusted(crew: Crew, name: str) -> None:
    row = trust(crew)
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(NotAllowed):
        trust(crew, base64.b64encode(other).decode(), by=name)
    with pytest.raises(NotAllowed):
        services.revoke_key(actor=crew.actor(name), program_id=crew.program.pk, key_row_id=row.pk)


def test_strangers_see_and_change_no_keys_and_rules_trust_none(crew: Crew) -> None:
    row = trust(crew)
    with pytest.raises(NotFound):
        selectors.keys_of(crew.actor("mallory"), crew.program.pk)
    with pytest.raises(NotFound):
        trust(crew, by="mallory")
    with pytest.raises(NotFound):
        services.revoke_key(actor=crew.actor("mallory"), program_id=crew.program.pk, key_row_id=row.pk)
    with pytest.raises(NotAllowed, match="A key is trusted by a person"):
        services.trust_key(actor=Actor.of_rule("time"), program_id=crew.program.pk, name="x", public_key=RAW)


def test_the_installation_keeps_one_key_for_what_people_attest(crew: Crew, home: object) -> None:
    first, second = attestation_key(), attestation_key()
    assert first.private_bytes_raw() == second.private_bytes_raw()
