"""What watch writes: signed checkpoints of the log."""

from __future__ import annotations

from django.conf import settings

from plimsoll.adapters.keys import load_or_create_key
from plimsoll.engines.tlog.keys import Signer

__all__ = ["log_signer"]


def log_signer() -> Signer:
    """The log's signer; its key is made on first use."""
    key, _ = load_or_create_key(
        settings.PLIMSOLL_KEYS / "log.pem", passphrase=settings.PLIMSOLL_KEY_PASSPHRASE
    )
    return Signer(name=settings.PLIMSOLL_LOG_NAME, key=key)
