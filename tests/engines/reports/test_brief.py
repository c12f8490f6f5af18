"""The one-page brief: nine lines, in order, honest about what is not measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from plimsoll.engines.reports import markdown
from plimsoll.engines.reports.brief_facts import (
    BriefFacts,
    DecisionFact,
    ExceptionFact,
    ExceptionKind,
    Measured,
    Movement,
    NotMeasured,
    OptionFact,
    PositionFact,
    RiskFact,
    UnknownFact,
)
from plimsoll.engines.reports.document import Document, Line
from plimsoll.engines.reports.inlines import Number, Status, StatusWord
from plimsoll.engines.reports.page_room import PAGE_LINES, lines_needed
from plimsoll.kernel.errors import BadInput
from tests.engines.reports import samples, test_markdown

LABELS = [
    "What ships to whom",
    "Load against line",
    "Risks",
    "What we do not know, and when we will",
    "Decision asked",
    "Exceptions in force",
    "Incidents, near misses",
    "How good our forecasts were",
    "What security earned",
]


def lines_of(document: Document) -> list[Line]:
    return [block for block in document.blocks if isinstance(block, Line)]


def said(facts: BriefFacts, line: int) -> str:
    """What one line of the brief says, as its Markdown reader shows it."""
    document = samples.brief_of(facts)
    chosen = lines_of(document)[line - 1]
    only = replace(document, title="T", subtitle="S", footer=(), blocks=(chosen,))
    shown = test_markdown.shown(markdown.render(only))
    return shown.removeprefix(f"T S 1. {chosen.label} ").partition(" Sources")[0]


@pytest.mark.parametrize("make", [samples.tiny, samples.realistic, samples.measured, samples.huge])
def test_the_nine_lines_stand_in_order(make: Callable[[], BriefFacts]) -> None:
    document = samples.brief_of(make())
    assert [line.label for line in lines_of(document)] == LABELS
    assert len(document.blocks) == 9
    assert document.one_page


def test_title_subtitle_and_footer_name_program_instant_and_record() -> None:
    document = samples.brief_of(samples.realistic())
    assert document.title == "Brief: Halyard AI products"
    assert document.subtitle == "Mon 15 Mar 2027, 14:05 UTC. 3 systems."
    assert document.footer == (
        f"record {samples.RECORD}",
        "log position 1,204",
        "Mon 15 Mar 2027, 14:05 UTC",
    )


def test_what_is_not_measured_is_white_and_says_what_is_missing() -> None:
    lines = lines_of(samples.brief_of(samples.tiny()))
    white = StatusWord(Status.WHITE)
    assert [line.status for line in lines] == [None, white, None, None, None, None, white, white, white]
    assert "Nobody has estimated a loss. Missing: estimates for the recorded risks." in said(
        samples.tiny(), 2
    )
    assert "No incident record is kept yet. Missing: the first declared incident" in said(samples.tiny(), 7)
    assert "P50 and P80 ○ not enough data: no schedule is simulated." in said(samples.tiny(), 1)


def test_an_empty_program_says_that_nothing_is_recorded_not_that_all_is_well() -> None:
    facts = samples.tiny()
    assert "No risk is recorded. That shows that nobody wrote one down" in said(facts, 3)
    assert "No unknown is recorded." in said(facts, 4)
    assert "Scope confidence ○ not enough data: no question is answered." in said(facts, 4)
    assert "No decision is asked today." in said(facts, 5)
    assert "None is in force." in said(facts, 6)
    assert "prototype → limited, no date promised" in said(facts, 1)
    assert "no gate is planned" in said(facts, 1)


def test_systems_stand_worst_first_with_the_rule_that_won() -> None:
    text = said(samples.realistic(), 1)
    assert text.index("Lookout") < text.index("Bosun") < text.index("Keel")
    assert "■ over the line 2 assumptions are past due, one of the worst-case class" in text
    assert (
        "limited → GA by Wed 30 Jun GTE-2 21 met, 0 not met, 2 unknown [e] 14 pieces of evidence [f]" in text
    )


def test_a_system_at_the_end_of_its_life_has_no_next_step() -> None:
    system = replace(samples.realistic().systems[0], next_stage=None)
    assert "pilot by Fri 26 Mar" in said(samples.with_systems(samples.tiny(), system), 1)


def test_systems_beyond_the_page_are_counted_by_status() -> None:
    text = said(samples.huge(), 1)
    assert "And 37 more systems: 7 ■ over the line, 10 ▲ close, 10 ○ not enough data, 10 ● within." in text
    assert "And 37 more systems." in said(samples.huge(), 2)


def test_measured_dates_and_loads_are_shown_per_system() -> None:
    facts = samples.measured()
    assert "P50: Thu 18 Mar, P80: Wed 24 Mar" in said(facts, 1)
    assert "not enough data" not in said(facts, 1)
    assert "Bosun load: EUR 240,000 a year (90 %: 60,000–900,000)" in said(facts, 2)
    assert "▲ close. The margin is smaller than one ordinary incident." in said(facts, 2)


def test_a_load_that_only_some_systems_have_names_the_others() -> None:
    facts = samples.measured()
    first, second, third = facts.systems
    number = Number(value="EUR 1", source="simulation 1")
    bare = Measured(figures=(("load", number),))
    changed = samples.with_systems(
        facts, replace(first, load=bare), replace(second, load=samples.NO_LOAD), third
    )
    text = said(changed, 2)
    assert "Bosun load: EUR 1" in text
    assert "Load of Keel ○ not enough data: nobody has estimated a loss." in text


def test_loads_missing_for_different_reasons_are_not_lumped_together() -> None:
    facts = samples.realistic()
    systems = tuple(replace(s, load=NotMeasured(reason=f"reason of {s.name}")) for s in facts.systems)
    text = said(samples.with_systems(facts, *systems), 2)
    assert "Load of Lookout ○ not enough data: reason of Lookout." in text
    assert "Load of Bosun ○ not enough data: reason of Bosun. And 1 more reason." in text
    assert "reason of Keel" not in text


def test_a_load_known_only_beyond_the_page_is_not_called_unknown_for_all() -> None:
    white = [samples.system(n, f"S{n}", "x", status=Status.RED) for n in range(1, 5)]
    load = Measured(figures=(("load", Number(value="EUR 1", source="simulation 1")),))
    facts = samples.with_systems(samples.tiny(), *white, samples.system(5, "S5", "x", load=load))
    text = said(facts, 2)
    assert text.startswith("Load ○ not enough data: nobody has estimated a loss.")
    assert "And 1 more system." in text


def test_risks_say_movement_why_and_marked_priors() -> None:
    text = said(samples.realistic(), 3)
    assert "↑ Rising: two vendors were added on 1 March" in text
    assert "Loss EUR 68,000 a year (90 %: 15,000–400,000), prior [a]." in text
    assert "New: found by a foreman" in text
    assert "Loss of RSK-6 and RSK-11 ○ not enough data: nobody has estimated a loss." in text


def test_a_risk_whose_movement_is_not_known_says_so() -> None:
    risk = RiskFact(
        ref="RSK-2",
        sentence="Tenants see each other's documents",
        movement=samples.NO_MOVEMENT,
        why="one index serves all tenants",
        exposure=samples.NO_LOAD,
    )
    unmoved = replace(risk, ref="RSK-3", movement=Movement.FALLING, why="")
    text = said(replace(samples.tiny(), risks=(risk, unmoved)), 3)
    assert "RSK-2 Tenants see each other's documents. One index serves all tenants." in text
    assert "RSK-3 Tenants see each other's documents. ↓ Falling." in text
    assert "Movement of RSK-2 ○ not enough data: this is the first brief." in text


def test_unknowns_say_what_is_assumed_who_finds_out_and_when() -> None:
    text = said(samples.realistic(), 4)
    assert "Scope confidence: Lookout 54 % [a], Bosun 83 % [b], Keel 61 % [c]." in text
    assert "Until then it does (assumed). Weiss, past due since Fri 5 Feb, 38 days ago." in text
    assert "Ines, Fri 19 Mar, in 4 days." in text
    assert "Are faces visible in the pictures that are kept? Nobody has taken it, no date yet." in text
    assert "And 2 more unknowns, 1 of them past due." in text


def test_an_unknown_due_today_is_not_past_due() -> None:
    unknown = UnknownFact(ref="A1", sentence="Who pays", owner="Dana", due_on=samples.NOW.date())
    assert "Dana, Mon 15 Mar, today." in said(replace(samples.tiny(), unknowns=(unknown,)), 4)


def test_unknowns_beyond_the_page_that_are_not_late_are_only_counted() -> None:
    unknown = UnknownFact(ref="A1", sentence="Who pays")
    text = said(replace(samples.tiny(), unknowns=(unknown,) * 6), 4)
    assert text.endswith("And 1 more unknown.")


def test_a_decision_shows_three_options_and_who_disagrees() -> None:
    text = said(samples.realistic(), 5)
    assert (
        "DEC-7 How does Bosun reach its partner on 26 March? Asked of Okafor by Thu 18 Mar, in 3 days."
        in text
    )
    assert "C Ship read-only on the day, refunds after the test." in text
    assert "Dana disagrees but will support: the partner paid for refunds." in text
    assert "Loss ○ not enough data: nobody has estimated a loss." in text
    assert "Delay 4 days [" in said(samples.measured(), 5)


def test_a_decision_without_date_or_dissent_says_so_and_others_are_named() -> None:
    first = samples.realistic().decisions[0]
    quiet = replace(first, due_on=None, positions=())
    others = tuple(replace(first, ref=f"DEC-{n}") for n in (8, 9))
    text = said(replace(samples.tiny(), decisions=(quiet, *others)), 5)
    assert "Asked of Okafor, no date set." in text
    assert "No disagreement is recorded." in text
    assert "And 2 more decisions: DEC-8 and DEC-9." in text


def test_options_and_positions_beyond_the_page_are_counted() -> None:
    first = samples.realistic().decisions[0]
    many = replace(
        first,
        options=(*first.options, samples.option("D", "Stop")),
        positions=(*first.positions, PositionFact(person="Ines", stance="recuses", why="")),
    )
    text = said(replace(samples.tiny(), decisions=(many,)), 5)
    assert "And 1 more option." in text
    assert text.endswith("And 1 more position.")
    alone = replace(many, positions=(PositionFact(person="Ines", stance="recuses", why=""),))
    assert said(replace(samples.tiny(), decisions=(alone,)), 5).endswith("Ines recuses.")


def test_an_exception_past_its_end_is_said_to_have_ended() -> None:
    text = said(samples.realistic(), 6)
    assert "WVR-1 Waiver: prototype key shared by two engineers; rotated weekly." in text
    assert "Tomas, ended Fri 12 Mar, 3 days ago." in text
    assert "Almeida, ends Wed 30 Jun, in 107 days." in text


def test_exceptions_beyond_the_page_are_counted_and_the_late_ones_named() -> None:
    exceptions = samples.realistic().exceptions
    assert said(replace(samples.tiny(), exceptions=exceptions * 2), 6).endswith(
        "And 4 more exceptions, 1 of them past their end."
    )
    assert said(replace(samples.tiny(), exceptions=(*exceptions, exceptions[1])), 6).endswith(
        "And 1 more exception."
    )


def test_measured_lines_show_figures_status_and_meaning() -> None:
    facts = samples.measured()
    assert "Incidents: 1 this quarter, near misses: 2 this quarter [a]. Our gate would" in said(facts, 7)
    assert "● within Brier score: 0.18 [a]." in said(facts, 8)
    assert said(facts, 9) == "Tenders answered: 3 in 6 days instead of 19 [a]."


def test_texts_are_cut_harder_the_more_there_is_to_say() -> None:
    whole = "Crane crews in six port yards: stops the crane when a person stands in the zone"
    assert whole in said(samples.realistic(), 1)
    crowded = samples.brief_of(samples.huge())
    assert "…" in markdown.render(crowded)
    assert lines_needed(samples.brief_of(samples.realistic())) <= PAGE_LINES
    assert lines_needed(crowded) <= PAGE_LINES
    assert lines_needed(samples.brief_of(samples.overfull())) > PAGE_LINES


def test_the_same_facts_give_the_same_brief() -> None:
    assert samples.brief_of(samples.huge()) == samples.brief_of(samples.huge())


OPTION = samples.option("A", "Ship")
UNKNOWN = UnknownFact(ref="A1", sentence="Who pays")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NotMeasured(reason=""), "reason why something is not measured"),
        (lambda: Measured(figures=()), "has 0 figures"),
        (lambda: Measured(figures=(("x", Number(value="1", source="s")),) * 5), "has 5 figures"),
        (lambda: Measured(figures=((" ", Number(value="1", source="s")),)), "label of a figure"),
        (lambda: samples.gate("", met=1, not_met=1, unknown=1), "ref of a gate"),
        (lambda: samples.system(1, "", "x"), "name of a system"),
        (lambda: samples.system(1, "Bosun", ""), "audience of Bosun"),
        (lambda: samples.system(1, "Bosun", "x", rule=""), "status rule of a system"),
        (lambda: samples.system(1, "Bosun", "x", href="javascript:1"), "The system SYS-1 has the link"),
        (lambda: replace(UNKNOWN, ref=""), "ref of an unknown"),
        (lambda: replace(UNKNOWN, sentence=""), "sentence of A1"),
        (lambda: replace(UNKNOWN, href="//x"), "The unknown A1 has the link"),
        (lambda: replace(OPTION, name=""), "name of an option"),
        (lambda: replace(OPTION, sentence=""), "sentence of option A"),
        (lambda: PositionFact(person="", stance="dissents", why=""), "person of a position"),
        (lambda: PositionFact(person="Marc", stance="", why=""), "stance of Marc"),
        (lambda: decision((OPTION, OPTION)), "DEC-1 compares 2 options"),
        (lambda: replace(samples.tiny(), program=""), "name of the program"),
        (lambda: replace(samples.tiny(), systems=()), "has no systems"),
        (lambda: replace(samples.tiny(), as_of=datetime(2027, 3, 15)), "no time zone"),  # noqa: DTZ001 - refused
        (lambda: replace(samples.tiny(), log_position=-1), "log position is -1"),
        (lambda: samples.brief_of(replace(samples.tiny(), language="English")), "not a language tag"),
    ],
)
def test_facts_that_could_not_be_shown_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        make()
    assert message in caught.value.message


def decision(options: tuple[OptionFact, ...]) -> DecisionFact:
    return DecisionFact(ref="DEC-1", question="Ship", asked_of="Okafor", options=options)


def test_an_exception_needs_an_owner() -> None:
    with pytest.raises(BadInput, match="owner of WVR-1"):
        ExceptionFact(
            ref="WVR-1", kind=ExceptionKind.WAIVER, sentence="x", owner="", expires_on=date(2027, 4, 1)
        )
