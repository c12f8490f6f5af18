from typing import Any

import pytest

from plimsoll.engines.tlog.erasure import Basis, Erasure
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest

LOW, HIGH = Digest("0a" * 32), Digest("f0" * 32)
ERASURE = Erasure(
    entries=((3, 5), (9, 9)),
    fields={11: (LOW, HIGH), 2: (LOW,)},
    events={7: ((0, 4), (9, 9)), 8: ((3, 3),)},
    basis=Basis.OBJECTION.code,
    requester="person:7",
)


def test_an_erasure_says_what_is_gone_in_words() -> None:
    assert ERASURE.words == (
        "entries 3 to 5, entry 9, 1 field of entry 2, 2 fields of entry 11, "
        "6 events of the segment that entry 7 sealed, 1 event of the segment that entry 8 sealed"
    )
    assert ERASURE.last == 11


def test_many_ranges_are_summed_up() -> None:
    many = Erasure(entries=tuple((n, n) for n in range(0, 60, 2)), basis="contract", requester="rule:x")
    assert many.words.endswith("entry 38 and 10 more")


def test_an_erasure_is_read_as_it_was_written() -> None:
    assert Erasure.from_json(ERASURE.to_json()) == ERASURE


@pytest.mark.parametrize("basis", Basis)
def test_every_basis_is_a_code_with_a_meaning(basis: Basis) -> None:
    assert basis.meaning
    assert Erasure(entries=((0, 0),), basis=basis.code, requester="person:1").basis == basis.code


@pytest.mark.parametrize(
    "change",
    [
        {"entries": [], "fields": {}, "events": {}},
        {"events": []},
        {"events": {"x": [[1, 2]]}},
        {"events": {"7": [[1]]}},
        {"events": {"7": [[2, 1]]}},
        {"events": {"7": []}},
        {"entries": [[5, 3]]},
        {"entries": [[3, 5], [5, 6]]},
        {"entries": [[-1, 5]]},
        {"entries": [[3]]},
        {"entries": [[3, "5"]]},
        {"entries": [[True, 5]]},
        {"entries": {}},
        {"entries": [3]},
        {"fields": []},
        {"fields": {"x": [LOW]}},
        {"fields": {"01": [LOW]}},
        {"fields": {"7": []}},
        {"fields": {"7": [HIGH, LOW]}},
        {"fields": {"7": [LOW, LOW]}},
        {"fields": {"7": LOW}},
        {"fields": {"7": ["sha256:" + LOW]}},
        {"fields": {"7": [7]}},
        {"fields": {"4": [LOW]}},
        {"basis": "Because I say so"},
        {"basis": 7},
        {"requester": "Erika Mustermann"},
        {"requester": None},
        {"form": "plimsoll/erasure/2"},
        {"more": 1},
    ],
)
def test_an_erasure_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Erasure.from_json({**ERASURE.to_json(), **change})


def test_what_is_no_object_is_no_erasure() -> None:
    with pytest.raises(BadInput, match="and nothing else"):
        Erasure.from_json(None)


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(BadInput, match="ascending"):
        Erasure(fields={-1: (LOW,)}, basis="contract", requester="person:7")
