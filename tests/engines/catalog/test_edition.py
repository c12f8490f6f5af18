"""An edition joined with the crosswalk: mappings are carried over by id or alias, and say from where."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.adapters.crosswalk import load_crosswalk
from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.crosswalk import CatalogClause, CatalogFramework, Crosswalk, Link
from plimsoll.engines.catalog.edition import clause_entries, comparable, outline, shipped_edition
from plimsoll.engines.catalog.framework import Clause, ClauseRef, ImportedFramework, assemble
from plimsoll.kernel.errors import NotFound

DAY = date(2026, 11, 23)


def ref(clause: str, edition: str = "2") -> ClauseRef:
    return ClauseRef(framework="hull", edition=edition, clause=clause)


def row(name: str = "hull", edition: str = "2") -> CatalogFramework:
    return CatalogFramework(
        id=name, name="The Hull Code", owner="The Harbour", edition=edition, version="2", published="2026",
        status="in force", kind="standard", redistribution="ids", notes="", confidence="high", sources=(),
        checked_at=DAY,
    )  # fmt: skip


CROSSWALK = Crosswalk(
    frameworks=[row(), row("keel", "")],
    clauses=[CatalogClause(ref=ref(name), title=f"On {name}", listed=True) for name in ("H1", "H1.1", "H2")],
    links=[
        Link(by=by, clause=ref(clause), confidence="high", source="us", checked_at=DAY)
        for by, clause in (("CTL-A-01", "H1"), ("RSK-A-01", "H1"), ("CTL-A-02", "H2"), ("CTL-A-01", "H2"))
    ],
    controls_of_risks={"RSK-A-01": ("CTL-A-01",)},
    controls_of_requirements={"pump": ("CTL-A-01",), "hatch": ("CTL-A-02",)},
)


def imported(*ids: str, edition: str = "3", aliases: tuple[Alias, ...] = ()) -> ImportedFramework:
    return assemble(
        id="hull", title="The Hull Code", edition=edition, kind="house-yaml", aliases=aliases,
        clauses=[Clause(id=name, title=name, kind="clause") for name in ids],
    )  # fmt: skip


def test_the_shipped_edition_has_ids_labels_and_parents_read_off_the_ids() -> None:
    found = shipped_edition(CROSSWALK, "hull")
    assert found is not None
    assert [(c.id, c.title, c.parent) for c in found.clauses] == [
        ("H1", "On H1", ""), ("H1.1", "On H1.1", "H1"), ("H2", "On H2", ""),
    ]  # fmt: skip
    assert (found.edition, found.title) == ("2", "The Hull Code")


def test_a_framework_without_clauses_has_no_shipped_edition_and_an_unknown_one_is_not_found() -> None:
    assert shipped_edition(CROSSWALK, "keel") is None
    with pytest.raises(NotFound, match="no framework"):
        shipped_edition(CROSSWALK, "mast")


def test_every_framework_of_the_catalog_can_be_shown_as_an_edition() -> None:
    crosswalk = load_crosswalk()
    shown = {name: shipped_edition(crosswalk, name) for name in crosswalk.frameworks}
    for name, edition in shown.items():
        assert len(edition.clauses if edition else ()) == len(crosswalk.clauses_of(name)), name
    assert sum(edition is not None for edition in shown.values()) >= 15


def test_a_clause_says_which_controls_risks_and_requirements_answer_it() -> None:
    shipped = shipped_edition(CROSSWALK, "hull")
    assert shipped is not None
    first, inner, second = clause_entries(shipped, CROSSWALK)
    assert (first.controls, first.risks, first.requirements) == (("CTL-A-01",), ("RSK-A-01",), ("pump",))
    assert (inner.controls, inner.requirements) == ((), ())
    assert second.requirements == ("hatch", "pump")
    assert first.mapped_in == ()
    assert first.ref == ref("H1")


def test_a_mapping_is_carried_to_another_edition_by_id_and_says_where_it_was_made() -> None:
    kept, new = clause_entries(imported("H1", "H9"), CROSSWALK)
    assert (kept.controls, kept.mapped_in) == (("CTL-A-01",), (ref("H1"),))
    assert (new.controls, new.mapped_in) == ((), ())


def test_a_renamed_clause_keeps_what_answers_it() -> None:
    newer = imported("H1", "H7", aliases=(Alias(old="H2", new="H7"),))
    assert clause_entries(newer, CROSSWALK)[1].requirements == ("hatch", "pump")
    merged = imported("H1", aliases=(Alias(old="H2", new="H1"),))
    assert clause_entries(merged, CROSSWALK)[0].mapped_in == (ref("H1"), ref("H2"))


def test_an_older_id_is_found_by_the_aliases_of_the_catalog() -> None:
    older = imported("H0", edition="1")
    assert clause_entries(older, CROSSWALK)[0].controls == ()
    known = clause_entries(older, CROSSWALK, [Alias(old="H0", new="H2")])[0]
    assert (known.controls, known.mapped_in) == (("CTL-A-02", "CTL-A-01"), (ref("H2"),))


def test_a_house_standard_that_the_catalog_does_not_know_is_answered_by_nothing() -> None:
    house = assemble(
        id="house-rules", title="House rules", edition="1", kind="house-yaml",
        clauses=[Clause(id="H1", title="Pumps", kind="clause")],
    )  # fmt: skip
    assert clause_entries(house, CROSSWALK)[0].controls == ()


@pytest.mark.parametrize(
    ("name", "parent"),
    [("AC-3(2)", "AC-3"), ("AML.T0051.000", "AML.T0051"), ("AC-30", None), ("GOVERN 1.1", "GOVERN 1")],
)
def test_a_parent_is_the_longest_id_that_is_continued_after_a_mark(name: str, parent: str | None) -> None:
    known = ["AC-3", "AC-3(2)", "AC-30", "AML", "AML.T0051", "AML.T0051.000", "GOVERN 1", "GOVERN 1.1"]
    assert outline(known).get(name) == parent


@given(st.lists(st.text(alphabet="A1.-", min_size=1, max_size=6), unique=True))
def test_parents_are_among_the_ids_and_shorter(ids: list[str]) -> None:
    for name, parent in outline(ids).items():
        assert parent in ids
        assert name.startswith(parent)
        assert len(parent) < len(name)


def test_of_a_shipped_edition_only_ids_are_compared() -> None:
    shipped = shipped_edition(CROSSWALK, "hull")
    assert shipped is not None
    assert [(c.id, c.title, c.parent) for c in comparable(shipped).clauses] == [
        ("H1", "", ""), ("H1.1", "", ""), ("H2", "", ""),
    ]  # fmt: skip
    ours = imported("H1")
    assert comparable(ours) is ours
