"""What watch writes: signed checkpoints of the log."""

from __future__ import annotations

from django.conf import settings

from plimsoll.adapters.keys import load_or_create_key, load_or_create_mldsa_key
from plimsoll.engines.tlog.keys import KeyType, Signer

__all__ = ["log_signer", "log_signers"]


def log_signer() -> Signer:
    """The log's Ed25519 signer; its key is made on first use."""
    key, _ = load_or_create_key(
        settings.PLIMSOLL_KEYS / "log.pem", passphrase=settings.PLIMSOLL_KEY_PASSPHRASE
    )
    return Signer(name=settings.PLIMSOLL_LOG_NAME, key=key)


def log_signers() -> tuple[Signer, Signer]:
    """Both signers of the log, Ed25519 and ML-DSA-44: each checkpoint carries both signatures.

    A key that is not there is made, so an installation from before the second key gets one.
    """
    first = log_signer()
    key, _ = load_or_create_mldsa_key(
        settings.PLIMSOLL_KEYS / "log-mldsa44.pem", passphrase=settings.PLIMSOLL_KEY_PASSPHRASE
    )
    return first, Signer(name=first.name, type=KeyType.MLDSA44, key=key)
