"""The brief of a real program: every figure is computed, linked, and the same in every rendering."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from html import unescape

import pypdf
import pytest
from django.http import QueryDict
from django.test import Client

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.reports.brief_facts import BriefFacts, GateFact, Movement, NotMeasured
from plimsoll.engines.reports.document import Document
from plimsoll.engines.reports.inlines import Number, Status
from plimsoll.engines.reports.reading import numbers
from plimsoll.kernel import clock
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import Conflict, NotFound
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide.facts import system_status
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.prove.pages.evidence import _spec
from plimsoll.loop.report.facts import brief_facts
from plimsoll.loop.scope import services as scope
from plimsoll.people import services as people
from plimsoll.people.selectors import program_named
from plimsoll.ui.lists import ListQuery
from tests.engines.reports.test_same_numbers import assert_in_order
from tests.loop.decide.bridge import decide
from tests.loop.report.busy import LATER
from tests.voyages import Voyage, attested, dossier_of, gate_at

Counting = Callable[[int], AbstractContextManager[object]]


def facts_of(voyage: Voyage, *, by: str = "odile") -> BriefFacts:
    actor = voyage.crew.actor(by)
    return brief_facts(actor, program_named(actor, voyage.crew.program.slug), now=clock.now())


def brief_of(voyage: Voyage) -> Document:
    return compose_brief(facts_of(voyage))


def get(voyage: Voyage, client: Client, path: str, *, by: str = "odile") -> bytes:
    client.force_login(voyage.crew.users[by])
    response = client.get(f"/{voyage.crew.program.slug}/{path}")
    assert response.status_code == 200, path
    return bytes(response.content)


def walk(value: object) -> Iterator[object]:
    """A value and everything within."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from walk(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from walk(item)


# ------------------------------------------------------------ what it says


def test_the_line_of_a_system_says_how_it_stands_and_where_that_comes_from(busy: Voyage) -> None:
    (system,) = facts_of(busy).systems
    assert (system.ref, system.name, system.stage, system.next_stage) == (
        "SYS-1",
        "Bosun",
        Stage.PROTOTYPE,
        Stage.PILOT,
    )
    computed = system_status(dossier_of(busy))
    assert system.status is Status[computed.colour.name]
    assert system.rule == f"{computed.because.title}: {computed.because.text}"
    assert system.committed_on == date(2027, 3, 26)
    result = gate_at(busy, Stage.PILOT).result
    assert isinstance(system.gate, GateFact)
    assert [n.value for n in (system.gate.met, system.gate.not_met, system.gate.unknown)] == [
        str(result.count(v)) for v in (Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN)
    ]
    assert isinstance(system.dates, NotMeasured)
    assert isinstance(system.load, NotMeasured)


def test_the_count_of_evidence_is_the_count_on_the_page_it_leads_to(busy: Voyage) -> None:
    """Also when newer evidence has taken the place of older that is still in force."""
    attested(busy, "threat-model")
    (system,) = facts_of(busy).systems
    odile = busy.crew.actor("odile")
    _, _, asked = system.evidence.href.partition("?")
    query = ListQuery.read(_spec([("1", "Bosun")]), QueryDict(asked))
    _, total = prove.evidence_page(odile, busy.program_id, query, now=LATER)
    assert system.evidence.value == str(total) == "4"


def test_the_scope_confidence_reads_as_the_status_and_the_page_read_it(bosun: Voyage, client: Client) -> None:
    """15 of 27 are 55.6 %, and everywhere it says 55."""
    (system,) = facts_of(bosun).systems
    assert isinstance(system.scope_confidence, Number)
    assert system.scope_confidence.value == "55 %"
    assert system.rule == "Scope confidence: 55 % certain"
    assert "55 %" in get(bosun, client, "scope/SYS-1/").decode()


def test_risks_come_with_the_largest_loss_first_and_say_what_moved_them(busy: Voyage) -> None:
    risks = {r.ref: r for r in facts_of(busy).risks}
    assert next(iter(risks)) == "RSK-1"
    assert risks["RSK-1"].movement is Movement.FALLING
    assert risks["RSK-1"].why.endswith("two weeks ago")
    assert risks["RSK-2"].movement is Movement.UNCHANGED
    assert isinstance(risks["RSK-3"].movement, NotMeasured)
    assert risks["RSK-4"].movement is Movement.NEW
    exposure = risks["RSK-1"].exposure
    assert isinstance(exposure, Number)
    assert exposure.value == "18 % a year"
    assert exposure.interval == "EUR 40,000–1,200,000 if so"
    assert exposure.source == "Tess Marsh alone"
    assert isinstance(risks["RSK-2"].exposure, NotMeasured)


