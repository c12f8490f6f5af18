"""What an importer is: what it recognises, what it needs to be told, and how it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plimsoll.adapters.importers.cursor import Cursor
from plimsoll.adapters.importers.documents import Document, SourceFile
from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.framework import Clause
from plimsoll.kernel.errors import BadInput

__all__ = ["Importer", "Naming", "Reading", "dangling", "only_document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a person says about a framework whose file does not say it; each overrides the file."""

    id: str = ""
    """Id of the framework."""
    title: str = ""
    """Its name."""
    edition: str = ""
    """Its edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an importer took from the files, before it is checked as a whole."""

    id: str
    """Id of the framework; empty if the files do not say it."""
    title: str
    """Its name; empty if the files do not say it."""
    edition: str
    """Its edition; empty if the files do not say it."""
    clauses: Sequence[Clause]
    """Its clauses."""
    aliases: Sequence[Alias] = ()
    """Renamed ids that the files themselves tell."""
    notes: Sequence[str] = ()
    """What a reader has to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """One kind of source."""

    kind: str
    """Its name, as `--kind` takes it."""
    title: str
    """What it reads, for people."""
    forms: str
    """How its files are written."""
    recognises: Callable[[Document], bool]
    """Whether a document is of this kind; looks at no more than its upper levels and never raises."""
    read: Callable[[Sequence[Document], Sequence[SourceFile]], Reading]
    """The documents of one framework, and the files that they may rest on (catalogs of a profile)."""


def only_document(documents: Sequence[Document], *, kind: str) -> Cursor:
    """The one document; BadInput if there are several."""
    if len(documents) != 1:
        raise BadInput(
            f"A framework of the kind {kind} is one file; {len(documents)} were given.",
            hint="Read them one by one.",
        )
    return Cursor(documents[0], documents[0].value)


def dangling(clauses: Sequence[Clause]) -> list[str]:
    """A note on the ids that clauses refer to in their own framework and that it does not have, if any."""
    known = {clause.id for clause in clauses}
    lost = {
        reference.clause
        for clause in clauses
        for reference in clause.references
        if not reference.framework and reference.clause not in known
    }
    if not lost:
        return []
    shown = ", ".join(sorted(lost)[:5]) + (", …" if len(lost) > 5 else "")
    return [f"Clauses refer to {len(lost)} {'id' if len(lost) == 1 else 'ids'} that no file has: {shown}."]
