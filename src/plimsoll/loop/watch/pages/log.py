"""The log as pages: entries of a program, one entry with its payload and proof, the export."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from plimsoll.kernel.errors import NotFound
from plimsoll.ledger.checkpoints import latest_checkpoint, prove
from plimsoll.ledger.events import EventKind
from plimsoll.ledger.exporting import export_lines
from plimsoll.ledger.selectors import entries_of, entry_with_payload
from plimsoll.ledger.sequencing import pending
from plimsoll.loop.watch.services import log_signer
from plimsoll.people.history import named_entries
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.cells import Link, Mono, Person, Stamp, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

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
    ),
)


@require_safe
def log(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        entries, total = entries_of(
            found.id,
            kind=query.chosen.get("kind", ""),
            subject=f"{found.slug}/{query.search.upper()}" if query.search else "",
            offset=query.offset,
            limit=PAGE_SIZE,
        )
        rows = [
            Row(
                key=str(entry["id"]),
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
        spec=LOG,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Log", "")],
        listing={
            "title": "Log",
            "sentence": f"Every change, in order; nothing can be taken out of it. {signed} Search by ref.",
            "empty": "Nothing has happened in this program yet.",
            "actions": [("Export and verify", f"/{found.slug}/log/export/")] if may else [],
            "views": saved_views(actor, found.id, "entries"),
        },
    )


@require_safe
def entry(request: HttpRequest, program: str, index: int) -> HttpResponse:
    """One entry down to its payload and, once it is under a checkpoint, its inclusion proof."""
    _, found = actor_and_program(request, program)
    read = entry_with_payload(found.id, index)
    if read is None:
        raise NotFound(f"The log of this program has no entry {index}.")
    row, payload = read
    latest = latest_checkpoint()
    covered = bool(latest and index < latest.size)
    named = named_entries(found.slug, [row])[0]
    return page(
        request,
        "watch/entry.html",
        {
            "title": f"Entry {index}: {named['kind']}",
            "row": row,
            "named": named,
            "payload": json.dumps(payload, indent=2, ensure_ascii=False) if payload else "",
            "checkpoint": latest if covered else None,
            "proof": prove(index, size=latest.size) if covered and latest else (),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Log", f"/{found.slug}/log/"),
                (str(index), ""),
            ],
        },
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
            "key": str(log_signer().verifier),
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
        spool.writelines(export_lines(log_signer(), program_id=found.id))
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
