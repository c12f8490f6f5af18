"""What changed between two imports of a framework, and which of our controls and requirements it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plimsoll.engines.catalog.aliases import AliasTable
from plimsoll.engines.catalog.framework import Clause, ClauseRef, ImportedFramework
from plimsoll.kernel.errors import BadInput

__all__ = ["Citation", "ClauseChange", "FrameworkDiff", "Touch", "compare", "touched_by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseChange:
    """One clause that both imports have, under the same id or a renamed one, and that is not the same."""

    before: Clause
    """As the older import has it."""
    after: Clause
    """As the newer import has it."""

    @property
    def renamed(self) -> bool:
        """Whether its id is another one."""
        return self.before.id != self.after.id

    @property
    def reworded(self) -> tuple[str, ...]:
        """What reads otherwise: title, text, both or nothing.

        Differences of space and line ends are none, and a title or text that one of the imports does not
        give (a list of ids) is not compared: it was not taken away.
        """
        compared = (
            ("title", self.before.title.split(), self.after.title.split()),
            ("text", self.before.text.split(), self.after.text.split()),
        )
        return tuple(name for name, old, new in compared if old and new and old != new)

    @property
    def withdrawn(self) -> bool:
        """Whether it asks nothing any more, and did before."""
        return self.after.withdrawn and not self.before.withdrawn

    @property
    def restored(self) -> bool:
        """Whether it asks something again."""
        return self.before.withdrawn and not self.after.withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkDiff:
    """The difference of two imports; each list in the order of the newer one (`removed`: of the older)."""

    before: ImportedFramework
    """The older import."""
    after: ImportedFramework
    """The newer import."""
    added: tuple[Clause, ...]
    """Clauses that are new and not a renamed older one."""
    removed: tuple[Clause, ...]
    """Clauses that are gone; no alias says where to."""
    changed: tuple[ClauseChange, ...]
    """Clauses that were renamed, reworded, withdrawn or restored; one clause may be several of these."""
    moved: tuple[ClauseChange, ...]
    """Clauses that lie in another clause than before; a renamed parent is no move."""

    @property
    def same(self) -> bool:
        """Whether nothing that is compared differs; other notes, files or editions may."""
        return not (self.added or self.removed or self.changed or self.moved)

    @property
    def renamed(self) -> tuple[ClauseChange, ...]:
        """Those with another id."""
        return tuple(change for change in self.changed if change.renamed)

    @property
    def reworded(self) -> tuple[ClauseChange, ...]:
        """Those that read otherwise."""
        return tuple(change for change in self.changed if change.reworded)

    @property
    def withdrawn(self) -> tuple[ClauseChange, ...]:
        """Those that ask nothing any more."""
        return tuple(change for change in self.changed if change.withdrawn)

    @property
    def restored(self) -> tuple[ClauseChange, ...]:
        """Those that ask something again."""
        return tuple(change for change in self.changed if change.restored)


def compare(before: ImportedFramework, after: ImportedFramework) -> FrameworkDiff:
    """The difference of two imports of one framework; BadInput if they are of two.

    An older id is looked up in the newer import as it is, then through the newer import's aliases. A name
    alone never makes a rename: two clauses of one title under two ids are one removed and one added.
    Cross-references and the kind of a clause are not compared.
    """
    if before.id != after.id:
        raise BadInput(
            f"{before.id} and {after.id} are two frameworks.", hint="Compare two imports of one framework."
        )
    aliases, new = AliasTable(after.aliases), after.by_id
    # An id that the newer import still has means itself, even if it is withdrawn there and has an alias.
    landed = {
        clause.id: clause.id if clause.id in new else aliases.follow(clause.id) for clause in before.clauses
    }
    pairs = [
        ClauseChange(before=clause, after=new[landed[clause.id]])
        for clause in before.clauses
        if landed[clause.id] in new
    ]
    order = {clause_id: number for number, clause_id in enumerate(new)}
    pairs.sort(key=lambda pair: order[pair.after.id])
    reached = {pair.after.id for pair in pairs}
    return FrameworkDiff(
        before=before,
        after=after,
        added=tuple(clause for clause in after.clauses if clause.id not in reached),
        removed=tuple(clause for clause in before.clauses if landed[clause.id] not in new),
        changed=tuple(p for p in pairs if p.renamed or p.reworded or p.withdrawn or p.restored),
        moved=tuple(p for p in pairs if landed.get(p.before.parent, "") != p.after.parent),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Something of ours that rests on a clause."""

    by: str
    """Our id (CTL-MOD-05, threat-model), or a reference to a record."""
    kind: str
    """What it is: control, requirement, risk, criterion."""
    clause: ClauseRef
    """The clause, with the edition that was read when it was cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A citation that has to be looked at again, and why."""

    citation: Citation
    """What rests on the clause."""
    why: tuple[str, ...]
    """removed; or those of withdrawn, renamed and reworded that hold."""
    now: ClauseRef | None
    """The clause in the newer edition; None if it is gone."""


def touched_by(diff: FrameworkDiff, citations: Iterable[Citation]) -> tuple[Touch, ...]:
    """The citations whose clause was removed, withdrawn, renamed or reworded, in the order given.

    A citation of the newer edition is not touched: it was made from that edition. Any other edition than
    the older import's counts as well, by its id: whoever cites 5.1.1 is touched by a change between 5.1 and
    5.2. Added, moved and restored clauses touch nothing: what is cited says what it said. That a clause
    kept its words does not show that it kept its meaning.
    """
    fates: dict[str, tuple[tuple[str, ...], ClauseRef | None]] = {
        clause.id: (("removed",), None) for clause in diff.removed
    }
    for change in diff.changed:
        holds = {"withdrawn": change.withdrawn, "renamed": change.renamed, "reworded": bool(change.reworded)}
        why = tuple(word for word, true in holds.items() if true)
        now = diff.after.ref(change.after.id)
        if why:
            fates[change.before.id] = (why, now)
    return tuple(
        Touch(citation=citation, why=fates[citation.clause.clause][0], now=fates[citation.clause.clause][1])
        for citation in citations
        if citation.clause.framework == diff.before.id
        and citation.clause.edition != diff.after.edition
        and citation.clause.clause in fates
    )
