"""The content of entries: sealed into boxes when it is written, opened when it is read.

Whom a field is about decides whose key seals it. The columns that a record names as personal
(`records.register`) are about that person; everything else is about the program, or the installation.
What says what was erased is about the installation, whose key no command destroys.

How boxes are sealed is the business of an adapter, which the ledger may not import; whoever starts the
application fills it in (`use`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models

from plimsoll.engines.tlog.erasure import ERASED
from plimsoll.engines.tlog.fields import RECORDS, Field, joined, pointer
from plimsoll.kernel.errors import Untrusted
from plimsoll.kernel.ids import Digest
from plimsoll.ledger.models import Box, Entry, Payload, SubjectKey
from plimsoll.ledger.records import record_key, record_owners

__all__ = [
    "INSTALLATION",
    "Content",
    "ContentVault",
    "SealedBox",
    "content_of",
    "digests_in",
    "opened",
    "seal",
    "store",
    "subject_keys",
    "use",
]

INSTALLATION = "installation:log"
"""The subject of what belongs to no program and to nobody. Its key is never destroyed."""
_DIGEST = 32
_filled: list[ContentVault] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBox:
    """The fields of one entry about one subject, as they are stored."""

    subject: str
    """Whose key opens the box."""
    digests: tuple[Digest, ...]
    """Digests of the fields in it, ascending."""
    box: bytes = field(repr=False)
    """Encrypted fields with their salts."""


class ContentVault(Protocol):
    """What seals and opens. Keys come and go wrapped."""

    def make_key(self, subject: str) -> bytes:
        """A new key for the subject, wrapped."""
        ...

    def seal(
        self, payload: Mapping[str, Any], *, subject_of: Callable[[str], str], keys: Mapping[str, bytes]
    ) -> tuple[Digest, list[SealedBox]]:
        """The commitment to the payload, and its boxes; `subject_of` says whom a field is about."""
        ...

    def open(self, sealed: SealedBox, *, wrapped: bytes, entry: Digest) -> tuple[Field, ...]:
        """The fields in the box; Untrusted if it was changed or belongs to another entry."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What can still be read of one entry."""

    payload: Mapping[str, Any] | None
    """Its payload without what was erased; None if nothing is left."""
    erased: int = 0
    """Fields that were erased; of an entry of version 1 the whole is one."""
    erased_by: int | None = None
    """Position of the newest entry that says so; None if there is none, or it waits for its place."""
    erased_at: datetime | None = None
    """When that was."""


def use(vault: ContentVault) -> None:
    """From now on content is sealed and opened by this vault."""
    _filled[:] = [vault]


def _vault() -> ContentVault:
    if not _filled:
        raise RuntimeError("nobody has filled in the vault of the ledger")
    return _filled[0]


# ------------------------------------------------------------ writing


def seal(
    payload: Mapping[str, Any], *, kind: str, rows: Iterable[models.Model], program_id: int | None
) -> tuple[Digest, list[SealedBox]]:
    """The commitment to the payload, and its boxes. Belongs inside `writing()`: it makes missing keys."""
    home = INSTALLATION if program_id is None or kind == ERASED else f"program:{program_id}"
    whose = {
        pointer(RECORDS, record_key(row), column): person
        for row in rows
        for column, person in record_owners(row).items()
    }
    keys = _keys_for({home, *whose.values()})
    return _vault().seal(payload, subject_of=lambda name: whose.get(name, home), keys=keys)


def store(entry: Entry, boxes: Iterable[SealedBox]) -> None:
    """Keeps the boxes of an entry that was just written."""
    rows = [(entry.pk, one.subject, bytes.fromhex("".join(one.digests)), one.box) for one in boxes]
    with connection.cursor() as cursor:  # every write passes here; the ORM would take three times as long
        cursor.executemany(
            "INSERT INTO ledger_box (entry_id, subject, digests, box) VALUES (%s, %s, %s, %s)", rows
        )


def _keys_for(subjects: set[str]) -> dict[str, bytes]:
    keys = _read_keys(subjects)
    missing = sorted(subjects - set(keys))
    if missing:
        made = [SubjectKey(subject=name, wrapped=_vault().make_key(name)) for name in missing]
        # Two programs may make the key of one person at once: the first to commit wins, both read it.
        SubjectKey.objects.bulk_create(made, ignore_conflicts=True)
        keys = _read_keys(subjects)
    return keys


def _read_keys(subjects: Iterable[str]) -> dict[str, bytes]:
    names = list(subjects)
    places = ", ".join(["%s"] * len(names)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT subject, wrapped FROM ledger_subjectkey WHERE subject IN ({places})", names)  # noqa: S608 - only places
        return {subject: bytes(wrapped) for subject, wrapped in cursor.fetchall()}


# ------------------------------------------------------------ reading


def subject_keys() -> dict[str, bytes]:
    """Every key, wrapped, by its subject; for who opens many boxes."""
    return {subject: bytes(wrapped) for subject, wrapped in SubjectKey.objects.values_list()}


def digests_in(row: Box) -> tuple[Digest, ...]:
    """The digests of the fields in a box, in the order in which they are stored."""
    text = bytes(row.digests).hex()
    return tuple(Digest(text[at : at + 2 * _DIGEST]) for at in range(0, len(text), 2 * _DIGEST))


def opened(row: Box, *, keys: Mapping[str, bytes], entry: Digest) -> tuple[Field, ...]:
    """The fields in a box that was not erased.

    Untrusted if its key is gone or it was changed; Conflict if the wrapping key is gone.
    """
    wrapped = keys.get(row.subject)
    if wrapped is None:
        raise Untrusted(f"The key of {row.subject} is gone, and no entry says that it was erased.")
    sealed = SealedBox(subject=row.subject, digests=digests_in(row), box=bytes(row.box or b""))
    return _vault().open(sealed, wrapped=wrapped, entry=entry)


def content_of(entry: Entry) -> Content:
    """What can still be read of an entry, and what was erased of it, when; two or three queries.

    What somebody wrote over in the database reads as nothing; `reconcile` names it.
    """
    if entry.version == 1:
        return _content_of_whole(Payload.objects.filter(entry=entry).select_related("erased_by").first())
    fields: list[Field] = []
    gone = 0
    last: Entry | None = None
    rows = list(Box.objects.filter(entry=entry).select_related("erased_by").order_by("pk"))
    keys = _read_keys({row.subject for row in rows})
    for row in rows:
        if row.box is None:
            gone += len(digests_in(row))
            last = max(filter(None, (last, row.erased_by)), key=lambda one: one.pk, default=None)
            continue
        try:
            fields += opened(row, keys=keys, entry=Digest(entry.commit))
        except Untrusted:
            return Content(payload=None)
    payload = joined((one.name, one.value) for one in fields) if fields else None
    return _content(payload, gone, last)


def _content_of_whole(row: Payload | None) -> Content:
    if row is None or row.erased_by is not None:
        return _content(None, 1 if row else 0, row.erased_by if row else None)
    return Content(payload=json.loads(row.body))


def _content(payload: Mapping[str, Any] | None, gone: int, by: Entry | None) -> Content:
    return Content(
        payload=payload,
        erased=gone,
        erased_by=by.index if by else None,
        erased_at=by.at if by else None,
    )
