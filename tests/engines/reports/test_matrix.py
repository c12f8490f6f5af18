"""The matrix on paper: every cell says its verdict in words, and the footer says of when it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plimsoll.engines.reports import html, markdown, typst_source
from plimsoll.engines.reports.matrix import (
    MatrixFacts,
    MatrixGroup,
    MatrixLine,
    MatrixMark,
    compose_matrix,
)
from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

MET = MatrixMark(verdict=Verdict.MET, evidence=(("EVD-1", "/h/evidence/EVD-1/"), ("EVD-2", "")))
FACTS = MatrixFacts(
    program="Halyard",
    framework="The Hull Code",
    edition="hull@2",
    as_of=datetime(2027, 1, 11, 9, tzinfo=UTC),
    record=digest_value("record"),
    log_position=1204,
    systems=("Bosun", "Keel"),
    groups=(
        MatrixGroup(
            title="",
            lines=(MatrixLine(clause="H1", title="Pumps", marks=(MET, MatrixMark(verdict=Verdict.NOT_MET))),),
        ),
        MatrixGroup(
            title="H2 Hatches",
            lines=(
                MatrixLine(
                    clause="H2.1", title="",
                    marks=(MatrixMark(verdict=Verdict.UNKNOWN), MatrixMark(verdict=None)),
                ),
            ),
        ),
    ),
)  # fmt: skip


def test_every_rendering_says_the_verdict_the_evidence_and_what_nothing_answers() -> None:
    document = compose_matrix(FACTS)
    for text in (html.render(document), markdown.render(document), typst_source.render(document).text):
        bare = text.replace("\\", "")
        for word in ("● met", "■ not met", "○ unknown", "nothing answers", "EVD-1", "EVD-2", "H2 Hatches"):
            assert word.replace(" ", "\u00a0", 1) in bare or word in bare, word


def test_it_counts_its_cells_and_names_record_and_log_position() -> None:
    shown = markdown.render(compose_matrix(FACTS))
    assert "2 clauses by 2 systems: met in 1, not met in 1, unknown in 1, nothing answers in 1." in shown
    assert "log position 1,204" in shown
    assert str(FACTS.record) in shown


def test_a_framework_without_asking_clauses_says_so() -> None:
    assert "0 clauses by 2 systems: no clause." in markdown.render(compose_matrix(replace(FACTS, groups=())))


def test_a_matrix_needs_systems_and_a_mark_for_each() -> None:
    with pytest.raises(BadInput, match="no systems"):
        replace(FACTS, systems=())
    with pytest.raises(BadInput, match="has 2 marks"):
        replace(FACTS, systems=("Bosun",))
