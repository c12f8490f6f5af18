"""The frameworks of a program: what the catalog ships, and what the program brought in."""

from __future__ import annotations

from dataclasses import dataclass

from plimsoll.adapters.crosswalk import known_aliases, load_crosswalk
from plimsoll.engines.catalog.edition import ClauseEntry, clause_entries, shipped_edition
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.scope.selectors.seeing import must_see
from plimsoll.people.actors import Actor

__all__ = ["EditionRow", "clauses_in", "edition_named", "editions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """One edition of a framework, as a program knows it."""

    framework: str
    title: str
    edition: str
    clauses: int
    in_force: bool
    """Whether it is the one that is shown when none is named."""


def editions_of(actor: Actor, program_id: int) -> list[EditionRow]:
    """Every edition with clauses, framework by framework, the one in force first; no query."""
    must_see(actor, program_id)
    crosswalk = load_crosswalk()
    return [
        EditionRow(
            framework=row.id,
            title=row.name,
            edition=row.edition,
            clauses=len(crosswalk.clauses_of(row.id)),
            in_force=True,
        )
        for row in crosswalk.frameworks.values()
        if crosswalk.clauses_of(row.id)
    ]


def edition_named(actor: Actor, program_id: int, framework: str, edition: str = "") -> ImportedFramework:
    """The edition; the one in force if none is named. NotFound if the program knows no such edition."""
    must_see(actor, program_id)
    crosswalk = load_crosswalk()
    found = shipped_edition(crosswalk, framework) if framework in crosswalk.frameworks else None
    if found is None or edition not in ("", found.edition):
        raise NotFound(
            f"There is no {framework[:60]}{f'@{edition[:60]}' if edition else ''} with clauses here.",
            hint="An id means nothing without its edition; look at the list of frameworks.",
        )
    return found


def clauses_in(framework: ImportedFramework) -> tuple[ClauseEntry, ...]:
    """Its clauses, each with what of the catalog answers it; no query."""
    return clause_entries(framework, load_crosswalk(), known_aliases(framework.id))
