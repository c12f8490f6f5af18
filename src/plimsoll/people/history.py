"""What happened to a record and what was said about it, for the right column of its page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from plimsoll.ledger.selectors import EntryRow, history_of
from plimsoll.ledger.witnessing import Cover, cover_of
from plimsoll.people import selectors
from plimsoll.people.actors import Actor

__all__ = ["mark_of", "named_entries", "record_parts"]

_PERSON = re.compile(r"person:(\d+)")


def record_parts(actor: Actor, program: selectors.ProgramRow, ref: str) -> dict[str, Any]:
    """History, comments and log mark of a record, as ui/kinds/record.html takes them; four queries."""
    entries = history_of(program.id, f"{program.slug}/{ref}")
    return {
        "history": named_entries(program.slug, entries),
        "history_url": f"/{program.slug}/log/?q={ref}",
        "comments": selectors.comments_on(actor, program.id, ref),
        "comment_url": f"/{program.slug}/comments/{ref}/"
        if actor.may("people:comment:write", program.id)
        else "",
        "log_mark": _log_mark(entries),
    }


def named_entries(slug: str, entries: Iterable[EntryRow]) -> list[dict[str, Any]]:
    """Entries with the names of those who acted; one query."""
    listed = list(entries)
    ids = {int(found) for entry in listed for found in _PERSON.findall(entry.actor)}
    names = selectors.names_of(ids) if ids else {}
    return [
        {
            "id": entry.id,
            "index": entry.index,
            "kind": entry.kind.partition(":")[2].replace(":", " "),
            "event": entry.kind,
            "ref": entry.ref,
            "at": entry.at,
            "actor_name": actor_name(entry.actor, names),
            # what waits for its place has no page of its own yet
            "url": f"/{slug}/log/" if entry.index is None else f"/{slug}/log/{entry.index}/",
        }
        for entry in listed
    ]


def actor_name(pseudonym: str, names: dict[int, str]) -> str:
    """The pseudonym as a reader knows it: a name, a name with a token, or a rule."""
    found = _PERSON.search(pseudonym)
    if not found:
        return pseudonym.replace(":", " ")
    name = names.get(int(found[1]), "somebody who left")
    if pseudonym.startswith("operator/"):
        return f"{name}, by the operator"
    return f"{name}, by token" if pseudonym.startswith("token:") else name


def _log_mark(entries: list[EntryRow]) -> str:
    if not entries:
        return ""
    newest = entries[0].index
    if newest is None:
        return "Waiting for its place in the log."
    cover = cover_of(newest)
    if cover is None:
        return f"In the log at position {newest:,}; the next checkpoint will cover it."
    return f"In the log at position {newest:,}, {mark_of(cover)}."


def mark_of(cover: Cover) -> str:
    """How many witnesses cosigned it, and between which times the log came to hold it, in words."""
    count = len(cover.cosigned_by)
    by = (
        f"cosigned by {count} of {max(count, cover.asked)}" if count or cover.asked else "no witness is named"
    )
    if cover.before is None:
        return f"{by}, not after {_moment(cover.at)}"
    return f"{by}, between {_moment(cover.before)} and {_moment(cover.at)}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC"
