"""Facts for the brief with a figure in every place, and with far more of everything than fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from plimsoll.engines.reports.brief_facts import (
    BriefFacts,
    ExceptionFact,
    ExceptionKind,
    Measured,
    NotMeasured,
    PositionFact,
    UnknownFact,
)
from plimsoll.engines.reports.inlines import (
    Number,
    Status,
)
from tests.engines.reports.ordinary_facts import NOW, count, option, realistic, system


def measured() -> BriefFacts:
    """Like the realistic one, with a figure in every place that can hold one."""
    figure = Number(
        value="EUR 240,000", unit="a year", interval="90 %: 60,000–900,000", source="simulation 14, seed 7"
    )
    facts = realistic()
    dates = Measured(
        figures=(
            ("P50", Number(value="Thu 18 Mar", source="schedule 9, seed 7")),
            ("P80", Number(value="Wed 24 Mar", source="schedule 9, seed 7")),
        )
    )
    load = Measured(
        figures=(
            ("load", figure),
            ("line", Number(value="EUR 300,000", unit="a year", source="appetite of GA")),
        ),
        sentence="The margin is smaller than one ordinary incident",
        status=Status.AMBER,
    )
    first = facts.decisions[0]
    return replace(
        facts,
        systems=tuple(replace(s, dates=dates, load=load) for s in facts.systems),
        risks=tuple(replace(r, exposure=figure) for r in facts.risks),
        decisions=(
            replace(
                first,
                options=tuple(
                    replace(o, loss=figure, delay=count(4, "days", "schedule 9, seed 7"))
                    for o in first.options
                ),
            ),
        ),
        incidents=Measured(
            figures=(
                ("Incidents", count(1, "this quarter", "incident log, Mon 15 Mar")),
                ("near misses", count(2, "this quarter", "incident log, Mon 15 Mar")),
            ),
            sentence="Our gate would have caught one of the three: it never asked about vendor documents",
        ),
        forecasts=Measured(
            figures=(("Brier score", Number(value="0.18", source="24 resolved questions, Mon 15 Mar")),),
            status=Status.GREEN,
        ),
        earned=Measured(
            figures=(("Tenders answered", count(3, "in 6 days instead of 19", "questionnaire log")),)
        ),
    )


def huge() -> BriefFacts:
    """Forty systems, a hundred of everything else, every text at or beyond its limit."""
    long = "unmeasured consequences of outsourcing " * 12
    facts = measured()
    first = facts.decisions[0]
    number = Number(
        value="EUR 240,000,000",
        unit="a year and site",
        interval="90 %: 60,000,000–900,000,000",
        source="s" * 80,
    )
    gap = NotMeasured(reason=long, missing=long)
    return replace(
        facts,
        program=long,
        log_position=10**9,
        systems=tuple(
            system(
                n,
                long,
                long,
                status=list(Status)[n % 4],
                rule=long,
                dates=replace(gap, reason=f"{n} {long}"),
                load=Measured(figures=(("load", number), ("line", number), ("margin", number)), sentence=long)
                if n % 8
                else replace(gap, reason=f"{n} {long}"),
                scope_confidence=replace(gap, reason=f"{n} {long}"),
            )
            for n in range(1, 41)
        ),
        risks=tuple(
            replace(
                facts.risks[0],
                ref=f"RSK-{n}",
                sentence=long,
                why=long,
                exposure=replace(gap, reason=f"{n} {long}"),
            )
            for n in range(1, 101)
        ),
        unknowns=tuple(
            UnknownFact(
                ref=f"ASM-{n}",
                sentence=long,
                assumed=long,
                owner=long,
                due_on=NOW.date() + timedelta(days=n - 50),
            )
            for n in range(1, 101)
        ),
        decisions=tuple(
            replace(
                first,
                ref=f"DEC-{n}",
                question=long,
                asked_of=long,
                options=tuple(option(f"{name} {long}", long) for name in "ABCDE"),
                positions=tuple(PositionFact(person=long, stance=long, why=long) for _ in range(5)),
            )
            for n in range(1, 21)
        ),
        exceptions=tuple(
            ExceptionFact(
                ref=f"WVR-{n}",
                kind=ExceptionKind.WAIVER,
                sentence=long,
                owner=long,
                expires_on=NOW.date() + timedelta(days=n - 50),
            )
            for n in range(1, 101)
        ),
        incidents=replace(gap, reason=f"incidents {long}"),
        forecasts=gap,
        earned=gap,
    )


def crowded() -> BriefFacts:
    """Three systems with ordinary texts, everything measured, and more of each thing than is shown."""
    facts = measured()
    return replace(
        facts,
        risks=facts.risks * 3,
        unknowns=facts.unknowns * 3,
        decisions=facts.decisions * 4,
        exceptions=facts.exceptions * 3,
    )


def overfull() -> BriefFacts:
    """Every figure as wide as a figure may be, from a source of its own: more than one page can hold."""
    facts = measured()
    fat = Measured(
        figures=tuple(
            (f"{n}", Number(source=f"{n} " + "s " * 38, value="9" * 32, unit="u" * 32, interval="0" * 48))
            for n in range(4)
        )
    )
    number = fat.figures[0][1]
    first = facts.decisions[0]
    return replace(
        facts,
        systems=tuple(replace(s, dates=fat, load=fat, scope_confidence=number) for s in facts.systems),
        risks=tuple(replace(r, exposure=number) for r in facts.risks),
        decisions=(
            replace(first, options=tuple(replace(o, loss=number, delay=number) for o in first.options)),
        ),
        incidents=fat,
        forecasts=fat,
        earned=fat,
    )
