import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.statements.envelope import PAYLOAD_TYPE, key_id, open_envelope, pae, seal
from plimsoll.kernel.canonical import canonical_bytes, digest_bytes
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from tests import shared

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(b"o" * 32)
TRUSTED = {key_id(KEY.public_key()): KEY.public_key()}
BOTH = {**TRUSTED, key_id(OTHER.public_key()): OTHER.public_key()}
BODY = b'{"a":"\xc3\xbc >>>???"}'  # base64 with + and /, and with padding
ENVELOPE = seal(BODY, KEY)


def signature(key: ed25519.Ed25519PrivateKey, body: bytes = BODY, **changes: Any) -> dict[str, Any]:
    made = {
        "keyid": key_id(key.public_key()),
        "sig": base64.b64encode(key.sign(pae(PAYLOAD_TYPE, body))).decode(),
    }
    return {**made, **changes}


def envelope(signatures: Any, **changes: Any) -> bytes:
    made = {"payload": base64.b64encode(BODY).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}
    return json.dumps({**made, **changes}).encode()


def test_the_signed_bytes_are_those_of_the_published_vector() -> None:
    vector = shared.json("vectors/dsse/dsse_vector.json")
    message = pae(vector["payloadType"], vector["body"].encode())
    assert message == vector["pae"].encode()
    # The vector is signed with ECDSA; that its signature holds over our bytes shows that they are right.
    public = ec.EllipticCurvePublicNumbers(int(vector["X"]), int(vector["Y"]), ec.SECP256R1()).public_key()
    raw = base64.b64decode(vector["envelope"]["signatures"][0]["sig"])
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, message, ec.ECDSA(hashes.SHA256()))


def test_the_signed_bytes_count_bytes_and_part_type_from_body() -> None:
    assert pae("", b"") == b"DSSEv1 0  0 "
    assert pae("ü", b"a b") == b"DSSEv1 2 \xc3\xbc 3 a b"
    assert pae("a", b"b 1 c") != pae("a 5 b", b"c")


@given(st.binary(max_size=200))
def test_what_is_sealed_is_opened_with_its_key(body: bytes) -> None:
    opened = open_envelope(seal(body, KEY), TRUSTED)
    assert (opened.body, opened.key_id) == (body, key_id(KEY.public_key()))


def test_a_key_is_named_by_the_digest_of_its_raw_bytes() -> None:
    assert key_id(KEY.public_key()) == digest_bytes(KEY.public_key().public_bytes_raw())[:16]


def test_a_changed_byte_anywhere_is_refused_or_changes_nothing_that_was_signed() -> None:
    harmless = set()
    for index in range(len(ENVELOPE)):
        for mask in (0x01, 0x04, 0x20, 0x80):
            changed = bytearray(ENVELOPE)
            changed[index] ^= mask
            try:
                opened = open_envelope(bytes(changed), TRUSTED)
            except PlimsollError:
                continue
            harmless.add(index)
            assert (opened.body, opened.key_id) == (BODY, key_id(KEY.public_key()))
    # Only the word "keyid" may be lost: the key id is a hint. All else is read and has one form.
    word = ENVELOPE.index(b'"keyid"')
    assert harmless <= set(range(word + 1, word + 6))


def test_a_changed_body_under_the_old_signature_is_not_trusted() -> None:
    forged = envelope([signature(KEY)], payload=base64.b64encode(BODY + b" ").decode())
    with pytest.raises(Untrusted, match="does not hold") as caught:
        open_envelope(forged, TRUSTED)
    assert key_id(KEY.public_key()) in caught.value.message


def test_the_payload_type_is_part_of_what_is_signed() -> None:
    relabelled = json.loads(seal(BODY, KEY, payload_type="text/plain"))
    relabelled["payloadType"] = PAYLOAD_TYPE
    with pytest.raises(Untrusted, match="does not hold"):
        open_envelope(json.dumps(relabelled).encode(), TRUSTED)


def test_another_payload_type_is_refused_and_named() -> None:
    with pytest.raises(BadInput, match="The envelope holds “text/plain”") as caught:
        open_envelope(seal(BODY, KEY, payload_type="text/plain"), TRUSTED)
    assert PAYLOAD_TYPE in caught.value.hint
    assert (
        open_envelope(seal(BODY, KEY, payload_type="text/plain"), TRUSTED, payload_type="text/plain").body
        == BODY
    )


def test_without_a_trusted_key_nothing_is_opened() -> None:
    for trusted in ({}, {key_id(OTHER.public_key()): OTHER.public_key()}):
        with pytest.raises(Untrusted, match="not signed by a key that is trusted here"):
            open_envelope(ENVELOPE, trusted)
    with pytest.raises(Untrusted, match="not signed by a key"):
        open_envelope(envelope([]), TRUSTED)


