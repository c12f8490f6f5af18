"""plimsoll plan: takes lists out as files, and back with the difference shown first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.speaking import print_json, read_input, spoken, write_output
from plimsoll.kernel.errors import BadInput

if TYPE_CHECKING:
    from plimsoll.engines.worksheet.days import DayOrder
    from plimsoll.engines.worksheet.difference import Difference
    from plimsoll.people.actors import Actor

app = typer.Typer(help="Tasks, requirements and risks as files, out and back.", no_args_is_help=True)
Program = Annotated[str, typer.Option("--program", help="Slug of the program.")]


@app.callback()
def plan() -> None:
    """Tasks, requirements and risks as files, out and back."""


@app.command("export")
@spoken
def export_sheet(
    sheet: Annotated[str, typer.Argument(help="tasks, requirements or risks.")],
    target: Annotated[Path, typer.Argument(help="File to write, .csv or .md.")],
    program: Program,
) -> None:
    """Writes a list as CSV, to be edited and brought back, or as Markdown, to be read."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.engines.worksheet.writing import write_csv
    from plimsoll.loop.plan import selectors
    from plimsoll.loop.plan.facts import worksheet_markdown
    from plimsoll.people.actors import Actor
    from plimsoll.people.selectors import program_named

    if target.suffix not in (".csv", ".md"):
        raise BadInput(f"The list cannot be written as “{target.name}”.", hint="Name a .csv or .md file.")
    operator = Actor.of_rule("operator")
    found = program_named(operator, program)
    shape = selectors.sheet_named(sheet)
    records = selectors.worksheet_records(operator, found.id, shape)
    if target.suffix == ".csv":
        content = write_csv(shape, records)
    else:
        content = worksheet_markdown(shape, records, program=found.name).encode()
    write_output(target, [content], what="The list")
    typer.echo(f"wrote {target}: {len(records)} {shape.name}")


@app.command("issues")
@spoken
def export_issues(
    sheet: Annotated[str, typer.Argument(help="requirements or tasks.")],
    shape: Annotated[str, typer.Argument(help="github (JSON), gitlab (CSV) or jira (CSV).")],
    target: Annotated[Path, typer.Argument(help="File to write.")],
    program: Program,
    address: Annotated[
        str,
        typer.Option("--address", help="Address of the server, for links, such as https://plimsoll.example."),
    ] = "",
) -> None:
    """Writes requirements or tasks as issues, in the shape that a tracker takes in."""
    from plimsoll.cli.server import start

    start()
    from plimsoll.engines.reports.issues import IssueShape, write_issues
    from plimsoll.loop.plan.facts import issues_of
    from plimsoll.people.actors import Actor
    from plimsoll.people.selectors import program_named

    if shape not in list(IssueShape):
        raise BadInput(f"There is no tracker “{shape[:20]}” here.", hint=f"Choose {', '.join(IssueShape)}.")
    operator = Actor.of_rule("operator")
    issues = issues_of(operator, program_named(operator, program), sheet, base=address.rstrip("/"))
    write_output(target, [write_issues(issues, IssueShape(shape))], what="The issues")
    typer.echo(f"wrote {target}: {len(issues)} issues")


@app.command("import")
@spoken
def import_sheet(
    file: Annotated[
        Path, typer.Argument(help="CSV file that was taken out and edited; - is standard input.")
    ],
    program: Program,
    sheet: Annotated[
        str, typer.Option("--sheet", help="tasks, requirements or risks; default: told by the file.")
    ] = "",
    days: Annotated[
        str,
        typer.Option(
            "--days", help="day_first, month_first or year_first, where days can be read in two ways."
        ),
    ] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Write it; without, only the difference.")] = False,
    by: Annotated[str, typer.Option("--by", help="E-mail address of the member who brings it.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the document plimsoll/worksheet-difference/1.")
    ] = False,
) -> None:
    """Shows what a file would change, and writes it with --apply.

    Exit code 0 if the file can be taken, 2 if something is wrong with it, 3 if days in it can be read in
    two ways. A wrong file changes nothing.
    """
    from plimsoll.cli.server import start

    start()
    from plimsoll.engines.worksheet.table import LARGEST_FILE
    from plimsoll.people.selectors import program_named

    content = read_input(file, what="The file", limit=LARGEST_FILE)
    actor = _bringer(by, apply=apply)
    found = program_named(actor, program)
    name = _name(sheet, content, file)
    difference, written = _taken(actor, found.id, name, content, _order(days), apply=apply)
    if as_json:
        print_json(_document(difference, written=written))
    else:
        for line in _lines(difference, written=written):
            typer.echo(line)
    if difference.faults or difference.questions:
        raise typer.Exit(2 if difference.faults else 3)


