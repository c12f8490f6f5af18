"""What changed between two imports, and what of ours rests on it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.catalog.aliases import Alias
from plimsoll.engines.catalog.difference import Citation, FrameworkDiff, compare, touched_by
from plimsoll.engines.catalog.document import diff_document, framework_document, framework_from_document
from plimsoll.engines.catalog.framework import (
    Clause,
    ClauseRef,
    CrossReference,
    ImportedFramework,
    SourceDigest,
    assemble,
)
from plimsoll.kernel.errors import BadInput


def clause(identifier: str, title: str = "", parent: str = "", **more: Any) -> Clause:
    return Clause(id=identifier, title=title or f"On {identifier}", kind="control", parent=parent, **more)


def made(
    *clauses: Clause, edition: str = "1", aliases: tuple[Alias, ...] = (), **more: Any
) -> ImportedFramework:
    return assemble(
        **{
            "id": "rules",
            "title": "Rules",
            "kind": "made",
            "edition": edition,
            "clauses": clauses,
            "aliases": aliases,
            **more,
        }
    )


OLD = made(
    clause("G"),
    clause("A", text="One."),
    clause("B", text="Two."),
    clause("C", parent="G"),
    clause("D"),
    clause("E"),
    clause("F", withdrawn=True),
    clause("H", "Kept", "G", text="Same."),
)
NEW = made(
    clause("N"),
    clause("G2", "On G"),
    clause("A", text="One, and more."),
    clause("B2", "On B", text="Two!"),
    clause("C"),
    clause("E", withdrawn=True),
    clause("F"),
    clause("H", "Kept", "G2", text=" Same.\n"),
    edition="2",
    aliases=(Alias(old="B", new="B1"), Alias(old="B1", new="B2"), Alias(old="G", new="G2")),
)
DIFF = compare(OLD, NEW)


def cites(clause_id: str, edition: str = "1", by: str = "CTL-X", framework: str = "rules") -> Citation:
    ref = ClauseRef(framework=framework, edition=edition, clause=clause_id)
    return Citation(by=by, kind="control", clause=ref)


def test_every_clause_lands_where_it_belongs() -> None:
    assert [c.id for c in DIFF.added] == ["N"]
    assert [c.id for c in DIFF.removed] == ["D"]
    assert [(c.before.id, c.after.id) for c in DIFF.renamed] == [("G", "G2"), ("B", "B2")]
    assert [(c.after.id, c.reworded) for c in DIFF.reworded] == [("A", ("text",)), ("B2", ("text",))]
    assert [c.after.id for c in DIFF.withdrawn] == ["E"]
    assert [c.after.id for c in DIFF.restored] == ["F"]
    assert [(c.after.id, c.before.parent, c.after.parent) for c in DIFF.moved] == [("C", "G", "")]
    assert not DIFF.same


def test_a_clause_that_only_lies_in_a_renamed_one_did_not_move_and_spaces_are_no_words() -> None:
    assert "H" not in {c.after.id for c in (*DIFF.moved, *DIFF.changed)}


def test_what_an_import_does_not_give_is_not_taken_for_taken_away() -> None:
    ids_only = made(Clause(id="A", title="", kind="control"), edition="2")
    whole = made(clause("A", text="One."))
    assert compare(whole, ids_only).same
    assert compare(ids_only, whole).same


def test_one_title_under_two_ids_is_no_rename() -> None:
    found = compare(made(clause("A", "Lamp")), made(clause("Z", "Lamp"), edition="2"))
    assert [c.id for c in found.removed] == ["A"]
    assert [c.id for c in found.added] == ["Z"]
    assert found.renamed == ()


def test_two_clauses_that_became_one_are_both_renamed() -> None:
    aliases = (Alias(old="A", new="C"), Alias(old="B", new="C"))
    found = compare(
        made(clause("A", "x"), clause("B", "x")), made(clause("C", "x"), edition="2", aliases=aliases)
    )
    assert [(c.before.id, c.after.id) for c in found.renamed] == [("A", "C"), ("B", "C")]
    assert found.removed == found.added == ()


def test_an_alias_that_leads_to_no_clause_makes_a_removal() -> None:
    found = compare(made(clause("A")), made(clause("B"), edition="2", aliases=(Alias(old="A", new="X"),)))
    assert [c.id for c in found.removed] == ["A"]


def test_an_id_that_is_still_there_means_itself_even_with_an_alias() -> None:
    new = made(clause("A", withdrawn=True), clause("B"), edition="2", aliases=(Alias(old="A", new="B"),))
    found = compare(made(clause("A")), new)
    assert [c.after.id for c in found.withdrawn] == ["A"]
    assert [c.id for c in found.added] == ["B"]


def test_two_frameworks_are_not_compared() -> None:
    with pytest.raises(BadInput, match="rules and other are two frameworks"):
        compare(OLD, made(clause("A"), id="other"))


CLAUSES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["t", "u"]), st.booleans()),
    min_size=1,
    max_size=6,
    unique_by=lambda c: c[0],
)


def drawn(rows: list[tuple[str, str, bool]]) -> ImportedFramework:
    return made(*(clause(name, title, withdrawn=gone) for name, title, gone in rows))


@given(CLAUSES)
def test_an_import_does_not_differ_from_itself(rows: list[tuple[str, str, bool]]) -> None:
    assert compare(drawn(rows), drawn(rows)).same
    assert compare(drawn(rows), drawn(rows[::-1])).same


@given(CLAUSES, CLAUSES)
def test_there_and_back_are_mirrored(
    left: list[tuple[str, str, bool]], right: list[tuple[str, str, bool]]
) -> None:
    there, back = compare(drawn(left), drawn(right)), compare(drawn(right), drawn(left))

    def ids(diff: FrameworkDiff, name: str) -> set[str]:
        return {c.after.id if hasattr(c, "after") else c.id for c in getattr(diff, name)}

    mirror = [("added", "removed"), ("withdrawn", "restored"), ("reworded", "reworded"), ("moved", "moved")]
    for one, other in mirror:
        assert ids(there, one) == ids(back, other)
    assert len(there.added) - len(there.removed) == len(right) - len(left)


# ---------------------------------------------------------------- what it touches


def test_a_citation_is_touched_by_what_happened_to_its_clause() -> None:
    citations = [cites(name) for name in "ABCDEFGHN"]
    found = {t.citation.clause.clause: (t.why, str(t.now)) for t in touched_by(DIFF, citations)}
    assert found == {
        "A": (("reworded",), "rules@2:A"),
        "B": (("renamed", "reworded"), "rules@2:B2"),
        "D": (("removed",), "None"),
        "E": (("withdrawn",), "rules@2:E"),
        "G": (("renamed",), "rules@2:G2"),
    }


@pytest.mark.parametrize(
    ("citation", "touched"),
    [
        (cites("A", edition="0.9"), True),
        (cites("A", edition="2"), False),
        (cites("A", framework="other"), False),
    ],
)
def test_another_edition_counts_by_its_id_unless_it_is_the_newer_one(
    citation: Citation, touched: bool
) -> None:
    assert bool(touched_by(DIFF, [citation])) == touched


def test_touches_come_in_the_order_of_the_citations_and_once_each() -> None:
    citations = [cites("E", by="CTL-2"), cites("A", by="CTL-1"), cites("A", by="CTL-2")]
    assert [(t.citation.by, t.citation.clause.clause) for t in touched_by(DIFF, citations)] == [
        ("CTL-2", "E"), ("CTL-1", "A"), ("CTL-2", "A"),
    ]  # fmt: skip


# ---------------------------------------------------------------- as documents


def test_the_document_of_a_difference_says_the_same() -> None:
    document = diff_document(DIFF, touched_by(DIFF, [cites("D"), cites("A")]))
    assert json.loads(json.dumps(document)) == document
    assert document["form"] == "plimsoll/framework-diff/1"
    assert document["renamed"][1] == {
        "id": "B2", "title": "On B", "was": {"id": "B", "title": "On B"},
    }  # fmt: skip
    assert document["reworded"][0]["parts"] == ["text"]
    assert document["moved"] == [{"id": "C", "title": "On C", "from": "G", "to": None}]
    assert [(t["by"], t["cites"], t["why"], t["now"]) for t in document["touches"]] == [
        ("CTL-X", "rules@1:D", ["removed"], None),
        ("CTL-X", "rules@1:A", ["reworded"], "rules@2:A"),
    ]
    assert {len(document[name]) for name in ("added", "removed", "withdrawn", "restored")} == {1}


def test_the_document_of_an_import_has_every_clause_under_its_full_name() -> None:
    reference = CrossReference(relation="maps to", clause="X", framework="other", edition="3")
    found = framework_document(
        made(
            clause("A", text="One.", source_id="a.1", references=(reference,)),
            clause("B", parent="A", withdrawn=True),
            aliases=(Alias(old="O", new="A"),),
            sources=(SourceDigest(name="f", sha256="0" * 64, size=3),),
            notes=("Mind the gap.",),
        )
    )
    assert json.loads(json.dumps(found)) == found
    assert (found["form"], found["counts"], found["withdrawn"]) == ("plimsoll/framework/1", {"control": 2}, 1)
    assert [c["ref"] for c in found["clauses"]] == ["rules@1:A", "rules@1:B"]
    assert found["clauses"][0]["references"] == [
        {"relation": "maps to", "clause": "X", "framework": "other", "edition": "3"}
    ]
    assert found["clauses"][1]["parent"] == "A"
    assert found["aliases"] == [{"old": "O", "new": "A"}]
    assert found["notes"] == ["Mind the gap."]


def whole() -> ImportedFramework:
    reference = CrossReference(relation="maps to", clause="X", framework="other", edition="3")
    return made(
        clause(
            "A",
            text="One.",
            source_id="a.1",
            references=(reference, CrossReference(relation="r", clause="B")),
        ),
        clause("B", parent="A", withdrawn=True),
        aliases=(Alias(old="O", new="A"),),
        sources=(SourceDigest(name="f", sha256="0" * 64, size=3),),
        notes=("Mind the gap.",),
    )


@pytest.mark.parametrize("framework", [whole(), OLD, NEW], ids=["whole", "old", "new"])
def test_a_stored_import_is_read_back_as_it_was(framework: ImportedFramework) -> None:
    stored = json.loads(json.dumps(framework_document(framework)))
    assert framework_from_document(stored) == framework
    assert compare(framework_from_document(stored), framework).same


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("form",), "plimsoll/framework/2", "form: Input should be"),
        (("clauses", 0, "id"), "B", "the id B is used twice."),
        (("clauses", 0, "ref"), "rules@2:A", "contradicts itself."),
        (("counts",), {"control": 3}, "contradicts itself."),
        (("clauses", 0, "withdrawn"), "no", "clauses.0.withdrawn: Input should be a valid boolean"),
        (("more",), 1, "more: Extra inputs are not permitted"),
        (("edition",), "", "rules names no edition."),
    ],
)
def test_a_stored_import_that_was_edited_is_refused(path: tuple[Any, ...], value: Any, sentence: str) -> None:
    stored = framework_document(whole())
    at: Any = stored
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(BadInput) as error:
        framework_from_document(stored)
    assert sentence in error.value.message


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(BadInput, match="The stored framework: the document"):
        framework_from_document([])
