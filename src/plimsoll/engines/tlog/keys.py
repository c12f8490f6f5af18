"""Keys of the trusted log: which kinds there are, their text form, signing and verifying bytes.

Sources: C2SP signed-note v1.0.0 (verifier keys, key IDs, type 0x01) and C2SP tlog-cosignature
v1.1.0-rc.1 (types 0x04 and 0x06). key ID = first 4 bytes of SHA-256(name || 0x0A || type || key);
verifier key = name+hexadecimal(key ID)+base64(type || key).

An Ed25519 public key must be a canonically written point of the curve and not one of its eight points
of small order: under those, signatures over many messages hold that nobody made (RFC 8032 section
5.1.3; C2SP CCTV, ed25519). Keys whose stated ID is not the computed one are refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from plimsoll.kernel.errors import BadInput, MissingExtra

__all__ = ["KeyType", "Signer", "Verifier", "is_key_name", "parse_verifier", "parse_verifiers"]

KEY_ID_SIZE = 4
_HINT = "It reads NAME+KEYID+BASE64 on one line, as plimsoll log key prints it."

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# y of the points whose order divides 8: the neutral point, orders 2 and 4, and order 8 both ways.
_SMALL_ORDER = {1, _P - 1, 0, _ORDER_EIGHT, _P - _ORDER_EIGHT}


class KeyType(IntEnum):
    """What a key signs: the byte before the public key. Other types are unknown keys here."""

    ED25519 = 0x01
    """The text of a note, by Ed25519."""
    ED25519_COSIGNATURE = 0x04
    """A checkpoint and a time, by Ed25519 (cosignature/v1)."""
    MLDSA44 = 0x06
    """A checkpoint, a time and the signer's name, by ML-DSA-44 (subtree/v1)."""

    @property
    def key_size(self) -> int:
        """Bytes of a public key: 32 or 1,312."""
        return 1312 if self is KeyType.MLDSA44 else 32

    @property
    def signature_size(self) -> int:
        """Bytes of a signature without its time: 64 or 2,420."""
        return 2420 if self is KeyType.MLDSA44 else 64


def is_key_name(name: str) -> bool:
    """Whether `name` may name a key: not empty, no Unicode space, no plus, no control character."""
    return bool(name) and not any(c < " " or c == "+" or c.isspace() for c in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key with the name it signs under.

    BadInput if the name cannot be one or the key is none of its type; MissingExtra if the installed
    `cryptography` was built without ML-DSA-44.
    """

    name: str
    """Key name; a log's equals its origin."""
    type: KeyType = KeyType.ED25519
    """What the key signs."""
    public: bytes
    """The public key as its standard encodes it: 32 bytes or 1,312."""

    def __post_init__(self) -> None:
        try:
            self.name.encode()
        except UnicodeEncodeError:
            raise BadInput("The name of a key is no text.") from None
        if not is_key_name(self.name):
            raise BadInput(
                f"“{self.name[:80]}” cannot name a key.",
                hint="A key's name has no spaces and no plus, such as example.com/log.",
            )
        if len(self.public) != self.type.key_size:
            raise BadInput(
                f"The public key of {self.name} has {len(self.public)} bytes.",
                hint=f"A key of type {self.type:#04x} has {self.type.key_size}.",
            )
        if self.type is KeyType.MLDSA44:
            self._loaded()
        elif fault := _fault_of_point(self.public):
            raise BadInput(f"The public key of {self.name} {fault}.", hint="Ask for another key.")

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, say which key made a signature line."""
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(material).digest()[:KEY_ID_SIZE]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the key made `signature` (64 or 2,420 bytes) over exactly `message`.

        The bytes only: what a line of a note signs is put together by `note` and `cosignature`.
        """
        try:
            self._loaded().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def _loaded(self) -> Ed25519PublicKey | MLDSA44PublicKey:
        if self.type is not KeyType.MLDSA44:
            return Ed25519PublicKey.from_public_bytes(self.public)
        try:
            return MLDSA44PublicKey.from_public_bytes(self.public)
        except UnsupportedAlgorithm:
            raise MissingExtra(
                "The installed cryptography does not know ML-DSA-44.",
                hint="Install its wheel: pip install --only-binary :all: --upgrade cryptography",
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key with the name it signs under; BadInput if the key cannot sign as its type."""

    name: str
    """Key name."""
    type: KeyType = KeyType.ED25519
    """What the key signs."""
    key: Ed25519PrivateKey | MLDSA44PrivateKey
    """The private key; never serialised here."""

    def __post_init__(self) -> None:
        if isinstance(self.key, MLDSA44PrivateKey) is not (self.type is KeyType.MLDSA44):
            raise BadInput(
                f"The private key of {self.name} is of another kind than its type {self.type:#04x}.",
                hint="Types 0x01 and 0x04 need an Ed25519 key, type 0x06 an ML-DSA-44 key.",
            )

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(name=self.name, type=self.type, public=self.key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The signature over exactly `message`, 64 or 2,420 bytes.

        ML-DSA-44 draws fresh randomness, so that two signatures over one message differ.
        """
        return self.key.sign(message)


@lru_cache(maxsize=1024)  # a signer's public half is asked for at every signature
def _fault_of_point(public: bytes) -> str:
    """What forbids these 32 bytes as an Ed25519 public key; nothing if they are one.

    The decoding of RFC 8032 section 5.1.3 without computing x: x exists if (y² - 1) / (d·y² + 1) is a
    square, and only y = 1 and y = -1, which are refused anyway, have x = 0.
    """
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if y >= _P:
        return "is not in its canonical form"
    if y in _SMALL_ORDER:
        return "is a point of small order, under which signatures hold that nobody made"
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return "" if pow(square, (_P - 1) // 2, _P) == 1 else "is not a point of the curve"


def parse_verifier(text: str | bytes) -> Verifier:
    """The verifier key that `text` spells in its canonical form, nothing before and nothing after.

    BadInput for anything else, for types other than 0x01, 0x04 and 0x06, and for a key ID that is not
    the computed one.
    """
    try:
        line = text.encode() if isinstance(text, str) else text
        name, _, encoded = line.split(b"+", 2)
        raw = base64.b64decode(encoded, validate=True)
        verifier = Verifier(name=name.decode(), type=KeyType(raw[0]), public=raw[1:])
    except (ValueError, IndexError, binascii.Error) as error:
        raise BadInput("The key is not a verifier key of a known type.", hint=_HINT) from error
    if str(verifier).encode() != line:
        raise BadInput("The verifier key's id does not belong to its name and key.", hint=_HINT)
    return verifier


def parse_verifiers(content: bytes) -> tuple[Verifier, ...]:
    """The verifier keys in a key file: one per line, empty lines allowed, in their order.

    Spaces around a line and carriage returns are put up with: people copy such files. BadInput if a
    line is no verifier key, if there is none, or if two keys share name and key ID.
    """
    lines = [line.strip(b" \t\r") for line in content.split(b"\n")]
    verifiers = tuple(parse_verifier(line) for line in lines if line)
    if not verifiers:
        raise BadInput("The key file holds no verifier key.", hint=_HINT)
    if len({(v.name, v.key_id) for v in verifiers}) != len(verifiers):
        raise BadInput("The key file holds two keys of one name and key id.", hint="Keep one of them.")
    return verifiers
