"""A list goes out as a file, is edited, comes back; what it changes is looked at before it is written."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll.engines.reports.issues import IssueShape, write_issues
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.difference import Difference
from plimsoll.engines.worksheet.sheet import Sheet
from plimsoll.engines.worksheet.table import LARGEST_FILE
from plimsoll.engines.worksheet.writing import write_csv
from plimsoll.kernel.errors import BadInput
from plimsoll.loop.plan import facts, selectors, services
from plimsoll.loop.plan.forms import WorksheetForm
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.shortcuts import page


@require_http_methods(["GET", "POST"])
def worksheet(request: HttpRequest, program: str, name: str) -> HttpResponse:
    """How a list goes to a spreadsheet and comes back; a file that is sent is compared and shown."""
    actor, found = actor_and_program(request, program)
    sheet = selectors.sheet_named(name)
    if request.method == "POST":
        actor.must(selectors.PERMISSIONS_OF[name], found.id)
    form = WorksheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and (held := request.POST.get("held", "")):
        return _looked_at(request, actor, found, sheet, _content(held), request.POST.get("order", ""))
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            form.add_error(
                "file", f"It has {upload.size:,} bytes; at most {LARGEST_FILE:,} are taken at once."
            )
        else:
            return _looked_at(request, actor, found, sheet, upload.read(), form.cleaned_data["order"])
    return page(
        request,
        "plan/worksheet.html",
        {
            **_frame(found, sheet),
            "labels": sheet.labels,
            "fixed": [column.label for column in sheet.columns if column.fixed],
            "may_add": sheet.may_add,
            "shapes": [] if name == "risks" else [(shape.value, shape.label) for shape in IssueShape],
            "form": form if actor.may(selectors.PERMISSIONS_OF[name], found.id) else None,
        },
        status=422 if form.errors else 200,
    )


def _frame(found: ProgramRow, sheet: Sheet) -> dict[str, Any]:
    return {
        "title": f"Take {sheet.name} to a spreadsheet",
        "name": sheet.name,
        "slug": found.slug,
        "crumbs": [
            (found.name, f"/{found.slug}/"),
            (sheet.name.capitalize(), f"/{found.slug}/{sheet.name}/"),
            ("Worksheet", ""),
        ],
    }


def _content(held: str) -> bytes:
    try:
        content = base64.b64decode(held, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("The file did not come back whole.", hint="Choose it again.") from error
    if len(content) > LARGEST_FILE:
        raise BadInput(f"The file has {len(content):,} bytes.", hint=f"At most {LARGEST_FILE:,}.")
    return content


def _order(text: str) -> DayOrder | None:
    if not text:
        return None
    if text not in list(DayOrder):
        raise BadInput(f"There is no order of days “{text[:20]}”.", hint=f"Choose {', '.join(DayOrder)}.")
    return DayOrder(text)


def _looked_at(
    request: HttpRequest, actor: Actor, found: ProgramRow, sheet: Sheet, content: bytes, order: str
) -> HttpResponse:
    difference = services.compare_worksheet(
        actor=actor, program_id=found.id, name=sheet.name, content=content, order=_order(order)
    )
    return page(
        request,
        "plan/difference.html",
        {
            **_frame(found, sheet),
            "title": _said(difference),
            "difference": difference,
            "added": [
                (row, [(c.label, row.record[c.key]) for c in sheet.columns if row.record[c.key]])
                for row in difference.added
            ],
            "changes": [(row, cell) for row in difference.changed for cell in row.cells],
            "orders": [(order.value, order.words) for order in DayOrder],
            "order": order,
            "held": base64.b64encode(content).decode(),
        },
        status=422 if difference.faults or difference.questions else 200,
    )


def _said(difference: Difference) -> str:
    if difference.faults:
        return "The file changes nothing"
    if difference.questions:
        return "Which days are meant?"
    if not difference.can_be_written:
        return "The file says what is there already"
    return "What the file changes"


@require_POST
def apply_worksheet(request: HttpRequest, program: str, name: str) -> HttpResponse:
    """Writes what was confirmed."""
    actor, found = actor_and_program(request, program)
    sheet = selectors.sheet_named(name)
    difference = services.apply_worksheet(
        actor=actor,
        program_id=found.id,
        name=sheet.name,
        content=_content(request.POST.get("held", "")),
        order=_order(request.POST.get("order", "")),
        digest=request.POST.get("digest", ""),
    )
    messages.success(
        request, f"{len(difference.added)} added, {len(difference.changed)} changed, from the file."
    )
    return redirect(f"/{found.slug}/{sheet.name}/")


@require_safe
def worksheet_file(request: HttpRequest, program: str, name: str) -> HttpResponse:
    """The whole list as a file: csv, to be edited and brought back; md, to be read; or issues."""
    actor, found = actor_and_program(request, program)
    sheet = selectors.sheet_named(name)
    form = request.GET.get("format", "csv")
    if form in list(IssueShape):
        shape = IssueShape(form)
        base = f"{request.scheme}://{request.get_host()}"
        content = write_issues(facts.issues_of(actor, found, name, base=base), shape)
        return _file(content, f"{found.slug}-{name}-{shape}.{shape.ending}")
    if form not in ("csv", "md"):
        shapes = ", ".join(IssueShape)
        raise BadInput(f"The list cannot be had as “{form[:20]}”.", hint=f"It comes as csv, md, {shapes}.")
    records = selectors.worksheet_records(actor, found.id, sheet)
    if form == "csv":
        return _file(write_csv(sheet, records), f"{found.slug}-{name}.csv")
    text = facts.worksheet_markdown(sheet, records, program=found.name)
    return _file(text.encode(), f"{found.slug}-{name}.md")


KINDS = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}


def _file(content: bytes, name: str) -> HttpResponse:
    kind = KINDS[name.rpartition(".")[2]]
    response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
