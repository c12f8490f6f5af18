"""The crosswalk read both ways, and search over everything in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.catalog.crosswalk import CatalogClause, CatalogFramework, Crosswalk, Link
from plimsoll.engines.catalog.framework import ClauseRef
from plimsoll.engines.catalog.search import Searchable, search
from plimsoll.kernel.errors import BadInput, NotFound

DAY = date(2026, 11, 23)


def framework(identifier: str, edition: str) -> CatalogFramework:
    return CatalogFramework(
        id=identifier,
        name=identifier.upper(),
        owner="Somebody",
        edition=edition,
        version=f"{edition} final",
        published="2026",
        status="final",
        kind="standard",
        confidence="high",
        redistribution="free",
        notes="",
        sources=(),
        checked_at=DAY,
    )


def ref(clause: str, framework_id: str = "csf", edition: str = "2.0") -> ClauseRef:
    return ClauseRef(framework=framework_id, edition=edition, clause=clause)


def link(by: str, clause: ClauseRef) -> Link:
    return Link(by=by, clause=clause, confidence="medium", source="us", checked_at=DAY)


def joined(**more: Any) -> Crosswalk:
    parts: dict[str, Any] = {
        "frameworks": [framework("csf", "2.0"), framework("law", "2024"), framework("unused", "")],
        "clauses": [
            CatalogClause(ref=ref("A"), title="First", listed=True),
            CatalogClause(ref=ref("B"), title="Second", listed=True),
            CatalogClause(ref=ref("C"), title="Third", listed=True),
        ],
        "links": [
            link("RSK-1", ref("A")),
            link("CTL-1", ref("A")),
            link("CTL-1", ref("Art. 5", "law", "2024")),
            link("CTL-2", ref("A")),
            link("CTL-2", ref("B")),
            link("RSK-1", ref("C")),
        ],
        "controls_of_risks": {"RSK-1": ("CTL-2", "CTL-1"), "RSK-2": ("CTL-1",)},
        "controls_of_requirements": {"r-1": ("CTL-1",), "r-2": ("CTL-1", "CTL-2")},
    }
    return Crosswalk(**{**parts, **more})


CROSSWALK = joined()


def test_each_risk_has_its_controls_and_each_control_its_risks_and_requirements() -> None:
    assert CROSSWALK.controls_of_risk("RSK-1") == ("CTL-2", "CTL-1")
    assert CROSSWALK.controls_of_risk("RSK-9") == ()
    assert CROSSWALK.risks_of_control("CTL-1") == ("RSK-1", "RSK-2")
    assert CROSSWALK.requirements_of_control("CTL-1") == ("r-1", "r-2")
    assert CROSSWALK.requirements_of_control("CTL-9") == ()


def test_each_control_has_its_clauses_in_every_framework() -> None:
    found = CROSSWALK.clauses_by_framework("CTL-1")
    assert {name: [str(c.ref) for c in clauses] for name, clauses in found.items()} == {
        "csf": ["csf@2.0:A"],
        "law": ["law@2024:Art. 5"],
    }
    assert CROSSWALK.clauses_by_framework("CTL-9") == {}
    assert [item.confidence for item in CROSSWALK.links_of("CTL-2")] == ["medium", "medium"]


def test_each_clause_has_its_controls_risks_and_requirements() -> None:
    view = CROSSWALK.clause(ref("A"))
    assert (view.clause.title, view.controls, view.risks) == ("First", ("CTL-1", "CTL-2"), ("RSK-1",))
    assert view.requirements == ("r-1", "r-2")
    alone = CROSSWALK.clause(ref("C"))
    assert (alone.controls, alone.risks, alone.requirements) == ((), ("RSK-1",), ())


def test_a_clause_that_is_only_cited_is_there_without_a_title() -> None:
    (clause,) = CROSSWALK.clauses_of("law")
    assert (clause.title, clause.listed) == ("", False)


@pytest.mark.parametrize("missing", [ref("Z"), ref("A", edition="1.1"), ref("A", "law", "2024")])
def test_a_clause_of_another_edition_is_not_found(missing: ClauseRef) -> None:
    with pytest.raises(NotFound) as error:
        CROSSWALK.clause(missing)
    assert "edition" in error.value.hint


def test_frameworks_are_found_by_id_with_their_clauses_and_gaps() -> None:
    assert CROSSWALK.framework("law").edition == "2024"
    assert [c.ref.clause for c in CROSSWALK.clauses_of("csf")] == ["A", "B", "C"]
    assert [c.ref.clause for c in CROSSWALK.unanswered("csf")] == ["C"]
    assert CROSSWALK.clauses_of("unused") == ()
    for ask in (CROSSWALK.framework, CROSSWALK.clauses_of, CROSSWALK.unanswered):
        with pytest.raises(NotFound):
            ask("nothing")


def test_citations_reach_requirements_through_their_controls() -> None:
    assert [(c.by, c.kind, c.clause.clause) for c in CROSSWALK.citations] == [
        ("RSK-1", "risk", "A"),
        ("CTL-1", "control", "A"),
        ("r-1", "requirement", "A"),
        ("r-2", "requirement", "A"),
        ("CTL-1", "control", "Art. 5"),
        ("r-1", "requirement", "Art. 5"),
        ("r-2", "requirement", "Art. 5"),
        ("CTL-2", "control", "A"),
        ("CTL-2", "control", "B"),
        ("r-2", "requirement", "B"),
        ("RSK-1", "risk", "C"),
    ]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"frameworks": [framework("csf", "2.0")] * 2}, "The framework csf is listed twice."),
        (
            {"frameworks": [framework("csf", "1.1"), framework("law", "2024")]},
            "csf@2.0:A belongs to no framework",
        ),
        ({"frameworks": [framework("csf", "2.0")]}, "law@2024:Art. 5 belongs to no framework"),
    ],
)
def test_a_crosswalk_that_does_not_join_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        joined(**more)
    assert sentence in error.value.message


# ---------------------------------------------------------------- search

THINGS = (
    Searchable(
        id="RSK-1", kind="risk", title="Poisoned training data", text="Somebody alters what it learns."
    ),
    Searchable(id="CTL-11", kind="control", title="Data checks", text="Poisoned rows are found."),
    Searchable(id="CTL-1", kind="control", title="Élan", text="A re‑run (with a hyphen)"),
    Searchable(id="csf@2.0:GV.OC-01", kind="clause", title="", text=""),
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("poisoned", [("RSK-1", "title"), ("CTL-11", "wording")]),
        ("data POISON", [("RSK-1", "title"), ("CTL-11", "several")]),
        ("ctl-1", [("CTL-1", "id"), ("CTL-11", "id")]),
        ("ctl 11", [("CTL-11", "id")]),
        ("elan", [("CTL-1", "title")]),
        ("re-run", [("CTL-1", "wording")]),
        ("gv.oc", [("csf@2.0:GV.OC-01", "id")]),
        ("data sinking", []),
        ("  ", []),
        ("", []),
    ],
)
def test_all_words_are_found_best_first(words: str, found: list[tuple[str, str]]) -> None:
    assert [(hit.found.id, hit.by) for hit in search(THINGS, words)] == found


def test_no_more_are_given_than_asked_for() -> None:
    assert len(search(THINGS, "a", limit=2)) == 2


@given(st.sampled_from(THINGS), st.data())
def test_every_word_of_a_thing_finds_it(thing: Searchable, data: st.DataObject) -> None:
    words = f"{thing.id} {thing.title} {thing.text}".split()
    asked = data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=3))
    assert thing in [hit.found for hit in search(THINGS, " ".join(asked).swapcase())]
