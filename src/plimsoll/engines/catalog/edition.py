"""One edition of a framework joined with the crosswalk: which of our controls answer each clause.

The edition may be the one that the catalog cites, or one that was brought in. A mapping was made in one
edition; in another one it is carried over by the id or by an alias, and says in which edition it was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from plimsoll.engines.catalog.aliases import Alias, AliasTable
from plimsoll.engines.catalog.crosswalk import ClauseView, Crosswalk
from plimsoll.engines.catalog.framework import Clause, ClauseRef, ImportedFramework, assemble

__all__ = ["SHIPPED", "ClauseEntry", "clause_entries", "comparable", "outline", "shipped_edition"]

SHIPPED = "shipped"
"""The kind of an edition that was not imported: ids and short labels as the catalog lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseEntry:
    """A clause of an edition, with what of ours answers it."""

    ref: ClauseRef
    """Its full name in this edition."""
    clause: Clause
    """The clause itself."""
    controls: tuple[str, ...]
    """Controls that map to it, in the order of the catalog; () if none does."""
    risks: tuple[str, ...]
    """Risks that map to it."""
    requirements: tuple[str, ...]
    """Requirements that rest on those controls; their evidence speaks for the clause."""
    mapped_in: tuple[ClauseRef, ...]
    """The clauses that the catalog maps, by other ids or in other editions; () if they are this one."""


def shipped_edition(crosswalk: Crosswalk, framework_id: str) -> ImportedFramework | None:
    """The edition that the catalog cites, with ids and labels only; None if it cites no clause of it.

    Parents are read off the ids (`outline`). It lists what the catalog knows, which is not always all that
    the edition has. NotFound if the catalog has no such framework.
    """
    row = crosswalk.framework(framework_id)
    clauses = crosswalk.clauses_of(framework_id)
    if not clauses:
        return None
    parents = outline(clause.ref.clause for clause in clauses)
    return assemble(
        id=row.id,
        title=row.name,
        edition=row.edition,
        kind=SHIPPED,
        clauses=[
            Clause(
                id=clause.ref.clause,
                title=clause.title,
                kind="clause",
                parent=parents.get(clause.ref.clause, ""),
            )
            for clause in clauses
        ],
    )


def comparable(framework: ImportedFramework) -> ImportedFramework:
    """What of an edition another one may be compared with: of a shipped one the ids only.

    Its labels are ours and its parents are read off the ids; that an owner words or orders a clause
    otherwise is no change.
    """
    if framework.kind != SHIPPED:
        return framework
    return replace(framework, clauses=tuple(replace(c, title="", parent="") for c in framework.clauses))


def outline(ids: Iterable[str]) -> Mapping[str, str]:
    """Id → the longest other id that it continues after a mark (AC-3(2) → AC-3, AML.T0051.000 → AML.T0051).

    For showing a list of ids in order only: a framework's own structure may be another one. An id that
    continues none is absent.
    """
    known = set(ids)
    found: dict[str, str] = {}
    for name in known:
        for end in range(len(name) - 1, 0, -1):
            if name[:end] in known and not name[end].isalnum():
                found[name] = name[:end]
                break
    return found


def clause_entries(
    framework: ImportedFramework, crosswalk: Crosswalk, aliases: Iterable[Alias] = ()
) -> tuple[ClauseEntry, ...]:
    """Every clause of the edition in its order, with the controls, risks and requirements that answer it.

    `aliases` are the renamed ids that the catalog knows. A shipped clause stands for the clause of the same
    id; for an id that this edition does not have, for the one that its aliases lead to, and an older id of
    this edition for the shipped clause that the catalog's aliases lead to. That an id was kept does not show
    that its meaning was.
    """
    found: defaultdict[str, list[ClauseView]] = defaultdict(list)
    if framework.id in crosswalk.frameworks:
        ours = {clause.ref.clause: clause.ref for clause in crosswalk.clauses_of(framework.id)}
        here, newer, older = framework.by_id, AliasTable(framework.aliases), AliasTable(aliases)
        for name, ref in ours.items():
            landed = name if name in here else newer.follow(name)
            if landed in here:
                found[landed].append(crosswalk.clause(ref))
        for name in here:
            if name not in found and (today := older.follow(name)) in ours:
                found[name].append(crosswalk.clause(ours[today]))
    return tuple(_entry(framework.ref(clause.id), clause, found[clause.id]) for clause in framework.clauses)


def _entry(ref: ClauseRef, clause: Clause, views: list[ClauseView]) -> ClauseEntry:
    return ClauseEntry(
        ref=ref,
        clause=clause,
        controls=tuple(dict.fromkeys(c for view in views for c in view.controls)),
        risks=tuple(dict.fromkeys(r for view in views for r in view.risks)),
        requirements=tuple(dict.fromkeys(r for view in views for r in view.requirements)),
        mapped_in=tuple(view.clause.ref for view in views if view.clause.ref != ref),
    )
