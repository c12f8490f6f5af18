import base64
import hashlib
import json
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, cosignature, keys, merkle, note
from plimsoll.engines.tlog.keys import KeyType
from plimsoll.kernel.errors import BadInput, Untrusted
from tests import shared

STATE = checkpoint.Checkpoint(origin="log.example/one", size=20852163, root=b"r" * 32)
ED25519 = keys.Signer(
    name="witness.example/w1",
    type=KeyType.ED25519_COSIGNATURE,
    key=Ed25519PrivateKey.from_private_bytes(b"4" * 32),
)
MLDSA44 = keys.Signer(
    name="witness.example/w1", type=KeyType.MLDSA44, key=MLDSA44PrivateKey.from_seed_bytes(b"6" * 32)
)
COSIGNERS = [ED25519, MLDSA44]
AT = 1_790_000_000
LINES = {signer.type: cosignature.cosign(STATE, signer, AT) for signer in COSIGNERS}


def message_of(kind: KeyType, at: int, state: checkpoint.Checkpoint = STATE) -> bytes:
    """What the standard says is signed, written down a second time."""
    if kind is KeyType.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {at}\n".encode() + state.body
    name, origin = b"witness.example/w1", state.origin.encode()
    return struct.pack(
        f">12sB{len(name)}sQB{len(origin)}sQQ32s",
        b"subtree/v1\n\0",
        len(name),
        name,
        at,
        len(origin),
        origin,
        0,
        state.size,
        state.root,
    )


@pytest.mark.parametrize("signer", COSIGNERS, ids=lambda s: s.type.name)
def test_a_cosignature_is_a_time_and_a_signature_over_the_standards_message(signer: keys.Signer) -> None:
    line = LINES[signer.type]
    assert len(base64.b64decode(line.serialised.split(b" ")[2])) == (76 if signer is ED25519 else 2432)
    assert line.blob[:8] == AT.to_bytes(8, "big")
    assert signer.verifier.verify(message_of(signer.type, AT), line.blob[8:])
    assert cosignature.cosignature_time(STATE, line, signer.verifier) == AT


def test_the_bytes_of_our_own_cosignature_never_change() -> None:
    assert LINES[KeyType.ED25519_COSIGNATURE].serialised.decode() == (
        "\u2014 witness.example/w1 XPIkEgAAAABqsTuAssEjywTXOnNYV5y8JSr/X6DfA3ZdTgQfjexOL+dK8LBpP/nBi8ptD3"
        "Ned+hQ6BmI6U3n1GqVkkpcG7SPfCfDBA==\n"
    )


@pytest.mark.parametrize("signer", COSIGNERS, ids=lambda s: s.type.name)
def test_every_changed_byte_of_a_cosignature_is_refused(signer: keys.Signer) -> None:
    blob = LINES[signer.type].blob
    for at in range(0, len(blob), 1 if signer is ED25519 else 11):
        for changed in (
            blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :],
            blob[:at],
            blob + blob[at : at + 1],
        ):
            line = note.SignatureLine(name=signer.name, key_id=signer.verifier.key_id, blob=changed)
            with pytest.raises(Untrusted, match="does not hold"):
                cosignature.cosignature_time(STATE, line, signer.verifier)


@pytest.mark.parametrize("signer", COSIGNERS, ids=lambda s: s.type.name)
def test_a_cosignature_holds_for_no_other_checkpoint(signer: keys.Signer) -> None:
    for other in (
        checkpoint.Checkpoint(origin="log.example/two", size=STATE.size, root=STATE.root),
        checkpoint.Checkpoint(origin=STATE.origin, size=STATE.size + 1, root=STATE.root),
        checkpoint.Checkpoint(origin=STATE.origin, size=STATE.size, root=b"s" * 32),
    ):
        with pytest.raises(Untrusted, match=f"this checkpoint of {other.origin}"):
            cosignature.cosignature_time(other, LINES[signer.type], signer.verifier)


@pytest.mark.parametrize("signer", COSIGNERS, ids=lambda s: s.type.name)
@pytest.mark.parametrize("change", [{"name": "witness.example/w2"}, {"key_id": b"none"}])
def test_a_line_of_another_key_is_not_the_witnesss(signer: keys.Signer, change: dict) -> None:
    line = LINES[signer.type]
    fields = {"name": line.name, "key_id": line.key_id, "blob": line.blob, **change}
    with pytest.raises(Untrusted, match="is not by"):
        cosignature.cosignature_time(STATE, note.SignatureLine(**fields), signer.verifier)


