"""Decisions as lists read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict

from plimsoll.engines.gates.quorum import Outcome
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.decide import selectors
from plimsoll.loop.decide.pages.decisions import _spec
from plimsoll.ui.lists import ListQuery
from tests.loop.decide.bridge import decide, freeze
from tests.voyages import DAY, Voyage


@pytest.fixture
def decided(bosun: Voyage) -> Voyage:
    """DEC-1 deferred, DEC-2 refused a week later, DEC-3 deferred again."""
    freeze(bosun)
    for days, outcome, reason in (
        (0, Outcome.DEFER, "The drill is missing."),
        (7, Outcome.NO_GO, "The drill failed twice."),
        (14, Outcome.DEFER, "We meet again on Friday."),
    ):
        with frozen_at(DAY + timedelta(days=days)):
            decide(bosun, outcome, reason=reason)
    return bosun


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["DEC-3", "DEC-2", "DEC-1"]),
        ("sort=ref", ["DEC-1", "DEC-2", "DEC-3"]),
        ("sort=at", ["DEC-1", "DEC-2", "DEC-3"]),
        ("sort=outcome", ["DEC-3", "DEC-1", "DEC-2"]),
        ("outcome=no_go", ["DEC-2"]),
        ("outcome=go", []),
        ("system=1", ["DEC-3", "DEC-2", "DEC-1"]),
        ("q=DRILL", ["DEC-2", "DEC-1"]),
        ("q=drill&outcome=defer", ["DEC-1"]),
    ],
)
def test_the_list_is_filtered_sorted_and_searched(decided: Voyage, asked: str, expected: list[str]) -> None:
    query = ListQuery.read(_spec([("1", "Bosun")]), QueryDict(asked))
    rows, total = selectors.decisions_page(decided.crew.actor("odile"), decided.program_id, query)
    assert ([row.ref for row in rows], total) == (expected, len(expected))


def test_strangers_read_no_decisions_conditions_or_waivers(decided: Voyage) -> None:
    mallory, program = decided.crew.actor("mallory"), decided.program_id
    query = ListQuery.read(_spec([]), QueryDict(""))
    for read in (
        lambda: selectors.decisions_page(mallory, program, query),
        lambda: selectors.decisions_of(mallory, program),
        lambda: selectors.decision_by_ref(mallory, program, "DEC-1"),
        lambda: selectors.conditions_of(mallory, program),
        lambda: selectors.condition_id(mallory, program, "CND-1"),
        lambda: selectors.waiver_by_ref(mallory, program, "WVR-1"),
    ):
        with pytest.raises(NotFound, match="There is no such program"):
            read()
