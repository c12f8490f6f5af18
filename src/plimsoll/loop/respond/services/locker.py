"""The evidence locker: files go in under their digest and come out only as they went in."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode, NotFound, Untrusted
from plimsoll.ledger.append import writing
from plimsoll.ledger.events import EventKind
from plimsoll.loop.respond.models import CustodyStep, HeldItem, Incident
from plimsoll.loop.respond.services.opening import incident_for, note, person, words
from plimsoll.people.actors import Actor

__all__ = ["LARGEST_ITEM", "deposit_item", "withdraw_item"]

LARGEST_ITEM = 20 * 2**20
LONGEST_KEPT = timedelta(days=30 * 365)


def deposit_item(
    *,
    actor: Actor,
    incident_id: int,
    file_name: str,
    content: bytes,
    sentence: str,
    retained_until: date,
) -> HeldItem:
    """Puts a file into the locker, under its digest, to be kept until a day at least.

    Also into that of a closed incident: evidence may turn up late. Nothing takes a file out of the
    store; the day says from when somebody may decide to.
    """
    row = incident_for(actor, incident_id, "respond:item:deposit", closed=True)
    who = person(actor, what="A file is put into the locker")
    said = words(sentence, field="sentence", what="What it is", shortest=5, longest=300)
    _check(file_name, content, retained_until)
    digest, now = digest_bytes(content), clock.now()
    with writing(row.program_id):
        Incident.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if HeldItem.objects.filter(incident=row, digest=digest).exists():
            raise Conflict(
                f"The locker of INC-{row.number} holds this very file already.", data={"field": "document"}
            )
        item = HeldItem.objects.create(
            incident=row,
            name=file_name,
            sentence=said,
            digest=digest,
            size=len(content),
            content=_store(row.program_id, digest, content),
            retained_until=retained_until,
            deposited_at=now,
        )
        step = CustodyStep.objects.create(item=item, action="deposited", person_id=who, purpose=said, at=now)
        note(
            actor,
            row,
            EventKind.ITEM_DEPOSITED,
            {"digest": digest, "retained_until": retained_until.isoformat()},
            [item, step],
        )
    return item


def _check(file_name: str, content: bytes, retained_until: date) -> None:
    if not content:
        raise BadInput("The file is empty.", data={"field": "document"})
    if len(content) > LARGEST_ITEM:
        raise BadInput(
            f"The file has {len(content):,} bytes.",
            hint=f"At most {LARGEST_ITEM:,}. Split it, or hold its digest and the place where it lies.",
            data={"field": "document"},
            code=ErrorCode.TOO_LARGE,
        )
    if not 1 <= len(file_name) <= 200 or "/" in file_name or "\\" in file_name:
        raise BadInput("The file needs a plain name.", data={"field": "document"})
    today = clock.today()
    if not today < retained_until <= today + LONGEST_KEPT:
        raise BadInput(
            f"A file cannot be kept until {retained_until.isoformat()}.",
            hint="Choose a day from tomorrow to thirty years ahead.",
            data={"field": "retained_until"},
        )


def _store(program_id: int, digest: str, content: bytes) -> str:
    path = f"{program_id}/{digest[:2]}/{digest}"
    return path if default_storage.exists(path) else default_storage.save(path, ContentFile(content))


def withdraw_item(*, actor: Actor, incident_id: int, item_id: int, purpose: str) -> tuple[str, bytes]:
    """Name and content of a file, handed to a person for a purpose, which custody keeps.

    Untrusted if it is no longer the file that was put in; that is kept too, and nothing is handed out.
    """
    row = incident_for(actor, incident_id, "respond:item:withdraw", closed=True)
    who = person(actor, what="A file is taken out of the locker")
    why = words(purpose, field="purpose", what="The purpose", shortest=5, longest=300)
    item = HeldItem.objects.filter(pk=item_id, incident=row).first()
    if item is None:
        raise NotFound(f"The locker of INC-{row.number} has no such file.")
    try:
        with item.content.open("rb") as file:
            content = bytes(file.read())
    except OSError:
        content = b""  # a missing file is not the one that was put in
    same = digest_bytes(content) == item.digest
    with writing(row.program_id):
        step = CustodyStep.objects.create(
            item=item,
            action="taken out" if same else "found changed",
            person_id=who,
            purpose=why,
            at=clock.now(),
        )
        kind = EventKind.ITEM_TAKEN_OUT if same else EventKind.ITEM_FOUND_CHANGED
        note(actor, row, kind, {"digest": item.digest}, [step])
    if not same:
        raise Untrusted(
            f"{item.name} is not the file that was put into the locker.",
            hint="Somebody changed or removed it. Restore the folder of documents from its backup.",
        )
    return item.name, content