def _name(told: str, content: bytes, file: Path) -> str:
    """Which list the file is: as told, or by its columns and refs."""
    from plimsoll.engines.worksheet.comparing import sheet_of
    from plimsoll.loop.plan import selectors

    if told:
        return selectors.sheet_named(told).name
    sheet = sheet_of(selectors.SHEETS, content)
    if sheet is None:
        raise BadInput(
            f"Which list {file} is cannot be told.",
            hint=f"Say it with --sheet: {', '.join(s.name for s in selectors.SHEETS)}.",
        )
    return sheet.name


def _taken(
    actor: Actor, program_id: int, name: str, content: bytes, order: DayOrder | None, *, apply: bool
) -> tuple[Difference, bool]:
    """The difference, and whether it was written."""
    from plimsoll.loop.plan import services

    difference = services.compare_worksheet(
        actor=actor, program_id=program_id, name=name, content=content, order=order
    )
    if not (apply and difference.can_be_written):
        return difference, False
    services.apply_worksheet(
        actor=actor,
        program_id=program_id,
        name=name,
        content=content,
        order=order,
        digest=difference.digest,
    )
    return difference, True


def _bringer(by: str, *, apply: bool) -> Actor:
    """The operator, or the member on whose behalf the operator writes."""
    from plimsoll.people.actors import Actor
    from plimsoll.people.selectors import actor_of, person_by_email

    if not by:
        if apply:
            raise BadInput("Nobody is said to bring the file.", hint="Say who, with --by EMAIL.")
        return Actor.of_rule("operator")
    person = person_by_email(by)
    if person is None:
        raise BadInput(f"There is nobody with the address {by[:80]} here.", hint="Look at People.")
    # the log tells what an operator wrote on somebody's behalf from what they wrote themselves
    return replace(actor_of(person), pseudonym=f"operator/person:{person.pk}")


def _order(text: str) -> DayOrder | None:
    from plimsoll.engines.worksheet.days import DayOrder

    if not text:
        return None
    if text not in list(DayOrder):
        raise BadInput(f"There is no order of days “{text[:20]}”.", hint=f"Choose {', '.join(DayOrder)}.")
    return DayOrder(text)


def _lines(difference: Difference, *, written: bool) -> Iterator[str]:
    yield from (fault.sentence for fault in difference.faults)
    yield from (question.sentence for question in difference.questions)
    for row in difference.changed:
        for cell in row.cells:
            before, after = (repr(text) if text else "empty" for text in (cell.before, cell.after))
            yield f"line {row.line}  {row.ref}  {cell.label}: {before} → {after}"
    for new in difference.added:
        yield f"line {new.line}  new  {new.record.get('title', '')}"
    counts = (len(difference.added), len(difference.changed), difference.unchanged, len(difference.absent))
    yield "{} new, {} changed, {} as they are, {} not in the file (they stay)".format(*counts)
    if difference.faults:
        yield "Nothing was written: the file has to be mended first."
    elif difference.questions:
        yield "Nothing was written: say the order with --days day_first, month_first or year_first."
    elif written:
        yield "Written."
    elif difference.can_be_written:
        yield "Nothing was written: repeat with --apply --by EMAIL."


def _document(difference: Difference, *, written: bool) -> dict[str, Any]:
    return {
        "form": "plimsoll/worksheet-difference/1",
        "list": difference.sheet,
        "written": written,
        "added": [{"line": row.line, "record": dict(row.record)} for row in difference.added],
        "changed": [
            {
                "line": row.line,
                "ref": row.ref,
                "cells": [
                    {"column": cell.label, "before": cell.before, "after": cell.after} for cell in row.cells
                ],
            }
            for row in difference.changed
        ],
        "unchanged": difference.unchanged,
        "absent": list(difference.absent),
        "missing_columns": list(difference.missing),
        "faults": [
            {"line": f.line, "column": f.column, "message": f.message, "hint": f.hint}
            for f in difference.faults
        ],
        "questions": [
            {
                "line": q.line,
                "column": q.column,
                "text": q.text,
                "readings": {order.value: day for order, day in q.ambiguous.readings},
            }
            for q in difference.questions
        ],
        "digest": difference.digest,
    }
