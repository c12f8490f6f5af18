"""Notes every change of a password, an address or a second factor in the log."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as second_factor
from django.dispatch import Signal

from plimsoll.people import services
from plimsoll.people.models import User

_CHANGES: dict[Signal, str] = {
    account.password_set: "password set",
    account.password_changed: "password changed",
    account.password_reset: "password reset",
    account.email_changed: "address changed",
    second_factor.authenticator_added: "second factor added",
    second_factor.authenticator_removed: "second factor removed",
    second_factor.authenticator_reset: "second factor reset",
}


def connect() -> None:
    """Called once, when the apps are ready."""
    for signal in _CHANGES:
        signal.connect(_note, dispatch_uid="plimsoll-credentials")


def _note(*, signal: Signal, user: User, **_: Any) -> None:
    services.record_credential(user, change=_CHANGES[signal])
