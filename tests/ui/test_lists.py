"""Lists: what an address asks for is read strictly, and the same query writes the same address again."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.errors import BadInput
from plimsoll.ui.cells import Amount, Link, Tag, Text
from plimsoll.ui.lists import (
    PAGE_SIZE,
    BulkAction,
    Column,
    Filter,
    Listing,
    ListQuery,
    ListSpec,
    Row,
    csv_lines,
    read_cursor,
)

SPEC = ListSpec(
    name="crates",
    columns=(
        Column(key="ref", label="Ref", sort=("number",)),
        Column(key="name", label="Name", sort=("name", "number"), wide=True),
        Column(key="weight", label="Weight", sort=("weight",), numeric=True),
        Column(key="note", label="Note", optional=True),
    ),
    filters=(
        Filter(key="hold", label="Hold", choices=[("1", "Fore"), ("2", "Aft")]),
        Filter(key="state", label="State", choices=[("full", "full"), ("empty", "empty")]),
    ),
    groups=(("name", "Name"),),
    default_sort="-ref",
    bulk=(BulkAction(key="move", label="Move", field="hold", choices=[("1", "Fore")]),),
)


def read(query: str) -> ListQuery:
    return ListQuery.read(SPEC, QueryDict(query))


def crate(number: int, group: str = "") -> Row:
    cells = {
        "ref": Text(f"C-{number}"),
        "name": Link(f"=crate {number}", f"/c/{number}/"),
        "weight": Amount(str(number), "kg"),
        "note": (Tag("dry"), Text("top")),
    }
    return Row(key=f"C-{number}", url=f"/c/{number}/", cells=cells, group=group)


def listing(query: str = "", count: int = 3, total: int | None = None, rows: Sequence[Row] = ()) -> Listing:
    found = list(rows) or [crate(n) for n in range(1, count + 1)]
    return Listing(
        query=read(query),
        rows=found if count else [],
        total=count if total is None else total,
        title="Crates",
        sentence="What is on board.",
        empty="The hold is empty.",
    )


# ---------------------------------------------------------------- reading
def test_an_empty_address_asks_for_the_first_page_in_the_default_order() -> None:
    query = read("")
    assert (query.page, query.offset, query.sort, query.search, query.group) == (1, 0, "-ref", "", "")
    assert query.ordering == ("-number",)
    assert [c.key for c in query.columns] == ["ref", "name", "weight"]


def test_everything_that_an_address_may_say_is_read() -> None:
    query = read("q=+tea+&hold=2&state=full&sort=-name&group=name&page=3&show=note&show=evil")
    assert query.search == "tea"
    assert query.chosen == {"hold": "2", "state": "full"}
    assert query.ordering == ("name", "number", "-name", "-number")
    assert query.offset == 2 * PAGE_SIZE
    assert query.shown == ("note",)
    assert [c.key for c in query.columns] == ["ref", "name", "weight", "note"]


@pytest.mark.parametrize(
    ("query", "sentence", "field"),
    [
        ("hold=3", "There is no hold “3” here.", "hold"),
        ("hold=Fore", "There is no hold “Fore” here.", "hold"),
        ("sort=note", "The list cannot be sorted by “note”.", "sort"),
        ("sort=--ref", "The list cannot be sorted by “--ref”.", "sort"),
        ("sort=-", "The list cannot be sorted by “-”.", "sort"),
        ("group=ref", "The list cannot be grouped by “ref”.", "group"),
        ("page=0", "“0” is not a page number.", "page"),
        ("page=-1", "“-1” is not a page number.", "page"),
        ("page=1.0", "“1.0” is not a page number.", "page"),
        ("page=²", "“²” is not a page number.", "page"),
        ("page=100001", "“100001” is not a page number.", "page"),
        ("page=" + "9" * 5000, "is not a page number.", "page"),
        ("page=", "“” is not a page number.", "page"),
        ("q=%07", "The search contains control characters.", "q"),
    ],
)
def test_what_a_list_does_not_know_is_refused_with_its_field(query: str, sentence: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(query)
    assert sentence in refused.value.message
    assert refused.value.data == {"field": field}


def test_a_refused_filter_names_what_can_be_chosen() -> None:
    with pytest.raises(BadInput) as refused:
        read("hold=9")
    assert refused.value.hint == "Choose from Fore, Aft."


def test_a_list_without_an_order_keeps_the_one_that_its_rows_have() -> None:
    bare = ListSpec(name="notes", columns=(Column(key="text", label="Text"),))
    query = ListQuery.read(bare, QueryDict(""))
    assert query.ordering == ()
    assert query.address() == "?"


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "q": st.text(alphabet="abc &=%+é", max_size=8),
        "hold": st.sampled_from(["1", "2"]),
        "state": st.sampled_from(["full", "empty"]),
        "sort": st.sampled_from(["ref", "-ref", "name", "-weight"]),
        "group": st.just("name"),
        "page": st.integers(1, 400).map(str),
        "show": st.just("note"),
    },
)


@given(QUERIES)
def test_the_address_of_a_query_reads_as_the_same_query(given_query: dict[str, str]) -> None:
    data = QueryDict(mutable=True)
    data.update(given_query)
    query = ListQuery.read(SPEC, data)
    same = ListQuery.read(SPEC, QueryDict(query.address(page=query.page)[1:]))
    assert same == query


def test_changing_anything_but_the_page_goes_back_to_the_first() -> None:
    query = read("page=4&hold=1&show=note")
    assert query.address(sort="name") == "?hold=1&sort=name&show=note"
    assert query.address(page=5) == "?hold=1&page=5&show=note"
    assert query.address(hold=None) == "?show=note"


# ---------------------------------------------------------------- a list on a page
def test_a_list_says_which_rows_of_how_many_it_shows() -> None:
    first = listing(count=50, total=120)
    assert (first.first, first.last, first.total) == (1, 50, 120)
    assert (first.previous_address, first.next_address) == ("", "?page=2")
    last = listing("page=3", count=20, total=120)
    assert (last.first, last.last) == (101, 120)
    assert (last.previous_address, last.next_address) == ("?page=2", "")


def test_a_list_of_exactly_one_page_has_no_other() -> None:
    only = listing(count=50)
    assert (only.previous_address, only.next_address) == ("", "")


def test_an_empty_list_counts_from_nothing() -> None:
    empty = listing(count=0)
    assert (empty.first, empty.last, empty.filtered) == (0, 0, False)
    assert empty.lines == []


def test_filters_in_force_become_chips_that_lift_them() -> None:
    shown = listing("hold=1&q=tea&sort=name")
    assert shown.filtered
    assert [(c.label, c.value, c.lift) for c in shown.chips] == [
        ("Hold", "Fore", "?q=tea&sort=name"),
        ("Search", "tea", "?hold=1&sort=name"),
    ]
    assert [(f.key, chosen) for f, chosen in shown.filters] == [("hold", "1"), ("state", "")]


def test_a_heading_sorts_by_its_column_and_the_other_way_round_the_next_time() -> None:
    headings = {column.key: (address, order) for column, address, order in listing("sort=name").headings}
    assert headings == {
        "ref": ("?sort=ref", ""),
        "name": ("?sort=-name", "ascending"),
        "weight": ("?sort=weight", ""),
    }
    down = {column.key: (address, order) for column, address, order in listing("sort=-name").headings}
    assert down["name"] == ("?sort=name", "descending")
    assert listing("show=note").headings[3][1:] == ("", "")


def test_a_group_is_headed_once() -> None:
    rows = [crate(1, "tea"), crate(2, "tea"), crate(3, "salt"), crate(4, "")]
    grouped = listing("group=name", rows=rows)
    assert [heading for heading, _, _ in grouped.lines] == ["tea", "", "salt", ""]
    assert [heading for heading, _, _ in listing(rows=rows).lines] == ["", "", "", ""]


def test_the_cells_of_a_row_come_in_the_order_of_the_columns() -> None:
    _, row, cells = listing().lines[0]
    assert row.key == "C-1"
    assert [column.key for column, _ in cells] == ["ref", "name", "weight"]


def test_the_csv_has_the_same_filters() -> None:
    assert listing("hold=1&page=2").csv_address == "?hold=1&format=csv"


# ---------------------------------------------------------------- csv
def fetched(count: int) -> tuple[list[int], str]:
    """The pages that were asked for, and the CSV of so many rows."""
    asked: list[int] = []

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        assert query.group == ""
        asked.append(query.page)
        return [crate(n) for n in range(count)[query.offset : query.offset + PAGE_SIZE]], count

    return asked, "".join(csv_lines(SPEC, read("group=name&page=7"), fetch))


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (50, 1), (51, 2), (120, 3)])
def test_the_csv_has_every_row_once_and_every_column(count: int, pages: int) -> None:
    asked, text = fetched(count)
    rows = list(csv.reader(text.splitlines()))
    assert asked == list(range(1, pages + 1))
    assert rows[0] == ["Ref", "Name", "Weight", "Note"]
    assert [row[0] for row in rows[1:]] == [f"C-{n}" for n in range(count)]


def test_a_cell_of_the_csv_cannot_start_a_formula() -> None:
    _, text = fetched(1)
    assert list(csv.reader(text.splitlines()))[1] == ["C-0", "'=crate 0", "0 kg", "dry, top"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_a_spreadsheet_would_run_is_made_inert(start: str) -> None:
    row = Row(
        key="x",
        url="/",
        cells={"ref": Text(f"{start}1"), "name": Text("a"), "weight": Text(""), "note": Text("")},
    )
    lines = list(csv_lines(SPEC, read(""), lambda query: ([row], 1)))
    assert lines[1].lstrip('"').startswith(f"'{start}1")


def test_a_csv_ends_where_the_rows_end_even_if_more_were_promised() -> None:
    assert len(list(csv_lines(SPEC, read(""), lambda query: ([], 1000)))) == 1


# ---------------------------------------------------------------- cursors
def test_a_cursor_is_a_number_and_a_limit_lies_between_one_and_five_hundred() -> None:
    assert read_cursor("", 100) == (0, 100)
    assert read_cursor("1200", 500) == (1200, 500)
    for after, limit in (("x", 1), ("-1", 1), ("٣", 1), ("1" * 10, 1), ("", 0), ("", 501), ("", -5)):
        with pytest.raises(BadInput):
            read_cursor(after, limit)


def test_a_column_is_found_by_its_key() -> None:
    assert SPEC.column("weight").numeric
