"""How a page tells where a record came from and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Nothing, RefLink, Text

__all__ = ["thread_cells"]


def thread_cells(slug: str, *, source: str, results: Sequence[str]) -> Cell | tuple[Cell, ...]:
    """The refs of both with links; a dash if there are none."""
    cells: list[Cell] = []
    if source:
        cells += [Text("from"), RefLink(source, address(slug, source))]
    if results:
        cells += [Text("became"), *(RefLink(ref, address(slug, ref)) for ref in results)]
    return tuple(cells) or Nothing()
