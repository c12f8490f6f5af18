"""A framework is whole or refused; ids carry their edition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.catalog import framework as module
from plimsoll.engines.catalog.aliases import Alias, AliasTable
from plimsoll.engines.catalog.framework import (
    Clause,
    ClauseRef,
    ImportedFramework,
    Place,
    assemble,
    broken,
    mark_withdrawn,
    parse_clause_ref,
)
from plimsoll.kernel.errors import BadInput, ErrorCode


def clause(identifier: str, parent: str = "", **more: Any) -> Clause:
    return Clause(
        **{"id": identifier, "title": f"On {identifier}", "kind": "control", "parent": parent, **more}
    )


def made(*clauses: Clause, **more: Any) -> ImportedFramework:
    return assemble(
        **{"id": "rules", "title": "Rules", "edition": "1", "kind": "made", "clauses": clauses, **more}
    )


# ---------------------------------------------------------------- names


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,3}){0,2}", fullmatch=True),
    st.text("2026.v ()/@", min_size=1, max_size=8),
    st.text("LM01:2 .()@", min_size=1, max_size=8),
)
def test_the_name_of_a_clause_is_read_back_as_it_was_written(
    framework: str, edition: str, clause: str
) -> None:
    ref = ClauseRef(framework=framework, edition=edition, clause=clause)
    assert parse_clause_ref(str(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "GV.OC-01", "nist-csf:GV.OC-01", "nist-csf@:GV", "nist-csf@2.0:", "@2.0:GV", "A@1:b"]
)
def test_a_name_without_its_edition_is_no_name(text: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_clause_ref(text)
    assert "nist-csf@2.0:GV.OC-01" in error.value.hint


def test_a_framework_names_its_clauses_in_its_edition() -> None:
    assert str(made(clause("A")).ref("A")) == "rules@1:A"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place(file="a.yaml"), "a.yaml"),
        (Place(file="a.yaml", path=("clauses", 3, "title")), "a.yaml, clauses[3].title"),
        (Place(path=(0, "x")), "[0].x"),
    ],
)
def test_a_place_is_written_as_people_point_to_it(place: Place, text: str) -> None:
    assert str(place) == text
    assert broken("it leaks.", place).message == (f"{text}: it leaks." if text else "it leaks.")


# ---------------------------------------------------------------- whole or not at all


def test_a_framework_keeps_the_order_of_its_source_and_counts_by_kind() -> None:
    found = made(clause("B", "A"), clause("A", kind="family"), clause("C", withdrawn=True), edition=" 1 ")
    assert found.edition == "1"
    assert list(found.by_id) == ["B", "A", "C"]
    assert dict(found.counts) == {"control": 2, "family": 1}
    assert [c.id for c in found.live] == ["B", "A"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: made(), "rules has no clause."),
        (lambda: made(clause("A"), id="Rules"), "“Rules” is no id of a framework."),
        (lambda: made(clause("A"), id="a" * 121), "is no id of a framework."),
        (lambda: made(clause("A"), edition=" "), "rules names no edition."),
        (lambda: made(clause("A"), edition="a:b"), "rules has no usable edition (“a:b”)."),
        (lambda: made(clause("A"), edition="a\nb"), "rules has no usable edition"),
        (lambda: made(clause("A"), edition="a" * 121), "rules has no usable edition"),
        (lambda: made(clause("")), "“” is no id of a clause."),
        (lambda: made(clause(" A")), "“ A” is no id of a clause."),
        (lambda: made(clause("a" * 121)), "is no id of a clause."),
        (lambda: made(clause("A"), clause("A")), "the id A is used twice."),
        (
            lambda: made(
                clause("A", place=Place(file="x", path=(0,))), clause("A", place=Place(file="x", path=(1,)))
            ),
            "x, [1]: the id A is used twice (first at x, [0]).",
        ),
        (lambda: made(clause("A", "Z")), "A lies in Z, which does not exist."),
        (lambda: made(clause("A", "A")), "A lies within itself."),
        (lambda: made(clause("C"), clause("A", "B"), clause("B", "A")), "lies within itself."),
        (
            lambda: made(clause("A"), aliases=[Alias(old="A", new="B")]),
            "rules renames A to B and still has A.",
        ),
        (
            lambda: made(clause("A"), aliases=[Alias(old="X", new="A"), Alias(old="X", new="B")]),
            "X is renamed twice, to A and B.",
        ),
        (
            lambda: made(clause("A"), aliases=[Alias(old="X", new="Y"), Alias(old="Y", new="X")]),
            "lead in a circle.",
        ),
    ],
)
def test_what_is_not_whole_is_refused(make: Callable[[], ImportedFramework], sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        make()
    assert sentence in error.value.message


def test_more_clauses_than_are_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CLAUSES", 2)
    assert made(clause("A"), clause("B"))
    with pytest.raises(BadInput) as error:
        made(clause("A"), clause("B"), clause("C"))
    assert error.value.code is ErrorCode.TOO_LARGE


@given(st.lists(st.integers(0, 7), min_size=8, max_size=8))
def test_clauses_are_accepted_exactly_if_every_one_reaches_the_top(parents: list[int]) -> None:
    # 0 is the top; clause n lies in parents[n - 1]
    def reaches(n: int) -> bool:
        for _ in range(9):
            if n == 0:
                return True
            n = parents[n - 1]
        return False

    clauses = [clause(str(n), str(p) if p else "") for n, p in enumerate(parents, start=1)]
    if all(reaches(n) for n in range(1, 9)):
        assert len(made(*clauses).clauses) == 8
    else:
        with pytest.raises(BadInput, match="lies within itself"):
            made(*clauses)


# ---------------------------------------------------------------- ids of an older edition


def test_what_is_not_live_is_withdrawn_with_what_holds_nothing_else() -> None:
    marked = mark_withdrawn(
        [
            clause("TOP", kind="function"),
            clause("OLD", "TOP", kind="category"), clause("OLD-1", "OLD"), clause("OLD-2", "OLD"),
            clause("NEW", "TOP", kind="category"), clause("NEW-1", "NEW"), clause("NEW-2", "NEW"),
            clause("EMPTY", kind="category"),
            clause("GONE", kind="function"),
            clause("PART", "GONE", kind="category"), clause("PART-1", "PART"),
        ],
        kind="control",
        live={"NEW-1"},
    )  # fmt: skip
    withdrawn = ["OLD", "OLD-1", "OLD-2", "NEW-2", "GONE", "PART", "PART-1"]
    assert [c.id for c in marked if c.withdrawn] == withdrawn


def test_marking_twice_is_marking_once() -> None:
    once = mark_withdrawn([clause("A"), clause("B", "A")], kind="control", live=set())
    assert mark_withdrawn(once, kind="control", live=set()) == once


# ---------------------------------------------------------------- renamed ids


def test_an_id_is_followed_over_any_number_of_editions() -> None:
    table = AliasTable([Alias(old="b", new="c"), Alias(old="a", new="b"), Alias(old="a", new="b")])
    assert [table.follow(name) for name in ("a", "b", "c", "z")] == ["c", "c", "c", "z"]
    assert len(table) == 2
    assert AliasTable().follow("a") == "a"


@pytest.mark.parametrize("pairs", [["aa"], ["ab", "ba"], ["ab", "bc", "cb"]])
def test_a_circle_of_renames_is_refused(pairs: list[str]) -> None:
    with pytest.raises(BadInput, match="lead in a circle"):
        AliasTable(Alias(old=old, new=new) for old, new in pairs)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=6, unique_by=lambda p: p[0]
    )
)
def test_following_ends_at_an_id_that_nothing_renames(pairs: list[tuple[str, str]]) -> None:
    try:
        table = AliasTable(Alias(old=old, new=new) for old, new in pairs)
    except BadInput:
        return
    renamed = dict(pairs)
    for name in "abcdef":
        assert table.follow(name) not in renamed
        assert table.follow(table.follow(name)) == table.follow(name)