def test_only_mldsa_covers_the_name_of_the_cosigner() -> None:
    for signer, covered in ((ED25519, False), (MLDSA44, True)):
        other = keys.Verifier(name="witness.example/w2", type=signer.type, public=signer.verifier.public)
        line = note.SignatureLine(name=other.name, key_id=other.key_id, blob=LINES[signer.type].blob)
        if covered:
            with pytest.raises(Untrusted):
                cosignature.cosignature_time(STATE, line, other)
        else:
            assert cosignature.cosignature_time(STATE, line, other) == AT


@given(st.integers(1, cosignature.LATEST), st.sampled_from(COSIGNERS))
def test_any_time_in_range_comes_back(at: int, signer: keys.Signer) -> None:
    line = cosignature.cosign(STATE, signer, at)
    assert cosignature.cosignature_time(STATE, line, signer.verifier) == at


def test_no_time_is_said_by_mldsa_only() -> None:
    assert cosignature.cosignature_time(STATE, cosignature.cosign(STATE, MLDSA44, 0), MLDSA44.verifier) == 0
    with pytest.raises(BadInput, match="cannot carry the time 0"):
        cosignature.cosign(STATE, ED25519, 0)
    # A line that says 1970 and is truly signed is no statement that this standard knows.
    blob = bytes(8) + ED25519.sign(message_of(ED25519.type, 0))
    line = note.SignatureLine(name=ED25519.name, key_id=ED25519.verifier.key_id, blob=blob)
    with pytest.raises(Untrusted):
        cosignature.cosignature_time(STATE, line, ED25519.verifier)


@pytest.mark.parametrize("signer", COSIGNERS, ids=lambda s: s.type.name)
def test_a_time_out_of_range_is_neither_signed_nor_accepted(signer: keys.Signer) -> None:
    for at in (-1, 2**63):
        with pytest.raises(BadInput, match="cannot carry the time"):
            cosignature.cosign(STATE, signer, at)
    blob = (2**63).to_bytes(8, "big") + signer.sign(message_of(signer.type, 2**63))
    line = note.SignatureLine(name=signer.name, key_id=signer.verifier.key_id, blob=blob)
    with pytest.raises(Untrusted):
        cosignature.cosignature_time(STATE, line, signer.verifier)


def test_a_logs_own_ed25519_key_does_not_cosign() -> None:
    log = keys.Signer(name=STATE.origin, key=ED25519.key)
    with pytest.raises(BadInput, match=r"type 0x01\), not cosignatures"):
        cosignature.cosign(STATE, log, AT)
    line = note.SignatureLine(name=log.name, key_id=log.verifier.key_id, blob=bytes(72))
    with pytest.raises(BadInput, match="not cosignatures") as caught:
        cosignature.cosignature_time(STATE, line, log.verifier)
    assert "0x04 or 0x06" in caught.value.hint


def test_names_and_origins_above_255_bytes_have_no_mldsa_cosignature() -> None:
    longest = checkpoint.Checkpoint(origin="o" * 255, size=1, root=b"r" * 32)
    line = cosignature.cosign(longest, MLDSA44, AT)
    assert cosignature.cosignature_time(longest, line, MLDSA44.verifier) == AT
    longer = checkpoint.Checkpoint(origin="\u00f6" * 128, size=1, root=b"r" * 32)
    with pytest.raises(BadInput, match="has 256 bytes"):
        cosignature.cosign(longer, MLDSA44, AT)
    with pytest.raises(BadInput, match="has 256 bytes"):
        cosignature.cosignature_time(longer, LINES[KeyType.MLDSA44], MLDSA44.verifier)


# ---- outside vectors

SKYLIGHT = "vectors/filosottile-sunlight/cmd/skylight/testdata"


