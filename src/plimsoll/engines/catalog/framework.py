"""A framework as it was brought in: one edition, its clauses, its renamed ids, and what to know about it.

An id without its edition is wrong data: the same id may mean another thing a year later. A clause is
therefore cited as `framework@edition:clause` (`ClauseRef`), and a framework without an edition is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from plimsoll.engines.catalog.aliases import Alias, AliasTable
from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = [
    "MOST_CLAUSES",
    "Clause",
    "ClauseRef",
    "CrossReference",
    "ImportedFramework",
    "Place",
    "SourceDigest",
    "assemble",
    "broken",
    "mark_withdrawn",
    "parse_clause_ref",
]

MOST_CLAUSES = 20_000
LONGEST_ID = 120
LONGEST_EDITION = 120
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ClauseRef:
    """The full name of a clause; printed as `framework@edition:clause`."""

    framework: str
    """Id of the framework (`nist-csf`)."""
    edition: str
    """Its edition, as its owner writes it (`2.0`); never empty."""
    clause: str
    """The clause's id in that edition (`GV.OC-01`)."""

    def __str__(self) -> str:
        return f"{self.framework}@{self.edition}:{self.clause}"


def parse_clause_ref(text: str) -> ClauseRef:
    """The reference in `framework@edition:clause`; BadInput if a part is missing, the edition first of all.

    The edition holds no colon; the clause may (`LLM01:2026`).
    """
    framework, _, rest = text.partition("@")
    edition, _, clause = rest.partition(":")
    if not (_SLUG.fullmatch(framework) and edition and clause):
        raise BadInput(
            f"“{text[:80]}” names no clause.",
            hint="Write framework@edition:clause, as in nist-csf@2.0:GV.OC-01.",
        )
    return ClauseRef(framework=framework, edition=edition, clause=clause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in which file something was read."""

    file: str = ""
    """Name of the file; empty where nothing was read from one."""
    path: tuple[str | int, ...] = ()
    """Keys and positions (from 0) that lead to it."""

    def __str__(self) -> str:
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return ", ".join(part for part in (self.file, steps.removeprefix(".")) if part)


NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReference:
    """What a clause itself points to, in its own framework or another, in the words of its source."""

    relation: str
    """The source's word: mitigates, achieves, treats, maps to."""
    clause: str
    """Id of the other clause."""
    framework: str = ""
    """Id of the other framework as the source names it; empty for the same framework."""
    edition: str = ""
    """Edition of the other framework as the source names it; empty if it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One numbered thing of a framework: a control, a technique, a requirement, a heading with an id."""

    id: str
    """Its id, as people cite it."""
    title: str
    """Its title; empty if only its id is known."""
    kind: str
    """The source's word for its kind: family, control, technique, risk."""
    text: str = ""
    """Its wording, as far as the source gives it; paragraphs are separated by a line break."""
    parent: str = ""
    """Id of the clause that it lies in; empty at the top."""
    source_id: str = ""
    """The id in the file, where people cite another (`ac-2.1` for AC-2(1)); else empty."""
    withdrawn: bool = False
    """Whether the edition still carries the id but asks nothing under it any more."""
    references: tuple[CrossReference, ...] = ()
    """What it points to, in the order of the source."""
    place: Place = field(default=NOWHERE, compare=False)
    """Where it was read; two clauses that say the same are equal wherever they stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDigest:
    """A file that a framework was read from."""

    name: str
    """Its name, without a folder."""
    sha256: str
    """SHA-256 of its bytes, in lower-case hexadecimal."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFramework:
    """One edition of a framework; made by `assemble`, which keeps ids unique and parents known."""

    id: str
    """Short stable name, the same in every edition."""
    title: str
    """Its name in full."""
    edition: str
    """Which edition this is."""
    kind: str
    """The importer that read it."""
    clauses: tuple[Clause, ...]
    """In the order of the source; a parent may stand after its children."""
    aliases: tuple[Alias, ...] = ()
    """Ids of earlier editions that were renamed to ids of this one."""
    sources: tuple[SourceDigest, ...] = ()
    """What it was read from."""
    notes: tuple[str, ...] = ()
    """What a reader has to know about this import, one sentence each; empty if nothing."""

    @property
    def by_id(self) -> Mapping[str, Clause]:
        """Its clauses by id, in order."""
        return {clause.id: clause for clause in self.clauses}

    @property
    def counts(self) -> Mapping[str, int]:
        """How many clauses of each kind it has, withdrawn ones included, in order of first appearance."""
        return Counter(clause.kind for clause in self.clauses)

    @property
    def live(self) -> tuple[Clause, ...]:
        """The clauses that are not withdrawn."""
        return tuple(clause for clause in self.clauses if not clause.withdrawn)

    def ref(self, clause: str) -> ClauseRef:
        """The full name of a clause id in this edition; it does not look whether there is such a clause."""
        return ClauseRef(framework=self.id, edition=self.edition, clause=clause)


def broken(problem: str, place: Place, *, hint: str = "") -> BadInput:
    """The refusal of what was read at `place`; `data` names file and path, for who finds the line."""
    return BadInput(
        f"{place}: {problem}" if str(place) else problem,
        hint=hint,
        data={"file": place.file, "path": list(place.path), "problem": problem},
    )


def assemble(
    *,
    id: str,
    title: str,
    edition: str,
    kind: str,
    clauses: Iterable[Clause],
    aliases: Iterable[Alias] = (),
    sources: Sequence[SourceDigest] = (),
    notes: Iterable[str] = (),
) -> ImportedFramework:
    """The framework, whole or not at all.

    Raises BadInput, with the place of the clause at fault, if the id is no slug, the edition is missing or
    holds a colon, there is no clause or more than 20,000, an id is empty, too long or used twice, a parent
    is unknown, or clauses lie within each other in a circle; and for an alias of a living clause, two of one
    id that disagree, or a circle of aliases. It does not look whether cross-references lead anywhere.
    """
    if not _SLUG.fullmatch(id) or len(id) > LONGEST_ID:
        raise BadInput(
            f"“{id[:80]}” is no id of a framework.",
            hint="Use small letters, digits and hyphens, as in nist-csf.",
        )
    if not edition.strip() or len(edition) > LONGEST_EDITION or ":" in edition or "\n" in edition:
        raise BadInput(
            f"{id} has no usable edition (“{edition[:80]}”)."
            if edition.strip()
            else f"{id} names no edition.",
            hint=f"Name it: one line of at most {LONGEST_EDITION} characters without a colon.",
        )
    framework = ImportedFramework(
        id=id,
        title=title,
        edition=edition.strip(),
        kind=kind,
        clauses=tuple(clauses),
        aliases=tuple(aliases),
        sources=tuple(sources),
        notes=tuple(notes),
    )
    _check_clauses(framework)
    _check_aliases(framework)
    return framework


def _check_clauses(framework: ImportedFramework) -> None:
    if not framework.clauses:
        raise BadInput(f"{framework.id} has no clause.", hint="A framework has at least one.")
    if len(framework.clauses) > MOST_CLAUSES:
        raise BadInput(
            f"{framework.id} has more than {MOST_CLAUSES:,} clauses.",
            hint="Split it, or read a baseline of it.",
            code=ErrorCode.TOO_LARGE,
        )
    seen: dict[str, Clause] = {}
    for clause in framework.clauses:
        if not clause.id or clause.id != clause.id.strip() or len(clause.id) > LONGEST_ID:
            raise broken(
                f"“{clause.id[:60]}” is no id of a clause.",
                clause.place,
                hint=f"An id has 1 to {LONGEST_ID} characters and no space around it.",
            )
        if clause.id in seen:
            first = seen[clause.id].place
            raise broken(
                f"the id {clause.id} is used twice{f' (first at {first})' if str(first) else ''}.",
                clause.place,
            )
        seen[clause.id] = clause
    for clause in framework.clauses:
        if clause.parent and clause.parent not in seen:
            raise broken(f"{clause.id} lies in {clause.parent}, which does not exist.", clause.place)
    _check_circles(seen)


def _check_circles(clauses: Mapping[str, Clause]) -> None:
    reaches_the_top: set[str] = set()
    for start in clauses.values():
        way: set[str] = set()
        at = start
        while at.id not in reaches_the_top:
            if at.id in way:
                raise broken(f"{at.id} lies within itself.", at.place)
            way.add(at.id)
            if not at.parent:
                break
            at = clauses[at.parent]
        reaches_the_top.update(way)


def _check_aliases(framework: ImportedFramework) -> None:
    living = {clause.id for clause in framework.live}
    AliasTable(framework.aliases)
    for alias in framework.aliases:
        if alias.old in living:
            raise BadInput(
                f"{framework.id} renames {alias.old} to {alias.new} and still has {alias.old}.",
                hint="Remove the alias, or mark the clause as withdrawn.",
            )


def mark_withdrawn(clauses: Iterable[Clause], *, kind: str, live: Collection[str]) -> tuple[Clause, ...]:
    """The clauses, with those of that kind whose id is not live marked as withdrawn.

    For sources that carry ids of an older edition without saying so. A clause above them is withdrawn too
    once everything in it is; one that has nothing in it stays as it is.
    """
    clauses = tuple(clauses)
    parents = {clause.id: clause.parent for clause in clauses}
    gone = {c.id for c in clauses if c.withdrawn or (c.kind == kind and c.id not in live)}
    remaining = Counter(clause.parent for clause in clauses if clause.id not in gone)
    waiting = list(gone)
    while waiting:
        above = parents[waiting.pop()]
        if above in parents and above not in gone and not remaining[above]:
            gone.add(above)
            waiting.append(above)
            remaining[parents[above]] -= 1
    return tuple(replace(c, withdrawn=True) if c.id in gone and not c.withdrawn else c for c in clauses)
