from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.raci import Assignment, Deputy, Part, accountable_now, violations
from plimsoll.kernel.errors import BadInput

TODAY = date(2027, 1, 11)
HERE = frozenset({1, 2, 3})
R, C, INFORMED, T = Part
STANDS_IN = Deputy(person=1, deputy=2, first=TODAY, last=TODAY)


def broken(*parts: tuple[int, Part], owner: int = 1, deputies: tuple[Deputy, ...] = ()) -> tuple[str, ...]:
    given_parts = [Assignment(person=person, part=part) for person, part in parts]
    return violations(owner, given_parts, members=HERE, deputies=deputies, today=TODAY)


@pytest.mark.parametrize(
    ("parts", "owner", "deputies", "found"),
    [
        ([(1, R)], 1, (), ()),
        ([(2, R), (3, T), (2, C), (3, INFORMED)], 1, (), ()),
        ([], 1, (), ("nobody is responsible",)),
        ([(9, R)], 1, (), ("nobody is responsible",)),
        ([(2, R), (1, T)], 1, (), ("who is accountable is also the tester",)),
        ([(3, R), (2, T)], 1, (STANDS_IN,), ("who is accountable is also the tester",)),
        ([(3, R), (1, T)], 1, (STANDS_IN,), ("who is accountable is also the tester",)),
        ([(1, R)], 9, (), ("nobody is accountable: the owner is no member and has no deputy",)),
        ([(1, R), (9, T)], 9, (), ("nobody is accountable: the owner is no member and has no deputy",)),
        ([(1, R)], 9, (Deputy(person=9, deputy=2, first=TODAY, last=TODAY),), ()),
    ],
)
def test_each_broken_rule_is_a_sentence(
    parts: list[tuple[int, Part]], owner: int, deputies: tuple[Deputy, ...], found: tuple[str, ...]
) -> None:
    assert broken(*parts, owner=owner, deputies=deputies) == found


@pytest.mark.parametrize(
    ("deputies", "who"),
    [
        ([], 1),
        ([STANDS_IN], 2),
        ([Deputy(person=1, deputy=2, first=date(2027, 1, 12), last=date(2027, 2, 1))], 1),
        ([Deputy(person=1, deputy=2, first=date(2026, 1, 12), last=date(2027, 1, 10))], 1),
        ([Deputy(person=1, deputy=9, first=TODAY, last=TODAY)], 1),
        ([Deputy(person=3, deputy=2, first=TODAY, last=TODAY)], 1),
        ([STANDS_IN, Deputy(person=1, deputy=3, first=TODAY, last=TODAY)], 2),
    ],
)
def test_a_deputy_answers_on_the_days_that_were_said_and_only_if_a_member(
    deputies: list[Deputy], who: int
) -> None:
    assert accountable_now(1, members=HERE, deputies=deputies, today=TODAY) == who


def test_a_deputy_out_of_order_or_of_oneself_is_refused() -> None:
    with pytest.raises(BadInput, match="from 2027-02-01 to 2027-01-01"):
        Deputy(person=1, deputy=2, first=date(2027, 2, 1), last=date(2027, 1, 1))
    with pytest.raises(BadInput, match="their own deputy"):
        Deputy(person=1, deputy=1, first=TODAY, last=TODAY)


@given(
    st.integers(0, 4),
    st.lists(st.builds(Assignment, person=st.integers(0, 4), part=st.sampled_from(Part)), max_size=6),
    st.frozensets(st.integers(0, 4)),
)
def test_the_order_of_parts_does_not_matter_and_more_responsible_people_never_hurt(
    owner: int, parts: list[Assignment], members: frozenset[int]
) -> None:
    found = violations(owner, parts, members=members, deputies=(), today=TODAY)
    assert violations(owner, parts[::-1], members=members, deputies=(), today=TODAY) == found
    more = [*parts, *(Assignment(person=m, part=Part.RESPONSIBLE) for m in members)]
    assert set(violations(owner, more, members=members, deputies=(), today=TODAY)) <= set(found)
