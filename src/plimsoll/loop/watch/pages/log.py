"""The log as pages: entries of a program, one entry with its content and proof, the export."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.ledger.checkpoints import latest_checkpoint, prove
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import export_lines
from plimsoll.ledger.proving import prove_entry
from plimsoll.ledger.selectors import entries_of, entry_with_content, has_entry
from plimsoll.ledger.sequencing import pending
from plimsoll.ledger.witnessing import cover_of
from plimsoll.loop.watch.services import log_signers
from plimsoll.people.history import mark_of, named_entries
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import members_of, saved_views
from plimsoll.ui.cells import Link, Mono, Person, Stamp, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

SPANS = {"1": "the last day", "7": "the last 7 days", "30": "the last 30 days", "365": "the last year"}
LOG = ListSpec(
    name="entries",
    columns=(
        Column(key="index", label="Position", numeric=True),
        Column(key="what", label="What happened", wide=True),
        Column(key="subject", label="To"),
        Column(key="who", label="By"),
        Column(key="at", label="When"),
    ),
    filters=(
        Filter(key="kind", label="Kind", choices=[(k.value, k.value.replace(":", " ")) for k in EventKind]),
        Filter(key="within", label="Time", choices=list(SPANS.items())),
    ),
)


def _spec(people: Sequence[tuple[int, str]]) -> ListSpec:
    """The list with everybody in the program to filter by."""
    by = [(f"person:{pk}", name) for pk, name in people]
    choices = [*by, ("rule:", "Plimsoll itself")]
    return replace(LOG, filters=(*LOG.filters, Filter(key="by", label="Person", choices=choices)))


@require_safe
def log(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        entries, total = entries_of(
            found.id,
            kind=query.chosen.get("kind", ""),
            subject=f"{found.slug}/{query.search.upper()}" if query.search else "",
            actor=query.chosen.get("by", ""),
            since=clock.now() - timedelta(days=int(span)) if (span := query.chosen.get("within")) else None,
            offset=query.offset,
            limit=PAGE_SIZE,
        )
        rows = [
            Row(
                key=str(entry["id"] if entry["index"] is None else entry["index"]),
                url=entry["url"],
                cells={
                    "index": Text("waiting") if entry["index"] is None else Mono(f"{entry['index']}"),
                    "what": Link(entry["kind"], entry["url"]),
                    "subject": Text(entry["ref"]),
                    "who": Person(entry["actor_name"]),
                    "at": Stamp(entry["at"]),
                },
            )
            for entry in named_entries(found.slug, entries)
        ]
        return rows, total

    latest = latest_checkpoint()
    signed = f"Signed up to position {latest.size:,}." if latest else "Nothing is signed yet."
    waiting = pending()
    if waiting.oldest_at:
        noun = "entry waits" if waiting.count == 1 else "entries wait"
        signed += (
            f" {waiting.count:,} {noun} for a place in the log since {waiting.oldest_at:%d %b %H:%M} UTC."
        )
    may = actor.may("watch:log:export", found.id)
    return list_page(
        request,
        spec=_spec([(person.id, person.name) for person in members_of(actor, found.id)]),
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Log", "")],
        listing={
            "title": "Log",
            "sentence": f"Every change, in order; nothing can be taken out of it. {signed} Search by ref.",
            "empty": "Nothing has happened in this program yet.",
            "actions": [
                *([("Export and verify", f"/{found.slug}/log/export/")] if may else []),
                ("Checkpoints", f"/{found.slug}/log/checkpoints/"),
                ("Witnesses", f"/{found.slug}/log/witnesses/"),
            ],
            "views": saved_views(actor, found.id, "entries"),
        },
    )


@require_safe
def entry(request: HttpRequest, program: str, index: int) -> HttpResponse:
    """One entry down to its payload and, once it is under a checkpoint, its inclusion proof."""
    _, found = actor_and_program(request, program)
    read = entry_with_content(found.id, index)
    if read is None:
        raise NotFound(f"The log of this program has no entry {index}.")
    row, content = read
    latest = latest_checkpoint()
    covered = bool(latest and index < latest.size)
    cover = cover_of(index)
    named = named_entries(found.slug, [row])[0]
    return page(
        request,
        "watch/entry.html",
        {
            "title": f"Entry {index}: {named['kind']}",
            "row": row,
            "named": named,
            "payload": json.dumps(content.payload, indent=2, ensure_ascii=False) if content.payload else "",
            "content": content,
            "checkpoint": latest if covered else None,
            "mark": mark_of(cover) if cover else "",
            "cover": cover,
            "slug": found.slug,
            "proof": prove(index, size=latest.size) if covered and latest else (),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Log", f"/{found.slug}/log/"),
                (str(index), ""),
            ],
        },
    )


@require_safe
def proof(request: HttpRequest, program: str, index: int) -> HttpResponseBase:
    """The proof that the entry is in the log, as one text file that any tool of the standard reads."""
    return _proven(request, program, index, "proof")


@require_safe
def leaf(request: HttpRequest, program: str, index: int) -> HttpResponseBase:
    """The bytes that the proof is of; without personal data."""
    return _proven(request, program, index, "entry")


def _proven(request: HttpRequest, program: str, index: int, part: str) -> HttpResponseBase:
    _, found = actor_and_program(request, program)
    if not has_entry(found.id, index):
        raise NotFound(f"The log of this program has no entry {index}.")
    proven = prove_entry(str(index))
    content, ending = (proven.proof, "tlog-proof") if part == "proof" else (proven.entry, "entry")
    return FileResponse(
        io.BytesIO(content),
        as_attachment=True,
        filename=f"entry-{index}.{ending}",
        content_type="application/octet-stream",
    )


@require_safe
def export_page(request: HttpRequest, program: str) -> HttpResponse:
    """How to take the log away and verify it."""
    actor, found = actor_and_program(request, program)
    actor.must("watch:log:export", found.id)
    return page(
        request,
        "watch/export.html",
        {
            "title": "Export and verify the log",
            "slug": found.slug,
            "keys": [str(signer.verifier) for signer in log_signers()],
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Log", f"/{found.slug}/log/"),
                ("Export", ""),
            ],
        },
    )


@require_POST
def export(request: HttpRequest, program: str) -> HttpResponseBase:
    """The export of a program as a file; entries of other programs are proven but not shown."""
    actor, found = actor_and_program(request, program)
    actor.must("watch:log:export", found.id)
    # Read into a file first: writers wait while the log is read, and must not wait for a slow reader.
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        spool.writelines(export_lines(*log_signers(), program_id=found.id))
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return FileResponse(
        spool,
        as_attachment=True,
        filename="plimsoll-log.jsonl",
        content_type="application/jsonl; charset=utf-8",
    )
