"""What plan puts into documents: its lists as readable tables, its work as issues."""

from __future__ import annotations

from collections.abc import Mapping

from plimsoll.engines.reports.document import (
    BodyBlock,
    Column,
    Document,
    Heading,
    KeyValue,
    Paragraph,
    Table,
)
from plimsoll.engines.reports.inlines import Inlines, RefLink, Text
from plimsoll.engines.reports.issues import Issue
from plimsoll.engines.reports.markdown import render
from plimsoll.engines.worksheet.sheet import REF, Record, Sheet
from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.plan import selectors
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import address

__all__ = ["issues_of", "worksheet_markdown"]


def worksheet_markdown(sheet: Sheet, records: Mapping[str, Record], *, program: str) -> str:
    """The whole list as a Markdown table, the same cells as in the file for spreadsheets."""
    rows = tuple(
        (
            (Text(ref),),
            *((Text(record[c.key]),) if record[c.key] else () for c in sheet.columns),
        )
        for ref, record in records.items()
    )
    table = Table(
        caption=f"{len(rows)} {sheet.name} of {program}.",
        columns=(Column(title=REF), *(Column(title=column.label) for column in sheet.columns)),
        rows=rows,
    )
    return render(
        Document(
            title=f"{sheet.name.capitalize()} of {program}",
            subtitle=f"As of {clock.now():%d %b %Y %H:%M} UTC",
            blocks=(table,) if rows else (Paragraph((Text(f"There are no {sheet.name}."),)),),
        )
    )


def issues_of(actor: Actor, program: ProgramRow, name: str, *, base: str) -> list[Issue]:
    """Requirements in force, or tasks that have not ended, as issues; two or three queries.

    `base` is the address of this server, empty if links to it would lead nowhere.
    """
    if name == "requirements":
        return [
            _requirement_issue(row, program, base)
            for row in selectors.requirements_in_force(actor, program.id)
        ]
    if name == "tasks":
        return [
            _task_issue(row, program, base)
            for row in selectors.tasks_of(actor, program.id)
            if not row.ended and row.kind == "task"
        ]
    raise NotFound(f"There are no issues of {name[:30]}.", hint="There are of requirements and tasks.")


def _source(ref: str, program: ProgramRow, base: str) -> Paragraph:
    url = f"{base}{address(program.slug, ref)}" if base else ""
    return Paragraph((Text("From Plimsoll: "), RefLink(ref=ref, url=url), Text(f" of {program.name}.")))


def _pairs(*pairs: tuple[str, str]) -> KeyValue:
    listed: list[tuple[str, Inlines]] = [(label, (Text(text),)) for label, text in pairs if text]
    return KeyValue(tuple(listed))


def _requirement_issue(row: selectors.RequirementRow, program: ProgramRow, base: str) -> Issue:
    entry = row.entry
    blocks: list[BodyBlock] = [
        _source(row.ref, program, base),
        _pairs(
            ("System", row.system),
            ("Place", row.place),
            ("Severity", row.severity),
            ("Owner", row.owner),
            ("Due", row.due_on.isoformat()),
            ("In scope because", row.because),
        ),
    ]
    if entry is not None:
        blocks += [
            Heading(level=2, text="Acceptance test"),
            Paragraph((Text(entry.acceptance),)),
            Heading(level=2, text="Why"),
            Paragraph((Text(f"{entry.why.text} ({entry.why.kind})"),)),
        ]
        checks = [f"plimsoll check run {rule.check} SUBJECT --push" for rule in entry.evidence.checks]
        how = "; ".join(checks) or entry.evidence.attestation
        if how:
            blocks += [Heading(level=2, text="How to prove it"), Paragraph((Text(how),))]
    return Issue(
        ref=row.ref,
        title=f"{row.title[:1].upper()}{row.title[1:]} ({row.system})",
        blocks=tuple(blocks),
        labels=("plimsoll", row.place.replace(" ", "-"), row.severity),
        due_on=row.due_on,
        severity=row.severity,
    )


def _task_issue(row: selectors.TaskRow, program: ProgramRow, base: str) -> Issue:
    length = ", ".join(f"{value.normalize():f}" for value in row.days) if row.days else ""
    return Issue(
        ref=row.ref,
        title=row.title,
        blocks=(
            _source(row.ref, program, base),
            _pairs(
                ("System", row.system),
                ("Requirement", f"{row.requirement} {row.requirement_title}".strip()),
                ("Owner", row.owner),
                ("Starts", row.starts_on.isoformat() if row.starts_on else ""),
                ("Due", row.due_on.isoformat()),
                ("Working days (lowest, best, highest)", length),
                ("Waits for", ", ".join(row.after)),
            ),
        ),
        labels=("plimsoll",),
        due_on=row.due_on,
    )
