"""Which characters no record keeps, and how they are shown."""

from __future__ import annotations

import unicodedata

__all__ = ["readable", "unprintable"]

_LINES = frozenset("\t\n\r")


def unprintable(text: str) -> bool:
    """Whether the text holds a character that no record keeps.

    These are the control characters (Unicode category Cc: U+0000 to U+001F, U+007F to U+009F) other
    than tab and line ends, which no reader sees and PostgreSQL partly refuses, and lone surrogates
    (Cs), which are no text in any encoding. It does not look for characters that merely mislead, such
    as those that turn the direction of reading.
    """
    if text.isprintable():  # most texts; looking at each character is slow
        return False
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in _LINES for c in text)


def readable(text: str) -> str:
    """The text with U+FFFD in place of every character that no record keeps, to be shown or written."""
    if not unprintable(text):
        return text
    return "".join("\ufffd" if unprintable(character) else character for character in text)
