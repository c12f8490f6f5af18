"""A place in a document: every part that an importer takes is asked for by name and checked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from plimsoll.adapters.importers.documents import Document
from plimsoll.engines.catalog.framework import MOST_CLAUSES, Place, broken
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.text import unprintable

__all__ = ["Cursor"]

LONGEST_TITLE = 500
LONGEST_TEXT = 60_000


class Cursor:
    """A part of a document that knows where it lies; whatever is wrong with it is refused with its place."""

    __slots__ = ("path", "value", "within")

    def __init__(self, within: Document, value: Any, path: tuple[str | int, ...] = ()) -> None:
        self.within = within
        self.value = value
        self.path = path

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(file=self.within.file.name, path=self.path)

    def refuse(self, problem: str, *, hint: str = "") -> BadInput:
        """The refusal of this part, to be raised; who reads the file adds the line."""
        return broken(problem, self.place, hint=hint)

    def has(self, key: str) -> bool:
        """Whether there is something under the key; an empty value (null) is nothing."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def at(self, key: str) -> Cursor:
        """The part under the key; its value is None if there is nothing."""
        return Cursor(self.within, self.mapping.get(key), (*self.path, key))

    @property
    def mapping(self) -> dict[Any, Any]:
        """The value as a mapping."""
        if not isinstance(self.value, dict):
            raise self.refuse(f"{self._what} should be a mapping and is {_word(self.value)}.")
        return self.value

    def parts(self, key: str, *, required: bool = False) -> Iterator[Cursor]:
        """The items of the list under the key, one after the other; none if there is no list."""
        under = self.at(key)
        if under.value is None and not required:
            return
        yield from under.items()

    def items(self) -> Iterator[Cursor]:
        """The items of this list."""
        if not isinstance(self.value, list):
            raise self.refuse(f"{self._what} should be a list and is {_word(self.value)}.")
        self._bound(len(self.value))
        for number, item in enumerate(self.value):
            yield Cursor(self.within, item, (*self.path, number))

    def entries(self, key: str) -> Iterator[tuple[str, Cursor]]:
        """Keys and values of the mapping under the key; none if there is nothing."""
        under = self.at(key)
        if under.value is None:
            return
        under._bound(len(under.mapping))
        for name, value in under.mapping.items():
            if not isinstance(name, str):
                raise under.refuse(f"the key {name!r} is not text.", hint="Put it in quotes.")
            yield name, Cursor(self.within, value, (*under.path, name))

    def _bound(self, count: int) -> None:
        if count > MOST_CLAUSES:  # no framework can have as many
            raise self.refuse(f"{self._what} holds {count:,} things; at most {MOST_CLAUSES:,} are read.")

    def only(self, allowed: Sequence[str]) -> None:
        """Refuses a key that is not allowed: a misspelt one would be left out without a word."""
        for key in self.mapping:
            if key not in allowed:
                raise self.refuse(
                    f"there is no key “{str(key)[:40]}” here.", hint=f"Known: {', '.join(allowed)}."
                )

    def string(self, *, longest: int = LONGEST_TITLE) -> str:
        """This value as text without space around it; refused if it is no text, too long or unreadable."""
        if not isinstance(self.value, str):
            raise self.refuse(
                f"{self._what} should be text and is {_word(self.value)}.", hint="Put it in quotes."
            )
        text = self.value.strip()
        if len(text) > longest:
            raise self.refuse(f"{self._what} has {len(text):,} characters; at most {longest:,} are read.")
        if unprintable(text):
            raise self.refuse(f"{self._what} holds a control character.", hint="Remove it.")
        return text

    def text(self, key: str, *, longest: int = LONGEST_TITLE) -> str:
        """The text under the key, which must be there and not be empty."""
        under = self.at(key)
        if under.value is None:
            raise self.refuse(f"there is no “{key}”.")
        text = under.string(longest=longest)
        if not text:
            raise under.refuse(f"“{key}” is empty.")
        return text

    def optional(self, key: str, *, longest: int = LONGEST_TITLE) -> str:
        """The text under the key; empty if there is none."""
        return self.at(key).string(longest=longest) if self.has(key) else ""

    def prose(self, key: str) -> str:
        """The paragraphs under the key (text, or lists of text in lists), one per line; empty if none."""
        return "\n".join(self.at(key)._paragraphs()) if self.has(key) else ""

    def _paragraphs(self) -> list[str]:
        if isinstance(self.value, list):
            return [paragraph for item in self.items() for paragraph in item._paragraphs()]
        text = self.string(longest=LONGEST_TEXT)
        lines = (" ".join(block.split()) for block in text.split("\n\n"))
        return [line for line in lines if line]

    def flag(self, key: str) -> bool:
        """Whether the key says true; refused if it says anything but true or false."""
        value = self.at(key).value
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.at(key).refuse(f"“{key}” should be true or false and is {_word(value)}.")

    @property
    def _what(self) -> str:
        return f"“{self.path[-1]}”" if self.path and isinstance(self.path[-1], str) else "this"


def _word(value: object) -> str:
    if value is None:
        return "missing"
    words = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return words.get(type(value), "a date")
