"""List pages: what a list can show, filter, sort and group by, and what a reader asked of it.

A stage declares a `ListSpec`; its selector turns a `ListQuery` into rows with a fixed number of
queries; the list template renders the `Listing`. The address carries all of it, so a view can be
bookmarked, shared, saved and exported as CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.text import unprintable
from plimsoll.ui.cells import Cell, plain

__all__ = [
    "BulkAction",
    "Chip",
    "Column",
    "Filter",
    "ListQuery",
    "ListSpec",
    "Listing",
    "Row",
    "csv_lines",
    "page_of",
    "read_cursor",
]

PAGE_SIZE = 50
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    key: str
    label: str
    sort: tuple[str, ...] = ()
    """Database columns to order by; empty if the column cannot be sorted."""
    numeric: bool = False
    optional: bool = False
    """Hidden until the reader asks for it."""
    wide: bool = False
    """The sentence of the row: takes the room that is left."""
    prose: bool = False
    """Words that may break into lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    key: str
    label: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """What can be done to all selected rows; `field` names the input it needs."""

    key: str
    label: str
    field: str = ""
    choices: Sequence[tuple[str, str]] = ()
    """Options of a select; empty for a date or text input."""
    kind: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    name: str
    """Plural noun of what is listed, such as risks; also the page key of saved views."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    """Column key and label by which rows may be grouped."""
    default_sort: str = ""
    """Column key, with a leading minus for descending."""
    default_group: str = ""
    """Column key by which rows are grouped unless the reader chooses another; they come in that order."""
    bulk: tuple[BulkAction, ...] = ()
    keeps_views: bool = True
    """Whether a view of it can be saved; not where the list is about one record among many."""

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What a reader asked of a list, read strictly from the address."""

    spec: ListSpec
    search: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    group: str = ""
    page: int = 1
    shown: tuple[str, ...] = ()

    @classmethod
    def read(cls, spec: ListSpec, given: QueryDict) -> ListQuery:
        """The query in the address; BadInput for values that the list does not know."""
        chosen: dict[str, str] = {}
        for item in spec.filters:
            value = given.get(item.key, "")
            if not value:
                continue
            if value not in {choice for choice, _ in item.choices}:
                raise BadInput(
                    f"There is no {item.label.lower()} “{value[:40]}” here.",
                    hint=f"Choose from {', '.join(label for _, label in item.choices)[:200]}.",
                    data={"field": item.key},
                )
            chosen[item.key] = value
        sort = given.get("sort", "") or spec.default_sort
        sortable = {column.key for column in spec.columns if column.sort}
        if sort and sort.removeprefix("-") not in sortable:
            raise BadInput(
                f"The list cannot be sorted by “{sort[:40]}”.",
                hint=f"Sort by {', '.join(sorted(sortable))}.",
                data={"field": "sort"},
            )
        group = given.get("group", "") or spec.default_group
        if group and group not in {key for key, _ in spec.groups} | {spec.default_group}:
            raise BadInput(f"The list cannot be grouped by “{group[:40]}”.", data={"field": "group"})
        page = given.get("page", "1")
        if not (page.isascii() and page.isdigit() and len(page) < 7 and 1 <= int(page) <= 100_000):
            raise BadInput(f"“{page[:20]}” is not a page number.", data={"field": "page"})
        search = given.get("q", "").strip()[:100]
        if unprintable(search):
            raise BadInput("The search contains control characters.", data={"field": "q"})
        known = {column.key for column in spec.columns}
        return cls(
            spec=spec,
            search=search,
            chosen=chosen,
            sort=sort,
            group=group,
            page=int(page),
            shown=tuple(key for key in given.getlist("show") if key in known),
        )

    @property
    def ordering(self) -> tuple[str, ...]:
        """Database columns to order by, the group first."""
        order: list[str] = []
        if self.group:
            order += self.spec.column(self.group).sort
        if self.sort:
            columns = self.spec.column(self.sort.removeprefix("-")).sort
            order += [f"-{c}" if self.sort.startswith("-") else c for c in columns]
        return tuple(order)

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(c for c in self.spec.columns if not c.optional or c.key in self.shown)

    def address(self, **changes: str | int | None) -> str:
        """The query string for this query with some parts changed; None removes a part."""
        parts = QueryDict(mutable=True)
        values: dict[str, str | int | None] = {
            "q": self.search,
            **self.chosen,
            "sort": self.sort if self.sort != self.spec.default_sort else "",
            "group": self.group if self.group != self.spec.default_group else "",
            "page": self.page if self.page > 1 else "",
        }
        if not {"page"} & set(changes):
            values["page"] = ""
        values.update(changes)
        for key, value in values.items():
            if value not in (None, ""):
                parts[key] = str(value)
        parts.setlist("show", list(self.shown))
        return f"?{parts.urlencode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    key: str
    """The record's ref; also the value of its checkbox."""
    url: str
    cells: Mapping[str, Cell | tuple[Cell, ...]]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter in force, with the address that lifts it."""

    label: str
    value: str
    lift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list ready to be rendered."""

    query: ListQuery
    rows: Sequence[Row]
    total: int
    """Rows in all pages."""
    title: str
    sentence: str
    """What the list shows, in one sentence."""
    empty: str
    """What an empty list means."""
    empty_action: tuple[str, str] | None = None
    """Label and address of the one thing to do when the list is empty."""
    actions: Sequence[tuple[str, str]] = ()
    """Labels and addresses of what can be done here."""
    views: Sequence[tuple[str, str]] = ()
    """Saved views: name and query string."""
    bulk_url: str = ""

    @property
    def spec(self) -> ListSpec:
        return self.query.spec

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.query.columns

    @property
    def filtered(self) -> bool:
        return bool(self.query.chosen or self.query.search)

    @property
    def chips(self) -> list[Chip]:
        query = self.query
        found = [
            Chip(
                label=item.label,
                value=dict(item.choices)[query.chosen[item.key]],
                lift=query.address(**{item.key: None}),
            )
            for item in self.spec.filters
            if item.key in query.chosen
        ]
        if query.search:
            found.append(Chip(label="Search", value=query.search, lift=query.address(q=None)))
        return found

    @property
    def filters(self) -> list[tuple[Filter, str]]:
        return [(item, self.query.chosen.get(item.key, "")) for item in self.spec.filters]

    @property
    def headings(self) -> list[tuple[Column, str, str]]:
        """Column, address that sorts by it, and "ascending", "descending" or "" for its order now."""
        found = []
        for column in self.columns:
            if not column.sort:
                found.append((column, "", ""))
                continue
            order = {column.key: "ascending", f"-{column.key}": "descending"}.get(self.query.sort, "")
            target = f"-{column.key}" if order == "ascending" else column.key
            found.append((column, self.query.address(sort=target), order))
        return found

    @property
    def lines(self) -> list[tuple[str, Row, list[tuple[Column, Cell | tuple[Cell, ...]]]]]:
        """Group heading if a new group begins (else ""), the row, and its cells in column order."""
        found = []
        last = None
        for row in self.rows:
            heading = row.group if self.query.group and row.group != last else ""
            last = row.group
            found.append((heading, row, [(c, row.cells[c.key]) for c in self.columns]))
        return found

    @property
    def first(self) -> int:
        return self.query.offset + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.query.offset + len(self.rows)

    @property
    def previous_address(self) -> str:
        return self.query.address(page=self.query.page - 1) if self.query.page > 1 else ""

    @property
    def next_address(self) -> str:
        return self.query.address(page=self.query.page + 1) if self.last < self.total else ""

    @property
    def csv_address(self) -> str:
        return self.query.address(format="csv")


