r"""Salted commitments: the log commits to a payload without holding it.

commit = SHA-256("plimsoll/commit/v1\n" || salt[32] || u64 length || payload). The salt is fresh per
entry, so a short payload cannot be guessed from its commitment, and destroying payload and salt
erases the content while every proof stays valid.
"""

from __future__ import annotations

import hashlib

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

__all__ = ["SALT_SIZE", "commit"]

SALT_SIZE = 32
"""Bytes of salt; drawn by the caller from the operating system."""
_TAG = b"plimsoll/commit/v1\n"


def commit(payload: bytes, salt: bytes) -> Digest:
    """The commitment to `payload` under `salt`; BadInput if the salt is not 32 bytes."""
    if len(salt) != SALT_SIZE:
        raise BadInput(f"A salt has {SALT_SIZE} bytes, not {len(salt)}.")
    message = _TAG + salt + len(payload).to_bytes(8, "big") + payload
    return Digest(hashlib.sha256(message).hexdigest())
