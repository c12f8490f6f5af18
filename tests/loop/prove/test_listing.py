"""Evidence as lists, pages and the API read it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import QueryDict

from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.loop.prove import selectors
from plimsoll.loop.prove.pages.evidence import _spec
from plimsoll.ui.lists import ListQuery
from tests.loop.prove.papers import fairness, push
from tests.voyages import DAY, Voyage, attested

Counting = Callable[[int], AbstractContextManager[object]]


@pytest.fixture
def shelf(skiff: Voyage, home: Path, clean_model: bytes) -> Voyage:
    """EVD-1 a clean model, EVD-2 unfair predictions, EVD-3 a document without review."""
    push(skiff, clean_model)
    push(skiff, fairness(home, home / "plimsoll_assets" / "skiff" / "model.safetensors", even=False))
    attested(skiff, "secrets-and-dependency-scan", reviewer="")
    return skiff


def listed(voyage: Voyage, asked: str, *, days: int = 0, by: str = "odile") -> list[str]:
    query = ListQuery.read(_spec([("1", "Skiff")]), QueryDict(asked))
    rows, total = selectors.evidence_page(
        voyage.crew.actor(by), voyage.program_id, query, now=DAY + timedelta(days=days)
    )
    assert total == len(rows)
    return [row.ref for row in rows]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", ["EVD-3", "EVD-2", "EVD-1"]),
        ("sort=ref", ["EVD-1", "EVD-2", "EVD-3"]),
        ("sort=subject", ["EVD-1", "EVD-2", "EVD-3"]),
        ("sort=ref&group=check", ["EVD-3", "EVD-2", "EVD-1"]),
        ("check=model-file", ["EVD-1"]),
        ("check=attestation", ["EVD-3"]),
        ("outcome=fail", ["EVD-2"]),
        ("outcome=error", []),
        ("system=1", ["EVD-3", "EVD-2", "EVD-1"]),
        ("q=PREDICTIONS", ["EVD-2"]),
        ("q=secrets", ["EVD-3"]),
        ("q=no+such+thing", []),
    ],
)
def test_the_list_is_filtered_sorted_and_searched(shelf: Voyage, asked: str, expected: list[str]) -> None:
    assert listed(shelf, asked) == expected


def test_evidence_is_found_by_the_beginning_of_its_digest(shelf: Voyage) -> None:
    detail = selectors.evidence_by_ref(shelf.crew.actor("odile"), shelf.program_id, "EVD-1")
    assert listed(shelf, f"q={detail.row.subject_digest[:10].upper()}") == ["EVD-1"]


def test_what_is_in_force_and_what_has_expired_are_told_apart_at_the_instant(shelf: Voyage) -> None:
    assert listed(shelf, "validity=expired", days=29) == []
    assert listed(shelf, "validity=expired", days=30) == ["EVD-3"]
    assert listed(shelf, "validity=valid", days=30) == ["EVD-2", "EVD-1"]


def test_the_cursor_gives_each_piece_once_oldest_first(shelf: Voyage) -> None:
    odile = shelf.crew.actor("odile")
    rows, following = selectors.evidence_after(odile, shelf.program_id, after="", limit=2)
    assert ([r.ref for r in rows], following) == (["EVD-1", "EVD-2"], "2")
    rows, following = selectors.evidence_after(odile, shelf.program_id, after="2", limit=2)
    assert ([r.ref for r in rows], following) == (["EVD-3"], None)
    with pytest.raises(BadInput, match="is not a cursor"):
        selectors.evidence_after(odile, shelf.program_id, after="٣", limit=2)


@pytest.mark.parametrize("ref", ["EVD-4", "EVD-0", "RSK-1", "EVD-٣", "EVD-1x", "1", ""])
def test_a_ref_that_names_no_evidence_is_not_found(shelf: Voyage, ref: str) -> None:
    odile = shelf.crew.actor("odile")
    for read in (selectors.evidence_by_ref, selectors.envelope_of):
        with pytest.raises(NotFound, match="There is no"):
            read(odile, shelf.program_id, ref)


def test_strangers_read_no_evidence(shelf: Voyage) -> None:
    mallory, program = shelf.crew.actor("mallory"), shelf.program_id
    reads: list[Callable[[], object]] = [
        lambda: listed(shelf, "", by="mallory"),
        lambda: selectors.evidence_after(mallory, program, after="", limit=10),
        lambda: selectors.evidence_by_ref(mallory, program, "EVD-1"),
        lambda: selectors.envelope_of(mallory, program, "EVD-1"),
        lambda: selectors.evidence_for_digest(mallory, program, "0" * 64),
        lambda: selectors.waiting_for_review(mallory, program, now=DAY),
    ]
    for read in reads:
        with pytest.raises(NotFound, match="There is no such program"):
            read()


def test_one_piece_takes_five_queries(shelf: Voyage, django_assert_num_queries: Counting) -> None:
    odile = shelf.crew.actor("odile")
    with django_assert_num_queries(5):
        detail = selectors.evidence_by_ref(odile, shelf.program_id, "EVD-3")
    assert detail.document is not None
    assert detail.row.requirement == "secrets-and-dependency-scan"