def test_a_risk_rises_when_what_proved_its_mitigation_runs_out(busy: Voyage) -> None:
    with frozen_at(LATER + timedelta(days=95)):
        attested(busy, "threat-model")
        risks = {r.ref: r for r in facts_of(busy).risks}
    assert risks["RSK-1"].movement is Movement.RISING


def test_unknowns_come_with_what_settles_most_first_and_with_who_finds_out(busy: Voyage) -> None:
    unknowns = facts_of(busy).unknowns
    ranked = {u.question: u for u in dossier_of(busy).sheet.unknowns}
    assert len(unknowns) == sum(1 for u in ranked.values() if u.settles_best)
    owned = next(u for u in unknowns if u.ref.startswith("ASM-"))
    assert (owned.owner, owned.due_on, owned.assumed) == ("Eve Lund", date(2027, 2, 3), "Yes")
    nobody = next(u for u in unknowns if not u.ref.startswith("ASM-"))
    assert (nobody.owner, nobody.due_on) == ("", None)
    assert nobody.href == f"/{busy.crew.program.slug}/scope/SYS-1/"


def test_the_decision_that_is_asked_names_options_and_who_disagrees(busy: Voyage) -> None:
    (decision,) = facts_of(busy).decisions
    assert (decision.ref, decision.question) == ("GTE-1", "May Bosun enter pilot")
    assert (decision.asked_of, decision.due_on) == ("approver", date(2027, 3, 26))
    assert [o.name for o in decision.options] == ["A", "B", "C"]
    delay = decision.options[1].delay
    assert isinstance(delay, Number)
    assert (delay.value, delay.unit) == ("14", "days")
    (position,) = decision.positions
    assert (position.person, position.stance, position.why) == (
        "Xan Almeida",
        "dissent",
        "Retention is not settled.",
    )


def test_a_deferred_decision_is_still_asked_and_a_made_one_is_not(busy: Voyage) -> None:
    decide(busy, Outcome.DEFER)
    assert [d.ref for d in facts_of(busy).decisions] == ["GTE-1"]
    decide(busy, Outcome.NO_GO)
    assert facts_of(busy).decisions == ()


def test_exceptions_are_the_waivers_in_force_on_the_day(busy: Voyage) -> None:
    (waiver,) = facts_of(busy).exceptions
    assert (waiver.ref, waiver.owner, waiver.expires_on) == ("WVR-1", "Ada Okafor", date(2027, 3, 1))
    assert waiver.sentence.startswith("Bosun: trace logging")
    with frozen_at(LATER + timedelta(days=30)):
        assert facts_of(busy).exceptions == ()


def test_what_is_not_measured_yet_says_so_on_its_line(busy: Voyage) -> None:
    facts = facts_of(busy)
    for line in (facts.incidents, facts.forecasts, facts.earned):
        assert isinstance(line, NotMeasured)


# ------------------------------------------------------------ where it comes from


def test_every_figure_and_every_record_leads_to_a_page_that_is_there(busy: Voyage, client: Client) -> None:
    found = list(walk(facts_of(busy)))
    figures = [value for value in found if isinstance(value, Number)]
    assert len(figures) >= 8
    assert all(figure.href for figure in figures)
    addresses = {str(v.href) for v in found if getattr(v, "href", "")}
    assert len(addresses) >= 8
    client.force_login(busy.crew.users["odile"])
    for address in sorted(addresses):
        assert client.get(address).status_code == 200, address


def test_the_gate_s_counts_are_those_that_its_page_shows(busy: Voyage, client: Client) -> None:
    (system,) = facts_of(busy).systems
    assert isinstance(system.gate, GateFact)
    page = get(busy, client, "gates/GTE-1/").decode()
    for number in (system.gate.met, system.gate.not_met, system.gate.unknown):
        assert number.value in page


def test_the_footer_names_the_record_and_the_position_in_the_log(busy: Voyage) -> None:
    facts = facts_of(busy)
    assert facts.log_position == entry_count()
    assert facts.as_of == LATER
    footer = " ".join(brief_of(busy).footer)
    assert f"record {facts.record}" in footer
    assert f"log position {entry_count():,}" in footer


def test_the_record_changes_with_what_is_decided_on_and_not_with_the_hour(busy: Voyage) -> None:
    before = facts_of(busy).record
    with frozen_at(LATER + timedelta(hours=3)):
        assert facts_of(busy).record == before
    scope.answer(actor=busy.crew.actor("tess"), system_id=busy.system.pk, question="D2", value="yes")
    assert facts_of(busy).record != before


