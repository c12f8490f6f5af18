"""Opens evidence again that something contradicts: a signal, a changed clause, an incident."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from plimsoll.adapters.catalog import load_catalog
from plimsoll.engines.checks.registry import CHECKS
from plimsoll.engines.checks.result import Outcome
from plimsoll.engines.gates.proof import ATTESTATION
from plimsoll.kernel.errors import NotAllowed
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.prove.models import Evidence, Reopening
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["checks_contradicted_by", "contradicting_checks", "reopen_evidence"]


def reopen_evidence(
    *,
    actor: Actor,
    program_id: int,
    source: str,
    reason: str,
    now: datetime,
    digests: Collection[str] = (),
    checks: Collection[str] = (),
    rules: Collection[str] = (),
    system_id: int | None = None,
) -> int:
    """Opens evidence again: by one of the checks about one of the digests, or for one of the requirements.

    `source` names what contradicts it, and opens each piece once; `reason` says it as a clause ("it was
    attested, but since then …"). The evidence stays as it is; it counts again when somebody independent
    looks at it and confirms it, or when newer evidence is brought. Returns how many pieces were opened.
    What fails or has expired stays as it is: opening it again could only make it look better.
    """
    if not actor.rule:
        raise NotAllowed("Evidence is opened again by the product itself; a person reviews it.")
    about = Q(check_id=ATTESTATION, requirement__in=list(rules)) | Q(check_id__in=_checks_of(rules))
    rows = Evidence.objects.filter(
        Q(subjects__digest__in=list(digests), check_id__in=list(checks)) | about,
        Q(outcome=Outcome.PASS.value) | Q(check_id=ATTESTATION),
        program_id=program_id,
        valid_until__gt=now,
    )
    if system_id is not None:
        rows = rows.filter(system_id=system_id)
    count = 0
    for row in rows.exclude(reopenings__source=source[:80]).distinct().order_by("pk"):
        with writing(program_id):
            made, new = Reopening.objects.get_or_create(
                evidence=row,
                source=source[:80],
                defaults={"reason": reason[:300], "reopened_at": now},
            )
            if not new:
                continue
            append(
                kind=EventKind.EVIDENCE_REOPENED,
                actor=actor.pseudonym,
                subject=f"{program_slug(program_id)}/EVD-{row.number}",
                payload={"system": row.system_id, "source": made.source, "reason": made.reason},
                program_id=program_id,
                records=[made],
            )
            count += 1
    return count


def _checks_of(rules: Collection[str]) -> list[str]:
    """The checks whose evidence proves one of the requirements."""
    catalog = load_catalog()
    entries = [catalog.requirements.get(rule) or catalog.baseline.get(rule) for rule in rules]
    return sorted({check.check for entry in entries if entry for check in entry.evidence.checks})


def checks_contradicted_by(check: str) -> tuple[str, ...]:
    """The checks whose older pass a fail of this one speaks against, as their cards say."""
    return tuple(c.card.id for c in CHECKS if check in c.card.contradicted_by)


def contradicting_checks() -> tuple[str, ...]:
    """The checks whose fail speaks against others."""
    return tuple(sorted({check for c in CHECKS for check in c.card.contradicted_by}))
