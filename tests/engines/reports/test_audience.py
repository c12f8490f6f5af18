"""Four views of one record cannot disagree: every figure of every view is a figure of the brief's facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

import pytest

from plimsoll.engines.reports import markdown
from plimsoll.engines.reports.audience import Audience, compose_view
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.brief_facts import BriefFacts, GateFact, NotMeasured
from plimsoll.engines.reports.inlines import Number, Status, StatusWord
from plimsoll.engines.reports.reading import numbers
from tests.engines.reports import samples, test_html, test_markdown
from tests.engines.reports.test_same_numbers import assert_in_order

FACTS: list[Callable[[], BriefFacts]] = [
    samples.tiny, samples.realistic, samples.measured, samples.huge, samples.overfull,
]  # fmt: skip


def every(value: object) -> Iterator[Number | Status]:
    """All figures and statuses that lie in the facts."""
    if isinstance(value, Number | Status):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from every(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from every(part)


def texts_of(facts: BriefFacts) -> set[str]:
    return {part.text if isinstance(part, Number) else StatusWord(part).text for part in every(facts)} | {
        StatusWord(Status.WHITE).text
    }


@pytest.mark.parametrize("make", FACTS)
@pytest.mark.parametrize("audience", Audience)
def test_every_figure_of_every_view_is_one_of_the_facts(
    make: Callable[[], BriefFacts], audience: Audience
) -> None:
    facts = make()
    found = numbers(compose_view(facts, audience))
    assert set(found) <= texts_of(facts)
    assert found


@pytest.mark.parametrize("make", FACTS)
def test_every_figure_of_the_brief_stands_in_some_view(make: Callable[[], BriefFacts]) -> None:
    facts = make()
    told = {number for audience in Audience for number in numbers(compose_view(facts, audience))}
    assert set(numbers(compose_brief(facts))) <= told


@pytest.mark.parametrize("audience", Audience)
def test_html_and_markdown_of_a_view_show_the_same_figures(audience: Audience) -> None:
    document = compose_view(samples.realistic(), audience)
    shown = [
        "".join(element.itertext())
        for element in test_html.parsed(document).iter()
        if {"report-number", "report-status"} & set(element.get("class", "").split())
    ]
    assert tuple(shown) == numbers(document)
    assert_in_order(numbers(document), test_markdown.shown(markdown.render(document)))


@pytest.mark.parametrize("audience", Audience)
def test_a_view_has_the_footer_of_the_brief(audience: Audience) -> None:
    facts = samples.realistic()
    assert compose_view(facts, audience).footer == compose_brief(facts).footer
    assert any(str(facts.record) in part for part in compose_view(facts, audience).footer)


def test_the_table_has_each_systems_own_figures() -> None:
    facts = samples.realistic()
    text = markdown.render(compose_view(facts, Audience.ENGINEERING))
    for system in facts.systems:
        row = next(line for line in text.splitlines() if line.startswith("|") and system.name in line)
        expected = [system.evidence]
        if isinstance(system.gate, GateFact):
            expected += [system.gate.met, system.gate.not_met, system.gate.unknown]
        for number in expected:
            assert number.text in row


def test_what_is_not_measured_says_why_in_the_table() -> None:
    facts = samples.realistic()
    bare = samples.system(
        1, "Bosun", "customers",
        gate=NotMeasured(reason="No gate is open"),
        scope_confidence=NotMeasured(reason="Nothing is answered"),
    )  # fmt: skip
    text = markdown.render(compose_view(samples.with_systems(facts, bare), Audience.COMPLIANCE))
    assert "No gate is open" in text
    assert "Nothing is answered" in text


def test_audiences_are_told_different_things_first() -> None:
    facts = samples.realistic()
    orders = {tuple(type(b).__name__ + str(b)[:60] for b in compose_view(facts, a).blocks) for a in Audience}
    assert len(orders) == len(Audience)
