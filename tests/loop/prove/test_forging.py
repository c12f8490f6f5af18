"""Evidence that is not what it says: wrong keys, changed bytes, and what even a trusted key may not say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.models import EvidenceSubject
from plimsoll.people import services as people
from tests.loop.prove.papers import push, rewritten, stored
from tests.voyages import DAY, Voyage

STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)


# ------------------------------------------------------------ keys and signatures


def test_a_statement_by_an_unknown_key_is_not_trusted(skiff: Voyage, clean_model: bytes) -> None:
    with pytest.raises(Untrusted, match="not signed by a key that is trusted here"):
        push(skiff, rewritten(clean_model, lambda s: s, key=STRANGER))
    assert stored() == 0


def test_the_stranger_cannot_borrow_the_name_of_a_trusted_key(skiff: Voyage, clean_model: bytes) -> None:
    forged = json.loads(rewritten(clean_model, lambda s: s, key=STRANGER))
    forged["signatures"][0]["keyid"] = json.loads(clean_model)["signatures"][0]["keyid"]
    with pytest.raises(Untrusted, match="does not hold: the statement was changed"):
        push(skiff, json.dumps(forged).encode())


def test_a_revoked_key_signs_nothing_new_and_what_it_signed_stays(skiff: Voyage, clean_model: bytes) -> None:
    (accepted,) = push(skiff, clean_model)
    key = selectors.keys_of(skiff.crew.actor("tess"), skiff.program_id)[0]
    services.revoke_key(actor=skiff.crew.actor("tess"), program_id=skiff.program_id, key_row_id=key.id)
    later = rewritten(clean_model, lambda s: s["predicate"].update(produced_at="2027-01-11T08:59:00Z"))
    with pytest.raises(Untrusted, match="not signed by a key that is trusted here"):
        push(skiff, later)
    assert stored() == 1
    assert selectors.envelope_of(skiff.crew.actor("odile"), skiff.program_id, accepted.ref) == clean_model


def test_a_key_that_another_program_trusts_counts_for_nothing_here(skiff: Voyage, clean_model: bytes) -> None:
    tess = skiff.crew.actor("tess")
    people.open_program(actor=tess, name="Sextant")
    elsewhere = people.open_program(actor=skiff.crew.actor("dev"), name="Compass")
    with pytest.raises(Untrusted):
        services.accept_statement(
            actor=skiff.crew.actor("dev"), program_id=elsewhere.pk, envelope=clean_model
        )


def test_a_changed_byte_anywhere_is_refused_or_changes_nothing_that_was_signed(
    skiff: Voyage, clean_model: bytes
) -> None:
    """Every third byte in turn. The wrapping is not signed, so a few bytes there may change unnoticed;
    then it is the very same statement."""
    (first,) = push(skiff, clean_model)
    before = entry_count()
    harmless = 0
    for position in range(0, len(clean_model), 3):
        tampered = bytearray(clean_model)
        tampered[position] ^= 0x01
        try:
            (again,) = push(skiff, bytes(tampered))
        except PlimsollError:
            continue
        assert (again.ref, again.new) == (first.ref, False)
        harmless += 1
    assert (stored(), entry_count()) == (1, before)
    assert harmless <= 10


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{" * 5000,
        b'{"payload":"","payloadType":"x","signatures":[]}',
    ],
)
def test_what_is_no_envelope_is_refused_in_one_sentence(skiff: Voyage, rubbish: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        push(skiff, rubbish)
    assert caught.value.message.endswith(".")
    assert "Traceback" not in caught.value.sentence
    assert stored() == 0


# ------------------------------------------------------------ what a trusted key may still not say


def _predicate(**changes: object) -> Any:
    return lambda statement: statement["predicate"].update(changes)


def _recording(**changes: object) -> Any:
    return lambda statement: statement["predicate"]["recording"].update(changes)


def _other_subject(statement: dict[str, Any]) -> None:
    statement["subject"][0]["digest"]["sha256"] = "0" * 64


def _one_subject_more(statement: dict[str, Any]) -> None:
    statement["subject"].append({"name": "friend", "digest": {"sha256": "1" * 64}})


def _other_outcome(statement: dict[str, Any]) -> None:
    statement["predicate"]["result"].update(outcome="fail", answer="flagged")


def _other_answer(statement: dict[str, Any]) -> None:
    statement["predicate"]["result"].update(answer="not covered")


def _other_recorded_bytes(statement: dict[str, Any]) -> None:
    statement["predicate"]["recording"]["seen"]["files"][0]["sha256"] = "2" * 64


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            _predicate(produced_at="2027-01-11T09:05:01Z"),
            "The statement was made at 2027-01-11T09:05:01Z, which is still to come.",
        ),
        (
            _predicate(produced_at="2026-10-01T09:00:00Z", valid_until="2026-12-01T09:00:00Z"),
            "The statement expired at 2026-12-01T09:00:00Z.",
        ),
        (
            _predicate(valid_until="2027-01-11T09:00:00Z"),
            "The statement ends (valid_until) before it was made",
        ),
        (
            _predicate(valid_until="2027-04-11T09:00:01Z"),
            "The statement wants to hold longer than model-file evidence may.",
        ),
        (_other_subject, "The statement speaks of other subjects than its recording saw."),
        (_one_subject_more, "The statement speaks of other subjects than its recording saw."),
        (_other_outcome, "The statement claims another outcome than its recording gives (clean)."),
        (_other_answer, "The statement claims another outcome than its recording gives (clean)."),
        (
            _predicate(result="clean"),
            "The statement claims another outcome than its recording gives (clean).",
        ),
        (_other_recorded_bytes, "The files in the recording do not have the digest of its subject."),
        (
            _predicate(check={"id": "model-file", "version": "0.9"}),
            "The statement was made by version 0.9 of model-file.",
        ),
        (_predicate(check={"id": "horoscope", "version": "1"}), "There is no check “horoscope”."),
        (_predicate(check="model-file"), "The statement does not say which check made it"),
        (_predicate(parameters=[]), "The statement does not say which check made it"),
        (_predicate(parameters={"mercy": "1"}), "model-file has no parameter “mercy”."),
        (
            _predicate(check={"id": "fairness", "version": "1"}),
            "The recording belongs to another check than the statement names.",
        ),
        (_recording(check="fairness"), "The recording belongs to another check than the statement names."),
        (
            lambda statement: statement.update(predicateType="urn:plimsoll:attestation:v1"),
            "The statement is a “urn:plimsoll:attestation:v1”.",
        ),
        (lambda statement: statement.update(_type="https://example.org/v9"), "The payload is not an in-toto"),
        (lambda statement: statement.update(subject=[]), "The statement names no subject."),
    ],
)
def test_a_trusted_key_is_not_enough(skiff: Voyage, clean_model: bytes, change: Any, sentence: str) -> None:
    with pytest.raises(PlimsollError) as caught:
        push(skiff, rewritten(clean_model, change))
    assert caught.value.message.startswith(sentence)
    assert (stored(), EvidenceSubject.objects.count()) == (0, 0)


def test_five_minutes_of_clock_difference_and_the_full_validity_are_accepted(
    skiff: Voyage, clean_model: bytes
) -> None:
    early = rewritten(
        clean_model,
        _predicate(produced_at="2027-01-11T09:05:00Z", valid_until="2027-04-11T09:05:00Z"),
    )
    (accepted,) = push(skiff, early)
    assert accepted.new


def test_a_shorter_validity_than_the_check_allows_is_kept(skiff: Voyage, clean_model: bytes) -> None:
    (accepted,) = push(skiff, rewritten(clean_model, _predicate(valid_until="2027-01-12T09:00:00Z")))
    assert accepted.valid_until == DAY + timedelta(days=1)
