"""Checks of the text that people's records hold."""

from __future__ import annotations

import re

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.text import unprintable

__all__ = ["address", "written"]

_LONGEST_ADDRESS = 254


def written(value: str, *, what: str, longest: int) -> str:
    """The text, on one line unless it may be long; BadInput if it is empty, too long or not printable."""
    text = " ".join(value.split()) if longest <= 300 else value.strip()
    if not text:
        raise BadInput(f"{what} is empty.", hint="Write something.")
    if len(text) > longest:
        raise BadInput(f"{what} has {len(text)} characters.", hint=f"At most {longest}.")
    if unprintable(text):
        raise BadInput(f"{what} contains control characters.")
    return text


def address(email: str) -> str:
    """The e-mail address in its one form, in small letters; BadInput if it is none."""
    text = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text) or len(text) > _LONGEST_ADDRESS or unprintable(text):
        shown = "".join(c for c in text[:80] if c.isprintable())
        raise BadInput(f"“{shown}” is not an e-mail address.", data={"field": "email"})
    return text