def test_a_borrowed_key_id_does_not_help() -> None:
    borrowed = signature(OTHER, keyid=key_id(KEY.public_key()))
    with pytest.raises(Untrusted, match="does not hold"):
        open_envelope(envelope([borrowed]), TRUSTED)


def test_one_trusted_signature_among_several_suffices() -> None:
    stranger = ed25519.Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    for signatures in (
        [signature(stranger), signature(KEY)],
        [signature(KEY), signature(stranger)],
        [signature(stranger, sig="AAAA"), signature(OTHER), signature(KEY)],
    ):
        assert open_envelope(envelope(signatures), TRUSTED).key_id == key_id(KEY.public_key())


def test_a_broken_signature_by_a_trusted_key_is_refused_even_beside_a_good_one() -> None:
    broken = signature(OTHER, body=b"something else")
    for signatures in ([broken, signature(KEY)], [signature(KEY), broken]):
        with pytest.raises(Untrusted, match="does not hold") as caught:
            open_envelope(envelope(signatures), BOTH)
        assert key_id(OTHER.public_key()) in caught.value.message


@pytest.mark.parametrize("left_out", [{"keyid": ""}, {"keyid": None}, "absent"])
def test_a_signature_without_key_id_is_tried_with_every_trusted_key(left_out) -> None:
    # DSSE, protocol.md: the key id is optional and only a hint.
    unnamed = signature(KEY) | (left_out if isinstance(left_out, dict) else {})
    if left_out == "absent":
        del unnamed["keyid"]
    assert open_envelope(envelope([unnamed]), BOTH).key_id == key_id(KEY.public_key())
    with pytest.raises(Untrusted, match="not signed by a key"):
        open_envelope(envelope([unnamed]), {key_id(OTHER.public_key()): OTHER.public_key()})


def test_base64_is_read_in_both_alphabets() -> None:
    url_safe = envelope(
        [signature(KEY, sig=base64.urlsafe_b64encode(KEY.sign(pae(PAYLOAD_TYPE, BODY))).decode())],
        payload=base64.urlsafe_b64encode(BODY).decode(),
    )
    assert b"-" in url_safe.split(b'"payload":')[1].split(b",")[0] or b"_" in url_safe
    assert open_envelope(url_safe, TRUSTED).body == BODY


@pytest.mark.parametrize(
    "payload",
    ["YQ", "YQ=", "YR==", "Y Q==", "YQ==\n", "YQ==YQ==", "ＹＱ==", "é", 5, None, ["YQ=="]],
)
def test_base64_in_any_but_its_one_form_is_refused(payload) -> None:
    for forged in (envelope([signature(KEY)], payload=payload), envelope([signature(KEY, sig=payload)])):
        with pytest.raises(BadInput, match="is not base64 text"):
            open_envelope(forged, TRUSTED)


def test_a_signature_of_the_wrong_length_does_not_hold() -> None:
    for raw in (b"", b"x" * 63, b"x" * 65, b"\x00" * 64):
        short = signature(KEY, sig=base64.b64encode(raw).decode())
        with pytest.raises(Untrusted, match="does not hold"):
            open_envelope(envelope([short]), TRUSTED)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"null", b"[]", b'"x"', b"5", b"{}", b'{"signatures": {}}',
        json.dumps({"payload": "", "signatures": []}).encode(),
        json.dumps({"payload": "", "payloadType": 5, "signatures": []}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        open_envelope(content, TRUSTED)
    assert "envelope" in caught.value.message
    assert "None" not in caught.value.message


@pytest.mark.parametrize("item", [5, None, "sig", ["keyid", "sig"]])
def test_a_signature_must_be_an_object(item) -> None:
    with pytest.raises(BadInput, match="not an object with keyid and sig"):
        open_envelope(envelope([item, signature(KEY)]), TRUSTED)


@pytest.mark.parametrize("keyid", [5, ["x"], {"a": 1}])
def test_a_key_id_must_be_text(keyid) -> None:
    with pytest.raises(BadInput, match="not an object with keyid and sig"):
        open_envelope(envelope([signature(KEY, keyid=keyid)]), TRUSTED)


def test_more_signatures_than_are_read_are_refused_instead_of_passed_over() -> None:
    strangers = [signature(ed25519.Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in range(16)]
    assert open_envelope(envelope([*strangers[1:], signature(KEY)]), TRUSTED).body == BODY
    with pytest.raises(BadInput, match="17 signatures"):
        open_envelope(envelope([*strangers, signature(KEY)]), TRUSTED)


def test_the_same_body_and_key_give_the_same_envelope() -> None:
    assert seal(BODY, KEY) == ENVELOPE == canonical_bytes(json.loads(ENVELOPE))
