"""The CoSAI Risk Map: several files that are one framework, and citations that keep their edition."""

from __future__ import annotations

import pytest

from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.framework import CrossReference, ImportedFramework
from plimsoll.kernel.errors import BadInput
from tests.adapters.importers.samples import COSAI_CONTROLS, COSAI_FILES, COSAI_RISKS, source


def imported(*files: SourceFile) -> ImportedFramework:
    return read_framework(files or COSAI_FILES, naming=Naming(edition="2026-08-19"))


def test_the_files_make_one_framework() -> None:
    found = imported()
    assert (found.id, found.edition) == ("cosai-risk-map", "2026-08-19")
    assert [(c.id, c.kind, c.parent) for c in found.clauses] == [
        ("riskLeak", "risk", ""),
        ("controlsHull", "category", ""),
        ("controlsBilge", "category", "controlsHull"),
        ("controlPump", "control", "controlsBilge"),
        ("controlWatch", "control", "controlsHull"),
        ("personaMate", "persona", ""),
        ("personaBoy", "persona", ""),
    ]
    assert found.by_id["riskLeak"].text == "Water comes in.\nMuch water.\nFirst here,\nthen there."
    assert [c.id for c in found.clauses if c.withdrawn] == ["personaBoy"]
    assert found.notes == ("No file lists the categories risksHull; what lies in them stands at the top.",)


def test_what_a_control_is_for_is_kept_and_all_means_every_one() -> None:
    clauses = imported().by_id
    treats = (CrossReference(relation="treats", clause="riskLeak"),)
    assert clauses["controlPump"].references == treats
    assert clauses["controlWatch"].references == treats


def test_citations_of_other_frameworks_keep_their_edition() -> None:
    clauses = imported().by_id
    assert clauses["riskLeak"].references == (
        CrossReference(relation="is controlled by", clause="controlPump"),
        CrossReference(relation="maps to", clause="AML.T0020", framework="mitre-atlas", edition="5.0.1"),
        CrossReference(relation="maps to", clause="Tampering", framework="stride"),
        CrossReference(relation="maps to", clause="LLM04:2025", framework="owasp-top10-llm"),
    )
    (mate,) = clauses["personaMate"].references
    assert (mate.clause, mate.edition) == ("AI Producer", "2022")


def test_one_file_alone_says_what_it_refers_to() -> None:
    assert imported(COSAI_FILES[0]).notes[1:] == ("Clauses refer to 1 id that no file has: controlPump.",)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("risks: all", "risks: some", "controls.yaml, line 17 (controls[1].risks): “risks” is “some”."),
        (
            "id: controlWatch",
            "id: controlPump",
            "controls.yaml, line 13 (controls[1]): the id controlPump is used twice",
        ),
        ("title: A watch", "name: A watch", "controls.yaml, line 13 (controls[1]): there is no “title”."),
        ("description: [Watches.]", "description: [7]", "(controls[1].description[0]): this should be text"),
    ],
)
def test_a_malformed_file_says_which_line_and_why(old: str, new: str, sentence: str) -> None:
    assert old in COSAI_CONTROLS
    with pytest.raises(BadInput) as error:
        imported(COSAI_FILES[0], source("controls.yaml", COSAI_CONTROLS.replace(old, new)))
    assert sentence in error.value.message


def test_more_of_a_kind_than_are_read_are_refused() -> None:
    rows = "".join(f"- {{id: r{n}, title: R}}\n" for n in range(501))
    with pytest.raises(BadInput, match="There are 501 risks"):
        imported(source("risks.yaml", f"title: R\ndescription: [x]\nrisks:\n{rows}"))


def test_a_flag_that_is_no_flag_is_refused() -> None:
    text = COSAI_RISKS.replace("  category: risksHull\n", "  category: risksHull\n  deprecated: 'yes'\n")
    with pytest.raises(BadInput, match="“deprecated” should be true or false and is text"):
        imported(source("risks.yaml", text))
