"""Conditions: exact in small worlds by enumeration, explained by the facts that decide, strictly parsed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.law.condition import (
    ALWAYS,
    AllOf,
    AnyOf,
    Condition,
    Is,
    Not,
    decide,
    deciding_variables,
    explain,
    parse_condition,
    sentence,
    variables,
)
from plimsoll.kernel.errors import BadInput

VALUES = {"A": ("no", "yes"), "B": ("no", "yes"), "C": ("x", "y", "z"), "D.m": ("no", "yes")}
OPEN = {name: frozenset(values) for name, values in VALUES.items()}


def truth(condition: Condition, world: Mapping[str, str]) -> bool:
    """Two-valued truth, as a plain recursion."""
    if isinstance(condition, Is):
        return world[condition.variable] in condition.values
    if isinstance(condition, Not):
        return not truth(condition.part, world)
    if isinstance(condition, AllOf):
        return all(truth(part, world) for part in condition.parts)
    return any(truth(part, world) for part in condition.parts) if isinstance(condition, AnyOf) else True


def worlds(possible: Mapping[str, frozenset[str]]) -> Iterator[dict[str, str]]:
    for chosen in itertools.product(*possible.values()):
        yield dict(zip(possible, chosen, strict=True))


ATOMS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.builds(Is, st.just(name), st.frozensets(st.sampled_from(VALUES[name]), min_size=1))
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    ATOMS | st.just(ALWAYS),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
WORLDS = st.fixed_dictionaries(
    {name: st.frozensets(st.sampled_from(values), min_size=1) for name, values in VALUES.items()}
)


@settings(max_examples=120)
@given(CONDITIONS, WORLDS)
def test_a_decision_is_what_every_world_says(
    condition: Condition, possible: dict[str, frozenset[str]]
) -> None:
    said = {truth(condition, world) for world in worlds(possible)}
    assert decide(condition, possible) is (said.pop() if len(said) == 1 else None)


@settings(max_examples=120)
@given(CONDITIONS, WORLDS)
def test_the_deciding_variables_are_those_that_change_the_result_in_some_world(
    condition: Condition, possible: dict[str, frozenset[str]]
) -> None:
    turning = {
        name
        for world in worlds(possible)
        for name, values in possible.items()
        for value in values
        if truth(condition, world) != truth(condition, {**world, name: value})
    }
    assert set(deciding_variables(condition, possible)) == turning


@settings(max_examples=80)
@given(CONDITIONS, WORLDS)
def test_there_is_always_an_explanation_and_it_names_no_unknown_of_a_settled_fact(
    condition: Condition, possible: dict[str, frozenset[str]]
) -> None:
    said = explain(condition, possible)
    assert said
    assert len(set(said)) == len(said)
    if decide(condition, possible) is None:
        assert said == tuple(sentence(v, possible) for v in deciding_variables(condition, possible))


A, B = Is("A", frozenset(("yes",))), Is("B", frozenset(("yes",)))
YES = frozenset(("yes",))


def test_a_tautology_is_certain_and_says_so() -> None:
    assert decide(AnyOf((A, Not(A))), OPEN) is True
    assert explain(AnyOf((A, Not(A))), OPEN) == ("whatever A turns out to be",)
    both = AnyOf((AllOf((B, A)), AllOf((B, Not(A)))))
    assert explain(both, {**OPEN, "B": YES}) == ("B is yes", "whatever A turns out to be")


def test_variables_come_from_left_to_right() -> None:
    assert list(variables(AllOf((ALWAYS, B, Not(A), AnyOf((B,)))))) == ["B", "A", "B"]


def test_only_what_decides_is_named() -> None:
    world = {**OPEN, "A": frozenset(("no",))}
    assert explain(AllOf((A, B)), world) == ("A is no",)
    assert explain(AnyOf((Not(A), B)), world) == ("A is no",)
    assert explain(AnyOf((A, B)), world) == ("B is unknown",)
    assert explain(Not(ALWAYS), world) == ("always",)
    # B is mentioned and settles nothing
    assert deciding_variables(AnyOf((A, AllOf((A, B)))), OPEN) == ("A",)


def test_a_fact_is_told_by_its_kind() -> None:
    world = {
        "K": frozenset(("x",)), "L": frozenset(("x", "y")), "P.EU": YES, "P.UK": frozenset(("no",)),
        "P.US": frozenset(("no", "yes")), "d.before 2026-08-02": YES,
        "e.before 2026-08-02": frozenset(("no",)), "f.before 2026-08-02": frozenset(("no", "yes")),
    }  # fmt: skip
    assert [sentence(name, world) for name in world] == [
        "K is x",
        "L is unknown (x or y)",
        "P includes EU",
        "P does not include UK",
        "whether P includes US is unknown",
        "d is before 2026-08-02",
        "e is not before 2026-08-02",
        "whether f is before 2026-08-02 is unknown",
    ]


def parsed(value: object) -> Condition:
    return parse_condition(
        value,
        what="a rule",
        choices={"A": frozenset(VALUES["A"]), "B": frozenset(VALUES["B"])},
        many={"D": frozenset(("m", "n"))},
        defined={"named": A},
    )


def test_every_form_is_parsed() -> None:
    assert parsed("always") is ALWAYS
    assert parsed({"A": "yes"}) == A
    assert parsed({"A": ["yes"], "B": "yes"}) == AllOf((A, B))
    assert parsed({"D": "m"}) == Is("D.m", YES)
    assert parsed({"D": ["m", "n"]}) == AnyOf((Is("D.m", YES), Is("D.n", YES)))
    assert parsed({"not": {"is": "named"}}) == Not(A)
    assert parsed({"all": [{"A": "yes"}, {"any": [{"B": "yes"}]}]}) == AllOf((A, AnyOf((B,))))


@pytest.mark.parametrize(
    "value",
    [
        "sometimes", None, {}, [], 3, {"Z": "yes"}, {"A": "maybe"}, {"A": []}, {"A": None}, {"D": "o"},
        {"is": "nothing"}, {"all": []}, {"any": "A"}, {"not": "x"}, {"A": "yes", "all": []},
    ],
)  # fmt: skip
def test_a_malformed_condition_names_its_rule(value: object) -> None:
    with pytest.raises(BadInput, match="The condition of a rule is malformed at "):
        parsed(value)
