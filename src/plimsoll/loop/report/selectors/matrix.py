"""Requirements and evidence against the clauses of a framework, system by system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plimsoll.engines.catalog.edition import ClauseEntry
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.verdict import Verdict
from plimsoll.loop.report.selectors.answering import Answering, Answers, answers_of, worst
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.actors import Actor

__all__ = ["Gap", "Matrix", "MatrixCell", "MatrixRow", "gaps_in", "matrices_of", "matrix_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """What answers a clause in one system."""

    verdict: Verdict | None
    """The worst of the requirements that answer it there; None if nothing answers it."""
    answers: tuple[Answering, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """Refs of all evidence that was looked at, each once."""
        return tuple(dict.fromkeys(ref for answering in self.answers for ref in answering.evidence))


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A clause that asks something, and how it stands in every system."""

    entry: ClauseEntry
    group: str
    """The clause that it lies in, with its title; empty at the top."""
    cells: Mapping[int, MatrixCell]
    """System's id → cell; every system has one."""

    @property
    def states(self) -> frozenset[str]:
        """The verdicts that occur in it; "nothing" where nothing answers."""
        return frozenset(c.verdict.value if c.verdict else "nothing" for c in self.cells.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """One framework's edition in force, computed for one moment."""

    framework: ImportedFramework
    systems: tuple[scope.SystemRow, ...]
    rows: tuple[MatrixRow, ...]

    def count(self, state: str) -> int:
        """In how many cells a verdict, or "nothing", stands."""
        return sum(
            (cell.verdict.value if cell.verdict else "nothing") == state
            for row in self.rows
            for cell in row.cells.values()
        )


def matrix_of(actor: Actor, program_id: int, framework: str, *, now: datetime) -> Matrix:
    """The framework's matrix; ten queries, whatever the number of clauses and systems.

    That the worst of the requirements is met does not show that the clause is: the requirements are ours,
    mapped to the clause with a stated confidence.
    """
    edition = scope.edition_named(actor, program_id, framework)
    return _matrix(edition, answers_of(actor, program_id, now=now))


def matrices_of(actor: Actor, program_id: int, *, now: datetime) -> list[Matrix]:
    """The matrix of every framework with clauses; ten queries."""
    answers = answers_of(actor, program_id, now=now)
    return [_matrix(edition, answers) for edition in scope.editions_in_force(actor, program_id)]


def _matrix(edition: ImportedFramework, answers: Answers) -> Matrix:
    entries = scope.clauses_in(edition)
    place = {entry.clause.id: number for number, entry in enumerate(entries)}
    titles = {entry.clause.id: entry.clause.title for entry in entries}
    asking = sorted(
        _asking(entries), key=lambda entry: (place.get(entry.clause.parent, -1), place[entry.clause.id])
    )
    return Matrix(
        framework=edition,
        systems=answers.systems,
        rows=tuple(
            MatrixRow(
                entry=entry,
                group=f"{entry.clause.parent} {titles.get(entry.clause.parent, '')}".strip(),
                cells={s.id: _cell(answers.to(entry.requirements, system_id=s.id)) for s in answers.systems},
            )
            for entry in asking
        ),
    )


def _asking(entries: Sequence[ClauseEntry]) -> Iterable[ClauseEntry]:
    """Clauses that are not withdrawn, without mere headings: what contains others and maps to nothing."""
    above = {entry.clause.parent for entry in entries if not entry.clause.withdrawn}
    return (
        entry
        for entry in entries
        if not entry.clause.withdrawn and (entry.controls or entry.clause.id not in above)
    )


def _cell(answers: tuple[Answering, ...]) -> MatrixCell:
    return MatrixCell(verdict=worst(answers).verdict if answers else None, answers=answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A requirement that is not proven, or a clause that nothing answers anywhere."""

    clauses: tuple[ClauseEntry, ...]
    """The clauses that it leaves open, in the order of the framework."""
    answering: Answering | None
    """The requirement with its proof; None for a clause that nothing answers."""

    @property
    def kind(self) -> str:
        if self.answering is None:
            return "clause"
        return "unproven" if self.answering.evidence else "no evidence"


def gaps_in(matrix: Matrix) -> list[Gap]:
    """What is missing for the framework: requirements by due date, then clauses that nothing answers."""
    by_ref: dict[str, tuple[Answering, list[ClauseEntry]]] = {}
    bare: list[Gap] = []
    for row in matrix.rows:
        found = [answering for cell in row.cells.values() for answering in cell.answers]
        for answering in found:
            if answering.proof.judgement.verdict is not Verdict.MET:
                by_ref.setdefault(answering.requirement.ref, (answering, []))[1].append(row.entry)
        if not found:
            bare.append(Gap(clauses=(row.entry,), answering=None))
    open_ones = sorted(by_ref.values(), key=lambda g: (g[0].requirement.due_on, g[0].requirement.id))
    return [*(Gap(clauses=tuple(entries), answering=a) for a, entries in open_ones), *bare]
