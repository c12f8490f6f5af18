import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import keys, note
from plimsoll.engines.tlog.keys import KeyType
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from tests import shared

SIGNER = keys.Signer(name="log.example/one", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
OTHER = keys.Signer(name="log.example/one", key=Ed25519PrivateKey.from_private_bytes(b"2" * 32))
THIRD = keys.Signer(name="log.example/three", key=Ed25519PrivateKey.from_private_bytes(b"3" * 32))
COSIGNER = keys.Signer(
    name="witness.example/w1",
    type=KeyType.ED25519_COSIGNATURE,
    key=Ed25519PrivateKey.from_private_bytes(b"4" * 32),
)
BODY = "A text with a word in Ελληνικά,\n\nand an empty line.\n".encode()
SIGNED = note.sign_note(BODY, SIGNER).serialised
OURS = (
    "A text.\n\n"
    "\u2014 log.example/one bdRAc9+0AANjzDJok2B6UBq9rUv3xQ1oroeLYbUp5moDQ/CLgoYgIw2XQDWtOxLdyjHLmoUMGzfx"
    "X4+SD/jEjwz8/ws=\n"
    "\u2014 log.example/three rK2dMoXEwohw76i6pMoYKHOgH2vKV0DcKICZGRscVe25F4HKaCcwejnN/4CaKqwCdjwNBWxDRW"
    "Wa5jc3Vnkw+OkRVww=\n"
)


def test_a_note_comes_back_with_its_text_and_lines() -> None:
    opened = note.open_note(SIGNED, [SIGNER.verifier])
    assert opened.body == BODY
    assert opened.serialised == SIGNED
    assert [line.name for line in opened.signatures] == ["log.example/one"]
    assert opened.lines_by(SIGNER.verifier) == opened.signatures
    assert opened.lines_by(OTHER.verifier) == ()


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_note_with_any_changed_byte_is_refused(at: int, change: int) -> None:
    raw = bytearray(SIGNED)
    raw[at] ^= change
    with pytest.raises(PlimsollError):
        note.open_note(bytes(raw), [SIGNER.verifier])


def test_every_shortening_and_every_doubled_byte_of_a_note_is_refused() -> None:
    for at in range(len(SIGNED)):
        for changed in (SIGNED[:at], SIGNED[at + 1 :], SIGNED[:at] + SIGNED[at : at + 1] + SIGNED[at:]):
            with pytest.raises(PlimsollError):
                note.open_note(changed, [SIGNER.verifier])


@given(st.binary(max_size=200))
def test_what_parses_writes_itself_back_byte_by_byte(tail: bytes) -> None:
    for raw in (tail, BODY + b"\n" + tail, SIGNED + tail):
        try:
            parsed = note.parse_note(raw)
        except BadInput:
            continue
        assert parsed.serialised == raw


def test_lines_by_unknown_keys_are_ignored_even_with_a_known_name_or_key_id() -> None:
    key_id = SIGNER.verifier.key_id
    strange = [
        note.SignatureLine(name="log.example/one", key_id=bytes(4), blob=b"x"),
        note.SignatureLine(name="log.example/two", key_id=key_id, blob=b"x" * 64),
        note.SignatureLine(name="ключ", key_id=b"abcd", blob=b"y" * 3000),
    ]
    raw = SIGNED + b"".join(line.serialised for line in strange)
    assert len(note.open_note(raw, [SIGNER.verifier]).signatures) == 4


def test_a_note_without_a_signature_of_a_known_key_is_not_trusted() -> None:
    for verifiers in ([], [OTHER.verifier], [THIRD.verifier]):
        with pytest.raises(Untrusted, match="none of the given keys"):
            note.open_note(SIGNED, verifiers)


def test_one_failing_line_of_a_known_key_spoils_the_note() -> None:
    false = note.SignatureLine(name=OTHER.name, key_id=OTHER.verifier.key_id, blob=b"z" * 64)
    raw = SIGNED + false.serialised
    assert note.open_note(raw, [SIGNER.verifier]).body == BODY
    with pytest.raises(Untrusted, match=r"is not what log\.example/one signed"):
        note.open_note(raw, [SIGNER.verifier, OTHER.verifier])
    again = note.SignatureLine(name=SIGNER.name, key_id=SIGNER.verifier.key_id, blob=b"z" * 64)
    for order in (
        SIGNED + again.serialised,
        SIGNED.replace(b"\n\n\xe2", b"\n\n" + again.serialised + b"\xe2"),
    ):
        with pytest.raises(Untrusted):
            note.open_note(order, [SIGNER.verifier])


def test_the_same_line_twice_is_one_signature_and_no_fault() -> None:
    line = note.parse_note(SIGNED).signatures[0].serialised
    assert note.open_note(SIGNED + line, [SIGNER.verifier, SIGNER.verifier]).body == BODY


def test_two_keys_that_cannot_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys.Verifier, "key_id", property(lambda _self: b"same"))
    with pytest.raises(BadInput, match="cannot be told apart"):
        note.open_note(SIGNED, [SIGNER.verifier, OTHER.verifier])


