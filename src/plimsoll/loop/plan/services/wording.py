"""Checks of the text that records of plan hold."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from plimsoll.kernel.errors import BadInput

__all__ = ["ticket_address"]

LONGEST_URL = 300


def ticket_address(url: str) -> str:
    """The address in one piece, empty if none was given; BadInput if it is no web address."""
    if not url.strip():
        return ""
    if len(url.strip()) > LONGEST_URL:
        raise BadInput(
            f"The ticket's address has {len(url.strip())} characters.",
            hint=f"At most {LONGEST_URL}.",
            data={"field": "ticket_url"},
        )
    try:
        URLValidator(schemes=["http", "https"])(url.strip())
    except ValidationError as error:
        raise BadInput(
            f"“{url[:80]}” is not a web address.",
            hint="It starts with https://.",
            data={"field": "ticket_url"},
        ) from error
    return url.strip()
