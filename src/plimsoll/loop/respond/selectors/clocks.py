"""What was entered about clocks: what was sent, and what was closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plimsoll.loop.respond.models import ClockClosing, ClockSubmission

__all__ = ["ClosingRow", "SubmissionRow", "closings_of", "submissions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionRow:
    duty: str
    stage: str
    at: datetime
    reference: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRow:
    duty: str
    stage: str
    reason: str
    signer: str
    signed_at: datetime
    of_start: datetime | None
    holds_until: datetime | None


def submissions_of(incident_ids: Iterable[int]) -> dict[int, list[SubmissionRow]]:
    """Incident → what was done for clocks, in order; one query. The caller has read the incidents."""
    found: dict[int, list[SubmissionRow]] = defaultdict(list)
    rows = ClockSubmission.objects.filter(incident_id__in=list(incident_ids)).select_related("entered_by")
    for row in rows.order_by("at", "pk"):
        found[row.incident_id].append(
            SubmissionRow(
                duty=row.duty,
                stage=row.stage,
                at=row.at,
                reference=row.reference,
                entered_by=row.entered_by.name,
                entered_at=row.entered_at,
            )
        )
    return found


def closings_of(incident_ids: Iterable[int]) -> dict[int, list[ClosingRow]]:
    """Incident → clocks that were closed, in order; one query. The caller has read the incidents."""
    found: dict[int, list[ClosingRow]] = defaultdict(list)
    rows = ClockClosing.objects.filter(incident_id__in=list(incident_ids)).select_related("signer")
    for row in rows.order_by("signed_at", "pk"):
        found[row.incident_id].append(
            ClosingRow(
                duty=row.duty,
                stage=row.stage,
                reason=row.reason,
                signer=row.signer.name,
                signed_at=row.signed_at,
                of_start=row.of_start,
                holds_until=row.holds_until,
            )
        )
    return found
