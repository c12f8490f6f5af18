"""One record, told to four audiences: the same facts and lines as the brief, chosen and ordered for each.

An audience gets other lines first and longer lists, never another figure: every line is made by the code
that makes the brief, and the footer names the same version of the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from plimsoll.engines.reports.brief import TITLE, brief_lines, footer
from plimsoll.engines.reports.brief_facts import BriefFacts, GateFact, NotMeasured, SystemFact
from plimsoll.engines.reports.brief_systems import worst_first
from plimsoll.engines.reports.brief_words import Limits, run, says
from plimsoll.engines.reports.document import Align, Block, Cell, Column, Document, Heading, Table
from plimsoll.engines.reports.inlines import Inlines, Number, RefLink, Small, StatusWord
from plimsoll.engines.reports.wording import clip, counted, instant

__all__ = ["Audience", "compose_view"]

WHOLE: Final = Limits(
    systems=100,
    reasons=20,
    name=80,
    sentence=300,
    why=300,
    reason=200,
    risks=100,
    unknowns=200,
    options=20,
    positions=50,
    exceptions=100,
)
"""A view is not held to one page; what is beyond even this is counted, as in the brief."""


class Audience(StrEnum):
    """For whom a view is."""

    EXECUTIVE = "executive"
    ENGINEERING = "engineering"
    PRODUCT = "product"
    COMPLIANCE = "compliance"


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    asks: str
    """What the audience wants to know."""
    lines: tuple[str, ...]
    """Names of the brief's lines, most wanted first."""
    by_system: bool
    """Whether criteria, evidence and scope are shown for each system in a table."""


_VIEWS: Final = {
    Audience.EXECUTIVE: _View(
        asks="What are we carrying, and what is asked of me?",
        lines=("decision", "load", "risks", "exceptions", "ships", "incidents", "earned"),
        by_system=False,
    ),
    Audience.ENGINEERING: _View(
        asks="What is required, what is not shown yet, and what do we not know?",
        lines=("unknowns", "risks", "exceptions", "incidents", "ships"),
        by_system=True,
    ),
    Audience.PRODUCT: _View(
        asks="What can ship when, what does waiting cost, and what was promised?",
        lines=("ships", "decision", "unknowns", "load", "exceptions", "forecasts"),
        by_system=False,
    ),
    Audience.COMPLIANCE: _View(
        asks="What is shown by evidence, what is excepted, and what is open?",
        lines=("exceptions", "unknowns", "decision", "incidents", "risks"),
        by_system=True,
    ),
}
_COLUMNS: Final = (
    Column(title="System", weight=5),
    Column(title="Status", weight=4),
    Column(title="Next gate", weight=3),
    *(Column(title=title, weight=3, align=Align.RIGHT) for title in ("Met", "Not met", "Unknown")),
    Column(title="Evidence in force", weight=3, align=Align.RIGHT),
    Column(title="Scope", weight=4, align=Align.RIGHT),
)


def compose_view(facts: BriefFacts, audience: Audience) -> Document:
    """The facts as the audience wants them: its question, a table by system where it asks for one, its lines.

    Lists are given whole up to a hundred or two. Like the brief it establishes nothing.
    """
    view = _VIEWS[audience]
    lines = brief_lines(facts, WHOLE)
    blocks: list[Block] = [says(view.asks)]
    if view.by_system:
        blocks += [Heading(level=2, text="Criteria, evidence and scope"), _table(facts)]
    blocks += [lines[name] for name in view.lines]
    return Document(
        title=f"For {audience.value}: {clip(facts.program, limit=TITLE)}",
        subtitle=f"{instant(facts.as_of)}. {counted(len(facts.systems), 'system')}.",
        blocks=tuple(blocks),
        footer=footer(facts),
        language=facts.language,
    )


def _table(facts: BriefFacts) -> Table:
    return Table(
        caption="Every system, worst status first.",
        columns=_COLUMNS,
        rows=tuple(_row(system) for system in worst_first(facts.systems)),
    )


def _row(system: SystemFact) -> tuple[Cell, ...]:
    gate = system.gate
    criteria: tuple[Cell, ...] = (
        ((Small(gate.reason),), (), (), ()) if isinstance(gate, NotMeasured) else _gate(gate)
    )
    return (
        run(system.name, " ", RefLink(ref=system.ref, url=system.href, title=system.name)),
        (StatusWord(system.status),),
        *criteria,
        (system.evidence,),
        _figure(system.scope_confidence),
    )


def _gate(gate: GateFact) -> tuple[Cell, ...]:
    link = RefLink(ref=gate.ref, url=gate.href, title="Next gate")
    return ((link,), (gate.met,), (gate.not_met,), (gate.unknown,))


def _figure(figure: Number | NotMeasured) -> Inlines:
    return (Small(figure.reason),) if isinstance(figure, NotMeasured) else (figure,)
