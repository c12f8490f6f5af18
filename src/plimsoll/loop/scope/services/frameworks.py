"""Brings in an edition of a framework, whole or not at all."""

from __future__ import annotations

from django.db.models import Max

from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel import clock
from plimsoll.kernel.errors import Conflict, NotAllowed
from plimsoll.ledger.append import append, writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.scope import selectors
from plimsoll.loop.scope.models import FrameworkImport
from plimsoll.loop.scope.services.wording import one_line
from plimsoll.people.actors import Actor
from plimsoll.people.selectors import program_slug

__all__ = ["import_framework"]

LONGEST_SUBJECT = 120


def import_framework(
    *, actor: Actor, program_id: int, framework: ImportedFramework, before_mark: str
) -> FrameworkImport:
    """Stores the edition for the program and puts it in force; its entry names the requirements it touches.

    `before_mark` is what the preview saw in force. Conflict if something else came into force since, or if
    it is in force already; BadInput if its names cannot be kept.
    """
    actor.must("scope:framework:import", program_id)
    if actor.user_id is None:
        raise NotAllowed("A framework is brought in by a person or on a person's token.")
    title = one_line(framework.title, field="title", what="The framework's title", longest=300)
    one_line(framework.edition, field="edition", what="The framework's edition", longest=120)
    text = selectors.framework_text(framework)
    with writing(program_id):
        preview = selectors.preview_framework(actor, program_id, framework)
        _guard(preview, before_mark)
        last = FrameworkImport.objects.filter(program_id=program_id).aggregate(last=Max("number"))["last"]
        row = FrameworkImport.objects.create(
            program_id=program_id,
            number=(last or 0) + 1,
            framework=framework.id,
            title=title,
            edition=framework.edition,
            kind=framework.kind,
            clauses=len(framework.clauses),
            digest=preview.digest,
            document=text.decode(),
            imported_by_id=actor.user_id,
            imported_at=clock.now(),
        )
        append(
            kind=EventKind.FRAMEWORK_IMPORTED,
            actor=actor.pseudonym,
            subject=f"{program_slug(program_id)}/{framework.id}"[:LONGEST_SUBJECT],
            payload={
                "program": program_id,
                "framework": framework.id,
                "edition": framework.edition,
                "before": preview.before.edition if preview.before else "",
                "digest": preview.digest,
                "sources": [{"name": s.name, "sha256": s.sha256} for s in framework.sources],
                "rules": list(preview.rules),
            },
            program_id=program_id,
            records=[row],
        )
    return row


def _guard(preview: selectors.FrameworkPreview, before_mark: str) -> None:
    name = f"{preview.framework.id}@{preview.framework.edition}"
    if preview.before_mark == preview.digest:
        raise Conflict(
            f"{name} is in force here as these files have it.", hint="There is nothing to bring in."
        )
    if preview.before_mark != before_mark:
        raise Conflict(
            f"Another edition of {preview.framework.id} came into force since you looked.",
            hint="Read the files again and look at what they change now.",
            data={"framework": preview.framework.id},
        )