@pytest.mark.parametrize(
    "key_file", ["witness/witness.v0.json", "witness/mirror/mirror.v0.json", "witness2/witness.v0.json"]
)
def test_the_cosignatures_of_sunlight_hold_and_no_changed_byte_does(key_file: str) -> None:
    file = shared.path(SKYLIGHT) / key_file
    key = keys.parse_verifier(json.loads(file.read_text())["verifier_keys"][0])
    (stored,) = (f for f in file.parent.glob("*/checkpoint") if len(f.parent.name) == 64)
    parsed = note.parse_note(stored.read_bytes())
    assert parsed.serialised == stored.read_bytes()
    state = checkpoint.parse_checkpoint(parsed.body)
    (line,) = parsed.lines_by(key)
    assert key.type is KeyType.ED25519_COSIGNATURE
    assert cosignature.cosignature_time(state, line, key) == 1767139200
    for at in range(len(line.blob)):
        blob = line.blob[:at] + bytes([line.blob[at] ^ 1]) + line.blob[at + 1 :]
        changed = note.SignatureLine(name=line.name, key_id=line.key_id, blob=blob)
        with pytest.raises(Untrusted):
            cosignature.cosignature_time(state, changed, key)


def test_the_time_in_the_cosignature_of_another_project_is_read_where_it_stands() -> None:
    vector = shared.json("vectors/transparency-dev-formats/format_vectors.json")["cosignature_timestamp"]
    raw = b"\xe2\x80\x94 witness " + vector["sig_b64"].encode() + b"\n"
    (line,) = note.parse_signature_lines(raw)
    assert int.from_bytes(line.blob[:8], "big") == vector["unix_time"]


@pytest.mark.parametrize("name", ["verify_with_witness", "verify_no_cosignature"])
def test_the_proofs_of_sigsum_hold_and_fail_with_any_changed_digit(name: str) -> None:
    vector = shared.json("vectors/sigsum-go/sigsum_vectors.json")[name]
    proof = vector["proof"]
    assert sigsum_holds(proof, vector)
    for at in range(proof.index("size="), len(proof)):
        if proof[at] in "0123456789abcdef" and "=" in proof[proof.rindex("\n", 0, at) : at]:
            other = "1" if proof[at] == "0" else "0"
            assert not sigsum_holds(proof[:at] + other + proof[at + 1 :], vector), at


def sigsum_holds(proof: str, vector: dict) -> bool:
    """Whether log signature, inclusion and, if there is one, cosignature hold, by our functions."""
    lines = [line.split("=", 1) for line in proof.splitlines() if line]
    field = dict(lines)
    log = raw_key(vector["log_key"])
    origin = f"sigsum.org/v1/tree/{hashlib.sha256(log).hexdigest()}"
    size, root = int(field["size"]), bytes.fromhex(field["root_hash"])
    state = checkpoint.Checkpoint(origin=origin, size=size, root=root)
    checksum = hashlib.sha256(bytes.fromhex(vector["message_hex"])).digest()
    submit, submit_signature = (bytes.fromhex(part) for part in field["leaf"].split(" "))
    included = merkle.verify_inclusion(
        leaf=merkle.leaf_hash(checksum + submit_signature + submit),
        index=int(field["leaf_index"]),
        size=size,
        proof=[bytes.fromhex(value) for key, value in lines if key == "node_hash"],
        expected_root=root,
    )
    signed = keys.Verifier(name=origin, public=log).verify(state.body, bytes.fromhex(field["signature"]))
    return included and signed and sigsum_cosigned(state, field, vector)


def sigsum_cosigned(state: checkpoint.Checkpoint, field: dict[str, str], vector: dict) -> bool:
    if "witness_key" not in vector:
        return "cosignature" not in field
    witness = raw_key(vector["witness_key"])
    cosigner = keys.Verifier(name="witness", type=KeyType.ED25519_COSIGNATURE, public=witness)
    key_hash, time, signature = field["cosignature"].split(" ")
    blob = int(time).to_bytes(8, "big") + bytes.fromhex(signature)
    line = note.SignatureLine(name="witness", key_id=cosigner.key_id, blob=blob)
    try:
        cosignature.cosignature_time(state, line, cosigner)
    except Untrusted:
        return False
    return key_hash == hashlib.sha256(witness).hexdigest()


def raw_key(line: str) -> bytes:
    key = load_ssh_public_key(line.encode())
    assert isinstance(key, Ed25519PublicKey)
    return key.public_bytes_raw()
