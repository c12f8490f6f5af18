"""Following renamed ids: which id of this edition means what an older id meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plimsoll.kernel.errors import BadInput

__all__ = ["Alias", "AliasTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """An id that another one took the place of."""

    old: str
    """The former id."""
    new: str
    """The id that it has now."""


class AliasTable:
    """The renamed ids of one framework, followed over any number of editions.

    An alias says that an id was replaced; it does not say that the wording stayed the same. Two aliases
    of one id that disagree, and aliases in a circle, raise BadInput: no order could choose between them.
    """

    __slots__ = ("_renamed",)

    def __init__(self, aliases: Iterable[Alias] = ()) -> None:
        self._renamed: dict[str, str] = {}
        for alias in aliases:
            known = self._renamed.setdefault(alias.old, alias.new)
            if known != alias.new:
                raise BadInput(f"{alias.old} is renamed twice, to {known} and {alias.new}.")
        for old in self._renamed:
            self.follow(old)

    def __len__(self) -> int:
        return len(self._renamed)

    def follow(self, clause: str) -> str:
        """The id that the id has now: itself, if nothing renamed it."""
        way = [clause]
        while way[-1] in self._renamed:
            target = self._renamed[way[-1]]
            if target in way:
                raise BadInput(f"The aliases of {clause} lead in a circle.")
            way.append(target)
        return way[-1]
