"""What members have said about the status of a system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plimsoll.engines.gates.status import Colour
from plimsoll.loop.decide.models import StatusUpdate

__all__ = ["UpdateRow", "updates_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow:
    author_id: int
    author: str
    sentence: str
    worse: Colour | None
    written_at: datetime


def updates_of(system_ids: Iterable[int], *, now: datetime) -> dict[int, list[UpdateRow]]:
    """System → its updates, newest first; one query. The caller has read the systems as somebody."""
    found: dict[int, list[UpdateRow]] = {}
    rows = StatusUpdate.objects.filter(system_id__in=list(system_ids), written_at__lte=now)
    for row in rows.select_related("author").order_by("-written_at", "-pk"):
        found.setdefault(row.system_id, []).append(
            UpdateRow(
                author_id=row.author_id,
                author=row.author.name,
                sentence=row.sentence,
                worse=Colour(row.worse) if row.worse else None,
                written_at=row.written_at,
            )
        )
    return found
