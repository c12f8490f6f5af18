"""How pages are rendered: whole, as one named partial for HTMX, or as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.ui.lists import Listing, ListQuery, ListSpec, Row, csv_lines

__all__ = ["list_page", "page"]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """The template, or its named partial if HTMX asked for it.

    Partial name = element id = hx-target. `Vary: HX-Request` keeps caches from mixing the two.
    """
    wanted = getattr(request, "htmx", None)
    name = f"{template}#{partial}" if partial and wanted and wanted.target == partial else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def list_page(
    request: HttpRequest,
    *,
    spec: ListSpec,
    fetch: Callable[[ListQuery], tuple[Sequence[Row], int]],
    crumbs: Sequence[tuple[str, str]],
    listing: Mapping[str, Any],
) -> HttpResponseBase:
    """A list page, or the same list as CSV with ?format=csv. `listing` completes the `Listing`."""
    query = ListQuery.read(spec, request.GET)
    form = request.GET.get("format", "")
    if form not in ("", "csv"):
        raise BadInput(f"The list cannot be had as “{form[:20]}”.", hint="It comes as a page or as csv.")
    if form:
        response = StreamingHttpResponse(csv_lines(spec, query, fetch), content_type="text/csv")
        response["Content-Disposition"] = f'attachment; filename="{spec.name}.csv"'
        return response
    rows, total = fetch(query)
    if query.page > 1 and not rows:
        raise NotFound(f"The list has no page {query.page}.", hint="Go back to its first page.")
    context = {
        "listing": Listing(query=query, rows=rows, total=total, **listing),
        "crumbs": crumbs,
    }
    return page(request, "ui/kinds/list.html", context, partial="listing")