def test_everybody_in_the_program_reads_the_same_brief(busy: Voyage) -> None:
    assert facts_of(busy, by="tess") == facts_of(busy, by="odile") == facts_of(busy, by="xan")


def test_its_facts_take_a_fixed_number_of_queries(
    busy: Voyage, django_assert_max_num_queries: Counting
) -> None:
    actor = busy.crew.actor("odile")
    program = program_named(actor, busy.crew.program.slug)
    with django_assert_max_num_queries(30):
        brief_facts(actor, program, now=clock.now())


# ------------------------------------------------------------ in every rendering


def test_the_page_the_text_and_the_print_show_the_same_numbers(busy: Voyage, client: Client) -> None:
    expected = numbers(brief_of(busy))
    assert len(expected) >= 10
    page = get(busy, client, "brief/").decode()
    paper = page[page.index("<article") :] if "<article" in page else page
    assert_in_order(expected, unescape(re.sub(r"<[^>]+>", "", paper)))
    text = get(busy, client, "brief.md").decode()
    assert_in_order(expected, re.sub(r"[\\*_`\[\]]|\(/[^)]*\)", "", unescape(text)))
    pdf = pypdf.PdfReader(io.BytesIO(get(busy, client, "brief.pdf")))
    assert_in_order(expected, "".join(p.extract_text() for p in pdf.pages))


def test_it_prints_on_one_page_of_a4(busy: Voyage, client: Client) -> None:
    pdf = pypdf.PdfReader(io.BytesIO(get(busy, client, "brief.pdf")))
    assert len(pdf.pages) == 1
    width, height = (float(x) for x in pdf.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (595, 842)
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Brief: Halyard"


def test_the_files_are_named_for_the_program(busy: Voyage, client: Client) -> None:
    client.force_login(busy.crew.users["odile"])
    text = client.get(f"/{busy.crew.program.slug}/brief.md")
    assert text["Content-Disposition"] == 'attachment; filename="halyard-brief.md"'
    assert text["Content-Type"] == "text/markdown; charset=utf-8"
    pdf = client.get(f"/{busy.crew.program.slug}/brief.pdf")
    assert pdf["Content-Disposition"] == 'inline; filename="halyard-brief.pdf"'


# ------------------------------------------------------------ when there is nothing to say


def test_a_program_without_a_system_has_no_brief_and_says_what_to_do(bosun: Voyage, client: Client) -> None:
    program = people.open_program(actor=bosun.crew.actor("tess"), name="Compass")
    tess = bosun.crew.actor("tess")
    with pytest.raises(Conflict) as caught:
        brief_facts(tess, program_named(tess, program.slug), now=clock.now())
    assert caught.value.message == "Compass has no system yet, so there is nothing to brief about."
    assert caught.value.hint == "Describe a system first."
    client.force_login(bosun.crew.users["tess"])
    for path in ("brief/", "brief.md", "brief.pdf"):
        response = client.get(f"/{program.slug}/{path}")
        assert response.status_code == 409
        assert "Compass has no system yet" in response.content.decode()


def test_day_zero_has_a_brief_that_says_what_nobody_has_done(bosun: Voyage) -> None:
    facts = facts_of(bosun)
    (system,) = facts.systems
    assert system.evidence.value == "0"
    assert (facts.risks, facts.decisions, facts.exceptions) == ((), (), ())
    assert len(facts.unknowns) == 8
    assert compose_brief(facts).one_page


def test_a_system_of_which_nothing_is_said_or_promised_is_in_the_brief_too(bosun: Voyage) -> None:
    scope.describe_system(
        actor=bosun.crew.actor("tess"),
        program_id=bosun.program_id,
        name="Raft",
        sentence="Floats",
        owner_id=bosun.crew.id("dev"),
    )
    raft = facts_of(bosun).systems[1]
    assert isinstance(raft.gate, NotMeasured)
    assert (raft.next_stage, raft.committed_on) == (None, None)


def test_strangers_read_no_brief(busy: Voyage, client: Client) -> None:
    with pytest.raises(NotFound):
        program_named(busy.crew.actor("mallory"), busy.crew.program.slug)
    client.force_login(busy.crew.users["mallory"])
    for path in ("brief/", "brief.md", "brief.pdf"):
        response = client.get(f"/{busy.crew.program.slug}/{path}")
        assert response.status_code == 404
        assert b"Bosun" not in response.content
