"""The matrix: the worst verdict of what answers a clause, its evidence, and what is missing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise

import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plimsoll.adapters.crosswalk import load_crosswalk
from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.kernel.errors import NotFound
from plimsoll.kernel.verdict import Verdict, met
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.report import selectors
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.scope import services as scoping
from tests.lading import NOW, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages

pytestmark = pytest.mark.django_db
WORST_FIRST = (Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.MET)
HOUSE = b"""id: house-rules
title: House rules
edition: "1"
clauses:
- {id: H, title: Before going live, kind: chapter}
- {id: H-2, title: Hatches, parent: H}
- {id: X, title: Alone}
- {id: H-1, title: Pumps, parent: H}
- {id: H-3, title: Gone, parent: H, withdrawn: true}
"""


@pytest.fixture
def pages(laden: Laden, client: Client) -> Pages:
    client.force_login(laden.crew.users["cal"])
    return Pages(client)


def rows(pages: Pages, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(pages.get(address).text.splitlines()))


def matrix(laden: Laden, framework: str) -> selectors.Matrix:
    return selectors.matrix_of(laden.actor("cal"), laden.program_id, framework, now=NOW)


def bring_in_house(laden: Laden) -> None:
    framework = read_framework([SourceFile(name="house.yaml", content=HOUSE)])
    scoping.import_framework(
        actor=laden.actor("cal"), program_id=laden.program_id, framework=framework, before_mark=""
    )


# ---------------------------------------------------------------- cells
def test_a_cell_has_the_worst_verdict_of_what_answers_it_counted_another_way(laden: Laden) -> None:
    cal, crosswalk = laden.actor("cal"), load_crosswalk()
    systems = scope.systems_of(cal, laden.program_id)
    sheets = prove.proof_sheets(cal, laden.program_id, systems, now=NOW)
    seen = set()
    for row in matrix(laden, "nist-ai-rmf").rows:
        rules = crosswalk.clause(row.entry.ref).requirements
        for system in systems:
            proofs = [p for rule, p in sheets[system.id].proofs.items() if rule in rules]
            verdicts = {p.judgement.verdict for p in proofs}
            expected = next((v for v in WORST_FIRST if v in verdicts), None)
            cell = row.cells[system.id]
            assert cell.verdict is expected, (row.entry.ref, system.name)
            assert set(cell.evidence) == {e.ref for p in proofs for e in p.used}
            seen.add(expected)
    assert {Verdict.UNKNOWN, None} <= seen


def test_worst_is_unknown_for_nothing_and_not_met_before_unknown(laden: Laden) -> None:
    answers = selectors.answers_of(laden.actor("cal"), laden.program_id, now=NOW)
    some = [a for found in answers.by_rule.values() for a in found]
    kinds = {a.proof.judgement.verdict: a for a in some}
    assert selectors.worst([]).verdict is Verdict.UNKNOWN
    shown = replace(some[0], proof=replace(some[0].proof, judgement=met("seen")))
    assert selectors.worst([shown]).verdict is Verdict.MET
    assert selectors.worst([shown, kinds[Verdict.UNKNOWN]]).verdict is Verdict.UNKNOWN


def test_headings_and_withdrawn_clauses_are_no_rows_and_groups_stay_together(laden: Laden) -> None:
    bring_in_house(laden)
    found = matrix(laden, "house-rules")
    assert [(row.group, row.entry.clause.id) for row in found.rows] == [
        ("", "X"), ("H Before going live", "H-2"), ("H Before going live", "H-1"),
    ]  # fmt: skip
    assert {state for row in found.rows for state in row.states} == {"nothing"}
    for framework in ("mitre-atlas", "nist-sp-800-53"):
        groups = [row.group for row in matrix(laden, framework).rows]
        assert len(set(groups)) == sum(a != b for a, b in pairwise(groups)) + 1


def test_the_number_of_queries_does_not_grow_with_clauses_or_cells(laden: Laden) -> None:
    counts = {}
    for framework in ("owasp-llm", "nist-ai-rmf", "mitre-atlas"):
        with CaptureQueriesContext(connection) as asked:
            cells = len(matrix(laden, framework).rows) * 2
        counts[cells] = len(asked)
    assert len(counts) == 3
    assert set(counts.values()) == {11}


def test_strangers_see_no_matrix(laden: Laden) -> None:
    with pytest.raises(NotFound):
        selectors.matrix_of(laden.actor("mallory"), laden.program_id, "nist-csf", now=NOW)
    with pytest.raises(NotFound):
        selectors.matrices_of(laden.actor("mallory"), laden.program_id, now=NOW)


# ---------------------------------------------------------------- pages
def test_the_page_and_its_csv_say_the_same_as_the_matrix(laden: Laden, pages: Pages) -> None:
    found = matrix(laden, "nist-ai-rmf")
    listed = rows(pages, laden.at("matrix/nist-ai-rmf/?format=csv"))
    assert [row["Clause"] for row in listed] == [row.entry.clause.id for row in found.rows]
    for line, row in zip(listed, found.rows, strict=True):
        for system in found.systems:
            cell = row.cells[system.id]
            expected = ", ".join([cell.verdict.word, *cell.evidence]) if cell.verdict else "nothing answers"
            assert line[system.name] == expected
    page = pages.get(laden.at("matrix/nist-ai-rmf/"))
    assert "nothing answers" in page.main
    assert any("/evidence/EVD-" in link for link in page.links())


def test_the_page_filters_by_state(laden: Laden, pages: Pages) -> None:
    found = matrix(laden, "nist-csf")
    for state in ("not_met", "unknown", "met", "nothing"):
        listed = rows(pages, laden.at(f"matrix/nist-csf/?state={state}&format=csv"))
        assert [r["Clause"] for r in listed] == [
            row.entry.clause.id for row in found.rows if state in row.states
        ]


def test_the_overview_counts_the_cells_of_every_framework(laden: Laden, pages: Pages) -> None:
    bring_in_house(laden)
    listed = {row["Framework"]: row for row in rows(pages, laden.at("matrix/?format=csv"))}
    assert "House rules" in listed
    rmf = matrix(laden, "nist-ai-rmf")
    shown = listed[rmf.framework.title]
    assert [shown[c] for c in ("Met", "Not met", "Unknown", "Nothing answers")] == [
        str(rmf.count(state)) for state in ("met", "not_met", "unknown", "nothing")
    ]
    assert sum(rmf.count(s) for s in ("met", "not_met", "unknown", "nothing")) == len(rmf.rows) * 2
    by_size = [int(row["Clauses"]) for row in rows(pages, laden.at("matrix/?sort=-clauses&format=csv"))]
    assert by_size == sorted(by_size, reverse=True)


def test_gaps_are_requirements_by_due_date_and_then_bare_clauses(laden: Laden, pages: Pages) -> None:
    found = matrix(laden, "nist-csf")
    missing = selectors.gaps_in(found)
    dues = [g.answering.requirement.due_on for g in missing if g.answering]
    assert dues == sorted(dues)
    refs = [g.answering.requirement.ref for g in missing if g.answering]
    assert len(refs) == len(set(refs)) > 5
    bare = [g for g in missing if g.answering is None]
    assert [g.clauses[0].ref for g in bare] == [
        row.entry.ref for row in found.rows if row.states == {"nothing"}
    ]
    listed = rows(pages, laden.at("matrix/nist-csf/gaps/?format=csv"))
    assert len(listed) == len(missing)
    first = next(g.answering for g in missing if g.answering)
    assert (listed[0]["Ref"], listed[0]["Owner"], listed[0]["Due"]) == (
        first.requirement.ref, first.requirement.owner, first.requirement.due_on.isoformat(),
    )  # fmt: skip
    for kind in ("no evidence", "unproven", "clause"):
        path = laden.at(f"matrix/nist-csf/gaps/?kind={kind.replace(' ', '+')}&format=csv")
        assert len(rows(pages, path)) == sum(g.kind == kind for g in missing)
    assert "no control of the catalog maps to it" in pages.get(path).text


def test_a_gap_is_closed_by_proof_and_by_nothing_else(laden: Laden) -> None:
    found = matrix(laden, "nist-csf")
    proven = {
        a.requirement.ref
        for row in found.rows
        for cell in row.cells.values()
        for a in cell.answers
        if a.proof.judgement.verdict is Verdict.MET
    }
    assert proven.isdisjoint(g.answering.requirement.ref for g in selectors.gaps_in(found) if g.answering)


def test_the_paper_is_one_document_in_three_forms(laden: Laden, pages: Pages) -> None:
    found = matrix(laden, "iso-42001")
    text = pages.get(laden.at("matrix/iso-42001.md")).text
    page = pages.get(laden.at("matrix/iso-42001/paper/"))
    content = pages.get(laden.at("matrix/iso-42001.pdf")).response.content  # type: ignore[attr-defined]
    printed = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    for row in found.rows:
        assert row.entry.clause.id in page.main
        assert row.entry.clause.id in text
        assert row.entry.clause.id in printed
    assert "log position" in page.main
    assert "log position" in printed
