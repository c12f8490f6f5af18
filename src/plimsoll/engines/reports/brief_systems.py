"""The lines of the brief that speak about each system: what ships, load against line, scope confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from plimsoll.engines.reports.brief_facts import GateFact, Measured, NotMeasured, SystemFact
from plimsoll.engines.reports.brief_words import WHITE, Limits, capital, figures, gap, gaps, more, run, says
from plimsoll.engines.reports.document import BodyBlock, Cell, Column, ItemList, Line, Paragraph, Table
from plimsoll.engines.reports.inlines import Break, Inline, Inlines, RefLink, Small, StatusWord, Strong
from plimsoll.engines.reports.wording import clip, day, sentence
from plimsoll.kernel.stages import Stage

__all__ = ["load_line", "scope_confidence", "ships_line", "worst_first"]

_COLUMNS: Final = (
    Column(title="System, and for whom", weight=8),
    Column(title="Step and promised date, gate", weight=10),
    Column(title="Status, and the rule that set it", weight=7),
)


def worst_first(systems: Sequence[SystemFact]) -> tuple[SystemFact, ...]:
    """The systems in the order red, amber, white, green; otherwise in their own order."""
    return tuple(sorted(systems, key=lambda system: system.status.order))


def ships_line(systems: Sequence[SystemFact], *, today: date, limits: Limits) -> Line:
    """Line 1: what ships to whom when, with gate criteria, evidence and computed status."""
    ordered = worst_first(systems)
    shown, hidden = ordered[: limits.systems], ordered[limits.systems :]
    table = Table(
        caption="Systems, worst status first.",
        columns=_COLUMNS,
        rows=tuple(_row(system, today=today, limits=limits) for system in shown),
    )
    missing = gaps("P50 and P80", [(_name(s, limits), s.dates) for s in shown], limits=limits)
    return Line(label="What ships to whom", body=(table, *_rest(hidden), *missing))


def load_line(systems: Sequence[SystemFact], *, limits: Limits) -> Line:
    """Line 2: the simulated load of each system shown, against the line of its stage."""
    shown = worst_first(systems)[: limits.systems]
    label, first = "Load against line", shown[0].load
    if isinstance(first, NotMeasured) and all(system.load == first for system in systems):
        return Line(label=label, status=WHITE, body=(says(capital(gap(first, limits=limits))),))
    items = tuple(_load(s, s.load, limits) for s in shown if isinstance(s.load, Measured))
    body: list[BodyBlock] = [ItemList(items)] if items else []
    body += gaps("Load", [(_name(s, limits), s.load) for s in shown], limits=limits)
    body += more(len(systems) - len(shown), "system")
    return Line(label=label, body=tuple(body))


def scope_confidence(systems: Sequence[SystemFact], *, limits: Limits) -> tuple[Paragraph, ...]:
    """How much of the scope of each system shown is certain, and where nobody can say."""
    shown = worst_first(systems)[: limits.systems]
    parts: list[Inline | str] = []
    for system in shown:
        if not isinstance(system.scope_confidence, NotMeasured):
            parts += [
                ", " if parts else "Scope confidence: ",
                f"{_name(system, limits)} ",
                system.scope_confidence,
            ]
    said = (says(*parts, "."),) if parts else ()
    return said + gaps(
        "Scope confidence", [(_name(s, limits), s.scope_confidence) for s in shown], limits=limits
    )


def _row(system: SystemFact, *, today: date, limits: Limits) -> tuple[Cell, ...]:
    step = _stage(system.stage) + (f" → {_stage(system.next_stage)}" if system.next_stage else "")
    promised = f" by {day(system.committed_on, today=today)}" if system.committed_on else ", no date promised"
    dates: Inlines = ()
    if isinstance(system.dates, Measured):
        dates = (Break(), *figures(system.dates, limits=limits))
    link = RefLink(ref=system.ref, url=system.href, title=system.name)
    return (
        run(Strong(_name(system, limits)), " ", link, Break(), clip(system.audience, limit=limits.why)),
        run(f"{step}{promised}", *dates, Break(), *_criteria(system.gate, limits), Break(), system.evidence),
        run(StatusWord(system.status), Break(), Small(clip(system.rule, limit=limits.why))),
    )


def _stage(stage: Stage) -> str:
    return "GA" if stage is Stage.GA else stage.label


def _criteria(gate: GateFact | NotMeasured, limits: Limits) -> tuple[Inline | str, ...]:
    if isinstance(gate, NotMeasured):
        return (Small(clip(gate.reason, limit=limits.why)),)
    link = RefLink(ref=gate.ref, url=gate.href, title="Next gate")
    return (link, " ", gate.met, ", ", gate.not_met, ", ", gate.unknown)


def _load(system: SystemFact, load: Measured, limits: Limits) -> Inlines:
    status: tuple[Inline | str, ...] = (". ", StatusWord(load.status)) if load.status else ()
    meaning = sentence(clip(load.sentence, limit=limits.why))
    return run(
        Strong(_name(system, limits)),
        " ",
        *figures(load, limits=limits),
        *status,
        ".",
        f" {meaning}" if meaning else "",
    )


def _rest(hidden: Sequence[SystemFact]) -> tuple[Paragraph, ...]:
    counts = Counter(system.status for system in hidden)
    parts: list[Inline | str] = []
    for status in sorted(counts, key=lambda status: status.order):
        parts += [f"{', ' if parts else ': '}{counts[status]:,} ", StatusWord(status)]
    return more(len(hidden), "system", *parts)


def _name(system: SystemFact, limits: Limits) -> str:
    return clip(system.name, limit=limits.name)
