import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog import checkpoint, note
from plimsoll.kernel.errors import BadInput, PlimsollError, Untrusted
from tests import shared

SIGNER = note.Signer(name="log.example/one", key=Ed25519PrivateKey.from_private_bytes(b"1" * 32))
OTHER = note.Signer(name="log.example/one", key=Ed25519PrivateKey.from_private_bytes(b"2" * 32))
STATE = checkpoint.Checkpoint(origin="log.example/one", size=7, root=b"r" * 32)
SIGNED = checkpoint.sign_checkpoint(STATE, SIGNER)


def test_a_checkpoint_comes_back_from_its_own_note() -> None:
    assert checkpoint.open_checkpoint(SIGNED, SIGNER.verifier) == STATE


@given(st.integers(0, len(SIGNED.encode()) - 1), st.integers(1, 255))
def test_a_checkpoint_with_any_changed_byte_is_refused(at: int, change: int) -> None:
    raw = bytearray(SIGNED.encode())
    raw[at] ^= change
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(PlimsollError):
        checkpoint.open_checkpoint(text, SIGNER.verifier)


def test_another_key_of_the_same_name_did_not_sign() -> None:
    with pytest.raises(Untrusted, match="is not signed by"):
        checkpoint.open_checkpoint(SIGNED, OTHER.verifier)


def test_lines_by_unknown_keys_are_ignored() -> None:
    extra = note.sign_note(STATE.text, OTHER).rpartition("\n\n")[2]
    assert checkpoint.open_checkpoint(SIGNED + extra, SIGNER.verifier) == STATE


def test_a_log_signs_only_under_its_own_name() -> None:
    with pytest.raises(BadInput, match="own name"):
        checkpoint.sign_checkpoint(STATE, note.Signer(name="else", key=SIGNER.key))
    with pytest.raises(BadInput, match="ends with a newline"):
        note.sign_note("no newline", SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "log.example/one\n07\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n",
        "log.example/one\n+7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n",
        "log.example/one\n7\ncnJy\n",
        "log.example/one\n7\n!!!!\n",
        "log.example/one\n7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\nextension\n",
        "log.example/two\n7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n",
        "\n7\ncnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n",
        "log.example/one\n7\n",
    ],
)
def test_a_malformed_checkpoint_is_refused_even_when_signed(text: str) -> None:
    with pytest.raises(BadInput):
        checkpoint.open_checkpoint(note.sign_note(text, SIGNER), SIGNER.verifier)


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s.replace("\n\n", "\n"),
        lambda s: s[:-1],
        lambda s: s.replace("\u2014", "-"),
        lambda s: s + "\u2014 x AAAA\n",
        lambda s: s + "\u2014 x AAAAAB==\n",
        lambda s: s + "\u2014 x !!!!\n",
        lambda s: s + "\u2014 x\n",
        lambda s: s.replace("\n7\n", "\n7\r\n"),
        lambda s: s + (s.rpartition("\n\n")[2] * 16),
    ],
)
def test_a_malformed_note_is_refused(damage: object) -> None:
    with pytest.raises(BadInput):
        note.open_note(damage(SIGNED).encode(), SIGNER.verifier)  # type: ignore[operator]


def test_a_note_that_is_not_utf8_is_refused() -> None:
    body = b"\xff\n"
    blob = SIGNER.verifier.key_id + SIGNER.key.sign(body)
    line = f"\u2014 {SIGNER.name} {base64.b64encode(blob).decode()}\n".encode()
    with pytest.raises(BadInput, match="UTF-8"):
        note.open_note(body + b"\n" + line, SIGNER.verifier)


def test_a_verifier_key_round_trips_and_every_shortening_is_refused() -> None:
    text = str(SIGNER.verifier)
    assert str(note.parse_verifier(text)) == text
    for length in range(len(text)):
        with pytest.raises(BadInput):
            note.parse_verifier(text[:length])


def test_a_verifier_key_with_another_keys_id_is_refused() -> None:
    name, _, encoded = str(SIGNER.verifier).split("+", 2)
    with pytest.raises(BadInput, match="does not belong"):
        note.parse_verifier(f"{name}+00000000+{encoded}")


def test_the_note_of_the_go_checksum_database_opens() -> None:
    vector = shared.json("vectors/golang-x-mod-sumdb/note_vectors.json")
    key = note.parse_verifier(_first(vector, "PeterNeumann"))
    signed = next(v for v in _strings(vector) if "PeterNeumann" in v and "\u2014" in v)
    assert note.open_note(signed.encode(), key).startswith("If you think cryptography")


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [s for item in value.values() for s in _strings(item)]
    return [s for item in value for s in _strings(item)] if isinstance(value, list) else []


def _first(vector: object, name: str) -> str:
    return next(s for s in _strings(vector) if s.startswith(f"{name}+") and "\n" not in s)
