"""The matrix of a framework on paper: clauses in rows, systems in columns, verdict and evidence in cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plimsoll.engines.reports.document import Block, Column, Document, Heading, Paragraph, Table
from plimsoll.engines.reports.inlines import Break, Inline, Inlines, RefLink, Small, Strong, Text, require
from plimsoll.engines.reports.wording import clip, counted, instant
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.verdict import Verdict

__all__ = ["NOTHING", "MatrixFacts", "MatrixGroup", "MatrixLine", "MatrixMark", "compose_matrix"]

NOTHING: Final = "nothing answers"
"""What stands in a cell where no requirement in force answers the clause."""
_TITLE: Final = 100
_SHAPES: Final = {Verdict.MET: "●", Verdict.NOT_MET: "■", Verdict.UNKNOWN: "○"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixMark:
    """One clause in one system."""

    verdict: Verdict | None
    """The worst of the requirements that answer it; None if nothing answers."""
    evidence: tuple[tuple[str, str], ...] = ()
    """Ref and address of each piece of evidence that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """One clause."""

    clause: str
    """Its id."""
    title: str
    """Its title; empty if only its id is known."""
    marks: tuple[MatrixMark, ...]
    """One per system, in the order of the systems."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixGroup:
    """Clauses that lie in the same clause."""

    title: str
    """That clause; empty at the top."""
    lines: tuple[MatrixLine, ...]
    """At least one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFacts:
    """One framework's edition against the systems of a program, at one instant."""

    program: str
    """Name of the program."""
    framework: str
    """Name of the framework."""
    edition: str
    """Its id and edition (`nist-csf@2.0`)."""
    as_of: datetime
    """The instant the facts were read, with its zone."""
    record: Digest
    """Digest of what the matrix says."""
    log_position: int
    """Number of entries in the trusted log at that instant."""
    systems: tuple[str, ...]
    """Names of the systems; at least one."""
    groups: tuple[MatrixGroup, ...]
    """In the order of the framework; none if no clause asks anything."""

    def __post_init__(self) -> None:
        require(self.framework, what="The name of the framework")
        if not self.systems:
            raise BadInput(f"The matrix of {self.edition[:60]} has no systems.", hint="Describe one first.")
        for line in (line for group in self.groups for line in group.lines):
            if len(line.marks) != len(self.systems):
                raise BadInput(f"The clause {line.clause[:60]} has {len(line.marks)} marks.",
                               hint=f"Give {len(self.systems)}, one per system.")  # fmt: skip


def compose_matrix(facts: MatrixFacts) -> Document:
    """The matrix as a document: how many cells stand how, then one table per group of clauses.

    It repeats the facts. A clause whose requirements are met is not thereby shown to be met: the mapping of
    requirements to clauses is ours.
    """
    blocks: list[Block] = [Paragraph(_counts(facts))]
    for group in facts.groups:
        if group.title:
            blocks.append(Heading(level=2, text=clip(group.title, limit=_TITLE)))
        blocks.append(_table(facts, group))
    return Document(
        title=f"Requirements and evidence: {clip(facts.framework, limit=_TITLE)}",
        subtitle=f"{clip(facts.program, limit=_TITLE)}. {facts.edition}. {instant(facts.as_of)}.",
        blocks=tuple(blocks),
        footer=(f"record {facts.record}", f"log position {facts.log_position:,}", instant(facts.as_of)),
    )


def _counts(facts: MatrixFacts) -> Inlines:
    lines = [line for group in facts.groups for line in group.lines]
    found = Counter(mark.verdict for line in lines for mark in line.marks)
    said = [f"{_word(verdict)} in {found[verdict]:,}" for verdict in (*Verdict, None) if found[verdict]]
    size = f"{counted(len(lines), 'clause')} by {counted(len(facts.systems), 'system')}"
    return (Text(f"{size}: {', '.join(said) or 'no clause'}."),)


def _word(verdict: Verdict | None) -> str:
    return verdict.word if verdict else NOTHING


def _table(facts: MatrixFacts, group: MatrixGroup) -> Table:
    return Table(
        caption=f"{clip(group.title or facts.framework, limit=_TITLE)}, by system.",
        columns=(Column(title="Clause", weight=8), *(Column(title=s, weight=5) for s in facts.systems)),
        rows=tuple(
            (
                (Strong(line.clause), *((Text(f" {line.title}"),) if line.title else ())),
                *(_cell(mark) for mark in line.marks),
            )
            for line in group.lines
        ),
    )


def _cell(mark: MatrixMark) -> Inlines:
    if mark.verdict is None:
        return (Small(NOTHING),)
    shown = f"{_SHAPES[mark.verdict]}\u00a0{mark.verdict.word}"
    first: Inline = Text(shown) if mark.verdict is Verdict.MET else Strong(shown)
    refs: list[Inline] = []
    for ref, url in mark.evidence:
        refs += [Text(", ") if refs else Break(), RefLink(ref=ref, url=url)]
    return (first, *refs)