def test_a_cosigners_key_signs_no_plain_note() -> None:
    with pytest.raises(BadInput, match=r"type 0x01"):
        note.sign_note(BODY, COSIGNER)
    with pytest.raises(BadInput, match="at least one key"):
        note.sign_note(BODY)
    line = note.SignatureLine(name=COSIGNER.name, key_id=COSIGNER.verifier.key_id, blob=COSIGNER.sign(BODY))
    with pytest.raises(Untrusted):
        note.open_note(SIGNED + line.serialised, [SIGNER.verifier, COSIGNER.verifier])


def test_a_note_may_have_a_hundred_signatures_and_no_more() -> None:
    lines = [note.SignatureLine(name=f"key{n}", key_id=bytes([n] * 4), blob=b"sig") for n in range(100)]
    many = note.Note(body=BODY, signatures=(*note.parse_note(SIGNED).signatures, *lines[:99]))
    assert len(note.open_note(many.serialised, [SIGNER.verifier]).signatures) == 100
    with pytest.raises(BadInput, match="more than 100 signature lines"):
        note.parse_note(many.serialised + lines[99].serialised)


def test_a_note_may_have_a_million_bytes_and_no_more() -> None:
    line = SIGNED[len(BODY) + 1 :]
    text = b"x" * (note.MAX_NOTE - len(line) - 2) + b"\n"
    assert note.parse_note(text + b"\n" + line).body == text
    with pytest.raises(BadInput, match="1,000,000 bytes"):
        note.parse_note(b"x" + text + b"\n" + line)


LINE = SIGNED[len(BODY) + 1 :].decode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: "",
        lambda s: "\n\n",
        lambda s: s.replace("\n\n", "\n"),
        lambda s: s[:-1],
        lambda s: s + "\n",
        lambda s: s.replace("\u2014", "-"),
        lambda s: s.replace("\u2014", "\u2013"),
        lambda s: s.replace("\u2014 ", "\u2014\u00a0"),
        lambda s: s.replace("\u2014 ", "\u2014  "),
        lambda s: s.replace("\u2014 ", " \u2014 "),
        lambda s: s.replace("log.example/one ", "log.example/one\t"),
        lambda s: s[:-1] + " \n",
        lambda s: s[:-1] + "\r\n",
        lambda s: s[:-1] + "\u2028" + LINE,
        lambda s: s + "\u2014 x AAAA\n",  # no room for a signature behind the key ID
        lambda s: s + "\u2014 x AAAAAB==\n",  # bits behind the last byte
        lambda s: s + "\u2014 x AAAAAA\n",  # padding missing
        lambda s: s + "\u2014 x AAAA_A==\n",  # another alphabet
        lambda s: s + "\u2014 x AAA AAA==\n",
        lambda s: s + "\u2014 x AAAAAA==AAAA\n",
        lambda s: s + "\u2014 x !!!!\n",
        lambda s: s + "\u2014 x\n",
        lambda s: s + "\u2014  AAAAAA==\n",
        lambda s: s + "\u2014 a+b AAAAAA==\n",
        lambda s: s + "\u2014 a\u3000b AAAAAA==\n",
        lambda s: s.replace("word", "wo\x00rd"),
        lambda s: s.replace("word", "wo\trd"),
        lambda s: s.replace("word", "wo\x1frd"),
    ],
)
def test_a_malformed_note_is_refused(damage: object) -> None:
    raw = damage(SIGNED.decode()).encode()  # type: ignore[operator]
    with pytest.raises(BadInput):
        note.parse_note(raw)


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadInput, match="not UTF-8"):
        note.parse_note(b"\xff\n\n" + LINE.encode())
    with pytest.raises(BadInput, match="Signature line 2"):
        note.parse_note(SIGNED + b"\xe2\x80\x94 \xff AAAAAA==\n")
    with pytest.raises(BadInput, match="not UTF-8"):
        note.sign_note(b"\xff\n", SIGNER)


def test_only_a_text_that_can_be_a_note_is_signed() -> None:
    with pytest.raises(BadInput, match="ends with a newline"):
        note.sign_note(b"no newline", SIGNER)
    with pytest.raises(BadInput, match="control characters"):
        note.sign_note(b"a\rb\n", SIGNER)
    assert note.open_note(note.sign_note(b"\n", SIGNER).serialised, [SIGNER.verifier]).body == b"\n"


def test_the_bytes_of_our_own_signed_note_never_change() -> None:
    assert note.sign_note(b"A text.\n", SIGNER, THIRD).serialised.decode() == OURS


def test_the_signed_note_of_the_standard_opens() -> None:
    example = shared.json("vectors/c2sp-spec-examples/spec_examples.json")["signed_note"]
    opened = note.open_note(example["note"].encode(), [keys.parse_verifier(example["vkey"])])
    assert opened.body == b"This is an example message.\n"
    assert opened.serialised.decode() == example["note"]


def test_the_note_of_the_go_checksum_database_opens_and_is_what_its_signer_key_writes() -> None:
    vectors = shared.json("vectors/golang-x-mod-sumdb/note_vectors.json")
    raw = vectors["signed_note"].encode()
    opened = note.open_note(raw, [keys.parse_verifier(vectors["valid_vkey"])])
    assert opened.body.startswith(b"If you think cryptography")
    seed = base64.b64decode(vectors["skey"].split("+", 4)[4])[1:]
    signer = keys.Signer(name="PeterNeumann", key=Ed25519PrivateKey.from_private_bytes(seed))
    assert note.sign_note(opened.body, signer).serialised == raw