def read_cursor(after: str, limit: int) -> tuple[int, int]:
    """The number to go on after, and how many to give; BadInput for anything but digits and 1 to 500."""
    if after and not (after.isascii() and after.isdigit() and len(after) <= 9):
        raise BadInput(f"“{after[:20]}” is not a cursor.", hint="Use the “next” of the last answer.")
    if not 1 <= limit <= 500:
        raise BadInput(f"{limit} items cannot be given at once.", hint="Ask for 1 to 500.")
    return int(after or 0), limit


def csv_lines(
    spec: ListSpec, query: ListQuery, fetch: Callable[[ListQuery], tuple[Sequence[Row], int]]
) -> Iterator[str]:
    """The whole filtered list as CSV lines, page by page, every column; cells cannot start a formula."""
    yield _csv_line([column.label for column in spec.columns])
    page = 1
    while True:
        rows, total = fetch(replace(query, page=page, group=""))
        for row in rows:
            yield _csv_line([_inert(plain(row.cells[c.key])) for c in spec.columns])
        if page * PAGE_SIZE >= total or not rows:
            return
        page += 1


def _csv_line(values: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()


def _inert(text: str) -> str:
    # A spreadsheet would run a cell that starts like a formula (OWASP, CSV injection).
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def page_of(rows: QuerySet[M], query: ListQuery, *, last: str) -> QuerySet[M]:
    """The rows of the asked page in the asked order, `last` deciding between equals; one query when read.

    The keys are found first, so that a page far down does not sort wide rows with all that is joined.
    """
    order = (*query.ordering, last)
    keys = rows.order_by(*order).values("pk")[query.offset : query.offset + PAGE_SIZE]
    return rows.model._default_manager.filter(pk__in=keys).order_by(*order)
