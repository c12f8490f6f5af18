"""Finding risks, controls, duties, frameworks and clauses by id, title or wording."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Hit", "Searchable", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """Something that can be found."""

    id: str
    """Its id or full name, as it is shown and linked."""
    kind: str
    """risk, control, obligation, framework, clause, requirement."""
    title: str
    """One line."""
    text: str = ""
    """Its wording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found, and by what."""

    found: Searchable
    """The thing itself."""
    by: str
    """id, title or wording: the first of them in which all words occur; "several" if it took more."""


_WEIGHT = {"id": 0, "title": 1, "several": 2, "wording": 3}


def search(things: Iterable[Searchable], words: str, *, limit: int = 100) -> tuple[Hit, ...]:
    """The things in which every word occurs, best first; all equal ones in the order given.

    Case, accents and the kind of hyphen do not matter; a word may be any part of a word. An id that is
    exactly what was asked comes first, then ids that start with it, then ids, titles, and wording. Nothing
    is found for no words. It knows no synonyms and no grammar.
    """
    asked = _plain(words)
    parts = asked.split()
    if not parts:
        return ()
    hits: list[tuple[int, Hit]] = []
    for thing in things:
        fields = {"id": _plain(thing.id), "title": _plain(thing.title), "wording": _plain(thing.text)}
        together = " ".join(fields.values())
        if not all(part in together for part in parts):
            continue
        by = next((name for name, text in fields.items() if all(p in text for p in parts)), "several")
        rank = -2 if fields["id"] == asked else -1 if fields["id"].startswith(asked) else _WEIGHT[by]
        hits.append((rank, Hit(found=thing, by=by)))
    hits.sort(key=lambda hit: hit[0])
    return tuple(hit for _, hit in hits[:limit])


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        "-" if unicodedata.category(c) == "Pd" else c for c in decomposed if not unicodedata.combining(c)
    ).strip()
